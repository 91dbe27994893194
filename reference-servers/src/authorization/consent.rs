//! The page on which a user allows a client in, or not: plain HTML that works without scripts and styles.
//!
//! ```text
//! GET /authorize?client_id=…   200 a form, and a cookie that goes with this form only
//! POST /consent                303 back to the client, with a code or with error=access_denied
//! ```
//!
//! The names on it are what clients say of themselves, so everything is escaped, and the host that gets the code is shown
//! (MCP, authorization security, localhost redirects).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::At;
use super::authorize::{issued, page, redirect};
use super::clients::Client;
use super::form::Form;
use super::grant::Code;
use super::redirect_uri::{self, is_loopback};
use crate::Behaviour;
use crate::keys::random;

/// Seconds a form may wait for its answer.
const LIFETIME: u64 = 600;

/// A good authorization request that waits for its user.
pub(crate) struct Pending {
    code: Code,
    target: String,
    state: Option<String>,
    /// Must come back from the form.
    csrf: String,
    /// Must come back from the browser that was shown the form.
    cookie: String,
    expires: u64,
}

/// Asks the user, and remembers what for.
pub(super) fn asked(at: &At, client: &Client, target: &str, state: Option<&str>, code: Code) -> Response {
    let (Ok(id), Ok(csrf), Ok(cookie)) = (random(), random(), random()) else {
        return page("There is no randomness to be had.");
    };
    let html = form(at, client, target, &code, &id, &csrf);
    let set_cookie = format!(
        "{}={cookie}; Path=/; Max-Age={LIFETIME}; HttpOnly; SameSite=Strict{}",
        cookie_name(at, &id),
        if is_https(at) { "; Secure" } else { "" }
    );
    let pending = Pending {
        code,
        target: target.to_owned(),
        state: state.map(str::to_owned),
        csrf,
        cookie,
        expires: at.pair.now() + LIFETIME,
    };
    at.pair.pending().insert(id, pending);
    let headers = [
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_FRAME_OPTIONS, "DENY".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy(target)),
        (header::SET_COOKIE, set_cookie),
    ];
    (headers, Html(html)).into_response()
}

/// What the user decided.
pub(super) async fn decided(State(at): State<At>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let id = form.get("request").unwrap_or_default();
    let now = at.pair.now();
    let is_trusted = |pending: &Pending| {
        let is_same = form.get("csrf") == Some(pending.csrf.as_str())
            && cookie(&headers, &cookie_name(&at, id)) == Some(pending.cookie.as_str());
        (is_same || at.pair.does(Behaviour::ConsentWithoutCsrf)) && now < pending.expires
    };
    let is_approved = match form.get("decision") {
        Some("approve") => true,
        Some("deny") => false,
        _ => return page("The form does not say whether to allow this."),
    };
    // Taken out whole: an answer is given once.
    let pending = {
        let mut all = at.pair.pending();
        let is_good = all.get(id).is_some_and(is_trusted);
        if is_good { all.remove(id) } else { None }
    };
    let Some(Pending { code, target, state, .. }) = pending else {
        return page("This form is not known here, was answered already, or is too old. Please start again.");
    };
    let outcome = match is_approved {
        true => issued(&at, code),
        false => Err(("access_denied", "the user did not allow it")),
    };
    let mut response = redirect(&at, StatusCode::SEE_OTHER, &target, state.as_deref(), outcome);
    let secure = if is_https(&at) { "; Secure" } else { "" };
    let gone = format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}", cookie_name(&at, id));
    if let Ok(gone) = HeaderValue::from_str(&gone) {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    response
}

/// One cookie for each form, so that two of them can be open. The prefix is for secure origins only.
fn cookie_name(at: &At, id: &str) -> String {
    let prefix = if is_https(at) { "__Host-" } else { "" };
    format!("{prefix}consent-{id}")
}

fn is_https(at: &At) -> bool {
    at.issuer.base.starts_with("https://")
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Browsers hold the redirect that answers a form against form-action, too, so that its origin has to be allowed.
fn policy(target: &str) -> String {
    let origin = redirect_uri::parts(target).map(|(scheme, authority)| format!("{scheme}://{authority}"));
    let is_plain = |origin: &String| {
        origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-_[]".contains(&byte))
    };
    let origin = origin.filter(is_plain).unwrap_or_default();
    format!("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {origin}")
}

fn form(at: &At, client: &Client, target: &str, code: &Code, id: &str, csrf: &str) -> String {
    let name = client.metadata.get("client_name").and_then(|name| name.as_str()).unwrap_or(&client.id);
    let name = escaped(name);
    let host = redirect_uri::parts(target).map_or("", |(_, authority)| authority);
    let mut facts = vec![("Client ID", escaped(&client.id))];
    if !at.pair.does(Behaviour::ConsentHidesRedirectHost) {
        facts.push(("You will be sent to", escaped(host)));
    }
    let resources: Vec<String> = match code.grant.resources.as_slice() {
        [] => vec![escaped(&at.pair.server)],
        resources => resources.iter().map(|resource| escaped(resource)).collect(),
    };
    facts.push(("It wants to use", resources.join(", ")));
    facts.push(("It wants to be allowed", escaped(&code.grant.scope.replace(' ', ", "))));
    let facts: String =
        facts.iter().map(|(what, value)| format!("<dt>{what}</dt><dd>{value}</dd>\n")).collect();
    let warning = match client.redirect_uris().all(is_loopback) {
        true => {
            "<p role=\"alert\"><strong>Careful:</strong> this client runs on this computer, and any program on it \
                 can give itself this name. Go on only if you have just started it yourself.</p>\n"
        }
        false => "",
    };
    let csrf = match at.pair.does(Behaviour::ConsentWithoutCsrf) {
        true => String::new(),
        false => format!("<input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\n"),
    };
    let action = format!("{}/consent", escaped(&at.issuer.base));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Allow {name}?</title>\n</head>\n<body>\n<main>\n<h1>Allow {name}?</h1>\n\
         <p>The client gave itself this name.</p>\n<dl>\n{facts}</dl>\n{warning}\
         <form method=\"post\" action=\"{action}\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{id}\">\n{csrf}\
         <button type=\"submit\" name=\"decision\" value=\"approve\">Allow</button>\n\
         <button type=\"submit\" name=\"decision\" value=\"deny\">Do not allow</button>\n\
         </form>\n</main>\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // What turns text around, or hides it, makes one name look like another.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                escaped.push('\u{fffd}');
            }
            character if character.is_control() => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::policy;
    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};
    use crate::{Channel, Consent, Options, Tls};

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CALLBACK: &str = "http://127.0.0.1:4567/callback";

    async fn client(behaviours: &[Behaviour]) -> Client {
        let behaviours = behaviours.to_vec();
        Client::start(Options { consent: Consent::Page, behaviours, ..Options::default() }).await
    }

    async fn asked(client: &Client, id: &str, more: &[(&str, &str)]) -> Answer {
        let query = [
            ("response_type", "code"),
            ("client_id", id),
            ("redirect_uri", CALLBACK),
            ("state", "s"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ];
        let query = [&query, more].concat();
        answer(client.request("GET", &format!("{}/authorize", client.pair.issuer)).query(&query)).await
    }

    fn field(page: &str, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = page.split_once(&start).map(|(_, rest)| rest).unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// Answers a form, with or without what makes it trusted.
    async fn decide(client: &Client, shown: &Answer, decision: &str, csrf: &str, cookie: &str) -> Answer {
        let request = field(&shown.text(), "request");
        let form = [("request", request.as_str()), ("csrf", csrf), ("decision", decision)];
        let post = client.request("POST", &format!("{}/consent", client.pair.issuer)).form(&form);
        answer(post.header("cookie", cookie)).await
    }

    fn cookie(shown: &Answer) -> &str {
        shown.header("set-cookie").split(';').next().unwrap_or_default()
    }

    #[tokio::test]
    async fn the_user_allows_it_or_not() {
        let client = client(&[]).await;
        let id = client.pair.public_client_id.clone();
        let shown = asked(&client, &id, &[]).await;
        assert_eq!((shown.status, shown.header("location")), (200, ""));
        let csrf = field(&shown.text(), "csrf");
        let done = decide(&client, &shown, "approve", &csrf, &format!("x=y; {}", cookie(&shown))).await;
        assert_eq!((done.status, done.header("cache-control")), (303, "no-store"));
        let location = done.header("location").to_owned();
        assert!(location.starts_with(CALLBACK) && location.contains("&state=s&iss="), "{location}");
        let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code");
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &id),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        assert_eq!(client.form(&format!("{}/token", client.pair.issuer), &form).await.status, 200);
        // An answer is given once.
        assert_eq!(decide(&client, &shown, "approve", &csrf, cookie(&shown)).await.status, 400);
        let shown = asked(&client, &id, &[]).await;
        let denied = decide(&client, &shown, "deny", &field(&shown.text(), "csrf"), cookie(&shown)).await;
        assert!(denied.header("location").starts_with(&format!("{CALLBACK}?error=access_denied&")));
        assert!(denied.header("location").contains("&state=s&iss="));
        let silent = asked(&client, &id, &[("prompt", "none")]).await;
        assert!(silent.header("location").contains("error=consent_required"));
        assert!(asked(&client, &id, &[("scope", "x")]).await.header("location").contains("invalid_scope"));
    }

    #[tokio::test]
    async fn nobody_else_can_answer() {
        for (behaviours, status) in [(&[][..], 400), (&[ConsentWithoutCsrf], 303)] {
            let client = client(behaviours).await;
            let id = client.pair.public_client_id.clone();
            let (shown, other) = (asked(&client, &id, &[]).await, asked(&client, &id, &[]).await);
            let csrf = field(&shown.text(), "csrf");
            assert_eq!(csrf.is_empty(), status == 303);
            assert_eq!(decide(&client, &shown, "maybe", &csrf, cookie(&shown)).await.status, 400);
            if status == 400 {
                let foreign = field(&other.text(), "csrf");
                for (csrf, cookie) in [(&csrf, ""), (&csrf, cookie(&other)), (&foreign, cookie(&shown))] {
                    assert_eq!(decide(&client, &shown, "approve", csrf, cookie).await.status, 400);
                }
            }
            assert_eq!(decide(&client, &shown, "approve", "", "").await.status, status);
        }
    }

    #[tokio::test]
    async fn the_page_says_who_gets_what_and_trusts_no_name() {
        let client = client(&[]).await;
        let metadata = json!({
            "redirect_uris": [CALLBACK, "https://a.example/cb"],
            "token_endpoint_auth_method": "none",
            "client_name": "<script>alert('1')</script>&\"\u{202e}",
        });
        let url = format!("{}/register", client.pair.issuer);
        let made = answer(client.request("POST", &url).json(&metadata)).await.json();
        let shown =
            asked(&client, made["client_id"].as_str().expect("an id"), &[("scope", "mcp:admin")]).await;
        let page = shown.text();
        assert!(
            page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;\u{fffd}"),
            "{page}"
        );
        assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains("role=\"alert\""));
        for part in [
            "<html lang=\"en\">",
            "<title>Allow ",
            "<h1>Allow ",
            "<dd>127.0.0.1:4567</dd>",
            "<dd>mcp:admin</dd>",
            &client.pair.server_url,
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("<form method=\"post\"").count(), 1);
        assert_eq!(shown.header("x-frame-options"), "DENY");
        let expected = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' http://127.0.0.1:4567";
        assert_eq!(shown.header("content-security-policy"), expected);
        // All redirect URIs of this one are on loopback.
        let local = asked(&client, &client.pair.public_client_id, &[]).await;
        assert!(local.text().contains("role=\"alert\""));
        let client = self::client(&[ConsentHidesRedirectHost]).await;
        let hidden = asked(&client, &client.pair.public_client_id, &[]).await.text();
        assert!(!hidden.contains("<dd>127.0.0.1:4567</dd>") && hidden.contains("<form"));
    }

    #[tokio::test]
    async fn the_cookie_is_as_strict_as_the_channel_allows() {
        let client = client(&[]).await;
        let shown = asked(&client, &client.pair.public_client_id, &[]).await;
        let cookie = shown.header("set-cookie");
        assert!(
            cookie.starts_with("consent-") && cookie.ends_with("; HttpOnly; SameSite=Strict"),
            "{cookie}"
        );
        let tls = Tls { authorization: Some(Channel::Sound), ..Tls::default() };
        let pair = crate::start(Options { consent: Consent::Page, tls, ..Options::default() })
            .await
            .expect("a pair");
        assert!(pair.issuer.starts_with("https://"));
        let root = pair.certificate_authority.clone().expect("an authority");
        let root = reqwest::Certificate::from_pem(root.as_bytes()).expect("a certificate");
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([root]).build().expect("a client");
        let url = format!(
            "{}/authorize?response_type=code&client_id={}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
            pair.issuer, pair.public_client_id
        );
        let shown = http.get(url).send().await.expect("an answer");
        let cookie = shown.headers()["set-cookie"].to_str().expect("text");
        assert!(cookie.starts_with("__Host-consent-") && cookie.contains("; Path=/; "), "{cookie}");
        assert!(cookie.ends_with("; Secure"), "{cookie}");
    }

    #[test]
    fn nothing_gets_into_the_policy() {
        assert!(policy("https://a.example;script-src/x").ends_with("form-action 'self' "));
        assert!(policy("https://a.example:8443/x?y").ends_with("'self' https://a.example:8443"));
    }

    #[tokio::test]
    async fn a_behaviour_asks_too() {
        let client = Client::with(&[AsksForConsent]).await;
        assert_eq!(asked(&client, &client.pair.public_client_id, &[]).await.status, 200);
    }
}
