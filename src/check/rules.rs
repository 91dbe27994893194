//! What a predicate may ask of a value, whichever part of an answer it is read from.
//!
//! ```text
//! { type: string, equals: "{{target.url}}", one-of: [a, b], is: absolute-url, matches: "^x" }
//! ```
//!
//! serde's `flatten` would lose positions in the YAML, so `with_rules!` writes these keys into each struct.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::form::Form;
use super::{Answer, Finding, Look, Scene, look};
use crate::model::one_or_many::OneOrMany;
use crate::model::template::Template;
use crate::parse::url::{self, Difference, Uri};

/// A JSON type, by the name that RFC 8259 gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum JsonType {
    String,
    Array,
    Object,
    Boolean,
    Number,
    Null,
}

impl JsonType {
    /// The type of `value`.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::Null => Self::Null,
        }
    }

    /// With its article.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Null => "null",
        }
    }
}

/// A regular expression, checked when the case is read.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(with = "String")]
pub struct Pattern(regex::Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        regex::Regex::new(&text).map(Self).map_err(|error| {
            // The last line is the reason; those before draw what the frame shows anyway.
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            de::Error::custom(format!("`{text}` is not a regular expression: {reason}"))
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A struct of a predicate with the keys of [`Rules`] beside its own.
macro_rules! with_rules {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            $($(#[$doc])* $field: $type,)*
            /// Its JSON type.
            #[serde(default)]
            r#type: Option<$crate::check::rules::JsonType>,
            /// Exactly this, byte by byte.
            #[serde(default)]
            equals: Option<$crate::model::template::Template>,
            /// A URL with the scheme, host and port of this one.
            #[serde(default)]
            same_origin: Option<$crate::model::template::Template>,
            /// A URL with another scheme, host or port than this one.
            #[serde(default)]
            other_origin: Option<$crate::model::template::Template>,
            /// The same URL as this one, or as one of these: equal after the normalisation of RFC 3986 §6.2.2 and §6.2.3.
            #[serde(default)]
            same_url_as: Option<$crate::model::one_or_many::OneOrMany<$crate::model::template::Template>>,
            /// This, or one of these, byte by byte but for the slash of an empty path, which no request can show.
            #[serde(default)]
            same_spelling_as: Option<$crate::model::one_or_many::OneOrMany<$crate::model::template::Template>>,
            /// None of these, byte by byte.
            #[serde(default)]
            other_than: Option<$crate::model::one_or_many::OneOrMany<$crate::model::template::Template>>,
            /// One of these, byte by byte.
            #[serde(default)]
            one_of: Vec<String>,
            /// A named form, or several.
            #[serde(default)]
            is: Option<$crate::model::one_or_many::OneOrMany<$crate::check::form::Form>>,
            /// A regular expression finds something in it.
            #[serde(default)]
            matches: Option<$crate::check::rules::Pattern>,
        }

        impl $name {
            /// The rules for the value.
            fn rules(&self) -> $crate::check::rules::Rules<'_> {
                $crate::check::rules::Rules {
                    r#type: self.r#type,
                    equals: self.equals.as_ref(),
                    same_origin: self.same_origin.as_ref(),
                    other_origin: self.other_origin.as_ref(),
                    same_url_as: self.same_url_as.as_ref(),
                    same_spelling_as: self.same_spelling_as.as_ref(),
                    other_than: self.other_than.as_ref(),
                    one_of: &self.one_of,
                    is: self.is.as_ref(),
                    matches: self.matches.as_ref(),
                }
            }
        }
    };
}
pub(crate) use with_rules;

/// What is asked of a value.
pub struct Rules<'a> {
    pub(crate) r#type: Option<JsonType>,
    pub(crate) equals: Option<&'a Template>,
    pub(crate) same_origin: Option<&'a Template>,
    pub(crate) other_origin: Option<&'a Template>,
    pub(crate) same_url_as: Option<&'a OneOrMany<Template>>,
    pub(crate) same_spelling_as: Option<&'a OneOrMany<Template>>,
    pub(crate) other_than: Option<&'a OneOrMany<Template>>,
    pub(crate) one_of: &'a [String],
    pub(crate) is: Option<&'a OneOrMany<Form>>,
    pub(crate) matches: Option<&'a Pattern>,
}

impl<'a> Rules<'a> {
    /// The probes that the templates among the rules read.
    pub fn probes(&self) -> Vec<&'a str> {
        self.templates().flat_map(|template| template.probes()).collect()
    }

    /// What the templates among the rules look at, after `first`, which the value is read from.
    pub fn looks(&self, first: Look<'a>) -> Vec<Look<'a>> {
        std::iter::once(first).chain(self.templates().flat_map(look::of_template)).collect()
    }

    fn templates(&self) -> impl Iterator<Item = &'a Template> + use<'a> {
        let same = self.same_url_as.into_iter().chain(self.same_spelling_as).flat_map(|one| &one.0);
        let others = self.other_than.into_iter().flat_map(|others| &others.0);
        self.equals.into_iter().chain(self.same_origin).chain(self.other_origin).chain(same).chain(others)
    }

    /// Whether any rule looks at the value as text.
    pub fn want_text(&self) -> bool {
        self.equals.is_some()
            || self.same_origin.is_some()
            || self.other_origin.is_some()
            || self.same_url_as.is_some()
            || self.same_spelling_as.is_some()
            || self.other_than.is_some()
            || !self.one_of.is_empty()
            || self.is.is_some()
            || self.matches.is_some()
    }

    /// What is wrong with the JSON `value` called `name`, with no place yet; blind where `equals` has no value to go by.
    pub fn judge_json(&self, scene: &Scene<'_>, name: &str, value: &Value) -> Result<Vec<Finding>, Answer> {
        let wanted = self.r#type.or(self.want_text().then_some(JsonType::String));
        let actual = JsonType::of(value);
        if let Some(wanted) = wanted
            && wanted != actual
        {
            let message = format!("{name} is {}, not {}", actual.phrase(), wanted.phrase());
            return Ok(vec![Finding::new(message).expected(wanted.phrase()).actual(brief(value))]);
        }
        match value {
            Value::String(text) => self.judge_text(scene, name, text),
            _ => Ok(Vec::new()),
        }
    }

    /// What is wrong with `text` called `name`, with no place yet; blind where `equals` has no value to go by.
    pub fn judge_text(&self, scene: &Scene<'_>, name: &str, text: &str) -> Result<Vec<Finding>, Answer> {
        let mut findings = Vec::new();
        if let Some(template) = self.equals {
            let expected = scene.render(template)?;
            if text != expected {
                let how = match url::differs_how(text, &expected) {
                    Difference::NotUri => format!("{name} is another value"),
                    difference => format!("{name} is another URL: it {difference}"),
                };
                findings.push(Finding::new(how).expected(expected).actual(text));
            }
        }
        if let Some(template) = self.same_origin {
            let other = scene.render(template)?;
            if origin(text) != origin(&other) {
                let message = format!("{name} is on another origin than {other}");
                findings.push(Finding::new(message).expected("the same scheme, host and port").actual(text));
            }
        }
        if let Some(template) = self.other_origin {
            let other = scene.render(template)?;
            let message = match origin(text) {
                None => Some(format!("{name} is no URL with a host")),
                here => (here == origin(&other)).then(|| format!("{name} is on the origin of {other}")),
            };
            let finding =
                |message| Finding::new(message).expected("another scheme, host or port").actual(text);
            findings.extend(message.map(finding));
        }
        for (others, tolerated) in [
            (self.same_url_as, SPELLINGS.as_slice()),
            (self.same_spelling_as, &[Difference::Identical, Difference::EmptyPath]),
        ] {
            let others: Result<Vec<String>, Answer> =
                others.iter().flat_map(|others| &others.0).map(|template| scene.render(template)).collect();
            findings.extend(unlike(name, text, &others?, tolerated));
        }
        for other in self.other_than.iter().flat_map(|others| &others.0) {
            if text == scene.render(other)? {
                findings
                    .push(Finding::new(format!("{name} is {text}")).expected("another value").actual(text));
            }
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|one| one == text) {
            let known = self.one_of.join(", ");
            findings.push(
                Finding::new(format!("{name} is none of the expected values")).expected(known).actual(text),
            );
        }
        for form in self.is.iter().flat_map(|is| &is.0) {
            if let Some(why) = form.broken_by(text) {
                findings.push(Finding::new(format!("{name} {why}")).expected(form.phrase()).actual(text));
            }
        }
        if let Some(pattern) = self.matches
            && !pattern.0.is_match(text)
        {
            let message = format!("{name} does not look as it should");
            findings.push(Finding::new(message).expected(format!("a match of {pattern}")).actual(text));
        }
        Ok(findings)
    }
}

/// The differences that RFC 3986 §6.2.2 and §6.2.3 normalise away.
const SPELLINGS: [Difference; 5] = [
    Difference::Identical,
    Difference::Case,
    Difference::DefaultPort,
    Difference::EmptyPath,
    Difference::Spelling,
];

/// How `text` differs from all of `others`, unless it differs from one of them in no more than is tolerated.
fn unlike(name: &str, text: &str, others: &[String], tolerated: &[Difference]) -> Option<Finding> {
    let differences: Vec<Difference> = others.iter().map(|other| url::differs_how(text, other)).collect();
    if differences.iter().any(|difference| tolerated.contains(difference)) {
        return None;
    }
    let spelling = differences.iter().find(|difference| SPELLINGS.contains(difference));
    let message = match spelling.or(differences.first())? {
        Difference::NotUri => format!("{name} is another value"),
        spelling if SPELLINGS.contains(spelling) => format!("{name} {spelling}"),
        difference => format!("{name} is another URL: it {difference}"),
    };
    Some(Finding::new(message).expected(others.join(" or ")).actual(text))
}

/// Scheme, host and port, the case and the default port aside; `None` where there is no host.
fn origin(url: &str) -> Option<(String, String, Option<u16>)> {
    let uri = Uri::parse(url).ok()?;
    Some((uri.scheme().to_ascii_lowercase(), uri.host()?.to_ascii_lowercase(), uri.port_or_default()))
}

/// `value` as JSON, cut to one readable line.
pub fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    #[test]
    fn urls_are_the_same_up_to_normalisation() {
        let judge = |resource: &str, rule: &str| {
            let body = serde_json::json!({ "resource": resource }).to_string();
            let recording = recording(&[("here", 200, "application/json", &body)]);
            let rule = format!("json: {{ at: $.resource, {rule}: [\"{{{{target.url}}}}\", \"https://h\"] }}");
            match judge(&recording, "here", &rule) {
                Answer::Fail(findings) => findings[0].message.clone(),
                answer => format!("{answer:?}"),
            }
        };
        for (resource, url, spelling) in [
            ("https://h/mcp", "Pass", "Pass"),
            ("https://h/", "Pass", "Pass"),
            ("https://H/mcp", "Pass", "resource differs only in the case of scheme or host"),
            ("HTTPS://h", "Pass", "resource differs only in the case of scheme or host"),
            ("https://h:443/mcp", "Pass", "resource differs only by a default port"),
            ("https://h/mcp/", "resource is another URL: it differs only by a trailing slash", ""),
            ("https://h/m", "resource is another URL: it is another path on the same host", ""),
            ("mcp", "resource is another value", ""),
        ] {
            assert_eq!(judge(resource, "same-url-as"), url, "{resource}");
            let spelling = if spelling.is_empty() { url } else { spelling };
            assert_eq!(judge(resource, "same-spelling-as"), spelling, "{resource}");
        }
        let html = recording(&[("here", 200, "text/html", "<p>")]);
        let blind = super::super::sample::judge(&html, "here", "json: { at: $.x, same-url-as: https://h }");
        assert!(matches!(blind, Answer::Blind(_)));
    }

    #[test]
    fn another_origin_is_that_of_a_url() {
        let judge = |issuer: &str| {
            let body = serde_json::json!({ "issuer": issuer }).to_string();
            let recording = recording(&[("here", 200, "application/json", &body)]);
            match judge(&recording, "here", "json: { at: $.issuer, other-origin: \"{{target.url}}\" }") {
                Answer::Fail(findings) => findings[0].message.clone(),
                answer => format!("{answer:?}"),
            }
        };
        assert_eq!(judge("https://elsewhere"), "Pass");
        assert_eq!(judge("https://H:443/x"), "issuer is on the origin of https://h/mcp");
        assert_eq!(judge("elsewhere"), "issuer is no URL with a host");
        let html = recording(&[("here", 200, "text/html", "<p>")]);
        let rule = "json: { at: $.issuer, other-origin: \"{{target.url}}\" }";
        assert!(matches!(super::super::sample::judge(&html, "here", rule), Answer::Blind(_)));
    }

    #[test]
    fn another_value_is_none_of_those() {
        let judge = |body: &str| {
            let recording = recording(&[("here", 200, "application/json", body)]);
            let rule = "json: { at: $.resource, other-than: [none, \"{{target.url}}\"] }";
            match judge(&recording, "here", rule) {
                Answer::Fail(findings) => findings[0].message.clone(),
                answer => format!("{answer:?}"),
            }
        };
        assert_eq!(judge(r#"{"resource":"https://h/mcp/"}"#), "Pass");
        assert_eq!(judge(r#"{"resource":"https://h/mcp"}"#), "resource is https://h/mcp");
        assert_eq!(judge(r#"{"resource":"none"}"#), "resource is none");
        assert!(judge("<p>").starts_with("Blind"));
    }

    #[test]
    fn origins_are_compared_as_a_browser_would() {
        assert_eq!(origin("https://H/a"), origin("https://h:443/b?c"));
        assert_ne!(origin("https://h/a"), origin("http://h/a"));
        assert_ne!(origin("https://h/a"), origin("https://h:8443/a"));
        assert_eq!(origin("/a"), None);
    }
}
