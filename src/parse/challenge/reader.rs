//! Walks one field line, element by element, and never gives up before its end.
//!
//! A token before `=` is a parameter of the challenge so far; any other token after a comma begins a new
//! challenge. In `A b, C d="e"` the scheme `C` does; in `A b=c, C="e"` the parameter `C` does not.

use super::flaw::excerpt;
use super::{Challenge, Challenges, FlawKind, Span, Token68};
use std::collections::HashSet;

/// Schemes that begin a challenge even where the comma before them is missing.
const KNOWN: [&str; 14] = [
    "basic",
    "bearer",
    "concealed",
    "digest",
    "dpop",
    "gnap",
    "hoba",
    "mutual",
    "negotiate",
    "ntlm",
    "oauth",
    "privatetoken",
    "scram-sha-256",
    "vapid",
];

pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) line: usize,
    pub(super) found: &'a mut Challenges,
    /// The parameter names of the challenge so far, in lower case.
    pub(super) names: HashSet<String>,
}

/// What was read last.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Last {
    Nothing,
    Scheme,
    Value,
}

/// What stands between that and the next element.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Gap {
    Start,
    Space,
    Comma,
    CommaAfterScheme,
    Semicolon,
    Missing,
}

/// Adds what one field line holds to what was found before.
pub(super) fn read_line(found: &mut Challenges, line: usize, bytes: &[u8]) {
    let open = found.list.last().map(|c| c.params.as_slice()).unwrap_or_default();
    let names = open.iter().map(|p| p.name.to_ascii_lowercase()).collect();
    let flaws = found.flaws.len();
    let mut reader = Reader { bytes, at: 0, line, found, names };
    let mut last = Last::Nothing;
    loop {
        let gap = reader.gap(last);
        if reader.at >= bytes.len() {
            break;
        }
        last = reader.element(gap);
    }
    found.flaws[flaws..].sort_by_key(|f| f.span.start);
}

impl Reader<'_> {
    pub(super) fn flaw(&mut self, span: Span, kind: FlawKind) {
        self.found.flaws.push(super::Flaw { line: self.line, span, kind });
    }

    /// Whether `name =` comes next.
    pub(super) fn param_ahead(&self, from: usize) -> bool {
        let start = self.skip(from, is_blank);
        let end = self.skip(start, is_token);
        end > start && self.byte(self.skip(end, is_blank)) == Some(b'=')
    }

    /// Whether a scheme and then `name =` come next.
    pub(super) fn challenge_ahead(&self, from: usize) -> bool {
        let start = self.skip(from, is_blank);
        let end = self.skip(start, is_token);
        end > start && self.byte(end) == Some(b' ') && self.param_ahead(end)
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn skip(&self, from: usize, class: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().position(|b| !class(*b)).unwrap_or(rest.len())
    }

    pub(super) fn text(&self, span: Span) -> String {
        String::from_utf8_lossy(&self.bytes[span]).into_owned()
    }

    pub(super) fn excerpt(&self, span: Span) -> String {
        excerpt(&self.bytes[span])
    }

    /// Skips blanks, commas and semicolons, and reports those that should not be there.
    fn gap(&mut self, last: Last) -> Gap {
        let start = self.at;
        self.at = self.skip(start, |b| is_blank(b) || b == b',' || b == b';');
        let separators = &self.bytes[start..self.at];
        let commas: Vec<usize> = (start..self.at).filter(|at| self.bytes[*at] == b',').collect();
        let semicolon = separators.iter().position(|b| *b == b';').map(|n| start + n);
        let wanted = usize::from(last != Last::Nothing && self.at < self.bytes.len());
        if let (Some(first), Some(final_one)) = (commas.get(wanted), commas.last()) {
            self.flaw(*first..final_one + 1, FlawKind::EmptyElement);
        }
        if let Some(semicolon) = semicolon {
            self.flaw(semicolon..semicolon + 1, FlawKind::Semicolon);
        }
        match (last, commas.is_empty(), semicolon) {
            (Last::Nothing, ..) => Gap::Start,
            (Last::Scheme, false, _) => Gap::CommaAfterScheme,
            (_, false, _) => Gap::Comma,
            (_, _, Some(_)) => Gap::Semicolon,
            (Last::Scheme, ..) => Gap::Space,
            (Last::Value, ..) => Gap::Missing,
        }
    }

    fn element(&mut self, gap: Gap) -> Last {
        let start = self.at;
        if let (Gap::Space, Some(end)) = (gap, self.token68_end(start)) {
            return self.token68(start..end);
        }
        let word = start..self.skip(start, is_token);
        if word.is_empty() {
            return self.unexpected();
        }
        let after = self.skip(word.end, is_blank);
        if self.byte(after) == Some(b'=') {
            return self.param(gap, word, after);
        }
        if let Some(last) = self.colon(gap, &word) {
            return last;
        }
        let known = self.is_known(&word);
        if !known && self.byte(word.end).is_some_and(|b| !is_delimiter(b)) {
            return self.unexpected();
        }
        match gap {
            Gap::Start | Gap::Comma | Gap::CommaAfterScheme => self.scheme(word),
            Gap::Space if !known && self.skip(start, is_token68) == word.end => self.token68(word),
            _ if known => {
                let name = self.text(word.clone());
                self.flaw(word.clone(), FlawKind::MissingComma(name));
                self.scheme(word)
            }
            _ => {
                self.at = word.end;
                let text = self.excerpt(word.clone());
                self.flaw(word, FlawKind::StrayWord(text));
                Last::Value
            }
        }
    }

    fn is_known(&self, word: &Span) -> bool {
        KNOWN.iter().any(|k| k.as_bytes().eq_ignore_ascii_case(&self.bytes[word.clone()]))
    }

    fn scheme(&mut self, word: Span) -> Last {
        self.at = word.end;
        let blank = self.skip(word.end, is_blank);
        let bare = self.byte(blank).is_none_or(is_delimiter);
        if !bare && self.bytes[word.end..blank].contains(&b'\t') {
            let name = self.text(word.clone());
            self.flaw(word.end..blank, FlawKind::TabAfterScheme(name));
        }
        self.open(word);
        Last::Scheme
    }

    pub(super) fn open(&mut self, word: Span) {
        self.names.clear();
        let scheme = self.text(word.clone());
        let (scheme_span, span) = (word.clone(), word);
        let line = self.line;
        self.found.list.push(Challenge { line, scheme, scheme_span, token68: None, params: vec![], span });
    }

    /// Where a `token68` ends that fills the rest of its challenge.
    fn token68_end(&self, start: usize) -> Option<usize> {
        let text = self.skip(start, is_token68);
        let end = self.skip(text, |b| b == b'=');
        let next = self.byte(self.skip(end, is_blank));
        (text > start && next.is_none_or(|b| b == b',')).then_some(end)
    }

    fn token68(&mut self, span: Span) -> Last {
        self.at = span.end;
        let text = self.text(span.clone());
        if let Some(challenge) = self.found.list.last_mut() {
            challenge.span.end = span.end;
            challenge.token68 = Some(Token68 { text, span });
        }
        Last::Value
    }

    /// Handles a colon after a word: `Bearer: realm="x"`, `realm: "x"`, or a field name inside the value.
    fn colon(&mut self, gap: Gap, word: &Span) -> Option<Last> {
        if self.byte(word.end) != Some(b':') {
            return None;
        }
        let next = self.skip(word.end + 1, is_blank);
        if self.byte(next) == Some(b'"') {
            return Some(self.param(gap, word.clone(), word.end));
        }
        let blank = next > word.end + 1 || next == self.bytes.len();
        let inner = matches!(gap, Gap::Space | Gap::Semicolon | Gap::Missing);
        if inner || !(blank || self.param_ahead(next)) {
            return None;
        }
        let name = self.text(word.clone());
        self.flaw(word.end..word.end + 1, FlawKind::SchemeColon(name));
        let follower = next..self.skip(next, is_token);
        self.at = next;
        if self.is_known(&follower) {
            return Some(self.scheme(follower));
        }
        self.open(word.clone());
        Some(Last::Scheme)
    }

    /// Skips to the next comma that is outside a quoted string or has a parameter or challenge after it.
    fn unexpected(&mut self) -> Last {
        let start = self.at;
        let mut at = start;
        while let Some(byte) = self.byte(at).filter(|b| *b != b',') {
            at += 1;
            if byte == b'"' {
                let close = self.skip(at, |b| b != b'"');
                if close < self.bytes.len() && self.cut(at, close).is_none() {
                    at = close + 1;
                }
            }
        }
        let blanks = self.bytes[start..at].iter().rev().take_while(|b| is_blank(**b)).count();
        self.at = at;
        let text = self.excerpt(start..at - blanks);
        self.flaw(start..at - blanks, FlawKind::Unexpected(text));
        Last::Value
    }
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

pub(super) fn is_delimiter(byte: u8) -> bool {
    is_blank(byte) || byte == b',' || byte == b';'
}

pub(super) fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)
}
