//! The grammar of RFC 3986 §3, character by character.
//!
//! `https://a.example/b c` is refused: "`' '` may not stand in the path (byte 19)".

use super::Parts;
use std::net::Ipv6Addr;

/// Why a string is not a URI with a scheme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriFlaw {
    /// It has no scheme, so it is at best relative to another.
    #[error("no scheme at its beginning, so it is not absolute")]
    NoScheme,
    /// An http or https URL without a host.
    #[error("an http URL without a host")]
    NoHost,
    /// A character that its component may not hold.
    #[error("{found:?} may not stand in the {component} (byte {offset})")]
    Character {
        /// Its offset.
        offset: usize,
        /// The character.
        found: char,
        /// Where it stands: host, path and so on.
        component: &'static str,
    },
    /// A percent sign without two hexadecimal digits.
    #[error("a percent sign without two hexadecimal digits after it (byte {0})")]
    Percent(usize),
    /// Brackets that hold no IPv6 address.
    #[error("{0:?} is not an IPv6 address in brackets")]
    Address(String),
    /// A port above 65535.
    #[error("port {0} is above 65535")]
    Port(String),
}

impl UriFlaw {
    /// The byte in question, if there is one.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Character { offset, .. } | Self::Percent(offset) => Some(*offset),
            _ => None,
        }
    }
}

/// Whether this is a scheme (RFC 3986 §3.1).
pub(super) fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn is_unreserved_or_sub(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

pub(super) fn check(text: &str, parts: &Parts<'_>) -> Result<(), UriFlaw> {
    let Some(scheme) = parts.scheme else {
        return Err(UriFlaw::NoScheme);
    };
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let checker = Checker { text };
    if let Some(host) = parts.host() {
        if let Some(userinfo) = parts.userinfo() {
            checker.component("user information", userinfo, b":")?;
        }
        match host.starts_with('[') {
            true => literal(host)?,
            false => checker.component("host", host, b"")?,
        }
        checker.port(parts.port().unwrap_or_default())?;
    }
    if web && parts.host().unwrap_or_default().is_empty() {
        return Err(UriFlaw::NoHost);
    }
    checker.component("path", parts.path, b":@/")?;
    checker.component("query", parts.query.unwrap_or_default(), b":@/?")?;
    checker.component("fragment", parts.fragment.unwrap_or_default(), b":@/?")
}

/// Checks `[…]`: an IPv6 address without a zone, or an address of a later version.
fn literal(host: &str) -> Result<(), UriFlaw> {
    let inside = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or_default();
    let later = || {
        let (version, address) = inside.strip_prefix(['v', 'V'])?.split_once('.')?;
        let hex = !version.is_empty() && version.bytes().all(|b| b.is_ascii_hexdigit());
        let plain = !address.is_empty() && address.bytes().all(|b| is_unreserved_or_sub(b) || b == b':');
        (hex && plain).then_some(())
    };
    let good = inside.parse::<Ipv6Addr>().is_ok() || later().is_some();
    good.then_some(()).ok_or_else(|| UriFlaw::Address(host.to_owned()))
}

struct Checker<'a> {
    text: &'a str,
}

impl Checker<'_> {
    /// The offset of a part, which is a slice of the text.
    fn offset(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    fn component(&self, component: &'static str, part: &str, also: &[u8]) -> Result<(), UriFlaw> {
        for (at, found) in part.char_indices() {
            let offset = self.offset(part) + at;
            match u8::try_from(found) {
                Ok(b'%') => {
                    let digits = part.as_bytes().get(at + 1..at + 3).unwrap_or_default();
                    if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(UriFlaw::Percent(offset));
                    }
                }
                Ok(byte) if found.is_ascii() && (is_unreserved_or_sub(byte) || also.contains(&byte)) => {}
                _ => {
                    return Err(UriFlaw::Character { offset, found, component });
                }
            }
        }
        Ok(())
    }

    fn port(&self, port: &str) -> Result<(), UriFlaw> {
        if let Some((at, found)) = port.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(UriFlaw::Character { offset: self.offset(port) + at, found, component: "port" });
        }
        let fits = port.is_empty() || port.parse::<u16>().is_ok();
        fits.then_some(()).ok_or_else(|| UriFlaw::Port(port.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Uri;

    #[test]
    fn good_uris() {
        for text in [
            "https://a.example",
            "https://a.example:/",
            "https://a.example:65535/b;c=d/(e)?f=g:h@i/?#j",
            "https://%61.example/%c3%A9",
            "http://[::1]:80/",
            "http://[v1.a:b]/",
            "urn:ietf:params:oauth",
            "com.example.app:/cb",
            "file:///etc",
            "mailto:a@b.example",
            "a:",
            "https://u:p@a.example",
        ] {
            assert!(Uri::parse(text).is_ok(), "{text}: {:?}", Uri::parse(text));
        }
    }

    #[test]
    fn bad_uris_name_the_byte() {
        for (text, expected) in [
            ("", "no scheme"),
            ("/b", "no scheme"),
            ("a.example/b", "no scheme"),
            ("1a://b", "no scheme"),
            ("://b", "no scheme"),
            ("https:///b", "without a host"),
            ("https:b", "without a host"),
            ("https://u@:80/", "without a host"),
            ("https://a.example/b c", "' ' may not stand in the path (byte 19)"),
            ("https://a.example/é", "'é' may not stand in the path (byte 18)"),
            ("https://ä.example/", "'ä' may not stand in the host (byte 8)"),
            ("https://a.example/\"", "'\"' may not stand in the path (byte 18)"),
            ("https://a.example/{b}", "'{' may not stand in the path (byte 18)"),
            ("https://a.example\\b", "'\\\\' may not stand in the host (byte 17)"),
            ("https://a.example/#b#c", "'#' may not stand in the fragment (byte 20)"),
            ("https://a.example/?b[]", "'[' may not stand in the query (byte 20)"),
            ("https://a.example/%4", "two hexadecimal digits after it (byte 18)"),
            ("https://a.example/%é", "two hexadecimal digits after it (byte 18)"),
            ("https://a.example/%zz", "two hexadecimal digits after it (byte 18)"),
            ("https://a.example:8o/", "'o' may not stand in the port (byte 19)"),
            ("https://a.example:65536/", "port 65536 is above 65535"),
            ("https://[::1/", "\"[::1\" is not an IPv6 address"),
            ("https://[fe80::1%25lo]/", "is not an IPv6 address"),
            ("https://a]b/", "']' may not stand in the host (byte 9)"),
            ("https://u@v@a.example/", "'@' may not stand in the user information (byte 9)"),
        ] {
            let flaw = Uri::parse(text).unwrap_err();
            assert!(flaw.to_string().contains(expected), "{text}: {flaw}");
            assert!(flaw.offset().is_none_or(|at| text.is_char_boundary(at)));
        }
    }
}
