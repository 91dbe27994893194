//! `keeps-from`: the answer sends the browser to no URL that begins so, neither by redirect nor by a page that goes
//! there of itself.
//!
//! ```text
//! - keeps-from: https://probe.example/cb
//! ```
//!
//! A page that mentions the URL passes, and so does a redirect elsewhere; a redirect, a refresh, a script or a form
//! that leads there fails; no response is blind.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::{Exchange, Response};

/// The beginning of the URL.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct KeepsFrom(String);

/// Bytes before the URL that are looked at; without an end a page full of URLs would take minutes.
const BEFORE: usize = 1000;

/// What stands right before the URL that a page goes to: of a refresh, of a form, of an assignment in a script.
static LEADS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let before = [
        r#"http-equiv\s*=\s*["']?refresh[^>]*url\s*=\s*["']?"#,
        r#"<form[^>]*\saction\s*=\s*["']?"#,
        r#"location(\.href)?\s*=\s*["'`]"#,
        r#"location\.(assign|replace)\(\s*["'`]"#,
    ];
    Regex::new(&format!("(?is)({})$", before.join("|"))).ok()
});

impl Check for KeepsFrom {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        Answer::from_findings(
            self.by_header(exchange, response).chain(self.by_page(scene, exchange)).collect(),
        )
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Status, Look::Headers, Look::Body]
    }
}

impl KeepsFrom {
    fn by_header<'r>(
        &'r self,
        exchange: &'r Exchange,
        response: &'r Response,
    ) -> impl Iterator<Item = Finding> + 'r {
        let is_redirect = (300..400).contains(&response.status);
        let lines = |name| response.header_lines(name).into_iter().enumerate().map(move |line| (name, line));
        let locations = lines("location").filter(move |_| is_redirect);
        locations.chain(lines("refresh")).filter_map(|(name, (line, value))| {
            // A refresh has seconds and `url=` before the URL.
            let at = value.find(&self.0).filter(|at| *at == 0 || name == "refresh")?;
            let part = Part::Header { name: name.to_owned(), line };
            let place = Place { exchange: exchange.id, part, span: at..value.len() };
            let message = format!("it sends the browser to {}", self.0);
            Some(Finding::new(message).expected("no redirect to there").actual(value).at(place))
        })
    }

    fn by_page(&self, scene: &Scene<'_>, exchange: &Exchange) -> Option<Finding> {
        let text = exchange.response()?.body.text.as_deref()?;
        let leads = LEADS.as_ref()?;
        let before = |at: usize| {
            let start = (at.saturating_sub(BEFORE)..=at).find(|start| text.is_char_boundary(*start));
            &text[start.unwrap_or(at)..at]
        };
        let (at, _) = text.match_indices(&self.0).find(|(at, _)| leads.is_match(before(*at)))?;
        let message = format!("the page goes to {} of itself", self.0);
        let place = scene.in_body(exchange, at..at + self.0.len());
        Some(Finding::new(message).expected("a page that stays").at(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    #[test]
    fn a_page_may_name_a_url_and_not_go_there() {
        let passes = |body: &str| {
            let recording = recording(&[("here", 400, "text/html", body)]);
            judge(&recording, "here", "keeps-from: https://h/cb") == Answer::Pass
        };
        assert!(passes("https://h/cb is not registered"));
        assert!(passes("<a href='https://h/cb'>back</a>"));
        assert!(passes("<script>location = '/login?to=https://h/cb'</script>"));
        assert!(!passes("<META http-equiv=refresh content=\"0; url=https://h/cb?error=x\">"));
        assert!(!passes("<script>window.location.replace(\"https://h/cb?error=x\")</script>"));
        assert!(!passes(&format!(
            "{}<script>location='https://h/cb'</script>",
            "é https://h/cb ".repeat(99)
        )));
        assert!(!passes(
            "<form method=post action=\"https://h/cb\"><script>document.forms[0].submit()</script>"
        ));
    }
}
