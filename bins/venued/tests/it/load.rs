//! Many clients, garbage among what they send, and some who only hold on.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use device_sim::{BlasterConfig, Fleet};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::Instant,
};

use crate::support::{Daemon, sim_toml, soon};

const CLIENTS: u64 = 64;
const REQUESTS: u64 = 10_000;

async fn venue() -> (Fleet, Daemon) {
    let boards = (1..=8).map(|number| BlasterConfig::new(format!("ir-{number:06x}"), number));
    let fleet = Fleet::start(boards).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml(fleet.iter())).await;
    for number in 1..=8 {
        daemon.wait_for_session(&format!("ir-{number:06x}"), 1).await;
    }
    (fleet, daemon)
}

/// Bytes of a request, or of what is none; always the same for a number.
fn bytes(number: u64) -> Vec<u8> {
    let host = format!("ir-{:06x}", number % 9 + 1);
    let with_body = |method: &str, path: &str, body: &str| {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    let port = number % 7;
    match number % 16 {
        0..=4 => {
            let body = json!({"command": "volume_up", "port": port}).to_string();
            with_body("POST", &format!("/{host}/command"), &body)
        }
        5 => with_body("GET", "/queue/health", ""),
        6 => with_body("GET", "/api/v1/devices", ""),
        7 => {
            let body = json!({"selectors": [host], "command": "mute"}).to_string();
            with_body("POST", "/api/v1/batches", &body)
        }
        8 => with_body("POST", &format!("/{host}/diagnostic"), ""),
        9 => with_body("POST", &format!("/{host}/command"), "{\"command\":"),
        10 => with_body("POST", "/api/v1/batches", "[1,2,3]"),
        11 => with_body("PATCH", "/api/v1/config/devices/x", "{\"ports\":null}"),
        12 => with_body("GET", "/../../etc/passwd%00?limit=\u{1f4a3}", ""),
        13 => fastrand::Rng::with_seed(number).bytes(200),
        14 => b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n".to_vec(),
        _ => with_body("DELETE", "/api/v1/schedules/none", "{}"),
    }
}

trait Bytes {
    fn bytes(&mut self, count: usize) -> Vec<u8>;
}

impl Bytes for fastrand::Rng {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.u8(..)).take(count).collect()
    }
}

/// The status of the answer; `None` where there is none.
async fn status(address: SocketAddr, bytes: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    // What the service has seen enough of it does not read to its end.
    let _sent = stream.write_all(bytes).await;
    if !bytes.ends_with(b"}") && !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        // What is no request is not waited for.
        let _ended = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let _read = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer);
    text.split(' ').nth(1)?.parse().ok()
}

/// Resident memory of a process in KiB.
fn resident(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_with_garbage_among_them_are_all_answered_as_they_deserve() {
    let (_fleet, daemon) = venue().await;
    let (address, pid) = (daemon.address, daemon.process.id().unwrap());
    let mut round = Vec::new();
    for part in 0..2 {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn(async move {
                let mut seen = Vec::new();
                let each = REQUESTS / 2 / CLIENTS + 1;
                for number in 0..each {
                    let number = (part * each + number) * CLIENTS + client;
                    seen.push((number, status(address, &bytes(number)).await));
                }
                seen
            });
        }
        let mut answered = 0;
        while let Some(seen) = soon("all clients", clients.join_next()).await {
            for (number, status) in seen.unwrap() {
                answered += u64::from(status.is_some());
                // 503 with Retry-After is intended: a lane is full, or a device is not there.
                let intended = status.is_none_or(|status| status < 500 || status == 503);
                assert!(intended, "{number}: {status:?}");
            }
        }
        assert!(answered > REQUESTS / 2 * 9 / 10, "{answered}");
        round.push(resident(pid));
    }
    println!("resident after each half: {round:?} KiB");
    assert!(round[1] < round[0] + 32 * 1024, "memory is flat: {round:?} KiB");
    assert_eq!(daemon.log.count("failed inside the service"), 0);
    assert_eq!(daemon.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_only_hold_on_do_not_stop_a_class_a_command() {
    let (_fleet, daemon) = venue().await;
    let address = daemon.address;
    let mut held = Vec::new();
    for number in 0..2_200 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if number % 11 == 0 {
            // One byte of a head, and nothing more.
            stream.write_all(b"G").await.unwrap();
        }
        held.push(stream);
    }
    let begun = Instant::now();
    let found = daemon.post("/ir-000001/diagnostic", &json!({})).await;
    println!("a class A command among 2200 idle connections: {:?}", begun.elapsed());
    assert_eq!((found.status, &found.json["delivered"]), (200, &json!(true)), "{found:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    drop(Arc::new(held));
}
