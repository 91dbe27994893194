//! What a run waits for, on standard error while it runs, where that is a terminal.
//!
//! ```text
//! ⠹ 7 answered, waiting 3 s for server-metadata https://as.example/.well-known/…
//! ```

use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{escape, terminal};
use crate::login::browser;
use crate::run::Progress;

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// A line that is drawn over and over, and taken away at the end.
pub struct Bar {
    bar: ProgressBar,
    /// When the probe that it names was sent.
    since: Arc<Mutex<Option<Instant>>>,
}

/// What is said before the probe.
fn waiting(since: Option<Instant>) -> String {
    match since.map(|since| since.elapsed().as_secs()) {
        None => String::new(),
        Some(0) => ", waiting for".to_owned(),
        Some(seconds) => format!(", waiting {seconds} s for"),
    }
}

impl Bar {
    /// A line on standard error; nothing where that is no terminal.
    pub fn new() -> Self {
        let target = match stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = Self::on(target);
        if !bar.bar.is_hidden() {
            bar.bar.enable_steady_tick(TICK);
        }
        bar
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        let since = Arc::new(Mutex::new(None));
        let asked = Arc::clone(&since);
        let waits = move |_: &ProgressState, out: &mut dyn Write| {
            // Where it cannot be drawn, nobody looks.
            let _ = write!(out, "{}", waiting(*asked.lock().unwrap_or_else(PoisonError::into_inner)));
        };
        // Cut to the terminal's width, so that a long URL never becomes a second line.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} answered{waits}{wide_msg}") {
            let style = style.with_key("waits", waits);
            bar.set_style(if terminal::is_ascii() { style.tick_chars("-\\|/ ") } else { style });
        }
        Self { bar, since }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
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
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.bar.set_message(format!(" {} {}", escape::line(probe), escape::line(url)));
    }

    fn done(&self) {
        self.bar.inc(1);
    }

    fn warn(&self, text: &str) {
        // Where standard error is gone, nobody can be told.
        self.bar.suspend(|| drop(terminal::err(&format!("warning: {}\n", escape::line(text)))));
    }

    fn visit(&self, url: &str) {
        let opened = browser::open(url);
        let head = if opened.is_ok() { "Log in in your browser" } else { "Open this URL in a browser" };
        // Where standard error is gone, nobody can be told.
        self.bar.suspend(|| {
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
        bar.bar.force_draw();
        assert!(drawn().contains("1 answered, waiting for server-metadata http://h/\\u{1b}"), "{}", drawn());
        assert!(drawn().chars().count() <= 60, "{}", drawn());
        bar.finish();
        assert_eq!(drawn(), "");
    }

    #[test]
    fn says_how_long_it_has_waited() {
        assert_eq!(waiting(None), "");
        assert_eq!(waiting(Some(Instant::now())), ", waiting for");
        let earlier = Instant::now().checked_sub(Duration::from_millis(3500)).unwrap();
        assert_eq!(waiting(Some(earlier)), ", waiting 3 s for");
    }

    #[test]
    fn says_nothing_where_nobody_looks() {
        let bar = Bar::on(ProgressDrawTarget::hidden());
        bar.sending("x", "http://h/");
        bar.done();
        assert!(bar.bar.is_hidden());
    }
}
