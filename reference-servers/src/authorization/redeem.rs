//! Redeeming a code: once, by the client it was given to, with the verifier of its challenge.

use aws_lc_rs::digest::{SHA256, digest};

use super::At;
use super::clients::Client;
use super::form::Form;
use super::grant::{Challenge, Code, Denied, Granted, resources};
use crate::Behaviour;
use crate::keys::base64url;

const UNKNOWN_CODE: Denied = ("invalid_grant", "this code is unknown, used or expired");

/// What the code stands for, if this client may have it.
pub(super) fn redeemed(at: &At, form: &Form, client: &Client, name: &str) -> Result<Granted, Denied> {
    let mut codes = at.pair.codes();
    let code = codes.get_mut(name).filter(|code| code.grant.client_id == client.id).ok_or(UNKNOWN_CODE)?;
    if code.grant.issuer != at.issuer.identifier || code.expires <= at.pair.now() {
        return Err(UNKNOWN_CODE);
    }
    if let Some(token) = code.redeemed.clone().filter(|_| !at.pair.does(Behaviour::CodesWorkTwice)) {
        // Somebody else has it, too: what it gave is no longer good.
        at.pair.revoked().insert(token);
        return Err(UNKNOWN_CODE);
    }
    if form.get("redirect_uri").is_some() && form.get("redirect_uri") != code.redirect_uri.as_deref() {
        return Err(("invalid_grant", "redirect_uri is not the one of the authorization request"));
    }
    if !at.pair.does(Behaviour::IgnoresVerifier) {
        verified(code, form.get("code_verifier"))?;
    }
    let mut grant = code.grant.clone();
    grant.resources = narrowed(&grant.resources, resources(&at.pair, form)?)?;
    let granted = Granted::new(at, grant, code.nonce.clone())?;
    code.redeemed = Some(granted.id());
    Ok(granted)
}

fn verified(code: &Code, verifier: Option<&str>) -> Result<(), Denied> {
    let matches = match (&code.challenge, verifier) {
        (None, None) => true,
        // A verifier nobody asked for is how a downgrade looks.
        (None, Some(_)) => false,
        (Some(_), None) => return Err(("invalid_request", "code_verifier is missing")),
        (Some(Challenge::S256(hash)), Some(verifier)) => {
            (43..=128).contains(&verifier.len())
                && base64url(digest(&SHA256, verifier.as_bytes()).as_ref()) == *hash
        }
        (Some(Challenge::Plain(plain)), Some(verifier)) => plain == verifier,
    };
    matches.then_some(()).ok_or(("invalid_grant", "code_verifier does not match the challenge"))
}

/// A token request may name fewer resources than were granted, not others (RFC 8707 section 2.2).
fn narrowed(granted: &[String], asked: Vec<String>) -> Result<Vec<String>, Denied> {
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    if granted.is_empty() || asked.iter().all(|resource| granted.contains(resource)) {
        return Ok(asked);
    }
    Err(("invalid_target", "the code was not granted for this resource"))
}
