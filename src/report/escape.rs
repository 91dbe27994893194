//! What a stranger sent, made harmless for where it is shown: a terminal, Markdown, or the log of a CI system.
//!
//! `ok\u{1b}[2J` is shown as `ok\u{1b}[2J`, spelled out in ten plain characters, and clears no screen. A line is a line:
//! callers that want several split first.

use std::borrow::Cow;
use std::fmt::Write;

/// Text with everything spelled out that moves a cursor, turns the direction of writing or is not seen.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| push(&mut shown, c));
    Cow::Owned(shown)
}

/// Text that Markdown, and what GitHub makes of it, shows as it is: no emphasis, link, mention, HTML or table.
pub fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for c in line(text).chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            // Somebody is called by it.
            '@' => shown.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    // These become links by themselves.
    shown.replace("://", "&#58;//").replace("www.", "www&#46;")
}

/// How a character is spelled out where a CI system would obey it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelling {
    pub(crate) hash: &'static str,
    /// `None` where lines begin with colons on purpose, or never do.
    pub(crate) colon: Option<&'static str>,
}

/// For text that people read.
pub(crate) const PLAIN: Spelling = Spelling { hash: "\\u{23}", colon: Some("\\u{3a}") };

/// Text in which the log of a CI system finds no command.
///
/// Runners of GitHub and Azure obey `##[error]` and `##vso[task.setvariable …]` anywhere in a line, and GitHub's also
/// `::error::` at its beginning: a header that says so would otherwise be obeyed as soon as a report is printed there.
pub(crate) fn in_log(text: &str, spelling: Spelling) -> Cow<'_, str> {
    if !text.contains("##") && !text.contains("::") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let (blank, mut rest) = line.split_at(line.len() - line.trim_start().len());
        shown.push_str(blank);
        if let (Some(colon), Some(after)) = (spelling.colon, rest.strip_prefix("::")) {
            shown.push_str(colon);
            shown.push(':');
            rest = after;
        }
        while let Some(at) = rest.find("##") {
            let (before, after) = rest.split_at(at + 1);
            shown.push_str(before);
            let name = after[1..].trim_start_matches(|c: char| c.is_ascii_lowercase());
            rest = if name.starts_with('[') {
                shown.push_str(spelling.hash);
                &after[1..]
            } else {
                after
            };
        }
        shown.push_str(rest);
    }
    Cow::Owned(shown)
}

/// Adds one character as it is shown.
pub fn push(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        c if is_hidden(c) => {
            // Writing to a String does not fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        }
        c => shown.push(c),
    }
}

/// Adds one byte that belongs to no character.
pub fn push_byte(shown: &mut String, byte: u8) {
    let _ = write!(shown, "\\x{byte:02x}");
}

/// Whether a terminal would obey a character, or a reader not see it.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn leaves_plain_text_alone() {
        for plain in ["", "Bearer realm=\"x\"", "日本語 é 🦀", "a\\b"] {
            assert!(matches!(line(plain), Cow::Borrowed(same) if same == plain));
        }
    }

    #[test]
    fn spells_out_what_is_obeyed_or_not_seen() {
        assert_eq!(line("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(line("a\r\n\tb"), "a\\r\\n\\tb");
        assert_eq!(line("\u{9b}2J\u{7f}\0"), "\\u{9b}2J\\u{7f}\\u{0}");
        assert_eq!(line("https://h/\u{202e}gpj"), "https://h/\\u{202e}gpj");
        assert_eq!(line("a\u{200b}\u{feff}b\u{e0041}"), "a\\u{200b}\\u{feff}b\\u{e0041}");
    }

    #[test]
    fn markdown_makes_nothing_of_it() {
        assert_eq!(
            markdown("<b>*a*</b> [x](https://h) @me #1 `c` | ~"),
            "&lt;b&gt;\\*a\\*&lt;/b&gt; \\[x\\](https&#58;//h) &#64;me \\#1 \\`c\\` \\| \\~"
        );
        assert_eq!(markdown("a\n- b www.h"), "a\\\\n- b www&#46;h");
    }

    #[test]
    fn a_log_finds_no_command() {
        let plain = |text| in_log(text, PLAIN).into_owned();
        assert_eq!(
            plain("x ##vso[task.x]y ##[error]z ###[a"),
            "x #\\u{23}vso[task.x]y #\\u{23}[error]z ##\\u{23}[a"
        );
        assert_eq!(plain("a::b\n  ::error::x\n::y"), "a::b\n  \\u{3a}:error::x\n\\u{3a}:y");
        for same in ["## Title", "## [x](y)", "::", "##", "a ## b", "####"] {
            let kept = Spelling { colon: None, ..PLAIN };
            assert_eq!(in_log(same, kept), same);
        }
        let twice = plain("##[a]\n::b");
        assert_eq!(plain(&twice), twice);
    }

    #[test]
    fn bytes_of_no_character_are_hexadecimal() {
        let mut shown = String::new();
        push_byte(&mut shown, 0xff);
        assert_eq!(shown, "\\xff");
    }

    proptest! {
        #[test]
        fn nothing_hidden_comes_through(
            text in proptest::collection::vec(
                prop_oneof![
                    any::<char>(),
                    prop::char::range('\0', '\u{a0}'),
                    prop::char::range('\u{2000}', '\u{2070}'),
                    prop::char::range('\u{fe00}', '\u{ffff}'),
                ],
                0..60,
            )
        ) {
            let text: String = text.into_iter().collect();
            let shown = line(&text);
            let named = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
            let bad = |c: char| {
                u32::from(c) < 0x20 || (0x7f..=0x9f).contains(&u32::from(c)) || named.contains(c) || is_hidden(c)
            };
            prop_assert!(!shown.chars().any(bad));
            prop_assert_eq!(line(&shown), shown.clone());
        }
    }
}
