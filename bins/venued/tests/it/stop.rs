//! SIGTERM: what is in flight is finished, nothing new is taken.

use std::{sync::Arc, time::Duration};

use device_sim::{Blaster, BlasterConfig, Fault};
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{Daemon, Lines, post, signal, sim_toml, soon, venued};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_in_flight_is_finished_and_answered_before_the_daemon_ends() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let mut daemon = Daemon::start(&sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    board.set_fault(Fault::Delay(Duration::from_millis(1_500)));
    let address = daemon.address;
    let board = Arc::new(board);
    let command = {
        let path = "/ir-000001/command";
        let body = serde_json::json!({"command": "mute", "port": 1});
        tokio::spawn(async move { post(address, path, &body).await })
    };
    // The stop comes when the device has the command and has not yet replied to it.
    daemon.wait_for_flight("ir-000001").await;
    daemon.signal("TERM");
    let answer = soon("the answer", command).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(daemon.ended().await, Some(0));
    assert!(board.tv(1).muted);
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_daemon_says_goodbye_to_its_devices_and_ends() {
    for signal in ["INT", "HUP"] {
        let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
        let mut daemon = Daemon::start(&sim_toml([&board])).await;
        daemon.wait_for_session("ir-000001", 1).await;
        daemon.signal(signal);
        assert_eq!(daemon.ended().await, Some(0), "{signal}");
        let last = board.frames().into_iter().filter(|frame| frame.id == 5).count();
        assert_eq!(last, 1, "one disconnect request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_holds_up_neither_commands_nor_the_stop() {
    let mut process = venued().args(["demo", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    // Standard error stays a full pipe.
    let stdout = Lines::read(process.stdout.take().unwrap());
    let line = stdout.wait_for("http://127.0.0.1:").await;
    let address = line.split_once("http://").unwrap().1.trim().parse().unwrap();
    let body = json!({"command": "no such command", "port": 1});
    for _ in 0..600 {
        let answer = soon("an answer", post(address, "/ir-000001/command", &body)).await;
        assert_eq!(answer.status, 422, "{answer:?}");
    }
    signal(process.id().unwrap(), "TERM");
    assert_eq!(soon("the end of venued", process.wait()).await.unwrap().code(), Some(0));
}
