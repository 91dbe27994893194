//! Judges whether the authorization of a Model Context Protocol server conforms.
pub mod parse;
