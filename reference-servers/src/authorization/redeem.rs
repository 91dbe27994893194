//! Redeeming a code: once, by the client it was given to, with the verifier of its challenge.

use aws_lc_rs::digest::{SHA256, digest};

use super::At;
use super::clients::Client;
use super::form::Form;
use super::grant::{Challenge, Code, Denied, Granted, resources};
use super::refresh::begun;
use crate::Behaviour;
use crate::keys::base64url;

const UNKNOWN_CODE: Denied = ("invalid_grant", "this code is unknown, used or expired");

/// What the code stands for, if this client may have it.
pub(super) fn redeemed(at: &At, form: &Form, client: &Client, name: &str) -> Result<Granted, Denied> {
    let mut codes = at.pair.codes();
    let is_its =
        |code: &&mut Code| code.grant.client_id == client.id || at.pair.does(Behaviour::CodeForAnyClient);
    let code = codes.get_mut(name).filter(is_its).ok_or(UNKNOWN_CODE)?;
    if code.grant.issuer != at.issuer.identifier || code.expires <= at.pair.now() {
        return Err(UNKNOWN_CODE);
    }
    if let Some(token) = code.redeemed.clone().filter(|_| !at.pair.does(Behaviour::CodesWorkTwice)) {
        if at.pair.does(Behaviour::ReplayedCodeKeepsTheLogin) {
            return Err(UNKNOWN_CODE);
        }
        // Somebody else has it, too: what it gave is no longer good.
        at.pair.revoked().insert(token);
        if let Some(refresh) = &code.refresh {
            at.pair.families().revoke(&at.pair, refresh);
        }
        return Err(UNKNOWN_CODE);
    }
    if form.get("redirect_uri").is_some() && form.get("redirect_uri") != code.redirect_uri.as_deref() {
        return Err(("invalid_grant", "redirect_uri is not the one of the authorization request"));
    }
    if !at.pair.does(Behaviour::IgnoresVerifier) {
        verified(at, code, form.get("code_verifier"))?;
    }
    let mut grant = code.grant.clone();
    grant.resources = match at.pair.does(Behaviour::CodeForAnyResource) {
        true => form.all("resource").map(str::to_owned).collect(),
        false => narrowed(&grant.resources, resources(&at.pair, form)?)?,
    };
    let mut granted = Granted::new(at, grant, code.nonce.clone())?;
    if client.may("refresh_token") {
        granted.refresh = Some(begun(at, &code.grant, &granted)?);
    }
    code.refresh.clone_from(&granted.refresh);
    code.redeemed = Some(granted.id());
    Ok(granted)
}

fn verified(at: &At, code: &Code, verifier: Option<&str>) -> Result<(), Denied> {
    let matches = match (&code.challenge, verifier) {
        (None, Some(_)) if at.pair.does(Behaviour::DowngradeGoesUnnoticed) => true,
        (Some(_), None) if at.pair.does(Behaviour::VerifierMayBeMissing) => true,
        (Some(Challenge::S256(hash)), Some(verifier))
            if hash == verifier && at.pair.does(Behaviour::ChallengeIsNotHashed) =>
        {
            true
        }
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
pub(super) fn narrowed(granted: &[String], asked: Vec<String>) -> Result<Vec<String>, Denied> {
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    if granted.is_empty() || asked.iter().all(|resource| granted.contains(resource)) {
        return Ok(asked);
    }
    Err(("invalid_target", "this resource was not granted"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Behaviour::{self, *};
    use crate::client::{Answer, Client, answer};
    use crate::jwt;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    async fn code(client: &Client, scope: &str, challenge: &str) -> String {
        let method = if challenge == VERIFIER { "plain" } else { "S256" };
        let query = [
            ("response_type", "code"),
            ("client_id", &client.pair.public_client_id),
            ("nonce", "n"),
            ("code_challenge", challenge),
            ("code_challenge_method", method),
            ("scope", scope),
            ("resource", &client.pair.server_url),
        ];
        let request = client.request("GET", &format!("{}/authorize", client.pair.issuer)).query(&query);
        let location = answer(request).await.header("location").to_owned();
        let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next());
        code.unwrap_or_else(|| panic!("no code: {location}")).to_owned()
    }

    async fn redeem(client: &Client, code: &str, more: &[(&str, &str)]) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &client.pair.public_client_id),
            ("code", code),
        ];
        client.form(&format!("{}/token", client.pair.issuer), &[&form, more].concat()).await
    }

    #[tokio::test]
    async fn a_code_is_good_for_one_token() {
        let client = Client::with(&[]).await;
        let code = code(&client, "openid mcp:tools", CHALLENGE).await;
        let issued = redeem(&client, &code, &[("code_verifier", VERIFIER)]).await;
        assert_eq!((issued.status, issued.header("cache-control")), (200, "no-store"));
        let issued = issued.json();
        let token = issued["access_token"].as_str().expect("a token");
        assert_eq!(client.status_with(token).await, 200);
        let id_token = jwt::parse(issued["id_token"].as_str().expect("an id token")).expect("a JWT");
        assert_eq!((&id_token.header["alg"], &id_token.claims["nonce"]), (&json!("RS256"), &json!("n")));
        assert_eq!(client.status_with(issued["id_token"].as_str().expect("an id token")).await, 401);
        let again = redeem(&client, &code, &[("code_verifier", VERIFIER)]).await;
        assert_eq!((again.status, &again.json()["error"]), (400, &json!("invalid_grant")));
        // Whoever used it first may have stolen it.
        assert_eq!(client.status_with(token).await, 401);
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &client.pair.public_client_id),
            ("refresh_token", issued["refresh_token"].as_str().expect("a refresh token")),
        ];
        let refreshed = client.form(&format!("{}/token", client.pair.issuer), &form).await;
        assert_eq!(refreshed.json()["error"], "invalid_grant");
    }

    #[tokio::test]
    async fn whatever_does_not_fit_is_refused() {
        let client = Client::with(&[]).await;
        let other = client.pair.other_resource.clone();
        for (more, error) in [
            (&[][..], "invalid_request"),
            (&[("code_verifier", "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong")], "invalid_grant"),
            (
                &[("code_verifier", VERIFIER), ("redirect_uri", "http://127.0.0.1/callback?x")],
                "invalid_grant",
            ),
            (&[("code_verifier", VERIFIER), ("resource", &other)], "invalid_target"),
            (&[("code_verifier", VERIFIER), ("resource", "#")], "invalid_target"),
        ] {
            let code = code(&client, "mcp:tools", CHALLENGE).await;
            let refused = redeem(&client, &code, more).await;
            assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{more:?}");
            // A failed attempt does not burn the code.
            assert_eq!(redeem(&client, &code, &[("code_verifier", VERIFIER)]).await.status, 200);
        }
        assert_eq!(redeem(&client, "unknown", &[]).await.json()["error"], "invalid_grant");
    }

    async fn status(behaviour: Behaviour, challenge: &str, more: &[(&str, &str)]) -> u16 {
        let client = Client::with(&[behaviour]).await;
        let code = code(&client, "mcp:tools", challenge).await;
        redeem(&client, &code, more).await.status
    }

    #[tokio::test]
    async fn behaviours_loosen_it() {
        assert_eq!(status(IgnoresVerifier, CHALLENGE, &[]).await, 200);
        assert_eq!(status(AllowsPlainPkce, VERIFIER, &[("code_verifier", VERIFIER)]).await, 200);
        assert_eq!(status(CodeWithoutPkce, "", &[]).await, 200);
        assert_eq!(status(CodeWithoutPkce, "", &[("code_verifier", VERIFIER)]).await, 400);
        let client = Client::with(&[CodesWorkTwice]).await;
        let code = code(&client, "mcp:tools", CHALLENGE).await;
        let mut tokens: Vec<Value> = Vec::new();
        for _ in 0..2 {
            tokens.push(
                redeem(&client, &code, &[("code_verifier", VERIFIER)]).await.json()["access_token"].clone(),
            );
        }
        assert_ne!(tokens[0], tokens[1]);
        assert_eq!(client.status_with(tokens[0].as_str().expect("a token")).await, 200);
    }
}
