//! Ctrl-C, and what a process manager sends instead: the first ends the run in good order, the second at once.

use crate::exit;
use crate::report::terminal;
use crate::run::stop::Stop;

/// Stops the run when the user does.
pub(super) fn listen() -> Stop {
    let stop = Stop::default();
    let run = stop.clone();
    tokio::spawn(async move {
        asked().await;
        run.now();
        // Where standard error is gone, nobody can be told.
        drop(terminal::err(
            "\nstopping: removing what was registered; once more ends it at once, and leaves that behind\n",
        ));
        asked().await;
        std::process::exit(i32::from(exit::INTERRUPTED));
    });
    stop
}

/// Waits for SIGINT or SIGTERM.
async fn asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Where no signal can be listened to, none is.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
