//! The challenges of a `WWW-Authenticate` field, as in RFC 9110 §11.6.1, with positions and recovery.
//!
//! ```text
//! Basic realm="x", Bearer resource_metadata=https://a.example/m
//! ```
//!
//! gives two challenges, the value of `resource_metadata`, and one flaw at the unquoted URL.

mod flaw;
mod param;
#[cfg(test)]
mod properties;
mod quoted;
mod reader;
#[cfg(test)]
mod tests;

pub use flaw::{Flaw, FlawKind};

/// Byte offsets into one field line.
pub type Span = std::ops::Range<usize>;

/// Everything that the field lines of one response hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenges {
    /// The challenges in the order they were sent.
    pub list: Vec<Challenge>,
    /// What is wrong with the text, in the order it was met.
    pub flaws: Vec<Flaw>,
}

/// One scheme and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Index of the field line on which the scheme stands.
    pub line: usize,
    /// The scheme as written; empty when the line began with a parameter.
    pub scheme: String,
    /// Where the scheme stands.
    pub scheme_span: Span,
    /// The `token68` after the scheme, which excludes parameters in a well-formed challenge.
    pub token68: Option<Token68>,
    /// The parameters as written, duplicates included.
    pub params: Vec<Param>,
    /// From the scheme to the end of what belongs to it on that line.
    pub span: Span,
}

/// Which of its three forms a challenge has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The scheme alone.
    Bare,
    /// Parameters only.
    Params,
    /// A `token68` only.
    Token68,
    /// Both, which no challenge may have.
    Mixed,
}

/// The other thing that may follow a scheme, as in `Negotiate oRMw=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token68 {
    /// The text as written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// One `name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Index of the field line on which the parameter stands.
    pub line: usize,
    /// The name as written.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The value without quotes and escapes; bytes that are not UTF-8 are replaced.
    pub value: String,
    /// Where the value stands, quotes included.
    pub value_span: Span,
    /// Whether the value began with a double quote.
    pub quoted: bool,
}

/// Reads the `WWW-Authenticate` field lines of one response, in order.
pub fn parse<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Challenges {
    let mut found = Challenges::default();
    for (line, text) in lines.into_iter().enumerate() {
        reader::read_line(&mut found, line, text.as_ref());
    }
    found
}

impl Challenges {
    /// The challenges of one scheme, whatever its case.
    pub fn with_scheme<'a>(&'a self, scheme: &'a str) -> impl Iterator<Item = &'a Challenge> {
        self.list.iter().filter(move |c| c.is(scheme))
    }

    /// The first `Bearer` challenge.
    pub fn bearer(&self) -> Option<&Challenge> {
        self.list.iter().find(|c| c.is("bearer"))
    }

    /// The first parameter of that name in any challenge.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.list.iter().find_map(|c| c.param(name))
    }

    /// The flaws that concern one challenge: those from its scheme up to the next challenge.
    pub fn flaws_of(&self, challenge: &Challenge) -> Vec<&Flaw> {
        let from = (challenge.line, challenge.span.start);
        let places = self.list.iter().map(|c| (c.line, c.span.start));
        let to = places.filter(|place| *place > from).min().unwrap_or((usize::MAX, 0));
        self.flaws.iter().filter(|f| (from..to).contains(&(f.line, f.span.start))).collect()
    }
}

impl Challenge {
    /// Whether this is a challenge of that scheme, whatever its case.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The first parameter of that name, whatever its case.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }

    /// Every parameter of that name; a well-formed challenge has at most one.
    pub fn params_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Param> {
        self.params.iter().filter(move |p| p.name.eq_ignore_ascii_case(name))
    }

    /// Which form the challenge has.
    pub fn kind(&self) -> Kind {
        match (&self.token68, self.params.is_empty()) {
            (None, true) => Kind::Bare,
            (None, false) => Kind::Params,
            (Some(_), true) => Kind::Token68,
            (Some(_), false) => Kind::Mixed,
        }
    }
}
