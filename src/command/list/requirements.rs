//! `list requirements`: a line each, and how far the cases cover them.

use std::collections::BTreeMap;

use crate::explain::{cited_by, columns};
use crate::model::corpus::Corpus;
use crate::model::requirement::{Level, Requirement, Role};

const STATES: [&str; 3] = ["cited", "untestable", "planned"];

/// Which of the states a requirement is in that `cases` cite.
pub(super) fn state(requirement: &Requirement, cases: &[&str]) -> &'static str {
    let [cited, untestable, planned] = STATES;
    match (cases, &requirement.untestable) {
        ([_, ..], _) => cited,
        ([], Some(_)) => untestable,
        ([], None) => planned,
    }
}

/// The table, then the counts. With `uncited`, only what no case cites, and why.
pub(super) fn render(corpus: &Corpus, uncited: bool) -> String {
    let mut rows = Vec::new();
    for (id, filed) in &corpus.requirements {
        let requirement = &filed.value;
        let cases = cited_by(corpus, id);
        if uncited && !cases.is_empty() {
            continue;
        }
        let state = match (cases.as_slice(), &requirement.untestable) {
            ([case], _) => (*case).to_owned(),
            ([_, ..], _) => format!("{} cases", cases.len()),
            ([], Some(why)) if uncited => format!("untestable: {}", one_line(why)),
            ([], _) => state(requirement, &cases).to_owned(),
        };
        rows.push(vec![id.clone(), levels(corpus, requirement), profiles(corpus, requirement), state]);
    }
    lines(&rows) + "\n" + &lines(&counts(corpus))
}

fn lines(rows: &[Vec<String>]) -> String {
    columns(rows).into_iter().map(|line| line + "\n").collect()
}

fn cells<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The level in each profile in which it binds, oldest first.
fn by_release(corpus: &Corpus, requirement: &Requirement) -> Vec<Level> {
    let mut profiles: Vec<_> = corpus.profiles.iter().collect();
    profiles.sort_by_key(|(_, filed)| &filed.value.released);
    profiles.into_iter().filter_map(|(name, _)| requirement.level_in(name)).collect()
}

/// One level, or those that it went through: `MUST, SHOULD`.
fn levels(corpus: &Corpus, requirement: &Requirement) -> String {
    let mut levels = by_release(corpus, requirement);
    levels.dedup();
    levels.into_iter().map(Level::word).collect::<Vec<_>>().join(", ")
}

/// Runs of revisions, and what is no revision: `2025-06-18 on, as-pointer`.
fn profiles(corpus: &Corpus, requirement: &Requirement) -> String {
    let revisions = corpus.revisions();
    let binds: Vec<bool> = revisions.iter().map(|name| requirement.level_in(name).is_some()).collect();
    let mut parts = Vec::new();
    let mut start = None;
    for (index, name) in revisions.iter().enumerate() {
        if !binds[index] {
            continue;
        }
        let first = *start.get_or_insert(index);
        if binds.get(index + 1) == Some(&true) {
            continue;
        }
        parts.push(match (first == 0, first == index, index + 1 == revisions.len()) {
            (true, _, true) => "all revisions".to_owned(),
            (_, false, true) => format!("{} on", revisions[first]),
            (_, true, _) => (*name).to_owned(),
            (_, false, false) => format!("{} to {name}", revisions[first]),
        });
        start = None;
    }
    let others = corpus
        .profiles
        .iter()
        .filter(|(name, filed)| !filed.value.revision && requirement.level_in(name).is_some());
    parts.extend(others.map(|(name, _)| name.clone()));
    parts.join(", ")
}

/// By role and by the level in the newest profile: cited, untestable, planned; then all together.
fn counts(corpus: &Corpus) -> Vec<Vec<String>> {
    let mut counts: BTreeMap<(Role, u8, &str), [usize; 3]> = BTreeMap::new();
    let mut sum = [0; 3];
    for (id, filed) in &corpus.requirements {
        let requirement = &filed.value;
        let level = by_release(corpus, requirement).last().copied().unwrap_or(requirement.level);
        let key = (requirement.role, u8::MAX - level.strength(), level.word());
        let counts = counts.entry(key).or_default();
        let state = state(requirement, &cited_by(corpus, id));
        for (index, _) in STATES.iter().enumerate().filter(|(_, one)| **one == state) {
            counts[index] += 1;
            sum[index] += 1;
        }
    }
    let mut heading = cells(["role", "level"]);
    heading.extend(cells(STATES));
    let mut rows = vec![heading];
    let row = |role: &str, level: &str, counts: [usize; 3]| {
        let mut row = cells([role, level]);
        row.extend(counts.map(|count| count.to_string()));
        row
    };
    rows.extend(counts.into_iter().map(|((role, _, level), counts)| row(role.name(), level, counts)));
    rows.push(row("all", "", sum));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;

    #[test]
    fn profiles_are_runs_of_revisions() {
        let corpus = load::embedded().unwrap();
        let some = corpus.requirements.values().next().unwrap().value.clone();
        for (profiles, said) in [
            (&["2025-06-18"][..], "2025-06-18"),
            (&["2026-07-28"], "2026-07-28"),
            (&["2025-11-25", "2026-07-28", "as-pointer"], "2025-11-25 on, as-pointer"),
            (&["2025-03-26", "2025-06-18"], "2025-03-26 to 2025-06-18"),
            (&["2025-03-26", "2025-11-25"], "2025-03-26, 2025-11-25"),
            (&["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"], "all revisions"),
        ] {
            let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
            let requirement = Requirement { profiles, ..some.clone() };
            assert_eq!(super::profiles(&corpus, &requirement), said);
        }
    }
}
