//! Bulk requests whose targets are named by selectors, and dry runs.

use serde_json::json;

use crate::stored::Stored;

#[tokio::test]
async fn selectors_become_targets_and_each_port_counts_once() {
    let stored = Stored::start().await;
    let body = json!({"selectors": ["zone=bar", "tv:ir-2 1", "zone=bra"],
        "targets": [{"hostname": "ir-1", "port": 2}], "command": "power_on"});
    let answer = stored.batch(&body.to_string()).await;
    let accepted = answer["accepted"].as_array().unwrap().iter();
    let ports: Vec<_> = accepted
        .map(|one| format!("{}/{}", one["hostname"].as_str().unwrap(), one["port"]))
        .collect();
    assert_eq!(ports, ["\"ir-1\"/2", "\"ir-1\"/1", "\"ir-2\"/1"].map(|port| port.replace('"', "")));
    assert_eq!(answer["duplicates"], json!([{"index": 2, "hostname": "ir-1", "port": 2}]));
    let unmatched = json!([
        {"selector": "zone=bra", "code": "unknown_name",
            "detail": "there is no zone bra: there are bar, patio"}
    ]);
    assert_eq!(answer["unmatched"], unmatched);
}

#[tokio::test]
async fn a_selector_that_cannot_be_read_or_matches_nothing_queues_nothing() {
    let stored = Stored::start().await;
    let unread = json!({"selectors": ["all", "zone in bar"], "command": "power_on"});
    let unread = stored.post("/api/v1/batches", &unread.to_string()).await;
    assert_eq!(unread.problem(), (422, "invalid_item".to_owned()));
    assert_eq!(unread.json()["errors"][0]["field"], "selectors[1]");
    let none = json!({"selectors": ["zone=bra"], "command": "power_on"});
    let none = stored.post("/api/v1/batches", &none.to_string()).await;
    assert_eq!(none.problem(), (422, "invalid_targets".to_owned()));
    assert_eq!(none.json()["errors"][0]["field"], "selectors");
    let neither = stored.post("/api/v1/batches", r#"{"command":"power_on"}"#).await;
    assert_eq!(neither.json()["errors"][0]["field"], "targets");
    assert_eq!(stored.json("/api/v1/queue/commands").await["items"], json!([]));
}

#[tokio::test]
async fn a_dry_run_shows_the_plan_and_queues_nothing() {
    let stored = Stored::start().await;
    let body = json!({"selectors": ["zone=bar", "zone=bra"], "command": "channel",
        "targets": [{"hostname": "ir-7", "port": 1}], "channel": "060", "dry_run": true});
    let answer = stored.post("/api/v1/batches", &body.to_string()).await;
    assert_eq!(answer.status, 200);
    let plan = answer.json();
    let first = json!({"hostname": "ir-1", "port": 1, "command": "channel", "channel": "060",
        "action": "tv_channel", "arguments": {"port": "1"}, "online": true, "waiting": 0,
        "starts_in_ms": 0, "ends_in_ms": 1000});
    assert_eq!(plan["planned"][0], first);
    assert_eq!(plan["planned"].as_array().unwrap().len(), 2);
    assert_eq!(plan["estimated_ms"], 2000);
    assert_eq!(plan["rejected"][0]["code"], "unknown_device");
    assert_eq!(plan["unmatched"][0]["selector"], "zone=bra");
    assert_eq!(stored.json("/api/v1/queue/commands").await["items"], json!([]));
    let wrong = json!({"selectors": ["all"], "command": "channel", "dry_run": true});
    let wrong = stored.post("/api/v1/batches", &wrong.to_string()).await;
    assert_eq!(wrong.json()["errors"][0]["field"], "channel");
}
