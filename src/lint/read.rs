//! What a file holds: a JSON document as it is, or the challenges of a response.
//!
//! ```text
//! HTTP/1.1 401 Unauthorized                  Bearer realm="x"
//! WWW-Authenticate: Bearer realm="x"
//! ```
//!
//! are the same challenge; the place of each value in the file is kept.

use std::ops::Range;

use super::kind::Kind;
use crate::check::{Part, Place};
use crate::net::mask;
use crate::parse::json::position;
use crate::report::Spot;

const FIELD: &str = "www-authenticate";

/// The text of a file and what it is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it is read as.
    pub kind: Kind,
    /// The name of the file, for people.
    pub file: String,
    /// All of it but the secrets.
    pub bytes: Vec<u8>,
    /// The values of WWW-Authenticate in it, for a challenge.
    pub(super) lines: Vec<Value>,
}

/// A header's value and where in the file it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    at: usize,
}

/// Why a text cannot be judged at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableText {
    /// There is nothing in it.
    #[error("{0} is empty: there is nothing to judge")]
    Empty(String),
    /// The head of a response that has no challenge to carry.
    #[error("{file} holds a response of status {status}, and a challenge is that of a 401")]
    OtherStatus {
        /// The name of the file.
        file: String,
        /// The status as it stands there.
        status: String,
    },
}

impl Text {
    /// Reads `bytes` of `file` as `kind`.
    pub fn new(kind: Kind, file: &str, bytes: Vec<u8>) -> Result<Self, UnreadableText> {
        if bytes.trim_ascii().is_empty() {
            return Err(UnreadableText::Empty(file.to_owned()));
        }
        let (bytes, lines) = match kind {
            Kind::Challenge => {
                let lines = challenges(file, &bytes)?;
                (bytes, lines)
            }
            _ => (mask::document(bytes), Vec::new()),
        };
        Ok(Self { kind, file: file.to_owned(), bytes, lines })
    }

    /// Where in the file a place of its exchange is.
    pub(super) fn spot(&self, place: &Place) -> Option<Spot> {
        let offset = match &place.part {
            Part::Body => place.span.start,
            Part::Header { name, line } if name == FIELD => self.lines.get(*line)?.at + place.span.start,
            Part::Header { .. } | Part::Status => return None,
        };
        let found = position(&self.bytes, offset);
        Some(Spot { line: found.line, column: found.column })
    }
}

/// The values of WWW-Authenticate: of the last response, where there are status lines; of the lines that name it, where
/// some do; and else every line.
fn challenges(file: &str, bytes: &[u8]) -> Result<Vec<Value>, UnreadableText> {
    let mut lines = lines(bytes);
    if let Some(status) = lines.iter().rposition(|line| bytes[line.clone()].starts_with(b"HTTP/")) {
        let head = String::from_utf8_lossy(&bytes[lines[status].clone()]).into_owned();
        let code = head.split_whitespace().nth(1).unwrap_or("none");
        if code != "401" {
            return Err(UnreadableText::OtherStatus { file: file.to_owned(), status: code.to_owned() });
        }
        let end =
            lines[status..].iter().position(Range::is_empty).map_or(lines.len(), |length| status + length);
        lines = lines[status + 1..end].to_vec();
        return Ok(lines.into_iter().filter_map(|line| named(bytes, &line)).collect());
    }
    let named: Vec<Value> = lines.iter().filter_map(|line| named(bytes, line)).collect();
    let bare = lines.into_iter().filter(|line| !bytes[line.clone()].trim_ascii().is_empty());
    Ok(if named.is_empty() { bare.map(|line| value(bytes, line)).collect() } else { named })
}

/// The lines of a text without what ends them.
fn lines(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        lines.push(start..start + text.len());
        start += line.len();
    }
    lines
}

/// The value of a line that names the field.
fn named(bytes: &[u8], line: &Range<usize>) -> Option<Value> {
    let colon = bytes[line.clone()].iter().position(|byte| *byte == b':')?;
    let name = bytes[line.start..line.start + colon].trim_ascii();
    name.eq_ignore_ascii_case(FIELD.as_bytes()).then(|| value(bytes, line.start + colon + 1..line.end))
}

/// A value without the whitespace around it, which is not part of it (RFC 9110 §5.5).
fn value(bytes: &[u8], range: Range<usize>) -> Value {
    let raw = &bytes[range.clone()];
    let before = raw.len() - raw.trim_ascii_start().len();
    Value { text: String::from_utf8_lossy(raw.trim_ascii()).into_owned(), at: range.start + before }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, usize)> {
        let read = Text::new(Kind::Challenge, "x", text.as_bytes().to_vec()).unwrap();
        read.lines.into_iter().map(|value| (value.text, value.at)).collect()
    }

    #[test]
    fn a_challenge_is_read_however_it_is_pasted() {
        assert_eq!(
            values("Bearer\n\nBasic realm=\"x\"\n"),
            [("Bearer".to_owned(), 0), ("Basic realm=\"x\"".to_owned(), 8)]
        );
        assert_eq!(
            values("Bearer error=\"www-authenticate: x\""),
            [("Bearer error=\"www-authenticate: x\"".to_owned(), 0)]
        );
        assert_eq!(values("www-authenticate:  A \r\nserver: x\r\n"), [("A".to_owned(), 19)]);
        let head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/2 401\r\nWWW-Authenticate:\r\nx: y\r\n\r\nWWW-Authenticate: body";
        assert_eq!(values(head), [(String::new(), 54)]);
        assert_eq!(values("HTTP/1.1 401 Unauthorized\nserver: x\n"), []);
    }

    #[test]
    fn what_cannot_be_a_challenge_is_refused() {
        let says = |text: &str| Text::new(Kind::Challenge, "x", text.into()).unwrap_err().to_string();
        assert_eq!(
            says("HTTP/1.1 200 OK\nserver: x\n"),
            "x holds a response of status 200, and a challenge is that of a 401"
        );
        assert_eq!(says(" \n"), "x is empty: there is nothing to judge");
    }

    #[test]
    fn places_are_those_of_the_file() {
        let read =
            Text::new(Kind::Challenge, "x", b"server: x\nWWW-Authenticate: Bearer a=b".to_vec()).unwrap();
        let place = |line, start| {
            let part = Part::Header { name: FIELD.to_owned(), line };
            read.spot(&Place { exchange: 0, part, span: start..start + 1 })
        };
        assert_eq!(place(0, 7), Some(Spot { line: 2, column: 26 }));
        assert_eq!(place(1, 0), None);
    }
}
