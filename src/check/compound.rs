//! `all`, `any` and `not`: other predicates together.
//!
//! ```text
//! - any: [{ status: 401 }, { status: 403 }]
//! - not: { status: 500 }
//! ```
//!
//! Blindness is never turned into a pass: `not` of blind is blind, and `any` passes only by one that does.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Predicate, Scene};

/// Every one holds; all that do not are reported.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct All(pub Vec<Predicate>);

/// At least one holds; where none does, what each found is reported.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Any(Vec<Predicate>);

/// It does not hold.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Not(Box<Predicate>);

impl Check for All {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        every(self.0.iter().map(|predicate| predicate.judge(scene)))
    }

    fn probes(&self) -> Vec<&str> {
        self.0.iter().flat_map(Check::probes).collect()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        self.0.iter().flat_map(Check::looks).collect()
    }
}

/// The answers of predicates that must all hold. What is wrong outweighs what could not be seen.
pub fn every(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut findings = Vec::new();
    let mut blind = None;
    let mut none = true;
    for answer in answers {
        none = false;
        match answer {
            Answer::Pass => {}
            Answer::Fail(found) => findings.extend(found),
            Answer::Blind(why) => blind = blind.or(Some(why)),
        }
    }
    match blind {
        _ if !findings.is_empty() => Answer::Fail(findings),
        Some(why) => Answer::Blind(why),
        None if none => Answer::Blind("nothing was asked".to_owned()),
        None => Answer::Pass,
    }
}

impl Check for Any {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let mut findings = Vec::new();
        let mut blind = Some("nothing was asked".to_owned()).filter(|_| self.0.is_empty());
        for predicate in &self.0 {
            match predicate.judge(scene) {
                Answer::Pass => return Answer::Pass,
                Answer::Fail(found) => findings.extend(found),
                Answer::Blind(why) => blind = blind.or(Some(why)),
            }
        }
        match blind {
            Some(why) => Answer::Blind(why),
            None => Answer::Fail(findings),
        }
    }

    fn probes(&self) -> Vec<&str> {
        self.0.iter().flat_map(Check::probes).collect()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        self.0.iter().flat_map(Check::looks).collect()
    }
}

impl Check for Not {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        match self.0.judge(scene) {
            Answer::Pass => Answer::fail(Finding::new("what should not be so is so")),
            Answer::Fail(_) => Answer::Pass,
            Answer::Blind(why) => Answer::Blind(why),
        }
    }

    fn probes(&self) -> Vec<&str> {
        self.0.probes()
    }

    fn looks(&self) -> Vec<Look<'_>> {
        self.0.looks()
    }
}
