//! How to turn the check on, for the libraries that most servers are made with. Each of these was run: a token for the server
//! was accepted, one for another resource refused.

use crate::report::human::{Ink, Paper};

/// A library, what it takes, and the code.
const FIXES: [(&str, &str, &str); 3] = [
    (
        "FastMCP",
        "JWTVerifier checks the audience where it is told which one; base_url does not tell it.",
        r#"verifier = JWTVerifier(
    jwks_uri="https://auth.example.com/jwks",
    issuer="https://auth.example.com",
    audience="https://mcp.example.com/mcp",   # what your authorization server writes into aud
)"#,
    ),
    (
        "Python SDK",
        "From mcp 1.30 and 2.2 on; updating alone leaves it off. Your verifier says whom the token is for, and the SDK compares.",
        r#"aud = claims.get("aud", [])
return AccessToken(
    token=token, client_id=claims["client_id"], scopes=claims.get("scope", "").split(),
    expires_at=claims["exp"],
    resource=RESOURCE if RESOURCE in ([aud] if isinstance(aud, str) else aud) else None,
)
auth = AuthSettings(issuer_url=ISSUER, resource_server_url=RESOURCE, validate_token_resource=True)"#,
    ),
    (
        "TypeScript SDK",
        "From @modelcontextprotocol/sdk 1.32, or server 2.3 with express 2.0.2: an older express drops the option without a word.",
        r#"const aud = [payload.aud ?? []].flat();   // in verifyAccessToken, whose result says whom the token is for
return { token, clientId: payload.client_id, scopes: (payload.scope ?? '').split(' '),
         expiresAt: payload.exp, resource: aud.includes(url.href) ? url : undefined };
app.use('/mcp', requireBearerAuth({ verifier, resourceMetadataUrl, expectedResource: url }));"#,
    ),
];

/// Writes all of them.
pub(super) fn write(paper: &mut Paper) {
    paper.rule("What to do");
    let all = "Compare aud, or what introspection says, with the resource that your metadata names, at every request.";
    paper.hang(0, ("", Ink::Plain), 0, all, Ink::Plain);
    for (library, about, code) in FIXES {
        paper.blank();
        paper.hang(0, (library, Ink::Strong), library.len() + 2, about, Ink::Plain);
        code.lines().for_each(|line| paper.raw(&format!("    {line}")));
    }
}
