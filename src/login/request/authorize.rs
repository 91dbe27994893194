//! The authorization request (RFC 6749 §4.1.1), with PKCE (RFC 7636 §4.3) and the resource (RFC 8707 §2).

use super::{Changes, Parameters, change, encode};
use crate::model::exchange::Request;
use crate::parse::well_known::with_query;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// `authorization_endpoint` of the metadata.
    pub endpoint: &'a str,
    /// Who asks.
    pub client_id: &'a str,
    /// Where to come back to.
    pub redirect_uri: &'a str,
    /// Tokens with one space between them; left out where there is none.
    pub scope: Option<&'a str>,
    /// What must come back.
    pub state: &'a str,
    /// Of the verifier, with S256.
    pub challenge: &'a str,
    /// The resource indicator, which MCP wants as its server's canonical URL.
    pub resource: Option<&'a str>,
}

impl Authorization<'_> {
    /// The URL for the browser: the endpoint with what its query holds already (RFC 6749 §3.1), and the parameters
    /// after `changes`.
    pub fn url(&self, changes: &Changes) -> String {
        let own = [
            ("response_type", Some("code")),
            ("client_id", Some(self.client_id)),
            ("redirect_uri", Some(self.redirect_uri)),
            ("scope", self.scope),
            ("state", Some(self.state)),
            ("code_challenge", Some(self.challenge)),
            ("code_challenge_method", Some("S256")),
            ("resource", self.resource),
        ];
        let given = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let mut parameters: Parameters = given.collect();
        change(&mut parameters, changes);
        with_query(self.endpoint, &encode(&parameters))
    }
}

/// Asks for a page as a browser does, in a language whose buttons `login::form` can read.
pub fn page(url: impl Into<String>) -> Request {
    let headers = [("accept", "text/html"), ("accept-language", "en")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Request { method: "GET".to_owned(), url: url.into(), headers: headers.into(), body: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization(endpoint: &str) -> Authorization<'_> {
        Authorization {
            endpoint,
            client_id: "https://c.example/client.json",
            redirect_uri: "http://127.0.0.1:5/callback",
            scope: Some("mcp:read mcp:write"),
            state: "s",
            challenge: "c",
            resource: Some("https://h.example/mcp"),
        }
    }

    #[test]
    fn holds_every_parameter() {
        assert_eq!(
            authorization("https://As.example:443/authorize").url(&Changes::new()),
            "https://As.example:443/authorize?response_type=code\
             &client_id=https%3A%2F%2Fc.example%2Fclient.json\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A5%2Fcallback&scope=mcp%3Aread+mcp%3Awrite&state=s\
             &code_challenge=c&code_challenge_method=S256&resource=https%3A%2F%2Fh.example%2Fmcp"
        );
    }

    #[test]
    fn keeps_the_query_of_the_endpoint_and_leaves_out_what_it_does_not_have() {
        let bare = Authorization { scope: None, resource: None, ..authorization("https://as/a?tenant=1") };
        let changes = Changes::from([
            ("code_challenge".to_owned(), None),
            ("code_challenge_method".to_owned(), None),
            ("redirect_uri".to_owned(), None),
            ("client_id".to_owned(), Some("other".to_owned())),
        ]);
        assert_eq!(bare.url(&changes), "https://as/a?tenant=1&response_type=code&client_id=other&state=s");
    }

    #[test]
    fn a_page_is_asked_for_as_html() {
        let request = page("https://as/a");
        assert_eq!(request.headers[0], ("accept".to_owned(), "text/html".to_owned()));
    }
}
