//! The actions of `boards/blaster.yaml`, which holds the codes itself: what leaves its outputs, as the
//! firmware's own decoders read it.

use serde_json::json;

use super::board::{Board, BoardConfig};
use crate::support::{Daemon, venuectl};

async fn board_with_daemon() -> Option<(Board, Daemon)> {
    let config = BoardConfig { psk: Some([7; 32]), ..BoardConfig::new("actions", "ir-000001") };
    let board = Board::start(&config).await?;
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    Some((board, daemon))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_with_codes_of_its_own_sends_what_each_make_understands() {
    let Some((board, daemon)) = board_with_daemon().await else { return };
    let cases = [
        (1, "power", "Samsung: data=0xE0E040BF, nbits=32"),
        (1, "power_on", "Samsung: data=0xE0E09966, nbits=32"),
        (1, "power_off", "Samsung: data=0xE0E019E6, nbits=32"),
        (2, "power", "NEC: address=0xFB04, command=0xF708"),
        (2, "volume_up", "NEC: address=0xFB04, command=0xFD02"),
        (3, "power", "Sony: data=0x00000A90, nbits=12"),
        (3, "power_off", "Sony: data=0x00000F50, nbits=12"),
        (4, "power", "Panasonic: address=0x4004, command=0x0100BCBD"),
        (4, "mute", "Panasonic: address=0x4004, command=0x01004C4D"),
    ];
    for (port, command, read) in cases {
        let answer = daemon.press("ir-000001", port, command).await;
        let evidence = (answer.status, &answer.json["evidence"]);
        assert_eq!(evidence, (200, &json!("reply")), "{command} of {port}: {answer:?}");
        board.log.wait_for(read).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_with_codes_of_its_own_types_a_channel_with_its_zeros() {
    let Some((board, daemon)) = board_with_daemon().await else { return };
    let answer = daemon.tune("ir-000001", 1, "055").await;
    assert_eq!((answer.status, &answer.json["evidence"]), (200, &json!("reply")), "{answer:?}");
    board.log.wait_for_nth("port 1: digit_5 of samsung", 2).await;
    let log = board.log.all();
    let typed: Vec<&str> = log
        .iter()
        .filter_map(|line| line.split_once("port 1: digit_"))
        .map(|(_, rest)| &rest[..1])
        .collect();
    assert_eq!(typed, ["0", "5", "5"]);
    assert_eq!(board.log.count("Samsung: data=0xE0E08877"), 1, "0, as the TV reads it");
    let answer =
        daemon.command("ir-000001", &json!({"command": "number", "port": 2, "digit": 7})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    board.log.wait_for("NEC: address=0xFB04, command=0xE817").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_with_codes_of_its_own_says_what_it_cannot_send() {
    let Some((board, daemon)) = board_with_daemon().await else { return };
    let answer = daemon.press("ir-000001", 5, "power").await;
    assert_ne!(answer.status, 200, "{answer:?}");
    assert!(answer.json.to_string().contains("no codes for this port"), "{answer:?}");
    assert_eq!(board.log.count("venue_ir: port="), 0, "nothing was sent");
    // It finds itself, and tells what it has.
    let said = venuectl(daemon.address, &["device", "identify", "ir-000001"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    board.log.wait_for("lit").await;
    board.log.wait_for("dark").await;
    let actions = daemon.get("/ir-000001/capabilities").await.json["actions"].clone();
    assert_eq!(actions.as_array().map(Vec::len), Some(12), "{actions}");
}
