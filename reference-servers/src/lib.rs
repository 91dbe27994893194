//! An authorization server and a protected MCP server that conform, and can be told not to.
//!
//! ```no_run
//! # async fn example() -> Result<(), reference_servers::StartError> {
//! let pair = reference_servers::start(reference_servers::Options::default()).await?;
//! // POST to `pair.server_url` is a 401 until it carries `pair.mint("mcp:tools")`.
//! # Ok(()) }
//! ```
//!
//! What may be wrong with them is an [`Edit`] of their responses or a [`Behaviour`]. Nothing here
//! knows of cases or of the program that runs them, so one misreading of a spec cannot sit on both sides.

mod authorization;
mod behaviour;
#[cfg(test)]
mod client;
mod client_metadata;
mod document;
mod edit;
mod fetch;
mod fold;
mod jwt;
mod keys;
mod mcp;
mod options;
mod pair;
mod profile;
mod resource;
mod running;
mod start;
mod tls;

pub use behaviour::{Behaviour, UnknownBehaviour};
pub use edit::{
    AccessTokenEdit, ChallengeEdit, Edit, Era, HeaderEdit, JsonEdit, On, PLACEHOLDERS, Server,
    SignedMetadataEdit, UnknownPlaceholder,
};
pub use options::{Clock, Consent, Foreign, Options, Secret};
pub use profile::{Profile, UnknownProfile};
pub use running::Running;
pub use start::{StartError, start};
pub use tls::{Channel, Tls};
