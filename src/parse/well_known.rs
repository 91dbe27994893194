//! Where metadata lives, worked out on the string as written.
//!
//! `insert("https://A.example:443/mcp", PROTECTED_RESOURCE)` is
//! `https://A.example:443/.well-known/oauth-protected-resource/mcp`: neither case nor port changes.

use super::url::Parts;

/// The suffix of RFC 9728.
pub const PROTECTED_RESOURCE: &str = "oauth-protected-resource";
/// The suffix of RFC 8414.
pub const AUTHORIZATION_SERVER: &str = "oauth-authorization-server";
/// The suffix of OpenID Connect Discovery.
pub const OPENID: &str = "openid-configuration";

const FOLDER: &str = "/.well-known/";

/// Where in a metadata URL the well-known part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Right after the host, as RFC 9728 §3.1 and RFC 8414 §3.1 have it.
    Inserted,
    /// At the end, as OpenID Connect Discovery §4 has it.
    Appended,
}

/// A metadata URL taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WellKnown<'a> {
    /// What it is derived from; one final slash may have been lost on the way.
    pub identifier: String,
    /// The name after `/.well-known/`.
    pub suffix: &'a str,
    /// Where that name stands.
    pub form: Form,
}

/// Scheme and authority as written, or nothing if either is absent.
pub fn origin(url: &str) -> Option<&str> {
    let parts = Parts::split(url);
    let (scheme, authority) = (parts.scheme?, parts.authority.filter(|a| !a.is_empty())?);
    Some(&url[..scheme.len() + "://".len() + authority.len()])
}

/// The identifier without its origin, as path and query; nothing if it has a fragment, which none may have.
fn rest(url: &str) -> Option<(&str, &str, &str)> {
    let origin = origin(url)?;
    let parts = Parts::split(url);
    if parts.fragment.is_some() {
        return None;
    }
    let query = &url[origin.len() + parts.path.len()..];
    Some((origin, parts.path, query))
}

/// The metadata URL with the well-known part between host and path.
///
/// RFC 9728 §3.1 drops only a slash that is the whole path; RFC 8414 §3.1, which governs every other suffix,
/// drops one slash at the end of any path.
pub fn insert(url: &str, suffix: &str) -> Option<String> {
    let (origin, path, query) = rest(url)?;
    let path = match path.strip_suffix('/') {
        Some(shorter) if suffix != PROTECTED_RESOURCE || shorter.is_empty() => shorter,
        _ => path,
    };
    Some(format!("{origin}{FOLDER}{suffix}{path}{query}"))
}

/// The URL with more parameters in its query: RFC 6749 §3.1 keeps those that an endpoint has.
pub fn with_query(url: &str, parameters: &str) -> String {
    let (before, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let separator = match before.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{before}{separator}{parameters}{fragment}")
}

/// The URL without the last segment of its path: `https://h/a/mcp` becomes `https://h/a`, and `https://h/mcp`, `https://h`.
/// Nothing where there is no path.
pub fn parent(url: &str) -> Option<String> {
    let (origin, path, _) = rest(url)?;
    let (before, last) = path.trim_end_matches('/').rsplit_once('/')?;
    (!last.is_empty()).then(|| format!("{origin}{before}"))
}

/// What of a URL is written in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recased {
    /// Scheme and host, where case means nothing (RFC 3986 §6.2.2.1).
    Host,
    /// The path, where it does.
    Path,
}

/// The URL with that part in capitals; nothing where that changes nothing.
pub fn recased(url: &str, part: Recased) -> Option<String> {
    let (origin, path, query) = rest(url)?;
    let changed = match part {
        Recased::Host => format!("{}{path}{query}", origin.to_ascii_uppercase()),
        Recased::Path => format!("{origin}{}{query}", path.to_ascii_uppercase()),
    };
    (changed != url).then_some(changed)
}

/// The same path on a host that is nobody's (RFC 2606 §2).
pub fn on_other_host(url: &str) -> Option<String> {
    let (_, path, query) = rest(url)?;
    Some(format!("https://other.example{path}{query}"))
}

/// The values of a parameter in the query of a URL, decoded.
pub fn parameter(url: &str, name: &str) -> Vec<String> {
    let before = url.split('#').next().unwrap_or_default();
    let query = before.split_once('?').map_or("", |(_, query)| query);
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.filter(|(known, _)| known == name).map(|(_, value)| value.into_owned()).collect()
}

/// The metadata URL with the well-known part at the end, less one slash there (OpenID Connect Discovery §4).
pub fn append(issuer: &str, suffix: &str) -> Option<String> {
    let (_, _, query) = rest(issuer)?;
    let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
    query.is_empty().then(|| format!("{issuer}{FOLDER}{suffix}"))
}

/// The identifier that a metadata URL is derived from, if it is a well-known URL.
pub fn well_known_of(url: &str) -> Option<WellKnown<'_>> {
    let (origin, path, query) = rest(url)?;
    if let Some(tail) = path.strip_prefix(FOLDER) {
        let (suffix, path) = tail.split_at(tail.find('/').unwrap_or(tail.len()));
        let identifier = format!("{origin}{path}{query}");
        return (!suffix.is_empty()).then_some(WellKnown { identifier, suffix, form: Form::Inserted });
    }
    let (path, suffix) = path.rsplit_once(FOLDER)?;
    let appended = query.is_empty() && !suffix.is_empty() && !suffix.contains('/');
    let identifier = format!("{origin}{path}");
    appended.then_some(WellKnown { identifier, suffix, form: Form::Appended })
}

/// Whether a metadata URL is the one that an identifier leads to, byte for byte.
pub fn belongs_to(metadata_url: &str, identifier: &str) -> bool {
    let Some(found) = well_known_of(metadata_url) else {
        return false;
    };
    let expected = match found.form {
        Form::Inserted => insert(identifier, found.suffix),
        Form::Appended => append(identifier, found.suffix),
    };
    let appended = append(identifier, found.suffix);
    [expected, appended].iter().flatten().any(|url| url == metadata_url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_only_look_like_a_url() {
        let url = "https://a.example:8/b/Cd?q";
        let recased = |part| recased(url, part).unwrap();
        assert_eq!(recased(Recased::Host), "HTTPS://A.EXAMPLE:8/b/Cd?q");
        assert_eq!(recased(Recased::Path), "https://a.example:8/B/CD?q");
        assert_eq!(super::recased("https://a.example/1", Recased::Path), None);
        assert_eq!(on_other_host(url).unwrap(), "https://other.example/b/Cd?q");
        assert_eq!(on_other_host("urn:a:b"), None);
    }

    #[test]
    fn insertion_keeps_what_is_written() {
        for (url, resource, server) in [
            ("https://a.example", "https://a.example/.well-known/X", "https://a.example/.well-known/X"),
            ("https://a.example/", "https://a.example/.well-known/X", "https://a.example/.well-known/X"),
            ("https://a.example/b", "https://a.example/.well-known/X/b", "https://a.example/.well-known/X/b"),
            (
                "https://a.example/b/",
                "https://a.example/.well-known/X/b/",
                "https://a.example/.well-known/X/b",
            ),
            (
                "https://a.example/b//",
                "https://a.example/.well-known/X/b//",
                "https://a.example/.well-known/X/b/",
            ),
            (
                "https://a.example?q=/",
                "https://a.example/.well-known/X?q=/",
                "https://a.example/.well-known/X?q=/",
            ),
            (
                "https://a.example/?q",
                "https://a.example/.well-known/X?q",
                "https://a.example/.well-known/X?q",
            ),
            (
                "https://a.example/b?q",
                "https://a.example/.well-known/X/b?q",
                "https://a.example/.well-known/X/b?q",
            ),
            (
                "HTTPS://u:p@A.example:443/%7eB/../c",
                "HTTPS://u:p@A.example:443/.well-known/X/%7eB/../c",
                "HTTPS://u:p@A.example:443/.well-known/X/%7eB/../c",
            ),
            (
                "http://[::1]:8080/mcp",
                "http://[::1]:8080/.well-known/X/mcp",
                "http://[::1]:8080/.well-known/X/mcp",
            ),
        ] {
            assert_eq!(
                insert(url, PROTECTED_RESOURCE),
                Some(resource.replace('X', PROTECTED_RESOURCE)),
                "{url}"
            );
            assert_eq!(insert(url, OPENID), Some(server.replace('X', OPENID)), "{url}");
        }
        for url in [
            "",
            "a.example/b",
            "/b",
            "//a.example/b",
            "urn:a:b",
            "https:///b",
            "https://a.example/b#",
            "1s://a/b",
        ] {
            assert_eq!(insert(url, PROTECTED_RESOURCE), None, "{url}");
        }
    }

    #[test]
    fn appending_drops_one_slash() {
        let end = "/.well-known/openid-configuration";
        for (issuer, base) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/", "https://a.example"),
            ("https://A.example:443/b/", "https://A.example:443/b"),
        ] {
            assert_eq!(append(issuer, OPENID), Some(format!("{base}{end}")));
        }
        assert_eq!(append("https://a.example/b?q", OPENID), None);
        assert_eq!(append("https://a.example/b#f", OPENID), None);
    }

    #[test]
    fn metadata_urls_lead_back() {
        let back = |url| well_known_of(url).map(|w| (w.identifier, w.suffix.to_owned(), w.form));
        let resource = PROTECTED_RESOURCE.to_owned();
        let at = |s: &str, form| Some((s.to_owned(), resource.clone(), form));
        let cases = [
            (
                "https://a.example/.well-known/oauth-protected-resource",
                at("https://a.example", Form::Inserted),
            ),
            (
                "https://a.example/.well-known/oauth-protected-resource/b?q",
                at("https://a.example/b?q", Form::Inserted),
            ),
            (
                "https://a.example/b/.well-known/oauth-protected-resource",
                at("https://a.example/b", Form::Appended),
            ),
            ("https://a.example/b/.well-known/oauth-protected-resource/c", None),
            ("https://a.example/.well-known/", None),
            ("https://a.example/metadata.json", None),
            ("/.well-known/oauth-protected-resource", None),
        ];
        for (url, expected) in cases {
            assert_eq!(back(url), expected, "{url}");
        }
        let root = "https://a.example/.well-known/oauth-protected-resource";
        assert!(belongs_to(root, "https://a.example") && belongs_to(root, "https://a.example/"));
        assert!(!belongs_to(root, "https://a.example/mcp") && !belongs_to(root, "https://A.example"));
        assert!(belongs_to("https://a.example/b/.well-known/openid-configuration", "https://a.example/b/"));
    }

    #[test]
    fn origins_are_as_written() {
        assert_eq!(origin("HTTPS://u@A.example:443/b?c#d"), Some("HTTPS://u@A.example:443"));
        assert_eq!(origin("http://[::1]:80?x"), Some("http://[::1]:80"));
        assert_eq!(origin("mailto:a@b.example"), None);
    }

    proptest! {
        #[test]
        fn insertion_can_be_undone(id in "https?://([a-zA-Z0-9.]{1,8}|\\[::1\\])(:[0-9]{0,4})?(/[a-zA-Z%.]{1,5}){0,3}(\\?[a-z/=]{0,5})?") {
            for suffix in [PROTECTED_RESOURCE, AUTHORIZATION_SERVER] {
                let url = insert(&id, suffix).unwrap();
                let back = well_known_of(&url).unwrap();
                prop_assert_eq!((back.identifier.as_str(), back.suffix, back.form), (id.as_str(), suffix, Form::Inserted));
                prop_assert!(belongs_to(&url, &id));
            }
            if let Some(url) = append(&id, OPENID) {
                prop_assert_eq!(well_known_of(&url).unwrap().identifier, id.as_str());
                prop_assert!(belongs_to(&url, &id));
            }
        }

        #[test]
        fn any_text_is_survived(text in "[a-z:/?#\\[\\]@.é%-]{0,20}|https://.{0,20}") {
            let _ = (origin(&text), insert(&text, OPENID), append(&text, OPENID), well_known_of(&text));
        }
    }

    #[test]
    fn a_query_keeps_what_is_there() {
        for (url, whole) in [
            ("https://h/a", "https://h/a?x=1"),
            ("https://h/a?", "https://h/a?x=1"),
            ("https://h/a?t=2", "https://h/a?t=2&x=1"),
            ("https://h/a#f", "https://h/a?x=1#f"),
        ] {
            assert_eq!(with_query(url, "x=1"), whole);
        }
    }
}
