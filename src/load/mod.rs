//! Reads `cases/` into a [`Corpus`](crate::model::corpus::Corpus) and checks it as a whole.

pub mod frame;
pub mod lint;
pub mod read;
pub mod schema;

pub use frame::Problem;
pub use read::{embedded, overlay};
