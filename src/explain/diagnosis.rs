//! The page of a diagnosis.

use super::case::block;
use super::page::Page;
use crate::model::corpus::{Corpus, Filed};
use crate::model::diagnosis::Diagnosis;

pub(super) fn page(corpus: &Corpus, id: &str, filed: &Filed<Diagnosis>) -> String {
    let diagnosis = &filed.value;
    let mut page = Page::new(&format!("{id} (diagnosis)"), &diagnosis.title);
    page.paragraph(&diagnosis.says);
    page.heading("May lie behind");
    diagnosis.explains.iter().for_each(|case| page.item(&case.value));
    page.heading(&format!("Given where this holds for {}", diagnosis.probe.value));
    let text = corpus.files.get(filed.file).map_or("", |file| file.text.as_str());
    if let Some(when) = block(text, "when") {
        page.verbatim(&when);
    }
    page.heading("Shown by");
    for name in &diagnosis.shown_by {
        let title = corpus.defects.get(&name.value).map_or("", |defect| defect.value.title.as_str());
        page.item(&format!("{}: {title}", name.value));
    }
    page.into_text()
}
