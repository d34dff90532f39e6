//! What the venue asks of its own accord, of the firmware itself.

use serde_json::json;
use venue_api::{CommandStatus, Evidence};

use super::board::{Board, BoardConfig};
use crate::support::{Daemon, until};

#[tokio::test(flavor = "multi_thread")]
async fn its_log_is_read_while_it_takes_commands_and_it_is_asked_how_it_is() {
    let config = BoardConfig::new("blaster", "ir-000001");
    let Some(board) = Board::start(&config).await else { return };
    let toml = format!("{}[queue]\nsystem_delay_s = 0\n", config.toml());
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let ask = async |command: &str| {
        let asked = daemon.command("ir-000001", &json!({"command": command})).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        asked.json["command_id"].as_str().unwrap().to_owned()
    };
    let log = ask("collect_logs").await;
    let is_read = async || {
        let account = daemon.account(&log).await;
        (account.record.status == CommandStatus::Processing).then_some(())
    };
    until("the log is read", is_read).await;
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    board.log.wait_for("command #1 tv_mute port=1").await;
    assert_eq!(daemon.ended_command(&log).await.record.status, CommandStatus::Completed);
    let said = daemon.get("/api/v1/devices/ir-000001/log").await.json.to_string();
    assert!(said.contains("command #1 tv_mute port=1"), "{said}");
    for question in ["health_check", "firmware_check"] {
        let ended = daemon.ended_command(&ask(question).await).await.record;
        assert_eq!(ended.status, CommandStatus::Completed, "{ended:?}");
        assert_eq!(ended.evidence, Some(Evidence::PingBarrier), "{ended:?}");
    }
    assert_eq!(board.commands(), 1, "nothing else was sent to a TV");
}
