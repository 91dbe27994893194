//! What the report is written on: knows the width, the colours, and that every text may come from a stranger.
//!
//! `paper.labelled("fix", "Add …", Ink::Plain)` writes `  fix        Add …` and wraps under the `A`.

use owo_colors::OwoColorize;

use super::Style;
use crate::report::escape;

/// The column of what stands beside a label.
pub(super) const COLUMN: usize = 11;
/// Prose is not made wider than this.
const MEASURE: usize = 100;
/// Characters of one text that are shown.
const LIMIT: usize = 600;

/// What a text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Strong,
    Faint,
    Good,
    Doubtful,
    Bad,
    Neutral,
    Link,
}

/// A text that grows.
pub(crate) struct Paper {
    pub(crate) style: Style,
    text: String,
}

impl Paper {
    pub(crate) fn new(style: &Style) -> Self {
        Self { style: Style { width: style.width.max(40), ..*style }, text: String::new() }
    }

    pub(crate) fn into_text(self) -> String {
        escape::in_log(&self.text, escape::PLAIN).into_owned()
    }

    /// `text` in its colour, if there are colours.
    pub(crate) fn inked(&self, text: &str, ink: Ink) -> String {
        if !self.style.colour || text.is_empty() {
            return text.to_owned();
        }
        match ink {
            Ink::Plain => text.to_owned(),
            Ink::Strong => text.bold().to_string(),
            Ink::Faint => text.dimmed().to_string(),
            Ink::Good => text.green().bold().to_string(),
            Ink::Doubtful => text.yellow().bold().to_string(),
            Ink::Bad => text.red().bold().to_string(),
            Ink::Neutral => text.cyan().bold().to_string(),
            Ink::Link => text.cyan().to_string(),
        }
    }

    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line that is ready, without its newline.
    pub(crate) fn raw(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A heading with a rule to the end of the measure.
    pub(crate) fn rule(&mut self, title: &str) {
        let title = escape::line(title).into_owned();
        let rest = self.measure().saturating_sub(title.chars().count() + 4);
        let left = self.inked("──", Ink::Faint);
        let right = self.inked(&"─".repeat(rest), Ink::Faint);
        let title = self.inked(&title, Ink::Strong);
        self.blank();
        self.raw(&format!("{left} {title} {right}"));
    }

    /// A label at `indent` and a text beside it; an empty label continues the one before.
    pub(crate) fn labelled(&mut self, indent: usize, label: &str, text: &str, ink: Ink) {
        self.hang(indent, (label, Ink::Faint), COLUMN, text, ink);
    }

    /// A text behind `head`, every line of it beginning `column` columns after `indent`.
    pub(crate) fn hang(&mut self, indent: usize, head: (&str, Ink), column: usize, text: &str, ink: Ink) {
        let at = indent + column;
        let gap = column.saturating_sub(head.0.chars().count()).max(usize::from(!head.0.is_empty()));
        let head = format!("{}{}{}", " ".repeat(indent), self.inked(head.0, head.1), " ".repeat(gap));
        let mut first = Some(head);
        for line in wrap(&shown(text), self.measure().saturating_sub(at)) {
            let start = first.take().unwrap_or_else(|| " ".repeat(at));
            let line = format!("{start}{}", self.inked(&line, ink));
            self.raw(&line);
        }
    }

    pub(crate) fn measure(&self) -> usize {
        self.style.width.min(MEASURE)
    }
}

/// A text as it is shown: escaped, bounded, and visible where it is empty or begins or ends with a space.
fn shown(text: &str) -> String {
    let mut shown = match text.chars().nth(LIMIT) {
        None => escape::line(text).into_owned(),
        Some(_) => {
            let cut: String = text.chars().take(LIMIT).collect();
            format!("{}… ({} more characters)", escape::line(&cut), text.chars().count() - LIMIT)
        }
    };
    if shown.trim() != shown || shown.is_empty() {
        shown = format!("\"{shown}\"");
    }
    shown
}

/// Lines of at most `width` characters; a word that is longer is a line of its own, so that URLs stay whole.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        let fresh = lines.last().is_none_or(String::is_empty);
        if !fresh && line + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else if let Some(last) = lines.last_mut() {
            if !fresh {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_words_and_keeps_long_ones_whole() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("a https://h/very/long b", 5), ["a", "https://h/very/long", "b"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn says_where_a_text_begins_and_ends() {
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown("a "), "\"a \"");
        assert_eq!(shown("a  b"), "a  b");
        assert!(shown(&"x".repeat(700)).ends_with("… (100 more characters)"));
    }
}
