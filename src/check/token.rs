//! `token`: what is known of a token that requests carried: its form, its header, its claims.
//!
//! ```text
//! - token: { name: good, is-jwt: true }                      an opaque token fails
//! - token: { name: good, claim: aud, equals: "{{target.url}}" }
//! - token: { name: good, header: typ, matches: "(?i)at\\+jwt$" }
//! - token: { name: insufficient-scope, from: issued }        given, issued, forged or signed
//! - token: { name: key-at-url, key-fetched: false }           nobody asked for the key that its header points to
//! ```
//!
//! A token that there was not is blind, but comes from nowhere; a claim of an opaque one is blind. Of a list, one member has to fulfil the rules.

use serde_json::Value;

use super::jwt::Member;
use super::rules::with_rules;
use super::{Answer, Check, Finding, Look, Scene};
use crate::model::recording::TokenSource;

with_rules! {
    /// A token of the run.
    pub struct Token {
        /// Its name.
        name: String,
        /// Whether it must be a JWT, or opaque.
        #[serde(default)]
        is_jwt: Option<bool>,
        /// Where it must come from.
        #[serde(default)]
        from: Option<TokenSource>,
        /// Whether somebody asked for the key at the URL that its header names.
        #[serde(default)]
        key_fetched: Option<bool>,
        /// The claim that the rules are about.
        #[serde(default)]
        claim: Option<String>,
        /// The member of its header that the rules are about.
        #[serde(default)]
        header: Option<String>,
        /// There must be no such claim or member.
        #[serde(default)]
        absent: bool,
    }
}

impl Check for Token {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Some(token) = scene.evidence.recording.token(&self.name) else {
            let why = format!("there is no token {}", self.name);
            return if self.from.is_some() { Answer::fail(Finding::new(why)) } else { Answer::Blind(why) };
        };
        let name = format!("the token {}", self.name);
        if let Some(wanted) = self.is_jwt
            && wanted != token.claims.is_some()
        {
            let form = if wanted { "is opaque" } else { "is a JWT" };
            return Answer::fail(Finding::new(format!("{name} {form}")));
        }
        if self.from.is_some_and(|wanted| wanted != token.source) {
            return Answer::fail(Finding::new(format!("{name} comes from elsewhere")));
        }
        if let Some(wanted) = self.key_fetched {
            match token.key_fetched {
                None => return Answer::Blind(format!("the header of {name} names no URL of ours")),
                Some(fetched) if fetched != wanted => {
                    let did = if fetched { "was read" } else { "was not read" };
                    return Answer::fail(Finding::new(format!("the key at the URL in {name} {did}")));
                }
                Some(_) => {}
            }
        }
        let claim = self.claim.as_deref().map(|member| (member, "claim", &token.claims));
        let header = self.header.as_deref().map(|member| (member, "header", &token.header));
        let mut findings = Vec::new();
        for (member, part, object) in claim.into_iter().chain(header) {
            let Some(of) = object else { return Answer::Blind(format!("{name} is opaque")) };
            let judge = |what: &str, value: &Value| self.of_value(scene, what, value);
            match (Member { part, member, of }).judge(&name, self.absent, judge) {
                Ok(found) => findings.extend(found),
                Err(blind) => return blind,
            }
        }
        Answer::from_findings(findings)
    }

    fn probes(&self) -> Vec<&str> {
        self.rules().probes()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        self.rules().looks(Look::Anything)
    }
}

impl Token {
    fn of_value(&self, scene: &Scene<'_>, what: &str, value: &Value) -> Result<Vec<Finding>, Answer> {
        let Value::Array(members) = value else { return self.rules().judge_json(scene, what, value) };
        if self.r#type.is_some() || !self.rules().want_text() {
            return self.rules().judge_json(scene, what, value);
        }
        let mut first = None;
        for member in members {
            let found = self.rules().judge_json(scene, what, member)?;
            if found.is_empty() {
                return Ok(found);
            }
            first.get_or_insert(found);
        }
        Ok(first.unwrap_or_else(|| vec![Finding::new(format!("{what} is an empty list"))]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::recording::TokenFacts;

    fn of(claims: Option<Value>, rule: &str) -> Answer {
        let mut recording = recording(&[("here", 200, "", "")]);
        let header = claims.as_ref().map(|_| json!({ "typ": "at+jwt" }));
        let source = TokenSource::Issued;
        recording.tokens.push(TokenFacts {
            name: "good".to_owned(),
            source,
            header,
            claims,
            key_fetched: None,
        });
        judge(&recording, "here", &format!("token: {{ name: good, {rule} }}"))
    }

    #[test]
    fn form_and_origin() {
        assert_eq!(of(Some(json!({})), "is-jwt: true"), Answer::Pass);
        assert!(matches!(of(None, "is-jwt: true"), Answer::Fail(_)));
        assert_eq!(of(None, "from: issued"), Answer::Pass);
        assert!(matches!(of(None, "from: given"), Answer::Fail(_)));
    }

    #[test]
    fn claims_and_header() {
        let claims = || Some(json!({ "aud": ["x", "https://h/mcp"] }));
        assert_eq!(of(claims(), r#"claim: aud, equals: "{{target.url}}""#), Answer::Pass);
        assert!(matches!(of(claims(), "claim: aud, equals: y"), Answer::Fail(_)));
        assert!(matches!(of(claims(), "claim: iss"), Answer::Fail(_)));
        assert_eq!(of(claims(), "claim: iss, absent: true"), Answer::Pass);
        assert!(matches!(of(claims(), "claim: aud, absent: true"), Answer::Fail(_)));
        assert_eq!(of(claims(), "header: typ, equals: at+jwt"), Answer::Pass);
        assert!(matches!(of(None, "claim: aud"), Answer::Blind(_)));
        let nothing = recording(&[("here", 200, "", "")]);
        assert!(matches!(judge(&nothing, "here", "token: { name: good }"), Answer::Blind(_)));
        assert!(matches!(judge(&nothing, "here", "token: { name: good, from: given }"), Answer::Fail(_)));
    }
}
