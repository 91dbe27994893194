//! The JSON Schema of the files of `cases/`, for editors: `cases/schema.json`.

use std::collections::BTreeMap;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::model::case::Case;
use crate::model::deviation::Deviation;
use crate::model::diagnosis::Diagnosis;
use crate::model::probe::Probe;
use crate::model::profile::Profile;
use crate::model::requirement::Requirement;
use crate::model::token::Token;

/// The schema, indented, with a newline at its end. A file is a case, a profile, a defect or variant, a diagnosis, or a map of
/// requirements, probes or tokens.
pub fn cases() -> String {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let kinds = [
        generator.subschema_for::<Case>(),
        generator.subschema_for::<Profile>(),
        generator.subschema_for::<Deviation>(),
        generator.subschema_for::<Diagnosis>(),
        generator.subschema_for::<BTreeMap<String, Requirement>>(),
        generator.subschema_for::<BTreeMap<String, Probe>>(),
        generator.subschema_for::<BTreeMap<String, Token>>(),
    ];
    let schema: Value = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A file of cases/",
        "anyOf": kinds,
        "$defs": generator.definitions(),
    });
    // A Value always serialises.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
