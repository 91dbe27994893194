//! The requests of a client, built and not sent.

mod authenticate;
mod authorize;
mod register;
mod token;

pub use authenticate::{Client, Method};
pub use authorize::{Authorization, page};
pub use register::{Purpose, document, read, read_as_stranger, registration, removal};
pub use token::{Grant, doubled, introspection, revocation, token};

use std::collections::BTreeMap;

/// What a probe changes: parameters by name, with another value, or left out.
pub type Changes = BTreeMap<String, Option<String>>;

/// Parameters in the order in which they are sent.
type Parameters = Vec<(String, String)>;

/// A parameter is replaced where it stands, and comes last where it does not stand yet.
fn change(parameters: &mut Parameters, changes: &Changes) {
    for (name, value) in changes {
        let place = parameters.iter().position(|(known, _)| known == name);
        parameters.retain(|(known, _)| known != name);
        if let Some(value) = value {
            let place = place.unwrap_or(parameters.len()).min(parameters.len());
            parameters.insert(place, (name.clone(), value.clone()));
        }
    }
}

/// As `application/x-www-form-urlencoded` (RFC 6749 appendix B).
fn encode(parameters: &Parameters) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_replace_leave_out_and_add() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut parameters = vec![pair("a", "1"), pair("b", "2"), pair("a", "3"), pair("c", "4")];
        let changes = Changes::from([
            ("a".to_owned(), Some("5".to_owned())),
            ("c".to_owned(), None),
            ("d".to_owned(), Some("&=".to_owned())),
            ("e".to_owned(), None),
        ]);
        change(&mut parameters, &changes);
        assert_eq!(encode(&parameters), "a=5&b=2&d=%26%3D");
    }
}
