//! The site of a client: its metadata document, whose URL is its client ID.

use axum::Router;
use serde_json::json;

use crate::authorization::REDIRECT_URI;
use crate::document;

/// The path of the document.
pub(crate) const PATH: &str = "/client.json";

pub(crate) fn router(client_id: &str) -> Router {
    let metadata = json!({
        "client_id": client_id,
        "client_name": "Reference client",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    Router::new().route(PATH, document::public(move || async move { document::metadata(metadata) }))
}

#[cfg(test)]
mod tests {
    use crate::client::Client;

    #[tokio::test]
    async fn the_document_names_its_url_and_can_be_edited() {
        let client = Client::edited(
            "- { on: { server: client }, json: { set: { /client_uri: \"{{client-id}}\" } } }\n",
        );
        let client = client.await;
        let url = client.pair.client_metadata_url.clone();
        let document = client.get(&url).await.json();
        assert_eq!((&document["client_id"], &document["client_uri"]), (&url.clone().into(), &url.into()));
        assert_eq!(document["redirect_uris"][0], client.pair.redirect_uri);
    }
}
