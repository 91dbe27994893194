//! The corpus as a whole is sound, and what is generated from its types is not stale.

use std::fs;

use mcp_conform::load;
use mcp_conform::report::json;
use serde_json::Value;

#[test]
fn the_built_in_cases_have_no_mistake() {
    let corpus = match load::embedded() {
        Ok(corpus) => corpus,
        Err(problems) => {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))
        }
    };
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
