//! `json`: members of a JSON body, by RFC 9535 path.
//!
//! ```text
//! - json: { at: $.resource, equals: "{{target.url}}" }
//! - json: { at: "$.scopes_supported[*]", is: scope-token }
//! - json: { at: $.code_challenge_methods_supported, type: array, contains: S256 }
//! - json: { at: $.protected_resources, contains: "{{resource-metadata.json./resource}}" }
//! - json: { at: $.expires_in, at-most: 86400 }
//! - json: { at: $.issuer, absent: true }
//! - json: { at: $.authorization_response_iss_parameter_supported, boolean: true }
//! - json: { at: "$.keys[*]", has: kty, distinct-by: [kty, kid] }
//! ```
//!
//! Types are strict: the number 1 where a string belongs is a finding of its own. No such member fails, unless
//! `absent`; a body that is not JSON is blind.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::rules::{JsonType, with_rules};
use super::{Answer, Check, Finding, Look, Scene, look};
use crate::model::one_or_many::OneOrMany;
use crate::model::template::Template;

/// An RFC 9535 path, checked when the case is read.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(with = "String")]
pub struct Path {
    text: String,
    path: JsonPath,
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let path = JsonPath::parse(&text)
            .map_err(|error| de::Error::custom(format!("`{text}` is not an RFC 9535 path: {error}")))?;
        Ok(Self { text, path })
    }
}

impl Path {
    /// What it is called in messages: `$.a.b` is `a.b`.
    pub(super) fn name(&self) -> &str {
        self.text.strip_prefix("$.").unwrap_or("JSON value")
    }

    /// What stands there, each with its JSON Pointer.
    pub(super) fn located<'a>(&self, value: &'a Value) -> Vec<(String, &'a Value)> {
        let nodes = self.path.query_located(value);
        nodes.into_iter().map(|node| (node.location().to_json_pointer(), node.node())).collect()
    }
}

with_rules! {
    /// The members at a path, each of which the rules are about.
    pub struct Json {
        /// Where they are.
        at: Path,
        /// There must be none.
        #[serde(default)]
        absent: bool,
        /// It is this boolean.
        #[serde(default)]
        boolean: Option<bool>,
        /// It is an array with this string in it.
        #[serde(default)]
        contains: Option<Template>,
        /// It is an array with at least one of these strings in it.
        #[serde(default)]
        contains_one_of: Vec<String>,
        /// It is an array or a string with something in it.
        #[serde(default)]
        not_empty: bool,
        /// It is an array, and each item of it is of this type.
        #[serde(default)]
        each: Option<JsonType>,
        /// It is a number, and not a larger one than this.
        #[serde(default)]
        at_most: Option<f64>,
        /// No two of them are equal.
        #[serde(default)]
        distinct: bool,
        /// No two of them agree in all of these members; one that lacks any of them agrees with none.
        #[serde(default)]
        distinct_by: Option<OneOrMany<String>>,
        /// It is an object with this member, or all of these.
        #[serde(default)]
        has: Option<OneOrMany<String>>,
    }
}

impl Check for Json {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, document) = match scene.json() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let nodes = self.at.located(document.value());
        let place = |pointer: &str| scene.in_body(exchange, document.span(pointer).unwrap_or(0..0));
        if nodes.is_empty() && !self.absent {
            let message = format!("there is no {}", self.at.name());
            return Answer::fail(Finding::new(message).expected(self.at.name()).at(place("")));
        }
        let mut findings = Vec::new();
        let mut seen: Vec<&Value> = Vec::new();
        for (pointer, value) in nodes {
            let name = self.name_of(&pointer);
            if self.absent {
                findings.push(unwanted(&name, value).at(place(&pointer)));
                continue;
            }
            match self.judge_value(scene, &name, value) {
                Ok(found) => findings.extend(found.into_iter().map(|f| f.at(place(&pointer)))),
                Err(blind) => return blind,
            }
            if self.distinct && seen.contains(&value) {
                let message = format!("{name} repeats another");
                findings.push(Finding::new(message).actual(super::rules::brief(value)).at(place(&pointer)));
            }
            if let Some(members) = &self.distinct_by
                && seen.iter().any(|other| agree(other, value, &members.0))
            {
                let message = format!("{name} has the same {} as another", members.0.join(" and "));
                findings.push(Finding::new(message).actual(super::rules::brief(value)).at(place(&pointer)));
            }
            seen.push(value);
        }
        Answer::from_findings(findings)
    }

    fn probes(&self) -> Vec<&str> {
        let contains = self.contains.iter().flat_map(Template::probes);
        self.rules().probes().into_iter().chain(contains).collect()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        let contains = self.contains.iter().flat_map(look::of_template);
        self.rules().looks(Look::Body).into_iter().chain(contains).collect()
    }
}

impl Json {
    /// The member of the document's top level of which all that is asked is that it is there.
    pub fn wants_there(&self) -> Option<&str> {
        let Self { at, absent: false, contains: None, contains_one_of, not_empty: false, .. } = self else {
            return None;
        };
        let more = self.boolean.is_some()
            || self.each.is_some()
            || self.distinct
            || self.distinct_by.is_some()
            || self.at_most.is_some()
            || self.has.is_some();
        let asked = more || !contains_one_of.is_empty() || self.r#type.is_some() || self.rules().want_text();
        let name = at.text.strip_prefix("$.")?;
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (plain && !asked).then_some(name)
    }

    /// What one node of several is called: by its own place.
    fn name_of(&self, pointer: &str) -> String {
        match pointer.trim_start_matches('/') {
            "" => "the document".to_owned(),
            path => path.replace('/', "."),
        }
    }

    fn judge_value(&self, scene: &Scene<'_>, name: &str, value: &Value) -> Result<Vec<Finding>, Answer> {
        let mut findings = self.rules().judge_json(scene, name, value)?;
        if let Some(wanted) =
            self.boolean.filter(|wanted| findings.is_empty() && *value != Value::Bool(*wanted))
        {
            let message = match value {
                Value::Bool(other) => format!("{name} is {other}"),
                _ => format!("{name} is {}, not a boolean", JsonType::of(value).phrase()),
            };
            findings
                .push(Finding::new(message).expected(wanted.to_string()).actual(super::rules::brief(value)));
        }
        let contains = self.contains.as_ref().map(|template| scene.render(template)).transpose()?;
        let wanted: Vec<&str> = contains.iter().chain(&self.contains_one_of).map(String::as_str).collect();
        let inside =
            |list: &Vec<Value>| list.iter().filter_map(Value::as_str).any(|one| wanted.contains(&one));
        if !wanted.is_empty() && findings.is_empty() && !value.as_array().is_some_and(inside) {
            let wanted = wanted.join(" or ");
            let message = format!("{name} does not list {wanted}");
            findings.push(Finding::new(message).expected(wanted).actual(super::rules::brief(value)));
        }
        if let Some(wanted) = self.each {
            let items = value.as_array().into_iter().flatten().enumerate();
            for (index, item) in items.filter(|(_, item)| JsonType::of(item) != wanted) {
                let actual = JsonType::of(item).phrase();
                let message = format!("{name}.{index} is {actual}, not {}", wanted.phrase());
                findings
                    .push(Finding::new(message).expected(wanted.phrase()).actual(super::rules::brief(item)));
            }
            if !value.is_array() && findings.is_empty() {
                let message = format!("{name} is {}, not an array", JsonType::of(value).phrase());
                findings.push(Finding::new(message).expected("an array").actual(super::rules::brief(value)));
            }
        }
        for member in self.has.iter().flat_map(|has| &has.0).filter(|member| value.get(member).is_none()) {
            let message = format!("{name} has no {member}");
            findings.push(Finding::new(message).expected(member).actual(super::rules::brief(value)));
        }
        if let Some(most) = self.at_most
            && value.as_f64().is_none_or(|number| number > most)
        {
            let message = match value.as_f64() {
                Some(number) => format!("{name} is {number}, more than {most}"),
                None => format!("{name} is {}, not a number", JsonType::of(value).phrase()),
            };
            findings.push(
                Finding::new(message).expected(format!("{most} at most")).actual(super::rules::brief(value)),
            );
        }
        let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_str().is_some_and(str::is_empty);
        if self.not_empty && empty {
            findings.push(Finding::new(format!("{name} is empty")).actual(value.to_string()));
        }
        Ok(findings)
    }
}

/// A member that must not be there: an item of a list by what it is, any other by its name.
fn unwanted(name: &str, value: &Value) -> Finding {
    let actual = super::rules::brief(value);
    let message = match name.rsplit_once('.') {
        Some((list, index)) if index.bytes().all(|b| b.is_ascii_digit()) => format!("{list} lists {actual}"),
        _ => format!("there is {name}"),
    };
    Finding::new(message).actual(actual)
}

fn agree(a: &Value, b: &Value, members: &[String]) -> bool {
    members.iter().all(|member| a.get(member).is_some() && a.get(member) == b.get(member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    fn of(body: &str, rule: &str) -> Answer {
        let recording = recording(&[("here", 200, "application/json", body)]);
        judge(&recording, "here", &format!("json: {{ at: \"$.keys[*]\", {rule} }}"))
    }

    fn says(answer: Answer) -> String {
        match answer {
            Answer::Fail(findings) => findings.into_iter().map(|finding| finding.message).collect(),
            other => panic!("{other:?} is no failure"),
        }
    }

    #[test]
    fn a_boolean_is_no_string() {
        assert_eq!(of(r#"{"keys":[true]}"#, "boolean: true"), Answer::Pass);
        assert_eq!(says(of(r#"{"keys":[true]}"#, "boolean: false")), "keys.0 is true");
        assert_eq!(says(of(r#"{"keys":["true"]}"#, "boolean: true")), "keys.0 is a string, not a boolean");
        assert!(matches!(of("<p>", "boolean: true"), Answer::Blind(_)));
    }

    #[test]
    fn has_wants_each_member() {
        assert_eq!(of(r#"{"keys":[{"a":1,"b":null}]}"#, "has: [a, b]"), Answer::Pass);
        assert_eq!(says(of(r#"{"keys":[{"a":1},{"b":1}]}"#, "has: a")), "keys.1 has no a");
        assert!(matches!(of("<p>", "has: a"), Answer::Blind(_)));
    }

    #[test]
    fn distinct_by_compares_all_members_together() {
        let same = r#"{"keys":[{"a":1,"b":2},{"a":1,"b":2}]}"#;
        assert_eq!(says(of(same, "distinct-by: [a, b]")), "keys.1 has the same a and b as another");
        assert_eq!(of(r#"{"keys":[{"a":1,"b":2},{"a":1,"b":3}]}"#, "distinct-by: [a, b]"), Answer::Pass);
        assert_eq!(of(r#"{"keys":[{"a":1},{"a":1}]}"#, "distinct-by: [a, b]"), Answer::Pass);
        assert!(matches!(of("<p>", "distinct-by: a"), Answer::Blind(_)));
    }

    #[test]
    fn contains_wants_it_byte_by_byte() {
        let rule = "contains: \"{{target.url}}\"";
        assert_eq!(of(r#"{"keys":[["x","https://h/mcp"]]}"#, rule), Answer::Pass);
        assert_eq!(says(of(r#"{"keys":[["https://h/mcp/"]]}"#, rule)), "keys.0 does not list https://h/mcp");
        assert!(matches!(of("<p>", rule), Answer::Blind(_)));
    }

    #[test]
    fn contains_one_of_wants_any_of_them() {
        let rule = "contains-one-of: [a, b]";
        assert_eq!(of(r#"{"keys":[["x","b"]]}"#, rule), Answer::Pass);
        assert_eq!(says(of(r#"{"keys":[["x"]]}"#, rule)), "keys.0 does not list a or b");
        assert_eq!(says(of(r#"{"keys":["a"]}"#, rule)), "keys.0 does not list a or b");
        assert!(matches!(of("<p>", rule), Answer::Blind(_)));
    }

    #[test]
    fn at_most_wants_a_number() {
        assert_eq!(of(r#"{"keys":[1,5.5]}"#, "at-most: 5.5"), Answer::Pass);
        assert_eq!(says(of(r#"{"keys":[6]}"#, "at-most: 5")), "keys.0 is 6, more than 5");
        assert_eq!(says(of(r#"{"keys":["1"]}"#, "at-most: 5")), "keys.0 is a string, not a number");
        assert!(matches!(of("<p>", "at-most: 5"), Answer::Blind(_)));
    }

    #[test]
    fn each_is_about_the_items_of_an_array() {
        assert_eq!(of(r#"{"keys":[["x"],[]]}"#, "each: string"), Answer::Pass);
        assert_eq!(says(of(r#"{"keys":[["x",1]]}"#, "each: string")), "keys.0.1 is a number, not a string");
        assert_eq!(says(of(r#"{"keys":["x"]}"#, "each: string")), "keys.0 is a string, not an array");
        assert!(matches!(of("<p>", "each: string"), Answer::Blind(_)));
    }

    #[test]
    fn absent_names_items_by_what_they_are() {
        assert_eq!(says(of(r#"{"keys":["x"]}"#, "absent: true")), "keys lists \"x\"");
        assert_eq!(of(r#"{"keys":[]}"#, "absent: true"), Answer::Pass);
    }
}
