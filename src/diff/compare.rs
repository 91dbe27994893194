//! Case by case: what each run says of it, and which way that went.

use std::collections::{BTreeMap, BTreeSet};

use super::side::{Judged, Side};
use super::stable::{self, Stable};
use super::{
    CaseChange, Change, Comparison, Direction, ExchangeChange, FORMAT, Fact, Facts, Only, exchanges,
};
use crate::model::corpus::Corpus;
use crate::model::exchange::Exchange;
use crate::model::recording::Tool;
use crate::model::verdict::{Outcome, Verdict};
use crate::report::Choice;

/// Compares two runs; the profiles of `choice` decide whether something became worse.
pub fn compare(corpus: &Corpus, choice: &Choice, before: &Side, after: &Side) -> Comparison {
    let targets = Change { before: before.run.target.url.as_str(), after: after.run.target.url.as_str() };
    let pairs = exchanges::pairs(&before.exchanges, &after.exchanges);
    let hosts = stable::hosts(&targets, &pairs);
    let scale = Scale {
        corpus,
        decisive: choice.profiles(corpus),
        stable: Stable::pair(&targets, &hosts),
        pairs,
        before,
        after,
    };
    let both = before.results.values().filter_map(|old| Some((old, after.results.get(old.case())?)));
    let mut changes: Vec<_> = both.filter_map(|(old, new)| scale.weigh(old, new)).collect();
    follow(&mut changes);
    // What was a failure before or is one now comes first.
    let worst = |change: &CaseChange| change.verdict.before.min(change.verdict.after);
    changes.sort_by(|a, b| (a.direction, worst(a), &a.case).cmp(&(b.direction, worst(b), &b.case)));
    let outcomes: BTreeMap<String, Change<Outcome>> = before
        .outcomes
        .iter()
        .filter_map(|(profile, old)| {
            Some((profile.clone(), Change { before: *old, after: *after.outcomes.get(profile)? }))
        })
        .collect();
    let decides = |profile: &String| scale.decisive.contains(&profile.as_str());
    let fell = outcomes.iter().any(|(profile, change)| decides(profile) && change.after > change.before);
    let worse = fell || changes.iter().any(|change| change.direction == Direction::Worse);
    Comparison {
        format: FORMAT,
        tool: Tool::this(),
        before: before.run.clone(),
        after: after.run.clone(),
        profile: choice.name().to_owned(),
        worse,
        outcomes,
        hosts,
        changes,
        appeared: only(after, before),
        vanished: only(before, after),
    }
}

/// One cause is one thing that became worse: what rests on it is only not seen any more.
fn follow(changes: &mut [CaseChange]) {
    let is_worse = |change: &&CaseChange| change.direction == Direction::Worse;
    let roots: BTreeSet<String> = changes.iter().filter(is_worse).map(|change| change.case.clone()).collect();
    for change in changes {
        if change.verdict.after == Verdict::Untested
            && change.facts.after.because.as_ref().is_some_and(|root| roots.contains(root))
            && change.direction == Direction::Worse
        {
            change.direction = Direction::Unseen;
        }
    }
}

/// The cases that `here` has and `there` has not.
fn only(here: &Side, there: &Side) -> Vec<Only> {
    let alone = here.results.iter().filter(|(case, _)| !there.results.contains_key(*case));
    alone.map(|(case, result)| Only { case: case.clone(), verdicts: result.verdicts.clone() }).collect()
}

struct Scale<'a> {
    corpus: &'a Corpus,
    decisive: Vec<&'a str>,
    stable: Change<Stable>,
    pairs: Vec<Change<&'a Exchange>>,
    before: &'a Side,
    after: &'a Side,
}

impl Scale<'_> {
    /// How a case changed, if it did.
    fn weigh(&self, old: &Judged, new: &Judged) -> Option<CaseChange> {
        let verdicts: BTreeMap<String, Change<Verdict>> = old
            .verdicts
            .iter()
            .filter_map(|(profile, before)| {
                let after = *new.verdicts.get(profile)?;
                (*before != after).then(|| (profile.clone(), Change { before: *before, after }))
            })
            .collect();
        let facts = Change { before: old.facts(), after: new.facts() };
        let decided = verdicts.iter().filter(|(profile, _)| self.decisive.contains(&profile.as_str()));
        let weighed = decided.map(|(profile, change)| match direction(change, &facts.after) {
            Direction::Worse if !self.scores(profile, new.case()) => (Direction::Other, change),
            direction => (direction, change),
        });
        let weighed = weighed.min_by_key(|(direction, change)| (*direction, change.after));
        let told = old.profile == new.profile && self.told(&facts);
        let spoken = Change { before: old.verdict(), after: new.verdict() };
        let (direction, verdict) = match weighed {
            Some((direction, change)) => (direction, change.clone()),
            None if told && self.decisive.contains(&new.profile.as_str()) => (Direction::Other, spoken),
            None if told || !verdicts.is_empty() => (Direction::Elsewhere, spoken),
            None => return None,
        };
        Some(CaseChange {
            case: new.case().to_owned(),
            title: new.title.clone(),
            direction,
            verdict,
            verdicts,
            exchanges: self.exchanges(old, new),
            facts,
        })
    }

    /// Whether the findings differ. Why something was not tested is no fact about the target.
    fn told(&self, facts: &Change<Facts>) -> bool {
        let told = |facts: &Facts, stable: &Stable| -> BTreeSet<Fact> {
            let text = |text: &String| stable.text(text);
            let stable = |fact: &Fact| Fact {
                item: fact.item.as_ref().map(text),
                message: text(&fact.message),
                expected: fact.expected.as_ref().map(text),
                actual: fact.actual.as_ref().map(text),
            };
            facts.findings.iter().map(stable).collect()
        };
        told(&facts.before, &self.stable.before) != told(&facts.after, &self.stable.after)
    }

    /// Whether the outcome under a profile depends on a case.
    fn scores(&self, profile: &str, case: &str) -> bool {
        self.corpus.profiles.get(profile).is_none_or(|profile| profile.value.scores(case))
    }

    /// What was answered differently among the exchanges that a case looked at.
    fn exchanges(&self, old: &Judged, new: &Judged) -> Vec<ExchangeChange> {
        let at = |exchange: &Exchange| (exchange.probe.clone(), request(exchange));
        let looked = |pair: &&Change<&Exchange>| {
            old.exchanges.contains(&pair.before.id) || new.exchanges.contains(&pair.after.id)
        };
        let paired = self.pairs.iter().filter(looked).filter_map(|pair| {
            let differences = exchanges::differences(pair, &self.stable);
            let (probe, request) = at(pair.after);
            (!differences.is_empty()).then_some(ExchangeChange { probe, request, differences })
        });
        let mut changes: Vec<_> = paired.collect();
        let alone = |side: &Side, ids: &[usize], of: fn(&Change<&Exchange>) -> usize| -> Vec<Exchange> {
            let alone =
                |one: &&Exchange| ids.contains(&one.id) && !self.pairs.iter().any(|pair| of(pair) == one.id);
            side.exchanges.iter().filter(alone).cloned().collect()
        };
        for exchange in alone(self.before, &old.exchanges, |pair| pair.before.id) {
            let (probe, request) = at(&exchange);
            let before = Some(exchanges::said(&exchange.reply));
            let differences = vec![super::Difference { what: super::ANSWER.to_owned(), before, after: None }];
            changes.push(ExchangeChange { probe, request, differences });
        }
        for exchange in alone(self.after, &new.exchanges, |pair| pair.after.id) {
            let (probe, request) = at(&exchange);
            let after = Some(exchanges::said(&exchange.reply));
            let differences = vec![super::Difference { what: super::ANSWER.to_owned(), before: None, after }];
            changes.push(ExchangeChange { probe, request, differences });
        }
        changes
    }
}

fn request(exchange: &Exchange) -> String {
    format!("{} {}", exchange.request.method, exchange.request.url)
}

/// Which way a verdict went; `after` is what the second run says.
pub(super) fn direction(change: &Change<Verdict>, after: &Facts) -> Direction {
    let weight = |verdict| match verdict {
        Verdict::Fail => 2,
        Verdict::Warn => 1,
        _ => 0,
    };
    let unseen = |verdict| matches!(verdict, Verdict::Untested | Verdict::Error);
    let (old, new) = (change.before, change.after);
    if weight(new) > weight(old) {
        Direction::Worse
    } else if unseen(new) {
        match old {
            Verdict::Pass if after.options.is_none() => Direction::Worse,
            _ => Direction::Unseen,
        }
    } else if weight(new) < weight(old) || unseen(old) && new == Verdict::Pass {
        Direction::Better
    } else {
        Direction::Other
    }
}
