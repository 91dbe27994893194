//! What a run waits for, on standard error while it runs, where that is a terminal.
//!
//! ```text
//! ⠹ 7 answered, waiting for server-metadata https://as.example/.well-known/…
//! ```

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{escape, terminal};
use crate::login::browser;
use crate::run::Progress;

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// A line that is drawn over and over, and taken away at the end.
pub struct Bar(ProgressBar);

impl Bar {
    /// A line on standard error; nothing where that is no terminal.
    pub fn new() -> Self {
        let target = match stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = Self::on(target);
        if !bar.0.is_hidden() {
            bar.0.enable_steady_tick(TICK);
        }
        bar
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        // Cut to the terminal's width, so that a long URL never becomes a second line.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} answered{wide_msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Progress for Bar {
    fn sending(&self, probe: &str, url: &str) {
        self.0.set_message(format!(", waiting for {} {}", escape::line(probe), escape::line(url)));
    }

    fn done(&self) {
        self.0.inc(1);
    }

    fn warn(&self, text: &str) {
        // Where standard error is gone, nobody can be told.
        self.0.suspend(|| drop(terminal::err(&format!("warning: {}\n", escape::line(text)))));
    }

    fn visit(&self, url: &str) {
        let opened = browser::open(url);
        let head = if opened.is_ok() { "Log in in your browser" } else { "Open this URL in a browser" };
        // Where standard error is gone, nobody can be told.
        self.0.suspend(|| {
            drop(terminal::err(&format!(
                "{head}; the check goes on when you are done:\n  {}\n",
                escape::line(url)
            )))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io;
    use std::sync::{Arc, Mutex};

    /// Keeps what is drawn.
    #[derive(Debug, Clone, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            60
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().unwrap().clear();
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn shows_what_it_waits_for_on_one_line_and_goes_away() {
        let screen = Screen::default();
        let drawn = || screen.0.lock().unwrap().clone();
        let bar = Bar::on(ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255));
        bar.sending("server-metadata", &format!("http://h/\u{1b}[2J{}", "x".repeat(90)));
        bar.done();
        bar.0.force_draw();
        assert!(drawn().contains("1 answered, waiting for server-metadata http://h/\\u{1b}"), "{}", drawn());
        assert!(drawn().chars().count() <= 60, "{}", drawn());
        bar.finish();
        assert_eq!(drawn(), "");
    }

    #[test]
    fn says_nothing_where_nobody_looks() {
        let bar = Bar::on(ProgressDrawTarget::hidden());
        bar.sending("x", "http://h/");
        bar.done();
        assert!(bar.0.is_hidden());
    }
}
