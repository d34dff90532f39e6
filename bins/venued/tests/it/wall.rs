//! What a wall of screens reads: every port with its assumed state, what waits for it and what ended there.

use serde_json::{Value, json};

use crate::{
    support::{send, until, venuectl},
    watching::{Stream, fleet},
};

/// The port as the wall shows it.
fn port<'a>(wall: &'a Value, hostname: &str, number: u64) -> &'a Value {
    let mut items = wall["items"].as_array().unwrap().iter();
    items.find(|one| one["hostname"] == hostname && one["port"] == number).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_shows_what_is_assumed_what_waits_and_what_ended() {
    let (fleet, daemon) = fleet(2).await;
    let wall = daemon.get("/api/v1/ports").await.json;
    assert_eq!(wall["store"], Value::Null);
    let first = port(&wall, "ir-000001", 1);
    assert_eq!(
        (&first["assumed"], &first["waiting"], &first["last"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let mut stream = Stream::open(daemon.address, "?type=batch.created,port.updated", None).await;
    let body = json!({
        "targets": [{"hostname": "ir-000001", "port": 1}, {"hostname": "ir-000002", "port": 1}],
        "command": "channel", "channel": "060", "batch_id": "evening",
    });
    daemon.post("/api/v1/batches", &body).await;
    // Who watches knows at once what waits where.
    let created = stream.next("batch.created").await;
    assert_eq!((&created["batch_id"], &created["total"]), (&json!("evening"), &json!(2)));
    let waits = &created["commands"][0];
    assert_eq!(
        (&waits["hostname"], &waits["status"], &waits["channel"]),
        (&json!("ir-000001"), &json!("pending"), &json!("060"))
    );
    let told = stream.next("port.updated").await;
    assert_eq!((&told["last_channel"], &told["last_command"]), (&json!("060"), &json!("channel")));
    let shown = async || {
        let wall = daemon.get("/api/v1/ports").await.json;
        let port = port(&wall, "ir-000002", 1).clone();
        (port["assumed"]["last_channel"] == "060").then_some(port)
    };
    let shown = until("the channel", shown).await;
    assert_eq!(
        (&shown["last"]["status"], &shown["last"]["batch_id"]),
        (&json!("completed"), &json!("evening"))
    );
    assert_eq!(shown["waiting"], Value::Null);
    drop(fleet);
    // Of what is away the newest wish waits, and the one before it is not what ended last.
    daemon.post("/api/v1/batches", &json!({"selectors": ["ir-000002/1"], "command": "channel", "channel": "24", "wait_for_device_s": 60})).await;
    let wall = daemon.get("/api/v1/ports").await.json;
    assert_eq!(port(&wall, "ir-000002", 1)["waiting"]["channel"], "24", "{wall}");
    let listed = venuectl(daemon.address, &["batch", "list"]).await;
    assert!(listed.stdout.contains("evening"), "{listed:?}");
    assert!(listed.stdout.contains("channel 060"), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stands_before_the_tv_knows_better() {
    let (_fleet, daemon) = fleet(1).await;
    daemon.post("/ir-000001/command", &json!({"command": "power_on", "port": 1})).await;
    let mut stream = Stream::open(daemon.address, "?type=port.updated", None).await;
    let corrected =
        venuectl(daemon.address, &["port", "correct", "ir-000001/1", "--power", "off"]).await;
    assert_eq!(corrected.code, Some(0), "{corrected:?}");
    let told = stream.next("port.updated").await;
    assert_eq!(
        (&told["last_power_state"], &told["last_command"]),
        (&json!("off"), &json!("correction"))
    );
    let wall = daemon.get("/api/v1/ports").await.json;
    assert_eq!(port(&wall, "ir-000001", 1)["assumed"]["last_power_state"], "off");
    for (path, body, status, field) in [
        ("/api/v1/ports/ir-000001/1/assumed-state", json!({"power": "maybe"}), 422, "power"),
        ("/api/v1/ports/ir-000001/1/assumed-state", json!({}), 422, "power"),
        ("/api/v1/ports/ir-000001/1/assumed-state", json!({"channel": "sports"}), 422, "channel"),
        ("/api/v1/ports/ir-000001/9/assumed-state", json!({"power": "on"}), 404, ""),
    ] {
        let answer = send(daemon.address, "PUT", path, "", &body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        if !field.is_empty() {
            assert_eq!(answer.json["errors"][0]["field"], field, "{answer:?}");
        }
    }
}
