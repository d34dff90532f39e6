//! What exceeds a limit gets its status or its close, and the others are served.

use std::time::Duration;

use venue_auth::LimitConfig;
use venue_http::Config;
use venue_queue::MemoryStore;

use crate::{
    client::{Client, exchange, get, post_bytes},
    fake::{Server, unlimited},
    stored::Stored,
};

const SOON: Duration = Duration::from_millis(60);
const POWER: &str = r#"{"command":"power_on","port":2}"#;

#[tokio::test]
async fn a_slow_head_is_closed_and_others_are_served_meanwhile() {
    let config = Config { header_read_timeout: SOON, ..Config::default() };
    let server = Server::with(config).await;
    let mut slow = Client::connect(server.address).await;
    slow.send("GET /livez HTTP/1.1\r\nhost: loc").await;
    assert_eq!(get(server.address, "/livez").await.status, 200);
    assert!(slow.is_closed().await);
    let mut idle = Client::connect(server.address).await;
    idle.send("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(idle.read().await.status, 200);
    assert!(idle.is_closed().await, "an idle connection is closed as well");
}

#[tokio::test]
async fn a_slow_body_is_408_and_nothing_is_sent() {
    let config = Config { body_read_timeout: SOON, ..Config::default() };
    let server = Server::with(config).await;
    let mut slow = Client::connect(server.address).await;
    let whole = post_bytes("/ir-1/command", POWER);
    slow.send(&whole[..whole.len() - 1]).await;
    let answer = slow.read().await;
    assert_eq!(answer.problem(), (408, "body_timeout".to_owned()));
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(slow.is_closed().await);
    assert!(server.script.names().is_empty());
}

#[tokio::test]
async fn a_large_body_is_413_by_its_announced_length_alone() {
    let server = Server::start().await;
    let mut client = Client::connect(server.address).await;
    let head = "POST /ir-1/command HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\
                content-type: application/json\r\ncontent-length: 65537\r\n\r\n";
    client.send(head).await;
    let answer = client.read().await;
    assert_eq!(answer.problem(), (413, "body_too_large".to_owned()), "and no 100 Continue");
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn the_answer_to_a_large_body_arrives_although_the_body_is_not_read() {
    let server = Server::start().await;
    let body = " ".repeat(200_000);
    for _ in 0..20 {
        let answer = exchange(server.address, post_bytes("/ir-1/command", &body)).await;
        assert_eq!(answer.problem(), (413, "body_too_large".to_owned()));
    }
    let largest = format!("{POWER}{}", " ".repeat(64 * 1024 - POWER.len()));
    let answer = exchange(server.address, post_bytes("/ir-1/command", &largest)).await;
    assert_eq!(answer.status, 200, "the limit itself is allowed");
}

#[tokio::test]
async fn a_large_head_is_431() {
    let server = Server::start().await;
    let large = format!("x-large: {}\r\n", "x".repeat(40 * 1024));
    let long_path = "x".repeat(20 * 1024);
    let many: String = (0..100).map(|n| format!("x-{n}: 1\r\n")).collect();
    for (path, headers) in
        [("livez", &large), (long_path.as_str(), &String::new()), ("livez", &many)]
    {
        let asked = format!("GET /{path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
        let answer = exchange(server.address, asked).await;
        assert_eq!(answer.status, 431);
    }
    let fits = format!("x-large: {}\r\n", "x".repeat(15 * 1024));
    let asked = format!("GET /livez HTTP/1.1\r\nhost: localhost\r\n{fits}\r\n");
    assert_eq!(exchange(server.address, asked).await.status, 200);
}

#[tokio::test]
async fn what_is_no_http_is_400_and_closed() {
    let server = Server::start().await;
    let tls_hello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];
    let garbage: [&[u8]; 4] = [
        &tls_hello,
        b"\x00\x01\x02\x03\x04\x05\r\n\r\n",
        b"HELO venue\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
    ];
    for bytes in garbage {
        let mut client = Client::connect(server.address).await;
        client.send(bytes).await;
        assert_eq!(client.read().await.status, 400, "{bytes:?}");
        assert!(client.is_closed().await, "{bytes:?}");
    }
    assert_eq!(get(server.address, "/livez").await.status, 200);
}

#[tokio::test]
async fn a_request_with_two_lengths_is_400_and_its_rest_is_not_another_request() {
    let server = Server::start().await;
    let smuggled = post_bytes("/ir-1/command", POWER);
    let heads = [
        "content-length: 4\r\ncontent-length: 5\r\n",
        "transfer-encoding: identity\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "content-length: -1\r\n",
        "content-length: +4\r\n",
    ];
    for lengths in heads {
        let mut client = Client::connect(server.address).await;
        let head = "POST /ir-1/diagnostic HTTP/1.1\r\nhost: localhost\r\n\
                    content-type: application/json\r\n";
        client.send(format!("{head}{lengths}\r\n0\r\n\r\n{smuggled}")).await;
        assert_eq!(client.read().await.status, 400, "{lengths}");
        assert!(client.is_closed().await, "{lengths}");
    }
    assert!(server.script.names().is_empty(), "{:?}", server.script.names());
}

#[tokio::test]
async fn a_chunked_body_is_read_and_nothing_behind_it_is_another_request() {
    let server = Server::start().await;
    let smuggled = post_bytes("/ir-1/command", POWER);
    // hyper takes no word of a length beside it: what a proxy might have taken for the end is no matter.
    for lengths in [
        "transfer-encoding: chunked\r\n",
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
    ] {
        let mut client = Client::connect(server.address).await;
        let head = "POST /ir-1/diagnostic HTTP/1.1\r\nhost: localhost\r\n\
                    content-type: application/json\r\n";
        client.send(format!("{head}{lengths}\r\n1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n{smuggled}")).await;
        let answer = client.read().await;
        assert_eq!(answer.status, 200, "{lengths}: {answer:?}");
        assert!(client.is_closed().await, "{lengths}");
    }
    assert_eq!(server.script.names().len(), 3, "{:?}", server.script.names());
}

#[tokio::test]
async fn whoever_only_asks_what_may_be_done_is_told() {
    let server = Server::start().await;
    for (line, allow) in [
        ("OPTIONS / HTTP/1.0", "GET, HEAD, OPTIONS"),
        ("OPTIONS /livez HTTP/1.1", "GET, HEAD, OPTIONS"),
        ("OPTIONS * HTTP/1.1", "OPTIONS"),
    ] {
        let mut client = Client::connect(server.address).await;
        client.send(format!("{line}\r\nhost: localhost\r\n\r\n")).await;
        let answer = client.read().await;
        assert_eq!((answer.status, answer.header("allow")), (204, Some(allow)), "{line}");
    }
}

#[tokio::test]
async fn a_connection_above_the_cap_is_told_so_and_a_freed_place_is_used() {
    let server = Server::with(Config { max_connections: 1, ..Config::default() }).await;
    let mut first = Client::connect(server.address).await;
    first.send("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(first.read().await.status, 200);
    let mut second = Client::connect(server.address).await;
    let turned_away = second.read().await;
    assert_eq!(turned_away.status, 503);
    assert_eq!(turned_away.header("retry-after"), Some("1"));
    assert!(second.is_closed().await);
    first.send("GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    assert_eq!(first.read().await.status, 200);
    assert!(first.is_closed().await);
    drop(first);
    // The server frees the place just after the close that the client saw.
    let freed = async {
        while Client::connect(server.address).await.status_of_livez().await != Some(200) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), freed).await.expect("the place is free again");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_504_and_its_command_goes_on() {
    let server = Server::with(Config { request_timeout: SOON, ..Config::default() }).await;
    let answer = exchange(server.address, post_bytes("/ir-1/command", POWER)).await;
    assert_eq!(answer.problem(), (504, "outcome_unknown".to_owned()));
    server.script.permits.add_permits(1);
    server.script.left.notified().await;
    server.stopped().await;
}

#[tokio::test]
async fn a_copy_of_the_store_may_take_longer_than_any_other_request() {
    let config = Config { request_timeout: SOON, ..Config::default() };
    let stored = Stored::with(MemoryStore::new(), unlimited(), config).await;
    stored.server.script.permits.forget_permits(1_000);
    let mut copy = Client::connect(stored.server.address).await;
    copy.send(post_bytes("/api/v1/backups", "{}")).await;
    // Begun later, and given up.
    let command = stored.post("/ir-1/command", POWER).await;
    assert_eq!(command.problem(), (504, "outcome_unknown".to_owned()));
    stored.copies.add_permits(1);
    let made = copy.read().await;
    assert_eq!(made.status, 201, "{:?}", String::from_utf8_lossy(&made.body));
    stored.server.script.permits.add_permits(1_000);
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_connection_lives() {
    let server = Server::start().await;
    *server.script.panics.lock().unwrap() = true;
    let mut client = Client::connect(server.address).await;
    client.send(post_bytes("/ir-1/command", POWER)).await;
    assert_eq!(client.read().await.problem(), (500, "internal".to_owned()));
    *server.script.panics.lock().unwrap() = false;
    client.send(post_bytes("/ir-1/command", POWER)).await;
    assert_eq!(client.read().await.status, 200);
}

#[tokio::test]
async fn louder_pressed_again_and_again_for_the_same_tvs_is_one_operation() {
    let stored = Stored::limited(MemoryStore::new(), LimitConfig::default()).await;
    let bulk = |command: &str| {
        format!(r#"{{"targets":[{{"hostname":"ir-1","port":2}}],"command":"{command}"}}"#)
    };
    for _ in 0..11 {
        stored.batch(&bulk("volume_up")).await;
    }
    // Nine others are left, and no more.
    for _ in 0..9 {
        stored.batch(&bulk("power_on")).await;
    }
    let refused = stored.post("/api/v1/batches", &bulk("power_on")).await;
    assert_eq!(refused.problem(), (429, "rate_limited".to_owned()));
    stored.batch(&bulk("volume_down")).await;
}
