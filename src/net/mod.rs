//! The only code that opens sockets.

pub mod client;
mod failure;
pub mod guard;
pub(crate) mod mask;
pub mod record;
pub(crate) mod session_id;
pub mod settings;
