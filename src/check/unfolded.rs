//! `unfolded`: no header goes on in the next line (RFC 9112 §5.2).
//!
//! ```text
//! - unfolded: {}
//! ```
//!
//! A header in one line passes, however long it is; one over two lines fails, no response is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Scene};

/// Headers of one line each.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unfolded {}

impl Check for Unfolded {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        match scene.response() {
            Ok((_, response)) if response.folded => {
                // Which of them it was is lost where the lines were put together.
                let message = "a header goes on in the next line, which begins with a space";
                Answer::fail(Finding::new(message).expected("each header in one line"))
            }
            Ok(_) => Answer::Pass,
            Err(blind) => blind,
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Headers, Look::Challenge]
    }
}
