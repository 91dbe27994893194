use std::path::Path;

use super::{Config, ConfigError, NAME, schema};
use crate::cli::{Judging, Network, Strength, Tokens};

fn read(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(NAME), text).unwrap();
    Config::find(&folder.path().join("below/it")).map(Option::unwrap).map_err(|error| match error {
        ConfigError::Wrong(_) => error.to_string(),
        ConfigError::Unreadable(..) => panic!("{error}"),
    })
}

#[test]
fn what_is_wrong_is_shown_without_its_value() {
    for (line, says) in [
        ("tokn: hunter2", "did you mean `token`?"),
        ("client: { id: x, secret: hunter2 }", "there is no key `secret`"),
        ("token: hunter2", "headless-login"),
        ("token: { value: hunter2 }", "there is no such value"),
        ("fail-on: hunter2", "must, should"),
        ("timeout: hunter2", "a.yaml"),
        ("timeout: -1", "above 0"),
        ("allow-public: hunter2", "a.yaml"),
        ("formats: [hunter2]", "there is no such format"),
        ("formats: [htm]", "did you mean `html`?"),
        ("profile: hunter2", "known: 2025-03-26, "),
        ("profile: 2026-07-29", "did you mean `2026-07-28`?"),
        ("scope: [hunter2]", "a.yaml"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, format!("targets:\n  a:\n    url: https://x/mcp\n    {line}\n")).unwrap();
        let error = Config::read(&path).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains(":4:"), "{line}: {error}");
        assert!(!error.contains("hunter2"), "{line}: {error}");
    }
}

#[test]
fn a_target_has_a_name_and_a_url() {
    for (text, says) in [
        ("defaults: { url: https://x/mcp }", "a URL belongs to one target"),
        ("targets: { a: { role: server } }", "target `a` has no url"),
        ("targets: { 'a b': { url: https://x/mcp } }", "the name of a target has"),
        ("targets: { a: { url: x }, a: { url: y } }", "duplicate"),
        ("target: {}", "did you mean `targets`?"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
    assert_eq!(read("# nothing yet\n").unwrap().names().count(), 0);
    assert!(read("{ defaults: { cases: own }, targets: { a: { url: x, profile: ours } } }").is_ok());
}

#[test]
fn what_is_given_stands_above_the_target_and_the_target_above_what_holds_for_all() {
    let config = read(
        "defaults: { profile: 2025-06-18, fail-on: should, timeout: 3, formats: [human, junit=all.xml], scope: all }\n\
         targets: { a: { url: https://x/mcp, profile: 2025-11-25, headers: { x-a: A }, client: { id: one, secret-env: B }, token: client-credentials } }\n",
    )
    .unwrap();
    let folder = Path::new("/project");
    let mut given = (Judging::default(), Tokens::default(), Network::default());
    given.2.timeout = Some(9.0);
    for settings in config.target("a").unwrap() {
        settings.under_judging(folder, &mut given.0);
        settings.under_tokens(folder, &mut given.1);
        settings.under_network(folder, &mut given.2);
    }
    let (judging, tokens, network) = given;
    assert_eq!((judging.profile.as_deref(), judging.fail_on), (Some("2025-11-25"), Some(Strength::Should)));
    assert_eq!(judging.format, ["human", "junit=/project/all.xml"]);
    assert_eq!((tokens.client_credentials, tokens.scope.as_deref()), (true, Some("all")));
    assert_eq!((tokens.client_id.as_deref(), tokens.client_secret_env.as_deref()), (Some("one"), Some("B")));
    assert_eq!((network.timeout, network.header.as_slice()), (Some(9.0), &["x-a=A".to_owned()][..]));
}

#[test]
fn a_source_that_is_given_keeps_that_of_the_file_away() {
    let config =
        read("targets: { a: { url: x, token: headless-login, insecure: true, resolve: [a] } }").unwrap();
    let [target, _] = config.target("a").unwrap();
    let mut tokens = Tokens { token_env: Some("T".to_owned()), ..Tokens::default() };
    target.under_tokens(Path::new(""), &mut tokens);
    assert!(!tokens.login && !tokens.headless);
    let mut network =
        Network { cacert: vec!["ca.pem".into()], proxy: Some("http://p".to_owned()), ..Network::default() };
    target.under_network(Path::new(""), &mut network);
    assert!(!network.insecure && network.resolve.is_empty());
}

#[test]
fn the_schema_takes_what_is_read_and_nothing_else() {
    let schema = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let valid = |text: &str| validator.is_valid(&serde_saphyr::from_str(text).unwrap());
    assert!(valid(
        "targets: { a: { url: x, role: authorization-server, token: { env: A }, formats: [human], timeout: 2 } }"
    ));
    for text in [
        "tagets: {}",
        "targets: { a: { url: [x] } }",
        "defaults: { token: secret }",
        "defaults: { fail-on: may }",
    ] {
        assert!(!valid(text) && read(text).is_err(), "{text}");
    }
}
