//! `status-other-than`: any status code but these.
//!
//! ```text
//! - status-other-than: 404
//! ```
//!
//! A 400 passes, a 404 fails, no response is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::one_or_many::OneOrMany;

/// The status codes that are wrong.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct StatusOtherThan(OneOrMany<u16>);

impl Check for StatusOtherThan {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        if !self.0.0.contains(&response.status) {
            return Answer::Pass;
        }
        let message = format!("{} answers {}", exchange.request.url, response.status);
        let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
        Answer::fail(Finding::new(message).actual(response.status.to_string()).at(place))
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Status]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    #[test]
    fn passes_what_is_not_named() {
        let recording =
            recording(&[("bad", 400, "text/plain", ""), ("gone", 404, "text/plain", ""), ("no", 0, "", "")]);
        assert_eq!(judge(&recording, "bad", "status-other-than: [404, 410]"), Answer::Pass);
        assert!(matches!(judge(&recording, "gone", "status-other-than: 404"), Answer::Fail(_)));
        assert!(matches!(judge(&recording, "no", "status-other-than: 404"), Answer::Blind(_)));
    }
}
