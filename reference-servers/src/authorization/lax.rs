//! Registrations that are taken although something about them is wrong: one thing for each behaviour.

use serde_json::{Map, Value, json};

use super::grant::Denied;
use super::register::{TEXTS, metadata};
use crate::Behaviour;
use crate::pair::Pair;

/// Stands where a redirect URI is not looked at.
const GOOD_URI: &str = "https://client.example/callback";

/// Members that are known besides those that are text.
const KNOWN: [&str; 5] =
    ["redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method", "contacts"];

/// What is registered of what was asked for, as far as this pair looks at it.
pub(super) fn registered(pair: &Pair, mut asked: Map<String, Value>) -> Result<Map<String, Value>, Denied> {
    let is_known = |name: &String| TEXTS.contains(&name.as_str()) || KNOWN.contains(&name.as_str());
    if pair.does(Behaviour::RegistrationRefusesUnknownMembers) && !asked.keys().all(is_known) {
        return Err(("invalid_client_metadata", "a member is not known"));
    }
    let mut unseen = Map::new();
    let uris = asked.get("redirect_uris");
    if uris.is_none() && pair.does(Behaviour::RegistersWithoutRedirectUris) {
        unseen.insert("redirect_uris".into(), json!([]));
        asked.insert("redirect_uris".into(), json!([GOOD_URI]));
    } else if let Some(uris) = uris.filter(|uris| are_overlooked(pair, uris)).cloned() {
        asked.insert("redirect_uris".into(), json!([GOOD_URI]));
        unseen.insert("redirect_uris".into(), uris);
    }
    if pair.does(Behaviour::RegistersAnyMethod)
        && let Some(method) = asked.insert("token_endpoint_auth_method".into(), json!("none"))
    {
        unseen.insert("token_endpoint_auth_method".into(), method);
    }
    let mut registered = metadata(&asked)?;
    registered.extend(unseen);
    Ok(registered)
}

/// Whether nobody looks at these redirect URIs.
fn are_overlooked(pair: &Pair, uris: &Value) -> bool {
    let each = |passes: fn(&str) -> bool| {
        uris.as_array().is_some_and(|uris| uris.iter().all(|uri| uri.as_str().is_some_and(passes)))
    };
    pair.does(Behaviour::RegistersAnyRedirectUri) && each(|_| true)
        || pair.does(Behaviour::RegistersHttpRedirectUris) && each(|uri| uri.starts_with("http://"))
        || pair.does(Behaviour::RegistersPrivateSchemes) && each(|uri| !uri.contains("://"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::{self, *};
    use crate::client::{Client, answer};

    /// The status of this registration, and what is registered.
    async fn registered(behaviours: &[Behaviour], metadata: Value) -> (u16, Value) {
        let client = Client::with(behaviours).await;
        let url = format!("{}/register", client.pair.issuer);
        let answer = answer(client.request("POST", &url).json(&metadata)).await;
        (answer.status, answer.json())
    }

    #[tokio::test]
    async fn each_overlooks_one_thing() {
        let uris = |uri: &str| json!({ "redirect_uris": [uri] });
        for (behaviour, metadata) in [
            (RegistersAnyRedirectUri, uris("https://a.example/cb#x")),
            (RegistersHttpRedirectUris, uris("http://a.example/cb")),
            (RegistersPrivateSchemes, uris("app:/cb")),
            (RegistersWithoutRedirectUris, json!({})),
            (
                RegistersAnyMethod,
                json!({ "redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "x" }),
            ),
        ] {
            assert_eq!(registered(&[], metadata.clone()).await.0, 400, "{metadata}");
            let (status, answer) = registered(&[behaviour], metadata.clone()).await;
            assert_eq!(status, 201, "{metadata}");
            for (name, value) in metadata.as_object().expect("an object") {
                assert_eq!(answer[name], *value);
            }
        }
        assert_eq!(registered(&[RegistersHttpRedirectUris], uris("https://a.example/cb#x")).await.0, 400);
    }

    #[tokio::test]
    async fn unknown_members_and_chosen_ids() {
        let metadata = json!({ "redirect_uris": ["https://a.example/cb"], "x": 1, "client_id": "admin" });
        let (status, answer) = registered(&[], metadata.clone()).await;
        assert_eq!(status, 201);
        assert_ne!(answer["client_id"], "admin");
        assert_eq!(registered(&[RegistrationRefusesUnknownMembers], metadata.clone()).await.0, 400);
        assert_eq!(registered(&[ClientsChooseTheirId], metadata).await.1["client_id"], "admin");
    }
}
