//! Which exchanges of two runs belong together, and how their answers differ.
//!
//! A 401 that was `Bearer scope="a"` and is `Bearer` differs in `www-authenticate`. A date, a length or a key does not
//! differ: see [`super::stable`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::stable::{Stable, is_volatile_header, is_volatile_member};
use super::{Change, Difference};
use crate::model::exchange::{Exchange, Reply, Response};
use crate::parse::well_known::origin;

/// The exchanges that answer the same request, in the order of the first run.
pub(super) fn pairs<'a>(before: &'a [Exchange], after: &'a [Exchange]) -> Vec<Change<&'a Exchange>> {
    let (old, mut new) = (by_request(before), by_request(after));
    let mut pairs = Vec::new();
    for (request, old) in old {
        let mut new = new.remove(&request).unwrap_or_default();
        if old.len() == new.len() {
            pairs.extend(old.into_iter().zip(new).map(|(before, after)| Change { before, after }));
            continue;
        }
        // One of a list came or went: the paths tell which.
        for before in old {
            let same = |after: &&Exchange| path(&after.request.url) == path(&before.request.url);
            if let Some(at) = new.iter().position(same) {
                pairs.push(Change { before, after: new.remove(at) });
            }
        }
    }
    pairs.sort_by_key(|pair| pair.before.id);
    pairs
}

fn by_request(exchanges: &[Exchange]) -> BTreeMap<(&str, &str), Vec<&Exchange>> {
    let mut by: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for exchange in exchanges {
        by.entry((exchange.probe.as_str(), exchange.request.method.as_str())).or_default().push(exchange);
    }
    by
}

/// What stands behind the origin, without query and fragment.
pub(super) fn path(url: &str) -> &str {
    let rest = &url[origin(url).map_or(0, str::len)..];
    rest.find(['?', '#']).map_or(rest, |end| &rest[..end])
}

/// How two exchanges differ: what was asked, then status, header fields and body of the answer.
pub(super) fn differences(pair: &Change<&Exchange>, stable: &Change<Stable>) -> Vec<Difference> {
    let mut found = Found { stable, differences: Vec::new() };
    found.texts("requested", Some(&pair.before.request.url), Some(&pair.after.request.url));
    match (&pair.before.reply, &pair.after.reply) {
        (Reply::Response(before), Reply::Response(after)) => found.responses(before, after),
        (before, after) => found.texts(super::ANSWER, Some(&said(before)), Some(&said(after))),
    }
    found.differences
}

/// An answer in a word.
pub(super) fn said(reply: &Reply) -> String {
    match reply {
        Reply::Response(response) => response.status.to_string(),
        Reply::Error(error) => error.to_string(),
    }
}

struct Found<'a> {
    stable: &'a Change<Stable>,
    differences: Vec<Difference>,
}

impl Found<'_> {
    fn texts(&mut self, what: &str, before: Option<&str>, after: Option<&str>) {
        let old = before.map(|text| self.stable.before.text(text));
        let new = after.map(|text| self.stable.after.text(text));
        if old != new {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let difference = Difference { what: what.to_owned(), before: owned(before), after: owned(after) };
            self.differences.push(difference);
        }
    }

    fn responses(&mut self, before: &Response, after: &Response) {
        self.texts("status", Some(&before.status.to_string()), Some(&after.status.to_string()));
        let mut names: Vec<&str> =
            before.headers.iter().chain(&after.headers).map(|(n, _)| n.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names.into_iter().filter(|name| !is_volatile_header(name)) {
            let line = |response: &Response| {
                let lines = response.header_lines(name);
                (!lines.is_empty()).then(|| lines.join(", "))
            };
            self.texts(name, line(before).as_deref(), line(after).as_deref());
        }
        let json = |response: &Response| serde_json::from_slice::<Value>(&response.body.bytes()).ok();
        match (json(before), json(after)) {
            // Another status is another document: its members do not correspond.
            (Some(old), Some(new)) if before.status == after.status => self.values("", &old, &new),
            _ => {
                let text = |response: &Response| {
                    let bytes = response.body.bytes();
                    (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned())
                };
                self.texts("body", text(before).as_deref(), text(after).as_deref());
            }
        }
    }

    fn values(&mut self, at: &str, before: &Value, after: &Value) {
        match (before, after) {
            (Value::Object(old), Value::Object(new)) => {
                let added = new.keys().filter(|name| !old.contains_key(*name));
                for name in old.keys().chain(added).filter(|name| !is_volatile_member(name)) {
                    let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                    match (old.get(name), new.get(name)) {
                        (Some(old), Some(new)) => self.values(&at, old, new),
                        (old, new) => self.leaves(&at, old, new),
                    }
                }
            }
            (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    self.values(&format!("{at}/{index}"), old, new);
                }
            }
            (old, new) => self.leaves(at, Some(old), Some(new)),
        }
    }

    fn leaves(&mut self, at: &str, before: Option<&Value>, after: Option<&Value>) {
        let text = |value: Option<&Value>| value.map(Value::to_string);
        let what = if at.is_empty() { "body".to_owned() } else { format!("body {at}") };
        self.texts(&what, text(before).as_deref(), text(after).as_deref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::exchange::{Request, TransportError, TransportErrorKind};

    fn exchange(id: usize, url: &str, reply: Reply) -> Exchange {
        let probe = "mcp.no-token".to_owned();
        Exchange { id, probe, request: Request::get(url), reply, milliseconds: 1.0 }
    }

    fn answered(headers: &[(&str, &str)], body: &str) -> Exchange {
        exchange(0, "https://h/mcp", Reply::Response(Response::new(200, headers, body)))
    }

    fn said_of(before: &Exchange, after: &Exchange) -> Vec<String> {
        let stable = Change { before: Stable::default(), after: Stable::default() };
        let found = differences(&Change { before, after }, &stable);
        let show = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
        found.into_iter().map(|d| format!("{}: {} → {}", d.what, show(d.before), show(d.after))).collect()
    }

    #[test]
    fn tells_header_fields_and_members() {
        let before =
            answered(&[("date", "today"), ("vary", "origin")], r#"{"a":{"b":[1,2]},"kid":"x","c":true}"#);
        let after =
            answered(&[("date", "tomorrow"), ("via", "p")], r#"{"a":{"b":[1,3]},"kid":"y","d/e":"s"}"#);
        assert_eq!(
            said_of(&before, &after),
            [
                "vary: origin → nothing",
                "via: nothing → p",
                "body /a/b/1: 2 → 3",
                "body /c: true → nothing",
                "body /d~1e: nothing → \"s\"",
            ]
        );
        assert_eq!(said_of(&before, &before), Vec::<String>::new());
    }

    #[test]
    fn another_status_has_another_body() {
        let before = answered(&[], r#"{"a":1}"#);
        let after = exchange(0, "https://h/mcp", Reply::Response(Response::new(401, &[], r#"{"b":2}"#)));
        assert_eq!(said_of(&before, &after), ["status: 200 → 401", r#"body: {"a":1} → {"b":2}"#]);
    }

    #[test]
    fn a_list_of_another_length_is_shown_whole() {
        let (before, after) = (answered(&[], r#"{"s":["a"]}"#), answered(&[], r#"{"s":["b","a"]}"#));
        assert_eq!(said_of(&before, &after), [r#"body /s: ["a"] → ["b","a"]"#]);
    }

    #[test]
    fn an_answer_that_did_not_come_is_one_difference() {
        let kind = TransportErrorKind::Refused;
        let error = TransportError { kind, message: "connection refused".to_owned() };
        let gone = exchange(0, "https://h/mcp", Reply::Error(error));
        assert_eq!(said_of(&answered(&[("via", "p")], "x"), &gone), ["answer: 200 → connection refused"]);
    }

    #[test]
    fn requests_find_their_like_where_one_came_or_went() {
        let reply = || Reply::Response(Response::new(200, &[], ""));
        let before = [exchange(0, "https://h/a", reply()), exchange(1, "https://h/b?x=1", reply())];
        let after = [exchange(0, "https://g/b?x=2", reply())];
        let found: Vec<_> =
            pairs(&before, &after).iter().map(|pair| (pair.before.id, pair.after.id)).collect();
        assert_eq!(found, [(1, 0)]);
    }
}
