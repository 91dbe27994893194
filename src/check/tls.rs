//! `tls`: how the places that the probe tried were reached.
//!
//! ```text
//! - tls: called-for      one of them is https; for `when`
//! - tls: spoken          TLS 1.2 or 1.3 came about with each that is https
//! - tls: verified        the certificate of each that is https was verified
//! ```
//!
//! An answer over https passes all three: no older version is spoken here. A certificate that ran out passes `spoken`
//! and fails `verified`; a connection refused is blind, and so is plain http, which `url` judges.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::{Exchange, Reply, TransportErrorKind};
use crate::parse::url::Uri;
use crate::parse::well_known;

/// What is asked of the connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// One of the places is https.
    CalledFor,
    /// TLS 1.2 or newer came about with each that is https.
    Spoken,
    /// The certificate of each that is https was verified.
    Verified,
}

impl Check for Tls {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let recording = scene.evidence.recording;
        let sent = scene.record.attempts.iter().filter_map(|attempt| recording.exchange(attempt.exchange?));
        let sent: Vec<&Exchange> = sent.collect();
        if sent.is_empty() {
            return Answer::Blind("no request was sent".to_owned());
        }
        let mut origins: BTreeMap<&str, Vec<&Exchange>> = BTreeMap::new();
        for exchange in sent {
            let url = exchange.request.url.as_str();
            if Uri::parse(url).is_ok_and(|uri| uri.is("https")) {
                origins.entry(well_known::origin(url).unwrap_or(url)).or_default().push(exchange);
            }
        }
        if *self == Self::CalledFor {
            return match origins.is_empty() {
                true => Answer::fail(Finding::new("none of it is https")),
                false => Answer::Pass,
            };
        }
        if origins.is_empty() {
            return Answer::Blind("none of it is https".to_owned());
        }
        let mut findings = Vec::new();
        let mut blind = None;
        for exchanges in origins.values() {
            match self.of_origin(exchanges, recording.insecure) {
                Answer::Pass => {}
                Answer::Fail(found) => findings.extend(found),
                Answer::Blind(why) => blind = blind.or(Some(why)),
            }
        }
        match blind {
            Some(why) if findings.is_empty() => Answer::Blind(why),
            _ => Answer::from_findings(findings),
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Anything]
    }
}

impl Tls {
    /// What several exchanges with one origin come to: something wrong, or else something seen.
    fn of_origin(self, exchanges: &[&Exchange], insecure: bool) -> Answer {
        let mut answers: Vec<Answer> =
            exchanges.iter().map(|exchange| self.of_one(exchange, insecure)).collect();
        let weight = |answer: &Answer| match answer {
            Answer::Fail(_) => 0,
            Answer::Pass => 1,
            Answer::Blind(_) => 2,
        };
        answers.sort_by_key(weight);
        answers.into_iter().next().unwrap_or_else(|| Answer::Blind("no request was sent".to_owned()))
    }

    fn of_one(self, exchange: &Exchange, insecure: bool) -> Answer {
        let finding = |message: &str| {
            let place = Place { exchange: exchange.id, part: Part::Status, span: 0..3 };
            Answer::fail(Finding::new(message).at(place))
        };
        match (&exchange.reply, self) {
            (_, Self::Verified) if insecure => {
                Answer::Blind("certificates were not verified (--insecure)".to_owned())
            }
            (Reply::Response(_), _) => Answer::Pass,
            (Reply::Error(error), Self::Verified) => match error.kind.is_bad_certificate() {
                true => finding(&error.message),
                false => Answer::Blind(error.message.clone()),
            },
            (Reply::Error(error), _) => match error.kind {
                TransportErrorKind::TlsVersion | TransportErrorKind::NotTls => finding(&error.message),
                TransportErrorKind::CertificateUnread => Answer::Pass,
                kind if kind.is_bad_certificate() => Answer::Pass,
                _ => Answer::Blind(error.message.clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};
    use crate::model::exchange::TransportError;
    use crate::model::recording::Recording;

    /// One request to `url` that failed in the way of `kind`, or was answered.
    fn reached(url: &str, kind: Option<TransportErrorKind>) -> Recording {
        let mut recording = recording(&[("here", 200, "application/json", "{}")]);
        recording.exchanges[0].request.url = url.to_owned();
        if let Some(kind) = kind {
            let message = "why".to_owned();
            recording.exchanges[0].reply = Reply::Error(TransportError { kind, message });
        }
        recording
    }

    /// `p`ass, `f`ail or `b`lind for `called-for`, `spoken` and `verified`.
    fn letters(recording: &Recording) -> String {
        let letter = |what: &str| match judge(recording, "here", &format!("tls: {what}")) {
            Answer::Pass => 'p',
            Answer::Fail(_) => 'f',
            Answer::Blind(_) => 'b',
        };
        ["called-for", "spoken", "verified"].map(letter).iter().collect()
    }

    #[test]
    fn tells_what_is_wrong_from_what_was_not_seen() {
        use TransportErrorKind as Kind;
        for (url, kind, says) in [
            ("https://h/x", None, "ppp"),
            ("https://127.0.0.1/x", None, "ppp"),
            ("http://127.0.0.1/x", None, "fbb"),
            ("http://localhost:8080/x", Some(Kind::Refused), "fbb"),
            ("http://h/x", None, "fbb"),
            ("https://h/x", Some(Kind::CertificateExpired), "ppf"),
            ("https://h/x", Some(Kind::CertificateUntrusted), "ppf"),
            ("https://h/x", Some(Kind::CertificateUnread), "ppb"),
            ("https://h/x", Some(Kind::TlsVersion), "pfb"),
            ("https://h/x", Some(Kind::NotTls), "pfb"),
            ("https://h/x", Some(Kind::Tls), "pbb"),
            ("https://h/x", Some(Kind::Refused), "pbb"),
        ] {
            assert_eq!(letters(&reached(url, kind)), says, "{url} {kind:?}");
        }
    }

    #[test]
    fn nothing_is_verified_that_was_not_looked_at() {
        let mut unverified = reached("https://h/x", None);
        unverified.insecure = true;
        assert_eq!(letters(&unverified), "ppb");
        assert_eq!(letters(&recording(&[("here", 0, "", "")])), "bbb");
    }

    #[test]
    fn one_answer_of_a_host_is_enough_and_one_bad_host_too() {
        let mut several =
            recording(&[("here", 200, "", ""), ("late", 200, "", ""), ("elsewhere", 200, "", "")]);
        let ids = [0, 1, 2].map(|id| several.probes[id].attempts[0].clone());
        several.probes[0].attempts = ids.to_vec();
        let error = |kind| Reply::Error(TransportError { kind, message: "why".to_owned() });
        several.exchanges[1].reply = error(TransportErrorKind::TimedOut);
        assert_eq!(letters(&several), "ppp");
        several.exchanges[2].request.url = "https://other/x".to_owned();
        several.exchanges[2].reply = error(TransportErrorKind::CertificateName);
        assert_eq!(letters(&several), "ppf");
    }
}
