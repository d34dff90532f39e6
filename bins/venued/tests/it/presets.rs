//! Presets: captured, run, taken back, by schedules too, over a kill in the middle.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Power};
use serde_json::{Value, json};

use crate::support::{Daemon, bulk, sim_toml, until, venuectl};

async fn boards() -> [Blaster; 2] {
    let board = async |name: &str, seed| {
        let config = BlasterConfig {
            power: Power::Off,
            warm_up: Duration::ZERO,
            ..BlasterConfig::new(name, seed)
        };
        Blaster::start(config).await.unwrap()
    };
    [board("ir-000001", 1).await, board("ir-000002", 2).await]
}

/// All TVs of the first board on, on channel 7 and without sound; those of the second off.
fn game_day() -> Value {
    json!({"id": "game-day", "name": "Game day", "entries": [
        {"targets": ["ir-000001/1", "ir-000001/2", "ir-000001/3", "ir-000001/4", "ir-000001/5"],
         "power": "on", "channel": "7", "mute": "on"},
        {"targets": ["ir-000002/1", "ir-000002/2"], "power": "off"},
    ]})
}

/// TVs that need no time to warm up.
fn toml(boards: &[Blaster; 2]) -> String {
    format!("[timing]\nwarm_up_ms = 0\n{}", sim_toml(boards))
}

async fn with_preset(boards: &[Blaster; 2]) -> Daemon {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml(boards)).await;
    for board in ["ir-000001", "ir-000002"] {
        daemon.wait_for_session(board, 1).await;
    }
    let made = daemon.post("/api/v1/config/presets", &game_day()).await;
    assert_eq!(made.status, 201, "{made:?}");
    daemon
}

async fn shows_game_day(board: &Blaster) {
    for port in 1..=5 {
        board.wait_for_tv(port, |tv| tv.power == Power::On && tv.channel == "7" && tv.muted).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preset_is_run_by_a_person_and_taken_back() {
    let boards = boards().await;
    let daemon = with_preset(&boards).await;
    let all = (1..=5).map(|port| ("ir-000001", port)).collect::<Vec<_>>();
    for command in ["power_on", "channel"] {
        let mut wanted = bulk(command, &all);
        wanted["channel"] = json!((command == "channel").then_some("5"));
        daemon.ended_batch(&daemon.bulk(&wanted).await).await;
    }
    let ran =
        venuectl(daemon.address, &["preset", "run", "game-day", "--watch", "-o", "json"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let batch = ran.json();
    assert_eq!((&batch["total"], &batch["statuses"]["completed"]), (&json!(17), &json!(17)));
    shows_game_day(&boards[0]).await;
    let id = batch["batch_id"].as_str().unwrap();
    let undone = daemon.post(&format!("/api/v1/batches/{id}/undo"), &json!({})).await;
    assert_eq!(undone.status, 202, "{undone:?}");
    for port in 1..=5 {
        // Whether it was muted was not known: that is left as it is.
        boards[0].wait_for_tv(port, |tv| tv.power == Power::On && tv.channel == "5").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_captured_brings_the_tvs_back() {
    let boards = boards().await;
    let daemon = with_preset(&boards).await;
    for command in ["power_on", "channel", "mute_off"] {
        let mut wanted = bulk(command, &[("ir-000001", 1)]);
        wanted["channel"] = json!((command == "channel").then_some("055"));
        daemon.ended_batch(&daemon.bulk(&wanted).await).await;
    }
    let capture = ["preset", "capture", "quiet", "ir-000001/1", "--name", "Quiet evening"];
    let said = venuectl(daemon.address, &capture).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("not known: input"), "{said:?}");
    venuectl(daemon.address, &["preset", "run", "game-day", "--watch"]).await;
    let said = venuectl(daemon.address, &["preset", "run", "quiet", "--watch"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    boards[0].wait_for_tv(1, |tv| tv.channel == "055" && !tv.muted).await;
    let list = venuectl(daemon.address, &["preset", "list"]).await;
    assert!(list.stdout.contains("Quiet evening"), "{list:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_runs_a_preset_for_its_tvs() {
    let boards = boards().await;
    let daemon = with_preset(&boards).await;
    let schedule = json!({"id": "kick-off", "selectors": ["ir-000001"], "cron": "0 4 1 1 *",
        "zone": "UTC", "steps": ["preset game-day"]});
    let none = json!({"id": "other", "selectors": ["all"], "cron": "0 4 1 1 *", "zone": "UTC",
        "steps": ["preset nosuch"]});
    let refused = daemon.post("/api/v1/schedules", &none).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("steps[0]")));
    assert_eq!(daemon.post("/api/v1/schedules", &schedule).await.status, 201);
    let run = daemon.post("/api/v1/schedules/kick-off/run", &json!({})).await;
    assert_eq!(run.status, 202, "{run:?}");
    assert_eq!(run.json["accepted"].as_array().unwrap().len(), 15, "those of its board only");
    shows_game_day(&boards[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_preset_leaves_every_tv_accounted_for() {
    let boards = boards().await;
    let daemon = with_preset(&boards).await;
    let run = daemon.post("/api/v1/presets/game-day/run", &json!({})).await;
    assert_eq!(run.status, 202, "{run:?}");
    let batch = run.json["batch_id"].as_str().unwrap().to_owned();
    // In the middle: one TV has its channel, and others wait.
    boards[0].wait_for_tv(1, |tv| tv.channel == "7").await;
    let daemon = Daemon::durable(daemon.killed().await, &toml(&boards)).await;
    let path = format!("/api/v1/batches/{batch}");
    let finished = async || {
        let batch = daemon.get(&path).await.json;
        (batch["finished"] == json!(true)).then_some(batch)
    };
    let ended = until("the end of the batch", finished).await;
    assert_eq!(ended["total"], 17);
    let sum: u64 = ended["statuses"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(sum, 17, "{ended}");
    let commands = daemon.get(&format!("{path}?limit=100")).await.json;
    for command in commands["commands"].as_array().unwrap() {
        let status = command["status"].as_str().unwrap();
        // Of a preset all is absolute: what a kill cut off is sent once more, or was on the air.
        assert!(matches!(status, "completed" | "unknown"), "{command}");
    }
    shows_game_day(&boards[0]).await;
}
