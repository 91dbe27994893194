//! Dynamic client registration (RFC 7591), its end (RFC 7592), and the document that makes it needless.

use serde_json::{Map, Value, json};

use crate::login::secret::Secret;
use crate::model::exchange::Request;

/// What a client registers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// A user logs in: a public, native client that comes back to this loopback URL.
    Login {
        /// See RFC 8252 §7.3.
        redirect_uri: &'a str,
    },
    /// It gets tokens of its own, and needs a secret for that (RFC 6749 §4.4).
    ClientCredentials,
}

/// Asks for a client (RFC 7591 §3.1).
pub fn registration(endpoint: &str, purpose: Purpose<'_>, scope: Option<&str>) -> Request {
    let body = Value::Object(metadata(purpose, scope)).to_string();
    let headers = [("accept", "application/json"), ("content-type", "application/json")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Request { method: "POST".to_owned(), url: endpoint.to_owned(), headers: headers.into(), body: Some(body) }
}

/// The client ID metadata document that is served at `url`, which is the client's ID as well
/// (draft-ietf-oauth-client-id-metadata-document §4).
pub fn document(url: &str, redirect_uri: &str) -> Value {
    let mut document = Map::from_iter([("client_id".to_owned(), json!(url))]);
    document.extend(metadata(Purpose::Login { redirect_uri }, None));
    Value::Object(document)
}

/// Reads what a client is registered with (RFC 7592 §2.1).
pub fn read(uri: &str, access_token: &Secret) -> Request {
    managed("GET", uri, access_token)
}

/// The same by somebody who does not have the registration access token.
pub fn read_as_stranger(uri: &str) -> Request {
    let headers = vec![("accept".to_owned(), "application/json".to_owned())];
    Request { method: "GET".to_owned(), url: uri.to_owned(), headers, body: None }
}

/// Removes a client (RFC 7592 §2.3).
pub fn removal(uri: &str, access_token: &Secret) -> Request {
    managed("DELETE", uri, access_token)
}

fn managed(method: &str, uri: &str, access_token: &Secret) -> Request {
    let mut request = Request { method: method.to_owned(), ..read_as_stranger(uri) };
    request.headers.push(("authorization".to_owned(), format!("Bearer {}", access_token.expose())));
    request
}

/// Client metadata (RFC 7591 §2; `application_type` is of OpenID Connect Registration §2).
fn metadata(purpose: Purpose<'_>, scope: Option<&str>) -> Map<String, Value> {
    let metadata = match purpose {
        Purpose::Login { redirect_uri } => json!({
            "client_name": "mcp-conform",
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "application_type": "native",
        }),
        Purpose::ClientCredentials => json!({
            "client_name": "mcp-conform",
            "redirect_uris": [],
            "grant_types": ["client_credentials"],
            "response_types": [],
            "token_endpoint_auth_method": "client_secret_basic",
        }),
    };
    let Value::Object(mut metadata) = metadata else { return Map::new() };
    metadata.extend(scope.map(|scope| ("scope".to_owned(), json!(scope))));
    metadata
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: Purpose<'_> = Purpose::Login { redirect_uri: "http://127.0.0.1:5/callback" };

    fn body(request: &Request) -> Value {
        serde_json::from_str(request.body.as_deref().unwrap()).unwrap()
    }

    #[test]
    fn registers_a_native_public_client() {
        let request = registration("https://as/register", LOGIN, Some("mcp:read"));
        assert_eq!(
            body(&request),
            json!({
                "client_name": "mcp-conform",
                "redirect_uris": ["http://127.0.0.1:5/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
                "application_type": "native",
                "scope": "mcp:read",
            })
        );
    }

    #[test]
    fn a_client_of_its_own_account_has_a_secret() {
        let body = body(&registration("https://as/register", Purpose::ClientCredentials, None));
        assert_eq!(body["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(body["grant_types"], json!(["client_credentials"]));
        assert_eq!(body.get("scope"), None);
    }

    #[test]
    fn the_document_says_where_it_is() {
        let document = document("https://c.example/client.json", "http://127.0.0.1:5/callback");
        assert_eq!(document["client_id"], "https://c.example/client.json");
        assert_eq!(document["token_endpoint_auth_method"], "none");
    }

    #[test]
    fn reads_and_removes_with_the_token_of_the_registration() {
        let token = Secret::new("t");
        assert_eq!(read_as_stranger("https://as/c/1").headers.len(), 1);
        for (request, method) in
            [(read("https://as/c/1", &token), "GET"), (removal("https://as/c/1", &token), "DELETE")]
        {
            assert_eq!((request.method.as_str(), request.body.is_none()), (method, true));
            assert_eq!(request.headers[1], ("authorization".to_owned(), "Bearer t".to_owned()));
        }
    }
}
