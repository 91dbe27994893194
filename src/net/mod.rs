//! The only code that opens sockets.

pub mod client;
pub mod guard;
pub mod record;
