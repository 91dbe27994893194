//! What often lies behind a finding, where the evidence points to it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::check::Predicate;

/// One file of `cases/diagnoses/`; its name is the file's. It changes no verdict.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Diagnosis {
    /// What it is, in a few words.
    pub title: String,
    /// The cases whose findings it explains.
    #[schemars(with = "Vec<String>")]
    pub explains: Vec<Spanned<String>>,
    /// The probe whose answer tells.
    #[schemars(with = "String")]
    pub probe: Spanned<String>,
    /// What holds for that answer where this is what happened.
    #[schemars(with = "Vec<Predicate>")]
    pub when: Vec<Spanned<Predicate>>,
    /// How that comes about and what to do, in sentences.
    pub says: String,
    /// The defects on which it is given.
    #[schemars(with = "Vec<String>")]
    pub shown_by: Vec<Spanned<String>>,
}
