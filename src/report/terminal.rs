//! The one place that writes to standard output and standard error.
//!
//! A reader who has seen enough (`mcp-conform check URL | head`) closes the pipe; that is no error.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

use super::ascii;
use super::human::Style;

/// Columns where the terminal does not say how many it has.
const WIDTH: usize = 80;

/// Writes `text` to standard output.
pub fn out(text: &str) -> io::Result<()> {
    write(io::stdout().lock(), text)
}

/// Writes `text` to standard error.
pub fn err(text: &str) -> io::Result<()> {
    write(io::stderr().lock(), text)
}

/// What the user said of colour, once for the whole program.
static COLOUR: OnceLock<bool> = OnceLock::new();

/// Colours standard output always, or never, whatever it is.
pub fn set_colour(on: bool) {
    // The first word counts.
    let _ = COLOUR.set(on);
}

/// Whether the user wants ASCII alone.
static ASCII: OnceLock<bool> = OnceLock::new();

/// Writes ASCII alone to people, or not.
pub fn set_ascii(on: bool) {
    // The first word counts.
    let _ = ASCII.set(on);
}

/// Whether people are written to in ASCII alone.
pub fn is_ascii() -> bool {
    ASCII.get().copied().unwrap_or_default()
}

/// `text` as people are to read it.
pub fn spelt(text: &str) -> Cow<'_, str> {
    if is_ascii() { ascii::plain(text) } else { text.into() }
}

/// How a report on standard output looks: as the user said, or else coloured where `CLICOLOR_FORCE` is set or on a
/// terminal, unless `NO_COLOR` is set.
pub fn style() -> Style {
    let said = |name: &str| std::env::var(name).ok();
    let colour = COLOUR.get().copied().unwrap_or_else(|| coloured(said, io::stdout().is_terminal()));
    let size = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    Style { colour, width: width(said("COLUMNS").as_deref(), size), ..Style::default() }
}

fn coloured(said: impl Fn(&str) -> Option<String>, is_terminal: bool) -> bool {
    let is_set = |name: &str| said(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") {
        return false;
    }
    let is_forced = said("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    is_forced || is_terminal && said("TERM").is_none_or(|value| value != "dumb")
}

/// What the user says comes first, then what the terminal says.
fn width(columns: Option<&str>, terminal: Option<usize>) -> usize {
    let said = columns.and_then(|columns| columns.parse().ok());
    said.or(terminal).filter(|columns| *columns >= 40).unwrap_or(WIDTH)
}

fn write(mut to: impl Write, text: &str) -> io::Result<()> {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_conventions() {
        for (set, is_terminal, colour) in [
            (&[][..], true, true),
            (&[], false, false),
            (&[("NO_COLOR", "1")], true, false),
            (&[("NO_COLOR", "")], true, true),
            (&[("TERM", "dumb")], true, false),
            (&[("CLICOLOR_FORCE", "1")], false, true),
            (&[("CLICOLOR_FORCE", "0")], false, false),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true, false),
        ] {
            let said =
                |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(coloured(said, is_terminal), colour, "{set:?}");
        }
    }

    struct Closed(ErrorKind);

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        assert!(write(Closed(ErrorKind::BrokenPipe), "x").is_ok());
        assert!(write(Closed(ErrorKind::StorageFull), "x").is_err());
        let mut to = Vec::new();
        write(&mut to, "x\n").unwrap();
        assert_eq!(to, b"x\n");
    }

    #[test]
    fn takes_the_width_it_is_told_if_it_can_be_one() {
        assert_eq!(["132", "0", "7", "x"].map(|columns| width(Some(columns), None)), [132, 80, 80, 80]);
        assert_eq!((width(None, None), width(None, Some(200)), width(Some("90"), Some(200))), (80, 200, 90));
    }
}
