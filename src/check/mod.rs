//! Predicates: each one named, typed look at an exchange. One file a predicate.
//!
//! ```text
//! - status: 401                          a 401 passes, a 403 fails, no response is blind
//! - json: { at: $.issuer, type: string }
//! ```
//!
//! A predicate answers [`Answer::Blind`] where there is nothing to look at; it never passes by default.

pub mod answer;
pub mod form;
pub mod look;
pub mod rules;
pub mod scene;

pub mod accepted;
pub mod body;
pub mod code;
pub mod compound;
pub mod cookies;
pub mod counts;
pub mod each_attempt;
pub mod each_candidate;
pub mod elsewhere;
pub mod found;
pub mod framing;
pub mod header;
pub mod json;
pub mod jwt;
pub mod keeps_from;
pub mod key_of;
pub mod lacks;
pub mod let_through;
pub mod lists;
pub mod metadata;
pub mod public_client;
pub mod query;
pub mod redirect;
pub mod refused;
pub mod same_as;
pub mod session_id;
pub mod shows;
pub mod status;
pub mod status_other_than;
pub mod tls;
pub mod token;
pub mod unfolded;
pub mod url;
pub mod without_result;
pub mod www_authenticate;

#[cfg(test)]
pub(crate) mod sample;

use schemars::JsonSchema;
use serde::Deserialize;

pub use answer::{Answer, Finding, Part, Place};
pub use look::Look;
pub use scene::Scene;

/// A look at an exchange.
pub trait Check {
    /// What it sees.
    fn judge(&self, scene: &Scene<'_>) -> Answer;

    /// The probes (or `probe.candidate`s) it reads besides the case's own, so that they are sent.
    fn probes(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What it looks at: what is not all in sight cannot be judged.
    fn looks(&self) -> Vec<Look<'_>>;
}

/// Makes the enum that YAML names as a single-key map, its list of names, and the dispatch.
macro_rules! checks {
    ($($(#[$doc:meta])* $variant:ident($name:literal, $check:ty),)*) => {
        /// One predicate of a case: a map with a single key, its name.
        #[derive(Debug, Clone, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Predicate { $($(#[$doc])* $variant($check),)* }

        /// The name and first doc line of every predicate.
        pub const NAMES: &[&str] = &[$($name),*];

        impl Check for Predicate {
            fn judge(&self, scene: &Scene<'_>) -> Answer {
                match self { $(Self::$variant(check) => check.judge(scene),)* }
            }
            fn probes(&self) -> Vec<&str> {
                match self { $(Self::$variant(check) => check.probes(),)* }
            }
            fn looks(&self) -> Vec<Look<'_>> {
                match self { $(Self::$variant(check) => check.looks(),)* }
            }
        }
    };
}

checks![
    /// The request was taken, with the token that it carried.
    Accepted("accepted", accepted::Accepted),
    /// Every one of these holds.
    All("all", compound::All),
    /// At least one of these holds.
    Any("any", compound::Any),
    /// The body as a whole.
    Body("body", body::Body),
    /// What an authorization request came to.
    Code("code", code::Code),
    /// What a browser is to keep.
    Cookies("cookies", cookies::Cookies),
    /// Which of the probe's candidates gave the answer that counts.
    Counts("counts", counts::Counts),
    /// These hold for the answer of every request that the probe sent.
    EachAttempt("each-attempt", each_attempt::EachAttempt),
    /// What each of the probe's candidates answers.
    EachCandidate("each-candidate", each_candidate::EachCandidate),
    /// These hold for the answer of another probe.
    Elsewhere("elsewhere", elsewhere::Elsewhere),
    /// Whether one of the probe's candidates gave the document.
    Found("found", found::Found),
    /// Whether other sites may put the page into a frame.
    Framing("framing", framing::Framing),
    /// A response header other than WWW-Authenticate.
    Header("header", header::Header),
    /// Members of the JSON body, by RFC 9535 path.
    Json("json", json::Json),
    /// A JWT in the JSON body: its header, its claims, and whether it says what the body says.
    Jwt("jwt", jwt::Jwt),
    /// The browser is not sent to a URL.
    KeepsFrom("keeps-from", keeps_from::KeepsFrom),
    /// The key of a token is in the JWK set.
    KeyOf("key-of", key_of::KeyOf),
    /// A text that stands nowhere in the response.
    Lacks("lacks", lacks::Lacks),
    /// No gateway or rate limit stood before the endpoint.
    LetThrough("let-through", let_through::LetThrough),
    /// A list in the JSON body that knows what another one, or a challenge, names.
    Lists("lists", lists::Lists),
    /// What the document is the metadata of.
    Metadata("metadata", metadata::Metadata),
    /// This does not hold.
    Not("not", compound::Not),
    /// The request was made by a client that did not authenticate.
    PublicClient("public-client", public_client::PublicClient),
    /// A parameter in the query of the URL that the request was sent to.
    Query("query", query::Query),
    /// A redirect and where it leads.
    Redirect("redirect", redirect::Redirect),
    /// The request was refused for want of a token.
    Refused("refused", refused::Refused),
    /// Members that agree with those of another probe's JSON body.
    SameAs("same-as", same_as::SameAs),
    /// The id of a session that was begun.
    SessionId("session-id", session_id::SessionId),
    /// A text that a person reads on a page.
    Shows("shows", shows::Shows),
    /// The status code.
    Status("status", status::Status),
    /// Any status code but these.
    StatusOtherThan("status-other-than", status_other_than::StatusOtherThan),
    /// How the places that the probe tried were reached.
    Tls("tls", tls::Tls),
    /// What is known of a token.
    Token("token", token::Token),
    /// No header goes on in the next line.
    Unfolded("unfolded", unfolded::Unfolded),
    /// The URL that the request was sent to.
    Url("url", url::Url),
    /// A refusal that holds no JSON-RPC result.
    WithoutResult("without-result", without_result::WithoutResult),
    /// The challenges of WWW-Authenticate (RFC 9110 §11.6.1).
    WwwAuthenticate("www-authenticate", www_authenticate::WwwAuthenticate),
];

#[cfg(test)]
mod tests;
