//! Why a case is untested: its request was not sent, or its answer could not be seen.

use super::{Bench, Conclusion};
use crate::model::case::Case;
use crate::model::exchange::{Exchange, Reply, TransportErrorKind};
use crate::model::recording::{Item, NotSent, ProbeRecord};

impl Bench<'_> {
    /// Untested for want of an answer, and because of the case that says why no sound connection came about.
    pub(super) fn unseen(&self, case: &Case, record: &ProbeRecord, why: String) -> Conclusion {
        let recording = self.evidence.recording;
        let tried = record.attempts.iter().filter_map(|attempt| recording.exchange(attempt.exchange?));
        let bad = |exchange: &Exchange| match &exchange.reply {
            Reply::Error(error) => error.kind.is_bad_channel() || error.kind == TransportErrorKind::NotTls,
            Reply::Response(_) => false,
        };
        let unsound = !case.is_about_channel() && tried.into_iter().any(bad);
        let probe = self.corpus.probe(&record.probe).filter(|_| unsound);
        let secured_by = probe.and_then(|(_, _, probe)| probe.secured_by.as_ref());
        let item = record.item.as_ref();
        let because = secured_by.and_then(|case| self.root(&case.value, item));
        Conclusion::Untested { why, because, options: None }
    }

    /// Why nothing was sent for a record (or the candidate of it that the case looks at), if so.
    pub(super) fn never_sent<'r>(
        &self,
        record: &'r ProbeRecord,
        candidate: Option<&str>,
    ) -> Option<&'r NotSent> {
        match candidate {
            Some(name) => record.attempt(name)?.not_sent.as_ref(),
            None if record.attempts.iter().all(|attempt| attempt.exchange.is_none()) => {
                record.attempts.first()?.not_sent.as_ref()
            }
            None => None,
        }
    }

    /// Untested because a probe that `when` reads was not sent for want of an option.
    pub(super) fn spared(&self, reference: &str, item: Option<&Item>) -> Option<Conclusion> {
        let (name, candidate, _) = self.corpus.probe(reference)?;
        let records = || self.evidence.recording.of(name, self.era);
        let record = self.evidence.record(name, self.era, item).or_else(|| records().next())?;
        let not_sent = self.never_sent(record, candidate).filter(|not_sent| not_sent.options.is_some())?;
        Some(self.blamed(not_sent, item))
    }

    /// Untested for want of a request, and because of the case that wanted what it would have been built from.
    pub(super) fn blamed(&self, not_sent: &NotSent, item: Option<&Item>) -> Conclusion {
        let upstream = not_sent.probe.as_deref().and_then(|probe| self.corpus.probe(probe));
        let wanted_by = upstream.and_then(|(_, _, probe)| probe.wanted_by.as_ref());
        let root = wanted_by.and_then(|wanted| self.root(&wanted.value, item));
        Conclusion::Untested { why: not_sent.why.clone(), because: root, options: not_sent.options.clone() }
    }
}
