//! `query`: a parameter in the query of the URL that the request was sent to, such as an authorization response's.
//!
//! ```text
//! - query: { param: iss, equals: "{{server-metadata.json./issuer}}" }
//! - query: { param: error, absent: true }
//! ```
//!
//! A parameter that is missing, or there twice, fails; a request that was never sent is blind.

use super::rules::with_rules;
use super::{Answer, Check, Finding, Look, Scene};
use crate::parse::well_known;

with_rules! {
    /// A parameter of the URL.
    pub struct Query {
        /// Its name.
        param: String,
        /// There must be none.
        #[serde(default)]
        absent: bool,
    }
}

impl Check for Query {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Some(exchange) = scene.exchange else { return Answer::Blind("no request was sent".to_owned()) };
        let values = well_known::parameter(&exchange.request.url, &self.param);
        let name = &self.param;
        match (values.as_slice(), self.absent) {
            ([], true) => Answer::Pass,
            ([], false) => Answer::fail(
                Finding::new(format!("there is no {name}")).actual(exchange.request.url.as_str()),
            ),
            ([first, ..], true) => {
                Answer::fail(Finding::new(format!("there is a {name}")).actual(first.as_str()))
            }
            ([one], false) => match self.rules().judge_text(scene, name, one) {
                Ok(findings) => Answer::from_findings(findings),
                Err(blind) => blind,
            },
            ([..], false) => {
                let several = format!("{name} is there {} times", values.len());
                Answer::fail(Finding::new(several).actual(exchange.request.url.as_str()))
            }
        }
    }

    fn probes(&self) -> Vec<&str> {
        self.rules().probes()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        self.rules().looks(Look::Url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    #[test]
    fn a_parameter_is_there_once() {
        let mut recording = recording(&[("here", 200, "", "")]);
        recording.exchanges[0].request.url = "http://127.0.0.1:1/cb?iss=https%3A%2F%2Fh&a=1&a=2".to_owned();
        let says = |rule: &str| judge(&recording, "here", &format!("query: {{ {rule} }}"));
        assert_eq!(says("param: iss, equals: \"https://h\""), Answer::Pass);
        assert!(matches!(says("param: iss, equals: \"https://h/\""), Answer::Fail(_)));
        assert!(matches!(says("param: a"), Answer::Fail(_)));
        assert!(matches!(says("param: code"), Answer::Fail(_)));
        assert_eq!(says("param: error, absent: true"), Answer::Pass);
        assert!(matches!(says("param: iss, absent: true"), Answer::Fail(_)));
    }
}
