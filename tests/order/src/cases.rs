//! Cases by the number: how many, from which seed, and the shortest story that fails.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};
use venue_queue::{MemoryStore, SqliteStore, StoreConfig};

use crate::{
    flaw::Flaw,
    store::Keeps,
    story::{Step, shorten, story},
    world::{Outcome, World},
};

impl Keeps for MemoryStore {
    const THREADED: bool = false;
}

impl Keeps for SqliteStore {
    const THREADED: bool = true;
}

/// How many cases are wanted.
pub(crate) fn wanted() -> u64 {
    number("VENUE_ORDER_CASES").unwrap_or(300)
}

/// The seed of the first.
pub(crate) fn first_seed() -> u64 {
    number("VENUE_ORDER_SEED").unwrap_or(1)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// One case over the store in memory.
pub(crate) fn in_memory(steps: &[Step], flaw: Option<Flaw>) -> Result<Outcome, Vec<String>> {
    runtime().block_on(World::run(MemoryStore::new(), steps, flaw))
}

/// One case over SQLite.
pub(crate) fn on_disk(steps: &[Step], flaw: Option<Flaw>) -> Result<Outcome, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("queue.db"), StoreConfig::default()).unwrap();
    runtime().block_on(async {
        let outcome = World::run(store.clone(), steps, flaw).await;
        store.close().await;
        outcome
    })
}

/// Runs `count` cases, each of which must hold.
pub(crate) fn hold(
    count: u64,
    case: impl Fn(&[Step]) -> Result<Outcome, Vec<String>>,
) -> Vec<Outcome> {
    let first = first_seed();
    println!("{count} cases from VENUE_ORDER_SEED={first}");
    let mut outcomes = Vec::new();
    for seed in first..first + count {
        let steps = story(seed);
        let _watchdog = Watchdog::watch(seed, &steps);
        match case(&steps) {
            Ok(outcome) => outcomes.push(outcome),
            Err(violations) => {
                let steps = shorten(steps, |steps| case(steps).is_err());
                let violations = case(&steps).err().unwrap_or(violations);
                let steps: Vec<String> = steps.iter().map(|step| format!("{step:?}")).collect();
                panic!("VENUE_ORDER_SEED={seed}: {violations:#?}\nin\n{}", steps.join("\n"));
            }
        }
    }
    outcomes
}

/// Ends the process if a story does not end: time is virtual, so that a service that does the same over and
/// over again stays at one moment for ever.
struct Watchdog {
    _story: mpsc::Sender<()>,
}

impl Watchdog {
    fn watch(seed: u64, steps: &[Step]) -> Self {
        let (story, ended) = mpsc::channel::<()>();
        let steps: Vec<String> = steps.iter().map(|step| format!("{step:?}")).collect();
        thread::spawn(move || {
            if ended.recv_timeout(LONGEST_STORY) == Err(RecvTimeoutError::Timeout) {
                eprintln!("VENUE_ORDER_SEED={seed} does not end:\n{}", steps.join("\n"));
                std::process::abort();
            }
        });
        Self { _story: story }
    }
}

/// No story takes a second.
const LONGEST_STORY: Duration = Duration::from_secs(20);

/// The first case that finds `flaw` by a frame that must not leave or a TV that shows the wrong
/// wish, and nothing without it, within `count`. That something is never worked off does not count.
pub(crate) fn found(flaw: Flaw, count: u64) -> Option<(u64, Vec<String>)> {
    let first = first_seed();
    (first..first + count).find_map(|seed| {
        let steps = story(seed);
        let _watchdog = Watchdog::watch(seed, &steps);
        let violations = in_memory(&steps, Some(flaw)).err()?;
        let of_order = violations.iter().any(|violation| !violation.contains("never ended"));
        (of_order && in_memory(&steps, None).is_ok()).then_some((seed, violations))
    })
}
