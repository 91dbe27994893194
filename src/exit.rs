//! Exit codes. They are part of the command line's contract.

use crate::model::verdict::Outcome;

/// The target conforms.
pub const CONFORMS: u8 = 0;
/// The target breaks a requirement.
pub const DOES_NOT_CONFORM: u8 = 1;
/// The command line asks for something that cannot be done.
pub const USAGE: u8 = 2;
/// A case or recording file is wrong.
pub const BAD_FILE: u8 = 3;
/// We could not see enough, or nothing asked for a token.
pub const INCONCLUSIVE: u8 = 5;
/// A bug of this program.
pub const INTERNAL: u8 = 70;

/// The code for an outcome; `allow_public` makes a server that asks nobody for a token a good one.
pub fn of(outcome: Outcome, allow_public: bool) -> u8 {
    match outcome {
        Outcome::Conforms => CONFORMS,
        Outcome::NotProtected if allow_public => CONFORMS,
        Outcome::NotProtected | Outcome::Inconclusive => INCONCLUSIVE,
        Outcome::DoesNotConform => DOES_NOT_CONFORM,
    }
}
