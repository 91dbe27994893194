//! The page of a case.

use super::page::Page;
use super::{near, words};
use crate::model::case::Case;
use crate::model::corpus::{Corpus, Filed};
use crate::model::requirement::Level;
use crate::model::verdict::Verdict;

/// Where the text beside a level begins.
const LEVEL: usize = 12;
/// More variants than this are named without their titles.
const TITLED: usize = 6;

pub(super) fn page(corpus: &Corpus, id: &str, filed: &Filed<Case>) -> String {
    let case = &filed.value;
    let mut page = Page::new(id, &case.title);
    if let Some(why) = &case.why {
        page.heading("Why it matters");
        page.paragraph(why);
    }
    clauses(&mut page, corpus, case);
    page.heading("How strongly, by profile");
    page.table(&levels(corpus, case));
    looked_at(&mut page, corpus, case);
    let text = corpus.files.get(filed.file).map_or("", |file| file.text.as_str());
    if let Some(when) = block(text, "when") {
        page.heading("When it applies, in the words of the case");
        page.verbatim(&when);
        if let Some(otherwise) = &case.otherwise {
            page.paragraph(&format!("Otherwise it is not applicable: {otherwise}."));
        }
    }
    if let Some(expect) = block(text, "expect") {
        page.heading("What must hold, in the words of the case");
        page.verbatim(&expect);
    }
    proof(&mut page, corpus, case);
    page.heading("How to fix it");
    page.paragraph(&case.fix);
    if let Some(example) = &case.example {
        page.heading("A good answer");
        page.verbatim(&example.to_string());
    }
    page.into_text()
}

fn clauses(page: &mut Page, corpus: &Corpus, case: &Case) {
    page.heading("By which clause");
    for cited in &case.requirements {
        let Some(requirement) = corpus.requirements.get(&cited.value).map(|filed| &filed.value) else {
            continue;
        };
        page.hang(requirement.level.word(), LEVEL, &requirement.summary);
        page.hang("", LEVEL, &format!("{} ({})", requirement.source, cited.value));
        page.hang("", LEVEL, &requirement.url);
    }
}

/// A row for each profile: the level, what a broken target gets, and what asks for it.
fn levels(corpus: &Corpus, case: &Case) -> Vec<Vec<String>> {
    let mut rows = vec![["profile", "level", "if broken", "because of"].map(str::to_owned).to_vec()];
    for profile in corpus.profiles.keys() {
        let Some(level) = corpus.level(case, profile) else {
            rows.push(vec![profile.clone(), "-".to_owned()]);
            continue;
        };
        let verdict = Verdict::of_broken(level).word().to_owned();
        let mut asked = strongest(corpus, case, profile, level);
        rows.push(vec![profile.clone(), level.word().to_owned(), verdict, asked.remove(0)]);
        let nothing = String::new();
        rows.extend(asked.into_iter().map(|id| vec![nothing.clone(), nothing.clone(), nothing.clone(), id]));
    }
    rows
}

/// The requirements that give a case its level; at least one text.
fn strongest(corpus: &Corpus, case: &Case, profile: &str, level: Level) -> Vec<String> {
    let binding = corpus.binding(case, profile);
    let ids: Vec<String> = binding
        .filter(|(.., own)| own.strength() == level.strength())
        .map(|(id, ..)| id.to_owned())
        .collect();
    if ids.is_empty() { vec![String::new()] } else { ids }
}

fn looked_at(page: &mut Page, corpus: &Corpus, case: &Case) {
    page.heading("How it is looked at");
    if let Some((name, candidate, probe)) = corpus.probe(&case.probe.value) {
        page.paragraph(&format!("{} ({name}).", probe.title));
        words::requests(page, probe, candidate);
    }
    for need in &case.needs {
        page.paragraph(&format!("Untested unless {} holds.", need.value));
    }
}

fn proof(page: &mut Page, corpus: &Corpus, case: &Case) {
    page.heading("Which defects prove it");
    for defect in &case.caught_by {
        let title = corpus.defects.get(&defect.value).map_or("", |filed| &filed.value.title);
        page.item(&format!("{}: {title}", defect.value));
    }
    let variants = near::variants(corpus, case);
    if variants.is_empty() {
        return;
    }
    page.heading("Unusual servers that change the same part of the answer and are right");
    if variants.len() > TITLED {
        page.paragraph(&variants.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "));
        return;
    }
    for (name, variant) in variants {
        page.item(&format!("{name}: {}", variant.title));
    }
}

/// The lines below `key` of a case file, as they stand there.
pub(super) fn block(text: &str, key: &str) -> Option<String> {
    let head = format!("{key}:");
    let mut lines = text.lines().skip_while(|line| !line.starts_with(&head)).skip(1);
    let lines: Vec<&str> = lines.by_ref().take_while(|line| line.starts_with([' ', '-'])).collect();
    let indent = lines.iter().map(|line| line.len() - line.trim_start().len()).min()?;
    Some(lines.iter().filter_map(|line| line.get(indent..)).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::block;

    #[test]
    fn a_block_ends_where_the_next_key_begins() {
        let text = "title: x\nexpect:\n  - status: 401\n  - json:\n      at: $\ncaught-by: [y]\n";
        assert_eq!(block(text, "expect").as_deref(), Some("- status: 401\n- json:\n    at: $"));
        assert_eq!(block(text, "when"), None);
    }
}
