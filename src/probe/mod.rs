//! What probes send: one kind a file.

pub mod forge;
pub mod http;
pub mod rpc;
