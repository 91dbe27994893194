//! Progress of a run as notifications, where the client asked for them.

use std::sync::atomic::{AtomicU32, Ordering};

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::report::escape;
use crate::run::Progress;

/// Sends what a run says to the client.
pub(super) struct Notes {
    /// What is sent in order by a task of its own; nothing where the client did not ask.
    to: Option<UnboundedSender<(u32, String)>>,
    answered: AtomicU32,
}

impl Notes {
    pub(super) fn new(context: &RequestContext<RoleServer>) -> Self {
        let to = context.meta.get_progress_token().map(|token| sender(token, context));
        Self { to, answered: AtomicU32::new(0) }
    }

    fn say(&self, text: String) {
        // Progress has to grow with each notification.
        let count = self.answered.fetch_add(1, Ordering::Relaxed) + 1;
        // A client that is gone hears nothing.
        let _ = self.to.as_ref().map(|to| to.send((count, text)));
    }
}

fn sender(token: ProgressToken, context: &RequestContext<RoleServer>) -> UnboundedSender<(u32, String)> {
    let (to, mut from) = unbounded_channel();
    let peer = context.peer.clone();
    tokio::spawn(async move {
        while let Some((count, text)) = from.recv().await {
            let note = ProgressNotificationParam::new(token.clone(), f64::from(count)).with_message(text);
            if peer.notify_progress(note).await.is_err() {
                break;
            }
        }
    });
    to
}

impl Progress for Notes {
    fn sending(&self, probe: &str, url: &str) {
        self.say(format!("{} {}", escape::line(probe), escape::line(url)));
    }

    fn done(&self) {}

    fn visit(&self, url: &str) {
        self.say(format!("log in in a browser: {}", escape::line(url)));
    }

    fn warn(&self, text: &str) {
        self.say(format!("warning: {}", escape::line(text)));
    }
}
