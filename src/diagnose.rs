//! Which diagnoses fit a finding: a pure function of the corpus and the evidence, like judging.

use crate::check::compound::every;
use crate::check::scene::Evidence;
use crate::check::{Answer, Check, Scene};
use crate::judge::Flawed;
use crate::model::corpus::Corpus;
use crate::model::diagnosis::Diagnosis;
use crate::model::profile::Era;

/// The names of the diagnoses that fit what `case` found in `era`, in alphabetical order.
pub fn diagnose(
    corpus: &Corpus,
    evidence: &Evidence<'_>,
    era: Era,
    case: &str,
    flawed: &[Flawed],
) -> Vec<String> {
    let explaining = corpus.diagnoses.iter().filter(|(_, filed)| explains(&filed.value, case));
    let fitting = explaining.filter(|(_, filed)| fits(corpus, evidence, era, &filed.value, flawed));
    fitting.map(|(name, _)| name.clone()).collect()
}

/// Whether `diagnosis` may lie behind what `case` finds.
pub fn explains(diagnosis: &Diagnosis, case: &str) -> bool {
    diagnosis.explains.iter().any(|explained| explained.value == case)
}

fn fits(
    corpus: &Corpus,
    evidence: &Evidence<'_>,
    era: Era,
    diagnosis: &Diagnosis,
    flawed: &[Flawed],
) -> bool {
    let Some((probe, candidate, _)) = corpus.probe(&diagnosis.probe.value) else { return false };
    // Of a probe that is sent for each of a list, the instances in which something was found.
    let mut records = evidence.recording.of(probe, era).filter(|record| {
        record.item.is_none() || flawed.iter().any(|one| one.item.is_none() || one.item == record.item)
    });
    records.any(|record| {
        let exchange = record.seen(candidate).and_then(|id| evidence.recording.exchange(id));
        let scene = Scene { evidence, era, item: record.item.as_ref(), record, exchange };
        every(diagnosis.when.iter().map(|predicate| predicate.value.judge(&scene))) == Answer::Pass
    })
}
