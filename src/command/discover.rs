//! `discover`: the walk of a client, printed.

use std::time::Duration;

use super::{Failure, corpus, target};
use crate::cli::{Discover, Shape};
use crate::discover;
use crate::exit;
use crate::report::progress::Bar;
use crate::report::{terminal, walk};
use crate::session::{self, Options};

pub(super) async fn discover(arguments: Discover) -> Result<u8, Failure> {
    let target = target::server(&arguments.url)?;
    let corpus = corpus(None)?;
    let options = Options {
        profile: None,
        timeout: Duration::from_secs_f64(arguments.timeout),
        allow_private: arguments.allow_private,
    };
    let progress = Bar::start();
    let recording =
        session::record_plan(&corpus, &discover::plan(&corpus), target, &options, &progress).await;
    progress.finish();
    let found = discover::walk(&recording.map_err(Failure::internal)?);
    match arguments.format {
        Shape::Human => terminal::out(&walk::human(&found, terminal::colour_on_stdout())),
        Shape::Json => terminal::out(&walk::json(&found).map_err(Failure::internal)?),
    }
    Ok(if found.arrived { exit::CONFORMS } else { exit::DOES_NOT_CONFORM })
}
