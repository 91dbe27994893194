//! The corpus as a whole is sound, and what is generated from its types is not stale.

#[path = "support/site.rs"]
mod site;

use std::fs;
use std::path::Path;

use mcp_conform::load;
use mcp_conform::model::example::Example;
use mcp_conform::model::profile::Era;
use mcp_conform::report::json;
use serde_json::Value;

#[test]
fn the_built_in_cases_have_no_mistake() {
    // From the files, whose values know their places.
    let corpus = load::overlay(Path::new("cases")).unwrap_or_else(|wrong| panic!("{wrong}")).corpus;
    let problems = load::lint::lint(&corpus);
    let shown: Vec<String> = problems.iter().take(20).map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{} mistakes:\n\n{}", problems.len(), shown.join("\n\n"));
}

/// `UPDATE=1 cargo test` writes it anew.
#[test]
fn the_schema_of_the_cases_is_that_of_the_types() {
    let fresh = load::schema::cases();
    if std::env::var_os("UPDATE").is_some() {
        fs::write("cases/schema.json", &fresh).expect("the schema is written");
    }
    let kept = fs::read_to_string("cases/schema.json").unwrap_or_default();
    assert!(kept == fresh, "cases/schema.json is stale: UPDATE=1 cargo test --test corpus");
}

/// The files satisfy the schema that editors are given: what serde accepts, they do not underline.
#[test]
fn every_file_satisfies_the_schema() {
    let schema: Value = serde_json::from_str(&load::schema::cases()).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let corpus = load::embedded().expect("the built-in cases load");
    for file in &corpus.files {
        let value: Value = serde_saphyr::from_str(&file.text).expect("YAML");
        assert!(validator.is_valid(&value), "{} does not satisfy cases/schema.json", file.path);
    }
}

/// The shape of reports is a contract: a change of it shows here.
#[test]
fn the_schema_of_reports_is_reviewed() {
    let schema = serde_json::to_string_pretty(&json::schema()).expect("a schema is JSON");
    insta::with_settings!({
        snapshot_path => "../../snapshots/reports",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("schema", schema);
    });
}

/// Examples that their case does not judge, and why.
const BEYOND_THEIR_CASE: [(&str, &str); 3] = [
    (
        "server/metadata/no-singular-authorization-server",
        "it applies only where authorization_servers is missing, which no good server shows",
    ),
    (
        "server/host-metadata/issuer-answers",
        "it applies only where there is no resource metadata, which no good server shows",
    ),
    (
        "server/metadata/query-stays-in-the-well-known-url",
        "the server of the examples has no query in its URL",
    ),
];

/// An example that breaks the case that shows it would be worse than none.
#[test]
fn every_example_passes_its_own_case() {
    let corpus = load::embedded().expect("the built-in cases load");
    let mut wrong = Vec::new();
    for (id, filed) in &corpus.cases {
        let case = &filed.value;
        let Some(example) = &case.example else { continue };
        for era in Era::ALL {
            let exists = corpus
                .profiles
                .iter()
                .any(|(name, profile)| profile.value.era == era && corpus.level(case, name).is_some());
            if exists && let Some(why) = site::disproof(&corpus, case, example, era) {
                wrong.push((id.as_str(), format!("{id} ({era:?})\n{why}")));
            }
        }
    }
    for (id, why) in BEYOND_THEIR_CASE {
        assert!(wrong.iter().any(|(wrong, _)| *wrong == id), "{id} judges its example: no need to say {why}");
    }
    wrong.retain(|(wrong, _)| BEYOND_THEIR_CASE.iter().all(|(id, _)| wrong != id));
    let wrong: Vec<String> = wrong.into_iter().map(|(_, why)| why).collect();
    assert!(wrong.is_empty(), "{} examples:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn an_example_that_breaks_its_case_is_noticed() {
    let corpus = load::embedded().expect("the built-in cases load");
    for (id, wrong) in [
        ("server/challenge/answers-401", "HTTP/1.1 403 Forbidden"),
        (
            "server/challenge/resource-metadata-is-https",
            "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer resource_metadata=\"http://mcp.example.com/x\"",
        ),
        ("server/metadata/resource-without-fragment", "{ \"resource\": \"https://mcp.example.com/mcp#x\" }"),
        ("authorization-server/metadata/issuer-identical", "{ \"issuer\": \"https://auth.example.com/\" }"),
        ("authorization-server/keys/served", "{ \"keys\": {} }"),
    ] {
        let example = Example::parse(wrong).expect("an example");
        let case = &corpus.cases[id].value;
        assert!(site::disproof(&corpus, case, &example, Era::Modern).is_some(), "{id} accepts {wrong}");
    }
}
