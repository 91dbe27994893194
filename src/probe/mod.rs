//! What probes send: one kind a file.

pub mod rpc;
