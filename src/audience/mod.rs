//! The answer to one question: does an MCP server accept tokens that were issued for other resources?
//!
//! It is read off the report of the cases in `cases/server/audience/`, with the exchange that proves it.

mod fixes;
mod words;

use serde::Serialize;

use crate::check::Predicate;
use crate::model::corpus::Corpus;
use crate::model::exchange::Exchange;
use crate::model::reception::Reception;
use crate::model::recording::Recording;
use crate::model::verdict::Verdict;
use crate::report::words::remedied;
use crate::report::{CaseResult, Report, era_of};

/// Where the cases stand that it takes.
pub const FOLDER: &str = "server/audience/";
/// The token that decides: one of the same authorization server for another resource.
const OTHER: &str = "other-audience";

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It accepted one.
    Yes,
    /// It refused them.
    No,
    /// Nothing could be seen.
    CouldNotTell,
}

/// What became of one token.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tried {
    /// The case.
    pub case: String,
    /// What token it is.
    pub token: String,
    /// What the case says under the newest revision that the server speaks.
    pub verdict: Verdict,
    /// Whether the server took it; nothing where that could not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// Why it was not sent or says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The options with which it would have been sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// The request and its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
}

/// The answer, and what it rests on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Found {
    /// The MCP endpoint.
    pub url: String,
    /// The answer.
    pub answer: Answer,
    /// Why nothing could be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The same request with the good token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<Exchange>,
    /// Every token that was tried.
    pub tried: Vec<Tried>,
    /// Whether certificates were not verified.
    pub insecure: bool,
}

/// The newest revision in whose era the server asks for a token; the newest of all where it does so in none.
pub fn spoken<'a>(corpus: &'a Corpus, recording: &Recording) -> &'a str {
    let revisions = corpus.revisions();
    let asks = |profile: &&&str| Reception::of(recording, era_of(corpus, profile)) == Reception::Refused;
    revisions.iter().rev().find(asks).or(revisions.last()).copied().unwrap_or_default()
}

impl Tried {
    /// Whether it was accepted and must not have been.
    fn is_wrong(&self) -> bool {
        self.verdict == Verdict::Fail && self.accepted == Some(true)
    }
}

impl Found {
    /// Reads the answer off `report`.
    pub fn new(corpus: &Corpus, report: &Report) -> Self {
        let exchange = |id: usize| report.exchanges.iter().find(|exchange| exchange.id == id).cloned();
        let here = || report.results.iter().filter(|result| result.case.starts_with(FOLDER));
        let tried: Vec<Tried> = here().filter_map(|result| tried(corpus, report, result)).collect();
        let decides = here().find(|result| token_of(corpus, result).is_some_and(|token| token == OTHER));
        let seen = decides.is_some_and(|result| result.verdict() == Verdict::Pass);
        let answer = match (tried.iter().any(Tried::is_wrong), seen) {
            (true, _) => Answer::Yes,
            (false, true) => Answer::No,
            (false, false) => Answer::CouldNotTell,
        };
        let because = (answer == Answer::CouldNotTell).then(|| reason(report, decides));
        let control = here().find_map(|result| result.control).and_then(exchange);
        Self { url: report.target.url.clone(), answer, because, control, tried, insecure: report.insecure }
    }

    /// The token that was accepted and should not have been, if one was.
    pub fn proof(&self) -> Option<&Tried> {
        let wrong: Vec<&Tried> = self.tried.iter().filter(|one| one.is_wrong()).collect();
        wrong.iter().find(|one| one.case.contains(OTHER)).or(wrong.first()).copied()
    }
}

/// The token that the probe of a case sends.
fn token_of<'a>(corpus: &'a Corpus, result: &CaseResult) -> Option<&'a str> {
    let case = corpus.cases.get(&result.case)?;
    let (_, _, probe) = corpus.probe(&case.value.probe.value)?;
    probe.rpc.as_ref()?.token.as_ref().map(|token| token.value.as_str())
}

fn tried(corpus: &Corpus, report: &Report, result: &CaseResult) -> Option<Tried> {
    let case = &corpus.cases.get(&result.case)?.value;
    let token = corpus.tokens.get(token_of(corpus, result)?)?;
    let refuses = case.expect.iter().any(|predicate| matches!(predicate.value, Predicate::Refused(_)));
    let accepts = case.expect.iter().any(|predicate| matches!(predicate.value, Predicate::Accepted(_)));
    if !refuses && !accepts {
        return None;
    }
    let verdict = result.verdict();
    let accepted = match verdict {
        Verdict::Pass => Some(accepts),
        Verdict::Fail | Verdict::Warn | Verdict::Info => Some(refuses),
        Verdict::NotApplicable | Verdict::Untested | Verdict::Error => None,
    };
    let why = accepted.is_none().then(|| result.message.clone()).flatten();
    let exchange = result.exchanges.first().filter(|_| accepted.is_some());
    let exchange =
        exchange.and_then(|id| report.exchanges.iter().find(|exchange| exchange.id == *id)).cloned();
    Some(Tried {
        case: result.case.clone(),
        token: token.value.title.clone(),
        verdict,
        accepted,
        why,
        options: result.options.clone(),
        exchange,
    })
}

/// Why the question has no answer, and which option would give it one.
fn reason(report: &Report, decides: Option<&CaseResult>) -> String {
    if let Some(reason) = report.reason.as_ref().filter(|_| decides.is_none()) {
        return reason.clone();
    }
    let Some(result) = decides else { return "no case asks for it".to_owned() };
    // What failed first says more than that it failed.
    let root = result.because.as_ref().and_then(|root| report.results.iter().find(|one| one.case == *root));
    let message = root.unwrap_or(result).message.clone().unwrap_or_else(|| "nothing was seen".to_owned());
    remedied(&message, result.options.as_deref())
}
