//! The URL that a user gives: what can be wrong with it is said before anything is sent.

use super::Failure;
use crate::model::recording::Target;
use crate::model::requirement::Role;
use crate::parse::url::Uri;

/// What `url` is in `role`.
pub(super) fn at(url: &str, role: Role) -> Result<Target, Failure> {
    let example = match role {
        Role::Server => "expected the URL of an MCP endpoint, as in https://example.com/mcp",
        Role::AuthorizationServer => "expected an issuer, as in https://auth.example.com",
        Role::Client => "expected a client ID, as in https://app.example.com/client.json",
    };
    check(url, example).map_err(Failure::usage)?;
    Ok(Target { role, url: url.to_owned() })
}

fn check(url: &str, example: &str) -> Result<(), String> {
    if !url.contains("://") {
        let like_a_host = url.split('/').next().is_some_and(|host| host.contains('.') || host.contains(':'));
        let on_this_machine = ["localhost", "127.", "[::1]"].iter().any(|host| url.starts_with(host));
        let scheme = if on_this_machine { "http" } else { "https" };
        return Err(match like_a_host {
            true => format!("`{url}` has no scheme: did you mean `{scheme}://{url}`?"),
            false => format!("`{url}` is not a URL: {example}"),
        });
    }
    let uri = Uri::parse(url).map_err(|flaw| format!("`{url}` is not a URL: {flaw}; {example}"))?;
    if !uri.is("http") && !uri.is("https") {
        return Err(format!(
            "`{url}` cannot be checked: its scheme is {}, and only http and https can",
            uri.scheme()
        ));
    }
    if uri.host().is_none() {
        return Err(format!("`{url}` names no host: {example}"));
    }
    if uri.parts().userinfo().is_some() {
        return Err("the URL holds a user name or password: credentials do not belong into a URL".to_owned());
    }
    if uri.has_fragment() {
        return Err(format!("`{url}` has a fragment (`#`), which is never sent: leave it out"));
    }
    match url::Url::parse(url) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("`{url}` is not a URL: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn says_what_is_wrong_with_a_url() {
        for (url, says) in [
            ("example.com/mcp", "did you mean `https://example.com/mcp`"),
            ("mcp", "is not a URL"),
            ("ftp://h/mcp", "only http and https"),
            ("https:///mcp", "without a host"),
            ("https://u:p@h/mcp", "credentials"),
            ("https://h/mcp#x", "fragment"),
            ("https://h/a b", "is not a URL"),
            ("https://h:99999/", "is not a URL"),
        ] {
            let message = check(url, "expected x").unwrap_err();
            assert!(message.contains(says), "{url}: {message}");
        }
        for url in ["https://h", "http://127.0.0.1:8000/mcp", "https://h/mcp?tenant=1"] {
            assert_eq!(check(url, "expected x"), Ok(()));
        }
    }
}
