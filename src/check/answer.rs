//! What a predicate answers, and where in an exchange it looked.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;

/// The answer of a predicate.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It looked, and it holds.
    Pass,
    /// It looked, and it does not hold.
    Fail(Vec<Finding>),
    /// There was nothing to look at: why, in a clause without a period.
    Blind(String),
}

impl Answer {
    /// One thing found wrong.
    pub fn fail(finding: Finding) -> Self {
        Self::Fail(vec![finding])
    }

    /// Pass where nothing was found.
    pub fn from_findings(findings: Vec<Finding>) -> Self {
        if findings.is_empty() { Self::Pass } else { Self::Fail(findings) }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// What is wrong, in a clause without a period.
    pub message: String,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl Finding {
    /// A finding with nothing but a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), expected: None, actual: None, place: None }
    }

    /// What would be right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// What is there.
    #[must_use]
    pub fn actual(mut self, actual: impl Into<String>) -> Self {
        self.actual = Some(actual.into());
        self
    }

    /// Where it is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

/// A range of bytes in a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// The exchange.
    pub exchange: usize,
    /// The part of the response.
    pub part: Part,
    /// Bytes of that part: the first, and the one after the last.
    pub span: Range<usize>,
}

/// A part of a response that a span can point into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The status line.
    Status,
    /// The value of one header line.
    Header {
        /// The header's name in lower case.
        name: String,
        /// Which of its lines, from 0.
        line: usize,
    },
    /// The body.
    Body,
}
