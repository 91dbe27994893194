//! A case: what a good target does, how that is looked at, and how we know that the look can fail.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::example::Example;
use crate::check::Predicate;

/// One file of `cases/server/` or `cases/authorization-server/`; its path is its id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// A sentence about the target, true of a good one.
    pub title: String,
    /// The statements that it tests. Level and profiles come from them.
    #[schemars(with = "Vec<String>")]
    pub requirements: Vec<Spanned<String>>,
    /// The probe whose answer it judges, or `probe.candidate`.
    #[schemars(with = "String")]
    pub probe: Spanned<String>,
    /// What must hold for the case to mean anything; where it does not, the case is not applicable.
    #[serde(default)]
    #[schemars(with = "Vec<Predicate>")]
    pub when: Vec<Spanned<Predicate>>,
    /// The reason given where `when` does not hold.
    #[serde(default)]
    pub otherwise: Option<String>,
    /// Cases without which this one says nothing: where one of them does not hold, this is untested because of it.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub needs: Vec<Spanned<String>>,
    /// What a good target's answer fulfils, all of it.
    #[schemars(with = "Vec<Predicate>")]
    pub expect: Vec<Spanned<Predicate>>,
    /// Defects of the reference servers that this case catches.
    #[schemars(with = "Vec<String>")]
    pub caught_by: Vec<Spanned<String>>,
    /// What to do about it, for the author of the target.
    pub fix: String,
    /// Why it matters: what a client does, or cannot do, where this is broken. One or two sentences.
    #[serde(default)]
    pub why: Option<String>,
    /// What a good answer looks like: status line, headers, an empty line and a body; or a JSON document alone. It
    /// answers the case's probe, or as a 401 the request without a token.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub example: Option<Example>,
}

impl Case {
    /// Whether it judges how its probe's answer was reached: then it means something where no answer came at all.
    pub fn is_about_channel(&self) -> bool {
        self.expect.iter().any(|predicate| matches!(predicate.value, Predicate::Tls(_)))
    }
}
