//! The queue as a whole: health, figures, lists, pause, history, port status.

use serde_json::{Value, json};
use venue_domain::{CommandQueue, Reason};

use crate::stored::{NOW_TEXT, Stored};

const TWO: &str = r#"{"targets":[{"hostname":"ir-1","port":1},{"hostname":"ir-2","port":2}],
    "command":"power_on"}"#;

#[tokio::test]
async fn health_has_the_keys_of_the_document() {
    let stored = Stored::start().await;
    let idle = json!({"healthy": true, "stuck_commands": 0, "pending_count": 0, "warning": null});
    assert_eq!(stored.json("/queue/health").await, idle);
    let targets: Vec<_> =
        (0..501).map(|n| format!("{{\"hostname\":\"ir-1\",\"port\":{}}}", n % 5 + 1)).collect();
    for chunk in targets.chunks(5).take(101) {
        let targets = chunk.join(",");
        // A step supersedes nothing, so all of them wait.
        stored.batch(&format!("{{\"targets\":[{targets}],\"command\":\"volume_up\"}}")).await;
    }
    let json = stored.json("/queue/health").await;
    let expected = json!({"healthy": true, "stuck_commands": 0, "pending_count": 501,
                          "warning": "Queue depth high"});
    assert_eq!(json, expected);
}

#[tokio::test]
async fn metrics_have_every_key_that_any_client_reads() {
    let stored = Stored::start().await;
    stored.batch(TWO).await;
    stored.batch(&TWO.replace("power_on", "mute_on")).await;
    stored.serve("ir-1", Reason::Delivered).await;
    stored.serve("ir-2", Reason::Refused).await;
    stored.claim("ir-1").await;
    let later = r#""scheduled_at":"2026-09-21T20:00:00Z","command""#;
    stored.batch(&TWO.replace("\"command\"", later)).await;
    let expected = json!({
        "pending_count": 1,
        "processing_count": 1,
        "completed_last_hour": 1,
        "failed_last_hour": 1,
        "avg_execution_time_ms": 40,
        "avg_queue_wait_time_ms": 0,
        "worker_utilization": 0.25,
        "oldest_pending_age_seconds": 0,
        "stuck_commands": 0,
        "healthy": true,
        "pending": 1,
        "processing": 1,
        "failed": 1,
    });
    assert_eq!(stored.json("/queue/metrics").await, expected);
    let ours = json!({
        "paused": false,
        "healthy": true,
        "due": 1,
        "later": 2,
        "processing": 1,
        "stuck": 0,
        "oldest_due_at": NOW_TEXT,
        "completed_last_hour": 1,
        "failed_last_hour": 1,
        "ended_last_hour": {
            "completed": 1, "failed": 1, "expired": 0, "superseded": 0, "cancelled": 0, "unknown": 0,
        },
        "avg_execution_time_ms": 40,
        "avg_queue_wait_time_ms": 0,
        "worker_utilization": 0.25,
    });
    assert_eq!(stored.json("/api/v1/queue").await, ours);
}

#[tokio::test]
async fn what_nothing_is_known_of_is_null_and_not_zero() {
    let stored = Stored::start().await;
    let json = stored.json("/queue/metrics").await;
    for key in ["avg_execution_time_ms", "avg_queue_wait_time_ms"] {
        assert_eq!(json[key], Value::Null, "{key}");
    }
    assert_eq!(json["oldest_pending_age_seconds"], 0);
}

#[tokio::test]
async fn the_queue_is_paused_and_resumed_and_says_so() {
    let stored = Stored::start().await;
    for (path, paused) in [("pause", true), ("pause", true), ("resume", false)] {
        let answer = stored.post(&format!("/api/v1/queue/{path}"), "").await;
        assert_eq!((answer.status, &answer.json()["paused"]), (200, &json!(paused)), "{path}");
        assert_eq!(stored.json("/api/v1/queue").await["paused"], paused, "{path}");
    }
    let batch = stored.batch(TWO).await;
    assert_eq!(batch["accepted"].as_array().unwrap().len(), 2, "it still takes commands");
}

#[tokio::test]
async fn a_refresh_queues_one_task_for_each_device_that_is_online() {
    let stored = Stored::start().await;
    let path = "/system/refresh-capabilities";
    let answer = stored.post(path, "").await;
    assert_eq!((answer.status, answer.json()), (202, json!({"success": true, "queued_count": 1})));
    let open = stored.json("/api/v1/queue/commands").await;
    let task = &open["items"][0];
    assert_eq!((&task["hostname"], &task["port"]), (&json!("ir-1"), &json!(0)));
    assert_eq!(
        (&task["command"], &task["class"]),
        (&json!("refresh_capabilities"), &json!("system"))
    );
    assert_eq!((&task["priority"], &task["max_attempts"]), (&json!(-10), &json!(1)));
    assert_eq!(task["due_at"], "2026-09-21T14:13:50Z", "deferred by 30 s");
    let again = stored.post(path, "").await.json();
    assert_eq!(again["queued_count"], 0, "one waiting for a device is enough");
}

#[tokio::test]
async fn who_asks_for_a_check_that_waits_already_is_told_of_the_one_that_waits() {
    let stored = Stored::start().await;
    let ask = async || stored.post("/ir-1/command", r#"{"command":"health_check"}"#).await;
    let (first, second) = (ask().await, ask().await);
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(second.json()["command_id"], first.json()["command_id"]);
    let id = second.json()["command_id"].as_str().unwrap().to_owned();
    assert_eq!(stored.json(&format!("/api/v1/commands/{id}")).await["status"], "pending");
    let open = stored.json("/api/v1/queue/commands").await;
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn infrared_of_a_class_without_a_place_in_the_order_is_refused_and_outranks_nothing() {
    let stored = Stored::start().await;
    for (class, channel) in [("system", 5), ("immediate", 7)] {
        let body =
            format!(r#"{{"command":"channel","port":2,"channel":"{channel}","class":"{class}"}}"#);
        let answer = stored.post("/ir-1/command", &body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (422, &json!("invalid_class")));
        assert_eq!(answer.json()["errors"][0]["field"], "class", "{class}");
    }
    let scheduled = r#"{"command":"diagnostic_signal","scheduled_at":"2030-01-01T00:00:00Z"}"#;
    let answer = stored.post("/ir-1/command", scheduled).await;
    assert_eq!((answer.status, &answer.json()["code"]), (422, &json!("not_queueable")));
    let open = stored.json("/api/v1/queue/commands").await;
    assert_eq!(open["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn open_commands_are_listed_page_by_page_and_by_device() {
    let stored = Stored::start().await;
    for name in ["power_on", "mute_on", "volume_up"] {
        stored.batch(&TWO.replace("power_on", name)).await;
    }
    stored.claim("ir-1").await;
    let mut path = "/api/v1/queue/commands?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = stored.json(&path).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["queue_id"].as_i64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/queue/commands?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 6);
    assert!(seen.is_sorted(), "{seen:?}");
    let of_one = stored.json("/api/v1/queue/commands?hostname=ir-1").await;
    let statuses: Vec<_> =
        of_one["items"].as_array().unwrap().iter().map(|item| &item["status"]).collect();
    assert_eq!(statuses, ["processing", "pending", "pending"]);
    for (query, field) in [("limit=0", "limit"), ("cursor=x", "cursor"), ("page=2", "page")] {
        let answer = stored.get(&format!("/api/v1/queue/commands?{query}")).await;
        assert_eq!(answer.problem(), (422, "invalid_query".to_owned()), "{query}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
}

#[tokio::test]
async fn the_history_is_listed_page_by_page_the_newest_first() {
    let stored = Stored::start().await;
    for name in ["power_on", "mute_on"] {
        stored.batch(&TWO.replace("power_on", name)).await;
        stored.serve("ir-1", Reason::Delivered).await;
        stored.serve("ir-2", Reason::Refused).await;
    }
    let first = stored.json("/api/v1/history?limit=3").await;
    let told = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| format!("{} {}", item["command"], item["status"])).collect()
    };
    let newest = [r#""mute_on" "failed""#, r#""mute_on" "completed""#, r#""power_on" "failed""#];
    assert_eq!(told(&first), newest);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = stored.json(&format!("/api/v1/history?limit=3&cursor={cursor}")).await;
    assert_eq!(told(&rest), [r#""power_on" "completed""#]);
    assert_eq!(rest["next_cursor"], Value::Null);
    let of_one = stored.json("/api/v1/history?hostname=ir-2").await;
    assert_eq!(of_one["items"].as_array().unwrap().len(), 2);
    let wrong = stored.get("/api/v1/history?hostname=-ir").await;
    assert_eq!(wrong.problem(), (422, "invalid_query".to_owned()));
}

#[tokio::test]
async fn the_last_commands_of_a_device_are_those_that_wait_and_then_those_that_ended() {
    let stored = Stored::start().await;
    for name in ["power_on", "mute_on", "volume_up", "ok"] {
        stored.batch(&TWO.replace("power_on", name)).await;
    }
    for reason in [Reason::Delivered, Reason::Refused] {
        stored.serve("ir-1", reason).await;
    }
    let told = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| format!("{} {}", item["command"], item["status"])).collect()
    };
    let all = stored.json("/api/v1/devices/IR-1/commands").await;
    let expected = [
        r#""ok" "pending""#,
        r#""volume_up" "pending""#,
        r#""mute_on" "failed""#,
        r#""power_on" "completed""#,
    ];
    assert_eq!(
        (told(&all), &all["next_cursor"]),
        (expected.map(String::from).into(), &Value::Null)
    );
    let ended = stored.json("/api/v1/history?hostname=ir-1").await;
    assert_eq!(all["items"].as_array().unwrap()[2..], ended["items"].as_array().unwrap()[..]);
    let few = stored.json("/api/v1/devices/ir-1/commands?limit=3").await;
    assert_eq!(told(&few), expected[..3]);
    for (path, expected) in [
        ("/api/v1/devices/ir-1/commands?limit=0", (422, "invalid_query")),
        ("/api/v1/devices/ir-1/commands?cursor=1", (422, "invalid_query")),
        ("/api/v1/devices/ir-9/commands", (404, "unknown_device")),
        ("/ir-1/commands", (404, "not_found")),
    ] {
        let (status, code) = stored.get(path).await.problem();
        assert_eq!((status, &*code), expected, "{path}");
    }
}

#[tokio::test]
async fn port_status_has_the_shape_of_the_document() {
    let stored = Stored::start().await;
    for body in [
        r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"channel","channel":"060"}"#,
        r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"power_on"}"#,
        r#"{"targets":[{"hostname":"ir-1","port":4}],"command":"power_off"}"#,
    ] {
        stored.batch(body).await;
        stored.serve("ir-1", Reason::Delivered).await;
    }
    // When its attempt ended.
    const DELIVERED: &str = "2026-09-21T14:13:20.04Z";
    let expected = json!({"hostname": "ir-1", "port_statuses": [
        {"port": 2, "last_channel": "060", "last_command": "power_on",
         "last_command_at": DELIVERED, "last_power_state": "on", "muted": null, "last_input": null,
         "updated_at": DELIVERED, "corrected_by": null},
        {"port": 4, "last_channel": null, "last_command": "power_off",
         "last_command_at": DELIVERED, "last_power_state": "off", "muted": null, "last_input": null,
         "updated_at": DELIVERED, "corrected_by": null},
    ]});
    for path in ["/ir-1/port-status", "/api/v1/devices/IR-1/port-status/"] {
        assert_eq!(stored.json(path).await, expected, "{path}");
    }
    assert_eq!(stored.json("/ir-2/port-status").await["port_statuses"], json!([]));
    let unknown = stored.get("/ir-9/port-status").await;
    assert_eq!(unknown.problem(), (404, "unknown_device".to_owned()));
    let reserved = stored.get("/queue/port-status").await;
    assert_eq!(reserved.problem(), (404, "not_found".to_owned()));
    assert!(stored.store.waiting(&"ir-1/2".parse().unwrap()).is_empty());
}
