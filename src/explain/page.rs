//! What a page is written on: headings, wrapped paragraphs, lists and tables, plain in a pipe and on a terminal.

use crate::report::human::wrap;

/// The columns that prose is wrapped at; URLs and examples stay whole.
const MEASURE: usize = 80;
/// Where the text below a heading begins.
const INDENT: usize = 2;

/// A page that grows.
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Begins with the name and what it is in a sentence.
    pub(super) fn new(name: &str, sentence: &str) -> Self {
        let mut page = Self { text: format!("{name}\n\n") };
        page.paragraph(&ended(sentence));
        page
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn heading(&mut self, title: &str) {
        self.text.push('\n');
        self.line(0, title);
    }

    /// Prose.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.hang("", 0, text);
    }

    /// One of a list: its further lines begin a little further in.
    pub(super) fn item(&mut self, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for (index, line) in wrap(&text, MEASURE - 2 * INDENT).iter().enumerate() {
            self.line(if index == 0 { INDENT } else { 2 * INDENT }, line);
        }
    }

    /// A label and prose beside it, every line of which begins `column` columns further in.
    pub(super) fn hang(&mut self, label: &str, column: usize, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut label = Some(label);
        for line in wrap(&text, MEASURE - INDENT - column) {
            let head = label.take().unwrap_or_default();
            let gap = if head.chars().count() < column { column - head.chars().count() } else { 1 };
            let gap = if head.is_empty() { column } else { gap };
            self.line(INDENT, &format!("{head}{}{line}", " ".repeat(gap)));
        }
    }

    /// Lines as they stand.
    pub(super) fn verbatim(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(INDENT, line));
    }

    /// Rows of cells, each column as wide as its widest cell.
    pub(super) fn table(&mut self, rows: &[Vec<String>]) {
        for line in columns(rows) {
            self.line(INDENT, &line);
        }
    }

    fn line(&mut self, indent: usize, line: &str) {
        let line = format!("{}{line}", " ".repeat(indent));
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// `text` with a period at its end.
fn ended(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Rows as lines, the cells of a column under each other and two spaces between columns.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let padded = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(padded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_beside_its_label() {
        let mut page = Page::new("x", "A thing");
        page.hang("MUST", 6, &"word ".repeat(20));
        let text = page.into_text();
        assert!(text.starts_with("x\n\n  A thing.\n  MUST  word word"), "{text}");
        assert!(text.lines().last().unwrap().starts_with("        word"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= MEASURE), "{text}");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        assert_eq!(columns(&[row(&["a", "b"]), row(&["ccc", "d"])]), ["a    b", "ccc  d"]);
    }
}
