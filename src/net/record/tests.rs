use super::*;
use crate::model::exchange::{TransportError, TransportErrorKind};
use crate::model::recording::{Item, NotSent};
use proptest::prelude::*;

#[test]
fn keeps_what_is_no_secret() {
    for plain in [
        r#"{"issuer":"https://h","token_endpoint":"https://h/token","code_challenge_methods_supported":["S256"]}"#,
        "https://h/authorize?scope=a&resource=https://h/mcp",
        r#"Bearer resource_metadata="https://h/x", error="invalid_token""#,
        r#"{"token": "Bearer mcp-conform-never-issued"}"#,
        r#"{"issuer":"https://h","contacts":["me@h"]}"#,
        "https://h/login?token=mcp-conform-never-issued",
        "access_token=~token.good~; HttpOnly",
        "code=[redacted]; Secure",
    ] {
        assert_eq!(text(plain), plain);
    }
}

#[test]
fn a_quoted_url_stays_one() {
    let hidden = r#"Bearer resource_metadata="https://h/x?access_token=~redacted~", scope="a""#;
    assert_eq!(text(&hidden.replace(REDACTED_IN_URL, "secret")), hidden);
}

#[test]
fn credentials_keep_their_scheme() {
    assert_eq!(secret_header("Bearer abc"), "Bearer [redacted]");
    assert_eq!(secret_header("id=abc; Path=/"), "id=[redacted]");
    assert_eq!(secret_header("abc"), "[redacted]");
    assert_eq!(secret_header("Bearer mcp-conform-never-issued"), "Bearer mcp-conform-never-issued");
    assert_eq!(secret_header("Bearer mcp-conform-never-issued2"), "Bearer [redacted]");
    assert_eq!(secret_header("Bearer mcp-conform-never-issued x"), "Bearer [redacted]");
}

#[test]
fn cookies_keep_who_may_have_them() {
    for (sent, kept) in [
        ("id=abc; Path=/; HttpOnly; SECURE", "id=[redacted]; HttpOnly; SECURE"),
        ("t=~token.good~; Domain=h; SameSite=Lax", "t=~token.good~; SameSite=Lax"),
        ("t=x~token.good~; Secure=hidden", "t=[redacted]"),
        ("hidden; Secure", "[redacted]; Secure"),
    ] {
        let mut list = vec![("Set-Cookie".to_owned(), sent.to_owned())];
        headers(&mut list);
        assert_eq!(list[0].1, kept);
    }
}

#[test]
fn of_sessions_it_is_told_how_they_differ() {
    let mut recording = crate::check::sample::recording(&[("a", 200, "", "session-one"), ("b", 200, "", "")]);
    for (exchange, id) in recording.exchanges.iter_mut().zip(["session-one", "session-two"]) {
        let Reply::Response(response) = &mut exchange.reply else { unreachable!() };
        response.headers.push(("mcp-session-id".to_owned(), id.to_owned()));
        exchange.request.headers.push(("mcp-session-id".to_owned(), id.to_owned()));
    }
    redact(&mut recording, &[]);
    let text = serde_json::to_string(&recording).unwrap();
    assert!(!text.contains("session-one") && text.matches("~session.11.3~").count() == 3, "{text}");
}

#[test]
fn made_up_credentials_can_be_sent_again() {
    let forged = crate::probe::forge::Draft::made_up("https://as", "https://h").unsigned();
    let forged = format!("Bearer {forged}");
    let client = format!("Basic {}", STANDARD.encode(format!("{NO_TOKEN}:{NO_TOKEN}")));
    let twice = "Bearer mcp-conform-never-issued mcp-conform-never-issued";
    for ours in [forged.as_str(), &client, "Bearer", twice, "bEaReR ~token.good~"] {
        assert_eq!(secret_header(ours), ours);
    }
    let theirs = format!("Bearer e30.{}.", URL_SAFE_NO_PAD.encode(r#"{"jti":"a"}"#));
    assert_eq!(secret_header(&theirs), "Bearer [redacted]");
    let theirs = format!("Basic {}", STANDARD.encode(format!("{NO_TOKEN}:secret")));
    assert_eq!(secret_header(&theirs), "Basic [redacted]");
}

#[test]
fn a_value_from_the_environment_is_kept_nowhere() {
    let secret = "key-0123456789";
    let mut recording = crate::check::sample::recording(&[
        ("here", 200, "text/plain", "you sent key-0123456789, did you not"),
        ("there", 200, "key-0123456789", "nothing"),
    ]);
    recording.exchanges[1].request.url.push_str("?echo=key-0123456789");
    let Reply::Response(response) = &mut recording.exchanges[1].reply else { unreachable!() };
    response.body = Body::new([b"\xff".as_slice(), secret.as_bytes()].concat(), false);
    redact(&mut recording, &[Withheld::new(secret), Withheld::new("there")]);
    let text = serde_json::to_string(&recording).unwrap();
    assert!(!text.contains(secret) && text.contains("you sent [redacted], did"), "{text}");
    assert!(text.contains("there"), "short values are words");
    let bodies: Vec<_> = recording.exchanges.iter().map(|e| e.response().unwrap().body.clone()).collect();
    assert_eq!(bodies[1].text.as_deref(), Some(REDACTED));
}

#[test]
fn secrets_go_wherever_a_target_puts_them() {
    let url = "https://me:hidden@h/?code=hidden";
    let keys = r#"{"keys":[{"kty":"EC","x":"y","d":"hidden"}]}"#;
    let mut recording = crate::check::sample::recording(&[("keys", 200, "", keys), ("odd", 200, "", "")]);
    recording.target.url = url.to_owned();
    recording.probes[0].item = Some(Item { index: 0, value: url.to_owned() });
    recording.probes[1].attempts[0].not_sent = Some(NotSent::new(url.to_owned()));
    recording.exchanges[1].request.url = url.to_owned();
    let Reply::Response(response) = &mut recording.exchanges[1].reply else { unreachable!() };
    response.headers = vec![("location".to_owned(), url.to_owned())];
    response.body = Body::new(b"{\"access_token\":\"hidden\",\"x\":\"\xff\"}".to_vec(), false);
    let mut failed = recording.exchanges[0].clone();
    let message = format!("{url} was not requested");
    failed.reply = Reply::Error(TransportError { kind: TransportErrorKind::NotAllowed, message });
    recording.exchanges.push(failed);
    redact(&mut recording, &[]);
    let text = serde_json::to_string(&recording).unwrap();
    let bodies = recording.exchanges.iter().filter_map(|exchange| exchange.response());
    let bytes: Vec<u8> = bodies.flat_map(|response| response.body.bytes()).collect();
    assert!(!text.contains("hidden") && !String::from_utf8_lossy(&bytes).contains("hidden"), "{text}");
    assert!(text.contains("******"), "{text}");
}

#[test]
fn a_variable_stands_where_its_value_was() {
    assert_eq!(withheld_variable(&withheld("API_KEY")), Some("API_KEY"));
    assert_eq!(withheld_variable("[redacted: $(rm)]"), None);
    assert_eq!(withheld_variable(REDACTED), None);
}

proptest! {
    #[test]
    fn no_secret_survives(secret in "[A-Za-z0-9_-]{12,40}") {
        let forms = [
            format!(r#"{{"access_token": "{secret}", "x": 1}}"#),
            format!(r#"{{"a":{{"refresh_token":"{secret}"}}}}"#),
            format!("grant_type=x&code={secret}&client_secret={secret}"),
            format!("https://h/cb?code={secret}#access_token={secret}"),
            format!("https://user:{secret}@h/mcp"),
            format!(r#"{{"uri":"HTTPS://h/cb?state=1\u0026code={secret}"}}"#),
            format!(r#"{{"client_secret":"{secret}"#),
        ];
        for form in forms {
            prop_assert!(!text(&form).contains(&secret), "{form}");
        }
        for name in SECRET_HEADERS {
            let mut list = vec![(name.to_owned(), format!("Bearer {secret}")), (name.to_owned(), secret.clone())];
            headers(&mut list);
            prop_assert!(list.iter().all(|(_, value)| !value.contains(&secret)));
        }
    }
}
