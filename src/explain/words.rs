//! The requests of a probe in words, from its definition.
//!
//! ```text
//! GET {target origin}/.well-known/oauth-protected-resource{target path}
//! GET {resource_metadata in the challenge of mcp.no-token}
//! POST {target} initialize (server/discover in the modern era), then tools/list
//! ```

use super::{login, page::Page};
use crate::model::probe::{Call, Http, Probe, Rpc, Session, Shape};
use crate::model::template::{Hole, Part, Source, Template, Transform};

/// Writes what `probe` sends: all of it, or one part.
pub(super) fn requests(page: &mut Page, probe: &Probe, only: Option<&str>) {
    if let Some(rpc) = &probe.rpc {
        page.hang("POST", 5, &calls(rpc, only));
        for (name, values) in &rpc.headers {
            for value in &values.0 {
                page.hang("", 5, &format!("with {name}: {value}"));
            }
        }
        if let Some(query) = &rpc.query {
            page.hang("", 5, &format!("with {query} in the query"));
        }
        if let Some(token) = &rpc.token {
            page.hang("", 5, &format!("with Authorization: {} {{the token {}}}", rpc.scheme, token.value));
        }
        if let Some(token) = &rpc.query_token {
            page.hang("", 5, &format!("with access_token={{the token {}}} in the query", token.value));
        }
        match rpc.session {
            None => {}
            Some(Session::Unknown) => page.hang("", 5, "in a session that never was"),
            Some(_) => page.hang("", 5, "in a session that the good token began"),
        }
    }
    if let Some(login) = &probe.login {
        login::steps(page, login);
    }
    if let Some(control) = &probe.control {
        page.paragraph(&format!("It counts only where {} was accepted.", control.value));
    }
    let requests: Vec<_> =
        probe.requests().into_iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).collect();
    for (name, shape) in &requests {
        let url = url(shape.url());
        let what = if name.is_empty() { url } else { format!("{url}  as {name}") };
        match shape {
            Shape::Get(_) => page.verbatim(&format!("GET  {what}")),
            Shape::Http(http) => sent(page, http, &what),
        }
    }
    if requests.len() > 1 {
        page.paragraph("All are sent at once; the first of them that answers 200 with a JSON object counts.");
    }
    if let Some(list) = &probe.for_each {
        page.paragraph(&format!("Sent for each item of {}.", hole_of(&list.value)));
    }
}

fn sent(page: &mut Page, http: &Http, what: &str) {
    page.verbatim(&format!("{:<4} {what}", http.method));
    for (name, value) in &http.headers {
        page.hang("", 5, &format!("with {name}: {}", url(&value.value)));
    }
    if let Some(body) = &http.body {
        page.hang("", 5, &format!("with the body {body}"));
    }
}

fn calls(rpc: &Rpc, only: Option<&str>) -> String {
    let calls = rpc.calls.iter().filter(|call| only.is_none_or(|only| only == call.name()));
    let calls: Vec<&str> = calls.map(|call| of_call(*call)).collect();
    let (between, until) = match rpc.each {
        true => (", ", ""),
        false if calls.len() > 1 => (", then ", "; the first that is refused counts"),
        false => ("", ""),
    };
    format!("{{target}} {}{until}", calls.join(between))
}

fn of_call(call: Call) -> &'static str {
    match call {
        Call::Open => "initialize (server/discover in the modern era)",
        Call::ToolsList => "tools/list",
        Call::ToolsCall => "tools/call of a tool that does not exist",
        Call::ResourcesRead => "resources/read of a resource that does not exist",
        Call::PromptsGet => "prompts/get of a prompt that does not exist",
        Call::Initialized => "notifications/initialized",
        Call::Stream => "as a GET, for an event stream",
        Call::End => "as a DELETE, to end the session",
    }
}

/// A URL with what fills its holes in braces.
pub(super) fn url(template: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Hole(hole) => of_hole(hole),
    };
    template.parts.iter().map(part).collect()
}

fn of_hole(hole: &Hole) -> String {
    let source = of_source(&hole.source);
    let part = |name: &str| match hole.source {
        Source::Target | Source::Item => format!("{{{source} {name}}}"),
        _ => format!("{{{name} of {source}}}"),
    };
    match &hole.transform {
        None => format!("{{{source}}}"),
        Some(Transform::Origin) => part("origin"),
        Some(Transform::Parent) => part("parent"),
        Some(Transform::UpperCaseHost) => format!("{{{source}}} with its scheme and host in capitals"),
        Some(Transform::UpperCasePath) => format!("{{{source}}} with its path in capitals"),
        Some(Transform::OnOtherHost) => format!("https://other.example{}", part("path")),
        Some(Transform::WellKnown(suffix)) => {
            format!("{}/.well-known/{suffix}{}", part("origin"), part("path"))
        }
        Some(Transform::WellKnownLessSlash(suffix)) => {
            format!("{}/.well-known/{suffix}{} (less a slash at its end)", part("origin"), part("path"))
        }
        Some(Transform::Query(parameters)) => format!("{{{source}}}?{parameters}"),
        Some(Transform::Append(suffix)) => format!("{{{source}}}/.well-known/{suffix}"),
    }
}

/// The source of a template that is one hole, as a phrase; its text where it is more.
fn hole_of(template: &Template) -> String {
    match template.parts.as_slice() {
        [Part::Hole(hole)] => of_source(&hole.source),
        _ => template.to_string(),
    }
}

fn of_source(source: &Source) -> String {
    match source {
        Source::Target => "target".to_owned(),
        Source::Item => "item".to_owned(),
        Source::Challenge { probe, param } => format!("{param} in the challenge of {probe}"),
        Source::Json { probe, pointer } => format!("{} in {probe}", pointer.trim_start_matches('/')),
        Source::Url { probe } => format!("URL of {probe}"),
        Source::Query { probe, param } => format!("{param} in the URL of {probe}"),
        Source::Claim(name) => format!("{name} of the good token"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_in_words() {
        for (template, words) in [
            ("{{target.url origin}}/authorize", "{target origin}/authorize"),
            ("{{item well-known x}}", "{item origin}/.well-known/x{item path}"),
            ("{{item append x}}", "{item}/.well-known/x"),
            (
                "{{mcp.no-token.challenge.resource_metadata}}",
                "{resource_metadata in the challenge of mcp.no-token}",
            ),
            ("{{a.json./b well-known x}}", "{origin of b in a}/.well-known/x{path of b in a}"),
            ("{{server-metadata.json./jwks_uri}}", "{jwks_uri in server-metadata}"),
        ] {
            assert_eq!(url(&Template::parse(template).unwrap()), words);
        }
    }
}
