//! A way to end a run before it is over: what was found until then is kept.

use std::sync::Arc;

use tokio::sync::watch;

/// Why a request was not sent, or not waited for.
pub const STOPPED: &str = "the run was stopped";

/// Stops a run from outside. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Nothing is sent from now on, and nothing is waited for. Clients that were registered are removed all the same.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was stopped.
    pub fn is_on(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub async fn wait(&self) {
        let mut changes = self.0.subscribe();
        // The sender lives as long as this does.
        drop(changes.wait_for(|on| *on).await);
    }
}
