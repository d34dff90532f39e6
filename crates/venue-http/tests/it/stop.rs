//! Stopping, and clients that leave.

use std::{io::Write, time::Duration};

use venue_http::Config;

use crate::{
    client::{Client, post, post_bytes},
    fake::Server,
};

const POWER: &str = r#"{"command":"power","port":2}"#;

#[tokio::test]
async fn a_stop_finishes_the_command_in_flight_and_answers_it() {
    let server = Server::with(Config::default()).await;
    let mut client = Client::connect(server.address).await;
    client.send(post_bytes("/ir-1/command", POWER)).await;
    server.script.entered.notified().await;
    server.begin_stop();
    let permits = &server.script.permits;
    permits.add_permits(1);
    let answer = client.read().await;
    assert_eq!((answer.status, answer.json()["delivered"].clone()), (200, true.into()));
    assert!(client.is_closed().await);
    let address = server.address;
    server.stopped().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens");
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_cancel_its_command_and_the_stop_waits_for_it() {
    let server = Server::with(Config::default()).await;
    let mut client = Client::connect(server.address).await;
    client.send(post_bytes("/ir-1/command", POWER)).await;
    server.script.entered.notified().await;
    drop(client);
    let script = std::sync::Arc::clone(&server.script);
    let stopped = tokio::spawn(server.stopped());
    script.permits.add_permits(1);
    script.left.notified().await;
    stopped.await.unwrap();
}

#[tokio::test]
async fn of_a_client_that_left_before_its_request_was_read_nothing_is_begun() {
    let server = Server::start().await;
    // The runtime has one thread, and this blocks it: as a daemon that was suspended meanwhile, the
    // server finds both the request and the end of its client.
    let mut client = std::net::TcpStream::connect(server.address).unwrap();
    client.write_all(post_bytes("/ir-1/command", POWER).as_bytes()).unwrap();
    drop(client);
    let later = post(server.address, "/ir-1/command", r#"{"command":"mute","port":2}"#).await;
    assert_eq!(later.status, 200);
    assert_eq!(server.script.names(), ["mute"], "a toggle of an hour ago is nobody's wish");
}

#[tokio::test]
async fn what_outlasts_the_grace_is_cut_off() {
    let config = Config { grace: Duration::from_millis(60), ..Config::default() };
    let server = Server::with(config).await;
    let mut client = Client::connect(server.address).await;
    client.send(post_bytes("/ir-1/command", POWER)).await;
    server.script.entered.notified().await;
    server.stopped().await;
    assert!(client.ends_cut_off().await);
}

#[tokio::test]
async fn while_stopping_readyz_is_503_and_no_command_is_taken() {
    let server = Server::with(Config::default()).await;
    // Heads that have begun before the stop are read to their end.
    let mut ready = Client::connect(server.address).await;
    ready.send("GET /readyz HTTP/1.1\r\n").await;
    let mut command = Client::connect(server.address).await;
    let whole = post_bytes("/ir-1/command", POWER);
    let (begun, rest) = whole.split_at(20);
    command.send(begun).await;
    let mut held = Client::connect(server.address).await;
    held.send(post_bytes("/ir-1/diagnostic", "")).await;
    server.script.entered.notified().await;
    server.begin_stop();
    ready.send("host: localhost\r\n\r\n").await;
    let answer = ready.read().await;
    assert_eq!((answer.status, answer.json()["status"].clone()), (503, "stopping".into()));
    command.send(rest).await;
    let answer = command.read().await;
    assert_eq!(answer.problem(), (503, "stopping".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("5"));
    server.script.permits.add_permits(1);
    assert_eq!(held.read().await.status, 200);
    server.stopped().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_idle_or_untouched_connections() {
    let config = Config { grace: Duration::from_secs(3600), ..Config::default() };
    let server = Server::with(config).await;
    let mut idle = Client::connect(server.address).await;
    idle.send("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(idle.read().await.status, 200);
    let mut untouched = Client::connect(server.address).await;
    let stopped = tokio::time::timeout(Duration::from_secs(5), server.stopped());
    stopped.await.expect("nothing is in flight");
    assert!(idle.is_closed().await);
    assert!(untouched.is_closed().await);
}
