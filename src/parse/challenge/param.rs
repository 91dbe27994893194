//! Reads one parameter: finds the challenge it belongs to, its value, and what is wrong with either.
//!
//! `m=https://a.example/m` keeps its value up to the next comma or blank, so that discovery can go on.

use super::reader::{Gap, Last, Reader, is_blank, is_delimiter, is_token};
use super::{FlawKind, Param, Span, Token68};

impl Reader<'_> {
    /// Reads the parameter whose name is `word` and whose equals sign stands at `equals`.
    pub(super) fn param(&mut self, gap: Gap, word: Span, equals: usize) -> Last {
        let name = self.text(word.clone());
        self.attach(gap, &word, &name);
        let start = self.skip(equals + 1, is_blank);
        let empty = self.byte(start).is_none_or(|b| b == b',' || b == b';');
        if self.byte(equals) == Some(b':') {
            self.flaw(equals..equals + 1, FlawKind::ColonForEquals(name.clone()));
        } else if equals > word.end || (start > equals + 1 && !empty) {
            let end = if empty { equals + 1 } else { start };
            self.flaw(word.end..end, FlawKind::SpaceAroundEquals(name.clone()));
        }
        let quoted = self.byte(start) == Some(b'"');
        let (value, value_span) = if empty {
            self.at = equals + 1;
            self.flaw(word.start..equals + 1, FlawKind::MissingValue(name.clone()));
            (String::new(), equals + 1..equals + 1)
        } else if quoted {
            self.quoted(&name, start)
        } else {
            self.unquoted(&name, start)
        };
        if !self.names.insert(name.to_ascii_lowercase()) {
            self.flaw(word.clone(), FlawKind::DuplicateParam(name.clone()));
        }
        let line = self.line;
        if let Some(challenge) = self.found.list.last_mut() {
            if challenge.line == line {
                challenge.span.end = value_span.end;
            }
            challenge.params.push(Param { line, name, name_span: word, value, value_span, quoted });
        }
        Last::Value
    }

    /// Makes sure that there is a challenge for a parameter to belong to, and reports how it should not.
    fn attach(&mut self, gap: Gap, word: &Span, name: &str) {
        let line = self.line;
        match self.found.list.last_mut() {
            Some(open) if gap == Gap::Start && !open.params.is_empty() => {
                self.flaw(word.clone(), FlawKind::ParamOnNextLine(name.into()));
            }
            Some(open) if gap != Gap::Start => {
                if let Some(half) = open.token68.take_if(|t| t.text.ends_with('=') && open.line == line) {
                    self.valueless(half, word, name);
                } else if open.token68.is_some() && open.params.is_empty() {
                    self.flaw(word.clone(), FlawKind::Token68WithParams(name.into()));
                } else if gap == Gap::CommaAfterScheme {
                    let (scheme, from) = (open.scheme.clone(), open.span.end);
                    self.flaw(from..word.start, FlawKind::CommaAfterScheme(scheme));
                }
            }
            _ => {
                self.flaw(word.clone(), FlawKind::MissingScheme(name.into()));
                self.open(word.start..word.start);
            }
        }
        if gap == Gap::Missing {
            self.flaw(word.clone(), FlawKind::MissingComma(name.into()));
        }
    }

    /// Turns the `realm=` of `Bearer realm=, error="x"` from a `token68` into a parameter without a value.
    fn valueless(&mut self, half: Token68, word: &Span, name: &str) {
        let own = half.text.trim_end_matches('=').to_owned();
        let single = own.len() + 1 == half.text.len() && own.bytes().all(is_token);
        let line = self.line;
        let Some(open) = self.found.list.last_mut() else {
            return;
        };
        if !single {
            open.token68 = Some(half);
            return self.flaw(word.clone(), FlawKind::Token68WithParams(name.into()));
        }
        let (name_span, end) = (half.span.start..half.span.end - 1, half.span.end);
        self.names.insert(own.to_ascii_lowercase());
        let (value, value_span) = (String::new(), end..end);
        open.params.push(Param { line, name: own.clone(), name_span, value, value_span, quoted: false });
        self.flaw(half.span, FlawKind::MissingValue(own));
    }

    /// Reads a value without double quotes, up to a comma or a blank where it is not a token.
    fn unquoted(&mut self, name: &str, start: usize) -> (String, Span) {
        let token = self.skip(start, is_token);
        if token > start && self.byte(token).is_none_or(is_delimiter) {
            self.at = token;
            if name.eq_ignore_ascii_case("realm") {
                self.flaw(start..token, FlawKind::UnquotedRealm);
            }
            return (self.text(start..token), start..token);
        }
        if let Some(close) = self.single_quoted(start) {
            self.at = close + 1;
            self.flaw(start..close + 1, FlawKind::SingleQuotes(name.into()));
            return (self.text(start + 1..close), start..close + 1);
        }
        let mut end = self.skip(start, |b| !is_blank(b) && b != b',');
        if end > start + 1 && self.bytes[end - 1] == b';' {
            end -= 1;
        }
        let foreign = self.skip(token, |b| !b.is_ascii()).max(token + 1);
        self.at = end;
        let found = self.excerpt(token..foreign);
        self.flaw(start..end, FlawKind::UnquotedValue { name: name.into(), found });
        (self.text(start..end), start..end)
    }

    fn single_quoted(&self, start: usize) -> Option<usize> {
        if self.byte(start) != Some(b'\'') {
            return None;
        }
        let close = self.skip(start + 1, |b| b != b'\'');
        (close < self.bytes.len() && self.byte(close + 1).is_none_or(is_delimiter)).then_some(close)
    }
}
