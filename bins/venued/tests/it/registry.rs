//! A venue that is set up over the API of a running daemon: no file names its devices.

use device_sim::{Blaster, BlasterConfig, Key, Power};
use esphome_pool::codec::Psk;
use serde_json::{Value, json};
use venue_api::CommandStatus;

use crate::support::{Daemon, Response, send, soon, until};

const SECRET: &[u8; 32] = b"a key that nobody may ever see!!";

async fn board(number: u16) -> Blaster {
    let name = format!("ir-{number:06x}");
    let config = BlasterConfig {
        psk: Some(Psk::from_bytes(*SECRET).unwrap()),
        power: Power::Off,
        ..BlasterConfig::new(name, number)
    };
    Blaster::start(config).await.unwrap()
}

fn key() -> String {
    Psk::from_bytes(*SECRET).unwrap().to_base64()
}

fn device(board: &Blaster, address: &str) -> Value {
    json!({"hostname": board.name(), "address": address,
        "ports": [{"index": 2, "name": "Bar 2", "zone": "bar"}, {"index": 3, "zone": "bar"}]})
}

async fn adopt(daemon: &Daemon, board: &Blaster) {
    let zone = daemon.post("/api/v1/config/zones", &json!({"id": "bar"})).await;
    assert!([201, 409].contains(&zone.status), "{zone:?}");
    let path = format!("/api/v1/config/devices/{}/key", board.name());
    let device = device(board, &board.address().to_string());
    let made = daemon.post("/api/v1/config/devices", &device).await;
    assert_eq!(made.status, 201, "{made:?}");
    let keyed = send(daemon.address, "PUT", &path, "", &json!({"noise_psk": key()})).await;
    assert_eq!(keyed.status, 200, "{keyed:?}");
}

async fn online(daemon: &Daemon, hostname: &str) {
    let path = format!("/api/v1/devices/{hostname}");
    let is_online = async || (daemon.get(&path).await.json["online"] == json!(true)).then_some(());
    until("a session", is_online).await;
}

fn codes(response: &Response) -> (u16, &Value) {
    (response.status, &response.json["code"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_adopted_used_moved_and_removed_without_a_restart() {
    let (first, second) = (board(1).await, board(2).await);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    assert_eq!(daemon.press("ir-000001", 2, "power_on").await.status, 404);
    adopt(&daemon, &first).await;
    online(&daemon, "ir-000001").await;
    // The router knows it as soon as the edit is answered.
    let on = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!((on.status, &on.json["delivered"]), (200, &json!(true)), "{on:?}");
    let zone = json!({"selectors": ["zone=bar"], "command": "volume_up"});
    let batch = daemon.post("/api/v1/batches", &zone).await;
    assert_eq!(batch.json["accepted"].as_array().unwrap().len(), 2, "{batch:?}");
    soon("volume up", first.wait_for_tv(2, |tv| tv.keys.contains(&Key::VolumeUp))).await;
    // The same board name at another address: its session moves there.
    let impostor = Blaster::start(BlasterConfig {
        psk: Some(Psk::from_bytes(*SECRET).unwrap()),
        ..BlasterConfig::new("ir-000001", 1)
    });
    let impostor = impostor.await.unwrap();
    let path = "/api/v1/config/devices/ir-000001";
    let patch = json!({"address": impostor.address().to_string()});
    let moved = send(daemon.address, "PATCH", path, "If-Match: *\r\n", &patch).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    online(&daemon, "ir-000001").await;
    let there = async || {
        daemon.press("ir-000001", 3, "mute").await;
        impostor.tv(3).keys.contains(&Key::Mute).then_some(())
    };
    until("the moved board", there).await;
    let gone = send(daemon.address, "DELETE", path, "If-Match: *\r\n", &json!({})).await;
    assert_eq!(gone.status, 200, "{gone:?}");
    assert_eq!(codes(&daemon.press("ir-000001", 3, "mute").await), (404, &json!("unknown_device")));
    adopt(&daemon, &second).await;
    online(&daemon, "ir-000002").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_device_that_is_removed_is_cancelled_and_counted() {
    let board = board(1).await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    adopt(&daemon, &board).await;
    online(&daemon, "ir-000001").await;
    let tonight = json!({"selectors": ["ir-000001"], "command": "power_off",
        "scheduled_at": "2099-01-01T00:00:00Z"});
    let batch = daemon.post("/api/v1/batches", &tonight).await;
    assert_eq!(batch.status, 202, "{batch:?}");
    let path = "/api/v1/config/devices/ir-000001";
    let gone = send(daemon.address, "DELETE", path, "If-Match: *\r\n", &json!({})).await;
    assert_eq!((gone.status, &gone.json["withdrawn"]), (200, &json!(2)), "{gone:?}");
    for accepted in batch.json["accepted"].as_array().unwrap() {
        let account = daemon.ended_command(accepted["command_id"].as_str().unwrap()).await;
        let record = &account.record;
        assert_eq!(record.status, CommandStatus::Cancelled, "{account:?}");
        assert_eq!(record.reason.as_deref(), Some("device_removed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_up_is_there_after_a_kill_and_after_the_loss_of_the_database() {
    let board = board(1).await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    adopt(&daemon, &board).await;
    online(&daemon, "ir-000001").await;
    let folder = daemon.killed().await;
    let daemon = Daemon::durable(folder, "").await;
    online(&daemon, "ir-000001").await;
    let folder = daemon.killed().await;
    for name in ["venue.db", "venue.db-wal", "venue.db-shm"] {
        let _gone = std::fs::remove_file(folder.path().join(name));
    }
    let daemon = Daemon::durable(folder, "").await;
    online(&daemon, "ir-000001").await;
    daemon.log.wait_for("configuration_restored").await;
    let zones = daemon.get("/api/v1/config/zones").await;
    assert_eq!(zones.json["items"][0]["id"], "bar");
    // It is in the new database, and can be edited there.
    let made = daemon.post("/api/v1/config/zones", &json!({"id": "roof"})).await;
    assert_eq!(made.status, 201, "{made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_cannot_be_used_the_venue_runs_and_is_not_edited() {
    let board = board(1).await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    adopt(&daemon, &board).await;
    let folder = daemon.killed().await;
    // Something that cannot be opened as a database is in its place.
    for name in ["venue.db", "venue.db-wal", "venue.db-shm"] {
        let _gone = std::fs::remove_file(folder.path().join(name));
    }
    std::fs::create_dir(folder.path().join("venue.db")).unwrap();
    let daemon = Daemon::start_in(folder, "path = \"venue.db\"", "").await;
    online(&daemon, "ir-000001").await;
    let on = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!((on.status, &on.json["delivered"]), (200, &json!(true)), "{on:?}");
    let refused = daemon.post("/api/v1/config/zones", &json!({"id": "roof"})).await;
    assert_eq!(codes(&refused), (503, &json!("store_unavailable")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_the_call_that_the_device_would_get() {
    let board = board(1).await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    adopt(&daemon, &board).await;
    online(&daemon, "ir-000001").await;
    let body = json!({"selectors": ["ir-000001"], "command": "channel", "channel": "501",
        "dry_run": true});
    let plan = daemon.post("/api/v1/batches", &body).await;
    let planned = plan.json["planned"].as_array().unwrap();
    assert_eq!(planned.len(), 2, "{plan:?}");
    assert_eq!(planned[1]["action"], "tv_channel");
    assert_eq!(planned[1]["arguments"], json!({"port": "3", "channel": "501"}));
    // Three digits and two gaps: the second port waits for the board's transmitter.
    let air_time = 3 * 68 + 2 * 300;
    assert_eq!(planned[1]["starts_in_ms"], air_time);
    assert_eq!(plan.json["estimated_ms"], 2 * air_time);
    assert!(board.tv(2).keys.is_empty() && board.tv(3).keys.is_empty(), "nothing was sent");
}
