//! A request as a line for a shell.
//!
//! ```text
//! curl -i https://h.example/mcp -H "authorization: Bearer $TOKEN"
//! ```
//!
//! Secrets were never kept; a variable stands in their place.

use crate::model::exchange::{Request, token_in, token_shown};
use crate::net::record::{REDACTED, REDACTED_IN_URL, withheld_variable};
use crate::report::escape;

/// The words of a curl command that repeats `request`; an option and its value are one.
fn words(request: &Request, insecure: bool) -> Vec<String> {
    let mut words = vec!["curl -i".to_owned()];
    if insecure && request.url.starts_with("https:") {
        words.push("--insecure".to_owned());
    }
    let usual = if request.body.is_some() { "POST" } else { "GET" };
    match request.method.as_str() {
        method if method == usual => {}
        "HEAD" if request.body.is_none() => words.push("--head".to_owned()),
        method => words.push(format!("-X {}", quote(method, ""))),
    }
    // Curl takes brackets for a pattern and dots for steps to be taken.
    if request.url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    if request.url.split(['/', '?', '#']).any(|step| step == "." || step == "..") {
        words.push("--path-as-is".to_owned());
    }
    let url = quote(&request.url, "SECRET");
    words.push(if request.url.starts_with('-') { format!("--url {url}") } else { url });
    for (name, value) in &request.headers {
        words.push(match withheld_variable(value) {
            Some(variable) => format!("-H \"{name}: ${variable}\""),
            None => format!("-H {}", quote(&format!("{name}: {value}"), variable(name))),
        });
    }
    if let Some(body) = &request.body {
        words.push(format!("--data-raw {}", quote(body, "SECRET")));
    }
    words
}

/// The command on one line, or on several that a shell reads as one, none wider than `width` where that can be.
/// `insecure` says whether the certificate was verified then.
pub fn curl(request: &Request, insecure: bool, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words(request, insecure) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() + 2 <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            Some(line) => {
                line.push_str(" \\");
                lines.push(format!("  {word}"));
            }
            None => lines.push(word),
        }
    }
    lines.into_iter().flat_map(|line| broken(line, width)).collect()
}

/// A long JSON body on several lines: between members a line break means nothing, and a shell keeps it as it is.
fn broken(line: String, width: usize) -> Vec<String> {
    if line.chars().count() <= width || !line.contains("--data-raw '{") {
        return vec![line];
    }
    let (mut lines, mut current, mut piece) = (Vec::new(), String::new(), String::new());
    let (mut in_string, mut escaped) = (false, false);
    let opened = line.find("'{").unwrap_or_default();
    for (at, c) in line.char_indices() {
        piece.push(c);
        let quotes = c == '"' && at > opened && !escaped;
        in_string ^= quotes;
        escaped = in_string && c == '\\' && !escaped;
        if matches!(c, ',' | '{') && at > opened + 1 && !in_string {
            push_piece(&mut lines, &mut current, std::mem::take(&mut piece), width);
        }
    }
    push_piece(&mut lines, &mut current, piece, width);
    lines.push(current);
    lines
}

fn push_piece(lines: &mut Vec<String>, current: &mut String, piece: String, width: usize) {
    if !current.is_empty() && current.chars().count() + piece.chars().count() > width {
        lines.push(std::mem::replace(current, "    ".to_owned()));
    }
    current.push_str(&piece);
}

/// What stands in the place of a header's secret.
fn variable(header: &str) -> &'static str {
    match header.to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" => "TOKEN",
        "cookie" => "COOKIE",
        "mcp-session-id" => "SESSION",
        "dpop" => "PROOF",
        _ => "SECRET",
    }
}

/// A text as one word of a shell, `$variable` in the place of what was redacted.
fn quote(text: &str, variable: &str) -> String {
    let text = &text.replace(REDACTED_IN_URL, REDACTED);
    if let Some(name) = token_in(text) {
        let shown = &token_shown(name);
        return quote(
            &text.replace(shown, REDACTED),
            &format!("{}_TOKEN", name.to_ascii_uppercase().replace('-', "_")),
        );
    }
    let pieces = || text.split(REDACTED);
    if text.chars().any(escape::is_hidden) {
        return pieces().map(spelled_out).collect::<Vec<_>>().join(&format!("\"${variable}\""));
    }
    if !text.contains(REDACTED) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
        return if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { single(text) };
    }
    if text.contains(['"', '$', '`', '\\', '!']) {
        return pieces().map(single).collect::<Vec<_>>().join(&format!("\"${variable}\""));
    }
    let mut word = "\"".to_owned();
    for (index, piece) in pieces().enumerate() {
        if index > 0 {
            let runs_on = piece.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            word.push_str(&if runs_on { format!("${{{variable}}}") } else { format!("${variable}") });
        }
        word.push_str(piece);
    }
    word + "\""
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// In the form of bash and zsh that names bytes, for what must not reach a terminal as it is.
fn spelled_out(text: &str) -> String {
    let mut word = "$'".to_owned();
    for c in text.chars() {
        match c {
            '\\' | '\'' => word.extend(['\\', c]),
            c if escape::is_hidden(c) => {
                let mut bytes = [0; 4];
                word.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("\\{byte:03o}")));
            }
            c => word.push(c),
        }
    }
    word + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> Request {
        Request {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: body.map(str::to_owned),
        }
    }

    #[test]
    fn repeats_a_get_on_one_line() {
        let get = request("GET", "https://h.example/.well-known/x", &[("accept", "application/json")], None);
        assert_eq!(
            curl(&get, false, 100),
            ["curl -i https://h.example/.well-known/x -H 'accept: application/json'"]
        );
    }

    #[test]
    fn names_the_variable_that_a_header_came_from() {
        let get =
            request("GET", "https://h/", &[("x-api-key", &crate::net::record::withheld("API_KEY"))], None);
        assert_eq!(curl(&get, true, 100), [r#"curl -i --insecure https://h/ -H "x-api-key: $API_KEY""#]);
        let odd = request("GET", "http://h/", &[("x-api-key", "[redacted: $(id)]")], None);
        assert_eq!(curl(&odd, true, 100), ["curl -i http://h/ -H 'x-api-key: [redacted: $(id)]'"]);
    }

    #[test]
    fn repeats_a_post_on_lines_that_a_shell_reads_as_one() {
        let post =
            request("POST", "http://h/mcp", &[("content-type", "application/json")], Some(r#"{"a":"it's"}"#));
        let expected = [
            "curl -i http://h/mcp \\",
            "  -H 'content-type: application/json' \\",
            r#"  --data-raw '{"a":"it'\''s"}'"#,
        ];
        assert_eq!(curl(&post, false, 40), expected);
    }

    #[test]
    fn a_long_body_is_broken_between_members_and_stays_the_same_json() {
        let body =
            r#"{"a":"x,\"y,z","it's":[1,2,3,4,5,6,7,8],"params":{"name":"a name, and more","n":null}}"#;
        let lines = curl(&request("POST", "http://h/", &[], Some(body)), false, 40);
        assert!(lines.len() > 2 && lines.iter().all(|line| line.chars().count() <= 40), "{lines:#?}");
        let text = lines.join("\n");
        let word = text.split_once("--data-raw '").unwrap().1.trim_end_matches('\'').replace(r"'\''", "'");
        let (sent, meant): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&word).unwrap(), serde_json::from_str(body).unwrap());
        assert_eq!(sent, meant);
    }

    #[test]
    fn secrets_are_variables() {
        let with = |name, value| quote(&format!("{name}: {value}"), variable(name));
        assert_eq!(with("authorization", "Bearer [redacted]"), "\"authorization: Bearer $TOKEN\"");
        assert_eq!(with("mcp-session-id", "[redacted]"), "\"mcp-session-id: $SESSION\"");
        assert_eq!(quote(r#"{"code":"[redacted]"}"#, "SECRET"), r#"'{"code":"'"$SECRET"'"}'"#);
        assert_eq!(quote("code=~redacted~&a=b", "SECRET"), r#""code=$SECRET&a=b""#);
    }

    #[test]
    fn nothing_hidden_and_nothing_run() {
        assert_eq!(quote("a\u{1b}]0;x\u{7}", ""), r"$'a\033]0;x\007'");
        assert_eq!(quote("https://h/$(id)`id`", ""), "'https://h/$(id)`id`'");
        let odd = request("GET", "http://[::1]/a/../b", &[], None);
        assert_eq!(curl(&odd, false, 100), ["curl -i --globoff --path-as-is 'http://[::1]/a/../b'"]);
    }
}
