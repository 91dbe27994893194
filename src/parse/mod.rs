//! Parsers for what a server sends: they keep byte positions and never tidy up what they read.
//!
//! `Bearer resource_metadata=https://a.example/` gives the challenge, its value and a flaw at bytes 25..43.

pub mod challenge;
pub mod json;
pub mod jwt;
pub mod scope;
pub mod url;
pub mod well_known;
