//! Judges whether the authorization of a Model Context Protocol server conforms.
//!
//! Evidence is gathered once and judged many times:
//!
//! ```text
//! cases/ ──load──> Corpus ──plan──> probes ──run──> Recording ──judge──> Judgements ──report──> text
//! ```

pub mod audience;
pub mod baseline;
pub mod check;
pub mod cli;
pub mod command;
pub mod config;
pub mod credentials;
pub mod diagnose;
pub mod diff;
pub mod discover;
pub mod exit;
pub mod explain;
pub mod judge;
pub mod lint;
pub mod load;
pub mod login;
pub mod matrix;
pub mod model;
pub mod net;
pub mod parse;
pub mod plan;
pub mod probe;
pub mod report;
pub mod run;
pub mod session;
pub mod snapshot;
pub mod template;
pub mod trials;

pub use model::recording::Target;
pub use report::Report;
pub use session::{CheckError, Options, check};
pub use trials::trials;
