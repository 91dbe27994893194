//! Strings of probes and predicates with holes that earlier exchanges fill.
//!
//! ```text
//! {{target.url}}/x                                     the URL under test
//! {{target.url well-known oauth-protected-resource}}   the same after a transform
//! {{resource-metadata.json./resource}}                 a member of a probe's JSON answer
//! {{mcp.no-token.challenge.resource_metadata}}         a parameter of a probe's challenge
//! {{login.callback.query.iss}}                         a parameter in the query of a probe's URL
//! {{good.aud}}                                         a claim of the good token; of a list, the target, or else its first member
//! ```
//!
//! Not an expression language: one source and at most one transform a hole.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

/// A string with holes.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Template {
    text: String,
    /// What the string is made of, in order.
    pub parts: Vec<Part>,
}

/// Literal text or a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// To be filled.
    Hole(Hole),
}

/// What fills a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// Where the value comes from.
    pub source: Source,
    /// What is done to it.
    pub transform: Option<Transform>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The URL under test, as the user gave it.
    Target,
    /// The member of the list that the probe is sent for.
    Item,
    /// A parameter of the challenge in a probe's answer; a Bearer challenge is asked first.
    Challenge {
        /// The probe, or `probe.candidate`.
        probe: String,
        /// The parameter.
        param: String,
    },
    /// A string in a probe's JSON answer.
    Json {
        /// The probe, or `probe.candidate`.
        probe: String,
        /// An RFC 6901 pointer.
        pointer: String,
    },
    /// A claim of the good token.
    Claim(String),
    /// A parameter in the query of the URL that a probe's counting request was sent to.
    Query {
        /// The probe, or `probe.candidate`.
        probe: String,
        /// The parameter.
        param: String,
    },
    /// The URL that a probe's counting request was sent to.
    Url {
        /// The probe, or `probe.candidate`.
        probe: String,
    },
}

/// What is done to a value. None of these normalises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transform {
    /// Puts `/.well-known/SUFFIX` between host and path (RFC 8414 §3.1, RFC 9728 §3.1).
    WellKnown(String),
    /// The same after dropping one slash at the end, as RFC 8414 §3.1 has it and RFC 9728 §3.1 may be read.
    WellKnownLessSlash(String),
    /// Appends `/.well-known/SUFFIX` to the path (OpenID Connect Discovery §4.1).
    Append(String),
    /// Scheme and authority.
    Origin,
    /// Without the last segment of the path.
    Parent,
    /// With scheme and host in capitals.
    UpperCaseHost,
    /// With the path in capitals.
    UpperCasePath,
    /// The same path on another host.
    OnOtherHost,
    /// Adds parameters to the query.
    Query(String),
}

impl Template {
    /// Reads a template; the error is a sentence about the first bad hole.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once("{{") {
            let (hole, after) = from.split_once("}}").ok_or_else(|| format!("`{{{{{from}` has no `}}}}`"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Hole(Hole::parse(hole.trim())?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The probes (or `probe.candidate`s) that the holes read.
    pub fn probes(&self) -> impl Iterator<Item = &str> {
        self.holes().filter_map(|hole| match &hole.source {
            Source::Target | Source::Item | Source::Claim(_) => None,
            Source::Challenge { probe, .. }
            | Source::Json { probe, .. }
            | Source::Query { probe, .. }
            | Source::Url { probe } => Some(probe.as_str()),
        })
    }

    /// Whether a hole wants the item of a list.
    pub fn wants_item(&self) -> bool {
        self.holes().any(|hole| hole.source == Source::Item)
    }

    fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Hole(hole) => Some(hole),
        })
    }
}

impl Hole {
    fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let source = Source::parse(words.next().ok_or("an empty hole `{{}}`")?)?;
        let transform = match (words.next(), words.next()) {
            (None, _) => None,
            (Some("origin"), None) => Some(Transform::Origin),
            (Some("parent"), None) => Some(Transform::Parent),
            (Some("upper-case-host"), None) => Some(Transform::UpperCaseHost),
            (Some("upper-case-path"), None) => Some(Transform::UpperCasePath),
            (Some("on-other-host"), None) => Some(Transform::OnOtherHost),
            (Some("well-known"), Some(suffix)) => Some(Transform::WellKnown(suffix.to_owned())),
            (Some("well-known-less-slash"), Some(suffix)) => {
                Some(Transform::WellKnownLessSlash(suffix.to_owned()))
            }
            (Some("query"), Some(parameters)) => Some(Transform::Query(parameters.to_owned())),
            (Some("append"), Some(suffix)) => Some(Transform::Append(suffix.to_owned())),
            (Some(other), _) => {
                return Err(format!(
                    "no transform `{other}` in `{{{{{text}}}}}`; known: well-known SUFFIX, well-known-less-slash SUFFIX, \
                     append SUFFIX, query PARAMETERS, origin, parent, upper-case-host, upper-case-path, \
                     on-other-host"
                ));
            }
        };
        match words.next() {
            Some(extra) => Err(format!("`{extra}` is too much in `{{{{{text}}}}}`")),
            None => Ok(Self { source, transform }),
        }
    }
}

impl Source {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "target.url" => return Ok(Self::Target),
            "item" => return Ok(Self::Item),
            _ => {}
        }
        if let Some((probe, pointer)) = text.split_once(".json") {
            if !pointer.starts_with("./") {
                return Err(format!("`{text}` wants a JSON pointer, as in `{probe}.json./issuer`"));
            }
            return Ok(Self::Json { probe: probe.to_owned(), pointer: pointer[1..].to_owned() });
        }
        if let Some((probe, param)) = text.split_once(".challenge.") {
            return Ok(Self::Challenge { probe: probe.to_owned(), param: param.to_owned() });
        }
        if let Some((probe, param)) = text.split_once(".query.") {
            return Ok(Self::Query { probe: probe.to_owned(), param: param.to_owned() });
        }
        if let Some(claim) = text.strip_prefix("good.") {
            return Ok(Self::Claim(claim.to_owned()));
        }
        if let Some(probe) = text.strip_suffix(".url") {
            return Ok(Self::Url { probe: probe.to_owned() });
        }
        Err(format!(
            "nothing is called `{text}`; known: target.url, item, PROBE.json./POINTER, PROBE.challenge.PARAM, PROBE.query.PARAM, \
             PROBE.url, good.CLAIM"
        ))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(text: &str) -> Hole {
        match Template::parse(text).unwrap().parts.remove(0) {
            Part::Hole(hole) => hole,
            Part::Text(text) => panic!("{text} is text"),
        }
    }

    #[test]
    fn reads_each_source() {
        assert_eq!(hole("{{target.url}}").source, Source::Target);
        assert_eq!(
            hole("{{item well-known-less-slash x}}").transform,
            Some(Transform::WellKnownLessSlash("x".to_owned()))
        );
        assert_eq!(hole("{{ item append x }}").transform, Some(Transform::Append("x".to_owned())));
        assert_eq!(
            hole("{{mcp.no-token.challenge.resource_metadata}}").source,
            Source::Challenge { probe: "mcp.no-token".to_owned(), param: "resource_metadata".to_owned() }
        );
        assert_eq!(
            hole("{{a.b.json./x/0}}").source,
            Source::Json { probe: "a.b".to_owned(), pointer: "/x/0".to_owned() }
        );
    }

    #[test]
    fn keeps_the_text_around_a_hole() {
        let template = Template::parse("a{{target.url origin}}/b").unwrap();
        assert_eq!(template.parts.len(), 3);
        assert_eq!(template.to_string(), "a{{target.url origin}}/b");
    }

    #[test]
    fn says_what_is_wrong() {
        for (bad, says) in [
            ("{{target.url", "has no `}}`"),
            ("{{targt.port}}", "nothing is called"),
            ("{{target.url upper}}", "no transform `upper`"),
            ("{{a.json.issuer}}", "wants a JSON pointer"),
            ("{{target.url origin x y}}", "origin"),
        ] {
            let message = Template::parse(bad).unwrap_err();
            assert!(message.contains(says), "{bad}: {message}");
        }
    }
}
