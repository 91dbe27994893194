//! The formats of a report, by the names that `--format` takes.

use std::fmt::Display;

use super::escape::{self, Spelling};
use super::human::{self, Style};
use super::{Report, badge, github, html, job_outputs, json, junit, markdown, sarif, tap};
use crate::model::corpus::Corpus;

macro_rules! formats {
    ($($format:ident = $name:literal: $about:literal,)*) => {
        /// A format that reports are written in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Format {
            $(#[doc = $about] $format,)*
        }

        /// Every format: its name, itself, and what it is for.
        pub const FORMATS: &[(&str, Format, &str)] = &[$(($name, Format::$format, $about)),*];
    };
}

formats! {
    Human = "human": "For people, in a terminal.",
    Json = "json": "The whole report, with the verdicts under every profile: a contract for programs.",
    Html = "html": "One page for a browser, with nothing beside it.",
    JUnit = "junit": "XML for the test view of a CI system.",
    Sarif = "sarif": "SARIF 2.1.0, for code scanning.",
    GitHub = "github": "Annotations in GitHub Actions.",
    JobSummary = "job-summary": "Markdown in short, for the summary of a job.",
    JobOutputs = "job-outputs": "What later steps of a job may ask for, a line each.",
    Markdown = "markdown": "Markdown with every finding, for an issue or a pull request.",
    Tap = "tap": "TAP 14, for harnesses.",
    Badge = "badge": "An SVG that says what it comes to.",
    BadgeJson = "badge-json": "The same for a service that draws badges.",
}

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(known, ..)| *known == name).map(|(_, format, _)| *format)
    }

    /// Whether one report is a whole document, so that no second can follow it.
    pub fn is_whole(self) -> bool {
        !matches!(self, Self::Human | Self::GitHub | Self::JobSummary | Self::Markdown)
    }

    /// The report in this format, with a newline at its end; `style` is for people.
    ///
    /// # Errors
    /// Where a writer of the format fails, which is a bug.
    pub fn render(self, report: &Report, corpus: &Corpus, style: &Style) -> Result<String, impl Display> {
        let text = match self {
            Self::Human => human::render(report, corpus, style),
            Self::Json => json::render(report).map_err(|error| error.to_string())?,
            Self::Html => html::render(report, corpus),
            Self::JUnit => junit::render(report, corpus).map_err(|error| error.to_string())?,
            Self::Sarif => sarif::render(report, corpus).map_err(|error| error.to_string())?,
            Self::GitHub => github::render(report, corpus),
            Self::JobSummary => markdown::job_summary(report, corpus),
            Self::JobOutputs => job_outputs::render(report, corpus),
            Self::Markdown => markdown::render(report, corpus),
            Self::Tap => tap::render(report, corpus),
            Self::Badge => badge::svg(report),
            Self::BadgeJson => badge::endpoint(report),
        };
        Ok::<_, String>(escape::in_log(&text, self.spelling()).into_owned())
    }

    /// How this format spells out what a CI system would obey: where it can, so that it reads the same.
    fn spelling(self) -> Spelling {
        match self {
            Self::Json | Self::Sarif | Self::BadgeJson => Spelling { hash: "\\u0023", colon: None },
            Self::Html | Self::JUnit | Self::Badge => Spelling { hash: "&#35;", colon: Some("&#58;") },
            Self::GitHub => Spelling { colon: None, ..escape::PLAIN },
            Self::Human | Self::JobSummary | Self::JobOutputs | Self::Markdown | Self::Tap => escape::PLAIN,
        }
    }
}
