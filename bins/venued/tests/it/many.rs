//! Two hundred devices, five of them dead: nobody waits for the dead ones.

use std::{net::SocketAddr, process::Stdio};

use device_sim::{BlasterConfig, Fault, Fleet};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    task::JoinSet,
};

use crate::support::{Daemon, Lines, sim_toml, soon};

const DEVICES: u16 = 200;
const DEAD: [u16; 5] = [1, 50, 100, 150, 200];

fn name(number: u16) -> String {
    format!("ir-{number:06x}")
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_devices_are_served_while_dead_ones_are_still_waited_for() {
    let boards = (1..=DEVICES).map(|number| BlasterConfig::new(name(number), number));
    let fleet = Fleet::start(boards).await.unwrap();
    let daemon = std::sync::Arc::new(Daemon::start(&sim_toml(fleet.iter())).await);
    for number in 1..=DEVICES {
        daemon.wait_for_session(&name(number), 1).await;
    }
    for number in DEAD {
        fleet.get(&name(number)).unwrap().set_fault(Fault::Hung);
    }
    let (mut dead, mut healthy) = (JoinSet::new(), JoinSet::new());
    for number in DEAD.into_iter().chain((1..=DEVICES).filter(|n| !DEAD.contains(n))) {
        let daemon = std::sync::Arc::clone(&daemon);
        let set = if DEAD.contains(&number) { &mut dead } else { &mut healthy };
        set.spawn(async move { daemon.press(&name(number), 1, "mute").await });
    }
    while let Some(answer) = soon("an answer", healthy.join_next()).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert!(dead.try_join_next().is_none(), "all healthy TVs are served before a dead one ends");
    while let Some(answer) = soon("an answer", dead.join_next()).await {
        assert_eq!(answer.unwrap().status, 504);
    }
    for number in (1..=DEVICES).filter(|number| !DEAD.contains(number)) {
        assert!(fleet.get(&name(number)).unwrap().tv(1).muted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modest_limit_of_open_files_is_raised_as_far_as_the_system_allows() {
    // What shells and systemd give is 1024, less than 1000 sessions and 512 connections need.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -S -n 64 && exec \"$0\" demo --listen 127.0.0.1:0"]);
    command.arg(env!("CARGO_BIN_EXE_venued")).kill_on_drop(true);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = Lines::read(process.stdout.take().unwrap());
    let log = Lines::read(process.stderr.take().unwrap());
    let line = stdout.wait_for("http://127.0.0.1:").await;
    let address: SocketAddr = line.split_once("http://").unwrap().1.trim().parse().unwrap();
    let mut open = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut answer = [0; 15];
        soon("an answer", stream.read_exact(&mut answer)).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK", "connection {}", open.len());
        open.push(stream);
    }
    assert_eq!(log.count("cannot accept a connection"), 0, "{:#?}", log.all());
}
