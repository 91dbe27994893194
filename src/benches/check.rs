//! `cargo bench`: what a check costs, on the reference servers in this process.
//!
//! Each line is the minimum, median and maximum of several runs in milliseconds.

use std::time::{Duration, Instant};

use mcp_conform::judge::judge;
use mcp_conform::load;
use mcp_conform::matrix;
use mcp_conform::model::corpus::Corpus;
use mcp_conform::model::recording::{Recording, Target};
use mcp_conform::model::requirement::Role;
use mcp_conform::report::terminal;
use mcp_conform::run::Quiet;
use mcp_conform::session::{Options, record};

const RUNS: usize = 21;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let corpus = load::embedded().expect("the built-in cases load");
    row("load cases/", &times(|| drop(load::embedded())));
    let recording = runtime.block_on(check(&corpus, Duration::ZERO)).1;
    row("judge the corpus under every profile", &times(|| drop(judge(&corpus, &recording))));
    for delay in [0, 50] {
        let delay = Duration::from_millis(delay);
        let runs: Vec<f64> = (0..RUNS).map(|_| runtime.block_on(check(&corpus, delay)).0).collect();
        row(&format!("check, {} ms added to every answer", delay.as_millis()), &runs);
    }
    let _ = terminal::out(&format!("requests of a check: {}\n", recording.exchanges.len()));
}

/// Milliseconds from the first request to the last answer, and what was recorded.
async fn check(corpus: &Corpus, delay: Duration) -> (f64, Recording) {
    let profile = corpus.newest_profile().expect("a profile");
    let options = reference_servers::Options { delay, ..Default::default() };
    let servers = matrix::start(profile, &[], options).await.expect("the servers start");
    let target = Target { role: Role::Server, url: servers.server_url.clone() };
    let started = Instant::now();
    let recording = record(corpus, target, &Options::default(), &Quiet).await.expect("a recording");
    (milliseconds(started), recording)
}

fn times(run: impl Fn()) -> Vec<f64> {
    let once = |_| {
        let started = Instant::now();
        run();
        milliseconds(started)
    };
    (0..RUNS).map(once).collect()
}

fn milliseconds(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1000.0
}

fn row(what: &str, runs: &[f64]) {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (min, median, max) = (sorted[0], sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    let _ = terminal::out(&format!("{what:42} {min:8.2} {median:8.2} {max:8.2} ms\n"));
}
