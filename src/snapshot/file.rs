//! One `.snap` file, as the insta crate reads and writes it.
//!
//! ```text
//! ---
//! source: mcp-conform
//! description: the first request without a token
//! ---
//! POST https://mcp.example/mcp  (first-contact)
//! ```
//!
//! insta's own functions for this live in its macros, which fail a test where we want to report; so the format is written
//! here, and a test has insta read it.

use super::Snapshot;

/// How our own files are told from those of tests.
const SOURCE: &str = "mcp-conform";

/// The ending of a reviewed snapshot.
pub const REVIEWED: &str = ".snap";
/// The ending of one that waits for its review.
pub const PENDING: &str = ".snap.new";

/// The file's text.
pub fn write(snapshot: &Snapshot) -> String {
    let Snapshot { title, text } = snapshot;
    format!("---\nsource: {SOURCE}\ndescription: {}\n---\n{}\n", scalar(title), text.trim_end_matches('\n'))
}

/// The text of a snapshot in `file`; nothing where the file is not one of ours.
pub fn read(file: &str) -> Option<String> {
    let mut lines = file.lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let mut ours = false;
    for line in lines.by_ref() {
        match line.trim_end() {
            "---" if ours => return Some(lines.collect::<Vec<_>>().join("\n")),
            "---" => return None,
            line => {
                ours |= line.strip_prefix("source: ").map(|source| source.trim_matches('"')) == Some(SOURCE)
            }
        }
    }
    None
}

/// Whether both say the same: insta does not look at line ends, nor at the end of the text.
pub fn same(one: &str, other: &str) -> bool {
    one.trim_end().lines().eq(other.trim_end().lines())
}

/// A string in YAML: bare where insta leaves it bare, too, so that accepting changes nothing else.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " .'()/_-".contains(c))
        && !text.ends_with(' ')
        && text.contains(' ');
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(title: &str, text: &str) -> Snapshot {
        Snapshot { title: title.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn reads_what_it_writes_and_nothing_of_others() {
        let file = write(&snapshot("a title: with a colon", "x\n---\ny\n"));
        assert_eq!(
            file,
            "---\nsource: mcp-conform\ndescription: \"a title: with a colon\"\n---\nx\n---\ny\n"
        );
        assert_eq!(read(&file).as_deref(), Some("x\n---\ny"));
        assert_eq!(read(&file.replace('\n', "\r\n")).as_deref(), Some("x\n---\ny"));
        for other in ["", "x", "---\nsource: src/tests/cli.rs\n---\nx\n", "---\nsource: mcp-conform\nx\n"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn line_ends_and_the_last_lines_do_not_count() {
        assert!(same("a\nb\n", "a\r\nb\n\n"));
        assert!(!same("a\nb", "a\n b"));
    }

    /// With the file in place insta accepts the text it holds and refuses another: it reads what we write.
    #[test]
    fn insta_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let text = "POST https://h/mcp  (first-contact)\n< HTTP/1.1 401\n< \n< x: \"y\" # z";
        std::fs::write(folder.path().join("probe.name.snap"), write(&snapshot("what: is asked", text)))
            .unwrap();
        let read = |text: &str| {
            let text = text.to_owned();
            let path = folder.path().to_owned();
            std::panic::catch_unwind(move || {
                let mut settings = insta::Settings::clone_current();
                settings.set_snapshot_path(path);
                settings.set_prepend_module_to_snapshot(false);
                settings.bind(|| insta::assert_snapshot!("probe.name", text));
            })
        };
        assert!(read(text).is_ok());
        // Where INSTA_UPDATE has it write at once, it has noticed, too.
        let noticed = read(&text.replace("401", "403")).is_err();
        let file = std::fs::read_to_string(folder.path().join("probe.name.snap")).unwrap();
        assert!(noticed || file.contains("403"));
    }
}
