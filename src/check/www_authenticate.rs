//! `www-authenticate`: the challenges of a response, in any number of lines (RFC 9110 §11.6.1).
//!
//! ```text
//! - www-authenticate: {}                                                     at least one challenge
//! - www-authenticate: { scheme: [Bearer, DPoP], min-params: 1 }
//! - www-authenticate: { scheme: Bearer, param: resource_metadata, is: absolute-url }
//! - www-authenticate: { free-of: duplicate-params }
//! - www-authenticate: { scheme: Bearer, alone: true }                        and no other challenge
//! - www-authenticate: { param: scope, lacks: offline_access }                not one of its words
//! - www-authenticate: { param: resource_metadata, agrees: true }             the same in each challenge that has it
//! - www-authenticate: { param: scope, same-words-as: [mcp.no-token] }        as there, in any order
//! ```
//!
//! `Bearer realm="x"` fails the third (no such parameter); a response without the header is blind to all but the first.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::rules::with_rules;
use super::{Answer, Check, Finding, Look, Part, Place, Scene};
use crate::model::exchange::Exchange;
use crate::model::one_or_many::OneOrMany;
use crate::parse::challenge::{Challenge, Challenges, FlawKind, Param, Span};

with_rules! {
    /// Challenges, and a parameter of them.
    pub struct WwwAuthenticate {
        /// Only challenges of these schemes are looked at; there must be one.
        #[serde(default)]
        scheme: Option<OneOrMany<String>>,
        /// This parameter must be there, in one of the challenges, and is what the rules are about. `*` stands for
        /// whichever fulfils them.
        #[serde(default)]
        param: Option<String>,
        /// `param` must not be there, in any of the challenges.
        #[serde(default)]
        absent: bool,
        /// Each of the challenges has at least so many parameters.
        #[serde(default)]
        min_params: usize,
        /// There is no challenge beside those that are looked at.
        #[serde(default)]
        alone: bool,
        /// None of these is a word of the parameter's value.
        #[serde(default)]
        lacks: Option<OneOrMany<String>>,
        /// Challenges that have the parameter have it with one value.
        #[serde(default)]
        agrees: bool,
        /// The words of its value are those that the challenges of these probes have there, in any order.
        #[serde(default)]
        same_words_as: Option<OneOrMany<String>>,
        /// Grammar that is not broken anywhere in the header.
        #[serde(default)]
        free_of: Option<OneOrMany<Grammar>>,
    }
}

/// A rule of the header's grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grammar {
    /// Scheme, space, parameters with commas between them (RFC 9110 §11.3).
    BadStructure,
    /// A value is a token or a quoted string (RFC 9110 §11.2).
    BadValues,
    /// A parameter comes once in a challenge (RFC 9110 §11.2).
    DuplicateParams,
    /// Quotes and backslashes inside quotes are escaped, and quotes closed (RFC 9110 §5.6.4).
    BadQuoting,
    /// No comma stands alone (RFC 9110 §5.6.1.1).
    EmptyElements,
    /// No whitespace around an equals sign (RFC 9110 §5.6.3).
    SpacedEquals,
    /// A realm is quoted (RFC 9110 §11.5).
    UnquotedRealm,
    /// A token68 or parameters, not both (RFC 9110 §11.3).
    Token68WithParams,
}

impl Grammar {
    /// The rule that a flaw breaks; `None` for what is legal.
    fn broken_by(flaw: &FlawKind) -> Option<Self> {
        use FlawKind as F;
        Some(match flaw {
            F::UnquotedValue { .. } | F::SingleQuotes(_) | F::MissingValue(_) => Self::BadValues,
            F::DuplicateParam(_) => Self::DuplicateParams,
            F::UnterminatedQuote(_) | F::BadEscape(_) | F::ControlCharacter(_) => Self::BadQuoting,
            F::EmptyElement => Self::EmptyElements,
            F::SpaceAroundEquals(_) => Self::SpacedEquals,
            F::UnquotedRealm => Self::UnquotedRealm,
            F::Token68WithParams(_) => Self::Token68WithParams,
            legal if !legal.is_forbidden() => return None,
            _ => Self::BadStructure,
        })
    }
}

impl Check for WwwAuthenticate {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        let Some(challenges) = scene.evidence.challenges(exchange.id) else {
            return Answer::Blind("no response came".to_owned());
        };
        if response.header_lines("www-authenticate").is_empty() {
            return self.without_header();
        }
        if let Some(grammar) = &self.free_of {
            return Answer::from_findings(flaws(exchange, challenges, &grammar.0));
        }
        let looked_at: Vec<&Challenge> =
            challenges.list.iter().filter(|challenge| self.is_about(challenge)).collect();
        if looked_at.is_empty() {
            return Answer::fail(self.no_challenge(exchange, challenges));
        }
        if let Some(other) = challenges.list.iter().find(|challenge| self.alone && !self.is_about(challenge))
        {
            let message = format!("there is a challenge of the scheme {}, too", other.scheme);
            return Answer::fail(Finding::new(message).at(place(exchange, other.line, other.span.clone())));
        }
        match &self.param {
            Some(any) if any == "*" => self.judge_any_param(scene, exchange, &looked_at),
            Some(param) => self.judge_param(scene, exchange, &looked_at, param),
            None => self.judge_size(exchange, &looked_at),
        }
    }

    fn probes(&self) -> Vec<&str> {
        let others = self.same_words_as.iter().flat_map(|others| &others.0);
        self.rules().probes().into_iter().chain(others.map(String::as_str)).collect()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        let others = self.same_words_as.iter().flat_map(|others| &others.0);
        let others = others.map(|probe| Look::Probe(probe));
        self.rules().looks(Look::Challenge).into_iter().chain(others).collect()
    }
}

impl WwwAuthenticate {
    fn is_about(&self, challenge: &Challenge) -> bool {
        self.scheme.as_ref().is_none_or(|schemes| schemes.0.iter().any(|scheme| challenge.is(scheme)))
    }

    fn asks_only_for_a_challenge(&self) -> bool {
        self.scheme.is_none()
            && self.param.is_none()
            && self.min_params == 0
            && !self.alone
            && self.free_of.is_none()
    }

    fn without_header(&self) -> Answer {
        let message = "there is no WWW-Authenticate header";
        match self.asks_only_for_a_challenge() {
            true => Answer::fail(Finding::new(message).expected("a challenge")),
            false => Answer::Blind(message.to_owned()),
        }
    }

    fn no_challenge(&self, exchange: &Exchange, challenges: &Challenges) -> Finding {
        let schemes: Vec<&str> = challenges.list.iter().map(|challenge| challenge.scheme.as_str()).collect();
        let wanted = self.scheme.as_ref().map_or_else(String::new, |schemes| schemes.0.join(" or "));
        let message = match schemes.is_empty() {
            true => "WWW-Authenticate holds no challenge".to_owned(),
            false => format!("no challenge is of the scheme {wanted}; there is {}", schemes.join(", ")),
        };
        let spans = challenges.list.first().map_or(0..0, |challenge| challenge.scheme_span.clone());
        Finding::new(message).expected(format!("a {wanted} challenge")).at(place(exchange, 0, spans))
    }

    fn judge_size(&self, exchange: &Exchange, looked_at: &[&Challenge]) -> Answer {
        let small = looked_at.iter().filter(|challenge| challenge.params.len() < self.min_params);
        let report = |challenge: &&Challenge| {
            let message = format!("the {} challenge has no parameter", challenge.scheme);
            Finding::new(message).expected("at least one parameter").at(place(
                exchange,
                challenge.line,
                challenge.span.clone(),
            ))
        };
        Answer::from_findings(small.map(report).collect())
    }

    fn judge_any_param(&self, scene: &Scene<'_>, exchange: &Exchange, looked_at: &[&Challenge]) -> Answer {
        for param in looked_at.iter().flat_map(|challenge| &challenge.params) {
            match self.rules().judge_text(scene, &param.name, &param.value) {
                Ok(findings) if findings.is_empty() => return Answer::Pass,
                Ok(_) => {}
                Err(blind) => return blind,
            }
        }
        let span = looked_at.first().map_or(0..0, |challenge| challenge.span.clone());
        let line = looked_at.first().map_or(0, |challenge| challenge.line);
        let wanted = self.equals.as_ref().and_then(|template| scene.render(template).ok());
        let finding = match wanted {
            Some(wanted) => {
                Finding::new(format!("no parameter of the challenge is {wanted}")).expected(wanted)
            }
            None => Finding::new("no parameter of the challenge is what it should be"),
        };
        Answer::fail(finding.at(place(exchange, line, span)))
    }

    fn judge_param(
        &self,
        scene: &Scene<'_>,
        exchange: &Exchange,
        looked_at: &[&Challenge],
        name: &str,
    ) -> Answer {
        let params: Vec<&Param> =
            looked_at.iter().flat_map(|challenge| challenge.params_named(name)).collect();
        if self.absent {
            let there = |param: &&Param| {
                let span = param.name_span.start..param.value_span.end;
                Finding::new(format!("the challenge has {name}"))
                    .actual(&param.value)
                    .at(place(exchange, param.line, span))
            };
            return Answer::from_findings(params.iter().map(there).collect());
        }
        let Some(first) = looked_at.first().filter(|_| params.is_empty()) else {
            let mut findings = Vec::new();
            for param in params {
                match self.rules().judge_text(scene, name, &param.value) {
                    Ok(found) => findings.extend(
                        found
                            .into_iter()
                            .map(|f| f.at(place(exchange, param.line, param.value_span.clone()))),
                    ),
                    Err(blind) => return blind,
                }
                findings.extend(self.unwanted_word(exchange, param));
            }
            match self.other_words(scene, exchange, looked_at, name) {
                Ok(found) => findings.extend(found),
                Err(blind) => return blind,
            }
            findings.extend(self.disagreement(exchange, looked_at, name));
            return Answer::from_findings(findings);
        };
        let message = format!("the {} challenge has no {name}", first.scheme);
        Answer::fail(Finding::new(message).expected(format!("{name}=\"…\"")).at(place(
            exchange,
            first.line,
            first.span.clone(),
        )))
    }
}

impl WwwAuthenticate {
    fn unwanted_word(&self, exchange: &Exchange, param: &Param) -> Option<Finding> {
        let unwanted = &self.lacks.as_ref()?.0;
        let word = param.value.split(' ').find(|one| unwanted.iter().any(|word| word == one))?;
        Some(
            Finding::new(format!("{} names {word}", param.name))
                .expected(format!("{} without {word}", param.name))
                .actual(&param.value)
                .at(place(exchange, param.line, param.value_span.clone())),
        )
    }

    /// A parameter that comes twice in one challenge is another matter, so only its first value counts there.
    fn disagreement(&self, exchange: &Exchange, looked_at: &[&Challenge], name: &str) -> Option<Finding> {
        let mut values = looked_at.iter().filter_map(|challenge| challenge.param(name));
        let first = values.next().filter(|_| self.agrees)?;
        let other = values.find(|param| param.value != first.value)?;
        let finding = Finding::new(format!("two challenges have different values of {name}"));
        let finding = finding.expected(&first.value).actual(&other.value);
        Some(finding.at(place(exchange, other.line, other.value_span.clone())))
    }

    /// The words of all challenges count together: which of them asks for which is another matter.
    fn other_words(
        &self,
        scene: &Scene<'_>,
        exchange: &Exchange,
        looked_at: &[&Challenge],
        name: &str,
    ) -> Result<Option<Finding>, Answer> {
        let here = words(looked_at.iter().copied(), name);
        let Some(param) = looked_at.iter().find_map(|challenge| challenge.param(name)) else {
            return Ok(None);
        };
        for probe in self.same_words_as.iter().flat_map(|others| &others.0) {
            let there = scene.evidence.exchange(probe, scene.era, scene.item);
            let there = there.and_then(|there| scene.evidence.challenges(there.id));
            // An answer without any challenge, such as a 429, speaks of something else.
            let there = there.filter(|there| !there.list.is_empty());
            let there = there.ok_or_else(|| Answer::Blind("there is nothing to compare with".to_owned()))?;
            let there = words(there.list.iter().filter(|challenge| self.is_about(challenge)), name);
            if there != here {
                let finding = Finding::new(format!("the same request was answered with another {name}"));
                let finding = finding.expected(joined(&there)).actual(joined(&here));
                return Ok(Some(finding.at(place(exchange, param.line, param.value_span.clone()))));
            }
        }
        Ok(None)
    }
}

/// The words of every parameter called `name`.
fn words<'c>(challenges: impl Iterator<Item = &'c Challenge>, name: &str) -> BTreeSet<&'c str> {
    let params = challenges.filter_map(|challenge| challenge.param(name));
    params.flat_map(|param| param.value.split_whitespace()).collect()
}

fn joined(words: &BTreeSet<&str>) -> String {
    words.iter().copied().collect::<Vec<_>>().join(" ")
}

fn flaws(exchange: &Exchange, challenges: &Challenges, rules: &[Grammar]) -> Vec<Finding> {
    challenges
        .flaws
        .iter()
        .filter(|flaw| Grammar::broken_by(&flaw.kind).is_some_and(|rule| rules.contains(&rule)))
        .map(|flaw| Finding::new(flaw.kind.to_string()).at(place(exchange, flaw.line, flaw.span.clone())))
        .collect()
}

fn place(exchange: &Exchange, line: usize, span: Span) -> Place {
    Place { exchange: exchange.id, part: Part::Header { name: "www-authenticate".to_owned(), line }, span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample;
    use crate::model::exchange::Reply;

    fn judge(header: Option<&str>, yaml: &str) -> Answer {
        let mut recording = sample::recording(&[("here", 401, "text/plain", "")]);
        if let Reply::Response(response) = &mut recording.exchanges[0].reply {
            response.headers.extend(header.map(|value| ("www-authenticate".to_owned(), value.to_owned())));
        }
        sample::judge(&recording, "here", &format!("www-authenticate: {yaml}"))
    }

    #[test]
    fn tells_whether_a_challenge_is_alone() {
        let alone = "{ scheme: Bearer, alone: true }";
        assert_eq!(judge(Some("bearer, Bearer realm=\"x\""), alone), Answer::Pass);
        assert!(matches!(judge(Some("Bearer, DPoP algs=\"ES256\""), alone), Answer::Fail(_)));
        assert!(matches!(judge(None, alone), Answer::Blind(_)));
    }

    #[test]
    fn compares_the_words_of_two_answers() {
        let judge = |here: &str, there: &str| {
            let mut recording =
                sample::recording(&[("here", 401, "text/plain", ""), ("there", 401, "text/plain", "")]);
            for (exchange, value) in recording.exchanges.iter_mut().zip([here, there]) {
                let Reply::Response(response) = &mut exchange.reply else { panic!("a response") };
                response.headers.push(("www-authenticate".to_owned(), value.to_owned()));
            }
            sample::judge(&recording, "here", "www-authenticate: { param: scope, same-words-as: there }")
        };
        let two = "Bearer scope=\"a b\", DPoP scope=\"c\"";
        assert_eq!(judge(two, "DPoP scope=\"b  c\", Bearer scope=a"), Answer::Pass);
        assert!(matches!(judge(two, "Bearer scope=\"a b\""), Answer::Fail(_)));
        assert!(matches!(judge(two, "Bearer realm=x"), Answer::Fail(_)));
        assert!(matches!(judge(two, ""), Answer::Blind(_)));
    }

    #[test]
    fn looks_for_a_word_in_a_value() {
        let lacks = "{ param: scope, lacks: offline_access }";
        assert_eq!(judge(Some("Bearer scope=\"offline_access_x\""), lacks), Answer::Pass);
        assert!(matches!(judge(Some("Bearer scope=\"a offline_access\""), lacks), Answer::Fail(_)));
        assert!(matches!(judge(None, lacks), Answer::Blind(_)));
        let any = "{ param: scope, lacks: [\"*\", all] }";
        assert_eq!(judge(Some("Bearer scope=\"mcp:* small\""), any), Answer::Pass);
        assert!(matches!(judge(Some("Bearer scope=\"a *\""), any), Answer::Fail(_)));
    }
}
