//! `redirect`: a redirect, and where it leads.
//!
//! ```text
//! - not: { redirect: {} }
//! - redirect: { is: absolute-url }
//! ```
//!
//! A 3xx with Location passes the second, a 200 fails it, no response is blind.

use super::rules::with_rules;
use super::{Answer, Check, Finding, Look, Part, Place, Scene};

with_rules! {
    /// A 3xx response with a Location.
    pub struct Redirect {}
}

impl Check for Redirect {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let locations = response.header_lines("location");
        let (true, Some(location)) = ((300..400).contains(&response.status), locations.first()) else {
            let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
            let message = format!("the status is {}, which is no redirect", response.status);
            return Answer::fail(Finding::new(message).expected("a redirect").at(place));
        };
        let part = Part::Header { name: "location".to_owned(), line: 0 };
        let place = Place { exchange: exchange.id, part, span: 0..location.len() };
        match self.rules().judge_text(scene, "Location", location) {
            Ok(found) => Answer::from_findings(found.into_iter().map(|f| f.at(place.clone())).collect()),
            Err(blind) => blind,
        }
    }

    fn probes(&self) -> Vec<&str> {
        self.rules().probes()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        let mut looks = self.rules().looks(Look::Status);
        looks.push(Look::Headers);
        looks
    }
}
