//! What can be wrong with a challenge, each with its place and the clause that says so.
//!
//! `Bearer realm=x; error=y` has two: an unquoted realm at 13..14 and a semicolon at 14..15.

use super::Span;
use std::fmt;

/// One thing wrong with a field line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Index of the field line.
    pub line: usize,
    /// The bytes in question.
    pub span: Span,
    /// What is wrong with them.
    pub kind: FlawKind,
}

/// The ways in which a challenge can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlawKind {
    /// A parameter comes before any scheme.
    MissingScheme(String),
    /// The scheme is followed by a colon.
    SchemeColon(String),
    /// A tab follows the scheme, where only spaces may.
    TabAfterScheme(String),
    /// A comma parts the scheme from its first parameter.
    CommaAfterScheme(String),
    /// A comma with nothing before or after it.
    EmptyElement,
    /// The named parameter or scheme follows without a comma.
    MissingComma(String),
    /// A semicolon where a comma or a space belongs.
    Semicolon,
    /// Whitespace around the equals sign of the named parameter.
    SpaceAroundEquals(String),
    /// A colon where the equals sign of the named parameter belongs.
    ColonForEquals(String),
    /// The named parameter has nothing after its equals sign.
    MissingValue(String),
    /// An unquoted value holds a character that needs quotes.
    UnquotedValue {
        /// The parameter.
        name: String,
        /// The first such character, escaped for display.
        found: String,
    },
    /// The value of the named parameter stands in single quotes.
    SingleQuotes(String),
    /// The realm is not a quoted string.
    UnquotedRealm,
    /// The quoted string of the named parameter never ends.
    UnterminatedQuote(String),
    /// A backslash with nothing, or with a control character, after it.
    BadEscape(String),
    /// A control character inside the quoted string of the named parameter.
    ControlCharacter(String),
    /// Bytes above 127 inside the quoted string of the named parameter.
    NonAscii(String),
    /// The named parameter comes twice in one challenge.
    DuplicateParam(String),
    /// The named parameter follows a `token68`.
    Token68WithParams(String),
    /// A word that is neither a parameter nor a scheme.
    StrayWord(String),
    /// The named parameter continues a challenge of the field line before.
    ParamOnNextLine(String),
    /// Text that cannot begin anything.
    Unexpected(String),
}

impl FlawKind {
    /// Whether RFC 9110 forbids it; the others are legal and unwise.
    pub fn is_forbidden(&self) -> bool {
        !matches!(self, Self::NonAscii(_) | Self::ParamOnNextLine(_))
    }

    /// The clause of RFC 9110 that speaks of it.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::MissingScheme(_) | Self::SchemeColon(_) | Self::TabAfterScheme(_) => "RFC 9110 §11.3",
            Self::CommaAfterScheme(_) | Self::Token68WithParams(_) => "RFC 9110 §11.3",
            Self::MissingComma(_) | Self::Semicolon | Self::EmptyElement => "RFC 9110 §5.6.1",
            Self::SpaceAroundEquals(_) => "RFC 9110 §5.6.3",
            Self::ColonForEquals(_) | Self::MissingValue(_) | Self::DuplicateParam(_) => "RFC 9110 §11.2",
            Self::UnquotedValue { .. } | Self::SingleQuotes(_) => "RFC 9110 §5.6.2",
            Self::UnquotedRealm => "RFC 9110 §11.5",
            Self::UnterminatedQuote(_) | Self::BadEscape(_) | Self::ControlCharacter(_) => "RFC 9110 §5.6.4",
            Self::NonAscii(_) => "RFC 9110 §5.5",
            Self::ParamOnNextLine(_) => "RFC 9110 §5.3",
            Self::StrayWord(_) | Self::Unexpected(_) => "RFC 9110 §11.6.1",
        }
    }
}

impl fmt::Display for FlawKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingScheme(n) => write!(f, "parameter `{n}` has no scheme before it"),
            Self::SchemeColon(s) => write!(f, "scheme `{s}` is followed by a colon, where a space belongs"),
            Self::TabAfterScheme(s) => write!(f, "scheme `{s}` is followed by a tab, where a space belongs"),
            Self::CommaAfterScheme(s) => {
                write!(f, "a comma parts scheme `{s}` from its first parameter, where only a space belongs")
            }
            Self::EmptyElement => write!(f, "a comma with nothing before or after it"),
            Self::MissingComma(n) => write!(f, "no comma before `{n}`"),
            Self::Semicolon => write!(f, "a semicolon, which separates nothing here"),
            Self::SpaceAroundEquals(n) => write!(f, "whitespace around the equals sign of `{n}`"),
            Self::ColonForEquals(n) => {
                write!(f, "a colon after `{n}`, where an equals sign belongs")
            }
            Self::MissingValue(n) => write!(f, "parameter `{n}` has no value"),
            Self::UnquotedValue { name, found } => {
                write!(f, "the value of `{name}` holds `{found}`, so it needs double quotes around it")
            }
            Self::SingleQuotes(n) => {
                write!(f, "the value of `{n}` stands in single quotes, where double ones belong")
            }
            Self::UnquotedRealm => write!(f, "the realm is not in double quotes"),
            Self::UnterminatedQuote(n) => {
                write!(f, "the double quote that opens the value of `{n}` is never closed")
            }
            Self::BadEscape(n) => {
                write!(f, "a backslash in the value of `{n}` has nothing to escape")
            }
            Self::ControlCharacter(n) => write!(f, "a control character in the value of `{n}`"),
            Self::NonAscii(n) => {
                write!(f, "characters outside ASCII in the value of `{n}`, which readers treat differently")
            }
            Self::DuplicateParam(n) => {
                write!(f, "parameter `{n}` comes a second time in one challenge")
            }
            Self::Token68WithParams(n) => {
                write!(f, "parameter `{n}` follows a token68, and a challenge has one or the other")
            }
            Self::StrayWord(w) => write!(f, "`{w}` is neither a parameter nor the start of a challenge"),
            Self::ParamOnNextLine(n) => {
                write!(
                    f,
                    "parameter `{n}` continues the challenge of the line before, which readers of single lines miss"
                )
            }
            Self::Unexpected(t) => write!(f, "unexpected `{t}`"),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (bytes {}..{}", self.kind, self.span.start, self.span.end)?;
        match self.line {
            0 => write!(f, ")"),
            n => write!(f, " of line {})", n + 1),
        }
    }
}

/// At most 40 characters of a field line, safe to print.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(160)];
    let text = String::from_utf8_lossy(head);
    let mut short: String = text.chars().take(40).flat_map(safe).collect();
    if text.chars().count() > 40 || head.len() < bytes.len() {
        short.push('…');
    }
    short
}

/// Letters of any script as they are, everything that could move a cursor or hide text as an escape.
fn safe(c: char) -> Vec<char> {
    if c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ' || c == char::REPLACEMENT_CHARACTER {
        vec![c]
    } else {
        c.escape_unicode().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_the_bytes() {
        let kind = FlawKind::UnquotedValue { name: "resource_metadata".into(), found: ":".into() };
        let flaw = Flaw { line: 0, span: 25..43, kind };
        assert_eq!(
            flaw.to_string(),
            "the value of `resource_metadata` holds `:`, so it needs double quotes around it (bytes 25..43)"
        );
        let flaw = Flaw { line: 1, span: 0..1, kind: FlawKind::EmptyElement };
        assert_eq!(flaw.to_string(), "a comma with nothing before or after it (bytes 0..1 of line 2)");
    }

    #[test]
    fn excerpts_are_short_and_safe() {
        assert_eq!(excerpt(b"a\x1b[31m"), "a\\u{1b}[31m");
        assert_eq!(excerpt("\u{202e}é".as_bytes()), "\\u{202e}é");
        assert_eq!(excerpt(&[b'x'; 500]).chars().count(), 41);
    }
}
