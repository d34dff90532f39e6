//! Several steps of the volume as one command: from the command line, in batches, presets and schedules.

use device_sim::{Blaster, BlasterConfig, Key};
use serde_json::{Value, json};

use crate::support::{Daemon, sim_toml, until, venuectl};

async fn board() -> Blaster {
    Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap()
}

fn toml(board: &Blaster) -> String {
    format!("[timing]\nwarm_up_ms = 0\n{}", sim_toml([board]))
}

async fn daemon(board: &Blaster) -> Daemon {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml(board)).await;
    daemon.wait_for_session("ir-000001", 1).await;
    daemon
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_pressed_from_the_command_line_a_batch_a_preset_and_a_schedule() {
    let board = board().await;
    let daemon = daemon(&board).await;
    let said = venuectl(daemon.address, &["tv", "volume", "+5", "ir-000001/1"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("volume_up 5"), "{said:?}");
    board.wait_for_tv(1, |tv| tv.keys == vec![Key::VolumeUp; 5]).await;
    let said =
        venuectl(daemon.address, &["batch", "create", "volume", "-3", "ir-000001/2", "--watch"]);
    assert_eq!(said.await.code, Some(0));
    assert_eq!(board.tv(2).keys, vec![Key::VolumeDown; 3]);
    let quieter = json!({"id": "quieter", "name": "Quieter", "entries": [
        {"targets": ["ir-000001/3"], "volume": -2}]});
    assert_eq!(daemon.post("/api/v1/config/presets", &quieter).await.status, 201);
    let preview = daemon.get("/api/v1/presets/quieter").await.json;
    let target = &preview["targets"][0];
    let told = (&target["commands"], &target["changes"]);
    assert_eq!(told, (&json!(["volume_down 2"]), &json!(true)), "{preview}");
    let schedule = json!({"id": "evening", "selectors": ["ir-000001/3"], "cron": "0 4 1 1 *",
        "zone": "UTC", "steps": ["volume +4", "preset quieter"]});
    assert_eq!(daemon.post("/api/v1/schedules", &schedule).await.status, 201);
    let run = daemon.post("/api/v1/schedules/evening/run", &json!({})).await;
    assert_eq!(run.status, 202, "{run:?}");
    daemon.ended_batch(run.json["batch_id"].as_str().unwrap()).await;
    let keys = [vec![Key::VolumeUp; 4], vec![Key::VolumeDown; 2]].concat();
    assert_eq!(board.tv(3).keys, keys);
    let history = async || {
        let items = daemon.get("/api/v1/history").await.json["items"].clone();
        let steps = items.as_array()?.iter().map(|one| one["steps"].clone()).collect::<Vec<_>>();
        (steps.len() == 4).then_some(steps)
    };
    let mut steps = until("the history is written", history).await;
    steps.sort_by_key(Value::as_i64);
    assert_eq!(steps, [json!(2), json!(3), json!(4), json!(5)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_pressed_is_refused_with_the_field_and_what_would_be_right() {
    let board = board().await;
    let slow = format!("[timing]\ncommand_gap_ms = 500\n{}", sim_toml([&board]));
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &slow).await;
    daemon.wait_for_session("ir-000001", 1).await;
    for (command, steps, words) in [
        ("volume_up", 0, "steps are 1 to 20, not 0"),
        ("volume_up", 21, "steps are 1 to 20, not 21"),
        ("mute", 2, "mute takes no field steps"),
        ("volume_up", 20, "ir-000001/1 is too slow for that many steps at once: give at most 8"),
    ] {
        let body = json!({"command": command, "port": 1, "steps": steps});
        let refused = daemon.command("ir-000001", &body).await;
        assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("steps")));
        assert!(refused.json["detail"].as_str().unwrap().contains(words), "{refused:?}");
    }
    assert_eq!(board.tv(1).keys, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_steps_ends_them_unknown_and_presses_none_again() {
    let board = board().await;
    let slow = format!("[timing]\ncommand_gap_ms = 250\n{}", sim_toml([&board]));
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &slow).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let body = json!({"command": "volume_up", "port": 1, "steps": 12, "class": "bulk"});
    let queued = daemon.command("ir-000001", &body).await;
    assert_eq!(queued.status, 202, "{queued:?}");
    board.wait_for_tv(1, |tv| tv.keys.len() >= 3).await;
    let daemon = Daemon::durable(daemon.killed().await, &slow).await;
    let pressed = board.tv(1).keys.len();
    assert!(pressed < 12, "{pressed} were pressed before the kill");
    daemon.wait_for_session("ir-000001", 1).await;
    let path = format!("/api/v1/commands/{}", queued.json["command_id"].as_str().unwrap());
    let ended = async || {
        let record = daemon.get(&path).await.json;
        (record["status"] == "unknown").then_some(record)
    };
    let ended = until("the end of the command", ended).await;
    assert_eq!((&ended["reason"], &ended["steps"]), (&json!("interrupted"), &json!(12)));
    // What is sent behind it shows that nothing of it is sent any more.
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    board.wait_for_tv(1, |tv| tv.keys.last() == Some(&Key::Mute)).await;
    assert_eq!(board.tv(1).keys.len(), pressed + 1);
}
