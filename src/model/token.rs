//! A bearer token that requests may carry: the good one, and others that each differ from it in one way.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::login::Json;
use super::template::Template;

/// The access token that the user has or that the tool gets as a client: the control of all others.
pub const GOOD: &str = "good";

/// One token. Files in `cases/tokens/` map names to these. All but the good one are made of its header and claims, unless
/// they are made up.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Token {
    /// What it is, as a noun phrase.
    pub title: String,
    /// It has nothing of the good token: nobody issued anything.
    #[serde(default)]
    pub made_up: Option<MadeUp>,
    /// What its header has otherwise.
    #[serde(default)]
    pub header: BTreeMap<String, Edit>,
    /// What it claims otherwise.
    #[serde(default)]
    pub claims: BTreeMap<String, Edit>,
    /// How it is signed.
    #[serde(default)]
    pub signed: Option<Signed>,
    /// The step of a login, as `login.STEP`, that gives it where it cannot be signed like that. It has to differ from the
    /// good token in the claims that are named here.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub or_from: Option<Spanned<String>>,
    /// The member of that answer which holds it.
    #[serde(default = "access_token")]
    pub member: String,
}

fn access_token() -> String {
    "access_token".to_owned()
}

/// The claims of a JWT in the shape of RFC 9068 that are not made up at random.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MadeUp {
    /// Its `iss`.
    #[schemars(with = "String")]
    pub issuer: Spanned<Template>,
    /// Its `aud`.
    #[schemars(with = "String")]
    pub audience: Spanned<Template>,
}

impl MadeUp {
    /// Its templates.
    pub fn templates(&self) -> [&Template; 2] {
        [&self.issuer.value, &self.audience.value]
    }
}

/// What a member of a header or a claim becomes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a text, a list of texts, `seconds-from-now: N`, `removed: true`, `json: …` or `given: broader-scope`"
)]
pub enum Edit {
    /// A text.
    Text(Template),
    /// A list of texts.
    Several(Vec<Template>),
    /// A time, from when the token is made.
    Time(Time),
    /// It is left out.
    Left(Left),
    /// Any other value.
    Value(Other),
    /// What the user said.
    Given(Given),
}

/// A time in seconds since 1970.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Time {
    /// Seconds from now; negative ones are past.
    pub seconds_from_now: i64,
}

/// What is left out.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Left {
    /// `true`.
    pub removed: bool,
}

/// What is neither a text nor a time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// The value.
    #[schemars(with = "serde_json::Value")]
    pub json: Json,
}

/// What an option of `check` holds.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Which one.
    pub given: Opinion,
}

/// What only the user can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Opinion {
    /// `--broader-scope`: a scope that includes those that the first request needs.
    BroaderScope,
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// `alg: none`, with no signature.
    Not,
    /// With the signature of the good token, which is of other content.
    AsBefore,
    /// With a key of our own, of the kind that the good token is signed with.
    ByOwnKey,
    /// The same, and its header holds that key as `jwk`.
    ByEmbeddedKey,
    /// The same, and its header says with `jku` where we publish that key.
    ByOwnKeyAtUrl,
    /// `alg: HS256`, with the public key of the authorization server, as PEM, for a secret.
    ByPublicKeyAsSecret,
    /// By the authorization server itself, which is one for tests and signs what it is told to.
    ByIssuer,
}

impl Token {
    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let made_up = self.made_up.iter().flat_map(MadeUp::templates);
        let edits = self.header.values().chain(self.claims.values()).flat_map(|edit| match edit {
            Edit::Text(text) => std::slice::from_ref(text),
            Edit::Several(several) => several.as_slice(),
            Edit::Time(_) | Edit::Left(_) | Edit::Value(_) | Edit::Given(_) => &[],
        });
        made_up.chain(edits)
    }
}
