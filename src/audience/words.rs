//! The answer for a person: one sentence, the proof, and what to do.

use super::{Answer, Found, Tried, fixes};
use crate::model::verdict::Verdict;
use crate::report::human::{Ink, Paper, Style, curl};

/// Where the commands stand.
const INDENT: usize = 11;

impl Found {
    /// As text, with a newline at its end.
    pub fn in_words(&self, style: &Style) -> String {
        let mut paper = Paper::new(style);
        let (answer, ink) = match self.answer {
            Answer::Yes => ("yes".to_owned(), Ink::Bad),
            Answer::No => ("no".to_owned(), Ink::Good),
            Answer::CouldNotTell => {
                let because = self.because.as_deref().unwrap_or_default();
                (format!("could not tell, because {because}"), Ink::Doubtful)
            }
        };
        paper.labelled(0, "server", &self.url, Ink::Strong);
        paper.hang(
            0,
            ("", Ink::Plain),
            0,
            &format!("accepts tokens issued for other resources: {answer}"),
            ink,
        );
        if let Some(proof) = self.proof() {
            self.prove(&mut paper, proof);
        }
        if self.tried.iter().any(|one| one.accepted.is_some()) {
            paper.rule("What was sent");
            self.tried.iter().for_each(|one| listed(&mut paper, one));
        }
        let unseen = self.tried.iter().filter(|one| one.options.is_some()).count();
        if unseen > 0 && self.answer != Answer::CouldNotTell {
            let why = "other tokens could not be had: `mcp-conform serve --authorization-server-only` issues all of them to a \
                       server in staging that trusts it";
            paper.blank();
            paper.labelled(0, &format!("{unseen} more"), why, Ink::Faint);
        }
        if self.answer == Answer::Yes {
            fixes::write(&mut paper);
        }
        paper.into_text()
    }

    fn prove(&self, paper: &mut Paper, proof: &Tried) {
        paper.rule("Proof");
        let answered = |exchange: &crate::model::exchange::Exchange| {
            exchange.response().map_or_else(|| "nothing".to_owned(), |response| response.status.to_string())
        };
        if let Some(exchange) = &proof.exchange {
            let text = format!("{}: answered {}", proof.token, answered(exchange));
            paper.labelled(0, "token", &text, Ink::Bad);
        }
        if let Some(control) = &self.control {
            let text = format!("the same request with the good token: answered {}", answered(control));
            paper.labelled(0, "control", &text, Ink::Plain);
        }
        if let Some(exchange) = &proof.exchange {
            let room = paper.measure().saturating_sub(INDENT);
            for (index, line) in curl(&exchange.request, self.insecure, room).iter().enumerate() {
                let label = paper.inked(if index == 0 { "repeat     " } else { "           " }, Ink::Faint);
                paper.raw(&format!("{label}{line}"));
            }
        }
    }
}

fn listed(paper: &mut Paper, one: &Tried) {
    let (sign, ink) = match one.verdict {
        Verdict::Pass => ("✓", Ink::Good),
        Verdict::Fail => ("✗", Ink::Bad),
        Verdict::Warn => ("!", Ink::Doubtful),
        _ => ("i", Ink::Neutral),
    };
    let Some(accepted) = one.accepted else { return };
    let word = if accepted { "accepted" } else { "refused" };
    paper.hang(0, (&format!("{sign} {word}"), ink), INDENT, &one.token, Ink::Plain);
}
