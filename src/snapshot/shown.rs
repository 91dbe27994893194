//! An exchange as text that is read, and compared, line by line.
//!
//! ```text
//! GET https://mcp.example/.well-known/oauth-protected-resource/mcp  (resource-metadata)
//! > accept: application/json
//! < HTTP/2 200
//! < content-type: application/json
//! < {
//! <   "resource": "https://mcp.example/mcp"
//! < }
//! ```
//!
//! JSON is laid out, however it was sent: members, their order and their spelling stay as they were.

use crate::model::exchange::{Body, Exchange, Reply};
use crate::report::escape;

/// The request and what came back, each line of it ended.
pub fn exchange(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let mut text = String::new();
    let mut line = |mark: &str, line: &str| {
        text.push_str(mark);
        text.push_str(&escape::line(line));
        text.push('\n');
    };
    line("", &format!("{} {}  ({})", request.method, request.url, exchange.probe));
    for (name, value) in &request.headers {
        line("> ", &format!("{name}: {value}"));
    }
    for part in request.body.as_deref().map(lines).unwrap_or_default() {
        line("> ", &part);
    }
    match &exchange.reply {
        Reply::Error(error) => line("< ", &error.to_string()),
        Reply::Response(response) => {
            line("< ", &format!("{} {}", response.version, response.status));
            for (name, value) in &response.headers {
                line("< ", &format!("{name}: {value}"));
            }
            for part in body(&response.body) {
                line("< ", &part);
            }
        }
    }
    text
}

fn body(body: &Body) -> Vec<String> {
    let mut lines = match (&body.text, &body.base64) {
        (Some(text), _) => self::lines(text),
        (None, Some(base64)) => vec![format!("(no text, in Base64) {base64}")],
        (None, None) => Vec::new(),
    };
    if body.cut {
        lines.push("(and more)".to_owned());
    }
    lines
}

/// The lines of a body, JSON laid out; also that of the events of a stream.
fn lines(text: &str) -> Vec<String> {
    if let Some(json) = laid_out(text) {
        return json;
    }
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("data:").and_then(|data| laid_out(data.trim_start())) {
            Some(json) => lines.extend(json.iter().map(|line| format!("data: {line}"))),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

/// `json` with a line for each member and item; nothing where it is not an object or array.
///
/// Only white space between its parts changes, so that a member that is there twice, or a number that is spelled in an
/// unusual way, is still seen.
fn laid_out(json: &str) -> Option<Vec<String>> {
    if !json.trim_start().starts_with(['{', '['])
        || serde_json::from_str::<serde::de::IgnoredAny>(json).is_err()
    {
        return None;
    }
    let mut lines = vec![String::new()];
    let mut depth = 0usize;
    let (mut quoted, mut escaped) = (false, false);
    for c in json.chars() {
        let opens = !quoted && matches!(c, '{' | '[');
        let closes = !quoted && matches!(c, '}' | ']');
        if !quoted && c.is_ascii_whitespace() {
            continue;
        }
        if closes {
            depth = depth.saturating_sub(1);
            // An empty one stays in its line.
            if !lines.last().is_some_and(|line| line.ends_with(['{', '['])) {
                lines.push("  ".repeat(depth));
            }
        } else if lines.last().is_some_and(|line| line.ends_with(['{', '['])) && !quoted && depth > 0 {
            lines.push("  ".repeat(depth));
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
        match c {
            '"' if !escaped => quoted = !quoted,
            ':' if !quoted => lines.last_mut()?.push(' '),
            ',' if !quoted => lines.push("  ".repeat(depth)),
            _ if opens => depth += 1,
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::exchange::{Request, Response};
    use proptest::prelude::*;

    fn shown(response: Response) -> String {
        let request = Request::get("https://h/x");
        super::exchange(&Exchange {
            id: 0,
            probe: "a-probe".to_owned(),
            request,
            reply: Reply::Response(response),
            milliseconds: 7.0,
        })
    }

    #[test]
    fn lays_json_out_and_keeps_how_it_is_spelled() {
        let json = r#"{"a":1.0e0,"a":"{[,:\"","b":[],"c":[{},{"d":[1, 2]}]}"#;
        let expected = [
            "{",
            r#"  "a": 1.0e0,"#,
            r#"  "a": "{[,:\"","#,
            r#"  "b": [],"#,
            r#"  "c": ["#,
            "    {},",
            "    {",
            r#"      "d": ["#,
            "        1,",
            "        2",
            "      ]",
            "    }",
            "  ]",
            "}",
        ];
        assert_eq!(laid_out(json).unwrap(), expected);
        assert_eq!(laid_out("{\"a\": 1"), None);
        assert_eq!(laid_out("7"), None);
    }

    #[test]
    fn strings_that_look_like_the_end_of_something_are_left_alone() {
        assert_eq!(laid_out(r#"["x{","y["]"#).unwrap(), ["[", r#"  "x{","#, r#"  "y[""#, "]"]);
        assert_eq!(
            laid_out(r#"{"a[":{"b\\":1}}"#).unwrap(),
            ["{", r#"  "a[": {"#, r#"    "b\\": 1"#, "  }", "}"]
        );
    }

    #[test]
    fn an_answer_is_headers_and_body_line_by_line() {
        let text = shown(Response::new(200, &[("x", "y\u{1b}[2J")], "{\"a\":1}"));
        assert_eq!(
            text,
            "GET https://h/x  (a-probe)\n> accept: application/json\n< HTTP/1.1 200\n< x: y\\u{1b}[2J\n< {\n<   \"a\": 1\n< }\n"
        );
    }

    #[test]
    fn events_are_laid_out_and_what_is_no_text_or_is_cut_off_is_said_to_be() {
        let text = shown(Response::new(200, &[], "event: message\r\ndata: {\"a\":1}\r\n\r\n"));
        assert!(text.ends_with("< event: message\n< data: {\n< data:   \"a\": 1\n< data: }\n< \n"), "{text}");
        let mut response = Response::new(200, &[], vec![0xff]);
        response.body.cut = true;
        assert!(shown(response).ends_with("< (no text, in Base64) /w==\n< (and more)\n"));
        assert!(shown(Response::new(401, &[], "")).ends_with("< HTTP/1.1 401\n"));
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_changes(value in r#"[a-z{}\[\],: "]{0,8}"#, nested in any::<bool>()) {
            let json = serde_json::json!({ &value: [value, { "n": nested }], "e": [] });
            let lines = laid_out(&json.to_string()).unwrap();
            let again: serde_json::Value = serde_json::from_str(&lines.join("\n")).unwrap();
            prop_assert_eq!(again, json);
        }
    }
}
