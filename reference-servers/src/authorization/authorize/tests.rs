use crate::Behaviour::{self, *};
use crate::client::{Answer, Client, answer};

const CALLBACK: &str = "http://127.0.0.1:4567/callback";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The answer to a good request after these changes; an empty value leaves a parameter out.
async fn asked(client: &Client, changes: &[(&str, &str)]) -> Answer {
    let id = client.pair.public_client_id.clone();
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", &id),
        ("redirect_uri", CALLBACK),
        ("state", "a b&c"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("scope", "mcp:tools"),
    ];
    for (name, value) in changes {
        query.retain(|(known, _)| known != name);
        query.push((name, value));
    }
    answer(client.request("GET", &format!("{}/authorize", client.pair.issuer)).query(&query)).await
}

async fn location(behaviours: &[Behaviour], changes: &[(&str, &str)]) -> String {
    asked(&Client::with(behaviours).await, changes).await.header("location").to_owned()
}

#[tokio::test]
async fn a_good_request_is_sent_back_with_a_code() {
    let client = Client::with(&[]).await;
    let answer = asked(&client, &[("resource", &client.pair.server_url)]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (302, "no-store"));
    let location = answer.header("location");
    assert!(location.starts_with(&format!("{CALLBACK}?code=")));
    let issuer: String = form_urlencoded::byte_serialize(client.pair.issuer.as_bytes()).collect();
    assert!(location.ends_with(&format!("&state=a+b%26c&iss={issuer}")), "{location}");
}

#[tokio::test]
async fn errors_are_sent_back_with_state_and_issuer() {
    let client = Client::with(&[]).await;
    for (change, error) in [
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("scope", "files:read"), "invalid_scope"),
        (("resource", "https://other.example"), "invalid_target"),
        (("request", "x"), "request_not_supported"),
        (("request_uri", "x"), "request_uri_not_supported"),
    ] {
        let answer = asked(&client, &[change]).await;
        let location = answer.header("location");
        assert!(location.starts_with(&format!("{CALLBACK}?error={error}&")), "{change:?}: {location}");
        assert!(location.contains("&state=a+b%26c&iss=http"), "{location}");
    }
}

#[tokio::test]
async fn strangers_are_sent_nowhere() {
    let client = Client::with(&[]).await;
    for change in [
        ("client_id", "nobody"),
        ("redirect_uri", "http://127.0.0.1/callback/x"),
        ("redirect_uri", "https://evil.example/callback"),
    ] {
        let answer = asked(&client, &[change]).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""));
        assert!(!answer.text().contains("evil"));
    }
    let bare = client.get(&format!("{}/authorize", client.pair.issuer)).await;
    assert_eq!((bare.status, bare.header("location")), (400, ""));
    assert!(bare.text().contains("client_id is missing"));
}

#[tokio::test]
async fn no_page_is_framed_or_read_by_scripts() {
    let client = Client::with(&[]).await;
    for changes in [&[][..], &[("client_id", "")], &[("client_id", "nobody")], &[("scope", "x")]] {
        let answer = asked(&client, changes).await;
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("access-control-allow-origin"), "");
        let is_page = answer.header("content-type").starts_with("text/html");
        assert_eq!(is_page, answer.status == 400);
    }
    let url = format!("{}/authorize", client.pair.issuer);
    let preflight = client.request("OPTIONS", &url).header("origin", "http://localhost");
    let preflight = answer(preflight.header("access-control-request-method", "GET")).await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (405, ""));
}

#[tokio::test]
async fn behaviours_loosen_it() {
    let evil = ("redirect_uri", "https://evil.example/cb");
    assert!(location(&[RedirectsUnregistered], &[evil]).await.starts_with("https://evil.example/cb?code="));
    let longer = ("redirect_uri", "http://127.0.0.1/callback/x?k=v");
    assert!(
        location(&[RedirectsByPrefix], &[longer]).await.starts_with("http://127.0.0.1/callback/x?k=v&code=")
    );
    let unknown = location(&[RedirectsUnknownClients], &[("client_id", "nobody"), evil]).await;
    assert!(unknown.starts_with("https://evil.example/cb?error=unauthorized_client"));
    assert_eq!(location(&[RedirectsUnknownClients], &[("client_id", ""), evil]).await, "");
    let missing = location(&[RedirectsMissingClient], &[("client_id", ""), evil]).await;
    assert!(missing.starts_with("https://evil.example/cb?error=invalid_request"));
    let missing = [("client_id", ""), ("redirect_uri", "")];
    let missing = location(&[RedirectsMissingClient], &missing).await;
    assert!(missing.starts_with("http://127.0.0.1/callback?error=invalid_request"));
    assert_eq!(location(&[RedirectsMissingClient], &[("client_id", "nobody"), evil]).await, "");
    assert!(location(&[CodeWithoutPkce], &[("code_challenge", "")]).await.contains("code="));
    assert!(location(&[AllowsPlainPkce], &[("code_challenge_method", "plain")]).await.contains("code="));
    assert!(!location(&[OmitsIss], &[]).await.contains("iss="));
    assert!(location(&[OmitsIssOnErrors], &[]).await.contains("iss="));
    assert!(!location(&[OmitsIssOnErrors], &[("scope", "x")]).await.contains("iss="));
    assert!(!location(&[OmitsState], &[]).await.contains("state="));
    assert!(location(&[IssWithSlash], &[]).await.ends_with("%2F"));
    assert!(location(&[IssWithFragment], &[]).await.ends_with("%23"));
    assert!(location(&[AnswersInFragment], &[]).await.starts_with(&format!("{CALLBACK}#code=")));
    assert_eq!(location(&[RepeatsState], &[]).await.matches("state=a+b%26c").count(), 2);
    assert!(location(&[AddsSessionState], &[]).await.contains("&session_state="));
    assert!(location(&[QuotesErrors], &[("scope", "x")]).await.contains("error=%22invalid_scope%22"));
    assert!(!location(&[OmitsStateOnErrors], &[("scope", "x")]).await.contains("state="));
    assert_eq!(location(&[ShowsErrors], &[("scope", "x")]).await, "");
    assert!(location(&[RefusesResource], &[("resource", "x")]).await.contains("error=invalid_request"));
}

#[tokio::test]
async fn behaviours_take_other_requests() {
    for (behaviour, change) in [
        (IgnoresResponseType, ("response_type", "")),
        (TakesUnknownResponseTypes, ("response_type", "x")),
        (TakesAnyChallengeMethod, ("code_challenge_method", "S512")),
        (RedirectsWhateverTheQuery, ("redirect_uri", "http://127.0.0.1:4567/callback?x=1")),
    ] {
        assert!(!location(&[], &[change]).await.contains("code="), "{behaviour}");
        assert!(location(&[behaviour], &[change]).await.contains("code="), "{behaviour}");
    }
    let implicit = location(&[AllowsImplicit], &[("response_type", "token")]).await;
    assert!(implicit.starts_with(&format!("{CALLBACK}#access_token=")));
    for (behaviour, change, error) in [
        (MissingChallengeIsUnauthorized, ("code_challenge", ""), "unauthorized_client"),
        (UnknownMethodIsAServerError, ("code_challenge_method", "S512"), "server_error"),
        (WantsScope, ("scope", ""), "server_error"),
        (WantsResource, ("resource", ""), "invalid_request"),
        (UnknownResourceIsAnInvalidRequest, ("resource", "https://other.example"), "invalid_request"),
        (RedirectsErrorsAnywhere, ("redirect_uri", "https://evil.example/cb"), "invalid_request"),
    ] {
        let sent = location(&[behaviour], &[change]).await;
        assert!(sent.contains(&format!("?error={error}&")), "{behaviour}: {sent}");
    }
    assert_eq!(location(&[ComparesLoopbackPorts], &[]).await, "");
}
