//! Everything that was sent, a line each.

use super::paper::Ink;
use super::{Paper, View};
use crate::model::exchange::Reply;

/// Number, status, time, method and URL of every exchange.
pub(super) fn write(paper: &mut Paper, view: &View<'_>) {
    paper.rule("Requests");
    for exchange in &view.report.exchanges {
        let status = match &exchange.reply {
            Reply::Response(response) => response.status.to_string(),
            Reply::Error(_) => "---".to_owned(),
        };
        let head = format!("{:>3}  {status}  {:>6.1} ms", exchange.id, exchange.milliseconds);
        let request = format!("{} {}", exchange.request.method, exchange.request.url);
        paper.hang(0, (&head, Ink::Faint), head.chars().count() + 2, &request, Ink::Plain);
        if let Reply::Error(error) = &exchange.reply {
            paper.hang(0, ("", Ink::Plain), head.chars().count() + 2, &error.message, Ink::Doubtful);
        }
    }
}
