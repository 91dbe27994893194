//! `header`: a response header, as text or as a media type.
//!
//! ```text
//! - header: { name: content-type, media-type: application/json }
//! - header: { name: cache-control, matches: no-store }
//! - header: { name: access-control-allow-headers, lists: [authorization, content-type] }
//! - header: { name: access-control-expose-headers, lists: www-authenticate, wildcard: true }
//! - header: { name: access-control-allow-origin, once: true }
//! ```
//!
//! `application/json; charset=utf-8` passes the first, `text/html` and no such header fail it, no response is blind.

use super::rules::with_rules;
use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::one_or_many::OneOrMany;

with_rules! {
    /// One header, every line of it.
    pub struct Header {
        /// Its name, in any case.
        name: String,
        /// Its media type without parameters, in lower case.
        #[serde(default)]
        media_type: Option<String>,
        /// These are among the members of its comma-separated list, whatever their case.
        #[serde(default)]
        lists: Option<OneOrMany<String>>,
        /// A `*` in that list stands for them all.
        #[serde(default)]
        wildcard: bool,
        /// It comes in one line, and no more.
        #[serde(default)]
        once: bool,
        /// It must not be there.
        #[serde(default)]
        absent: bool,
    }
}

impl Check for Header {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let name = self.name.to_ascii_lowercase();
        let place = |line: usize, length: usize| Place {
            exchange: exchange.id,
            part: Part::Header { name: name.clone(), line },
            span: 0..length,
        };
        let lines = response.header_lines(&name);
        if self.absent {
            return Answer::from_findings(
                lines
                    .iter()
                    .enumerate()
                    .map(|(i, value)| {
                        Finding::new(format!("there is {}", one(&name))).at(place(i, value.len()))
                    })
                    .collect(),
            );
        }
        if lines.is_empty() {
            return Answer::fail(Finding::new(format!("there is no {name} header")).expected(self.wanted()));
        }
        let whole = place(0, lines[0].len());
        let mut findings: Vec<Finding> =
            self.missing(&name, &lines).map(|f| f.at(whole)).into_iter().collect();
        if let Some(again) = lines.get(1).filter(|_| self.once) {
            let message = format!("there are {} {name} headers", lines.len());
            findings.push(Finding::new(message).expected("one").at(place(1, again.len())));
        }
        for (i, value) in lines.iter().enumerate() {
            if let Some(wanted) = &self.media_type {
                let actual = value.split(';').next().unwrap_or_default().trim();
                if !actual.eq_ignore_ascii_case(wanted) {
                    let message = format!("the media type is {actual}, not {wanted}");
                    findings.push(
                        Finding::new(message).expected(wanted).actual(*value).at(place(i, value.len())),
                    );
                }
            }
            match self.rules().judge_text(scene, &name, value) {
                Ok(found) => findings.extend(found.into_iter().map(|f| f.at(place(i, value.len())))),
                Err(blind) => return blind,
            }
        }
        Answer::from_findings(findings)
    }

    fn probes(&self) -> Vec<&str> {
        self.rules().probes()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        self.rules().looks(Look::Headers)
    }
}

impl Header {
    /// The members that should be in the list and are not.
    fn missing(&self, name: &str, lines: &[&str]) -> Option<Finding> {
        let listed: Vec<&str> = lines.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
        if self.wildcard && listed.contains(&"*") {
            return None;
        }
        let is_missing = |wanted: &&String| !listed.iter().any(|one| one.eq_ignore_ascii_case(wanted));
        let missing: Vec<&String> = self.lists.as_ref()?.0.iter().filter(is_missing).collect();
        let missing = missing.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        (!missing.is_empty()).then(|| {
            Finding::new(format!("{name} does not list {missing}"))
                .expected(missing)
                .actual(listed.join(", "))
        })
    }

    fn wanted(&self) -> String {
        match &self.media_type {
            Some(media_type) => format!("{}: {media_type}", self.name),
            None => format!("{}: …", self.name),
        }
    }
}

/// A header of that name, with its article.
fn one(name: &str) -> String {
    let article = if name.to_ascii_lowercase().starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name} header")
}
