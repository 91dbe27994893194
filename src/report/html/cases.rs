//! The cases: what was found first, then what was not tested, then all of them; each can be linked to.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::exchange::{marked, shown};
use super::{link, text};
use crate::model::corpus::Corpus;
use crate::model::verdict::Verdict;
use crate::report::view::{View, area, area_title};
use crate::report::{CaseResult, words};

/// What chooses among the cases. Without a script nothing of it is shown.
pub(super) fn filters(view: &View<'_>) -> Markup {
    let results = &view.report.results;
    let areas: BTreeSet<String> = results.iter().map(area_of).collect();
    html! {
        form.filters id="filters" hidden aria-label="Filter the cases" {
            label { "profile "
                select name="profile" {
                    option value="" { "as reported" }
                    @for profile in view.profiles() { option value=(profile) { (profile) } }
                }
            }
            label { "verdict "
                select name="verdict" {
                    option value="" { "any" }
                    @for verdict in Verdict::ALL { option value=(verdict.word()) { (verdict.word()) } }
                }
            }
            label { "area "
                select name="area" {
                    option value="" { "any" }
                    @for area in &areas { option value=(area) { (area) } }
                }
            }
            output name="shown" aria-live="polite" {}
        }
    }
}

/// Cases that found something, the worst first in each area.
pub(super) fn findings(view: &View<'_>) -> Markup {
    let areas = view.areas();
    html! {
        section aria-labelledby="findings" {
            h2 id="findings" tabindex="-1" { "Findings" }
            @if areas.is_empty() { p { "Nothing was found to be wrong." } }
            @for (title, results) in areas {
                h3 { (title) }
                @for result in results { (finding(view, result)) }
            }
        }
    }
}

fn finding(view: &View<'_>, result: &CaseResult) -> Markup {
    let verdict = result.verdict();
    html! {
        article.case id=(result.case) tabindex="-1" data-area=(area_of(result)) data-verdicts=(verdicts(result)) data-verdict=(verdict.word()) {
            h4 {
                span class=(format!("badge {}", verdict.word())) { (verdict.word()) } " "
                (text(&result.title))
            }
            p.id { a href=(format!("#{}", result.case)) { (result.case) } }
            @for located in &result.findings {
                p.found { (text(&located.finding.message)) }
                dl.facts {
                    @if let Some(item) = &located.item { dt { "of" } dd { code { (text(&item.value)) } } }
                    @if let Some(expected) = &located.finding.expected {
                        dt { "expected" } dd { code { (text(expected)) } }
                    }
                    @if let Some(actual) = &located.finding.actual {
                        dt { "actual" } dd { code { (text(actual)) } }
                    }
                }
                @if let Some(place) = &located.finding.place
                    && let Some(exchange) = view.exchange(place.exchange) { (marked(exchange, place)) }
            }
            @if result.findings.is_empty() && let Some(message) = &result.message { p.found { (text(message)) } }
            dl.facts {
                @if let Some(cited) = view.clause(result) {
                    dt { (result.level.get(&result.profile).map_or("", |level| level.word())) }
                    dd { (link(&cited.url, &cited.source)) " " span.faint { (cited.id) } }
                }
                @if let Some(known) = words::expected(result) { dt { "known" } dd { (text(&known)) } }
                @for diagnosis in &result.diagnoses {
                    dt { "likely" } dd { (text(&diagnosis.title)) ". " (text(&diagnosis.says)) }
                }
                @if let Some(control) = result.control {
                    dt { "control" }
                    dd { a href=(format!("#exchange-{control}")) { "the same request with the good token" } }
                }
                @if let Some(why) = &result.why { dt { "why" } dd { (text(&one_line(why))) } }
                @if let Some(fix) = &result.fix { dt { "fix" } dd { (text(&one_line(fix))) } }
            }
            @if view.report.document.is_none()
                && let Some(exchange) = result.exchanges.first().and_then(|id| view.exchange(*id)) {
                details { summary { "The request and its answer" } (shown(view, exchange)) }
            }
        }
    }
}

/// Why cases were not tested, and what would change that.
pub(super) fn not_tested(view: &View<'_>) -> Markup {
    let causes = view.causes();
    html! {
        @if !causes.is_empty() {
            section aria-labelledby="not-tested" {
                h2 id="not-tested" { "Not tested" }
                ul {
                    @for (cause, results) in causes {
                        li { (words::count(results.len(), "case", "cases")) ": " (text(&cause)) }
                    }
                }
            }
        }
    }
}

/// Every case on one line, those of other profiles too.
pub(super) fn all(view: &View<'_>) -> Markup {
    html! {
        section aria-labelledby="all" {
            h2 id="all" { "All cases" }
            details id="all-cases" {
                summary { (words::count(view.report.results.len(), "case", "cases")) }
                ul.all {
                    @for result in &view.report.results {
                        @let verdict = result.verdict();
                        li.case data-area=(area_of(result)) data-verdicts=(verdicts(result)) data-verdict=(verdict.word()) {
                            span class=(format!("badge {}", verdict.word())) { (verdict.word()) } " "
                            (text(&result.title)) " " span.faint { (result.case) }
                            @if let Some(reason) = words::reason(result) { " " span.faint { "· " (text(&reason)) } }
                        }
                    }
                }
            }
        }
    }
}

fn area_of(result: &CaseResult) -> String {
    area_title(Corpus::role_of(&result.case), area(&result.case))
}

/// By profile, for the filter: `2025-06-18=pass 2025-11-25=warn`.
fn verdicts(result: &CaseResult) -> String {
    let pairs = result.verdicts.iter().map(|(profile, verdict)| format!("{profile}={}", verdict.word()));
    pairs.collect::<Vec<_>>().join(" ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
