//! Server metadata: the same document for RFC 8414 and OpenID Connect Discovery, so the two cannot disagree.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::At;
use super::assertion::ALGORITHMS;
use crate::{Behaviour, document};

/// How a client may say who it is.
pub(super) const METHODS: [&str; 4] =
    ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];

pub(crate) async fn metadata(State(at): State<At>) -> Response {
    let base = &at.issuer.base;
    let mut metadata = json!({
        "issuer": at.issuer.identifier,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "registration_endpoint": format!("{base}/register"),
        "revocation_endpoint": format!("{base}/revoke"),
        "revocation_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint": format!("{base}/introspect"),
        "introspection_endpoint_auth_methods_supported": METHODS[..3],
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "jwks_uri": format!("{base}/jwks"),
        "scopes_supported": at.pair.scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce"],
        // The default of this one is true.
        "request_uri_parameter_supported": false,
    });
    if !at.pair.does(Behaviour::OpaqueTokens) {
        metadata["test_minting_endpoint"] = json!(format!("{base}/mint"));
    }
    if at.pair.profile.has_client_documents() {
        metadata["client_id_metadata_document_supported"] = json!(true);
    }
    document::metadata(metadata)
}
