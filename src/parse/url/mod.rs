//! URLs as written: taken apart, checked against RFC 3986 and compared, never rewritten.
//!
//! `Uri::parse("https://A.example:443")` keeps the capital, the port and the empty path, all of which
//! `url::Url` would hide.

mod compare;
mod grammar;
mod normal;

pub use compare::{Difference, differs_how};
pub use grammar::UriFlaw;
pub use normal::same_after_syntax_normalisation;

use std::net::{Ipv4Addr, Ipv6Addr};

/// The components of any string, by the delimiters of RFC 3986 appendix B; unchecked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts<'a> {
    /// Before the first colon, if it could be a scheme.
    pub scheme: Option<&'a str>,
    /// After `//`.
    pub authority: Option<&'a str>,
    /// After the authority; may be empty.
    pub path: &'a str,
    /// After `?`.
    pub query: Option<&'a str>,
    /// After `#`.
    pub fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Takes a string apart; put together again, the parts are the string.
    pub fn split(text: &'a str) -> Self {
        let (rest, fragment) = cut(text, '#');
        let (rest, query) = cut(rest, '?');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if grammar::is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Self { scheme, authority, path, query, fragment }
    }

    /// Before the `@` of the authority.
    pub fn userinfo(&self) -> Option<&'a str> {
        Some(self.authority?.rsplit_once('@')?.0)
    }

    /// The host as written, brackets included; empty if the authority is.
    pub fn host(&self) -> Option<&'a str> {
        Some(self.host_and_port()?.0)
    }

    /// The port as written, which may be empty.
    pub fn port(&self) -> Option<&'a str> {
        self.host_and_port()?.1
    }

    fn host_and_port(&self) -> Option<(&'a str, Option<&'a str>)> {
        let authority = self.authority?;
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        let open = if place.starts_with('[') { place.len() } else { 0 };
        let bracket = place.rfind(']').map_or(open, |at| at + 1);
        Some(match place[bracket..].find(':') {
            Some(at) => (&place[..bracket + at], Some(&place[bracket + at + 1..])),
            None => (place, None),
        })
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// A string that is a URI with a scheme, by the letter of RFC 3986.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uri<'a> {
    text: &'a str,
    parts: Parts<'a>,
}

impl<'a> Uri<'a> {
    /// Checks every character; a fragment is allowed, and `has_fragment` tells of it.
    pub fn parse(text: &'a str) -> Result<Self, UriFlaw> {
        let parts = Parts::split(text);
        grammar::check(text, &parts)?;
        Ok(Self { text, parts })
    }

    /// The string itself.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The components as written.
    pub fn parts(&self) -> Parts<'a> {
        self.parts
    }

    /// The scheme as written.
    pub fn scheme(&self) -> &'a str {
        self.parts.scheme.unwrap_or_default()
    }

    /// The host as written, if there is one that is not empty.
    pub fn host(&self) -> Option<&'a str> {
        self.parts.host().filter(|host| !host.is_empty())
    }

    /// The port as a number, if one is written.
    pub fn port(&self) -> Option<u16> {
        self.parts.port()?.parse().ok()
    }

    /// The port as a number: the written one or the default of http and https.
    pub fn port_or_default(&self) -> Option<u16> {
        self.port().or(if self.is("https") {
            Some(443)
        } else if self.is("http") {
            Some(80)
        } else {
            None
        })
    }

    /// Whether there is a `#`, even with nothing after it.
    pub fn has_fragment(&self) -> bool {
        self.parts.fragment.is_some()
    }

    /// Whether there is a `?`, even with nothing after it.
    pub fn has_query(&self) -> bool {
        self.parts.query.is_some()
    }

    /// Whether it has that scheme, whatever its case.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme().eq_ignore_ascii_case(scheme)
    }

    /// Whether it is an http or https URL with a host.
    pub fn is_web(&self) -> bool {
        (self.is("https") || self.is("http")) && self.host().is_some()
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.host().is_some_and(is_loopback)
    }

    /// Whether it is https, or http to this machine.
    pub fn is_https_or_loopback(&self) -> bool {
        self.is_web() && (self.is("https") || self.is_loopback())
    }
}

/// Whether a host, brackets included, is localhost, below it, in 127.0.0.0/8 or `[::1]`.
pub fn is_loopback(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let v6 = || name.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    name == "localhost"
        || name.strip_suffix(".localhost").is_some_and(|label| !label.is_empty())
        || name.parse::<Ipv4Addr>().is_ok_and(|v4| v4.is_loopback())
        || v6().is_some_and(|v6| v6.is_loopback())
}

/// Whether a string is a URI with a `#` in it.
pub fn has_fragment(text: &str) -> bool {
    Parts::split(text).fragment.is_some()
}

/// Whether a string is a well-formed https URL, or an http one to this machine.
pub fn is_https_or_loopback(text: &str) -> bool {
    Uri::parse(text).is_ok_and(|uri| uri.is_https_or_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn components_are_as_written() {
        let text = "HTTPS://U:p@A.example:0443/b/%7E?c=/?#d?";
        let uri = Uri::parse(text).unwrap();
        assert_eq!((uri.as_str(), uri.scheme(), uri.host()), (text, "HTTPS", Some("A.example")));
        assert_eq!(
            (uri.parts().port(), uri.port(), uri.port_or_default()),
            (Some("0443"), Some(443), Some(443))
        );
        let parts = uri.parts();
        assert_eq!((parts.userinfo(), parts.path), (Some("U:p"), "/b/%7E"));
        assert_eq!((parts.query, parts.fragment), (Some("c=/?"), Some("d?")));
        let local = Uri::parse("http://[::1]").unwrap();
        assert_eq!((local.host(), local.port(), local.port_or_default()), (Some("[::1]"), None, Some(80)));
        assert_eq!(Uri::parse("http://[::1]:8/").unwrap().port(), Some(8));
        let app = Uri::parse("com.example.app:/callback").unwrap();
        assert_eq!((app.scheme(), app.host(), app.parts().path), ("com.example.app", None, "/callback"));
        assert!(!app.is_web() && !app.is_https_or_loopback());
    }

    #[test]
    fn empty_components_count() {
        let uri = Uri::parse("https://a.example?#").unwrap();
        assert!(uri.has_query() && uri.has_fragment() && has_fragment("https://a.example#"));
        let uri = Uri::parse("https://a.example").unwrap();
        assert!(!uri.has_query() && !uri.has_fragment());
    }

    #[test]
    fn loopback_hosts() {
        for host in [
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "localhost.",
            "127.0.0.1",
            "127.8.9.1",
            "[::1]",
            "[0:0::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            ".localhost",
            "localhost.example",
            "notlocalhost",
            "128.0.0.1",
            "127.1",
            "::1",
            "[::2]",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
        assert!(is_https_or_loopback("https://a.example/") && is_https_or_loopback("Http://127.0.0.1:8080"));
        for text in [
            "http://a.example",
            "https:///b",
            "https:a.example",
            "ftp://localhost",
            "localhost:80",
            "//localhost",
        ] {
            assert!(!is_https_or_loopback(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parts_make_the_whole(text in "[a-z:/?#\\[\\]@.é%0-9-]{0,20}|https?://.{0,20}") {
            let p = Parts::split(&text);
            let with = |before: &str, part: Option<&str>, after: &str| part.map_or(String::new(), |p| format!("{before}{p}{after}"));
            let whole = with("", p.scheme, ":") + &with("//", p.authority, "") + p.path + &with("?", p.query, "") + &with("#", p.fragment, "");
            prop_assert_eq!(&whole, &text);
            if let Some(authority) = p.authority {
                let whole = with("", p.userinfo(), "@") + p.host().unwrap_or_default() + &with(":", p.port(), "");
                prop_assert_eq!(whole, authority);
            }
        }

        #[test]
        fn what_is_accepted_url_accepts_too(text in "https?://[a-zA-Z0-9._~%:@\\[\\]-]{1,9}(:[0-9]{0,5})?[!-~]{0,9}|[!-~]{0,12}") {
            if let Ok(uri) = Uri::parse(&text) && uri.is_web() {
                // Names that are not numbers and not escaped are read alike there.
                let plain = uri.host().is_some_and(|h| h.bytes().all(|b| b.is_ascii_lowercase()));
                prop_assert!(!plain || ::url::Url::parse(&text).is_ok(), "{}", text);
            }
        }
    }
}
