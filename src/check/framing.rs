//! `framing`: whether other sites may put the page into a frame.
//!
//! ```text
//! - framing: prevented
//! ```
//!
//! X-Frame-Options, `frame-ancestors` in a Content-Security-Policy, and a script that leaves frames pass (OAuth 2.1
//! §7.10 counts all three); a page with none of them fails; no response is blind.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};

/// What is asked of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// Not every site may frame it.
    Prevented,
}

/// A script that compares the window with the topmost one, or moves that.
static LEAVES_FRAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(top|parent)\b(\.location\b|\s*[!=]==?)|[!=]==?\s*(window\.)?(top|parent)\b").ok()
});

impl Check for Framing {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let Self::Prevented = self;
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let options = response.header_lines("x-frame-options");
        let policies = response.header_lines("content-security-policy");
        let script = response.body.text.as_deref().unwrap_or_default();
        let prevented = options.iter().any(|value| is_option(value))
            || policies.iter().any(|policy| restricts(policy))
            || LEAVES_FRAMES.as_ref().is_some_and(|leaves| leaves.is_match(script));
        if prevented {
            return Answer::Pass;
        }
        let message = "any site may put the page into a frame";
        let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
        Answer::fail(Finding::new(message).expected("frame-ancestors or X-Frame-Options").at(place))
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Headers, Look::Body]
    }
}

fn is_option(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    value == "deny" || value == "sameorigin" || value.starts_with("allow-from ")
}

/// Whether one of the directives names the frames that are allowed, and not all of them.
fn restricts(policy: &str) -> bool {
    policy.split([';', ',']).any(|directive| {
        let mut words = directive.split_whitespace();
        words.next().is_some_and(|name| name.eq_ignore_ascii_case("frame-ancestors"))
            && !words.any(|word| word == "*")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::exchange::Reply;

    fn passes(headers: &[(&str, &str)], body: &str) -> bool {
        let mut recording = recording(&[("here", 200, "text/html", body)]);
        if let Reply::Response(response) = &mut recording.exchanges[0].reply {
            response.headers.extend(headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        }
        judge(&recording, "here", "framing: prevented") == Answer::Pass
    }

    #[test]
    fn one_of_several_policies_is_enough() {
        let policy = "content-security-policy";
        assert!(passes(
            &[(policy, "script-src 'self'"), (policy, "default-src *; frame-ancestors 'none'")],
            ""
        ));
        assert!(!passes(&[(policy, "frame-ancestors *")], ""));
        assert!(!passes(&[(policy, "default-src 'self'")], ""));
    }

    #[test]
    fn scripts_and_the_older_header_count() {
        assert!(passes(&[("X-Frame-Options", "SameOrigin")], ""));
        assert!(!passes(&[("x-frame-options", "ALLOWALL")], ""));
        assert!(passes(&[], "<script>if (self !== top) top.location = self.location</script>"));
        assert!(!passes(&[], "<p>Back to top</p>"));
    }
}
