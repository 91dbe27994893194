//! The page of a requirement.

use super::cited_by;
use super::page::Page;
use crate::model::corpus::Corpus;
use crate::model::requirement::{Requirement, Role, Seen};

pub(super) fn page(corpus: &Corpus, id: &str, requirement: &Requirement) -> String {
    let mut page = Page::new(id, &requirement.summary);
    page.heading("Source");
    page.paragraph(&requirement.source);
    page.paragraph(&requirement.url);
    page.paragraph(match requirement.role {
        Role::Server => "It binds the MCP server.",
        Role::AuthorizationServer => "It binds the authorization server.",
        Role::Client => "It binds the client.",
    });
    page.heading("How strongly, by profile");
    let level = |profile: &String| requirement.level_in(profile).map_or("-", |level| level.word()).to_owned();
    let rows: Vec<Vec<String>> =
        corpus.profiles.keys().map(|profile| vec![profile.clone(), level(profile)]).collect();
    page.table(&rows);
    if let Some(changed) = &requirement.changed {
        page.paragraph(changed);
    }
    if let Some(condition) = &requirement.applies_if {
        page.heading("Applies if");
        page.paragraph(condition);
    }
    page.heading("How it can be seen");
    page.paragraph(&requirement.how);
    page.paragraph(&format!("It takes {}.", takes(requirement.seen)));
    page.heading("Tested by");
    let cases = cited_by(corpus, id);
    for case in &cases {
        page.paragraph(case);
    }
    match &requirement.untestable {
        Some(why) if cases.is_empty() => page.paragraph(&format!("No case can: {why}")),
        None if cases.is_empty() => page.paragraph("No case yet; one is planned."),
        _ => {}
    }
    if !requirement.variants.is_empty() {
        page.heading("Unusual servers that come near it and are right");
        for name in &requirement.variants {
            let title = corpus.variants.get(name).map_or("", |filed| &filed.value.title);
            page.item(&format!("{name}: {title}"));
        }
    }
    if let Some(notes) = &requirement.notes {
        page.heading("Beware");
        page.paragraph(notes);
    }
    page.into_text()
}

/// What it takes to see it, after "It takes".
fn takes(seen: Seen) -> &'static str {
    match seen {
        Seen::Tokenless => "requests without a good token",
        Seen::WithToken => "a good token",
        Seen::AsCooperation => "tokens that only its authorization server can make",
        Seen::Anonymous => "requests to the authorization server by nobody in particular",
        Seen::WithRegistration => "a registered client",
        Seen::UserLogin => "a user who logs in",
        Seen::ClientMetadata => "the metadata document that a client publishes",
        Seen::NotObservable => "more than can be seen from outside",
    }
}
