//! What was granted to whom: scopes and resources, and the code that stands for them.

use super::At;
use super::form::Form;
use crate::Behaviour;
use crate::jwt::Claims;
use crate::pair::Pair;

/// What an access token is issued for.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) subject: String,
    pub(crate) scope: String,
    /// Resource identifiers; none means the MCP server.
    pub(crate) resources: Vec<String>,
}

/// A grant, the claims of the access token it gives, and what an id token would repeat.
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    pub(crate) claims: Claims,
    pub(crate) nonce: Option<String>,
    /// A refresh token to give with it.
    pub(crate) refresh: Option<String>,
}

impl Granted {
    pub(crate) fn new(at: &At, grant: Grant, nonce: Option<String>) -> Result<Self, Denied> {
        let claims = at.pair.claims(&grant).map_err(|_| SERVER_ERROR)?;
        Ok(Self { grant, claims, nonce, refresh: None })
    }

    /// The `jti` of the access token.
    pub(crate) fn id(&self) -> String {
        self.claims.get("jti").and_then(|id| id.as_str()).unwrap_or_default().to_owned()
    }

    pub(crate) fn has_scope(&self, wanted: &str) -> bool {
        self.grant.scope.split(' ').any(|scope| scope == wanted)
    }
}

/// A grant that waits to be redeemed.
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) nonce: Option<String>,
    pub(crate) expires: u64,
    /// The id of the token it was redeemed for.
    pub(crate) redeemed: Option<String>,
    /// The refresh token that came with it.
    pub(crate) refresh: Option<String>,
}

/// A PKCE challenge (RFC 7636).
pub(crate) enum Challenge {
    S256(String),
    Plain(String),
}

/// An OAuth error code and a sentence about it.
pub(crate) type Denied = (&'static str, &'static str);

pub(crate) const SERVER_ERROR: Denied = ("server_error", "no token could be made");

/// The scopes to grant: those asked for, or the one every tool needs.
pub(crate) fn scope(pair: &Pair, form: &Form) -> Result<String, Denied> {
    let Some(asked) = form.get("scope") else {
        return Ok(pair.default_scope.clone());
    };
    let is_known = |scope: &&str| pair.scopes.iter().any(|known| known == scope);
    if pair.does(Behaviour::IgnoresUnknownScopes) {
        // Either is open to a server, if it says what was granted (RFC 6749 section 3.3).
        let known: Vec<&str> = asked.split(' ').filter(is_known).collect();
        return Ok(if known.is_empty() { pair.default_scope.clone() } else { known.join(" ") });
    }
    if asked.split(' ').all(|scope| is_known(&scope)) {
        Ok(asked.to_owned())
    } else {
        Err(("invalid_scope", "the scopes are those of scopes_supported, with one space between them"))
    }
}

/// The resource indicators of RFC 8707, each as the identifier we know it by.
pub(crate) fn resources(pair: &Pair, form: &Form) -> Result<Vec<String>, Denied> {
    if pair.does(Behaviour::IgnoresResource) {
        return Ok(Vec::new());
    }
    if pair.does(Behaviour::RefusesResource) && form.get("resource").is_some() {
        return Err(("invalid_request", "the resource parameter is not known"));
    }
    let known = |asked: &str| {
        let asked = match pair.does(Behaviour::CutsFragmentsOff) {
            true => asked.split('#').next().unwrap_or_default(),
            false => asked,
        };
        let asked = canonical(asked);
        pair.resources.iter().find(|known| canonical(known) == asked).cloned()
    };
    form.all("resource")
        .map(|asked| match known(asked) {
            Some(resource) => Ok(resource),
            None if pair.does(Behaviour::IssuesForAnyResource) => Ok(asked.to_owned()),
            None if pair.does(Behaviour::UnknownResourceIsAnInvalidRequest) => {
                Err(("invalid_request", "no such resource here"))
            }
            None => Err(("invalid_target", "no such resource here")),
        })
        .collect()
}

/// MCP asks to tolerate capitals in scheme and host; and `http://h/` is the same request as `http://h`.
fn canonical(resource: &str) -> String {
    let Some((scheme, rest)) = resource.split_once("://") else {
        return resource.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path == "/" { "" } else { path };
    format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Form, canonical, scope};
    use crate::pair::Pair;
    use crate::{Behaviour, Options};

    #[test]
    fn scopes_are_known_or_refused() {
        let origin = "http://127.0.0.1:1";
        let pair = |behaviours: &[Behaviour]| {
            let options = Options { behaviours: behaviours.to_vec(), ..Options::default() };
            Pair::new(&options, origin.to_owned(), origin).expect("a pair")
        };
        let (strict, lenient) = (pair(&[]), pair(&[Behaviour::IgnoresUnknownScopes]));
        for (form, granted) in [("scope=read", "mcp:tools"), ("scope=read+mcp:admin", "mcp:admin")] {
            assert_eq!(scope(&lenient, &Form::parse(form.as_bytes())), Ok(granted.to_owned()));
        }
        let scope = |form: &[u8]| scope(&strict, &Form::parse(form));
        assert_eq!(scope(b""), Ok("mcp:tools".to_owned()));
        assert_eq!(scope(b"scope=openid+mcp:admin"), Ok("openid mcp:admin".to_owned()));
        assert!(scope(b"scope=mcp:tools++mcp:admin").is_err());
        assert!(scope(b"scope=files:read").is_err());
    }

    #[test]
    fn only_what_cannot_matter_is_folded() {
        assert_eq!(canonical("HTTP://LocalHost:1/McP"), "http://localhost:1/McP");
        assert_eq!(canonical("http://h/"), "http://h");
        assert_eq!(canonical("http://h/mcp/"), "http://h/mcp/");
        assert_eq!(canonical("mcp.example.com"), "mcp.example.com");
    }
}
