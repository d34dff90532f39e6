//! Each fault, as the client feels it.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Fault, Key};
use esphome_codec::{ArgValue, ClientEvent, MacAddress, ProtocolError};
use tokio::net::TcpStream;

use crate::client::{Client, psk};

async fn board() -> Blaster {
    Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap()
}

fn port(number: i32) -> Vec<ArgValue> {
    vec![ArgValue::Int(number)]
}

/// What a new client is told by a board with `fault`.
async fn told(board: &Blaster, fault: Fault) -> ProtocolError {
    board.set_fault(fault);
    Client::connect(board).await.listed().await.unwrap_err()
}

#[tokio::test]
async fn who_is_not_who_it_should_be_is_found_out() {
    let board = board().await;
    let other = MacAddress::try_from([2, 0, 0, 0, 0, 9]).unwrap();
    let error = told(&board, Fault::WrongMac(other)).await;
    assert!(matches!(error, ProtocolError::WrongMac { found, .. } if found == other), "{error}");
    let error = told(&board, Fault::WrongName("ir-000002".to_owned())).await;
    assert!(matches!(error, ProtocolError::WrongName { .. }), "{error}");
    let config = BlasterConfig { psk: Some(psk(1)), ..BlasterConfig::new("ir-000003", 3) };
    let encrypted = Blaster::start(config).await.unwrap();
    assert_eq!(told(&encrypted, Fault::WrongKey).await, ProtocolError::WrongKey);
}

#[tokio::test]
async fn a_board_without_room_closes_without_a_byte() {
    let board = board().await;
    let error = told(&board, Fault::SlotsFull).await;
    let closed =
        matches!(error, ProtocolError::ClosedBeforeHello | ProtocolError::ResetBeforeHello);
    assert!(closed, "{error}");
}

#[tokio::test]
async fn the_sixth_client_finds_no_slot() {
    let board = board().await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(Client::ready(&board).await);
    }
    assert!(Client::connect(&board).await.listed().await.is_err());
    assert_eq!((board.sessions_open(), board.most_sessions_open()), (5, 5));
}

#[tokio::test]
async fn a_board_that_refuses_has_no_listener_until_it_is_well_again() {
    let board = board().await;
    board.set_fault(Fault::RefuseConnect);
    while TcpStream::connect(board.address()).await.is_ok() {}
    board.clear_fault();
    while TcpStream::connect(board.address()).await.is_err() {}
    Client::ready(&board).await;
}

#[tokio::test]
async fn garbage_and_a_cut_stream_end_the_session() {
    let board = board().await;
    assert!(matches!(
        told(&board, Fault::Garble).await.kind(),
        esphome_codec::FaultKind::Protocol | esphome_codec::FaultKind::Desync
    ));
    let error = told(&board, Fault::CloseAfter(1)).await;
    assert!(error.to_string().contains("closed"), "{error}");
}

#[tokio::test]
async fn a_silent_board_runs_what_it_is_told() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    board.set_fault(Fault::Silent);
    client.call("tv_power", port(1)).await;
    assert_eq!(board.wait_for_actions(1).await.len(), 1);
}

#[tokio::test]
async fn a_hung_board_runs_its_backlog_when_it_wakes_up() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    board.set_fault(Fault::Hung);
    client.call("tv_power", port(1)).await;
    client.call("tv_power", port(1)).await;
    assert!(board.actions().is_empty());
    board.clear_fault();
    assert_eq!(client.barrier().await.len(), 2, "two replies before the pong");
    assert_eq!(board.tv(1).keys, [Key::Power, Key::Power]);
}

#[tokio::test]
async fn a_reply_can_be_missing_and_so_can_a_pong() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    board.set_fault(Fault::DropReplies);
    client.call("tv_mute", port(1)).await;
    assert!(client.barrier().await.is_empty());
    assert!(board.tv(1).muted);

    board.set_fault(Fault::NoPong);
    client.session.ping(tokio::time::Instant::now().into_std()).unwrap();
    let id = client.call("tv_mute", port(1)).await.unwrap();
    assert!(client.reply(id).await.0, "the reply comes, the pong before it does not");
    assert!(client.session.poll_event().is_none());
}

#[tokio::test]
async fn a_board_can_close_right_after_an_action() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    board.set_fault(Fault::CloseAfterAction);
    client.call("tv_power", port(1)).await;
    assert!(client.event().await.is_err());
    assert_eq!(board.tv(1).keys, [Key::Power]);
}

#[tokio::test]
async fn a_reboot_is_announced_and_a_power_cut_is_not() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    board.reboot();
    let event = client.event().await.unwrap();
    assert!(matches!(event, ClientEvent::DisconnectRequested { .. }), "{event:?}");
    let mut client = Client::ready(&board).await;
    board.cut();
    assert_eq!(client.event().await.unwrap_err(), ProtocolError::ResetInSession);
}

#[tokio::test]
async fn a_slow_board_takes_its_time_for_everything() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    let delay = Duration::from_millis(60);
    board.set_fault(Fault::Delay(delay));
    let asked = std::time::Instant::now();
    client.barrier().await;
    assert!(asked.elapsed() >= delay);
}

#[tokio::test]
async fn a_half_open_session_never_recovers_and_a_new_one_does() {
    let board = board().await;
    let mut dead = Client::ready(&board).await;
    board.set_fault(Fault::HalfOpen);
    dead.call("tv_power", port(1)).await;
    board.clear_fault();
    let mut client = Client::ready(&board).await;
    client.call("tv_mute", port(1)).await;
    client.barrier().await;
    let ran = board.actions();
    assert_eq!(ran.len(), 1, "{ran:?}");
    assert_eq!(ran[0].action, "tv_mute");
}

#[tokio::test]
async fn a_board_that_refuses_calls_says_no_and_runs_none() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    board.set_fault(Fault::RefuseCalls);
    let id = client.call("tv_mute", port(1)).await.unwrap();
    assert_eq!(client.reply(id).await, (false, "not now".to_owned()));
    assert!(board.actions().is_empty());
}

#[tokio::test]
async fn a_reply_that_is_late_comes_behind_the_pong() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    board.set_fault(Fault::LateReplies(Duration::from_millis(200)));
    let id = client.call("tv_mute", port(1)).await.unwrap();
    assert!(client.barrier().await.is_empty(), "it ran, and its reply is held back");
    assert!(board.tv(1).muted);
    assert!(client.reply(id).await.0);
}

#[tokio::test]
async fn old_replies_are_those_of_calls_before_and_new_calls_are_lost() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    let first = client.call("tv_mute", port(1)).await.unwrap();
    assert!(client.reply(first).await.0);
    board.set_fault(Fault::OldReplies);
    client.call("tv_power", port(1)).await.unwrap();
    assert!(client.reply(first).await.0, "once more");
    assert_eq!(board.actions().len(), 1);
    board.forget_calls();
    client.call("tv_power", port(1)).await.unwrap();
    assert!(client.barrier().await.is_empty());
}

#[tokio::test]
async fn a_board_that_floods_still_runs_what_it_is_told() {
    let board = board().await;
    let mut client = Client::ready(&board).await;
    board.set_fault(Fault::Flood);
    let id = client.call("tv_mute", port(1)).await.unwrap();
    assert!(client.reply(id).await.0);
    assert!(board.tv(1).muted);
}
