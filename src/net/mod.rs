//! The only code that opens sockets.

pub mod client;
mod failure;
pub mod guard;
pub mod record;
pub mod settings;
