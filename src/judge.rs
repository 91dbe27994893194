//! Judging: a pure function of the corpus and a recording, under every profile at once.
//!
//! What a case finds depends on the era only; what that is called, on the profile.

mod several;
mod unseen;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::check::compound::every;
use crate::check::scene::Evidence;
use crate::check::{Answer, Check, Finding, Scene};
use crate::diagnose::diagnose;
use crate::model::case::Case;
use crate::model::corpus::Corpus;
use crate::model::exchange::Reply;
use crate::model::profile::Era;
use crate::model::reception::{FIRST_CONTACT, Reception};
use crate::model::recording::{Item, ProbeRecord, Recording};
use crate::model::requirement::{Level, Role};
use crate::model::verdict::Verdict;
use crate::plan::Plan;
use several::{Instances, leave_a_choice, together, with_a_choice};

/// What a case found in one era.
#[derive(Debug, Clone, PartialEq)]
pub enum Conclusion {
    /// It looked, and all is right.
    Holds,
    /// It looked, and something is wrong.
    Broken(Vec<Flawed>),
    /// Its condition does not hold: why.
    NotApplicable(String),
    /// It could not look: why, and the case that failed first, if one did.
    Untested {
        /// In a clause without a period.
        why: String,
        /// The root cause.
        because: Option<String>,
        /// The options of `check` with which it would have been looked at: less was asked for.
        options: Option<String>,
    },
    /// The case itself is at fault: why.
    Error(String),
}

/// A finding and the instance in which it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Flawed {
    /// The item, where the probe was sent for each of a list.
    pub item: Option<Item>,
    /// What is wrong.
    pub finding: Finding,
}

/// What a case says under one profile.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// How strongly the case binds there.
    pub level: Level,
    /// What it found.
    pub conclusion: Conclusion,
    /// The exchanges it looked at.
    pub exchanges: Vec<usize>,
    /// The same request with the good token, where what it found leans on that one's being accepted.
    pub control: Option<usize>,
    /// The diagnoses that fit what it found.
    pub diagnoses: Vec<String>,
}

/// Judgements by case and profile.
pub type Judgements = BTreeMap<String, BTreeMap<String, Judgement>>;

/// Judges every case for the recording's role under every profile in which it exists.
pub fn judge(corpus: &Corpus, recording: &Recording) -> Judgements {
    judge_plan(corpus, &Plan::for_role(corpus, recording.target.role), recording)
}

/// Judges the cases of `plan` alone.
pub fn judge_plan(corpus: &Corpus, plan: &Plan, recording: &Recording) -> Judgements {
    let evidence = Evidence::new(recording);
    judge_cases(&Era::ALL.map(|era| Bench::gated(corpus, &evidence, era)), plan.cases.iter())
}

/// Judges every case of `corpus` over the recording of one document, for which nobody has to be asked for a token.
pub fn judge_document(corpus: &Corpus, recording: &Recording) -> Judgements {
    let evidence = Evidence::new(recording);
    judge_cases(&Era::ALL.map(|era| Bench::new(corpus, &evidence, era)), corpus.cases.keys())
}

fn judge_cases<'a>(benches: &[Bench<'_>], cases: impl Iterator<Item = &'a String>) -> Judgements {
    let Some(Bench { corpus, .. }) = benches.first() else { return Judgements::new() };
    let mut judgements = Judgements::new();
    for id in cases {
        let Some(case) = corpus.cases.get(id) else { continue };
        for (profile, era) in corpus.profiles.iter().map(|(name, profile)| (name, profile.value.era)) {
            let Some(level) = corpus.level(&case.value, profile) else { continue };
            let Some(bench) = benches.iter().find(|bench| bench.era == era) else { continue };
            let conclusion = bench.conclude_in(id, profile);
            let verdict = match &conclusion {
                Conclusion::Holds => Verdict::Pass,
                Conclusion::Broken(_) => Verdict::of_broken(level),
                Conclusion::NotApplicable(_) => Verdict::NotApplicable,
                Conclusion::Untested { .. } => Verdict::Untested,
                Conclusion::Error(_) => Verdict::Error,
            };
            let exchanges = bench.exchanges(&case.value, &conclusion);
            let diagnoses = match &conclusion {
                Conclusion::Broken(flawed) => diagnose(corpus, bench.evidence, era, id, flawed),
                _ => Vec::new(),
            };
            let control = bench.control(&case.value);
            let judgement = Judgement { verdict, level, conclusion, exchanges, control, diagnoses };
            judgements.entry(id.clone()).or_default().insert(profile.clone(), judgement);
        }
    }
    for (profile, era) in corpus.profiles.iter().map(|(name, profile)| (name, profile.value.era)) {
        if let Some(bench) = benches.iter().find(|bench| bench.era == era) {
            bench.consider_choices(profile, &mut judgements);
        }
    }
    judgements
}

/// The cases of one era, each concluded once.
struct Bench<'a> {
    corpus: &'a Corpus,
    evidence: &'a Evidence<'a>,
    era: Era,
    /// Why nothing about the server can be judged, if so.
    gate: Option<Conclusion>,
    concluded: RefCell<HashMap<String, Conclusion>>,
    /// The same by item.
    instances: RefCell<HashMap<String, Instances>>,
}

impl<'a> Bench<'a> {
    /// Where nobody has to be asked for a token.
    fn new(corpus: &'a Corpus, evidence: &'a Evidence<'a>, era: Era) -> Self {
        Self {
            corpus,
            evidence,
            era,
            gate: None,
            concluded: RefCell::default(),
            instances: RefCell::default(),
        }
    }

    /// Where a server that asks nobody for a token is not judged.
    fn gated(corpus: &'a Corpus, evidence: &'a Evidence<'a>, era: Era) -> Self {
        let mut bench = Self::new(corpus, evidence, era);
        bench.gate = match evidence.recording.target.role {
            Role::Server => match Reception::of(evidence.recording, era) {
                Reception::Refused => None,
                Reception::Open => {
                    Some(Conclusion::NotApplicable("the server never asked for a token".to_owned()))
                }
                Reception::NotSpoken(why) | Reception::Unclear(why) => {
                    let because = bench.insecure_contact();
                    Some(Conclusion::Untested { why, because, options: None })
                }
            },
            Role::AuthorizationServer | Role::Client => None,
        };
        bench
    }

    /// The case that says why no sound connection to the target came about, if that is what ended the first contact.
    /// What is concluded on the way stands, whatever else is gated.
    fn insecure_contact(&self) -> Option<String> {
        let record = self.evidence.recording.of(FIRST_CONTACT, self.era).next()?;
        let reply = &self.evidence.recording.exchange(record.used?)?.reply;
        let Reply::Error(error) = reply else { return None };
        let (_, _, probe) = self.corpus.probe(FIRST_CONTACT).filter(|_| error.kind.is_bad_channel())?;
        self.root(&probe.secured_by.as_ref()?.value, None)
    }

    /// As [`conclude`](Self::conclude); but a case that does not exist in `profile` is nobody's reason there.
    fn conclude_in(&self, id: &str, profile: &str) -> Conclusion {
        let conclusion = self.conclude(id);
        match &self.gate {
            Some(Conclusion::Untested { why, because: Some(root), .. })
                if self.gate.as_ref() == Some(&conclusion) && !self.exists(root, profile) =>
            {
                Conclusion::Untested { why: why.clone(), because: None, options: None }
            }
            _ => conclusion,
        }
    }

    fn exists(&self, case: &str, profile: &str) -> bool {
        self.corpus.cases.get(case).is_some_and(|case| self.corpus.level(&case.value, profile).is_some())
    }

    fn conclude(&self, id: &str) -> Conclusion {
        if let Some(known) = self.concluded.borrow().get(id) {
            return known.clone();
        }
        if let Some(gate) = &self.gate {
            return gate.clone();
        }
        let conclusion = match self.corpus.cases.get(id) {
            Some(case) => self.conclude_case(id, &case.value),
            None => Conclusion::Error(format!("there is no case {id}")),
        };
        self.concluded.borrow_mut().insert(id.to_owned(), conclusion.clone());
        conclusion
    }

    /// What a case found in `item`, or as a whole where it is not about items.
    fn conclude_for(&self, id: &str, item: Option<&Item>) -> Conclusion {
        let whole = self.conclude(id);
        let instances = self.instances.borrow();
        let mut of_item = instances.get(id).into_iter().flatten().filter(|(of, _)| of.is_some());
        match of_item.find(|(of, _)| of.as_ref() == item) {
            Some((_, conclusion)) => conclusion.clone(),
            None => whole,
        }
    }

    /// Lets those judgements under `profile` off with a warning that leave clients another item to choose.
    fn consider_choices(&self, profile: &str, judgements: &mut Judgements) {
        let instances = self.instances.borrow();
        let required = |by: &BTreeMap<String, Judgement>| {
            by.get(profile).is_some_and(|judgement| judgement.level.is_required())
        };
        let required = judgements.iter().filter(|(_, by)| required(by));
        if leave_a_choice(required.filter_map(|(id, _)| instances.get(id))) {
            for judgement in judgements.values_mut().filter_map(|by| by.get_mut(profile)) {
                judgement.verdict = with_a_choice(judgement.verdict, &judgement.conclusion);
            }
        }
    }

    fn conclude_case(&self, id: &str, case: &Case) -> Conclusion {
        let Some((probe_name, candidate, probe)) = self.corpus.probe(&case.probe.value) else {
            return Conclusion::Error(format!("there is no probe {}", case.probe.value));
        };
        let wanted_by =
            probe.wanted_by.as_ref().map(|case| case.value.as_str()).filter(|wanted| *wanted != id);
        // An authorization server alone has no MCP server before it that could be at fault.
        let alone = self.evidence.recording.target.role == Role::AuthorizationServer;
        let needs = case.needs.iter().map(|need| need.value.as_str());
        let needs = needs.filter(|need| !alone || Corpus::role_of(need) == Role::AuthorizationServer);
        let wanted_by = wanted_by.filter(|_| candidate.is_none() && !case.is_about_channel());
        // What a bad token does says nothing unless the good one was taken.
        let control = probe.control.as_ref().and_then(|control| self.corpus.probe(&control.value));
        let control = control.and_then(|(_, _, control)| Some(control.wanted_by.as_ref()?.value.as_str()));
        let control = control.filter(|wanted| *wanted != id);
        let needs: Vec<&str> = wanted_by.into_iter().chain(control).chain(needs).collect();
        // A control that does not apply was not accepted either.
        if let Some(Conclusion::NotApplicable(why)) = control.map(|control| self.conclude(control)) {
            return Conclusion::NotApplicable(why);
        }
        let records: Vec<&ProbeRecord> = self.evidence.recording.of(probe_name, self.era).collect();
        if records.is_empty() {
            let why = format!("{} was not asked for", probe.title);
            return self.hindered(&needs, None).unwrap_or(Conclusion::Untested {
                why,
                because: None,
                options: None,
            });
        }
        let each = records.iter().map(|record| {
            let item = record.item.as_ref();
            let hindered = self.hindered(&needs, item);
            (item.cloned(), hindered.unwrap_or_else(|| self.conclude_record(case, record, candidate)))
        });
        let each: Instances = each.collect();
        let whole = together(each.iter().map(|(_, conclusion)| conclusion.clone()));
        self.instances.borrow_mut().insert(id.to_owned(), each);
        whole
    }

    /// Why a case says nothing of `item`, if one that it needs does not hold there.
    fn hindered(&self, needs: &[&str], item: Option<&Item>) -> Option<Conclusion> {
        needs.iter().find_map(|need| match self.conclude_for(need, item) {
            Conclusion::Holds | Conclusion::NotApplicable(_) => None,
            Conclusion::Broken(_) | Conclusion::Error(_) => Some(because(need, need)),
            Conclusion::Untested { because: Some(root), .. } => Some(because(need, &root)),
            untested @ Conclusion::Untested { because: None, .. } => Some(untested),
        })
    }

    /// One instance of a case.
    fn conclude_record(&self, case: &Case, record: &ProbeRecord, candidate: Option<&str>) -> Conclusion {
        let not_sent = self.never_sent(record, candidate);
        let exchange = record.seen(candidate).and_then(|id| self.evidence.recording.exchange(id));
        let item = record.item.as_ref();
        let scene = Scene { evidence: self.evidence, era: self.era, item, record, exchange };
        let when: Vec<Answer> = case.when.iter().map(|predicate| predicate.value.judge(&scene)).collect();
        let blind = when.iter().position(|answer| matches!(answer, Answer::Blind(_)));
        match every(when.into_iter()) {
            Answer::Fail(_) => {
                return Conclusion::NotApplicable(case.otherwise.clone().unwrap_or_default());
            }
            // What a request would have been built from may be optional: then `when` says so, from elsewhere.
            _ if not_sent.is_some() => {}
            Answer::Blind(why) if !case.when.is_empty() => {
                let read = blind.and_then(|at| case.when.get(at)).map(|predicate| predicate.value.probes());
                let spared = read.into_iter().flatten().find_map(|probe| self.spared(probe, item));
                return spared.unwrap_or_else(|| self.unseen(case, record, why));
            }
            Answer::Blind(_) | Answer::Pass => {}
        }
        if let Some(not_sent) = not_sent {
            return self.blamed(not_sent, item);
        }
        match every(case.expect.iter().map(|predicate| predicate.value.judge(&scene))) {
            Answer::Pass => Conclusion::Holds,
            Answer::Fail(findings) => {
                let flawed = |finding| Flawed { item: record.item.clone(), finding };
                Conclusion::Broken(findings.into_iter().map(flawed).collect())
            }
            Answer::Blind(why) => self.unseen(case, record, why),
        }
    }

    /// The case that failed first where `case` does not hold, in `item` or as a whole.
    fn root(&self, case: &str, item: Option<&Item>) -> Option<String> {
        match self.conclude_for(case, item) {
            Conclusion::Broken(_) => Some(case.to_owned()),
            Conclusion::Untested { because, .. } => because,
            _ => None,
        }
    }

    /// The exchange with the good token that a case leans on.
    fn control(&self, case: &Case) -> Option<usize> {
        let (_, _, probe) = self.corpus.probe(&case.probe.value)?;
        let (name, candidate, _) = self.corpus.probe(&probe.control.as_ref()?.value)?;
        self.evidence.recording.of(name, self.era).next()?.seen(candidate)
    }

    /// The exchanges that a reader wants beside a conclusion.
    fn exchanges(&self, case: &Case, conclusion: &Conclusion) -> Vec<usize> {
        let mut ids: Vec<usize> = match conclusion {
            Conclusion::Broken(flawed) => {
                flawed.iter().filter_map(|f| Some(f.finding.place.as_ref()?.exchange)).collect()
            }
            _ => Vec::new(),
        };
        if ids.is_empty()
            && let Some((name, candidate, _)) = self.corpus.probe(&case.probe.value)
        {
            let records = self.evidence.recording.of(name, self.era);
            ids.extend(records.filter_map(|record| record.seen(candidate)));
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

fn because(need: &str, root: &str) -> Conclusion {
    let why = match need == root {
        true => format!("{need} failed"),
        false => format!("{need} could not be tested"),
    };
    Conclusion::Untested { why, because: Some(root.to_owned()), options: None }
}
