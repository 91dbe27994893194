//! The authorization endpoint: a good request is approved, at once unless the user is asked, and redirected with a code.
//!
//! A request whose client or redirect URI is not known gets a page and is redirected nowhere.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::clients::{Client, REDIRECT_URI, is_registered};
use super::form::Form;
use super::grant::{Challenge, Code, Denied, Grant, SERVER_ERROR, resources, scope};
use super::{At, client_document, consent};
use crate::Behaviour;
use crate::keys::random;

/// Nothing is loaded, and nobody may put the page into a frame (RFC 9700 section 4.16).
const CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Seconds a code may wait.
const CODE_LIFETIME: u64 = 60;

pub(crate) async fn by_get(State(at): State<At>, RawQuery(query): RawQuery) -> Response {
    answer(&at, &Form::parse(query.unwrap_or_default().as_bytes()), StatusCode::FOUND).await
}

pub(crate) async fn by_post(State(at): State<At>, body: Bytes) -> Response {
    answer(&at, &Form::parse(&body), StatusCode::SEE_OTHER).await
}

async fn answer(at: &At, form: &Form, status: StatusCode) -> Response {
    let redirect = |target: &str, outcome| redirect(at, status, target, form.get("state"), outcome);
    let asked = form.get("redirect_uri");
    let Some(id) = form.get("client_id") else {
        return match at.pair.does(Behaviour::RedirectsMissingClient) {
            true => redirect(asked.unwrap_or(REDIRECT_URI), Err(("invalid_request", "client_id is missing"))),
            false => page("The request does not say which client it is from: client_id is missing."),
        };
    };
    let client = match known(at, id).await {
        Ok(client) => client,
        Err(why) => {
            return match asked {
                Some(target) if at.pair.does(Behaviour::RedirectsUnknownClients) => {
                    redirect(target, Err(("unauthorized_client", "no such client")))
                }
                _ => page(&why),
            };
        }
    };
    if form.all("client_id").count() > 1 || form.all("redirect_uri").count() > 1 {
        return page("A parameter was sent twice.");
    }
    let Some(target) = asked.or_else(|| only(client.redirect_uris())) else {
        return page("The request does not say where to redirect to: redirect_uri is missing.");
    };
    if !may_redirect(at, &client, target) {
        if at.pair.does(Behaviour::RedirectsErrorsAnywhere) {
            return redirect(target, Err(("invalid_request", "the redirect URI is not registered")));
        }
        return page("This redirect URI is not registered for the client.");
    }
    if form.get("response_type") == Some("token") && at.pair.does(Behaviour::AllowsImplicit) {
        let given = format!("{target}#access_token=reference&token_type=Bearer&expires_in=600");
        return (status, [(header::LOCATION, given)]).into_response();
    }
    match code(at, form, &client) {
        Err((_, why)) if at.pair.does(Behaviour::ShowsErrors) => page(why),
        Ok(_) if at.pair.asks && form.get("prompt") == Some("none") => {
            redirect(target, Err(("consent_required", "the user has to be asked")))
        }
        Ok(code) if at.pair.asks => consent::asked(at, &client, target, form.get("state"), code),
        outcome => redirect(target, outcome.and_then(|code| issued(at, code))),
    }
}

/// The authorization response.
pub(super) fn redirect(
    at: &At,
    status: StatusCode,
    target: &str,
    state: Option<&str>,
    outcome: Result<String, Denied>,
) -> Response {
    let headers = [
        (header::LOCATION, location(at, target, state, outcome)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::X_FRAME_OPTIONS, "DENY".to_owned()),
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY.to_owned()),
    ];
    (status, headers).into_response()
}

/// The client, or a sentence on why it is none of ours.
async fn known(at: &At, id: &str) -> Result<Arc<Client>, String> {
    if at.pair.profile.has_client_documents() && client_document::is_url(id) {
        let client = client_document::published(at, id).await;
        return client.map_err(|why| format!("The metadata document of this client cannot be used: {why}."));
    }
    at.pair.clients.find(id).ok_or_else(|| "This client is not registered here.".to_owned())
}

/// A redirect URI may be left out where there is one only.
fn only<'a>(mut uris: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    uris.next().filter(|_| uris.next().is_none())
}

fn may_redirect(at: &At, client: &Client, target: &str) -> bool {
    let begins = at.pair.does(Behaviour::RedirectsByPrefix);
    let target = match at.pair.does(Behaviour::RedirectsWhateverTheQuery) {
        true => target.split('?').next().unwrap_or_default(),
        false => target,
    };
    let fits = |uri: &str| match at.pair.does(Behaviour::ComparesLoopbackPorts) {
        true => uri == target,
        false => is_registered(uri, target),
    };
    at.pair.does(Behaviour::RedirectsUnregistered)
        || client.redirect_uris().any(|uri| fits(uri) || begins && target.starts_with(uri))
}

/// What is granted if nobody is against it.
fn code(at: &At, form: &Form, client: &Client) -> Result<Code, Denied> {
    if form.repeated().is_some() && !at.pair.does(Behaviour::FirstParameterWins) {
        return Err(("invalid_request", "a parameter was sent twice"));
    }
    if form.all("resource").count() > 1 && at.pair.does(Behaviour::ResourceOnlyOnce) {
        return Err(("invalid_request", "resource was sent twice"));
    }
    if form.get("scope").is_none() && at.pair.does(Behaviour::WantsScope) {
        return Err(SERVER_ERROR);
    }
    if form.get("resource").is_none() && at.pair.does(Behaviour::WantsResource) {
        return Err(("invalid_request", "resource is missing"));
    }
    if form.get("request").is_some() {
        return Err(("request_not_supported", "request objects are not supported"));
    }
    if form.get("request_uri").is_some() {
        return Err(("request_uri_not_supported", "request objects are not supported"));
    }
    if !client.may("authorization_code") {
        return Err(("unauthorized_client", "this grant is not one of the client's"));
    }
    match form.get("response_type") {
        Some("code") => {}
        _ if at.pair.does(Behaviour::IgnoresResponseType) => {}
        Some(_) if at.pair.does(Behaviour::TakesUnknownResponseTypes) => {}
        Some(_) => {
            return Err(("unsupported_response_type", "only response_type=code is supported"));
        }
        None => return Err(("invalid_request", "response_type is missing")),
    }
    Ok(Code {
        challenge: challenge(at, form, client)?,
        grant: Grant {
            issuer: at.issuer.identifier.clone(),
            client_id: client.id.clone(),
            subject: "reference-user".to_owned(),
            scope: scope(&at.pair, form)?,
            resources: resources(&at.pair, form)?,
        },
        redirect_uri: form.get("redirect_uri").map(str::to_owned),
        nonce: form.get("nonce").map(str::to_owned),
        expires: 0,
        redeemed: None,
        refresh: None,
    })
}

/// Remembers what is granted and gives the code for it.
pub(super) fn issued(at: &At, code: Code) -> Result<String, Denied> {
    let code = Code { expires: at.pair.now() + CODE_LIFETIME, ..code };
    let name = random().map_err(|_| ("server_error", "no code could be made"))?;
    at.pair.codes().insert(name.clone(), code);
    Ok(name)
}

fn challenge(at: &At, form: &Form, client: &Client) -> Result<Option<Challenge>, Denied> {
    let Some(challenge) = form.get("code_challenge") else {
        return match at.pair.does(Behaviour::CodeWithoutPkce) {
            true => Ok(None),
            false if !client.is_public() && at.pair.does(Behaviour::CodeForSecretWithoutPkce) => Ok(None),
            false if at.pair.does(Behaviour::MissingChallengeIsUnauthorized) => {
                Err(("unauthorized_client", "code_challenge is missing"))
            }
            false => Err(("invalid_request", "code_challenge is missing")),
        };
    };
    // Without a method it is plain (RFC 7636 section 4.3), which is not supported.
    match form.get("code_challenge_method").unwrap_or("plain") {
        "S256" if challenge.len() == 43 => Ok(Some(Challenge::S256(challenge.to_owned()))),
        "S256" => Err(("invalid_request", "code_challenge is not a SHA-256 value")),
        "plain" if at.pair.does(Behaviour::AllowsPlainPkce) => {
            Ok(Some(Challenge::Plain(challenge.to_owned())))
        }
        _ if at.pair.does(Behaviour::TakesAnyChallengeMethod) => {
            Ok(Some(Challenge::Plain(challenge.to_owned())))
        }
        _ if at.pair.does(Behaviour::UnknownMethodIsAServerError) => Err(SERVER_ERROR),
        _ => Err(("invalid_request", "code_challenge_method must be S256")),
    }
}

/// The authorization response, with the issuer of RFC 9207 in good ones and bad ones.
fn location(at: &At, target: &str, state: Option<&str>, outcome: Result<String, Denied>) -> String {
    let failed = outcome.is_err();
    let mut answer = form_urlencoded::Serializer::new(String::new());
    match outcome {
        Ok(code) => answer.append_pair("code", &code),
        Err((error, description)) => {
            let quote = if at.pair.does(Behaviour::QuotesErrors) { "\"" } else { "" };
            let error = format!("{quote}{error}{quote}");
            answer.append_pair("error", &error).append_pair("error_description", description)
        }
    };
    let omits_state =
        at.pair.does(Behaviour::OmitsState) || failed && at.pair.does(Behaviour::OmitsStateOnErrors);
    if let Some(state) = state.filter(|_| !omits_state) {
        answer.append_pair("state", state);
        if at.pair.does(Behaviour::RepeatsState) {
            answer.append_pair("state", state);
        }
    }
    if at.pair.does(Behaviour::AddsSessionState) {
        answer.append_pair("session_state", "4ee6a4f2-a1c8");
    }
    if !(at.pair.does(Behaviour::OmitsIss) || failed && at.pair.does(Behaviour::OmitsIssOnErrors)) {
        let added = match () {
            () if at.pair.does(Behaviour::IssWithSlash) => "/",
            () if at.pair.does(Behaviour::IssWithFragment) => "#",
            () => "",
        };
        answer.append_pair("iss", &format!("{}{added}", at.issuer.identifier));
    }
    let separator = match () {
        () if at.pair.does(Behaviour::AnswersInFragment) => '#',
        () if target.contains('?') => '&',
        () => '?',
    };
    format!("{target}{separator}{}", answer.finish())
}

/// An error page for a person, which repeats nothing of the request.
pub(super) fn page(text: &str) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    ];
    let html =
        format!("<!doctype html><title>Cannot authorize</title><h1>Cannot authorize</h1><p>{text}</p>\n");
    (StatusCode::BAD_REQUEST, headers, Html(html)).into_response()
}

#[cfg(test)]
mod tests;
