//! The report as one page that needs nothing else: no file beside it, no network, and no script to be read.
//!
//! ```text
//! outcome and profiles · the walk to the authorization server · findings · what was not tested · all cases · exchanges
//! ```
//!
//! What a target sent is text on it and nothing else. A Content-Security-Policy allows the page its own style and script,
//! by their digests, and no request at all.

mod cases;
mod diagram;
mod exchange;
mod head;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::view::View;
use super::{Report, escape, words};
use crate::model::corpus::Corpus;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The report as HTML.
pub fn render(report: &Report, corpus: &Corpus) -> String {
    let view = View::new(report, corpus);
    let title = format!("{}: {}", report.target.url, words::of_outcome(report.outcome));
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digested(STYLE),
        digested(SCRIPT),
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (text(&title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#findings" { "Skip to the findings" }
                header { (head::outcome(&view)) }
                main {
                    (head::profiles(&view))
                    (diagram::walk(&view))
                    (cases::filters(&view))
                    (cases::findings(&view))
                    (cases::not_tested(&view))
                    (cases::all(&view))
                    (exchange::all(&view))
                }
                footer { p { (words::summary(&view)) " · " (report.tool.name) " " (report.tool.version) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// How a policy names what stands in the page (Content Security Policy 3, 2.3.1).
fn digested(source: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest(&SHA256, source.as_bytes())))
}

/// What a stranger may have written, on one line, with what is not seen spelled out.
fn text(text: &str) -> String {
    escape::line(text).into_owned()
}

/// The same over several lines.
fn lines(text: &str) -> String {
    text.lines().map(escape::line).collect::<Vec<_>>().join("\n")
}

/// A link to a clause; other schemes than those of the web are shown as text.
fn link(url: &str, name: &str) -> Markup {
    html! {
        @if url.starts_with("https://") || url.starts_with("http://") {
            a href=(url) rel="noreferrer" { (text(name)) }
        } @else {
            (text(name))
        }
    }
}
