//! Plain types, no I/O: what a case file says, what was exchanged, what was concluded.

pub mod case;
pub mod corpus;
pub mod deviation;
pub mod diagnosis;
pub mod example;
pub mod exchange;
pub mod login;
pub mod one_or_many;
pub mod probe;
pub mod profile;
pub mod reception;
pub mod recording;
pub mod requirement;
pub mod template;
pub mod token;
pub mod verdict;
