//! The one place that writes to standard output and standard error.
//!
//! A reader who has seen enough (`mcp-conform check URL | head`) closes the pipe; that is no error.

use std::io::{self, ErrorKind, IsTerminal, Write};

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

/// How a report on standard output looks: coloured on a terminal, unless `NO_COLOR` is set.
pub fn style(verbose: bool) -> Style {
    let said = |name: &str| std::env::var(name).ok();
    let colour = io::stdout().is_terminal()
        && said("NO_COLOR").is_none_or(|value| value.is_empty())
        && said("TERM").is_none_or(|value| value != "dumb");
    Style { colour, verbose, width: width(said("COLUMNS").as_deref()) }
}

fn width(columns: Option<&str>) -> usize {
    columns.and_then(|columns| columns.parse().ok()).filter(|columns| *columns >= 40).unwrap_or(WIDTH)
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
        assert_eq!(["132", "0", "7", "x"].map(|columns| width(Some(columns))), [132, 80, 80, 80]);
        assert_eq!(width(None), 80);
    }
}
