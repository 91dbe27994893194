//! `discover`: the walk of a client, printed.

use super::targets::Found;
use super::{Failure, network, print, target, tell};
use crate::cli::{Discover, Shape};
use crate::discover;
use crate::exit;
use crate::model::requirement::Role;
use crate::report::progress::Bar;
use crate::report::{terminal, walk};
use crate::session::Options;

pub(super) async fn discover(arguments: Discover) -> Result<u8, Failure> {
    let found = Found::new(&arguments.url, &arguments.configured)?;
    let mut network = arguments.network;
    found.under(|settings, folder| settings.under_network(folder, &mut network));
    let target = target::at(&found.url, Role::Server)?;
    let options = Options { network: network::settings(&network)?, ..Options::default() };
    let progress = Bar::new();
    let walked = discover::discover(&target.url, &options, &progress).await;
    progress.finish();
    let found = walked.map_err(network::failed)?;
    match arguments.format {
        Shape::Human => tell(&walk::human(&found, terminal::style().colour))?,
        Shape::Json => print(&walk::json(&found).map_err(Failure::internal)?)?,
    }
    Ok(if found.arrived { exit::CONFORMS } else { exit::DOES_NOT_CONFORM })
}
