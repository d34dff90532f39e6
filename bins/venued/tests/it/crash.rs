//! The daemon is killed at random instants under load, and started again on the same folder:
//! nothing that was acknowledged is lost, no press comes twice, no older wish behind a newer one.
//!
//! A story is a venue with its boards and its store, some kills, and an end at which everything has
//! come to rest. In a story no two wishes are the same, so that the boards' own records tell which
//! wish each frame was for: single ones and bulk requests, now and for later, with keys and again
//! with the same key, withdrawn, tried anew and taken back. What is held against them is in
//! [`judge`]. The folder of a story that fails is kept.
//!
//! Every fifth kill is one of the whole machine: the next daemon finds another boot, and a wall clock that
//! is wrong by seconds, minutes or hours; now and then it is set under a running daemon as well.
//!
//! `VENUE_CRASH_RUNS` is the number of kills, `VENUE_CRASH_SEED` repeats the choices of another run;
//! the instants are the machine's.

mod clock;
mod deck;
mod infrared;
mod judge;
mod load;
mod manage;
mod request;
mod rest;
mod run;
mod stored;
mod story;
mod told;
mod write;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::task::JoinSet;

use told::EventPublisher;

/// How often the daemon is killed in one story.
const KILLS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_daemon_loses_nothing_doubles_nothing_and_sends_nothing_stale() {
    let runs = number("VENUE_CRASH_RUNS").unwrap_or(3) as usize;
    let seed = number("VENUE_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("{runs} kills, VENUE_CRASH_SEED={seed}");
    let next = Arc::new(AtomicUsize::new(0));
    let mut tellers = JoinSet::new();
    // More than there are cores: a story waits most of its time.
    for _ in 0..4 {
        let next = Arc::clone(&next);
        tellers.spawn(async move {
            let mut told = EventPublisher::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let kills = runs.saturating_sub(number * KILLS).min(KILLS);
                if kills == 0 {
                    return told;
                }
                told.add(story::tell(seed.wrapping_add(number as u64), kills).await);
            }
        });
    }
    let mut told = EventPublisher::default();
    for part in tellers.join_all().await {
        told.add(part);
    }
    println!("{told}");
    assert!(told.faults.is_empty(), "VENUE_CRASH_SEED={seed}:\n{}", told.faults.join("\n"));
    assert!(
        told.hit.kills == runs && told.wishes > 0 && told.frames > 0 && told.transmissions > 0,
        "nothing was tried: {told}"
    );
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}
