//! Which revision the pair follows; they differ in where a client finds the authorization server.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A set of rules the pair can follow.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Profile {
    /// The MCP host serves authorization server metadata that names an external issuer.
    #[serde(rename = "as-pointer")]
    AsPointer,
    /// The MCP host is its own authorization server.
    #[serde(rename = "2025-03-26")]
    V2025_03_26,
    /// Protected resource metadata, always named in the challenge.
    #[serde(rename = "2025-06-18")]
    V2025_06_18,
    /// Protected resource metadata, scopes in the challenge.
    #[serde(rename = "2025-11-25")]
    V2025_11_25,
    /// The newest revision.
    #[default]
    #[serde(rename = "2026-07-28")]
    V2026_07_28,
}

impl Profile {
    /// Every profile, oldest first.
    pub const ALL: &'static [Self] =
        &[Self::AsPointer, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];

    /// The name as it is written in a file or on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsPointer => "as-pointer",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// RFC 9728 came to MCP with 2025-06-18.
    pub(crate) fn has_resource_metadata(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Client ID metadata documents came to MCP with 2025-11-25.
    pub(crate) fn has_client_documents(self) -> bool {
        self >= Self::V2025_11_25
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A profile name that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("unknown profile `{0}`")]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|profile| profile.name() == name);
        found.copied().ok_or_else(|| UnknownProfile(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Profile;

    #[test]
    fn names_are_the_same_everywhere() {
        for profile in Profile::ALL {
            let name = profile.to_string();
            assert_eq!(name.parse::<Profile>().ok(), Some(*profile));
            assert_eq!(serde_json::json!(profile), serde_json::json!(name));
        }
        assert!("2025-03-27".parse::<Profile>().is_err());
    }
}
