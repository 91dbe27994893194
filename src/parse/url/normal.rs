//! The syntax-based and scheme-based normalisation of RFC 3986 §6.2.2 and §6.2.3.
//!
//! `HTTP://A.example:80/./%7eb` becomes `http://a.example/~b`, to be compared and then thrown away.

use super::{Parts, Uri};

/// Whether two URIs are equal after the normalisation of RFC 3986 §6.2.2 and §6.2.3.
pub fn same_after_syntax_normalisation(a: &str, b: &str) -> bool {
    match (Uri::parse(a), Uri::parse(b)) {
        (Ok(a), Ok(b)) => Normal::of(&a) == Normal::of(&b),
        _ => a == b,
    }
}

/// The components of a URI, to be rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Normal {
    pub(super) scheme: String,
    pub(super) userinfo: Option<String>,
    pub(super) host: Option<String>,
    pub(super) port: Option<String>,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) fragment: Option<String>,
}

impl Normal {
    pub(super) fn raw(uri: &Uri<'_>) -> Self {
        let parts: Parts<'_> = uri.parts();
        let own = |part: Option<&str>| part.map(str::to_owned);
        Self {
            scheme: uri.scheme().to_owned(),
            userinfo: own(parts.userinfo()),
            host: own(parts.host()),
            port: own(parts.port()),
            path: parts.path.to_owned(),
            query: own(parts.query),
            fragment: own(parts.fragment),
        }
    }

    pub(super) fn of(uri: &Uri<'_>) -> Self {
        let mut normal = Self::raw(uri);
        let parts = [&mut normal.userinfo, &mut normal.host, &mut normal.query, &mut normal.fragment];
        for part in parts.into_iter().flatten().chain([&mut normal.path]) {
            *part = decode_unreserved(part);
        }
        normal.lower_case();
        normal.host = normal.host.as_deref().map(decode_unreserved);
        normal.drop_default_port();
        if normal.path.starts_with('/') {
            normal.path = without_dots(&normal.path);
        }
        normal.fill_path();
        normal
    }

    pub(super) fn lower_case(&mut self) {
        self.scheme.make_ascii_lowercase();
        self.host.iter_mut().for_each(|host| host.make_ascii_lowercase());
    }

    pub(super) fn drop_final_slash(&mut self) {
        if self.path.ends_with('/') {
            self.path.pop();
        }
    }

    pub(super) fn drop_default_port(&mut self) {
        let default = match self.scheme.to_ascii_lowercase().as_str() {
            "https" => "443",
            "http" => "80",
            _ => "",
        };
        self.port.take_if(|port| port.is_empty() || port == default);
    }

    pub(super) fn fill_path(&mut self) {
        if self.host.is_some() && self.path.is_empty() {
            self.path.push('/');
        }
    }
}

/// Decodes escapes of unreserved characters and upper-cases the digits of the others.
fn decode_unreserved(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        match u8::from_str_radix(digits, 16).map(char::from) {
            Ok(c) if c.is_ascii_alphanumeric() || "-._~".contains(c) => out.push(c),
            _ => out.extend(["%", &digits.to_ascii_uppercase()]),
        }
        out += rest;
    }
    out
}

/// Removes `.` and `..` from an absolute path (RFC 3986 §5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = vec![];
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    for (at, step) in steps.iter().enumerate() {
        let last = at + 1 == steps.len();
        match *step {
            "." | ".." => {
                if *step == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            step => kept.push(step),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalisation_is_that_of_the_rfc() {
        let same = same_after_syntax_normalisation;
        assert!(same("eXAMPLE://a/./b/../b/%63/%7bfoo%7d", "example://a/b/c/%7Bfoo%7D"));
        assert!(
            same("http://example.com", "http://example.com:80/")
                && same("http://example.com:/", "http://example.com:80/")
        );
        assert!(
            same("https://a.example/b/..", "https://a.example/")
                && same("https://a.example/../b", "https://a.example/b")
        );
        assert!(
            !same("https://a.example/b", "https://a.example/b/")
                && !same("https://a.example/b", "https://a.example/B")
        );
        assert!(
            !same("https://a.example/%2f", "https://a.example//")
                && !same("https://a.example:80", "https://a.example")
        );
    }
}
