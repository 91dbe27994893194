//! The page of a defect or a variant.

use super::caught_by;
use super::page::Page;
use crate::model::corpus::Corpus;
use crate::model::deviation::Deviation;

pub(super) fn page(corpus: &Corpus, id: &str, kind: &str, deviation: &Deviation) -> String {
    let mut page = Page::new(&format!("{id} ({kind})"), &deviation.title);
    let near = corpus
        .requirements
        .iter()
        .filter(|(_, filed)| kind == "variant" && filed.value.variants.iter().any(|variant| variant == id))
        .map(|(requirement, _)| requirement.as_str());
    for (title, names) in [("Caught by", caught_by(corpus, id)), ("Allowed by", near.collect())] {
        if !names.is_empty() {
            page.heading(title);
            names.iter().for_each(|name| page.paragraph(name));
        }
    }
    page.heading("Try it with");
    let newest = corpus.newest_profile().unwrap_or_default();
    let profiles = deviation.profiles();
    let profile = match profiles.first() {
        Some(first) if !profiles.iter().any(|one| one == newest) => format!(" --profile {first}"),
        _ => String::new(),
    };
    page.verbatim(&format!("mcp-conform serve{profile} --{kind} {id}"));
    page.into_text()
}
