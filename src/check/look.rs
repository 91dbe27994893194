//! What a predicate looks at, so that it can be told whether it is in sight where there is less than a whole run.
//!
//! `json: { at: $.resource, equals: "{{target.url}}" }` looks at the body and at the URL under test: a file alone
//! shows the former.

use crate::model::template::{Hole, Part, Source, Template, Transform};

/// One thing that a predicate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look<'a> {
    /// The status code.
    Status,
    /// Headers other than WWW-Authenticate.
    Headers,
    /// WWW-Authenticate.
    Challenge,
    /// The body.
    Body,
    /// The URL that the request was sent to.
    Url,
    /// Which of the probe's candidates answered, and how.
    Places,
    /// The URL under test.
    Target,
    /// Scheme and authority of the URL under test.
    Origin,
    /// The member of the list that the probe is sent for.
    Item,
    /// The answer to another probe, or `probe.candidate`.
    Probe(&'a str),
    /// It does not say, so it may be anything.
    Anything,
}

/// What the holes of `template` are filled from.
pub fn of_template(template: &Template) -> impl Iterator<Item = Look<'_>> {
    template.parts.iter().flat_map(|part| match part {
        Part::Text(_) => Vec::new(),
        Part::Hole(hole) => of_hole(hole),
    })
}

fn of_hole(hole: &Hole) -> Vec<Look<'_>> {
    match (&hole.source, &hole.transform) {
        (Source::Target, Some(Transform::Origin)) => vec![Look::Origin],
        (Source::Target, _) => vec![Look::Target],
        (Source::Item, _) => vec![Look::Item],
        (Source::Claim(_), _) => vec![Look::Anything],
        (Source::Query { probe, .. }, _) => vec![Look::Probe(probe), Look::Url],
        (Source::Challenge { probe, .. } | Source::Json { probe, .. }, _) => vec![Look::Probe(probe)],
        (Source::Url { probe }, _) => vec![Look::Probe(probe), Look::Url],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_look_at_what_fills_them() {
        let of =
            |text: &str| format!("{:?}", of_template(&Template::parse(text).unwrap()).collect::<Vec<_>>());
        assert_eq!(of("{{target.url origin}}/x"), "[Origin]");
        assert_eq!(of("{{target.url well-known x}}{{item}}"), "[Target, Item]");
        assert_eq!(of("{{a.json./x}}{{b.url}}"), r#"[Probe("a"), Probe("b"), Url]"#);
        assert_eq!(of("text"), "[]");
    }
}
