//! Every action, as the firmware's own log tells it.

use serde_json::json;

use super::board::{Board, BoardConfig};
use crate::support::{Daemon, venuectl};

#[tokio::test(flavor = "multi_thread")]
async fn every_action_arrives_with_the_right_port_and_parameter() {
    let config = BoardConfig::new("blaster", "ir-000001");
    let Some(board) = Board::start(&config).await else { return };
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let target = "ir-000001/2";
    let cases: [(&[&str], &str); 11] = [
        (&["tv", "power", target], "tv_power port=2"),
        (&["tv", "off", target], "tv_power_off port=2"),
        (&["tv", "mute", target], "tv_mute port=2"),
        (&["tv", "vol-up", target], "tv_volume_up port=2"),
        (&["tv", "vol-down", target], "tv_volume_down port=2"),
        (&["tv", "ch-up", target], "tv_channel_up port=2"),
        (&["tv", "ch-down", target], "tv_channel_down port=2"),
        (&["tv", "key", "7", target], "tv_number port=2 digit=7"),
        (&["tv", "channel", "060", "ir-000001/4"], "tv_channel port=4 channel=060"),
        (&["device", "identify", "ir-000001"], "diagnostic_signal port=0 code=1"),
        (&["tv", "on", "ir-000001/5"], "tv_power_on port=5"),
    ];
    for (number, (args, logged)) in (1..).zip(cases) {
        let said = venuectl(daemon.address, args).await;
        assert_eq!(said.code, Some(0), "{args:?}: {said:?}");
        board.log.wait_for(&format!("command #{number} {logged}")).await;
    }
    assert_eq!(board.commands(), cases.len(), "nothing was run twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_the_firmware_is_the_evidence() {
    let config = BoardConfig::new("blaster", "ir-000001");
    let Some(board) = Board::start(&config).await else { return };
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let answer = daemon.tune("ir-000001", 2, "501").await;
    assert_eq!((answer.status, &answer.json["evidence"]), (200, &json!("reply")), "{answer:?}");
    board.log.wait_for("command #1 tv_channel port=2 channel=501").await;
    let health = daemon.get("/ir-000001/health").await.json;
    assert_eq!((&health["healthy"], &health["found"]), (&json!(true), &json!("answered")));
    let capabilities = daemon.get("/ir-000001/capabilities").await.json;
    assert_eq!(capabilities["firmware"]["project_name"], "smartvenue.ir_blaster");
    assert_eq!(capabilities["actions"].as_array().unwrap().len(), 12, "{capabilities}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_never_reach_the_firmware() {
    let config = BoardConfig::new("blaster", "ir-000001");
    let Some(board) = Board::start(&config).await else { return };
    let daemon = Daemon::start(&config.toml()).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let cases = [
        (json!({"command": "power", "port": 6}), "port"),
        (json!({"command": "power", "port": 0}), "port"),
        (json!({"command": "channel", "port": 1, "channel": "5a"}), "channel"),
        (json!({"command": "channel", "port": 1}), "channel"),
        (json!({"command": "number", "port": 1, "digit": 10}), "digit"),
        (json!({"command": "explode", "port": 1}), "command"),
        (json!({"command": "power", "port": "1"}), "port"),
    ];
    for (body, field) in cases {
        let answer = daemon.command("ir-000001", &body).await;
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
        assert_eq!(answer.json["errors"][0]["field"], field, "{body}: {answer:?}");
    }
    // The firmware has no such action, and would be silent about it.
    let unknown = daemon.press("ir-000001", 1, "guide").await;
    assert_eq!(unknown.status, 422, "{unknown:?}");
    assert_eq!(board.commands(), 0);
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    board.log.wait_for("command #1 tv_mute port=1").await;
}
