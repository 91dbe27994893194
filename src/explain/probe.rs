//! The page of a probe.

use super::page::Page;
use super::words;
use crate::model::corpus::Corpus;
use crate::model::probe::Probe;

pub(super) fn page(corpus: &Corpus, id: &str, probe: &Probe) -> String {
    let mut page = Page::new(id, &probe.title);
    page.heading("What is sent");
    words::requests(&mut page, probe, None);
    if let Some(profiles) = &probe.profiles {
        let names: Vec<&str> = profiles.iter().map(|profile| profile.value.as_str()).collect();
        page.paragraph(&format!("It means something in {} only.", names.join(", ")));
    }
    page.heading("Judged by");
    for (case, filed) in &corpus.cases {
        if corpus.probe(&filed.value.probe.value).is_some_and(|(name, ..)| name == id) {
            page.paragraph(case);
        }
    }
    page.into_text()
}
