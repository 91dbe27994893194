//! `url`: the URL that the request was sent to, as it was given.
//!
//! ```text
//! - url: { is: https-or-loopback }
//! ```
//!
//! `https://h/x` passes, `http://h/x` fails, a request that was never sent is blind.

use super::rules::with_rules;
use super::{Answer, Check, Look, Scene};

with_rules! {
    /// The URL of the request.
    pub struct Url {}
}

impl Check for Url {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Some(exchange) = scene.exchange else { return Answer::Blind("no request was sent".to_owned()) };
        match self.rules().judge_text(scene, "the URL", &exchange.request.url) {
            Ok(findings) => Answer::from_findings(findings),
            Err(blind) => blind,
        }
    }

    fn probes(&self) -> Vec<&str> {
        self.rules().probes()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        self.rules().looks(Look::Url)
    }
}
