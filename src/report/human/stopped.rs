//! The login that led to no token: which step, by which clause, and how to repeat it.

use super::paper::{COLUMN, Ink};
use super::{Paper, View, curl};

const INDENT: usize = 2;

/// Nothing where a token was had or none was asked for.
pub(super) fn write(paper: &mut Paper, view: &View<'_>) {
    let Some(stopped) = &view.report.stopped else { return };
    paper.rule("The login");
    paper.hang(0, ("stopped", Ink::Doubtful), COLUMN + INDENT, &stopped.why, Ink::Plain);
    paper.labelled(INDENT, "step", &stopped.step, Ink::Plain);
    paper.labelled(INDENT, "clause", &stopped.source, Ink::Plain);
    paper.labelled(INDENT, "", &stopped.url, Ink::Link);
    let exchange = view.report.exchanges.iter().find(|exchange| Some(exchange.id) == stopped.exchange);
    let Some(exchange) = exchange else { return };
    let answered =
        exchange.response().map_or_else(|| "nothing".to_owned(), |response| response.status.to_string());
    paper.labelled(INDENT, "answered", &answered, Ink::Plain);
    let room = paper.measure().saturating_sub(INDENT + COLUMN);
    for (index, line) in curl(&exchange.request, view.report.insecure, room).iter().enumerate() {
        let label = paper.inked(&format!("{:<COLUMN$}", if index == 0 { "repeat" } else { "" }), Ink::Faint);
        paper.raw(&format!("{}{label}{line}", " ".repeat(INDENT)));
    }
}
