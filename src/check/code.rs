//! `code`: what an authorization request came to: a code, an error that was sent back, or a page that ends it.
//!
//! ```text
//! - code: { given: true }
//! - code: { given: false }                                     an error came back, or a page says that it goes no further
//! - code: { given: false, sent-back: false }                   nothing was sent to the redirect URI, not even an error
//! - code: { given: false, sent-back: true, error: [invalid_scope] }
//! - code: { stuck: false }                                     it came to an end; for `when` above all
//! - code: { asked: true }                                      a page asked the user to agree; for `when`, too
//! ```
//!
//! Looks at every step of a login. A token in the redirect counts as given. Of a login that got stuck, on a page that wants a
//! password say, nothing else can be said, and neither can it where the server broke or was too busy.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::{Exchange, Reply};
use crate::parse::well_known::parameter;

/// What was given, or how it was refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Code {
    /// Whether there was a code.
    #[serde(default)]
    given: Option<bool>,
    /// Whether it got stuck at a page that is no error and leads nowhere, such as one that wants a password.
    #[serde(default)]
    stuck: Option<bool>,
    /// Whether a page asked the user to agree, and for nothing to be typed in.
    #[serde(default)]
    asked: Option<bool>,
    /// Where there was none: whether the browser was sent to the redirect URI.
    #[serde(default)]
    sent_back: Option<bool>,
    /// Where it was sent there: the error is one of these.
    #[serde(default)]
    error: Vec<String>,
}

/// What a redirect must not hold where nothing is granted.
const GIFTS: [&str; 3] = ["code", "access_token", "id_token"];

impl Check for Code {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let recording = scene.evidence.recording;
        let made = |name: &str| {
            let mut attempts = scene.record.attempts.iter().rev();
            let id = attempts.find(|attempt| attempt.name == name && attempt.exchange.is_some())?.exchange;
            recording.exchange(id?)
        };
        let callback = made("callback");
        let page = || made("page").or_else(|| made("authorize"));
        if let Some(wanted) = self.stuck {
            let is_page = |last: &Exchange| last.response().is_some_and(|response| response.status < 400);
            let stuck = callback.is_none() && page().is_some_and(is_page);
            if stuck != wanted {
                let how = if stuck { "got stuck at a page" } else { "came to an end" };
                return Answer::fail(Finding::new(format!("the login {how}")));
            }
        }
        if let Some(wanted) = self.asked {
            let asked = made("consent").is_some();
            if callback.is_none() && page().is_none() {
                return Answer::Blind("nobody asked for authorization".to_owned());
            }
            if asked != wanted {
                let how = if asked { "a page" } else { "no page" };
                return Answer::fail(Finding::new(format!("{how} asked the user to agree")));
            }
        }
        if self.given.is_none() {
            let nothing = "nothing was asked".to_owned();
            return self.stuck.or(self.asked).map_or(Answer::Blind(nothing), |_| Answer::Pass);
        }
        match callback {
            Some(callback) => self.of_callback(&callback.request.url),
            None => match page() {
                Some(last) => self.of_page(last),
                None => Answer::Blind("nobody asked for authorization".to_owned()),
            },
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

impl Code {
    fn of_callback(&self, url: &str) -> Answer {
        let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
        let in_fragment = format!("?{fragment}");
        let has = |name: &str| [before, &in_fragment].iter().any(|part| !parameter(part, name).is_empty());
        let fail = |message: String| Answer::fail(Finding::new(message).actual(url));
        // Where a token was asked for, the error stands in the fragment, too (RFC 6749 §4.2.2.1).
        let error =
            [before, &in_fragment].iter().find_map(|part| parameter(part, "error").into_iter().next());
        if self.given == Some(true) {
            return match (has("code"), error) {
                (true, _) => Answer::Pass,
                (false, Some(error)) => fail(format!("the login was sent back with {error}")),
                (false, None) => fail("the login was sent back without a code".to_owned()),
            };
        }
        if let Some(gift) = GIFTS.iter().find(|gift| has(gift)) {
            let article = if *gift == "code" { "a" } else { "an" };
            return fail(format!("the authorization server gave {article} {gift}"));
        }
        match error {
            _ if self.sent_back == Some(false) => fail("the browser was sent to this URL".to_owned()),
            None => Answer::Blind("the login came back with neither a code nor an error".to_owned()),
            Some(error) if self.error.is_empty() || self.error.contains(&error) => Answer::Pass,
            Some(error) => Answer::fail(
                Finding::new(format!("the error is {error}")).expected(self.error.join(" or ")).actual(url),
            ),
        }
    }

    fn of_page(&self, last: &Exchange) -> Answer {
        let status = match &last.reply {
            Reply::Response(response) => response.status,
            Reply::Error(error) => return Answer::Blind(error.message.clone()),
        };
        let place = Place { exchange: last.id, part: Part::Status, span: 0..3 };
        match status {
            400..=499 if status != 429 => {
                if self.given == Some(true) || self.sent_back == Some(true) {
                    let message = format!("the login ended at a page with status {status}");
                    return Answer::fail(Finding::new(message).actual(status.to_string()).at(place));
                }
                Answer::Pass
            }
            500.. if self.given == Some(true) => {
                let message = format!("the authorization endpoint answers {status}");
                Answer::fail(Finding::new(message).actual(status.to_string()).at(place))
            }
            _ => Answer::Blind(format!("the login got stuck at an answer with status {status}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::recording::Attempt;

    /// A login that was answered by a page, and went on to the redirect URI with this query, if there is one.
    fn of(status: u16, came: Option<&str>, rule: &str) -> Answer {
        let mut recording = recording(&[("here", status, "text/html", ""), ("there", 200, "", "")]);
        recording.probes[0].attempts[0].name = "authorize".to_owned();
        if let Some(came) = came {
            recording.exchanges[1].request.url = format!("http://127.0.0.1:1/cb{came}");
            let callback = Attempt { name: "callback".to_owned(), exchange: Some(1), not_sent: None };
            recording.probes[0].attempts.push(callback);
        }
        judge(&recording, "here", &format!("code: {{ {rule} }}"))
    }

    #[test]
    fn a_code_comes_back() {
        assert_eq!(of(302, Some("?code=x&state=y"), "given: true"), Answer::Pass);
        for (status, came) in [(302, Some("?error=access_denied")), (302, Some("")), (400, None), (500, None)]
        {
            assert!(matches!(of(status, came, "given: true"), Answer::Fail(_)), "{status} {came:?}");
        }
        assert!(matches!(of(200, None, "given: true"), Answer::Blind(_)));
        assert!(matches!(of(429, None, "given: true"), Answer::Blind(_)));
    }

    #[test]
    fn none_comes_back() {
        let error = Some("?error=invalid_scope");
        assert_eq!(of(302, error, "given: false"), Answer::Pass);
        assert_eq!(of(302, Some("#error=unsupported_response_type"), "given: false"), Answer::Pass);
        assert_eq!(of(400, None, "given: false"), Answer::Pass);
        assert_eq!(of(302, error, "given: false, error: [invalid_scope]"), Answer::Pass);
        assert!(matches!(of(302, error, "given: false, error: [invalid_request]"), Answer::Fail(_)));
        for gift in ["?code=x", "#access_token=x", "#code=x"] {
            assert!(matches!(of(302, Some(gift), "given: false"), Answer::Fail(_)), "{gift}");
        }
        for (status, came) in [(200, None), (500, None), (302, Some("?state=x"))] {
            assert!(matches!(of(status, came, "given: false"), Answer::Blind(_)), "{status} {came:?}");
        }
    }

    #[test]
    fn a_login_gets_stuck_at_a_page() {
        assert_eq!(of(200, None, "stuck: true"), Answer::Pass);
        for (status, came) in [(400, None), (302, Some("?error=x")), (302, Some("?code=x"))] {
            assert_eq!(of(status, came, "stuck: false"), Answer::Pass, "{status}");
            assert!(matches!(of(status, came, "stuck: true"), Answer::Fail(_)), "{status}");
        }
        assert!(matches!(of(200, None, "sent-back: true"), Answer::Blind(_)));
    }

    #[test]
    fn a_page_asks_the_user_to_agree() {
        for asked in [true, false] {
            let mut recording = recording(&[("here", 200, "text/html", "")]);
            recording.probes[0].attempts[0].name = "authorize".to_owned();
            if asked {
                let consent = Attempt { name: "consent".to_owned(), exchange: Some(0), not_sent: None };
                recording.probes[0].attempts.push(consent);
            }
            for wanted in [true, false] {
                let answer = judge(&recording, "here", &format!("code: {{ asked: {wanted} }}"));
                assert_eq!(answer == Answer::Pass, asked == wanted);
                assert!(!matches!(answer, Answer::Blind(_)));
            }
            recording.probes[0].attempts[0].name = "register".to_owned();
            assert!(matches!(judge(&recording, "here", "code: { asked: true }"), Answer::Blind(_)));
        }
    }

    #[test]
    fn the_redirect_uri_may_have_to_stay_out_of_it() {
        let error = Some("?error=invalid_scope");
        assert!(matches!(of(302, error, "given: false, sent-back: false"), Answer::Fail(_)));
        assert_eq!(of(400, None, "given: false, sent-back: false"), Answer::Pass);
        assert_eq!(of(302, error, "given: false, sent-back: true"), Answer::Pass);
        assert!(matches!(of(400, None, "given: false, sent-back: true"), Answer::Fail(_)));
    }
}
