//! Why no response came, from the chain of causes: a kind, and a sentence that says what to do.

use std::error::Error;
use std::fmt::Display;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, PeerIncompatible};

use super::guard::{Blocked, Unresolved};
use super::settings::{Proxy, Settings};
use crate::model::exchange::{TransportError, TransportErrorKind as Kind};
use crate::parse::url::Uri;
use crate::parse::well_known;

/// Names of a certificate that are told.
const NAMES: usize = 5;

pub(super) fn not_allowed(url: &str, why: &dyn Display) -> TransportError {
    TransportError { kind: Kind::NotAllowed, message: format!("{url} was not requested: {why}") }
}

/// What went wrong with a request to `url`.
pub(super) fn failed(url: &str, error: &reqwest::Error, settings: &Settings) -> TransportError {
    let mut deepest: &dyn Error = error;
    let mut chain = Vec::new();
    while let Some(source) = deepest.source() {
        chain.push(source);
        deepest = source;
    }
    let words = chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let io = chain.iter().find_map(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    let at = well_known::origin(url).unwrap_or(url);
    let (there, proxied) = match &settings.proxy {
        Some(proxy) => (format!("the proxy {}", proxy.url), true),
        None => (at.to_owned(), false),
    };
    let (kind, message) =
        if let Some(blocked) = chain.iter().find_map(|cause| cause.downcast_ref::<Blocked>()) {
            (Kind::NotAllowed, format!("{url} was not requested: {blocked}"))
        } else if let Some(unresolved) = chain.iter().find_map(|cause| cause.downcast_ref::<Unresolved>()) {
            (Kind::Resolve, unresolved.to_string())
        } else if let Some(error) = chain.iter().find_map(|cause| tls_error(*cause)) {
            match &settings.proxy {
                Some(proxy) => of_tls_behind(proxy, url, at, error, settings),
                None => of_tls(url, at, error, settings),
            }
        } else if error.is_timeout() {
            (Kind::TimedOut, format!("{at} did not answer in time"))
        } else if io == Some(std::io::ErrorKind::ConnectionRefused) {
            let kind = if proxied { Kind::Proxy } else { Kind::Refused };
            (kind, format!("nothing listens at {there} (connection refused)"))
        } else if proxied && (words.contains("tunnel") || words.contains("proxy")) {
            (Kind::Proxy, format!("{there} does not lead to {at}: {deepest}"))
        } else if words.contains("invalid HTTP") || words.contains("HTTP version") {
            (Kind::NotHttp, format!("what answers at {at} is not HTTP"))
        } else {
            (Kind::Broken, format!("{at} broke off: {deepest}"))
        };
    TransportError { kind, message }
}

/// Whether the response had a header that is none.
pub(super) fn is_about_a_header(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.to_string().contains("invalid HTTP header") {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// The TLS error in `cause`. I/O errors keep others inside, where `source` passes over them.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let inner = || cause.downcast_ref::<std::io::Error>()?.get_ref();
    cause.downcast_ref::<rustls::Error>().or_else(|| tls_error(inner()?))
}

/// The same behind a proxy, where the target must not be blamed for what may be the proxy's.
fn of_tls_behind(
    proxy: &Proxy,
    url: &str,
    at: &str,
    error: &rustls::Error,
    settings: &Settings,
) -> (Kind, String) {
    let (kind, message) = of_tls(url, at, error, settings);
    if Uri::parse(&proxy.url).is_ok_and(|uri| uri.is("https")) {
        return (
            Kind::Proxy,
            format!("TLS with the proxy {}, or with {at} behind it, failed: {error}", proxy.url),
        );
    }
    match kind {
        // Some proxies open TLS and sign with an authority of their own.
        Kind::CertificateUntrusted => {
            (Kind::CertificateUnread, format!("{message}; it may be one of the proxy"))
        }
        _ => (kind, message),
    }
}

fn of_tls(url: &str, at: &str, error: &rustls::Error, settings: &Settings) -> (Kind, String) {
    match error {
        rustls::Error::InvalidCertificate(error) => {
            of_certificate(url, at, error, !settings.roots.is_empty())
        }
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => (
            Kind::TlsVersion,
            format!("{at} speaks neither TLS 1.2 nor TLS 1.3, and older versions are obsolete"),
        ),
        rustls::Error::InvalidMessage(_) => {
            (Kind::NotTls, format!("{at} does not speak TLS: is it http://?"))
        }
        other => (Kind::Tls, format!("TLS with {at} failed: {other}")),
    }
}

fn of_certificate(url: &str, at: &str, error: &CertificateError, has_roots: bool) -> (Kind, String) {
    let the = format!("the certificate of {at}");
    match error {
        CertificateError::UnknownIssuer => (
            Kind::CertificateUntrusted,
            format!(
                "{the} is signed by nobody this machine trusts: --cacert FILE trusts a private authority"
            ),
        ),
        CertificateError::ExpiredContext { not_after, .. } => {
            (Kind::CertificateExpired, format!("{the} ran out on {}", date(*not_after)))
        }
        CertificateError::Expired => (Kind::CertificateExpired, format!("{the} ran out")),
        CertificateError::NotValidYetContext { not_before, .. } => {
            let from = date(*not_before);
            (
                Kind::CertificateNotYetValid,
                format!("{the} is valid from {from} on, by the clock here not yet"),
            )
        }
        CertificateError::NotValidYet => (Kind::CertificateNotYetValid, format!("{the} is not valid yet")),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let host = Uri::parse(url).ok().and_then(|uri| uri.host()).unwrap_or(at);
            let names = listed(presented);
            (Kind::CertificateName, format!("{the} is not for {host}: it is for {names}"))
        }
        CertificateError::NotValidForName => (Kind::CertificateName, format!("{the} is for another host")),
        // No public authority gives these out; rustls takes them from nobody, other clients from those they trust.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            match has_roots {
                false => (
                    Kind::CertificateUntrusted,
                    format!(
                        "{the} is marked as that of an authority, as self-signed ones are, and signed by nobody \
                         this machine trusts"
                    ),
                ),
                true => (
                    Kind::CertificateUnread,
                    format!(
                        "{the} is marked as that of an authority (CA:TRUE), and this program trusts no such \
                         certificate of a server: let it be a server's own, or look past it with --insecure"
                    ),
                ),
            }
        }
        other => (Kind::CertificateUnread, format!("{the} cannot be verified: {other}")),
    }
}

/// The names that a certificate is for, as far as a reader wants them.
fn listed(presented: &[String]) -> String {
    let names: Vec<&str> = presented.iter().take(NAMES).map(|name| plain(name)).collect();
    let more = presented.len().saturating_sub(NAMES);
    match names.as_slice() {
        [] => "no host at all".to_owned(),
        _ if more > 0 => format!("{} and {more} more", names.join(", ")),
        _ => names.join(" and "),
    }
}

/// `a.example` of `DnsName("a.example")`, which is how the verifier prints what a certificate is for.
fn plain(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inner.trim_matches('"')
}

/// `2021-01-01`, in UTC.
fn date(time: UnixTime) -> String {
    let days = i64::try_from(time.as_secs() / 86_400).unwrap_or(i64::MAX / 800_000);
    // Years that begin in March put the leap day at their end; an era is 400 of them.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day_of_month:02}", year + era * 400 + carry)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, says) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_609_459_199, "2020-12-31"),
            (1_609_459_200, "2021-01-01"),
            (7_258_118_400, "2200-01-01"),
        ] {
            assert_eq!(date(UnixTime::since_unix_epoch(Duration::from_secs(seconds))), says);
        }
    }

    #[test]
    fn names_lose_their_wrapping() {
        assert_eq!(plain(r#"DnsName("a.example")"#), "a.example");
        assert_eq!(plain("IpAddress(127.0.0.1)"), "127.0.0.1");
        assert_eq!(plain("a.example"), "a.example");
    }

    #[test]
    fn an_unread_certificate_is_no_finding() {
        let bad = CertificateError::BadSignature;
        assert_eq!(of_certificate("https://h/x", "https://h", &bad, false).0, Kind::CertificateUnread);
    }
}
