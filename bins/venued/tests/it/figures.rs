//! The figures of the queue, against a recount of the lists that they are about.

use device_sim::{Blaster, BlasterConfig, Fault};
use serde_json::{Value, json};
use venue_api::{CommandRecord, CommandStatus, UtcTime};
use venue_domain::WallTime;

use crate::support::{Daemon, bulk, sim_toml, until};

fn now_ms() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A bulk command for an hour later.
fn later(targets: &[(&str, u8)]) -> Value {
    let mut body = bulk("mute_on", targets);
    body["scheduled_at"] = json!(UtcTime(WallTime::from_unix_ms(now_ms() + 3_600_000)));
    body
}

/// A daemon with work of every kind: delivered, failed, cancelled, in flight, due, and for later.
async fn loaded() -> ([Blaster; 3], Daemon) {
    let start = |number| Blaster::start(BlasterConfig::new(format!("ir-{number:06}"), number));
    let boards = [start(1).await.unwrap(), start(2).await.unwrap(), start(3).await.unwrap()];
    boards[1].set_fault(Fault::RefuseConnect);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml(&boards)).await;
    daemon.wait_for_session("ir-000001", 1).await;
    daemon.wait_for_session("ir-000003", 1).await;
    daemon.log.wait_for("no session with device").await;
    let four: Vec<_> = (1..=4).map(|port| ("ir-000001", port)).collect();
    let done = daemon.bulk(&bulk("mute_on", &four)).await;
    let mut once = bulk("mute_on", &[("ir-000002", 1), ("ir-000002", 2)]);
    once["max_attempts"] = json!(1);
    let failed = daemon.bulk(&once).await;
    let cancelled = daemon.bulk(&later(&[("ir-000001", 1)])).await;
    assert_eq!(daemon.press("ir-000001", 5, "volume_up").await.status, 200);
    let cancel = daemon.post(&format!("/api/v1/batches/{cancelled}/cancel"), &json!({})).await;
    assert_eq!(cancel.status, 200, "{cancel:?}");
    daemon.ended_batch(&done).await;
    daemon.ended_batch(&failed).await;
    // One stays in flight for five seconds, and behind it nothing more is handed out.
    boards[2].set_fault(Fault::Silent);
    daemon.bulk(&bulk("mute_on", &[("ir-000003", 1)])).await;
    daemon.wait_for_flight("ir-000003").await;
    daemon.post("/api/v1/queue/pause", &json!({})).await;
    daemon.bulk(&bulk("mute_off", &four[..3])).await;
    daemon.bulk(&later(&four[..2])).await;
    until("the history has the direct one", async || {
        (daemon.history().await.len() == 8).then_some(())
    })
    .await;
    (boards, daemon)
}

/// The mean of what is known, as the figures have it.
fn mean(values: impl Iterator<Item = Option<u64>>) -> Value {
    let known: Vec<u64> = values.flatten().collect();
    json!(known.iter().sum::<u64>().checked_div(known.len() as u64))
}

fn count(records: &[CommandRecord], status: CommandStatus) -> u64 {
    records.iter().filter(|record| record.status == status).count() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_health_have_every_key_of_the_document_and_agree_with_a_recount() {
    let (_boards, daemon) = loaded().await;
    let metrics = daemon.get("/queue/metrics").await.json;
    let health = daemon.get("/queue/health").await.json;
    let asked_at = now_ms();
    let (open, mut history) = (daemon.open_commands().await, daemon.history().await);
    // They are the queue's: what went straight to its device is not among them.
    history.retain(|record| record.queue_id.is_some());

    let due: Vec<_> = open
        .iter()
        .filter(|one| one.status == CommandStatus::Pending && one.due_at.0.unix_ms() <= asked_at)
        .collect();
    let failed = [CommandStatus::Failed, CommandStatus::Expired, CommandStatus::Unknown];
    let failed: u64 = failed.into_iter().map(|status| count(&history, status)).sum();
    let completed = count(&history, CommandStatus::Completed);
    assert_eq!((due.len(), open.len(), completed, failed), (3, 6, 4, 2), "{open:#?} {history:#?}");
    assert_eq!(count(&open, CommandStatus::Processing), 1);
    assert_eq!(count(&history, CommandStatus::Cancelled), 1, "counted as neither");
    let expected = json!({
        "pending_count": 3,
        "processing_count": 1,
        "completed_last_hour": completed,
        "failed_last_hour": failed,
        "avg_execution_time_ms": mean(history.iter().map(|one| one.execution_time_ms)),
        "avg_queue_wait_time_ms": mean(history.iter().map(|one| one.queue_wait_ms)),
        "stuck_commands": 0,
        "healthy": true,
        "pending": 3,
        "processing": 1,
        "failed": failed,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&metrics[key], value, "{key}: {metrics:#}");
    }
    let oldest = due.iter().map(|one| one.due_at.0.unix_ms()).min().unwrap();
    let age = metrics["oldest_pending_age_seconds"].as_i64().unwrap();
    assert!(age <= (asked_at - oldest) / 1000 && age >= (asked_at - oldest) / 1000 - 2, "{age}");
    let busy = metrics["worker_utilization"].as_f64().unwrap();
    assert!(busy > 0.0 && busy < 1.0, "one of 1024 places for a moment: {busy}");
    let keys = expected.as_object().unwrap().len() + 2;
    assert_eq!(metrics.as_object().unwrap().len(), keys, "{metrics:#}");
    let expected =
        json!({"healthy": true, "stuck_commands": 0, "pending_count": 3, "warning": null});
    assert_eq!(health, expected);
}

/// That `value` has `keys`, each of them not null.
fn assert_keys(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(!value[key].is_null(), "{key} is missing: {value:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_of_the_document_answers_with_its_fields_under_load() {
    let (_boards, daemon) = loaded().await;
    let channel = daemon.tune("ir-000001", 1, "060").await;
    assert_keys(&channel.json, &["success", "method", "execution_time_ms"]);
    assert_eq!(
        (&channel.json["success"], &channel.json["method"]),
        (&json!(true), &json!("direct"))
    );
    let queued = daemon.press("ir-000002", 3, "power_on").await;
    assert_keys(&queued.json, &["success", "method", "queue_id", "message"]);
    assert_eq!((queued.status, &queued.json["method"]), (202, &json!("queued")));

    let diagnostic = daemon.post("/ir-000001/diagnostic", &json!({})).await;
    assert_eq!((diagnostic.status, &diagnostic.json["success"]), (200, &json!(true)));
    for (hostname, online) in [("ir-000001", true), ("ir-000002", false)] {
        let health = daemon.get(&format!("/{hostname}/health")).await;
        assert_eq!((health.status, &health.json["online"]), (200, &json!(online)), "{health:?}");
        assert_eq!(health.json["method"], "direct");
    }

    let body = json!({"devices": [{"hostname": "ir-000001", "port": 4}], "command": "volume_up",
                      "batch_id": "evening", "priority": 2});
    let bulk = daemon.post("/bulk-command", &body).await;
    assert_keys(&bulk.json, &["success", "method", "batch_id", "command_ids", "total_queued"]);
    assert_eq!(
        (&bulk.json["batch_id"], &bulk.json["total_queued"]),
        (&json!("evening"), &json!(1))
    );
    assert_eq!(bulk.json["queued_count"], 1);
    let status = daemon.get("/bulk/evening/status").await.json;
    let counts = ["total", "completed", "failed", "pending"].map(|key| &status[key]);
    assert_eq!(counts, [&json!(1), &json!(0), &json!(0), &json!(1)], "the queue is paused");
    let command = &status["commands"][0];
    assert_keys(command, &["id", "hostname", "status", "attempts"]);
    assert_eq!(command["id"], bulk.json["command_ids"][0]);
    assert!(command.as_object().unwrap().contains_key("success"), "{command}");

    let refresh = daemon.post("/system/refresh-capabilities", &json!({})).await;
    assert_eq!((refresh.status, &refresh.json["queued_count"]), (202, &json!(2)), "{refresh:?}");
    // What was delivered directly is assumed behind its answer.
    let port = until("the channel is assumed", async || {
        let ports = daemon.get("/ir-000001/port-status").await.json["port_statuses"].clone();
        let first = ports.as_array().unwrap().iter().find(|port| port["port"] == 1).cloned();
        first.filter(|port| port["last_channel"] == "060")
    })
    .await;
    assert_keys(&port, &["last_command", "last_command_at", "updated_at"]);
    assert_eq!(port["last_command"], "channel");
}
