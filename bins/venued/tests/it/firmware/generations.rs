//! Noise, older firmware, and several boards at once.

use serde_json::json;

use super::board::{Board, BoardConfig};
use crate::support::{Daemon, until, venuectl};

#[tokio::test(flavor = "multi_thread")]
async fn noise_works_with_the_right_key_and_a_wrong_one_is_named() {
    let config = BoardConfig { psk: Some([7; 32]), ..BoardConfig::new("blaster", "ir-000001") };
    let Some(board) = Board::start(&config).await else { return };
    let wrong = BoardConfig { psk: Some([8; 32]), ..config.clone() };
    let mut daemon = Daemon::start(&wrong.toml()).await;
    daemon.log.wait_for("device is misconfigured").await;
    // It is tried again now and then, and is connecting meanwhile.
    let is_named = async || {
        let status = daemon.get("/ir-000001/status").await.json;
        (status["presence"] == "misconfigured").then(|| status["cause"].clone())
    };
    assert_eq!(until("the cause is named", is_named).await, "wrong_key");
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0));

    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let answer = daemon.tune("ir-000001", 3, "12").await;
    assert_eq!((answer.status, &answer.json["evidence"]), (200, &json!("reply")), "{answer:?}");
    board.log.wait_for("command #1 tv_channel port=3 channel=12").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firmware_without_replies_gets_box_and_port_in_front_of_the_channel() {
    let config = BoardConfig::new("classic", "ir-000001");
    let Some(board) = Board::start(&config).await else { return };
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let answer = daemon.tune("ir-000001", 2, "501").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json["evidence"], "ping_barrier");
    board.log.wait_for("command #1 tv_channel channel=2-501").await;
    assert_eq!(daemon.press("ir-000001", 3, "mute").await.status, 200);
    board.log.wait_for("command #2 tv_mute box=3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firmware_that_wants_a_login_gets_one_and_what_it_lacks_is_refused() {
    let config = BoardConfig::new("legacy", "ir-000001");
    let Some(board) = Board::start(&config).await else { return };
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let refused = daemon.press("ir-000001", 1, "power_on").await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let answer = daemon.press("ir-000001", 1, "power").await;
    assert_eq!((answer.status, &answer.json["evidence"]), (200, &json!("ping_barrier")));
    board.log.wait_for("command #1 tv_power port=1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_boards_get_what_is_theirs() {
    let one = BoardConfig::new("blaster", "ir-000001");
    let two = BoardConfig { psk: Some([3; 32]), ..BoardConfig::new("classic", "ir-000002") };
    let (Some(first), Some(second)) = (Board::start(&one).await, Board::start(&two).await) else {
        return;
    };
    let daemon = Daemon::start(&format!("{}{}", one.toml(), two.toml())).await;
    daemon.wait_for_session("ir-000001", 1).await;
    daemon.wait_for_session("ir-000002", 1).await;
    let (a, b) = tokio::join!(
        venuectl(daemon.address, &["tv", "channel", "11", "ir-000001/1"]),
        venuectl(daemon.address, &["tv", "channel", "22", "ir-000002/2"]),
    );
    assert_eq!((a.code, b.code), (Some(0), Some(0)), "{a:?} {b:?}");
    first.log.wait_for("command #1 tv_channel port=1 channel=11").await;
    second.log.wait_for("command #1 tv_channel channel=2-22").await;
    assert_eq!((first.commands(), second.commands()), (1, 1));
}
