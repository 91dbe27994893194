//! A badge for a README: an SVG, or the JSON of a badge service's endpoint.
//!
//! ```text
//! [MCP authorization|conforms]
//! ```
//!
//! Only `conforms` is green.

use serde_json::json;

use super::Report;
use super::words::of_outcome;
use crate::model::verdict::Outcome;

const LABEL: &str = "MCP authorization";

/// The width of a letter that is 11 pixels high, on average and rounded up, in tenths of a pixel: the text has to fit in any font.
const LETTER: usize = 66;

/// The badge as an image, by itself and without a script.
pub fn svg(report: &Report) -> String {
    let message = of_outcome(report.outcome);
    let (left, right) = (width(LABEL), width(message));
    let (all, colour) = (left + right, colour(report.outcome));
    let (label_at, message_at) = (left / 2, left + right / 2);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" role=\"img\" \
         aria-label=\"{LABEL}: {message}\">\n<title>{LABEL}: {message}</title>\n\
         <rect width=\"{all}\" height=\"20\" rx=\"3\" fill=\"#444\"/>\n\
         <path d=\"M{left} 0h{right}v20h-{right}z\" fill=\"{colour}\"/>\n\
         <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" text-anchor=\"middle\">\n\
         <text x=\"{label_at}\" y=\"14\">{LABEL}</text>\n<text x=\"{message_at}\" y=\"14\">{message}</text>\n\
         </g>\n</svg>\n"
    )
}

/// The badge for a service that draws it from a URL (`schemaVersion` 1 of shields.io's endpoint badge).
pub fn endpoint(report: &Report) -> String {
    let colour = colour(report.outcome);
    let badge = json!({
        "schemaVersion": 1, "label": LABEL, "message": of_outcome(report.outcome), "color": colour,
        "isError": report.outcome == Outcome::DoesNotConform,
    });
    format!("{badge:#}\n")
}

fn width(text: &str) -> usize {
    10 + text.len() * LETTER / 10
}

/// Dark enough for white letters (WCAG 2.2, 1.4.3).
fn colour(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "#1a7f37",
        Outcome::NotProtected | Outcome::Inconclusive => "#8a5a00",
        Outcome::DoesNotConform => "#b42318",
    }
}
