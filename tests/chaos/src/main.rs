//! The chaos run: a real `venued` over real HTTP, with boards that hang, flap, lie, flood and refuse,
//! a store that is locked or full, kills, restarts, edits, and clients who repeat themselves, change
//! their minds and press twice. What must hold is judged by requests, answers and what the TVs were
//! sent, and by nothing else.
//!
//! A run is a row of rounds. In each there is some half minute of trouble; then everything gets well
//! and comes to rest, and the round is judged. The seed of a round brings the same steps at the same
//! times again; how they go is up to the machine. A finding prints its seed and the story of its slot.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test program fails by panicking, and tells what it finds"
)]

mod clock;
mod daemon;
mod deck;
mod disturbance;
mod harm;
mod http;
mod judge;
mod ledger;
mod play;
mod report;
mod rest;
mod script;
mod story;
mod venue;
mod wish;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Parser;

use crate::{
    clock::Clock, daemon::Daemon, harm::Disk, play::Stage, report::Report, script::Script,
    venue::Venue,
};

/// How long, from which seed, and what of.
#[derive(Debug, Parser)]
#[command(about)]
struct Arguments {
    /// How long; the last round is played to its end.
    #[arg(long, default_value_t = 60.0)]
    minutes: f64,
    /// The seed of the first round; each further one has the next.
    #[arg(long)]
    seed: Option<u64>,
    /// The program; beside this one if not named.
    #[arg(long)]
    venued: Option<PathBuf>,
    /// How long a round of trouble lasts, in seconds.
    #[arg(long, default_value_t = 25)]
    round: u64,
    /// How many requests there are in a second.
    #[arg(long, default_value_t = 25)]
    rate: u64,
    /// So many milliseconds later than it must an answer may come on this machine.
    #[arg(long, default_value_t = 1_000)]
    slack: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if runtime.block_on(run(arguments)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(arguments: Arguments) -> bool {
    let Arguments { minutes, seed, venued, round, rate, slack } = arguments;
    let first = seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    let program = venued.unwrap_or_else(beside);
    let folder = tempfile::Builder::new().prefix("venue-chaos-").tempdir().unwrap();
    println!("seed {first}, {minutes} minutes, in {}", folder.path().display());
    let stage = set_up(&program, &folder).await;
    let mut report = Report::new(folder.path());
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    for seed in first.. {
        if Instant::now() >= end {
            break;
        }
        let script = Script::of(seed, &stage.venue, round * 1_000, rate);
        stage.begin();
        stage.play(Arc::new(script)).await;
        stage.come_to_rest().await;
        let findings = judge::judge(&stage.ledger(), slack);
        report.round(seed, &stage.ledger(), &findings);
        if !stage.daemon.lock().await.is_started() {
            println!("there is no daemon any more");
            break;
        }
    }
    stage.daemon.lock().await.kill().await;
    report.end();
    if report.is_clean() {
        return true;
    }
    drop(stage);
    println!("what the daemons said is kept in {}", folder.keep().display());
    false
}

/// A venue whose daemon serves and knows its boards.
async fn set_up(program: &std::path::Path, folder: &tempfile::TempDir) -> Arc<Stage> {
    let disk = Disk::at(&folder.path().join("data"));
    if !disk.is_mounted() {
        println!("NOT TRIED: a full disk, for none can be mounted here");
    }
    let mut daemon = Daemon::new(program, folder.path());
    let clock = Clock::at(&daemon.clock());
    daemon.start();
    let address = daemon.address;
    let stage = Arc::new(Stage::new(Venue::new().await, daemon, disk, clock));
    assert!(stage.wait_until_it_serves().await, "venued does not serve");
    let normal = Daemon::wait_for_mode(address, "normal", Duration::from_secs(20)).await;
    assert!(normal, "its store is not used");
    for request in stage.venue.set_up() {
        let reply = request.send(address).await;
        let made = reply.answer().is_some_and(|answer| answer.code == 201);
        assert!(made, "{}: {}", request.line(), reply.line());
    }
    stage.heal().await.unwrap();
    stage
}

fn beside() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.with_file_name("venued")
}
