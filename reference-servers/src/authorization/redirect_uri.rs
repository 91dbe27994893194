//! Which redirect URIs may be registered: https ones and those of this machine (MCP, communication security).

/// Absolute, without a fragment (RFC 6749 section 3.1.2) or anything that is read in two ways.
pub(super) fn is_safe(uri: &str) -> bool {
    let Some((scheme, authority)) = parts(uri) else {
        return false;
    };
    let is_plain = uri.bytes().all(|byte| byte.is_ascii_graphic()) && !uri.contains(['#', '\\']);
    let is_host = !authority.is_empty() && !authority.starts_with(':') && !authority.contains('@');
    let is_known = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => is_loopback(uri),
        _ => false,
    };
    is_plain && is_host && is_known
}

/// Whether whatever runs on the user's machine gets the response.
pub(super) fn is_loopback(uri: &str) -> bool {
    let Some((_, authority)) = parts(uri) else {
        return false;
    };
    let name = authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    matches!(name.map_or(authority, |(name, _)| name), "localhost" | "127.0.0.1" | "[::1]")
}

/// Scheme and authority.
pub(super) fn parts(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once("://")?;
    Some((scheme, rest.split(['/', '?']).next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn https_and_loopback_only() {
        for good in [
            "https://client.example/callback?tenant=1",
            "http://localhost:8765/callback",
            "http://127.0.0.1/callback",
            "http://[::1]:1/",
        ] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "/callback",
            "https:///callback",
            "https://:8443/callback",
            "https://client.example/callback#fragment",
            "https://client.example/a b",
            "https://client.example\\@evil.example/",
            "http://client.example/callback",
            "http://localhost.evil.example/callback",
            "http://localhost@evil.example/callback",
            "javascript://%0aalert(1)",
            "data:text/html,x",
            "app.example:/callback",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
