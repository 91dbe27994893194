//! How a server received a request without a token: what gates everything that is judged about its challenge.

use serde_json::Value;

use super::exchange::{Exchange, Reply, Response};
use super::probe::Call;
use super::profile::Era;
use super::recording::Recording;

/// The probe that stands at the start of everything: a request without a token.
pub const FIRST_CONTACT: &str = "mcp.no-token";

/// How a tokenless request was received. The sentences say what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reception {
    /// It was refused for want of a token, rightly or wrongly expressed.
    Refused,
    /// It was answered: nothing is protected.
    Open,
    /// The server rejected the request itself before it came to tokens: it may not speak this era.
    NotSpoken(String),
    /// No statement about tokens can be made.
    Unclear(String),
}

/// JSON-RPC errors that speak of the request and not of who sent it.
const PROTOCOL_ERRORS: [i64; 6] = [-32700, -32600, -32601, -32602, -32022, -32000];

impl Reception {
    /// How the server received the first contact in `era`.
    pub fn of(recording: &Recording, era: Era) -> Self {
        let record = recording.of(FIRST_CONTACT, era).next();
        let Some(record) = record else { return Self::Unclear("no first request was sent".to_owned()) };
        let exchange = record.used.and_then(|id| recording.exchange(id));
        let Some(exchange) = exchange else { return Self::Unclear("no first request was sent".to_owned()) };
        let call = match record.attempts.iter().find(|attempt| attempt.exchange == record.used) {
            Some(attempt) if attempt.name != Call::Open.name() => Call::ToolsCall,
            _ => Call::Open,
        };
        Self::of_exchange(exchange, call)
    }

    /// How one request was received.
    pub fn of_exchange(exchange: &Exchange, call: Call) -> Self {
        let response = match &exchange.reply {
            Reply::Error(error) => return Self::Unclear(error.message.clone()),
            Reply::Response(response) => response,
        };
        let url = &exchange.request.url;
        match response.status {
            403 if is_page(response) => Self::Unclear(format!(
                "{url} answers 403 with a web page: a firewall may stand before the server, so try from elsewhere"
            )),
            401 | 403 | 407 => Self::Refused,
            200..=299 => Self::of_success(response, url, call),
            300..=399 => Self::of_redirect(response, url),
            500..=599 => Self::Unclear(format!("{url} answers {}: the server itself fails", response.status)),
            404 if !response.is_called_json() => Self::NotSpoken(format!(
                "{url} answers 404: there may be no MCP endpoint at this path, often it is /mcp"
            )),
            status => Self::NotSpoken(format!("{url} answers {status} to it{}", said(response))),
        }
    }

    fn of_success(response: &Response, url: &str, call: Call) -> Self {
        let Some(message) = json_rpc(response) else {
            let what = response.media_type().unwrap_or_else(|| "nothing".to_owned());
            return Self::NotSpoken(format!(
                "{url} answers {} with {what} and no JSON-RPC: it is no MCP endpoint, often that is /mcp",
                response.status
            ));
        };
        let Some(error) = message.get("error") else { return Self::Open };
        let text = error.get("message").and_then(Value::as_str).unwrap_or_default();
        let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
        let lower = text.to_ascii_lowercase();
        let speaks_of_tokens = ["unauthori", "authenticat", "forbidden", "access token", "bearer"];
        if speaks_of_tokens.iter().any(|word| lower.contains(word)) {
            Self::Refused
        } else if call != Call::Open && PROTOCOL_ERRORS.contains(&code) {
            // The method was reached: only the tool, which does not exist, was refused.
            Self::Open
        } else {
            Self::NotSpoken(format!("{url} answers JSON-RPC error {code}{}", said(response)))
        }
    }

    /// 302 and 303 send a browser to a login page; the others say that the endpoint is elsewhere.
    fn of_redirect(response: &Response, url: &str) -> Self {
        let location = response.header_lines("location").first().copied().unwrap_or("nowhere");
        let tail = |text: &str| text.split_once("://").map(|(_, rest)| rest.trim_end_matches('/').to_owned());
        let same_but_scheme_or_slash = tail(location).is_some() && tail(location) == tail(url);
        match response.status {
            302 | 303 if !same_but_scheme_or_slash => Self::Refused,
            _ => Self::NotSpoken(format!("{url} redirects to {location}: check that URL")),
        }
    }
}

fn is_page(response: &Response) -> bool {
    response.media_type().as_deref() == Some("text/html")
        && response.header_lines("www-authenticate").is_empty()
}

/// What the JSON-RPC error in a response says, as the end of a sentence.
fn said(response: &Response) -> String {
    let message = json_rpc(response);
    let text = message.as_ref().and_then(|message| message.pointer("/error/message")?.as_str());
    text.map_or_else(String::new, |text| format!(": {text}"))
}

/// The JSON-RPC message in a response: its body, or the first event of a stream that holds one.
fn json_rpc(response: &Response) -> Option<Value> {
    let text = response.body.text.as_deref()?;
    let is_message = |value: &Value| value.get("jsonrpc").is_some() || value.get("error").is_some();
    if response.media_type().as_deref() == Some("text/event-stream") {
        let events = text.lines().filter_map(|line| line.strip_prefix("data:"));
        return events.filter_map(|data| serde_json::from_str(data.trim()).ok()).find(is_message);
    }
    serde_json::from_str(text).ok().filter(is_message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::exchange::{Request, TransportError, TransportErrorKind};

    fn received(status: u16, headers: &[(&str, &str)], body: &str, call: Call) -> Reception {
        Reception::of_exchange(&exchange(Reply::Response(Response::new(status, headers, body))), call)
    }

    fn exchange(reply: Reply) -> Exchange {
        let request = Request::get("https://h/mcp");
        Exchange { id: 0, probe: FIRST_CONTACT.to_owned(), request, reply, milliseconds: 1.0 }
    }

    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");
    const PAGE: (&str, &str) = ("content-type", "text/html");

    #[test]
    fn a_refusal_is_one_however_it_is_expressed() {
        for (status, headers, body) in [
            (401, &[][..], ""),
            (403, &[JSON][..], "{}"),
            (403, &[PAGE, ("www-authenticate", "Bearer")][..], "<html>"),
            (302, &[("location", "https://h/login")][..], ""),
            (
                200,
                &[JSON][..],
                r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Unauthorized"}}"#,
            ),
        ] {
            assert_eq!(received(status, headers, body, Call::Open), Reception::Refused, "{status} {body}");
        }
    }

    #[test]
    fn an_open_server_answers_in_json_or_a_stream() {
        let result = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        assert_eq!(received(200, &[JSON], result, Call::Open), Reception::Open);
        let stream = format!("id: 0\ndata:\n\nevent: message\ndata: {result}\n\n");
        let headers = [("content-type", "text/event-stream")];
        assert_eq!(received(200, &headers, &stream, Call::Open), Reception::Open);
        let no_such_tool = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool"}}"#;
        assert_eq!(received(200, &[JSON], no_such_tool, Call::ToolsCall), Reception::Open);
    }

    #[test]
    fn a_request_rejected_for_its_form_says_nothing_about_tokens() {
        let unknown = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#;
        for (status, headers, body, says) in [
            (400, &[JSON][..], unknown, "Method not found"),
            (200, &[JSON][..], unknown, "-32601"),
            (404, &[PAGE][..], "<html>", "often it is /mcp"),
            (405, &[][..], "", "answers 405"),
            (200, &[PAGE][..], "<html>", "no MCP endpoint"),
            (307, &[("location", "https://h/mcp/")][..], "", "redirects to https://h/mcp/"),
            (302, &[("location", "http://h/mcp")][..], "", "redirects to http://h/mcp"),
        ] {
            match received(status, headers, body, Call::Open) {
                Reception::NotSpoken(why) => assert!(why.contains(says), "{status}: {why}"),
                other => panic!("{status} {body} is {other:?}"),
            }
        }
    }

    #[test]
    fn trouble_on_the_way_leaves_it_open() {
        let failed = received(502, &[], "", Call::Open);
        assert!(matches!(failed, Reception::Unclear(why) if why.contains("502")));
        let firewall = received(403, &[PAGE], "<html>", Call::Open);
        assert!(matches!(firewall, Reception::Unclear(why) if why.contains("firewall")));
        let kind = TransportErrorKind::Refused;
        let error = TransportError { kind, message: "nothing listens".to_owned() };
        let silent = Reception::of_exchange(&exchange(Reply::Error(error)), Call::Open);
        assert_eq!(silent, Reception::Unclear("nothing listens".to_owned()));
    }
}
