//! The walk of a client to its token as a sequence diagram: who asks whom, what is answered, and how long it takes.

use maud::{Markup, html};

use super::exchange::{answered, milliseconds};
use super::text;
use crate::model::exchange::Exchange;
use crate::model::requirement::Role;
use crate::report::view::View;

/// The probes of the walk, and whether the authorization server is asked.
const WALK: [(&str, bool); 8] = [
    ("mcp.no-token", false),
    ("resource-metadata", false),
    ("server-metadata", true),
    ("openid-configuration", true),
    ("server-keys", true),
    ("login", true),
    ("client-credentials", true),
    ("mcp.good-token", false),
];
/// Requests of one probe that are drawn.
const EACH: usize = 5;
/// Characters of a label.
const LABEL: usize = 46;
/// The lanes, from the left.
const LANES: [(i32, &str); 3] = [(90, "MCP client"), (430, "MCP server"), (720, "Authorization server")];
const TOP: i32 = 60;
const STEP: i32 = 56;
const WIDTH: i32 = 830;

/// The diagram, and the same as a list for who does not see it.
pub(super) fn walk(view: &View<'_>) -> Markup {
    let mut steps: Vec<(&Exchange, bool)> = Vec::new();
    for (probe, of_issuer) in WALK {
        let of_issuer = of_issuer || view.report.target.role == Role::AuthorizationServer;
        // What comes back to the client took no time: nobody was asked.
        let asked = |exchange: &&Exchange| exchange.probe == probe && exchange.milliseconds > 0.0;
        let exchanges = view.report.exchanges.iter().filter(asked);
        steps.extend(exchanges.take(EACH).map(|exchange| (exchange, of_issuer)));
    }
    if steps.is_empty() || view.report.document.is_some() {
        return html! {};
    }
    let height = TOP + STEP * i32::try_from(steps.len()).unwrap_or_default() + 10;
    html! {
        section aria-labelledby="walk" {
            h2 id="walk" { "The walk of a client" }
            div.scroll tabindex="0" role="region" aria-label="Sequence diagram" {
                svg.walk viewBox=(format!("0 0 {WIDTH} {height}")) width=(WIDTH) height=(height) aria-hidden="true" {
                    @for (x, name) in LANES {
                        text.lane x=(x) y="24" text-anchor="middle" { (name) }
                        line.life x1=(x) y1="36" x2=(x) y2=(height) {}
                    }
                    @for (index, (exchange, of_issuer)) in steps.iter().enumerate() {
                        (arrows(TOP + STEP * i32::try_from(index).unwrap_or_default(), exchange, *of_issuer))
                    }
                }
            }
            details {
                summary { "The walk as a list" }
                ol {
                    @for (exchange, of_issuer) in &steps {
                        li {
                            @if *of_issuer { "The authorization server" } @else { "The MCP server" }
                            " is sent " (text(&exchange.request.method)) " " code { (text(path(exchange))) }
                            " and answers " (answered(exchange)) " after " (milliseconds(exchange)) ": "
                            a href=(format!("#exchange-{}", exchange.id)) { "exchange " (exchange.id) } "."
                        }
                    }
                }
            }
        }
    }
}

fn arrows(y: i32, exchange: &Exchange, of_issuer: bool) -> Markup {
    let (from, to) = (LANES[0].0, if of_issuer { LANES[2].0 } else { LANES[1].0 });
    let back = y + 22;
    let label: String = format!("{} {}", exchange.request.method, text(path(exchange)));
    let short: String = label.chars().take(LABEL).collect();
    let more = if short.len() < label.len() { "…" } else { "" };
    let is_good = exchange.response().is_some_and(|response| response.status < 400);
    html! {
        text.say x=(from + 8) y=(y - 6) { (short) (more) }
        line.ask x1=(from) y1=(y) x2=(to - 7) y2=(y) {}
        path.tip d=(format!("M{} {} l-7 -4 v8 z", to, y)) {}
        line.answer x1=(from + 7) y1=(back) x2=(to) y2=(back) {}
        path.tip d=(format!("M{} {} l7 -4 v8 z", from, back)) {}
        text class=(if is_good { "say" } else { "say other" }) x=(to - 8) y=(back - 5) text-anchor="end" {
            (answered(exchange)) " · " (milliseconds(exchange))
        }
    }
}

/// The URL without its origin and its query.
fn path(exchange: &Exchange) -> &str {
    let url = exchange.request.url.as_str();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split('?').next().unwrap_or(path)
}
