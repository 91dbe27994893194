//! Logins: how a run gets tokens from an authorization server, one step after the other.

use super::signing::document;
use super::wallet::{Held, none};
use super::Runner;
use crate::credentials::Secret;
use crate::model::login::Step;
use crate::model::profile::Era;
use crate::model::recording::{NotSent, TokenSource};

impl Runner<'_> {
    /// The access token that a login probe gave.
    pub(super) async fn issued(&self, probe: &str, era: Era) -> Result<Held, NotSent> {
        let Some((name, ..)) = self.corpus.probe(probe) else { return Err(none("no such probe")) };
        let records = self.probe(name, era).await;
        let tries = records.iter().flat_map(|record| &record.tries);
        let mut why = none(format!("{name} gave no token"));
        for (step, tried) in tries {
            match tried {
                Ok(live) if step == Step::Token.name() => {
                    let answer = document(live);
                    let token = answer.as_ref().and_then(|answer| answer.value().pointer("/access_token")?.as_str());
                    if let Some(token) = token {
                        return Ok(Held { value: Secret::new(token), source: TokenSource::Issued });
                    }
                }
                Ok(_) => {}
                Err(not_sent) => why = not_sent.clone(),
            }
        }
        Err(why)
    }
}
