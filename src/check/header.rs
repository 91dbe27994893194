//! `header`: a response header, as text or as a media type.
//!
//! ```text
//! - header: { name: content-type, media-type: application/json }
//! - header: { name: cache-control, matches: no-store }
//! ```
//!
//! `application/json; charset=utf-8` passes the first, `text/html` and no such header fail it, no response is blind.

use super::rules::with_rules;
use super::{Answer, Check, Finding, Look, Part, Place, Scene};

with_rules! {
    /// One header, every line of it.
    pub struct Header {
        /// Its name, in any case.
        name: String,
        /// Its media type without parameters, in lower case.
        #[serde(default)]
        media_type: Option<String>,
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
                        Finding::new(format!("there is a {name} header")).at(place(i, value.len()))
                    })
                    .collect(),
            );
        }
        if lines.is_empty() {
            return Answer::fail(Finding::new(format!("there is no {name} header")).expected(self.wanted()));
        }
        let mut findings = Vec::new();
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
    fn wanted(&self) -> String {
        match &self.media_type {
            Some(media_type) => format!("{}: {media_type}", self.name),
            None => format!("a {} header", self.name),
        }
    }
}
