//! Why a body is not JSON, and at which byte.
//!
//! `{"a": 1} x` is rejected with "text after the end of the document at line 1, column 10".

use std::fmt;

/// Why a body could not be read as JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFlaw {
    /// Nothing but blanks.
    #[error("the body is empty")]
    Empty,
    /// A byte that UTF-8 does not allow, which RFC 8259 §8.1 asks for.
    #[error("not UTF-8 at {place}")]
    NotUtf8 {
        /// Offset of the first such byte.
        offset: usize,
        /// The same as line and column.
        place: Position,
    },
    /// More arrays and objects inside each other than are read.
    #[error("nested more than {limit} deep at {place}", limit = super::MAX_DEPTH)]
    TooDeep {
        /// Offset of the bracket that is one too many.
        offset: usize,
        /// The same as line and column.
        place: Position,
    },
    /// Something follows a complete document.
    #[error("text after the end of the document at {place}")]
    Trailing {
        /// Offset of the first byte too many.
        offset: usize,
        /// The same as line and column.
        place: Position,
    },
    /// Any other breach of the grammar.
    #[error("not JSON: {message} at {place}")]
    Syntax {
        /// Offset of the byte at which reading stopped.
        offset: usize,
        /// The same as line and column.
        place: Position,
        /// What was expected.
        message: String,
    },
}

/// A place in a text, counted from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in that line.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Line and column of a byte offset; one past the end is the end.
pub fn position(bytes: &[u8], offset: usize) -> Position {
    let before = &bytes[..offset.min(bytes.len())];
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before[start..].iter().filter(|b| **b & 0xc0 != 0x80).count() + 1;
    Position { line, column }
}

impl JsonFlaw {
    /// The byte at which reading stopped.
    pub fn offset(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::NotUtf8 { offset, .. } | Self::TooDeep { offset, .. } => *offset,
            Self::Trailing { offset, .. } | Self::Syntax { offset, .. } => *offset,
        }
    }

    pub(super) fn not_utf8(bytes: &[u8], offset: usize) -> Self {
        Self::NotUtf8 { offset, place: position(bytes, offset) }
    }

    pub(super) fn too_deep(bytes: &[u8], offset: usize) -> Self {
        Self::TooDeep { offset, place: position(bytes, offset) }
    }

    /// Turns the line and byte column of serde_json, counted after `skipped` bytes, into an offset.
    pub(super) fn syntax(bytes: &[u8], skipped: usize, error: &serde_json::Error) -> Self {
        let text = &bytes[skipped..];
        if text.iter().all(u8::is_ascii_whitespace) {
            return Self::Empty;
        }
        let ends = text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
        let start = std::iter::once(0).chain(ends).nth(error.line().saturating_sub(1)).unwrap_or(0);
        let ended = error.is_eof();
        let mut at =
            if ended { text.len() } else { (start + error.column()).saturating_sub(1).min(text.len()) };
        while at < text.len() && text[at] & 0xc0 == 0x80 {
            at -= 1;
        }
        let (offset, place) = (at + skipped, position(bytes, at + skipped));
        let whole = error.to_string();
        let message = whole.split(" at line ").next().unwrap_or(&whole).to_owned();
        match message.as_str() {
            "trailing characters" => Self::Trailing { offset, place },
            _ => Self::Syntax { offset, place, message },
        }
    }
}

/// The first bracket that is nested deeper than `limit`, strings aside.
pub(super) fn too_deep(text: &[u8], limit: usize) -> Option<usize> {
    let (mut depth, mut inside, mut escaped) = (0usize, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'[' | b'{' if !inside => depth += 1,
            b']' | b'}' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Document, MAX_DEPTH};
    use super::*;

    fn flaw(bytes: impl AsRef<[u8]>) -> String {
        let flaw = Document::parse(bytes.as_ref()).unwrap_err();
        format!("{} {flaw}", flaw.offset())
    }

    #[test]
    fn each_flaw_has_its_byte() {
        assert_eq!(flaw(" \n"), "0 the body is empty");
        assert_eq!(flaw("\u{feff}"), "0 the body is empty");
        assert_eq!(flaw(b"{\"\xff\":1}"), "2 not UTF-8 at line 1, column 3");
        assert_eq!(flaw("{\"a\": 1} x"), "9 text after the end of the document at line 1, column 10");
        assert_eq!(flaw("{}\n\n{}"), "4 text after the end of the document at line 3, column 1");
        assert_eq!(flaw("\u{feff}{} x"), "6 text after the end of the document at line 1, column 5");
        assert_eq!(flaw("<html>"), "0 not JSON: expected value at line 1, column 1");
        assert_eq!(flaw("[\"é\", é]"), "7 not JSON: expected value at line 1, column 7");
        assert_eq!(flaw("{\"a\":1,}"), "7 not JSON: trailing comma at line 1, column 8");
        assert_eq!(flaw("{\"a\"\n:"), "6 not JSON: EOF while parsing a value at line 2, column 2");
        assert_eq!(flaw("{'a':1}"), "1 not JSON: key must be a string at line 1, column 2");
        assert!(flaw("[1] // x").contains("text after"));
        assert!(flaw("[01]").contains("invalid number"));
        assert!(flaw("[NaN]").contains("expected value"));
        assert!(flaw("[\"a\tb\"]").contains("control character"));
    }

    #[test]
    fn nesting_is_bounded_and_strings_do_not_count() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(Document::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(flaw(nested(MAX_DEPTH + 1)), "100 nested more than 100 deep at line 1, column 101");
        assert!(flaw("{\"a\":".repeat(1_000_000)).contains("nested"));
        assert!(Document::parse(format!("[\"\\\"{}\"]", "[".repeat(500)).as_bytes()).is_ok());
    }

    #[test]
    fn positions_count_characters() {
        let text = "é\n\u{1f512}x".as_bytes();
        assert_eq!(position(text, 2), Position { line: 1, column: 2 });
        assert_eq!(position(text, 7), Position { line: 2, column: 2 });
        assert_eq!(position(text, 99), position(text, text.len()));
    }
}
