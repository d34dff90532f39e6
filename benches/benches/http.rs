//! A command over HTTP to the board that takes it: the daemon with tokens, limits, audit and store, against
//! a bare hyper server that hands the request on to a session.
//!
//! Each server has one thread of its own, the boards share one, and the client has one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

#[path = "http/client.rs"]
mod client;
#[path = "http/floor.rs"]
mod floor;
#[path = "http/server.rs"]
mod server;
#[path = "http/venue.rs"]
mod venue;

use std::{net::SocketAddr, time::Duration};

use tokio::time::sleep;
use venue_benches::{
    board::{Board, address_of},
    harness::{Goal, Pair, Run, Unit, note},
};

use client::{fresh, many, one, one_secure};
use server::{Server, runtime};

/// So long the daemon stores what it was asked to do before.
const SETTLING: Duration = Duration::from_secs(1);

/// So many clients, each with a connection and a board of its own.
const CLIENTS: usize = 32;

fn main() {
    let run = Run::start();
    let (sender, bound) = std::sync::mpsc::channel();
    drop(std::thread::spawn(move || {
        runtime().block_on(async {
            sender.send(Board::new(false, false).listen().await).unwrap();
            std::future::pending::<()>().await;
        });
    }));
    let listener = bound.recv().unwrap();
    let boards: Vec<SocketAddr> = (0..CLIENTS).map(|index| address_of(index, listener)).collect();
    let floor = floor::start(boards.clone());
    let folder = tempfile::tempdir().unwrap();
    let (venue, secure) = venue::start(folder.path(), &boards);
    runtime().block_on(async {
        measure(run, &floor, &venue).await;
        encrypted(run, &venue, &secure).await;
    });
}

async fn measure(run: Run, floor: &Server, venue: &Server) {
    let times = run.pick(3_000, 30);
    let phase = run.pick(Duration::from_millis(1_500), Duration::from_millis(100));
    let (mut alone, mut status, mut crowd) = (Pair::default(), Pair::default(), Pair::default());
    // What ended is stored behind the answers: the next figure is none of what that still costs.
    let settle = async || sleep(run.pick(SETTLING, SETTLING / 20)).await;
    for _ in 0..run.pick(9, 2) {
        alone.ours.push(one(venue.address, &venue.commands[0], times).await);
        alone.baseline.push(one(floor.address, &floor.commands[0], times).await);
        settle().await;
        status.ours.push(one(venue.address, &venue.status, times).await);
        status.baseline.push(one(floor.address, &floor.status, times).await);
        crowd.ours.push(many(venue.address, &venue.commands, phase).await);
        settle().await;
        crowd.baseline.push(many(floor.address, &floor.commands, phase).await);
    }
    alone.print("HTTP direct command, p50, one connection", Unit::Microseconds, Goal::Ratio(1.5));
    status.print("HTTP status of a device, p50, one connection", Unit::Microseconds, Goal::None);
    let name = format!("HTTP direct commands, {CLIENTS} connections");
    crowd.print(&name, Unit::PerSecond, Goal::AtLeast(38_000.0));
    note("token, role, limits, validation, history and audit are on; the store is on disk");
    note(
        "baseline: a bare hyper server with an open session for each board; its status is a fixed text",
    );
}

/// What HTTPS costs beside plain HTTP of the same daemon.
async fn encrypted(run: Run, venue: &Server, secure: &venue::Secure) {
    let (mut kept, mut new) = (Pair::default(), Pair::default());
    let (times, connections) = (run.pick(3_000, 30), run.pick(300, 3));
    for _ in 0..run.pick(9, 2) {
        kept.ours.push(one_secure(secure.address, &secure.tls, &venue.status, times).await);
        kept.baseline.push(one(venue.address, &venue.status, times).await);
        let over_tls = fresh(secure.address, Some(&secure.tls), &venue.status, connections);
        new.ours.push(over_tls.await);
        new.baseline.push(fresh(venue.address, None, &venue.status, connections).await);
    }
    kept.print("HTTPS status of a device, p50, one connection", Unit::Microseconds, Goal::None);
    new.print(
        "HTTPS status of a device, p50, a new connection each",
        Unit::Microseconds,
        Goal::None,
    );
    note("baseline of HTTPS: plain HTTP of the same daemon");
}
