//! `cookies`: what the response wants a browser to keep.
//!
//! ```text
//! - cookies: {}
//! ```
//!
//! A cookie that holds one of our tokens and lacks `Secure` fails; any other passes, and no cookie is blind.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::net::record::token_name;

/// Cookies that give no token away.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cookies {}

impl Check for Cookies {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let lines = response.header_lines("set-cookie");
        if lines.is_empty() {
            return Answer::Blind("no cookie is set".to_owned());
        }
        let findings = lines.iter().enumerate().filter_map(|(line, cookie)| {
            let token = token_in_the_clear(cookie)?;
            let message = format!("a cookie holds the token {token} and may travel in the clear");
            let part = Part::Header { name: "set-cookie".to_owned(), line };
            let place = Place { exchange: exchange.id, part, span: 0..cookie.len() };
            Some(Finding::new(message).expected("Secure").at(place))
        });
        Answer::from_findings(findings.collect())
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Headers]
    }
}

/// The token in a cookie that a browser sends over plain HTTP, too.
fn token_in_the_clear(cookie: &str) -> Option<&str> {
    let mut parts = cookie.split(';').map(str::trim);
    let pair = parts.next()?;
    let value = pair.split_once('=').map_or(pair, |(_, value)| value);
    token_name(value).filter(|_| !parts.any(|attribute| attribute.eq_ignore_ascii_case("secure")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::exchange::Reply;
    use crate::net::record::{Withheld, redact};

    /// What a recording of these cookies comes to, where `secret-token` is the good token.
    fn of(cookies: &[&str]) -> Answer {
        let mut recording = recording(&[("here", 200, "", "")]);
        let Reply::Response(response) = &mut recording.exchanges[0].reply else { unreachable!() };
        let lines = cookies.iter().map(|cookie| ("set-cookie".to_owned(), (*cookie).to_owned()));
        response.headers.extend(lines);
        redact(&mut recording, &Withheld::token("good", "secret-token"));
        judge(&recording, "here", "cookies: {}")
    }

    #[test]
    fn a_token_is_for_tls_alone() {
        assert_eq!(of(&["access_token=secret-token; Path=/; Secure"]), Answer::Pass);
        assert_eq!(of(&["token=something-else; HttpOnly", "lb=1"]), Answer::Pass);
        assert!(matches!(of(&["access_token=secret-token; HttpOnly"]), Answer::Fail(_)));
        assert!(matches!(of(&["lb=1", "sid=\"secret-token\""]), Answer::Fail(_)));
        assert!(matches!(of(&[]), Answer::Blind(_)));
    }
}
