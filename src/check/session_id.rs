//! `session-id`: the id of a session that the response began, as far as a recording tells.
//!
//! ```text
//! - session-id: { differs-in: 5 }       from the id of every other session, in so many places
//! - session-id: { min-length: 11 }
//! - session-id: { visible: true }       nothing but visible ASCII characters
//! ```
//!
//! `1` and `2` fail the first, as do two sessions with one id; no session, or no other to compare with, is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::net::session_id::{self, Facts};

/// How the id is made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SessionId {
    /// It differs from every other id in so many places at least; five are as many as a recording tells.
    #[serde(default)]
    differs_in: Option<usize>,
    /// It has so many characters at least.
    #[serde(default)]
    min_length: Option<usize>,
    /// It is of visible ASCII characters.
    #[serde(default)]
    visible: bool,
}

impl Check for SessionId {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let Some(shown) = response.header_lines(session_id::HEADER).first().copied() else {
            return Answer::Blind("no session was begun".to_owned());
        };
        let Some(facts) = session_id::facts(shown) else {
            return Answer::Blind("nothing is known of the session id".to_owned());
        };
        let begun = scene.evidence.recording.exchanges.iter().filter(|exchange| begins_session(exchange));
        if self.differs_in.is_some() && begun.count() < 2 {
            return Answer::Blind("no other session was begun".to_owned());
        }
        let name = session_id::HEADER.to_owned();
        let place =
            Place { exchange: exchange.id, part: Part::Header { name, line: 0 }, span: 0..shown.len() };
        Answer::from_findings(self.findings(&facts).map(|finding| finding.at(place.clone())).collect())
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

impl SessionId {
    fn findings(&self, facts: &Facts) -> impl Iterator<Item = Finding> {
        let length = facts.length;
        let alike = self.differs_in.and_then(|wanted| match facts.differs {
            None => Some((wanted, "several sessions have the same id".to_owned())),
            Some(differs) if differs < wanted => {
                Some((wanted, format!("two session ids differ in {differs} of {length} characters")))
            }
            Some(_) => None,
        });
        let alike =
            alike.map(|(wanted, message)| Finding::new(message).expected(format!("at least {wanted}")));
        let short = self.min_length.filter(|wanted| length < *wanted).map(|wanted| {
            Finding::new(format!("the session id has {length} characters"))
                .expected(format!("at least {wanted}"))
        });
        let odd = (self.visible && facts.is_odd)
            .then(|| Finding::new("the session id has characters that are not visible ASCII"));
        alike.into_iter().chain(short).chain(odd)
    }
}

/// Whether `exchange` is the answer to an `initialize` that began a session.
fn begins_session(exchange: &crate::model::exchange::Exchange) -> bool {
    let body = exchange.request.body.as_deref().unwrap_or_default();
    let has_id =
        |response: &crate::model::exchange::Response| !response.header_lines(session_id::HEADER).is_empty();
    body.contains("\"initialize\"") && exchange.response().is_some_and(has_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::exchange::Reply;
    use crate::net::record::redact;

    fn of(ids: &[&str], rule: &str) -> Answer {
        let mut recording = recording(&[("here", 200, "", ""), ("there", 200, "", "")]);
        for (exchange, id) in recording.exchanges.iter_mut().zip(ids) {
            let Reply::Response(response) = &mut exchange.reply else { unreachable!() };
            response.headers.push(("mcp-session-id".to_owned(), (*id).to_owned()));
            exchange.request.body = Some(r#"{"method":"initialize"}"#.to_owned());
        }
        redact(&mut recording, &[]);
        judge(&recording, "here", &format!("session-id: {{ {rule} }}"))
    }

    #[test]
    fn ids_that_can_be_guessed() {
        assert_eq!(of(&["8f3kq01z", "x9d2m7bq"], "differs-in: 5"), Answer::Pass);
        assert!(matches!(of(&["session-1", "session-2"], "differs-in: 5"), Answer::Fail(_)));
        assert!(matches!(of(&["same-for-all", "same-for-all"], "differs-in: 5"), Answer::Fail(_)));
        assert!(matches!(of(&["only-one-there"], "differs-in: 5"), Answer::Blind(_)));
        assert!(matches!(of(&[], "min-length: 1"), Answer::Blind(_)));
    }

    #[test]
    fn ids_of_the_wrong_form() {
        assert_eq!(of(&["8f3kq01z"], "min-length: 8, visible: true"), Answer::Pass);
        assert!(matches!(of(&["8f3kq01z"], "min-length: 9"), Answer::Fail(_)));
        assert!(matches!(of(&["8f3k q01z"], "visible: true"), Answer::Fail(_)));
    }
}
