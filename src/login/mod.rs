//! What it takes to log in as a client does: the requests, the loopback address that the browser comes back to, and a
//! browser without a screen.
//!
//! Nothing here sends a request: whoever logs in does, and records it.

pub mod browser;
pub mod button;
pub mod cookies;
pub mod form;
pub mod kept;
pub mod keys;
pub mod listener;
pub mod page;
pub mod pkce;
pub mod request;
pub mod secret;
pub mod walk;
