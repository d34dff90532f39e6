//! A venue that has nothing to do, beside a pool that has nothing to do: processes of their own.
#![expect(clippy::print_stdout, reason = "the one that started this process reads it")]

use std::{net::SocketAddr, time::Duration};

use esphome_pool::{Pool, PoolConfig};
use tokio::time::sleep;
use venue_benches::{
    board::{Board, address_of},
    harness::{Goal, Pair, Run, Unit, note},
    pool,
    process::{Role, ensure_files, on_core_ns},
};

use crate::venue::{Venue, runtime};

/// Plays the role that `args` name; `false` if they name none.
pub(crate) fn play(args: &[String]) -> bool {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["boards", count] => boards(count.parse().unwrap()),
        ["idle", kind, address, count, seconds] => {
            let (address, count) = (address.parse().unwrap(), count.parse().unwrap());
            let idle = Duration::from_secs(seconds.parse().unwrap());
            ensure_files(count + SPARE);
            match *kind {
                "venue" => runtime().block_on(venue(address, count, idle)),
                _ => runtime().block_on(alone(address, count, idle)),
            }
        }
        _ => return false,
    }
    true
}

/// Files that a process has open anyway.
const SPARE: usize = 64;

/// Cheap boards. Prints where they listen.
fn boards(count: usize) {
    ensure_files(count + SPARE);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(async {
        println!("{}", Board::new(false, false).listen().await);
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            std::io::stdin().lines().for_each(drop);
            drop(tell);
        });
        told.await.unwrap_err();
    });
}

/// The daemon with its store. Prints SQL statements and nanoseconds on a core.
async fn venue(address: SocketAddr, count: usize, idle: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let devices: Vec<_> = (0..count).map(|index| address_of(index, address)).collect();
    let venue = Venue::start(&folder.path().join("venue.db"), &devices, &[]).await;
    sleep(SETTLED).await;
    let (statements, begun) = (venue.store.statements(), on_core_ns("self"));
    sleep(idle).await;
    let (statements, spent) = (venue.store.statements() - statements, on_core_ns("self") - begun);
    println!("{statements} {spent}");
    venue.stop().await;
}

/// The pool alone, on as many threads.
async fn alone(address: SocketAddr, count: usize, idle: Duration) {
    let devices = Pool::new(PoolConfig::default());
    for index in 0..count {
        drop(pool::add(&devices, address_of(index, address), false));
    }
    for handle in devices.devices() {
        pool::online(&handle).await;
    }
    sleep(SETTLED).await;
    let begun = on_core_ns("self");
    sleep(idle).await;
    println!("0 {}", on_core_ns("self") - begun);
}

/// What follows a start is over by then.
const SETTLED: Duration = Duration::from_secs(1);

/// Both at the same time, so that both have the same neighbours.
///
/// # Panics
/// If a single statement has run.
pub(crate) fn measure(run: Run) {
    let (count, seconds) = (run.pick(1_000, 20), run.pick(60, 2));
    let (count_text, idle) = (count.to_string(), seconds.to_string());
    let mut boards = Role::start(&["boards", &(2 * count).to_string()]);
    let address = boards.line();
    let start = |kind| Role::start(&["idle", kind, &address, &count_text, &idle]);
    let (mut venue, mut alone) = (start("venue"), start("pool"));
    let (statements, ours) = figures(&venue.line(), seconds);
    let (_, baseline) = figures(&alone.line(), seconds);
    let core = Pair { ours: vec![ours], baseline: vec![baseline] };
    core.print(&format!("idle, {count} sessions, time on a core"), Unit::Core, Goal::Above(0.1));
    note(format!("{statements} SQL statements in {seconds} s; baseline: the pool alone"));
    assert_eq!(statements, 0, "a venue with nothing to do asks its database nothing");
}

/// Statements, and per cent of a core.
fn figures(line: &str, seconds: u32) -> (u64, f64) {
    let (statements, spent) = line.split_once(' ').expect("two figures");
    let spent: f64 = spent.parse().unwrap();
    (statements.parse().unwrap(), spent / (f64::from(seconds) * 1e9) * 100.0)
}
