//! Finds where a quoted string ends, even one that does not, and takes its escapes away.
//!
//! In `realm="a, error="b"` the quote before `b` opens a string, so the realm is `a`.

use super::reader::{Reader, is_blank, is_control, is_delimiter};
use super::{FlawKind, Span};

impl Reader<'_> {
    /// Reads the quoted string that opens at `start`: its text and its span.
    pub(super) fn quoted(&mut self, name: &str, start: usize) -> (String, Span) {
        let close = self.closing(start);
        let cut = match close {
            Some(close) => self.reopened(start, close),
            None => Some(self.cut(start + 1, self.bytes.len()).unwrap_or(self.bytes.len())),
        };
        let (inside, end) = match (cut, close) {
            (Some(cut), _) => (start + 1..self.trim(start + 1, cut), cut),
            (None, Some(close)) => (start + 1..close, close + 1),
            (None, None) => (start + 1..self.bytes.len(), self.bytes.len()),
        };
        let span = if cut.is_some() { start..inside.end } else { start..end };
        if cut.is_some() {
            self.flaw(span.clone(), FlawKind::UnterminatedQuote(name.into()));
        }
        self.at = end;
        (self.unescape(name, inside), span)
    }

    /// The double quote that closes the one at `start`.
    fn closing(&self, start: usize) -> Option<usize> {
        let mut at = start + 1;
        loop {
            match self.bytes.get(at)? {
                b'"' => return Some(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    /// Where the string should have ended, if the quote at `close` looks like the opening one of the next value.
    fn reopened(&self, start: usize, close: usize) -> Option<usize> {
        let after = self.bytes.get(close + 1)?;
        let before = self.trim(start + 1, close);
        if is_delimiter(*after) || self.bytes[start + 1..before].last() != Some(&b'=') {
            return None;
        }
        self.cut(start + 1, close).or_else(|| {
            let name = self.trim(start + 1, before - 1);
            (start + 1..name).rev().find(|at| is_blank(self.bytes[*at]))
        })
    }

    /// The first comma in a range after which a parameter or a challenge with one begins.
    pub(super) fn cut(&self, from: usize, to: usize) -> Option<usize> {
        let commas = (from..to).filter(|at| self.bytes[*at] == b',');
        commas.into_iter().find(|at| self.param_ahead(at + 1) || self.challenge_ahead(at + 1))
    }

    /// The end of a range without the blanks before it.
    fn trim(&self, from: usize, to: usize) -> usize {
        let text = self.bytes[from..to].iter().rposition(|b| !is_blank(*b));
        text.map_or(from, |last| from + last + 1)
    }

    fn unescape(&mut self, name: &str, inside: Span) -> String {
        let mut text = Vec::with_capacity(inside.len());
        let mut foreign: Option<Span> = None;
        let mut at = inside.start;
        while at < inside.end {
            let mut byte = self.bytes[at];
            if byte == b'\\' {
                let escaped = (at + 1 < inside.end).then(|| self.bytes[at + 1]);
                if escaped.is_none_or(is_control) {
                    let end = (at + 2).min(inside.end);
                    self.flaw(at..end, FlawKind::BadEscape(name.into()));
                }
                let Some(escaped) = escaped else { break };
                byte = escaped;
                at += 1;
            } else if is_control(byte) {
                self.flaw(at..at + 1, FlawKind::ControlCharacter(name.into()));
            }
            if !byte.is_ascii() {
                match &mut foreign {
                    Some(span) if span.end == at => span.end = at + 1,
                    None => foreign = Some(at..at + 1),
                    Some(_) => {}
                }
            }
            text.push(byte);
            at += 1;
        }
        if let Some(span) = foreign {
            self.flaw(span, FlawKind::NonAscii(name.into()));
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Challenge, FlawKind, parse};

    fn one(line: &str) -> (Challenge, Vec<FlawKind>) {
        let found = parse([line]);
        assert_eq!(found.list.len(), 1, "{found:#?}");
        (found.list[0].clone(), found.flaws.into_iter().map(|f| f.kind).collect())
    }

    #[test]
    fn quoted_pairs_are_unescaped() {
        let (challenge, flaws) = one(r#"Bearer realm="a \"b\" \\ \c, d=e""#);
        assert_eq!(challenge.params[0].value, r#"a "b" \ c, d=e"#);
        assert_eq!(challenge.params[0].value_span, 13..33);
        assert_eq!(flaws, []);
    }

    #[test]
    fn an_open_quote_ends_before_the_next_parameter() {
        for line in
            [r#"Bearer realm="a, error="b""#, r#"Bearer realm="a, error=b"#, r#"Bearer realm="a error="b""#]
        {
            let (challenge, flaws) = one(line);
            let unterminated = FlawKind::UnterminatedQuote("realm".into());
            assert!(flaws.contains(&unterminated), "{line}: {flaws:?}");
            assert_eq!(challenge.params[0].value, "a", "{line}");
            assert_eq!(challenge.params[0].value_span, 13..15, "{line}");
            assert_eq!(challenge.param("error").unwrap().value, "b", "{line}");
        }
        let (challenge, flaws) = one(r#"Bearer realm="a, b"#);
        assert_eq!((challenge.params[0].value.as_str(), flaws.len()), ("a, b", 1));
    }

    #[test]
    fn an_open_quote_does_not_swallow_the_next_challenge() {
        let found = parse([r#"Basic realm="a, Bearer realm="b""#]);
        assert_eq!(found.list.len(), 2);
        assert_eq!(found.bearer().unwrap().params[0].value, "b");
    }

    #[test]
    fn escapes_and_control_characters() {
        let (challenge, flaws) = one("Bearer realm=\"a\\\x01b\x00\"");
        assert_eq!(challenge.params[0].value, "a\x01b\x00");
        assert_eq!(flaws, [FlawKind::BadEscape("realm".into()), FlawKind::ControlCharacter("realm".into())]);
        let (_, flaws) = one(r#"Bearer realm="a\"#);
        assert_eq!(flaws, [FlawKind::UnterminatedQuote("realm".into()), FlawKind::BadEscape("realm".into())]);
    }

    #[test]
    fn text_outside_ascii_is_kept_and_reported_once() {
        let found = parse(["Bearer realm=\"zürich é\""]);
        assert_eq!(found.list[0].params[0].value, "zürich é");
        assert_eq!((found.flaws.len(), found.flaws[0].span.clone()), (1, 15..17));
        assert!(!found.flaws[0].kind.is_forbidden());
        let found = parse([b"Bearer realm=\"z\xfcrich\""]);
        assert_eq!(found.list[0].params[0].value, "z\u{fffd}rich");
    }
}
