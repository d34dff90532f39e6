//! Presets: captured, run, taken back, by schedules too, over a kill in the middle.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Power};
use serde_json::{Value, json};

use venue_domain::Clock;
use venued::clock::SystemClock;

use crate::{
    support::{Daemon, Response, bulk, send, sim_toml, until, venuectl},
    watching::Stream,
};

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
async fn steps_and_mute_of_a_preset_wait_for_a_tv_that_warms_up() {
    // Longer than one attempt: a channel that waits holds up nothing behind it.
    let config = BlasterConfig {
        power: Power::Off,
        warm_up: Duration::from_secs(6),
        ..BlasterConfig::new("ir-000001", 1)
    };
    let board = Blaster::start(config).await.unwrap();
    let toml = format!("[timing]\nwarm_up_ms = 6500\n{}", sim_toml([&board]));
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let open = json!({"id": "open", "name": "Open", "entries": [{"targets": ["ir-000001/1"],
        "power": "on", "channel": "7", "mute": "on", "volume": 3}]});
    assert_eq!(daemon.post("/api/v1/config/presets", &open).await.status, 201);
    let volume = board.tv(1).volume;
    let run = daemon.post("/api/v1/presets/open/run", &json!({})).await;
    assert_eq!(run.status, 202, "{run:?}");
    let batch = daemon.ended_batch(run.json["batch_id"].as_str().unwrap()).await;
    assert_eq!((batch.total, batch.completed), (4, 4));
    board.wait_for_tv(1, |tv| tv.channel == "7").await;
    let shown = board.tv(1);
    assert_eq!((shown.muted, shown.volume), (true, volume + 3), "{:?}", shown.keys);
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

/// The first board, of which TV 1 can only toggle its power, and is known to be off.
async fn with_toggle(boards: &[Blaster; 2]) -> Daemon {
    let toml = format!("[timing]\nwarm_up_ms = 0\n{}", sim_toml([&boards[0]]));
    let toml = toml.replace("index = 1\n", "index = 1\ndiscrete_power = \"no\"\n");
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    daemon.wait_for_session("ir-000001", 1).await;
    for (id, power) in [("evening", "on"), ("night", "off")] {
        let entries = json!([{"targets": ["ir-000001/1"], "power": power}]);
        let preset = json!({"id": id, "name": id, "entries": entries});
        assert_eq!(daemon.post("/api/v1/config/presets", &preset).await.status, 201);
    }
    daemon
}

/// A change of what the venue is made of, or of what is known of it.
async fn changed(daemon: &Daemon, method: &str, path: &str, body: Value) -> Response {
    send(daemon.address, method, path, "If-Match: *\r\n", &body).await
}

async fn power(daemon: &Daemon) -> Value {
    let ports = daemon.get("/api/v1/ports").await.json;
    ports["items"][0]["assumed"]["last_power_state"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toggle_that_was_delivered_leaves_the_opposite_so_that_presets_work_again_and_again() {
    let boards = boards().await;
    let daemon = with_toggle(&boards).await;
    let path = "/api/v1/ports/ir-000001/1/assumed-state";
    assert_eq!(changed(&daemon, "PUT", path, json!({"power": "off"})).await.status, 200);
    for (preset, wanted, word) in
        [("evening", Power::On, "on"), ("night", Power::Off, "off"), ("evening", Power::On, "on")]
    {
        let path = format!("/api/v1/presets/{preset}/run");
        let run = daemon.post(&path, &json!({})).await;
        assert_eq!(run.status, 202, "{run:?}");
        daemon.ended_batch(run.json["batch_id"].as_str().unwrap()).await;
        boards[0].wait_for_tv(1, |tv| tv.power == wanted).await;
        assert_eq!(power(&daemon).await, json!(word));
        // All is as it should be: nothing is pressed.
        let again = daemon.post(&path, &json!({})).await;
        assert_eq!((again.status, &again.json["targets"]), (200, &json!([])), "{again:?}");
        assert_eq!(again.json["unchanged"][0]["port"], json!(1));
        let said = venuectl(daemon.address, &["preset", "run", preset]).await;
        assert!(said.code == Some(0) && said.stdout.contains("as assumed"), "{said:?}");
    }
    assert_eq!(boards[0].tv(1).keys.len(), 3, "each run that had to pressed it once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_tells_which_tvs_its_preset_leaves_alone_and_keeps_its_preset() {
    let boards = boards().await;
    let daemon = with_toggle(&boards).await;
    let schedule = json!({"id": "open", "selectors": ["ir-000001"], "cron": "0 4 1 1 *",
        "zone": "UTC", "steps": ["preset evening"]});
    assert_eq!(daemon.post("/api/v1/schedules", &schedule).await.status, 201);
    let run = daemon.post("/api/v1/schedules/open/run", &json!({})).await;
    let error = &run.json["errors"][0];
    assert_eq!((run.status, &error["code"]), (422, &json!("state_unknown")), "{run:?}");
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.starts_with("ir-000001/1: its power can only be toggled"), "{detail}");
    let both = json!({"entries": [{"targets": ["ir-000001/1", "ir-000001/2"], "power": "on"}]});
    assert_eq!(changed(&daemon, "PATCH", "/api/v1/config/presets/evening", both).await.status, 200);
    let run = daemon.post("/api/v1/schedules/open/run", &json!({})).await;
    assert_eq!((run.status, &run.json["accepted"][0]["port"]), (202, &json!(2)), "{run:?}");
    let rejected = &run.json["rejected"][0];
    assert_eq!((&rejected["port"], &rejected["code"]), (&json!(1), &json!("state_unknown")));
    let refused = changed(&daemon, "DELETE", "/api/v1/config/presets/evening", json!({})).await;
    assert_eq!((refused.status, &refused.json["code"]), (409, &json!("item_in_use")));
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("schedules/open, steps[0]"), "{detail}");
    assert_eq!(changed(&daemon, "DELETE", "/api/v1/schedules/open", json!({})).await.status, 200);
    assert_eq!(
        changed(&daemon, "DELETE", "/api/v1/config/presets/evening", json!({})).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_can_send_nothing_is_an_alert_until_it_is_changed() {
    let boards = boards().await;
    let daemon = with_toggle(&boards).await;
    let due = SystemClock.now().plus(Duration::from_secs(2));
    let due = venue_api::UtcTime(SystemClock.offset().shown(due)).to_string();
    let schedule = json!({"id": "open", "selectors": ["ir-000001"], "at": due,
        "steps": ["preset evening"]});
    assert_eq!(daemon.post("/api/v1/schedules", &schedule).await.status, 201);
    let alert = async || {
        let alerts = daemon.get("/api/v1/alerts").await.json;
        let mut alerts = alerts["items"].as_array().unwrap().iter();
        alerts.find(|alert| alert["id"] == "schedule_refused:open").cloned()
    };
    let told = until("the alert", alert).await;
    assert!(told["summary"].as_str().unwrap().contains("ir-000001/1 (its power)"), "{told}");
    // A document without it takes it away as well.
    let mut document = daemon.get("/api/v1/config").await.json["document"].clone();
    document["schedules"] = json!([]);
    let without = json!({"document": document, "prune": true});
    // That the run is over may be stored between the two looks at the revision.
    let applied = async || {
        let applied = daemon.post("/api/v1/config/apply", &without).await;
        (applied.status == 200).then_some(())
    };
    until("the document", applied).await;
    assert_ne!(daemon.get("/api/v1/devices").await.json["items"], json!([]), "the rest is there");
    until("its end", async || alert().await.is_none().then_some(())).await;
    assert_eq!(boards[0].tv(1).keys, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_is_told_how_a_toggled_tv_is_since_as_the_store_has_it() {
    let boards = boards().await;
    let daemon = with_toggle(&boards).await;
    let path = "/api/v1/ports/ir-000001/1/assumed-state";
    changed(&daemon, "PUT", path, json!({"power": "off"})).await;
    let mut events = Stream::open(daemon.address, "?type=port.updated", None).await;
    assert_eq!(daemon.press("ir-000001", 1, "power").await.status, 200);
    // Of the press alone nobody can tell; the store knows how it was before.
    let first = events.next("port.updated").await;
    assert_eq!(
        (&first["last_power_state"], &first["last_command"]),
        (&Value::Null, &json!("power"))
    );
    let second = events.next("port.updated").await;
    assert_eq!(second["last_power_state"], json!("on"), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preset_and_a_schedule_that_are_run_at_once_press_a_toggle_once() {
    let boards = boards().await;
    let daemon = with_toggle(&boards).await;
    let schedule = json!({"id": "open", "selectors": ["ir-000001"], "cron": "0 4 1 1 *",
        "zone": "UTC", "steps": ["preset evening"]});
    assert_eq!(daemon.post("/api/v1/schedules", &schedule).await.status, 201);
    let path = "/api/v1/ports/ir-000001/1/assumed-state";
    changed(&daemon, "PUT", path, json!({"power": "off"})).await;
    let body = json!({});
    let preset = || daemon.post("/api/v1/presets/evening/run", &body);
    let schedule = || daemon.post("/api/v1/schedules/open/run", &body);
    let (one, two, three, four) = tokio::join!(preset(), schedule(), preset(), schedule());
    let all = [one, two, three, four];
    let runs: Vec<&Response> = all.iter().filter(|run| run.status == 202).collect();
    assert_eq!(runs.len(), 1, "{all:?}");
    daemon.ended_batch(runs[0].json["batch_id"].as_str().unwrap()).await;
    boards[0].wait_for_tv(1, |tv| tv.power == Power::On).await;
    assert_eq!(boards[0].tv(1).keys.len(), 1);
}
