//! What a name of `cases/` is about, in a page of text: `mcp-conform explain ID`.
//!
//! Everything on a page comes from the corpus; nothing is written by hand for it.

mod case;
mod deviation;
mod diagnosis;
mod login;
mod markdown;
mod near;
mod page;
mod probe;
mod profile;
mod requirement;
mod token;
mod words;

pub(crate) use markdown::markdown;
pub(crate) use page::columns;

use crate::model::case::Case;
use crate::model::corpus::Corpus;

/// The page for `id`, whatever it names; `None` where nothing is called so.
pub fn explain(corpus: &Corpus, id: &str) -> Option<String> {
    if let Some(filed) = corpus.cases.get(id) {
        return Some(case::page(corpus, id, filed));
    }
    if let Some(filed) = corpus.requirements.get(id) {
        return Some(requirement::page(corpus, id, &filed.value));
    }
    if let Some(filed) = corpus.probes.get(id) {
        return Some(probe::page(corpus, id, &filed.value));
    }
    if let Some(filed) = corpus.tokens.get(id) {
        return Some(token::page(corpus, id, &filed.value));
    }
    if let Some(filed) = corpus.diagnoses.get(id) {
        return Some(diagnosis::page(corpus, id, filed));
    }
    if let Some(filed) = corpus.defects.get(id) {
        return Some(deviation::page(corpus, id, "defect", &filed.value));
    }
    if let Some(filed) = corpus.variants.get(id) {
        return Some(deviation::page(corpus, id, "variant", &filed.value));
    }
    corpus.profiles.get(id).map(|filed| profile::page(corpus, id, &filed.value))
}

/// Every name that can be explained.
pub fn names(corpus: &Corpus) -> Vec<&str> {
    let cases = corpus.cases.keys().chain(corpus.requirements.keys()).chain(corpus.probes.keys());
    let cases = cases.chain(corpus.tokens.keys()).chain(corpus.diagnoses.keys());
    let rest = corpus.defects.keys().chain(corpus.variants.keys()).chain(corpus.profiles.keys());
    cases.chain(rest).map(String::as_str).collect()
}

/// The cases that test a requirement.
pub fn cited_by<'a>(corpus: &'a Corpus, requirement: &str) -> Vec<&'a str> {
    let cites = |case: &Case| case.requirements.iter().any(|cited| cited.value == requirement);
    corpus.cases.iter().filter(|(_, filed)| cites(&filed.value)).map(|(id, _)| id.as_str()).collect()
}

/// The cases that catch a defect, or take note of a variant.
pub fn caught_by<'a>(corpus: &'a Corpus, deviation: &str) -> Vec<&'a str> {
    let catches = |case: &Case| case.caught_by.iter().any(|caught| caught.value == deviation);
    corpus.cases.iter().filter(|(_, filed)| catches(&filed.value)).map(|(id, _)| id.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_page_that_reads_well() {
        let corpus = crate::load::embedded().unwrap();
        for name in names(&corpus) {
            let page = explain(&corpus, name).unwrap();
            assert!(page.starts_with(name), "{page}");
            assert!(page.ends_with('\n') && !page.contains("\n\n\n"), "{page}");
            assert!(page.lines().all(|line| line.trim_end() == line), "{page}");
        }
        assert_eq!(explain(&corpus, "server/challenge/presnt"), None);
    }
}
