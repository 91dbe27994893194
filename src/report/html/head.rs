//! The top of the page: what was tested, what it comes to, and under every profile.

use maud::{Markup, html};

use super::text;
use crate::model::verdict::{Outcome, Verdict};
use crate::report::view::View;
use crate::report::words;

/// Target, profile and outcome.
pub(super) fn outcome(view: &View<'_>) -> Markup {
    let report = view.report;
    html! {
        p.eyebrow { "mcp-conform" }
        h1 class=(class(report.outcome)) { (text(&words::outcome(view))) }
        dl.facts {
            dt { "target" } dd { code { (text(&words::target(view))) } }
            dt { "profile" } dd { (text(&words::profile(view))) }
            @if let Some(reason) = &report.reason { dt { "because" } dd { (text(reason)) } }
        }
        @for note in words::notes(view) { p.alarm { (text(&note)) } }
    }
}

/// Every profile beside the others.
pub(super) fn profiles(view: &View<'_>) -> Markup {
    let columns = [
        (Verdict::Pass, "pass"),
        (Verdict::Fail, "fail"),
        (Verdict::Warn, "warn"),
        (Verdict::Info, "info"),
        (Verdict::Untested, "untested"),
        (Verdict::NotApplicable, "not applicable"),
    ];
    html! {
        section aria-labelledby="profiles" {
            h2 id="profiles" { "Profiles" }
            div.scroll tabindex="0" role="region" aria-label="Table of profiles" {
                table {
                    thead { tr {
                        th scope="col" { "profile" }
                        @for (_, name) in columns { th scope="col" class="number" { (name) } }
                        th scope="col" { "outcome" }
                    } }
                    tbody {
                        @for profile in view.profiles() {
                            @let outcome =
                                view.report.outcomes.get(profile).copied().unwrap_or(Outcome::Inconclusive);
                            tr class=[view.chosen.iter().any(|one| one == profile).then_some("decides")] {
                                th scope="row" { (profile) }
                                @for (verdict, _) in columns {
                                    td class="number" { (view.number(profile, verdict)) }
                                }
                                td class=(class(outcome)) { (words::of_outcome(outcome)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Only one outcome is green.
fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "good",
        Outcome::NotProtected | Outcome::Inconclusive => "doubtful",
        Outcome::DoesNotConform => "bad",
    }
}
