//! A login in words: its steps, and what is otherwise than in a good one.
//!
//! ```text
//! A login with the authorization code grant: authorize, callback, token, refresh.
//! ```

use super::page::Page;
use super::words;
use crate::model::login::{Changes, Grant, Login, Resource, Scope, Step};

/// Writes what `login` does.
pub(super) fn steps(page: &mut Page, login: &Login) {
    let grant = match login.grant {
        Grant::Code => "A login with the authorization code grant",
        Grant::ClientCredentials => "A token request with the client credentials grant",
        Grant::AsGood => "The same grant that the good token came by",
        Grant::None => "A registration",
    };
    let steps: Vec<&str> = login.steps().into_iter().map(Step::name).collect();
    page.paragraph(&format!("{grant}: {}.", steps.join(", ")));
    match login.scope {
        Scope::Needed => {}
        Scope::Other => page.item("scope: one of OpenID Connect, which opens nothing"),
        Scope::StepUp => page.item("scope: what was needed, and what the challenge asks for besides"),
        Scope::Broader => page.item("scope: the one of --broader-scope"),
    }
    if login.resource == Resource::Other {
        page.item("resource: the one of --other-resource, or one that no server is");
    }
    for (member, value) in &login.register {
        page.item(&format!("registered {member}: {}", value.0));
    }
    changes(page, "authorization request", &login.authorize);
    changes(page, "token request", &login.token);
}

fn changes(page: &mut Page, request: &str, changes: &Changes) {
    for (name, value) in changes {
        let value = value.as_ref().map_or_else(|| "left out".to_owned(), |value| words::url(&value.value));
        page.item(&format!("{name} of the {request}: {value}"));
    }
}
