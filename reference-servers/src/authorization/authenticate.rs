//! Who asks: the client of a token request, by HTTP Basic, by parameters, by an assertion, or by its name alone.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::clients::Client;
use super::form::Form;
use super::grant::Denied;
use super::{At, assertion};
use crate::Behaviour;

/// The client, in one way only (RFC 6749 section 2.3).
pub(super) async fn authenticated(at: &At, headers: &HeaderMap, form: &Form) -> Result<Arc<Client>, Denied> {
    let unknown = ("invalid_client", "the client is unknown or its credentials are wrong");
    let basic = headers.get(header::AUTHORIZATION);
    let asserts = form.get("client_assertion").or(form.get("client_assertion_type")).is_some();
    if asserts && basic.is_none() && form.get("client_secret").is_none() {
        return assertion::authenticated(at, form).await;
    }
    let (id, secret) = match basic {
        Some(_) if form.get("client_secret").is_some() => {
            return Err(("invalid_request", "the client authenticates in two ways"));
        }
        _ if asserts => return Err(("invalid_request", "the client authenticates in two ways")),
        Some(value) => basic_credentials(value).map(|(id, secret)| (id, Some(secret))).ok_or(unknown)?,
        None => {
            let id = form.get("client_id").ok_or(unknown)?;
            (id.to_owned(), form.get("client_secret").map(str::to_owned))
        }
    };
    if form.get("client_id").is_some_and(|named| named != id) {
        return Err(("invalid_request", "client_id is not the client that authenticates"));
    }
    let client = at.pair.clients.find(&id).ok_or(unknown)?;
    if client.secret == secret && !client.has_keys() || at.pair.does(Behaviour::IgnoresClientSecret) {
        Ok(client)
    } else {
        Err(unknown)
    }
}

/// Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic_credentials(value: &HeaderValue) -> Option<(String, String)> {
    let (scheme, credentials) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        form_urlencoded::parse(text.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
    };
    Some((plain(id), plain(secret)))
}
