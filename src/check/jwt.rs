//! `jwt`: the header or a claim of a JWT that stands in a JSON body, and whether it says what stands beside it.
//!
//! ```text
//! - jwt: { at: $.signed_metadata, claim: iss, type: string }
//! - jwt: { at: $.signed_metadata, claim: signed_metadata, absent: true }
//! - jwt: { at: $.signed_metadata, header: alg, is: asymmetric-algorithm }
//! - jwt: { at: $.signed_metadata, agrees: true }
//! ```
//!
//! Rules are about that member, which must be there unless `absent`. `agrees` wants of each claim that is a member of
//! the body, too, the same value; arrays count as sets. No such JWT, or one that cannot be read, is blind.

use serde_json::Value;

use super::json::Path;
use super::rules::{brief, with_rules};
use super::same_as::sorted;
use super::{Answer, Check, Finding, Look, Scene};
use crate::parse::json::step;
use crate::parse::jwt;

with_rules! {
    /// A JWT in the body.
    pub struct Jwt {
        /// Where it stands.
        at: Path,
        /// The claim that the rules are about.
        #[serde(default)]
        claim: Option<String>,
        /// The member of its header that the rules are about.
        #[serde(default)]
        header: Option<String>,
        /// There must be no such claim or member.
        #[serde(default)]
        absent: bool,
        /// What it claims is what the body says without it.
        #[serde(default)]
        agrees: bool,
    }
}

impl Check for Jwt {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, document) = match scene.json() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let tokens = self.at.located(document.value());
        if tokens.is_empty() {
            return Answer::Blind(format!("there is no {}", self.at.name()));
        }
        let mut findings = Vec::new();
        for (pointer, value) in tokens {
            let name = self.at.name();
            let Some(text) = value.as_str() else { return Answer::Blind(format!("{name} is no string")) };
            let jwt = match jwt::Jwt::parse(text) {
                Ok(jwt) => jwt,
                Err(flaw) => return Answer::Blind(format!("{name} is no JWT: {flaw}")),
            };
            let token = document.span(&pointer).unwrap_or(0..0);
            match self.judge_parts(scene, &jwt) {
                Ok(found) => {
                    findings.extend(found.into_iter().map(|f| f.at(scene.in_body(exchange, token.clone()))));
                }
                Err(blind) => return blind,
            }
            if self.agrees {
                findings.extend(disagreements(&jwt.claims, document.value(), value).map(
                    |(member, finding)| {
                        let pointer = format!("/{}", step(member));
                        let span = document.span(&pointer).unwrap_or(token.clone());
                        finding.at(scene.in_body(exchange, span))
                    },
                ));
            }
        }
        Answer::from_findings(findings)
    }

    fn probes(&self) -> Vec<&str> {
        self.rules().probes()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        self.rules().looks(Look::Body)
    }
}

/// A claim, or a member of the header.
pub(super) struct Member<'a> {
    /// `claim` or `header`.
    pub(super) part: &'static str,
    /// Its name.
    pub(super) member: &'a str,
    /// What it is to stand in.
    pub(super) of: &'a Value,
}

impl Member<'_> {
    /// What is wrong with it in `jwt`: that it is missing, or there although it has to be `absent`, or what `judge` says of
    /// its value under its name.
    pub(super) fn judge(
        &self,
        jwt: &str,
        absent: bool,
        judge: impl Fn(&str, &Value) -> Result<Vec<Finding>, Answer>,
    ) -> Result<Vec<Finding>, Answer> {
        let Self { part, member, of } = self;
        match of.get(member) {
            Some(value) if absent => {
                Ok(vec![Finding::new(format!("{jwt} has a {part} {member}")).actual(brief(value))])
            }
            Some(value) => judge(&format!("{part} {member} of {jwt}"), value),
            None if absent => Ok(Vec::new()),
            None => Ok(vec![Finding::new(format!("{jwt} has no {part} {member}")).actual(brief(of))]),
        }
    }
}

impl Jwt {
    /// What is wrong with the claim and the header member that the rules are about.
    fn judge_parts(&self, scene: &Scene<'_>, jwt: &jwt::Jwt) -> Result<Vec<Finding>, Answer> {
        let claim = self.claim.as_deref().map(|member| Member { part: "claim", member, of: &jwt.claims });
        let header = self.header.as_deref().map(|member| Member { part: "header", member, of: &jwt.header });
        let mut findings = Vec::new();
        for member in claim.into_iter().chain(header) {
            let judge = |what: &str, value: &Value| self.rules().judge_json(scene, what, value);
            findings.extend(member.judge(self.at.name(), self.absent, judge)?);
        }
        Ok(findings)
    }
}

/// The claims that the plain members contradict, but for the one that is the `token` itself.
fn disagreements<'a>(
    claims: &'a Value,
    plain: &'a Value,
    token: &'a Value,
) -> impl Iterator<Item = (&'a String, Finding)> + use<'a> {
    claims.as_object().into_iter().flatten().filter_map(move |(member, signed)| {
        let value = plain.get(member).filter(|value| *value != token && sorted(value) != sorted(signed))?;
        let finding = Finding::new(format!("{member} differs from the signed one"));
        Some((member, finding.expected(brief(signed)).actual(brief(value))))
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::check::sample::{judge, recording};

    fn of(claims: &Value, rule: &str) -> Answer {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let jwt = format!("{}.{}.c2ln", part(&json!({ "alg": "ES256" })), part(claims));
        let body = json!({ "a": "x", "list": ["1", "2"], "t": jwt }).to_string();
        let recording = recording(&[("here", 200, "application/json", &body)]);
        judge(&recording, "here", &format!("jwt: {{ at: $.t, {rule} }}"))
    }

    fn says(answer: Answer) -> String {
        match answer {
            Answer::Fail(findings) => findings.into_iter().map(|finding| finding.message).collect(),
            other => panic!("{other:?} is no failure"),
        }
    }

    #[test]
    fn rules_are_about_a_claim_or_a_header_member() {
        assert_eq!(of(&json!({ "iss": "x" }), "claim: iss, type: string"), Answer::Pass);
        assert_eq!(
            says(of(&json!({ "iss": 1 }), "claim: iss, type: string")),
            "claim iss of t is a number, not a string"
        );
        assert_eq!(says(of(&json!({}), "claim: iss")), "t has no claim iss");
        assert_eq!(of(&json!({}), "header: alg, equals: ES256"), Answer::Pass);
        assert!(matches!(of(&json!({}), "header: alg, equals: RS256"), Answer::Fail(_)));
    }

    #[test]
    fn absent_wants_none() {
        assert_eq!(of(&json!({}), "claim: t, absent: true"), Answer::Pass);
        assert_eq!(says(of(&json!({ "t": 1 }), "claim: t, absent: true")), "t has a claim t");
    }

    #[test]
    fn agrees_compares_what_both_have() {
        let same = json!({ "a": "x", "list": ["2", "1"], "iss": "y", "t": "nested" });
        assert_eq!(of(&same, "agrees: true"), Answer::Pass);
        assert_eq!(says(of(&json!({ "a": "y" }), "agrees: true")), "a differs from the signed one");
    }

    #[test]
    fn what_cannot_be_read_is_blind() {
        for body in ["{}", r#"{"t":1}"#, r#"{"t":"a.b.c"}"#, "<p>"] {
            let recording = recording(&[("here", 200, "application/json", body)]);
            let answer = judge(&recording, "here", "jwt: { at: $.t, claim: t, absent: true }");
            assert!(matches!(answer, Answer::Blind(_)), "{body}");
        }
    }
}
