//! Requests to the token endpoint (RFC 6749 §3.2), and about a token: revocation (RFC 7009) and introspection (RFC 7662).

use super::{Changes, Client, Parameters, change, encode};
use crate::model::exchange::Request;

/// What a token is given for. It holds secrets, so that it has no `Debug`.
#[derive(Clone, Copy)]
pub enum Grant<'a> {
    /// RFC 6749 §4.1.3, with the verifier of RFC 7636 §4.5.
    AuthorizationCode {
        /// What came back.
        code: &'a str,
        /// As in the authorization request.
        redirect_uri: &'a str,
        /// Whose challenge the authorization request had.
        verifier: &'a str,
    },
    /// RFC 6749 §4.4.2.
    ClientCredentials {
        /// Left out where there is none.
        scope: Option<&'a str>,
    },
    /// RFC 6749 §6.
    RefreshToken {
        /// The refresh token.
        token: &'a str,
        /// Left out, it means the scope that was granted before.
        scope: Option<&'a str>,
    },
}

impl Grant<'_> {
    fn parameters(self) -> Vec<(&'static str, Option<String>)> {
        let text = |text: &str| Some(text.to_owned());
        match self {
            Self::AuthorizationCode { code, redirect_uri, verifier } => vec![
                ("grant_type", text("authorization_code")),
                ("code", text(code)),
                ("redirect_uri", text(redirect_uri)),
                ("code_verifier", text(verifier)),
            ],
            Self::ClientCredentials { scope } => {
                vec![("grant_type", text("client_credentials")), ("scope", scope.map(str::to_owned))]
            }
            Self::RefreshToken { token, scope } => vec![
                ("grant_type", text("refresh_token")),
                ("refresh_token", text(token)),
                ("scope", scope.map(str::to_owned)),
            ],
        }
    }
}

/// Asks for a token, for `resource` where there is one (RFC 8707 §2.2). `changes` are made to the body after the client
/// has put its own parameters there.
pub fn token(
    endpoint: &str,
    grant: Grant<'_>,
    resource: Option<&str>,
    client: Client<'_>,
    changes: &Changes,
) -> Request {
    let mut parameters = grant.parameters();
    parameters.push(("resource", resource.map(str::to_owned)));
    let given = parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    post(endpoint, given.collect(), client, changes)
}

/// Takes a token back (RFC 7009 §2.1). `hint` is `access_token` or `refresh_token`.
pub fn revocation(endpoint: &str, token: &str, hint: &str, client: Client<'_>, changes: &Changes) -> Request {
    about(endpoint, token, hint, client, changes)
}

/// Asks what a token is worth (RFC 7662 §2.1). `hint` is `access_token` or `refresh_token`.
pub fn introspection(endpoint: &str, token: &str, hint: &str, client: Client<'_>) -> Request {
    about(endpoint, token, hint, client, &Changes::new())
}

fn about(endpoint: &str, token: &str, hint: &str, client: Client<'_>, changes: &Changes) -> Request {
    let parameters = [("token", token), ("token_type_hint", hint)];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    post(endpoint, parameters.into(), client, changes)
}

/// Adds the parameters of these names once more.
pub fn doubled(mut request: Request, names: &[String]) -> Request {
    let Some(body) = &mut request.body else { return request };
    let parameters: Parameters = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    for again in parameters.into_iter().filter(|(name, _)| names.contains(name)) {
        body.push('&');
        body.push_str(&encode(&vec![again]));
    }
    request
}

fn post(endpoint: &str, mut parameters: Parameters, client: Client<'_>, changes: &Changes) -> Request {
    let authorization = client.authenticate(&mut parameters);
    change(&mut parameters, changes);
    let mut headers = vec![
        ("accept".to_owned(), "application/json".to_owned()),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
    ];
    headers.extend(authorization.map(|value| ("authorization".to_owned(), value)));
    let body = Some(encode(&parameters));
    Request { method: "POST".to_owned(), url: endpoint.to_owned(), headers, body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::login::request::Method;
    use crate::login::secret::Secret;

    const PUBLIC: Client<'_> = Client { id: "c", secret: None, method: Method::None };

    fn body(request: &Request) -> &str {
        request.body.as_deref().unwrap()
    }

    #[test]
    fn redeems_a_code() {
        let grant =
            Grant::AuthorizationCode { code: "a/b", redirect_uri: "http://127.0.0.1:5/", verifier: "v" };
        let request = token("https://as/token", grant, Some("https://h/mcp"), PUBLIC, &Changes::new());
        assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://as/token"));
        assert_eq!(
            body(&request),
            "grant_type=authorization_code&code=a%2Fb&redirect_uri=http%3A%2F%2F127.0.0.1%3A5%2F\
             &code_verifier=v&resource=https%3A%2F%2Fh%2Fmcp&client_id=c"
        );
        let changes = Changes::from([
            ("code_verifier".to_owned(), Some("w".to_owned())),
            ("resource".to_owned(), None),
        ]);
        let request = token("https://as/token", grant, Some("https://h/mcp"), PUBLIC, &changes);
        assert!(body(&request).ends_with("&code_verifier=w&client_id=c"), "{}", body(&request));
    }

    #[test]
    fn the_other_grants() {
        let secret = Secret::new("s");
        let client = Client { id: "c", secret: Some(&secret), method: Method::Basic };
        let grant = Grant::ClientCredentials { scope: Some("a b") };
        let request = token("https://as/token", grant, None, client, &Changes::new());
        assert_eq!(body(&request), "grant_type=client_credentials&scope=a+b");
        assert_eq!(request.headers.last().unwrap(), &("authorization".to_owned(), "Basic Yzpz".to_owned()));

        let client = Client { method: Method::Post, ..client };
        let grant = Grant::RefreshToken { token: "r", scope: None };
        let request = token("https://as/token", grant, None, client, &Changes::new());
        assert_eq!(body(&request), "grant_type=refresh_token&refresh_token=r&client_id=c&client_secret=s");
    }

    #[test]
    fn about_a_token() {
        let request = revocation("https://as/revoke", "t", "refresh_token", PUBLIC, &Changes::new());
        assert_eq!(body(&request), "token=t&token_type_hint=refresh_token&client_id=c");
        let other = Changes::from([("client_id".to_owned(), Some("d".to_owned()))]);
        let request = revocation("https://as/revoke", "t", "refresh_token", PUBLIC, &other);
        assert_eq!(body(&request), "token=t&token_type_hint=refresh_token&client_id=d");
        let request = introspection("https://as/introspect", "t", "access_token", PUBLIC);
        assert_eq!(body(&request), "token=t&token_type_hint=access_token&client_id=c");
    }
}
