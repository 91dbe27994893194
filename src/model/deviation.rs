//! A named way in which the reference servers deviate: a defect is wrong, a variant is unusual but right.

use reference_servers::{Behaviour, Edit, Tls};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::one_or_many::OneOrMany;

/// One file of `cases/defects/` or `cases/variants/`; its name is the file's.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deviation {
    /// What is wrong or unusual, in a sentence.
    pub title: String,
    /// The profiles that the servers speak while they deviate; the newest revision where left out.
    #[serde(default)]
    #[schemars(with = "Option<OneOrMany<String>>")]
    pub profile: Option<Spanned<OneOrMany<String>>>,
    /// Edits of their responses.
    #[serde(default)]
    pub edits: Vec<Edit>,
    /// Named behaviours.
    #[serde(default)]
    pub behaviours: Vec<Behaviour>,
    /// How the good token is got there.
    #[serde(default)]
    pub token: TokenWay,
    /// Which of them speak TLS, and what is wrong with that.
    #[serde(default)]
    pub tls: Tls,
}

/// How a token is got from servers that deviate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenWay {
    /// By a login.
    #[default]
    Login,
    /// By a client for itself, as nobody can log in.
    ClientCredentials,
    /// Not at all.
    None,
}

impl Deviation {
    /// The profiles that it states; none where it stands on the newest revision.
    pub fn profiles(&self) -> &[String] {
        self.profile.as_ref().map_or(&[], |stated| &stated.value.0)
    }
}
