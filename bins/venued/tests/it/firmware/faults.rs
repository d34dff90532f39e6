//! Real firmware that hangs, loses its power, or reboots.

use std::time::Duration;

use serde_json::json;

use super::board::{Board, BoardConfig};
use crate::support::{Daemon, post, soon};

#[tokio::test(flavor = "multi_thread")]
async fn a_toggle_for_a_hung_board_is_unknown_and_is_run_once_when_it_wakes_up() {
    let config = BoardConfig::new("blaster", "ir-000001");
    let Some(board) = Board::start(&config).await else { return };
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    board.signal("STOP");
    let answer = daemon.press("ir-000001", 2, "power").await;
    assert_eq!(answer.status, 504, "{answer:?}");
    assert_eq!(answer.json["code"], "outcome_unknown");
    assert_eq!(answer.json["delivered"], false, "not known to be");
    assert!(answer.json["execution_time_ms"].as_u64().unwrap() <= 3_000, "{answer:?}");
    assert_eq!(daemon.press("ir-000001", 2, "power").await.status, 503, "it is still unconfirmed");

    board.signal("CONT");
    board.log.wait_for("tv_power port=2").await;
    // Once the board has answered, the next command goes.
    let next = soon("the lane is free again", async {
        loop {
            let next = daemon.press("ir-000001", 3, "mute").await;
            if next.status == 200 {
                return next;
            }
        }
    });
    assert_eq!(next.await.json["delivered"], true);
    board.log.wait_for("tv_mute port=3").await;
    assert_eq!(board.log.count("tv_power port=2"), 1, "pressed at most once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_in_mid_command_is_unknown_and_the_board_is_served_again() {
    let slow = Duration::from_secs(2);
    let config = BoardConfig { infrared: slow, ..BoardConfig::new("blaster", "ir-000001") };
    let Some(mut board) = Board::start(&config).await else { return };
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let address = daemon.address;
    let command = tokio::spawn(async move {
        post(address, "/ir-000001/command", &json!({"command": "power", "port": 1})).await
    });
    board.log.wait_for("command #1 tv_power port=1").await;
    board.signal("KILL");
    let answer = soon("the answer", command).await.unwrap();
    assert_eq!(answer.status, 504, "{answer:?}");
    assert_eq!(answer.json["command_status"], "unknown");
    board.ended().await;

    let config = BoardConfig { infrared: Duration::ZERO, ..config };
    let board = Board::start(&config).await.unwrap();
    daemon.wait_for_session("ir-000001", 2).await;
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    board.log.wait_for("command #1 tv_mute port=1").await;
    assert_eq!(board.log.count("tv_power"), 0, "the toggle is not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_says_goodbye_is_offline_at_once_and_comes_back() {
    let config = BoardConfig::new("blaster", "ir-000001");
    let Some(mut board) = Board::start(&config).await else { return };
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    board.signal("TERM");
    daemon.log.wait_for("no session with device").await;
    let refused = daemon.press("ir-000001", 1, "mute").await;
    assert_eq!((refused.status, &refused.json["code"]), (503, &json!("device_offline")));
    board.ended().await;

    let board = Board::start(&config).await.unwrap();
    daemon.wait_for_session("ir-000001", 2).await;
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    board.log.wait_for("command #1 tv_mute port=1").await;
}
