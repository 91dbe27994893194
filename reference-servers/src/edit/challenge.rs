//! `www-authenticate`: one change to the challenge the reference sends, or quite another header.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do with WWW-Authenticate.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChallengeEdit {
    /// Drops one parameter.
    RemoveParam(String),
    /// Changes or adds parameters; values are quoted as they are, with nothing escaped.
    SetParam(BTreeMap<String, String>),
    /// Another scheme before the same parameters.
    RenameScheme(String),
    /// Header lines before the one there is.
    Prepend(Vec<String>),
    /// Header lines after the one there is.
    Append(Vec<String>),
    /// These lines, byte by byte, instead.
    Raw(Vec<String>),
    /// No header at all.
    Remove,
}

impl ChallengeEdit {
    pub(super) fn apply(&self, headers: &mut HeaderMap) -> Result<(), String> {
        let old: Vec<HeaderValue> = headers.get_all(header::WWW_AUTHENTICATE).iter().cloned().collect();
        let lines = match self {
            Self::Remove => Vec::new(),
            Self::Raw(lines) => values(lines)?,
            Self::Prepend(lines) => [values(lines)?, old].concat(),
            Self::Append(lines) => [old, values(lines)?].concat(),
            Self::RemoveParam(_) | Self::SetParam(_) | Self::RenameScheme(_) => {
                let line = old.first().and_then(|line| line.to_str().ok());
                let mut challenge = Challenge::read(line.ok_or("there is no challenge to change")?);
                self.change(&mut challenge);
                values(&[challenge.written()])?
            }
        };
        headers.remove(header::WWW_AUTHENTICATE);
        for line in lines {
            headers.append(header::WWW_AUTHENTICATE, line);
        }
        Ok(())
    }

    fn change(&self, challenge: &mut Challenge) {
        match self {
            Self::RemoveParam(name) => challenge.params.retain(|(known, _)| known != name),
            Self::RenameScheme(scheme) => scheme.clone_into(&mut challenge.scheme),
            Self::SetParam(params) => {
                for (name, value) in params {
                    challenge.set(name, value);
                }
            }
            _ => {}
        }
    }
}

fn values(lines: &[String]) -> Result<Vec<HeaderValue>, String> {
    let value = |line: &String| {
        HeaderValue::from_bytes(line.as_bytes()).map_err(|_| format!("no header value: {line:?}"))
    };
    lines.iter().map(value).collect()
}

/// A challenge of ours, which is always `Scheme name="value", name="value"` without escapes.
struct Challenge {
    scheme: String,
    params: Vec<(String, String)>,
}

impl Challenge {
    fn read(line: &str) -> Self {
        let (scheme, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut params = Vec::new();
        while let Some((name, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap_or((after, ""));
            params.push((name.trim_start_matches([',', ' ']).to_owned(), value.to_owned()));
            rest = after;
        }
        Self { scheme: scheme.to_owned(), params }
    }

    fn set(&mut self, name: &str, value: &str) {
        match self.params.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.params.push((name.to_owned(), value.to_owned())),
        }
    }

    fn written(&self) -> String {
        let params: Vec<String> =
            self.params.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        format!("{} {}", self.scheme, params.join(", ")).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use crate::client::{Client, answer};

    /// The lines of the challenge to a request without a token, after this edit.
    async fn lines(edit: &str) -> Vec<String> {
        let yaml = format!("- on: {{ server: mcp, status: 401 }}\n  www-authenticate: {edit}\n");
        let client = Client::edited(&yaml).await;
        let origin = client.pair.origin.clone();
        let refused = answer(client.call("echo")).await;
        assert_eq!(refused.status, 401, "{refused:?}");
        let lines = refused.headers.get_all("www-authenticate").iter();
        lines.map(|line| String::from_utf8_lossy(line.as_bytes()).replace(&origin, "O")).collect()
    }

    const URL: &str = "O/.well-known/oauth-protected-resource/mcp";

    #[tokio::test]
    async fn parameters_change_one_by_one() {
        assert_eq!(lines("{ remove-param: resource_metadata }").await, [r#"Bearer scope="mcp:tools""#]);
        assert_eq!(
            lines("{ set-param: { resource_metadata: '{{origin}}/x', realm: mcp } }").await,
            [r#"Bearer resource_metadata="O/x", scope="mcp:tools", realm="mcp""#]
        );
        assert_eq!(
            lines("{ rename-scheme: bearer }").await,
            [format!(r#"bearer resource_metadata="{URL}", scope="mcp:tools""#)]
        );
    }

    #[tokio::test]
    async fn lines_are_what_they_are_told_to_be() {
        assert_eq!(lines("remove").await, [""; 0]);
        assert_eq!(lines("{ raw: [Bearer, 'Basic realm=\"é\"'] }").await, ["Bearer", "Basic realm=\"é\""]);
        let ours = format!(r#"Bearer resource_metadata="{URL}", scope="mcp:tools""#);
        assert_eq!(lines("{ prepend: [DPoP] }").await, ["DPoP", &ours]);
        assert_eq!(lines("{ append: [DPoP] }").await, [&ours, "DPoP"]);
    }
}
