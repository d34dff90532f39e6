//! Boards that go and come back, and a daemon that is killed.

use device_sim::{Blaster, BlasterConfig, Power};
use venue_api::CommandStatus;

use crate::support::{Daemon, sim_toml, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_lost_its_power_is_served_again_when_it_is_back() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let daemon = Daemon::start(&sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    board.cut();
    daemon.wait_for_session("ir-000001", 2).await;
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    assert_eq!(board.most_sessions_open(), 1, "one session, never two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_daemon_starts_again_as_if_nothing_had_been() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    for run in 1..=2 {
        let mut daemon = Daemon::start(&sim_toml([&board])).await;
        daemon.wait_for_session("ir-000001", 1).await;
        let pressed = daemon.press("ir-000001", 1, "volume_up").await;
        assert_eq!(pressed.status, 200, "{pressed:?}");
        assert_eq!(board.tv(1).volume, 10 + run);
        daemon.signal("KILL");
        assert_eq!(daemon.ended().await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_in_the_first_moment_waits_for_the_database() {
    let config = BlasterConfig { power: Power::Off, ..BlasterConfig::new("ir-000001", 1) };
    let board = Blaster::start(config).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let on = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!(on.status, 200, "{on:?}");
    wait_until_stored(&daemon, "power_on").await;
    let mut older = daemon.tune("ir-000001", 2, "501").await;
    let mut folder = daemon.killed().await;
    for channel in ["502", "503", "504"] {
        assert_eq!(older.status, 202, "the TV warms up: {older:?}");
        let store = "path = \"venue.db\"";
        let daemon = Daemon::start_in(folder, store, &sim_toml([&board])).await;
        let newer = daemon.tune("ir-000001", 2, channel).await;
        assert_eq!((newer.status, &newer.json["durable"]), (202, &true.into()), "{newer:?}");
        let replaced = daemon.ended_command(older.json["command_id"].as_str().unwrap()).await;
        assert_eq!(replaced.record.status, CommandStatus::Superseded, "{replaced:?}");
        older = newer;
        folder = daemon.killed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_up_goes_on_after_a_kill() {
    let config = BlasterConfig { power: Power::Off, ..BlasterConfig::new("ir-000001", 1) };
    let board = Blaster::start(config).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::durable(folder, &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let on = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!(on.status, 200, "{on:?}");
    let on = daemon.ended_command(on.json["command_id"].as_str().unwrap()).await;
    wait_until_stored(&daemon, "power_on").await;
    let daemon = Daemon::durable(daemon.killed().await, &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let tuned = daemon.tune("ir-000001", 2, "501").await;
    assert_eq!(tuned.status, 202, "{tuned:?}");
    let tuned = daemon.ended_command(tuned.json["command_id"].as_str().unwrap()).await;
    let began = tuned.attempt_log.last().unwrap().started_at.0.unix_ms();
    let warm_up = began - on.record.completed_at.unwrap().0.unix_ms();
    assert!((7_900..20_000).contains(&warm_up), "{warm_up} ms: {tuned:?}");
}

/// A kill forgets a direct command that is not stored yet.
async fn wait_until_stored(daemon: &Daemon, command: &str) {
    let stored = async || {
        let history = daemon.get("/api/v1/history").await.json;
        let items = history["items"].as_array()?;
        items.iter().any(|item| item["command"] == command).then_some(())
    };
    until("it is stored", stored).await;
}
