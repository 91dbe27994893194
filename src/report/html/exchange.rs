//! What was exchanged: each request with its answer, to be opened, and how to send it again.

use maud::{Markup, html};

use super::{lines, text};
use crate::check::{Part, Place};
use crate::model::exchange::{Exchange, Reply, Response};
use crate::report::human::curl;
use crate::report::view::View;

/// Columns of a curl line.
const WIDTH: usize = 100;
/// Characters of a body that are shown.
const BODY: usize = 20_000;
/// Characters on each side of what is wrong.
const AROUND: usize = 240;

/// Every exchange.
pub(super) fn all(view: &View<'_>) -> Markup {
    if view.report.document.is_some() {
        return html! {};
    }
    html! {
        section aria-labelledby="exchanges" {
            h2 id="exchanges" { "Exchanges" }
            @for exchange in &view.report.exchanges {
                details id=(format!("exchange-{}", exchange.id)) {
                    summary {
                        span.id { (exchange.id) } " "
                        (text(&exchange.request.method)) " " (text(&exchange.request.url)) " "
                        span.faint { "→ " (answered(exchange)) ", " (milliseconds(exchange)) }
                    }
                    (shown(view, exchange))
                }
            }
        }
    }
}

/// One exchange: the request as a curl line, and the answer.
pub(super) fn shown(view: &View<'_>, exchange: &Exchange) -> Markup {
    let command = curl(&exchange.request, view.report.insecure, WIDTH).join("\n");
    html! {
        p.label { "Send it again" }
        pre tabindex="0" { code { (command) } }
        p.label { "The answer" }
        pre tabindex="0" { code { (reply(exchange)) } }
    }
}

/// The status, or that nothing came.
pub(super) fn answered(exchange: &Exchange) -> String {
    match &exchange.reply {
        Reply::Response(response) => response.status.to_string(),
        Reply::Error(_) => "no answer".to_owned(),
    }
}

/// How long it took.
pub(super) fn milliseconds(exchange: &Exchange) -> String {
    format!("{:.1} ms", exchange.milliseconds)
}

fn reply(exchange: &Exchange) -> String {
    let response = match &exchange.reply {
        Reply::Response(response) => response,
        Reply::Error(error) => return text(&error.to_string()),
    };
    let mut shown = format!("HTTP/1.1 {}\n", response.status);
    for (name, value) in &response.headers {
        shown.push_str(&format!("{}: {}\n", text(name), text(value)));
    }
    let body = body(response);
    let cut: String = body.chars().take(BODY).collect();
    let more = if cut.len() < body.len() || response.body.cut { "\n…" } else { "" };
    if body.is_empty() { shown } else { format!("{shown}\n{}{more}", lines(&cut)) }
}

fn body(response: &Response) -> String {
    String::from_utf8_lossy(&response.body.bytes()).into_owned()
}

/// The place of a finding, marked in what stands around it.
pub(super) fn marked(exchange: &Exchange, place: &Place) -> Markup {
    let Some(response) = exchange.response() else { return html! {} };
    let (label, whole) = match &place.part {
        Part::Status => ("status line".to_owned(), response.status.to_string()),
        Part::Header { name, line } => {
            let value = response.header_lines(name).get(*line).map(|value| (*value).to_owned());
            (format!("{} header", text(name)), value.unwrap_or_default())
        }
        Part::Body => ("body".to_owned(), body(response)),
    };
    let at = |place: usize| (0..=place.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at));
    let (from, to) = (at(place.span.start).unwrap_or_default(), at(place.span.end).unwrap_or_default());
    let (before, wrong, after) = (&whole[..from], &whole[from..to.max(from)], &whole[to.max(from)..]);
    let skipped = before.chars().count().saturating_sub(AROUND);
    let start: String = before.chars().skip(skipped).collect();
    let (middle, end): (String, String) =
        (wrong.chars().take(AROUND * 4).collect(), after.chars().take(AROUND).collect());
    html! {
        p.label { "In the " (label) " of " (text(&exchange.request.method)) " " (text(&exchange.request.url)) }
        pre tabindex="0" { code {
            @if skipped > 0 { "…" }
            (lines_kept(&start)) mark { (lines_kept(&middle)) } (lines_kept(&end))
            @if end.len() < after.len() { "…" }
        } }
    }
}

/// Several lines, with a line break at the end where there is one.
fn lines_kept(text: &str) -> String {
    text.split('\n').map(|line| super::text(line.trim_end_matches('\r'))).collect::<Vec<_>>().join("\n")
}
