//! `public-client`: the request is of a client that shows nothing but its name; for `when` above all.
//!
//! ```text
//! - public-client: {}
//! ```
//!
//! A token request with a secret, an assertion or an Authorization header fails; a request that was never sent is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Scene};

/// A request of a client that did not authenticate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicClient {}

/// How a client authenticates in the body (RFC 6749 §2.3.1, RFC 7523 §2.2).
const PROOFS: [&str; 2] = ["client_secret", "client_assertion"];

impl Check for PublicClient {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Some(exchange) = scene.exchange else { return Answer::Blind("no request was sent".to_owned()) };
        let request = &exchange.request;
        let header = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let body = request.body.as_deref().unwrap_or_default();
        let form = || url::form_urlencoded::parse(body.as_bytes());
        match header || form().any(|(name, _)| PROOFS.contains(&&*name)) {
            true => Answer::fail(Finding::new("the client authenticates")),
            false => Answer::Pass,
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    fn of(body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut recording = recording(&[("here", 200, "", ""), ("silent", 0, "", "")]);
        let request = &mut recording.exchanges[0].request;
        request.body = Some(body.to_owned());
        request.headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert!(matches!(judge(&recording, "silent", "public-client: {}"), Answer::Blind(_)));
        judge(&recording, "here", "public-client: {}")
    }

    #[test]
    fn a_name_is_no_proof() {
        assert_eq!(of("grant_type=refresh_token&client_id=c", &[("accept", "*/*")]), Answer::Pass);
        for proof in ["client_secret=x", "client_id=c&client_assertion=x"] {
            assert!(matches!(of(proof, &[]), Answer::Fail(_)), "{proof}");
        }
        assert!(matches!(of("", &[("Authorization", "Basic eDp5")]), Answer::Fail(_)));
    }
}
