//! The other processes: boards, clients, simulated venues.
#![expect(clippy::print_stdout, reason = "the one that started this process reads it")]

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use device_sim::{BlasterConfig, Fleet};
use esphome_codec::{Keepalive, Psk};
use esphome_pool::{Pool, PoolConfig};
use tokio::{
    sync::{Semaphore, oneshot},
    task::JoinSet,
    time::sleep,
};
use venue_benches::{
    bare::Bare,
    board::{Board, address_of},
    pool,
    process::{anonymous, ensure_files, on_core_ns, resident},
    wire::PSK,
};

/// Plays the role that `args` name; `false` if they name none.
pub(crate) fn play(args: &[String]) -> bool {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["boards", listing, count] => boards(*listing == "short", count.parse().unwrap()),
        ["fleet", count] => fleet(count.parse().unwrap()),
        ["client", kind, address, count, seconds] => {
            let (address, count) = (address.parse().unwrap(), count.parse().unwrap());
            let idle = Duration::from_secs(seconds.parse().unwrap());
            ensure_files(count + SPARE);
            let client = Client { address, count, idle };
            match *kind {
                "pool" => block_on(client.pool()),
                _ => block_on(client.bare()),
            }
        }
        _ => return false,
    }
    true
}

/// Files that a process has open anyway.
const SPARE: usize = 32;

fn block_on(work: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(work);
}

/// Cheap boards, as many as are connected to. Prints where they listen.
fn boards(is_short: bool, count: usize) {
    ensure_files(count + SPARE);
    block_on(async {
        println!("{}", Board::new(true, is_short).listen().await);
        end().await;
    });
}

/// Simulated boards. Prints name and address of each, and an empty line.
fn fleet(count: u16) {
    // Each has a listener and a session.
    ensure_files(2 * usize::from(count) + SPARE);
    block_on(async {
        let boards = (1..=count).map(|number| BlasterConfig {
            psk: Some(Psk::from_bytes(PSK).unwrap()),
            ..BlasterConfig::new(format!("ir-{number:06x}"), number)
        });
        let fleet = Fleet::start(boards).await.unwrap();
        fleet.iter().for_each(|board| println!("{} {}", board.name(), board.address()));
        println!();
        end().await;
    });
}

/// Waits until the one that started this process is done with it.
async fn end() {
    let (tell, told) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        std::io::stdin().lines().for_each(drop);
        drop(tell);
    });
    told.await.unwrap_err();
}

/// A client with `count` sessions. Prints its memory before them and with them, all that is
/// resident, and the time on a core while they were idle.
struct Client {
    address: SocketAddr,
    count: usize,
    idle: Duration,
}

impl Client {
    async fn pool(self) {
        let devices = Pool::new(PoolConfig::default());
        // The first session brings code and tables into memory that the others share.
        let first = pool::add(&devices, address_of(self.count, self.address), true);
        pool::online(&first).await;
        let before = anonymous("self");
        for index in 0..self.count {
            drop(pool::add(&devices, address_of(index, self.address), true));
        }
        for handle in devices.devices() {
            pool::online(&handle).await;
        }
        self.tell(before).await;
        let stats = devices.stats();
        let all = self.count as u64 + 1;
        assert_eq!((stats.sessions, stats.sessions_open), (all, all), "none was lost");
    }

    async fn bare(self) {
        let places = Arc::new(Semaphore::new(PoolConfig::default().parallel_connects));
        let interval = Keepalive::default().interval;
        let mut opened = JoinSet::new();
        let open = |index| {
            let (address, places) = (address_of(index, self.address), Arc::clone(&places));
            async move {
                let place = places.acquire_owned().await.unwrap();
                let bare = Bare::connect(address, true).await;
                drop(place);
                drop(tokio::spawn(bare.keep_alive(interval)));
            }
        };
        opened.spawn(open(self.count));
        opened.join_next().await.unwrap().unwrap();
        let before = anonymous("self");
        for index in 0..self.count {
            opened.spawn(open(index));
        }
        while let Some(done) = opened.join_next().await {
            done.unwrap();
        }
        self.tell(before).await;
    }

    async fn tell(&self, before: u64) {
        let after = anonymous("self");
        let begun = on_core_ns("self");
        sleep(self.idle).await;
        let spent = on_core_ns("self") - begun;
        println!("{before} {after} {} {spent}", resident("self"));
    }
}
