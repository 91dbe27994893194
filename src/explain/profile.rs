//! The page of a profile.

use super::page::Page;
use crate::model::corpus::Corpus;
use crate::model::profile::{Era, Profile};

pub(super) fn page(corpus: &Corpus, id: &str, profile: &Profile) -> String {
    let mut page = Page::new(id, &profile.title);
    let cases = corpus.cases.values().filter(|case| corpus.level(&case.value, id).is_some()).count();
    let binding = corpus.requirements.values().filter(|one| one.value.level_in(id).is_some()).count();
    page.paragraph(&format!("Released on {}; {cases} cases, {binding} requirements.", profile.released));
    page.paragraph(match profile.era {
        Era::Legacy => "Requests look as in the legacy era: initialize comes first.",
        Era::Modern => {
            "Requests look as in the modern era: each carries its own metadata, and nothing comes first."
        }
    });
    page.into_text()
}
