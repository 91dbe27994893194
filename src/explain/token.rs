//! The page of a token.

use super::page::Page;
use super::words;
use crate::model::corpus::Corpus;
use crate::model::token::{Edit, GOOD, Given, Opinion, Signed, Token};

pub(super) fn page(corpus: &Corpus, id: &str, token: &Token) -> String {
    let mut page = Page::new(id, &token.title);
    page.heading("What it is made of");
    match &token.made_up {
        Some(made_up) => page.paragraph(&format!(
            "A JWT of our own with iss {} and aud {}.",
            words::url(&made_up.issuer.value),
            words::url(&made_up.audience.value)
        )),
        None if id == GOOD => page.paragraph(
            "It is given with --token-env or --token-file, or issued to this program with --login or --client-credentials.",
        ),
        None => page.paragraph("The good token, changed as follows."),
    }
    for (part, edits) in [("header", &token.header), ("claim", &token.claims)] {
        for (member, edit) in edits {
            page.item(&format!("{part} {member}: {}", becomes(edit)));
        }
    }
    if let Some(signed) = token.signed {
        page.item(signature(signed));
    }
    if let Some(probe) = &token.or_from {
        page.paragraph(&format!("Where that cannot be, it is what {} is issued.", probe.value));
    }
    if id != GOOD && token.made_up.is_none() {
        page.paragraph(&format!("One that you have is given with --bad-token {id}=VARIABLE."));
    }
    page.heading("Sent by");
    for (probe, filed) in &corpus.probes {
        let rpc = filed.value.rpc.as_ref();
        if rpc.is_some_and(|rpc| rpc.tokens().any(|token| token.value == id)) {
            page.paragraph(probe);
        }
    }
    page.into_text()
}

fn becomes(edit: &Edit) -> String {
    match edit {
        Edit::Text(text) => words::url(text),
        Edit::Several(several) => several.iter().map(words::url).collect::<Vec<_>>().join(" and "),
        Edit::Time(time) if time.seconds_from_now < 0 => format!("{} seconds ago", -time.seconds_from_now),
        Edit::Time(time) => format!("{} seconds from now", time.seconds_from_now),
        Edit::Left(_) => "left out".to_owned(),
        Edit::Value(other) => other.json.0.to_string(),
        Edit::Given(Given { given: Opinion::BroaderScope }) => "what --broader-scope says".to_owned(),
    }
}

fn signature(signed: Signed) -> &'static str {
    match signed {
        Signed::Not => "alg none, and no signature",
        Signed::AsBefore => "with the signature that the good token had",
        Signed::ByOwnKey => "signed with a key of our own",
        Signed::ByEmbeddedKey => "signed with a key of our own, which its header holds as jwk",
        Signed::ByOwnKeyAtUrl => {
            "signed with a key of our own, and jku in its header says where we publish that"
        }
        Signed::ByPublicKeyAsSecret => {
            "alg HS256, with the public key of the authorization server in PEM for a secret"
        }
        Signed::ByIssuer => {
            "signed by the authorization server, if that is `mcp-conform serve --authorization-server-only`"
        }
    }
}
