//! `status`: the status code.
//!
//! ```text
//! - status: 401
//! - status: [400, 401]
//! ```
//!
//! A 401 passes the first, a 403 fails it, no response is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::one_or_many::OneOrMany;

/// The status codes that are right.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Status(OneOrMany<u16>);

impl Check for Status {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        if self.0.0.contains(&response.status) {
            return Answer::Pass;
        }
        let expected: Vec<String> = self.0.0.iter().map(u16::to_string).collect();
        let mut message = format!("the status is {}", response.status);
        if let Some(location) = response.header_lines("location").first() {
            message.push_str(&format!(", a redirect to {location}"));
        }
        let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
        Answer::fail(
            Finding::new(message)
                .expected(expected.join(" or "))
                .actual(response.status.to_string())
                .at(place),
        )
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Status]
    }
}
