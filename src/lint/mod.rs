//! Judging a document or a challenge that stands in a file, with the cases of a check and no network.
//!
//! ```text
//! {"resource": "http://mcp.example/"}  read as resource metadata
//! ```
//!
//! gives a recording of one exchange, which only those cases judge that find all they look at in the file. What a file
//! does not show is supposed to be as a good server would have it: then what is still broken is broken by the
//! document, but a case that rests on a supposition never passes. It is left out and counted.

mod address;
mod kind;
mod read;
mod recording;
mod select;
mod sight;

pub use address::Address;
pub use kind::Kind;
pub use read::{Text, UnreadableText};

use crate::judge::{Conclusion, Judgements, judge_document};
use crate::model::corpus::Corpus;
use crate::report::{Choice, Document, Report};

use self::select::Selection;
use self::sight::Sight;

/// Judges what `text` holds; `address` is where it is served, if that is known.
pub fn lint(corpus: &Corpus, text: &Text, address: Option<&Address>, choice: &Choice) -> Report {
    let sight = Sight::new(corpus, text.kind, address);
    let mut selection = Selection::new(corpus, &sight);
    let recording = recording::of(corpus, text, &sight, address);
    let mut judgements = judge_document(&selection.corpus, &recording);
    take_out_suppositions(&mut judgements, &mut selection);
    let document = Document {
        kind: text.kind.name().to_owned(),
        title: text.kind.title().to_owned(),
        file: text.file.clone(),
        url: address.map(|address| address.url.clone()),
        left_out: selection.left_out(corpus),
    };
    let mut report = Report::of_document(&selection.corpus, &recording, &judgements, choice, document);
    for located in report.results.iter_mut().flat_map(|result| &mut result.findings) {
        located.spot = located.finding.place.as_ref().and_then(|place| text.spot(place));
    }
    report
}

/// Takes out what holds only because of what was supposed.
fn take_out_suppositions(judgements: &mut Judgements, selection: &mut Selection) {
    judgements.retain(|id, by| {
        let supposed = |conclusion: &Conclusion| match conclusion {
            Conclusion::Holds => selection.partly.contains(id),
            Conclusion::NotApplicable(_) => selection.supposing.contains(id),
            _ => false,
        };
        by.retain(|_, judgement| !supposed(&judgement.conclusion));
        if by.is_empty() {
            selection.leave_out(id);
        }
        !by.is_empty()
    });
}
