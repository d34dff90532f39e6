//! Scenario 2: the queue is not worked off: it is paused, or the daemon is killed.

use device_sim::{Blaster, BlasterConfig, Fault, Key, Power};
use serde_json::json;
use venue_api::{CommandStatus, UtcTime};
use venue_domain::WallTime;

use super::boards;
use crate::support::{Daemon, bulk, sim_toml, soon, until};

async fn due(daemon: &Daemon) -> u64 {
    daemon.get("/api/v1/queue").await.json["due"].as_u64().unwrap()
}

/// Half a second from now.
fn shortly() -> UtcTime {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    UtcTime(WallTime::from_unix_ms(i64::try_from(now).unwrap() + 500))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_queue_takes_everything_sends_nothing_and_is_worked_off_by_priority() {
    let config = BlasterConfig { power: Power::Off, ..BlasterConfig::new("ir-000001", 1) };
    let board = Blaster::start(BlasterConfig { fault: Fault::RefuseConnect, ..config });
    let board = board.await.unwrap();
    let other = Blaster::start(BlasterConfig::new("ir-000002", 2)).await.unwrap();
    let config = format!("[pool]\nreconnect_cap_ms = 200\n{}", sim_toml([&board, &other]));
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &config).await;
    daemon.wait_for_session("ir-000002", 1).await;
    daemon.log.wait_for("no session with device").await;
    let paused = daemon.post("/api/v1/queue/pause", &json!({})).await;
    assert_eq!((paused.status, &paused.json["paused"]), (200, &json!(true)), "{paused:?}");

    // The lowest priority comes first, so that the order of arrival is not what decides.
    let system = json!({"command": "refresh_capabilities", "scheduled_at": shortly()});
    let system = daemon.command("ir-000001", &system).await;
    assert_eq!(system.status, 202, "{system:?}");
    let batch = daemon.bulk(&bulk("mute_on", &[("ir-000001", 3)])).await;
    let fallback = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!(fallback.status, 202, "{fallback:?}");
    // The direct path of the others works.
    let direct = daemon.press("ir-000002", 1, "volume_up").await;
    assert_eq!((direct.status, &direct.json["delivered"]), (200, &json!(true)), "{direct:?}");
    board.clear_fault();
    daemon.wait_for_session("ir-000001", 1).await;
    until("three that are due", async || (due(&daemon).await == 3).then_some(())).await;
    assert!(board.actions().is_empty(), "nothing of the queue is sent");
    let waiting = daemon.open_commands().await;
    assert!(waiting.iter().all(|one| one.status == CommandStatus::Pending && one.attempts == 0));

    let resumed = daemon.post("/api/v1/queue/resume", &json!({})).await;
    assert_eq!((resumed.status, &resumed.json["paused"]), (200, &json!(false)), "{resumed:?}");
    let ran = soon("all three", board.wait_for_actions(3)).await;
    let names: Vec<_> = ran.iter().map(|action| action.action.as_str()).collect();
    assert_eq!(names[..2], ["tv_power_on", "tv_mute_on"], "{names:?}");
    assert_eq!(names.len(), 3, "each once: {names:?}");
    for answer in [&system, &fallback] {
        let ended = daemon.ended_command(answer.json["command_id"].as_str().unwrap()).await;
        assert_eq!(ended.record.status, CommandStatus::Completed, "{ended:?}");
    }
    let status = daemon.ended_batch(&batch).await;
    assert_eq!((status.completed, status.failed), (1, 0), "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_waiting_commands_survive_a_kill_and_are_each_sent_once() {
    let boards = boards(24).await;
    let config = sim_toml(&boards);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &config).await;
    for board in &boards {
        daemon.wait_for_session(board.name(), 1).await;
    }
    daemon.post("/api/v1/queue/pause", &json!({})).await;
    let ports = boards.iter().flat_map(|board| (1..=5).map(|port| (board.name(), port)));
    // A step: whoever sends it twice is seen.
    let body = bulk("volume_up", &ports.collect::<Vec<_>>());
    let batch = daemon.bulk(&body).await;
    assert_eq!(due(&daemon).await, 120);
    let folder = daemon.killed().await;
    assert!(boards.iter().all(|board| board.actions().is_empty()));

    let daemon = Daemon::durable(folder, &config).await;
    let status = daemon.ended_batch(&batch).await;
    assert_eq!((status.total, status.completed), (120, 120), "{status:?}");
    for board in &boards {
        for port in 1..=5 {
            assert_eq!(board.tv(port).keys, [Key::VolumeUp], "{}/{port}", board.name());
        }
    }
}
