//! A browser without a screen.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::exchange::{Exchange, Request};

/// Where a walk led.
pub struct Walk {
    /// What was exchanged.
    pub exchanges: Vec<Arc<Exchange>>,
    /// How it ended.
    pub end: End,
}

/// How a walk ended.
pub enum End {
    /// At the redirect URI.
    Callback(String),
    /// Somewhere else.
    Stuck(String),
}

/// Follows redirects.
pub async fn walk<E: std::fmt::Display, F: Future<Output = Result<Arc<Exchange>, E>>>(
    start: Request,
    redirect_uri: &str,
    _fields: &BTreeMap<String, String>,
    send: impl Fn(Request) -> F,
) -> Walk {
    let mut exchanges = Vec::new();
    let live = match send(start).await {
        Ok(live) => live,
        Err(why) => return Walk { exchanges, end: End::Stuck(why.to_string()) },
    };
    exchanges.push(Arc::clone(&live));
    let location = live.response().and_then(|r| r.header_lines("location").first().map(|l| (*l).to_owned()));
    match location {
        Some(l) if l.split('?').next() == Some(redirect_uri) => Walk { exchanges, end: End::Callback(l) },
        _ => Walk { exchanges, end: End::Stuck("stuck".to_owned()) },
    }
}
