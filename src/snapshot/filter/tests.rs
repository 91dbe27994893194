//! Every filter takes out what it is for, and leaves alone what is like it.

use super::*;

fn all() -> Filters {
    Filters::new(&[], &[]).unwrap()
}

/// A filter, what is before it, and what is after it.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("port", "http://127.0.0.1:8765/mcp", "http://127.0.0.1:[port]/mcp"),
    (
        "port",
        "redirect_uri=http%3A%2F%2Flocalhost%3A8765%2Fcb",
        "redirect_uri=http%3A%2F%2Flocalhost%3A[port]%2Fcb",
    ),
    (
        "version",
        ">   \"name\": \"mcp-conform\",\n>   \"version\": \"0.1.0\"",
        ">   \"name\": \"mcp-conform\",\n>   \"version\": \"[version]\"",
    ),
    ("date", "< date: Wed, 25 Nov 2026 06:30:00 GMT", "< date: [date]"),
    ("date", "< set-cookie: s=1; Expires=Wed, 25-Nov-26 06:30:00 GMT", "< set-cookie: s=1; Expires=[date]"),
    ("date", r#"< "at": "2026-11-25T06:30:00.123Z""#, r#"< "at": "[date]""#),
    ("time", r#"< "iat": 1785196800,"#, r#"< "iat": [time],"#),
    ("time", r#"{"client_id_issued_at":1785196800}"#, r#"{"client_id_issued_at":[time]}"#),
    ("timing", "< server-timing: app;dur=7", "< server-timing: [timing]"),
    ("timing", "< x-response-time: 7ms", "< x-response-time: [timing]"),
    ("request-id", "< x-request-id: 4f1c", "< x-request-id: [request-id]"),
    ("request-id", "< x-amzn-requestid: 4f1c", "< x-amzn-requestid: [request-id]"),
    ("request-id", "< cf-ray: 8a1-FRA", "< cf-ray: [request-id]"),
    ("request-id", r#"< "requestId": "a1""#, r#"< "requestId": "[request-id]""#),
    ("etag", "< etag: W/\"x1\"", "< etag: [etag]"),
    ("length", "< content-length: 150", "< content-length: [length]"),
    ("edge", "< x-cache: Miss from cloudfront", "< x-cache: [edge]"),
    ("rate-limit", "< x-ratelimit-remaining: 41", "< x-ratelimit-remaining: [rate-limit]"),
    ("rate-limit", "< retry-after: 3", "< retry-after: [rate-limit]"),
    ("session", "< data: /messages/?session_id=a1b2", "< data: /messages/?session_id=[session]"),
    ("session", r#"< "sessionId": "a1b2""#, r#"< "sessionId": "[session]""#),
    ("jwt", "Bearer eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln,", "Bearer [jwt],"),
    ("kid", r#"< "kid": "key-1","#, r#"< "kid": "[kid]","#),
    ("key", r#"{"kty":"EC","x":"AQ","y":"Ag"}"#, r#"{"kty":"EC","x":"[key]","y":"[key]"}"#),
    ("key", "<   \"x5c\": [\n<     \"MIIB\"\n<   ]", "<   \"x5c\": [key]"),
    ("nonce", "< dpop-nonce: a1", "< dpop-nonce: [nonce]"),
    ("nonce", "script-src 'nonce-a1b2'", "script-src 'nonce-[nonce]'"),
    ("nonce", r#"<script nonce="a1">"#, r#"<script nonce="[nonce]">"#),
    (
        "csrf",
        r#"<input type="hidden" name="csrf_token" value="a1">"#,
        r#"<input type="hidden" name="csrf_token" value="[csrf]">"#,
    ),
    ("uuid", "/t/3F2504E0-4f89-41d3-9a0c-0305e82c3301/x", "/t/[uuid]/x"),
    ("random", "state=0f8aXq3v-Zk21bQpLr9Yt&x", "state=[random]&x"),
    ("random", r#""client_id": "abcdefghijklm7""#, r#""client_id": "[random]""#),
    ("random", r#""id": "9e107d9d372bb6826bd81d3542a419d6""#, r#""id": "[random]""#),
    ("random", r#""span": "4f1c9d2e8a7b6c5d""#, r#""span": "[random]""#),
];

#[test]
fn each_takes_out_what_it_is_for_and_leaves_it_where_it_is_switched_off() {
    for (name, before, after) in EXAMPLES {
        assert_eq!(all().apply(before), *after, "{name}");
        assert_eq!(all().apply(after), *after, "{name} twice");
        let without = Filters::new(&[(*name).to_owned()], &[]).unwrap();
        assert_ne!(without.apply(before), *after, "{name} switched off");
    }
    for filter in FILTERS {
        assert!(EXAMPLES.iter().any(|(name, ..)| *name == filter.name), "{} has no example", filter.name);
        let patterns = filter.patterns.len() + usize::from(!filter.headers.is_empty());
        assert_eq!(filter.rules().count(), patterns, "{} does not compile", filter.name);
    }
}

#[test]
fn what_says_something_of_the_server_stays() {
    for text in [
        "< HTTP/1.1 401",
        "https://api.example:8443/mcp",
        "> mcp-protocol-version: 2025-11-25",
        r#"< www-authenticate: Bearer error="invalid_token", resource_metadata="https://h/.well-known/x", scope="mcp:tools""#,
        "client_id=mcp-conform-never-issued",
        "OAuth2AuthorizationServerMetadataDocument",
        r#""build": "20261125063000123""#,
        r#""rev": "4f1c9d2e8a7b6c5""#,
        r#""token_endpoint_auth_signing_alg_values_supported": ["#,
        "urn:ietf:params:oauth:grant-type:token-exchange",
        r#""client_secret_expires_at": 0"#,
        r#""expires_in": 3600"#,
        "< mcp-session-id: ~session.36.5~",
        "< cache-control: max-age=3600",
        r#""nbf_supported": true"#,
        "authorization: Bearer ~token.good~",
    ] {
        assert_eq!(all().apply(text), text);
    }
}

/// The smallest and the usual lengths of what servers draw, many times over.
#[test]
fn what_is_drawn_by_chance_is_taken_out() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    for seed in 0..200u32 {
        let mut bytes = [0; 32];
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        for byte in &mut bytes {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            *byte = state.to_le_bytes()[1];
        }
        let word = URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(all().apply(&word), "[random]", "{word}");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(all().apply(&hex), "[random]", "{hex}");
    }
}

#[test]
fn filters_of_ones_own_come_first_and_say_what_is_wrong_with_them() {
    let own = |text: &str| Filters::new(&[], &[text.to_owned()]);
    assert_eq!(own("build=(?m)^< x-build: .*").unwrap().apply("< x-build: 7\n< x: y"), "[build]\n< x: y");
    assert_eq!(own("tenant=t-[0-9a-z]+").unwrap().apply("/t-0f8aXq3v/"), "/[tenant]Xq3v/");
    for text in ["build", "=x", "build=", "Build=x", "a b=x"] {
        assert_eq!(own(text).err(), Some(FilterError::Shape), "{text}");
    }
    assert_eq!(own("date=x").err(), Some(FilterError::Taken("date".to_owned())));
    assert!(matches!(own("build=(").err(), Some(FilterError::Pattern { .. })));
}
