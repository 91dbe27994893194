//! How to start a pair; the default is the newest profile with nothing wrong.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Behaviour, Edit, Profile, Tls};

/// What [`start`](fn@crate::start) is told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which rules the pair follows.
    pub profile: Profile,
    /// Changes made to finished responses, in order.
    pub edits: Vec<Edit>,
    /// What the pair does differently.
    pub behaviours: Vec<Behaviour>,
    /// Which servers speak TLS; their URLs are https then.
    pub tls: Tls,
    /// What time it is for tokens and codes.
    pub clock: Clock,
    /// Added to every answer, for benchmarks.
    pub delay: Duration,
    /// Port of the MCP server; 0 takes a free one.
    pub mcp_port: u16,
    /// Port of the authorization server; 0 takes a free one.
    pub authorization_port: u16,
    /// Runs the authorization server alone, for resources that are served elsewhere.
    pub alone: Option<Foreign>,
    /// Who approves authorization requests.
    pub consent: Consent,
    /// Secret of the confidential client; without one each start makes another.
    pub client_secret: Option<Secret>,
}

/// Who approves authorization requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Nobody: every good request is approved at once.
    #[default]
    Automatic,
    /// The user, on a page with a form.
    Page,
}

/// What an authorization server that runs alone issues tokens for.
#[derive(Clone, Debug, Default)]
pub struct Foreign {
    /// Resource identifiers; the first one is what a token is for if no resource is asked for.
    pub resources: Vec<String>,
    /// Scopes, of which the first one is granted if none is asked for; none means those of the reference MCP server.
    pub scopes: Vec<String>,
}

/// Something that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The time tokens are issued and judged at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// Seconds since 1970 that never pass, so that a recording comes out the same twice.
    Fixed(u64),
}

impl Clock {
    /// Seconds since 1970.
    pub fn now(self) -> u64 {
        match self {
            Self::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            Self::Fixed(seconds) => seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Secret};

    #[test]
    fn a_secret_is_not_shown() {
        let options = Options { client_secret: Some(Secret("sesame".to_owned())), ..Options::default() };
        assert!(!format!("{options:?}").contains("sesame"));
    }
}
