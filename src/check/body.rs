//! `body`: the body as a whole.
//!
//! ```text
//! - body: json-object
//! - body: [utf-8, no-byte-order-mark, unique-names]
//! ```
//!
//! `{}` passes the first; `[]`, HTML and an empty body fail it; no response is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Scene};
use crate::model::exchange::Exchange;
use crate::model::one_or_many::OneOrMany;

/// What is asked of the body.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Body(OneOrMany<Shape>);

/// A shape that a body can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// One JSON object and nothing else (RFC 8259 §2).
    JsonObject,
    /// UTF-8 (RFC 8259 §8.1).
    #[serde(rename = "utf-8")]
    Utf8,
    /// It does not begin with U+FEFF (RFC 8259 §8.1).
    NoByteOrderMark,
    /// No object in it has two members of one name (RFC 8259 §4).
    UniqueNames,
    /// Something besides whitespace.
    NotEmpty,
}

impl Check for Body {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, _) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        super::compound::every(self.0.0.iter().map(|shape| shape.judge(scene, exchange)))
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Body]
    }
}

impl Shape {
    fn judge(self, scene: &Scene<'_>, exchange: &Exchange) -> Answer {
        let Some((response, parsed)) = exchange.response().zip(scene.evidence.json(exchange.id)) else {
            return Answer::Blind("no response came".to_owned());
        };
        let bytes = response.body.bytes();
        let at = |span| scene.in_body(exchange, span);
        match (self, parsed) {
            (Self::Utf8, _) => match std::str::from_utf8(&bytes) {
                Ok(_) => Answer::Pass,
                Err(error) => {
                    let start = error.valid_up_to();
                    Answer::fail(
                        Finding::new(format!("byte {start} of the body is not UTF-8"))
                            .at(at(start..start + 1)),
                    )
                }
            },
            (Self::NoByteOrderMark, _) => match bytes.starts_with("\u{feff}".as_bytes()) {
                true => Answer::fail(Finding::new("the body begins with a byte order mark").at(at(0..3))),
                false => Answer::Pass,
            },
            (Self::NotEmpty, _) => match bytes.iter().all(u8::is_ascii_whitespace) {
                true => Answer::fail(Finding::new("the body is empty").at(at(0..bytes.len()))),
                false => Answer::Pass,
            },
            (Self::UniqueNames, Ok(document)) => {
                let twice = document.duplicates();
                let report = |name: &crate::parse::json::Duplicate| {
                    Finding::new(format!("the member {} comes twice", name.pointer))
                        .at(at(name.again.clone()))
                };
                Answer::from_findings(twice.iter().map(report).collect())
            }
            (Self::UniqueNames, Err(flaw)) => Answer::Blind(format!("the body is not JSON: {flaw}")),
            (Self::JsonObject, Ok(document)) if document.value().is_object() => Answer::Pass,
            (Self::JsonObject, Ok(document)) => {
                let actual = super::rules::JsonType::of(document.value()).phrase();
                Answer::fail(
                    Finding::new(format!("the body is {actual}, not an object")).at(at(0..bytes.len())),
                )
            }
            (Self::JsonObject, Err(flaw)) => {
                let message = format!("the body is not JSON: {flaw}");
                Answer::fail(
                    Finding::new(message)
                        .expected("a JSON object")
                        .at(at(flaw.offset()..bytes.len().min(flaw.offset() + 1))),
                )
            }
        }
    }
}
