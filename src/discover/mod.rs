//! The walk of a client without a token, from the first request to the endpoints of the authorization server.
//!
//! ```text
//! POST /mcp → 401, resource_metadata → protected resource metadata → issuer → its metadata → token_endpoint
//! ```
//!
//! It is read from a recording, so nothing is sent here that a check would not send.

mod contact;
mod document;
mod endpoints;
mod model;
mod pointer;
mod resource;
mod server;
#[cfg(test)]
mod tests;

pub use model::{AuthorizationServer, Broke, FORMAT, Layout, Read, Standing, Step, Try, Walk};

use crate::model::profile::Era;
use crate::model::recording::{Recording, Target, Tool};
use crate::model::requirement::Role;
use crate::plan::Plan;
use crate::run::Progress;
use crate::session::{CheckError, Options, record_plan};

use self::contact::contact;
use self::resource::Found;

/// What has to be sent for a walk.
pub const PROBES: [&str; 5] =
    ["mcp.no-token", "resource-metadata", "server-metadata", "pointer", "pointer-issuer"];

/// Walks from `url`, an MCP endpoint.
pub async fn discover(url: &str, options: &Options, progress: &dyn Progress) -> Result<Walk, CheckError> {
    let corpus = crate::load::embedded().map_err(CheckError::Cases)?;
    let plan = Plan::for_probes(&corpus, &PROBES);
    let target = Target { role: Role::Server, url: url.to_owned() };
    Ok(walk(&record_plan(&corpus, &plan, target, options, progress).await?))
}

/// The walk that `recording` holds.
pub fn walk(recording: &Recording) -> Walk {
    let mut path = Path { recording, era: contact::era(recording), steps: Vec::new(), servers: Vec::new() };
    let ended = path.go();
    let (layout, why) = match ended {
        Ok(layout) => (Some(layout), None),
        Err(stop) => (stop.layout, Some(Broke { step: stop.step, why: stop.why })),
    };
    Walk {
        format: FORMAT,
        tool: Tool::this(),
        target: recording.target.url.clone(),
        insecure: recording.insecure,
        arrived: why.is_none(),
        layout,
        note: layout.and_then(Layout::note).map(str::to_owned),
        steps: path.steps,
        authorization_servers: path.servers,
        broke: why,
    }
}

/// A walk under way.
struct Path<'a> {
    recording: &'a Recording,
    era: Era,
    steps: Vec<Step>,
    servers: Vec<AuthorizationServer>,
}

/// Where a walk ends before it arrives.
struct Stop {
    layout: Option<Layout>,
    /// From 1.
    step: usize,
    why: String,
}

impl Path<'_> {
    fn go(&mut self) -> Result<Layout, Stop> {
        let first = contact(self.recording, self.era);
        self.take(None, first)?;
        match self.resource_metadata()? {
            Found::ResourceMetadata(issuers) => {
                let layout = Layout::ProtectedResourceMetadata;
                self.listed(layout, &issuers).map(|()| layout)
            }
            Found::Nothing => self.pointer(),
        }
    }

    /// Adds a step that the walk cannot do without.
    fn take(&mut self, layout: Option<Layout>, step: Step) -> Result<(), Stop> {
        let why = (!step.ok).then(|| step.problems.last().cloned().unwrap_or_default());
        self.steps.push(step);
        match why {
            Some(why) => Err(self.stop(layout, why)),
            None => Ok(()),
        }
    }

    /// The end of the walk at the step that was added last.
    fn stop(&self, layout: Option<Layout>, why: String) -> Stop {
        Stop { layout, step: self.steps.len(), why }
    }
}
