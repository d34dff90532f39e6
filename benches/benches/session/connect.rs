//! Connect to ready.

use std::time::Instant;

use esphome_pool::{Pool, PoolConfig};
use venue_benches::{
    bare::Bare,
    board::Board,
    harness::{Goal, Pair, Run, Unit, median},
    pool,
};

use crate::mode;

/// From the connect to the end of the listing; ours also has all of it decoded and checked.
pub(crate) async fn measure(run: Run, is_noise: bool) {
    let board = Board::new(is_noise, false);
    let address = board.listen().await;
    let devices = Pool::new(PoolConfig::default());
    let (mut told, mut seen) = (Pair::default(), Pair::default());
    let times = run.pick(40, 3);
    for _ in 0..run.rounds() {
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let begun = Instant::now();
            let handle = pool::add(&devices, address, is_noise);
            let session = pool::online(&handle).await;
            outside.push(begun.elapsed().as_secs_f64() * 1e6);
            inside.push(session.connect_took.as_secs_f64() * 1e6);
            assert!(devices.remove(handle.name()).await);
        }
        told.ours.push(median(&inside));
        seen.ours.push(median(&outside));
        let mut alone = Vec::new();
        for _ in 0..times {
            let begun = Instant::now();
            let bare = Bare::connect(address, is_noise).await;
            alone.push(begun.elapsed().as_secs_f64() * 1e6);
            // Closing is no part of it.
            drop(bare);
        }
        let bare = median(&alone);
        told.baseline.push(bare);
        seen.baseline.push(bare);
    }
    let name = |what: &str| format!("connect to ready, {what}{}", mode(is_noise));
    told.print(&name(""), Unit::Microseconds, Goal::Ratio(1.1));
    seen.print(&name("add to online, "), Unit::Microseconds, Goal::None);
}
