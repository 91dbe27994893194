//! The token endpoint: client_credentials, authorization_code with PKCE, and refresh_token.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::At;
use super::answer::{refused, success};
use super::authenticate::authenticated;
use super::clients::Client;
use super::form::Form;
use super::grant::{Denied, Grant, Granted, SERVER_ERROR, resources, scope};
use super::redeem::redeemed;
use super::refresh::refreshed;
use crate::Behaviour;
use crate::jwt::{self, Claims};
use crate::keys::Algorithm;
use crate::pair::TOKEN_LIFETIME;

pub(crate) async fn token(State(at): State<At>, headers: HeaderMap, body: Bytes) -> Response {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let form = match essence.as_str() {
        "application/json" if at.pair.does(Behaviour::TokenWantsJson) => Form::from_json(&body),
        "application/x-www-form-urlencoded" if !at.pair.does(Behaviour::TokenWantsJson) => Form::parse(&body),
        _ => return refused(("invalid_request", "the body has the wrong media type")),
    };
    answer(at, &headers, &form).await
}

pub(crate) async fn token_by_get(
    State(at): State<At>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    answer(at, &headers, &form).await
}

async fn answer(at: At, headers: &HeaderMap, form: &Form) -> Response {
    let body = match granted(&at, headers, form).await {
        Ok(granted) => issued(at, granted).await,
        Err(denied) => Err(denied),
    };
    body.map_or_else(refused, |body| success(StatusCode::OK, body))
}

async fn granted(at: &At, headers: &HeaderMap, form: &Form) -> Result<Granted, Denied> {
    let is_forgiven = |name| name == "grant_type" && at.pair.does(Behaviour::FirstGrantTypeWins);
    if form.repeated().is_some_and(|name| !is_forgiven(name)) {
        return Err(("invalid_request", "a parameter was sent twice"));
    }
    match form.get("grant_type") {
        Some("authorization_code") => {
            let client = authenticated(at, headers, form).await?;
            let code = form.get("code").ok_or(("invalid_request", "code is missing"))?;
            redeemed(at, form, &client, code)
        }
        Some("client_credentials") => {
            let client = authenticated(at, headers, form).await?;
            own(at, form, &client)
        }
        Some("refresh_token") => refreshed(at, form, &*authenticated(at, headers, form).await?),
        Some(_) => Err(("unsupported_grant_type", "this is not one of grant_types_supported")),
        None => Err(("invalid_request", "grant_type is missing")),
    }
}

/// What a client gets for itself, with no user behind it.
fn own(at: &At, form: &Form, client: &Client) -> Result<Granted, Denied> {
    let is_open = client.is_public() && at.pair.does(Behaviour::PublicClientCredentials);
    if !is_open && !client.may("client_credentials") {
        return Err(("unauthorized_client", "this grant is not one of the client's"));
    }
    let grant = Grant {
        issuer: at.issuer.identifier.clone(),
        client_id: client.id.clone(),
        subject: client.id.clone(),
        scope: scope(&at.pair, form)?,
        resources: resources(&at.pair, form)?,
    };
    let granted = Granted::new(at, grant, None)?;
    if granted.has_scope("openid") {
        return Err(("invalid_scope", "there is no user to identify"));
    }
    Ok(granted)
}

async fn issued(at: At, granted: Granted) -> Result<Value, Denied> {
    let mut body = json!({
        "access_token": at.pair.access_token(&granted.claims).map_err(|_| SERVER_ERROR)?,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME,
        "scope": granted.grant.scope,
    });
    if let Some(refresh) = &granted.refresh {
        body["refresh_token"] = json!(refresh);
    }
    if granted.has_scope("openid") {
        body["id_token"] = json!(id_token(at, granted).await?);
    }
    Ok(body)
}

/// Signed off the runtime's own threads, since the RSA key may still be in the making.
async fn id_token(at: At, Granted { grant, nonce, .. }: Granted) -> Result<String, Denied> {
    let now = at.pair.now();
    let mut claims = Claims::new();
    claims.insert("iss".into(), json!(grant.issuer));
    claims.insert("sub".into(), json!(grant.subject));
    claims.insert("aud".into(), json!(grant.client_id));
    claims.insert("exp".into(), json!(now + TOKEN_LIFETIME));
    claims.insert("iat".into(), json!(now));
    if let Some(nonce) = nonce {
        claims.insert("nonce".into(), json!(nonce));
    }
    let signed =
        tokio::task::spawn_blocking(move || jwt::sign(&at.pair.keys, Algorithm::Rs256, "JWT", &claims)).await;
    signed.ok().and_then(Result::ok).ok_or(SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Behaviour::*;
    use crate::client::{Answer, Client, answer};
    use crate::jwt;

    fn url(client: &Client) -> String {
        format!("{}/token", client.pair.issuer)
    }

    /// A client_credentials request with HTTP Basic.
    async fn basic(client: &Client, more: &[(&str, &str)]) -> Answer {
        let pair = &client.pair;
        let form = [&[("grant_type", "client_credentials")], more].concat();
        answer(
            client
                .request("POST", &url(client))
                .basic_auth(&pair.client_id, Some(&pair.client_secret))
                .form(&form),
        )
        .await
    }

    fn error(answer: &Answer) -> (u16, String) {
        (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn a_token_is_for_the_resource_asked_for() {
        let client = Client::with(&[]).await;
        let issued = basic(&client, &[("resource", &client.pair.server_url.replace("http", "HTTP"))]).await;
        assert_eq!((issued.header("cache-control"), issued.header("pragma")), ("no-store", "no-cache"));
        assert_eq!(issued.json()["token_type"], "Bearer");
        assert_eq!(
            (&issued.json()["scope"], &issued.json()["expires_in"]),
            (&json!("mcp:tools"), &json!(600))
        );
        let token = jwt::parse(issued.json()["access_token"].as_str().expect("a token")).expect("a JWT");
        assert_eq!(token.header["typ"], "at+jwt");
        assert_eq!(
            (&token.claims["aud"], &token.claims["iss"]),
            (&json!(client.pair.server_url), &json!(client.pair.issuer))
        );
        for claim in ["exp", "iat", "jti", "sub", "client_id", "scope"] {
            assert!(token.claims.contains_key(claim), "{claim}");
        }
        let other = basic(&client, &[("resource", &client.pair.other_resource)]).await.json();
        assert_eq!(client.status_with(other["access_token"].as_str().expect("a token")).await, 401);
        let both =
            [("resource", client.pair.other_resource.as_str()), ("resource", client.pair.origin.as_str())];
        let both = basic(&client, &both).await.json();
        assert_eq!(client.status_with(both["access_token"].as_str().expect("a token")).await, 200);
    }

    #[tokio::test]
    async fn bad_requests_have_their_codes() {
        let client = Client::with(&[]).await;
        let secret = client.pair.client_secret.clone();
        for (more, code) in [
            (("scope", "files:read"), "invalid_scope"),
            (("scope", "openid"), "invalid_scope"),
            (("resource", "https://other.example"), "invalid_target"),
            (("grant_type", "password"), "invalid_request"),
            (("client_secret", secret.as_str()), "invalid_request"),
            (("client_id", "other"), "invalid_request"),
        ] {
            assert_eq!(error(&basic(&client, &[more]).await), (400, code.to_owned()), "{more:?}");
        }
        let anonymous = async |form: &[(&str, &str)]| error(&client.form(&url(&client), form).await);
        assert_eq!(anonymous(&[]).await, (400, "invalid_request".to_owned()));
        assert_eq!(
            anonymous(&[("grant_type", "password")]).await,
            (400, "unsupported_grant_type".to_owned())
        );
        assert_eq!(
            anonymous(&[("grant_type", "client_credentials")]).await,
            (401, "invalid_client".to_owned())
        );
        let public = [("grant_type", "client_credentials"), ("client_id", &client.pair.public_client_id)];
        assert_eq!(anonymous(&public).await, (400, "unauthorized_client".to_owned()));
        let wrong = client.request("POST", &url(&client)).basic_auth(&client.pair.client_id, Some("wrong"));
        let wrong = answer(wrong.form(&[("grant_type", "client_credentials")])).await;
        assert_eq!((wrong.status, wrong.challenge()), (401, r#"Basic realm="reference""#));
        assert_eq!(client.get(&url(&client)).await.status, 405);
        assert_eq!(answer(client.request("POST", &url(&client)).json(&json!({}))).await.status, 400);
    }

    #[tokio::test]
    async fn refusals_are_for_scripts_and_not_for_caches() {
        let client = Client::with(&[]).await;
        let twice = [("grant_type", "client_credentials"), ("grant_type", "client_credentials")];
        let unknown = client.request("POST", &url(&client)).basic_auth("bogus", Some("bogus"));
        for (request, code) in [
            (client.request("POST", &url(&client)).form(&[("a", "b")]), "invalid_request"),
            (client.request("POST", &url(&client)), "invalid_request"),
            (client.request("POST", &url(&client)).form(&[("grant_type", "")]), "invalid_request"),
            (client.request("POST", &url(&client)).form(&twice), "invalid_request"),
            (client.request("POST", &url(&client)).form(&[("grant_type", "x")]), "unsupported_grant_type"),
            (client.request("POST", &url(&client)).json(&json!({ "grant_type": "x" })), "invalid_request"),
            (unknown.form(&[("grant_type", "authorization_code")]), "invalid_client"),
        ] {
            let refused = answer(request.header("origin", "https://page.example")).await;
            assert_eq!(refused.json()["error"], code);
            assert_eq!(refused.header("cache-control"), "no-store");
            assert_eq!(refused.header("access-control-allow-origin"), "*");
            assert_eq!(
                refused.challenge(),
                if refused.status == 401 { r#"Basic realm="reference""# } else { "" }
            );
        }
        assert_eq!(client.get(&url(&client)).await.header("allow"), "POST,OPTIONS");
        let preflight = answer(client.request("OPTIONS", &url(&client))).await;
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, "*"));
    }

    #[tokio::test]
    async fn behaviours_change_it() {
        let client = Client::with(&[FirstGrantTypeWins]).await;
        let twice = [("grant_type", "x"), ("grant_type", "client_credentials")];
        assert_eq!(error(&client.form(&url(&client), &twice).await).1, "unsupported_grant_type");
        let scopes = [("grant_type", "x"), ("scope", "mcp:tools"), ("scope", "mcp:tools")];
        assert_eq!(error(&client.form(&url(&client), &scopes).await).1, "invalid_request");
        let client = Client::with(&[IgnoresClientSecret]).await;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &client.pair.client_id),
            ("client_secret", "wrong"),
        ];
        assert_eq!(client.form(&url(&client), &form).await.status, 200);
        let client = Client::with(&[PublicClientCredentials]).await;
        let form = [("grant_type", "client_credentials"), ("client_id", &client.pair.public_client_id)];
        assert_eq!(client.form(&url(&client), &form).await.status, 200);
        let client = Client::with(&[TokenByGet, PublicClientCredentials]).await;
        assert_eq!(answer(client.request("GET", &url(&client)).query(&form)).await.status, 200);
        let client = Client::with(&[TokenWantsJson, PublicClientCredentials]).await;
        assert_eq!(client.form(&url(&client), &form).await.status, 400);
        let body = json!({ "grant_type": "client_credentials", "client_id": client.pair.public_client_id });
        assert_eq!(answer(client.request("POST", &url(&client)).json(&body)).await.status, 200);
        let elsewhere = [("resource", "https://other.example/#f")];
        for (behaviour, audience) in
            [(IgnoresResource, None), (IssuesForAnyResource, Some("https://other.example/#f"))]
        {
            let client = Client::with(&[behaviour]).await;
            let issued = basic(&client, &elsewhere).await.json();
            let token = jwt::parse(issued["access_token"].as_str().expect("a token")).expect("a JWT");
            assert_eq!(token.claims["aud"], json!(audience.unwrap_or(&client.pair.server_url)));
        }
    }
}
