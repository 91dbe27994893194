//! Says how two URLs differ; it explains a failed comparison of bytes and never replaces one.
//!
//! `differs_how("https://a.example/", "https://a.example")` is `EmptyPath`.

use super::Uri;
use super::normal::Normal;
use std::fmt;

/// How the first of two strings differs from the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// Byte for byte the same.
    Identical,
    /// Only the case of scheme or host.
    Case,
    /// Only a port that the scheme implies.
    DefaultPort,
    /// Only no path against the path `/`.
    EmptyPath,
    /// Only one slash at the end of the path.
    TrailingSlash,
    /// Only the case of the path.
    PathCase,
    /// Only the spelling, in some other or in several of the ways RFC 3986 §6.2.2 and §6.2.3 list.
    Spelling,
    /// The scheme.
    OtherScheme,
    /// The host.
    OtherHost,
    /// The port.
    OtherPort,
    /// What stands before the host.
    OtherUserinfo,
    /// Its path is a parent of the other path.
    ParentPath,
    /// Its path lies below the other path.
    ChildPath,
    /// Another path on the same host.
    SiblingPath,
    /// The query.
    OtherQuery,
    /// The fragment.
    OtherFragment,
    /// One of the two is not a URI.
    NotUri,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identical => "is identical",
            Self::Case => "differs only in the case of scheme or host",
            Self::DefaultPort => "differs only by a default port",
            Self::EmptyPath => "differs only by the slash after the host",
            Self::TrailingSlash => "differs only by a trailing slash",
            Self::PathCase => "differs only in the case of the path",
            Self::Spelling => "is another spelling of the same URL",
            Self::OtherScheme => "has another scheme",
            Self::OtherHost => "has another host",
            Self::OtherPort => "has another port",
            Self::OtherUserinfo => "has other user information",
            Self::ParentPath => "is a parent path",
            Self::ChildPath => "is a path below it",
            Self::SiblingPath => "is another path on the same host",
            Self::OtherQuery => "has another query",
            Self::OtherFragment => "has another fragment",
            Self::NotUri => "is not comparable, since one of the two is not a URI",
        })
    }
}

/// How `a` differs from `b`: the nearest explanation.
pub fn differs_how(a: &str, b: &str) -> Difference {
    if a == b {
        return Difference::Identical;
    }
    match (Uri::parse(a), Uri::parse(b)) {
        (Ok(a), Ok(b)) => spelling(&a, &b).unwrap_or_else(|| components(&a, &b)),
        _ => Difference::NotUri,
    }
}

/// The difference if it lies in nothing but spelling or one slash.
fn spelling(a: &Uri<'_>, b: &Uri<'_>) -> Option<Difference> {
    let same = |edit: fn(&mut Normal)| {
        let (mut a, mut b) = (Normal::raw(a), Normal::raw(b));
        edit(&mut a);
        edit(&mut b);
        a == b
    };
    if same(Normal::lower_case) {
        Some(Difference::Case)
    } else if same(Normal::drop_default_port) {
        Some(Difference::DefaultPort)
    } else if same(Normal::fill_path) {
        Some(Difference::EmptyPath)
    } else if Normal::of(a) == Normal::of(b) {
        Some(Difference::Spelling)
    } else if same(Normal::drop_final_slash) {
        Some(Difference::TrailingSlash)
    } else if same(|n| n.path.make_ascii_lowercase()) {
        Some(Difference::PathCase)
    } else {
        None
    }
}

/// The first component that differs after normalisation.
fn components(a: &Uri<'_>, b: &Uri<'_>) -> Difference {
    let (a, b) = (Normal::of(a), Normal::of(b));
    if a.scheme != b.scheme {
        return Difference::OtherScheme;
    } else if a.host != b.host {
        return Difference::OtherHost;
    } else if a.port != b.port {
        return Difference::OtherPort;
    } else if a.userinfo != b.userinfo {
        return Difference::OtherUserinfo;
    } else if a.path == b.path && a.query != b.query {
        return Difference::OtherQuery;
    } else if a.path == b.path {
        return Difference::OtherFragment;
    }
    let below = |long: &str, short: &str| {
        let short = short.strip_suffix('/').unwrap_or(short);
        long.strip_prefix(short).is_some_and(|rest| rest.starts_with('/'))
    };
    match (below(&b.path, &a.path), below(&a.path, &b.path)) {
        (true, false) => Difference::ParentPath,
        (false, true) => Difference::ChildPath,
        (true, true) if a.path.len() < b.path.len() => Difference::ParentPath,
        (true, true) => Difference::ChildPath,
        (false, false) => Difference::SiblingPath,
    }
}

#[cfg(test)]
mod tests {
    use super::super::same_after_syntax_normalisation;
    use super::Difference as D;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_difference_has_its_name() {
        for (a, b, expected) in [
            ("https://a.example/b", "https://a.example/b", D::Identical),
            ("https://A.example/b", "https://a.example/b", D::Case),
            ("HTTPS://a.example/b", "https://a.example/b", D::Case),
            ("https://a.example:443/b", "https://a.example/b", D::DefaultPort),
            ("http://a.example:/b", "http://a.example:80/b", D::DefaultPort),
            ("https://a.example/", "https://a.example", D::EmptyPath),
            ("https://a.example?q", "https://a.example/?q", D::EmptyPath),
            ("https://a.example/b/", "https://a.example/b", D::TrailingSlash),
            ("https://a.example/b/?q", "https://a.example/b?q", D::TrailingSlash),
            ("https://a.example/B", "https://a.example/b", D::PathCase),
            ("https://A.example:443", "https://a.example/", D::Spelling),
            ("https://a.example/%7eb", "https://a.example/~b", D::Spelling),
            ("https://a.example/%c3", "https://a.example/%C3", D::Spelling),
            ("https://a.example/c/./../b", "https://a.example/b", D::Spelling),
            ("http://a.example/b", "https://a.example/b", D::OtherScheme),
            ("https://c.example/b", "https://a.example/b", D::OtherHost),
            ("https://a.example:8443/b", "https://a.example/b", D::OtherPort),
            ("https://u@a.example/b", "https://a.example/b", D::OtherUserinfo),
            ("https://a.example", "https://a.example/b", D::ParentPath),
            ("https://a.example/b/", "https://a.example/b/c", D::ParentPath),
            ("https://A.example/b", "https://a.example/b/c/d", D::ParentPath),
            ("https://a.example/b/c", "https://a.example/b", D::ChildPath),
            ("https://A.example/b/", "https://a.example/b", D::ChildPath),
            ("https://a.example/bc", "https://a.example/b", D::SiblingPath),
            ("https://a.example/b?q", "https://a.example/b", D::OtherQuery),
            ("https://a.example/b#", "https://a.example/b", D::OtherFragment),
            ("a.example/b", "https://a.example/b", D::NotUri),
        ] {
            assert_eq!(differs_how(a, b), expected, "{a} against {b}");
        }
        assert_eq!(D::TrailingSlash.to_string(), "differs only by a trailing slash");
    }

    fn uri() -> impl Strategy<Value = String> {
        "https?://[aA](\\.[bB])?(:(80|443)?)?(/([aB.~]|\\.\\.|%7[eE]){0,2}){0,3}(\\?a?)?(#)?"
    }

    proptest! {
        #[test]
        fn any_text_is_survived(a in any::<String>(), b in "[a-z:/?#@.é%]{0,12}") {
            prop_assert_eq!(differs_how(&a, &a), D::Identical);
            prop_assert!(a == b || differs_how(&a, &b) != D::Identical);
        }

        #[test]
        fn explanations_agree_with_normalisation(a in uri(), b in uri()) {
            let same = same_after_syntax_normalisation(&a, &b);
            let spelled = matches!(differs_how(&a, &b), D::Identical | D::Case | D::DefaultPort | D::EmptyPath | D::Spelling);
            prop_assert_eq!(spelled, same, "{} {}", a, b);
        }
    }
}
