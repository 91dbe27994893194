//! What a name of `cases/` is about, in a page of text.

use std::fmt::Write as _;

use crate::model::case::Case;
use crate::model::corpus::Corpus;
use crate::model::deviation::Deviation;
use crate::model::probe::{Probe, Shape};
use crate::model::profile::Profile;
use crate::model::requirement::Requirement;

/// The page for `id`, whatever it names; `None` where nothing is called so.
pub fn explain(corpus: &Corpus, id: &str) -> Option<String> {
    if let Some(case) = corpus.cases.get(id) {
        return Some(of_case(corpus, id, &case.value));
    }
    if let Some(requirement) = corpus.requirements.get(id) {
        return Some(of_requirement(corpus, id, &requirement.value));
    }
    if let Some(probe) = corpus.probes.get(id) {
        return Some(of_probe(corpus, id, &probe.value));
    }
    if let Some(defect) = corpus.defects.get(id) {
        return Some(of_deviation(corpus, id, "defect", &defect.value));
    }
    if let Some(variant) = corpus.variants.get(id) {
        return Some(of_deviation(corpus, id, "variant", &variant.value));
    }
    corpus.profiles.get(id).map(|profile| of_profile(corpus, id, &profile.value))
}

/// Every name that can be explained.
pub fn names(corpus: &Corpus) -> Vec<&str> {
    let cases = corpus.cases.keys().chain(corpus.requirements.keys()).chain(corpus.probes.keys());
    let rest = corpus.defects.keys().chain(corpus.variants.keys()).chain(corpus.profiles.keys());
    cases.chain(rest).map(String::as_str).collect()
}

/// The cases that test a requirement.
pub fn cited_by<'a>(corpus: &'a Corpus, requirement: &str) -> Vec<&'a str> {
    let cites = |case: &Case| case.requirements.iter().any(|cited| cited.value == requirement);
    corpus.cases.iter().filter(|(_, filed)| cites(&filed.value)).map(|(id, _)| id.as_str()).collect()
}

fn of_case(corpus: &Corpus, id: &str, case: &Case) -> String {
    let mut text = format!("{id}\n\n{}.\n", case.title);
    text.push_str("\nWhat it tests\n");
    for cited in &case.requirements {
        if let Some(requirement) = corpus.requirements.get(&cited.value) {
            let requirement = &requirement.value;
            line(&mut text, &format!("{} {}", requirement.level.word(), cited.value));
            line(&mut text, &format!("  {}", requirement.summary));
            line(&mut text, &format!("  {}  {}", requirement.source, requirement.url));
        }
    }
    text.push_str("\nHow strongly, by profile\n");
    for profile in corpus.profiles.keys() {
        if let Some(level) = corpus.level(case, profile) {
            line(&mut text, &format!("{profile}  {}", level.word()));
        }
    }
    text.push_str("\nHow it is looked at\n");
    if let Some((name, candidate, probe)) = corpus.probe(&case.probe.value) {
        line(&mut text, &format!("{name}: {}", probe.title));
        if let Some(candidate) = candidate {
            line(&mut text, &format!("only the candidate {candidate}"));
        }
    }
    if let Some(otherwise) = &case.otherwise {
        line(&mut text, &format!("not applicable where {otherwise}"));
    }
    for need in &case.needs {
        line(&mut text, &format!("only if {} holds", need.value));
    }
    text.push_str("\nWhich defects prove it\n");
    for defect in &case.caught_by {
        let title = corpus.defects.get(&defect.value).map_or("", |filed| &filed.value.title);
        line(&mut text, &format!("{}: {title}", defect.value));
    }
    text.push_str("\nHow to fix it\n");
    line(&mut text, &case.fix);
    text
}

fn of_requirement(corpus: &Corpus, id: &str, requirement: &Requirement) -> String {
    let mut text = format!("{id}\n\n{} {}\n\n", requirement.level.word(), requirement.summary);
    line(&mut text, &format!("from      {}", requirement.source));
    line(&mut text, &format!("          {}", requirement.url));
    line(&mut text, &format!("binds in  {}", requirement.profiles.join(", ")));
    for (profile, level) in &requirement.levels {
        line(&mut text, &format!("          as {} in {profile}", level.word()));
    }
    if let Some(condition) = &requirement.applies_if {
        line(&mut text, &format!("if        {condition}"));
    }
    line(&mut text, &format!("seen by   {}", requirement.how));
    if let Some(notes) = &requirement.notes {
        line(&mut text, &format!("beware    {notes}"));
    }
    let cases = cited_by(corpus, id);
    match (&requirement.untestable, cases.is_empty()) {
        (_, false) => line(&mut text, &format!("tested by {}", cases.join(", "))),
        (Some(why), true) => line(&mut text, &format!("untestable: {why}")),
        (None, true) => line(&mut text, "planned: no case tests it yet"),
    }
    text
}

fn of_probe(corpus: &Corpus, id: &str, probe: &Probe) -> String {
    let mut text = format!("{id}\n\n{}.\n\n", probe.title);
    if let Some(list) = &probe.for_each {
        line(&mut text, &format!("for each of {}", list.value));
    }
    for (name, shape) in probe.requests() {
        let method = match shape {
            Shape::Get(_) => "GET",
            Shape::Http(http) => &http.method,
        };
        line(&mut text, format!("{method} {}  {name}", shape.url()).trim_end());
    }
    if let Some(rpc) = &probe.rpc {
        let calls: Vec<&str> = rpc.calls.iter().map(|call| call.name()).collect();
        line(&mut text, &format!("POST to the target: {}, until one is refused", calls.join(", ")));
    }
    let read = corpus
        .cases
        .iter()
        .filter(|(_, case)| corpus.probe(&case.value.probe.value).is_some_and(|(name, ..)| name == id));
    text.push_str("\nJudged by\n");
    for (case, _) in read {
        line(&mut text, case);
    }
    text
}

fn of_deviation(corpus: &Corpus, id: &str, kind: &str, deviation: &Deviation) -> String {
    let mut text = format!("{id} ({kind})\n\n{}.\n\n", deviation.title);
    let catches = |case: &Case| case.caught_by.iter().any(|defect| defect.value == id);
    for (case, _) in corpus.cases.iter().filter(|(_, filed)| catches(&filed.value)) {
        line(&mut text, &format!("caught by {case}"));
    }
    line(&mut text, &format!("try it with: mcp-conform serve --{kind} {id}"));
    text
}

fn of_profile(corpus: &Corpus, id: &str, profile: &Profile) -> String {
    let cases = corpus.cases.values().filter(|case| corpus.level(&case.value, id).is_some()).count();
    let binding = corpus.requirements.values().filter(|one| one.value.level_in(id).is_some()).count();
    format!(
        "{id}\n\n{}.\n\n  released {}\n  {cases} cases, {binding} requirements\n",
        profile.title, profile.released
    )
}

fn line(text: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "  {line}");
}
