//! Something we send: once a run, however many cases read it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::login::Login;
use super::one_or_many::OneOrMany;
use super::template::Template;

/// One probe. Files in `cases/probes/` map names to these. Exactly one of `rpc`, `get`, `http`, `login`
/// and `candidates` is given.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Probe {
    /// What it asks for, as a noun phrase.
    pub title: String,
    /// Probes that must be over first, besides those whose answers the templates read.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub after: Vec<Spanned<String>>,
    /// The profiles in which it means something; all where left out. Cases over it exist only there.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub profiles: Option<Vec<Spanned<String>>>,
    /// The case that wants this answer: other cases over it are untested because of that one unless it holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub wanted_by: Option<Spanned<String>>,
    /// The case that says whether the connection was sound: what could not be seen for want of one is untested because
    /// of that case.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub secured_by: Option<Spanned<String>>,
    /// The probe with the good token: what is found here counts only where that one was accepted.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub control: Option<Spanned<String>>,
    /// Sent once for each string of this list; of an authorization server alone, for the issuer under test.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub for_each: Option<Spanned<Template>>,
    /// JSON-RPC requests to the target.
    #[serde(default)]
    pub rpc: Option<Rpc>,
    /// A GET.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub get: Option<Spanned<Template>>,
    /// A request of any method.
    #[serde(default)]
    pub http: Option<Http>,
    /// How a client gets a token, as a short procedure.
    #[serde(default)]
    pub login: Option<Login>,
    /// Several GETs of which one counts: the first, in this order, that answers 200 with a JSON object.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
}

/// JSON-RPC requests in the form of the era, one after the other until one is refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rpc {
    /// What is called, in order. The request that counts is the first that is refused, else the first.
    pub calls: Vec<Call>,
    /// Sends all of them, whatever the answers; a case looks at one of them as `probe.CALL`.
    #[serde(default)]
    pub each: bool,
    /// Sends it in one era only: the modern one where the server speaks it. For what no era changes.
    #[serde(default)]
    pub once: bool,
    /// From 1 to 9. Requests that may be under way in one session and differ in nothing else, or in headers alone,
    /// differ in it: their JSON-RPC ids are made of it.
    #[serde(default = "first_id")]
    pub id: u32,
    /// Headers besides those of the era, each with one value or several lines.
    #[serde(default)]
    pub headers: BTreeMap<String, OneOrMany<String>>,
    /// What is added to the query of the URL.
    #[serde(default)]
    pub query: Option<String>,
    /// The bearer token that it carries. Then only the call that is refused without one is sent, which is the same for
    /// every token.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub token: Option<Spanned<String>>,
    /// How the scheme before that token is spelled.
    #[serde(default = "bearer")]
    pub scheme: String,
    /// The token that stands in the query, as `access_token`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub query_token: Option<Spanned<String>>,
    /// The session that it is sent in, which the good token began. The modern era has none.
    #[serde(default)]
    pub session: Option<Session>,
}

fn first_id() -> u32 {
    1
}

fn bearer() -> String {
    "Bearer".to_owned()
}

/// A session that the good token began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    /// The one that all probes share.
    Shared,
    /// One of its own, for what may end it.
    Own,
    /// One that never was.
    Unknown,
}

impl Rpc {
    /// Whether it brings credentials. Then any answer but a good one is a refusal.
    pub fn has_credentials(&self) -> bool {
        let named = self.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"));
        named || self.query.is_some() || self.tokens().next().is_some()
    }

    /// The tokens that it carries.
    pub fn tokens(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.token.iter().chain(&self.query_token)
    }
}

/// A request as it stands.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Http {
    /// The HTTP method.
    pub method: String,
    /// The URL.
    #[schemars(with = "String")]
    pub url: Spanned<Template>,
    /// Its headers.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: BTreeMap<String, Spanned<Template>>,
    /// Its body.
    #[serde(default)]
    pub body: Option<String>,
}

/// A JSON-RPC request that a client would send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// `initialize` in the legacy era, `server/discover` in the modern one.
    Open,
    /// `tools/list`.
    ToolsList,
    /// `tools/call` of a tool that does not exist, so that nothing happens where it is allowed.
    ToolsCall,
    /// `resources/read` of a resource that does not exist.
    ResourcesRead,
    /// `prompts/get` of a prompt that does not exist.
    PromptsGet,
    /// The notification `notifications/initialized`, which the modern era does not have.
    Initialized,
    /// A GET for an event stream, which the modern era does not have.
    Stream,
    /// A DELETE, which ends a session.
    End,
}

impl Call {
    /// What the attempt is called in a recording.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ToolsList => "tools-list",
            Self::ToolsCall => "tools-call",
            Self::ResourcesRead => "resources-read",
            Self::PromptsGet => "prompts-get",
            Self::Initialized => "initialized",
            Self::Stream => "stream",
            Self::End => "end",
        }
    }
}

/// One of several places where an answer may be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Candidate {
    /// Its name; a case looks at this candidate alone as `probe.name`.
    pub name: String,
    /// The URL.
    #[schemars(with = "String")]
    pub get: Spanned<Template>,
}

impl Probe {
    /// What it sends over plain HTTP, by candidate name; nothing where it speaks JSON-RPC.
    pub fn requests(&self) -> Vec<(&str, Shape<'_>)> {
        let get = self.get.iter().map(|get| ("", Shape::Get(&get.value)));
        let http = self.http.iter().map(|http| ("", Shape::Http(http)));
        let candidates = self.candidates.iter().map(|c| (c.name.as_str(), Shape::Get(&c.get.value)));
        get.chain(http).chain(candidates).collect()
    }

    /// What a case may look at alone, as `probe.NAME`.
    pub fn parts(&self) -> Vec<&str> {
        let calls = self.rpc.iter().filter(|rpc| rpc.each).flat_map(|rpc| &rpc.calls);
        let steps = self.login.iter().flat_map(Login::steps);
        let named = self.candidates.iter().map(|c| c.name.as_str()).chain(calls.map(|call| call.name()));
        named.chain(steps.map(|step| step.name())).collect()
    }

    /// Every template in it.
    pub fn templates(&self) -> impl Iterator<Item = &Spanned<Template>> {
        self.for_each.iter().chain(self.request_templates())
    }

    /// The templates of its requests.
    pub fn request_templates(&self) -> impl Iterator<Item = &Spanned<Template>> {
        let http = self.http.iter().flat_map(|http| std::iter::once(&http.url).chain(http.headers.values()));
        let login = self.login.iter().flat_map(Login::templates);
        self.get.iter().chain(http).chain(login).chain(self.candidates.iter().map(|c| &c.get))
    }
}

/// A request before its holes are filled.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'a> {
    /// A GET that asks for JSON.
    Get(&'a Template),
    /// Any other.
    Http(&'a Http),
}

impl<'a> Shape<'a> {
    /// The URL.
    pub fn url(self) -> &'a Template {
        match self {
            Self::Get(url) => url,
            Self::Http(http) => &http.url.value,
        }
    }

    /// Every template in it.
    pub fn templates(self) -> Vec<&'a Template> {
        let headers = match self {
            Self::Get(_) => None,
            Self::Http(http) => Some(http.headers.values().map(|value| &value.value)),
        };
        std::iter::once(self.url()).chain(headers.into_iter().flatten()).collect()
    }
}
