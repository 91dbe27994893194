//! What is kept of session ids. Whoever has one may act in the session, but whether they can be guessed has to be judged:
//! `~session.36.5~` stands for an id of 36 characters that differs in five or more from every other of the run.

use std::collections::{BTreeMap, BTreeSet};

use super::record::REDACTED;

/// The response header that they come in.
pub(crate) const HEADER: &str = "mcp-session-id";

/// Ids that differ in so many places were not counted up; how many more there are is chance.
const ENOUGH: usize = 5;

/// The ids of a run, and what is shown of each.
pub(super) struct Sessions(BTreeMap<String, String>);

impl Sessions {
    pub(super) fn new<'a>(ids: impl Iterator<Item = &'a str>) -> Self {
        let ids: BTreeSet<&str> = ids.collect();
        let shown = |id: &&str| {
            let others = ids.iter().filter(|other| *other != id);
            let differs = others.map(|other| difference(id, other).min(ENOUGH)).min();
            let differs = differs.map_or_else(|| "one".to_owned(), |differs| differs.to_string());
            let odd = if id.bytes().all(|byte| byte.is_ascii_graphic()) { "" } else { ".odd" };
            ((*id).to_owned(), format!("~session.{}.{differs}{odd}~", id.chars().count()))
        };
        Self(ids.iter().map(shown).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }

    /// Puts them in the place of the ids.
    pub(super) fn show(&self, headers: &mut [(String, String)]) {
        for (_, value) in headers.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case(HEADER)) {
            if let Some(shown) = self.0.get(value) {
                value.clone_from(shown);
            }
        }
    }
}

/// Takes the id out of what was sent: whoever repeats the request has to put one of their own there.
pub(super) fn hide(headers: &mut [(String, String)]) {
    for (_, value) in headers.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case(HEADER)) {
        REDACTED.clone_into(value);
    }
}

/// What is known of an id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Its characters.
    pub(crate) length: usize,
    /// In how many places it differs from every other, if there was another.
    pub(crate) differs: Option<usize>,
    /// Whether it has characters that no session id may have.
    pub(crate) is_odd: bool,
}

/// What stands in the place of an id, taken apart; nothing where `text` is anything else.
pub(crate) fn facts(text: &str) -> Option<Facts> {
    let all = text.strip_prefix("~session.")?.strip_suffix('~')?;
    let (rest, is_odd) = all.strip_suffix(".odd").map_or((all, false), |rest| (rest, true));
    let (length, differs) = rest.split_once('.')?;
    let differs = if differs == "one" { None } else { Some(count(differs)?) };
    Some(Facts { length: count(length)?, differs, is_odd })
}

/// A number that can be no id itself.
fn count(text: &str) -> Option<usize> {
    let is_short = text.len() < 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_short.then(|| text.parse().ok())?
}

/// In how many places two texts differ, from the start and with what one is longer by.
fn difference(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    a.iter().zip(&b).filter(|(x, y)| x != y).count() + a.len().abs_diff(b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ids: &[&str]) -> Vec<String> {
        let sessions = Sessions::new(ids.iter().copied());
        let mut headers: Vec<_> = ids.iter().map(|id| (HEADER.to_owned(), (*id).to_owned())).collect();
        sessions.show(&mut headers);
        headers.into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn length_and_difference_are_all_that_is_left() {
        assert_eq!(shown(&["a1", "a2", "b99"]), ["~session.2.1~", "~session.2.1~", "~session.3.3~"]);
        assert_eq!(shown(&["only"]), ["~session.4.one~"]);
        assert_eq!(shown(&["a b", "c\u{e9}d"]), ["~session.3.3.odd~", "~session.3.3.odd~"]);
        assert_eq!(shown(&["same", "same"]), ["~session.4.one~"; 2]);
        for text in shown(&["a1", "a b", "b99"]).iter().map(String::as_str).chain(["~session.4.one~"]) {
            assert!(facts(text).is_some(), "{text}");
        }
        for text in ["~session.secret.4~", "~session.4~", "~session.1.2", "~session.12345678.1~"] {
            assert_eq!(facts(text), None, "{text}");
        }
    }
}
