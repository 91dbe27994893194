//! Where a document is served, and what follows from that.
//!
//! `https://h/.well-known/oauth-protected-resource/mcp` is where the metadata of `https://h/mcp` belongs.

use super::kind::Kind;
use super::read::Text;
use crate::parse::json::Document;
use crate::parse::url::Uri;
use crate::parse::well_known::{self, AUTHORIZATION_SERVER, Form, OPENID, PROTECTED_RESOURCE};

/// The URL of a document, and whose it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The URL as the user gave it.
    pub url: String,
    /// The MCP endpoint, or the client_id, that it belongs to, where one follows.
    pub target: Option<String>,
    /// Scheme and authority of that.
    pub origin: Option<String>,
    /// The issuer that it belongs to, where one follows.
    pub issuer: Option<String>,
}

impl Address {
    /// Reads the URL at which `text` is served; the error is a sentence for the user.
    pub fn of(url: &str, text: &Text) -> Result<Self, String> {
        let uri = Uri::parse(url).map_err(|flaw| format!("`{url}` is not a URL: {flaw}"))?;
        if !uri.is_web() || uri.has_fragment() {
            return Err(format!(
                "nothing is served at `{url}`: expected a URL of http or https with no fragment"
            ));
        }
        let address = Self { url: url.to_owned(), target: None, origin: None, issuer: None };
        let origin = well_known::origin(url).map(str::to_owned);
        match text.kind {
            Kind::ResourceMetadata => {
                let resource = identifier(url, text, "resource", &[(PROTECTED_RESOURCE, Form::Inserted)])?;
                // The root may serve the metadata of an endpoint with a path, too: it does not say of which.
                let of_origin = Some(resource.trim_end_matches('/')) == origin.as_deref();
                Ok(Self { target: (!of_origin).then_some(resource), origin, ..address })
            }
            Kind::ServerMetadata => {
                let places = [
                    (AUTHORIZATION_SERVER, Form::Inserted),
                    (OPENID, Form::Inserted),
                    (OPENID, Form::Appended),
                ];
                Ok(Self { issuer: Some(identifier(url, text, "issuer", &places)?), ..address })
            }
            Kind::Challenge | Kind::ClientMetadata => {
                Ok(Self { target: Some(url.to_owned()), origin, ..address })
            }
            Kind::Jwks => Ok(address),
        }
    }
}

/// What the document at `url` is about: its own `member`, if that leads to `url`, and else what `url` is derived from.
/// The two differ where a slash is lost on the way.
fn identifier(url: &str, text: &Text, member: &str, places: &[(&str, Form)]) -> Result<String, String> {
    let found = well_known::well_known_of(url)
        .filter(|found| places.iter().any(|(suffix, form)| (*suffix, *form) == (found.suffix, found.form)));
    let Some(found) = found else {
        let wanted =
            places.first().and_then(|(suffix, _)| well_known::insert(url, suffix)).unwrap_or_default();
        let title = text.kind.title();
        return Err(format!(
            "--url says where the {title} itself is served, and `{url}` is none of its well-known URLs: that of \
             `{url}` belongs to {wanted}"
        ));
    };
    let document = Document::parse(&text.bytes).ok();
    let own = document.as_ref().and_then(|document| document.value().get(member)?.as_str());
    let own = own.filter(|own| well_known::belongs_to(url, own));
    Ok(own.map_or(found.identifier, str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, url: &str, body: &str) -> Result<Address, String> {
        Address::of(url, &Text::new(kind, "x.json", body.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn the_resource_follows_from_the_place_of_its_metadata() {
        let target = |url: &str, body: &str| of(Kind::ResourceMetadata, url, body).unwrap().target;
        let below = "https://h/.well-known/oauth-protected-resource/mcp";
        assert_eq!(target(below, "{}").as_deref(), Some("https://h/mcp"));
        assert_eq!(target(below, r#"{"resource":"https://h/mcp/"}"#).as_deref(), Some("https://h/mcp"));
        let root =
            of(Kind::ResourceMetadata, "https://h/.well-known/oauth-protected-resource", "{}").unwrap();
        assert_eq!((root.target, root.origin.as_deref()), (None, Some("https://h")));
    }

    #[test]
    fn the_issuer_follows_up_to_its_slash() {
        let issuer = |url: &str, body: &str| of(Kind::ServerMetadata, url, body).unwrap().issuer.unwrap();
        for url in [
            "https://h/.well-known/oauth-authorization-server/t",
            "https://h/t/.well-known/openid-configuration",
        ] {
            assert_eq!(issuer(url, "{}"), "https://h/t");
            assert_eq!(issuer(url, r#"{"issuer":"https://h/t/"}"#), "https://h/t/");
            assert_eq!(issuer(url, r#"{"issuer":"https://h/u"}"#), "https://h/t");
        }
    }

    #[test]
    fn other_places_are_no_place_for_it() {
        for (kind, url, says) in [
            (
                Kind::ResourceMetadata,
                "https://h/mcp",
                "belongs to https://h/.well-known/oauth-protected-resource/mcp",
            ),
            (
                Kind::ResourceMetadata,
                "https://h/.well-known/oauth-authorization-server",
                "none of its well-known URLs",
            ),
            (
                Kind::ServerMetadata,
                "https://h/t/.well-known/oauth-authorization-server",
                "none of its well-known URLs",
            ),
            (Kind::Challenge, "h/mcp", "is not a URL"),
            (Kind::Jwks, "https://h/keys#1", "no fragment"),
        ] {
            let error = of(kind, url, "{}").unwrap_err();
            assert!(error.contains(says), "{url}: {error}");
        }
    }
}
