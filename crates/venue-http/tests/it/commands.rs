//! Single commands that go into the queue, and what is told about them later.

use serde_json::{Value, json};
use venue_api::UtcTime;
use venue_domain::{Reason, WallTime};

use crate::stored::{NOW, NOW_TEXT, Stored};

const ON: &str = r#"{"command":"power_on","port":2}"#;

#[tokio::test]
async fn a_command_that_waits_says_where_it_is_shown() {
    let stored = Stored::start().await;
    let answer = stored.post("/ir-1/command", ON).await;
    assert_eq!(answer.status, 202);
    let json = answer.json();
    let path = format!("/api/v1/commands/{}", json["command_id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(path.as_str()));
    assert_eq!(
        (&json["success"], &json["delivered"], &json["status"]),
        (&json!(true), &json!(false), &json!("pending"))
    );
    assert_eq!(stored.json(&path).await["queue_id"], json["queue_id"]);
}

#[tokio::test]
async fn the_options_of_the_queue_are_taken_and_checked() {
    let stored = Stored::start().await;
    let with = |more: &str| format!("{{\"command\":\"power_on\",\"port\":2,{more}}}");
    let all = r#""priority":0,"max_attempts":10,"wait_for_device_s":20,"notes":"by hand",
        "scheduled_at":"2026-09-21T15:00:00Z""#;
    let queued = stored.post("/api/v1/devices/ir-1/command", &with(all)).await;
    assert_eq!(queued.status, 202);
    let path = format!("/api/v1/commands/{}", queued.json()["queue_id"]);
    let json = stored.json(&path).await;
    assert_eq!((&json["priority"], &json["max_attempts"]), (&json!(0), &json!(10)));
    assert_eq!((&json["notes"], &json["class"]), (&json!("by hand"), &json!("interactive")));
    assert_eq!(json["scheduled_at"], "2026-09-21T15:00:00Z");
    assert_eq!(stored.server.script.names(), [""; 0], "what is scheduled is not tried before");
    let table = [
        ("\"priority\":-11", "invalid_priority", "priority"),
        ("\"max_attempts\":11", "invalid_max_attempts", "max_attempts"),
        ("\"scheduled_at\":\"2026-13-01T00:00:00Z\"", "invalid_body", "scheduled_at"),
        ("\"wait_for_device_s\":1.5", "invalid_body", "wait_for_device_s"),
        ("\"notes\":7", "invalid_body", "notes"),
    ];
    for (more, code, field) in table {
        let answer = stored.post("/ir-1/command", &with(more)).await;
        assert_eq!(answer.problem(), (422, code.to_owned()), "{more}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{more}");
    }
}

#[tokio::test]
async fn a_command_is_shown_whole_with_its_attempts() {
    let stored = Stored::start().await;
    let queued = stored.post("/ir-1/command", ON).await.json();
    // Its first queued attempt is due about 2 s after the direct one; somebody gives it up before.
    let by_id = format!("/api/v1/commands/{}", queued["command_id"].as_str().unwrap());
    let json = stored.json(&by_id).await;
    let mut expected = json!({
        "command_id": queued["command_id"],
        "queue_id": queued["queue_id"],
        "hostname": "ir-1",
        "port": 2,
        "command": "power_on",
        "channel": null,
        "digit": null,
        "input": null,
        "class": "interactive",
        "batch_id": null,
        "status": "pending",
        "reason": "device_offline",
        "detail": null,
        "delivered": false,
        "evidence": null,
        "superseded_by": null,
        "priority": 10,
        "scheduled_at": null,
        "due_at": UtcTime(due_at(&json)),
        "expires_at": "2026-09-21T14:13:50Z",
        "attempts": 0,
        "max_attempts": 3,
        "last_attempt_at": "2026-09-21T14:13:19.993Z",
        "completed_at": null,
        "execution_time_ms": 7,
        "queue_wait_ms": null,
        "routing_method": "direct_failed_queued",
        "created_at": NOW_TEXT,
        "created_by": null,
        "user_ip": "127.0.0.1",
        "notes": null,
        "attempt_log": [{
            "started_at": "2026-09-21T14:13:19.993Z",
            "took_ms": 7,
            "reason": "device_offline",
            "meaning": "the device was offline, nothing was sent",
            "may_have_acted": false,
            "evidence": null,
            "detail": null,
        }],
    });
    // Its place in the order.
    expected["order_instant"] = json!(NOW_TEXT);
    expected["order_sequence"] = json!(1);
    expected["unknown_seen"] = json!(false);
    assert_eq!(json, expected);
    let by_number = format!("/api/v1/commands/{}", queued["queue_id"]);
    assert_eq!(stored.json(&by_number).await, expected);
}

/// When it is tried next: about 2 s after now, and not all that wait at the same time.
fn due_at(command: &Value) -> WallTime {
    let due: UtcTime = serde_json::from_value(command["due_at"].clone()).unwrap();
    let wait = due.0.unix_ms() - NOW.unix_ms();
    assert!((1_600..=2_400).contains(&wait), "{wait} ms");
    due.0
}

#[tokio::test]
async fn why_is_one_sentence_and_its_facts() {
    let stored = Stored::start().await;
    let queued = stored.post("/ir-1/command", ON).await.json();
    let json = stored.json(&format!("/api/v1/commands/{}/why", queued["queue_id"])).await;
    let due_at = due_at(&json);
    let given_up = WallTime::from_unix_ms(due_at.unix_ms() + 12_000);
    let expected = format!(
        "power_on for ir-1/2 waits after one attempt: the device was offline, nothing was sent; it may be \
         tried from {} on, and if its device stays away it is given up at about {}.",
        UtcTime(due_at),
        UtcTime(given_up),
    );
    assert_eq!(json["why"], expected);
    let mut keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    let expected = [
        "attempt_log",
        "attempts",
        "command",
        "command_id",
        "completed_at",
        "due_at",
        "expires_at",
        "hostname",
        "max_attempts",
        "port",
        "queue_id",
        "reason",
        "status",
        "superseded_by",
        "unknown_seen",
        "why",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&json["status"], &json["reason"]), (&json!("pending"), &json!("device_offline")));

    stored.post("/api/v1/queue/pause", "").await;
    let json = stored.json(&format!("/api/v1/commands/{}/why", queued["queue_id"])).await;
    assert!(json["why"].as_str().unwrap().contains("the queue is paused"), "{json}");
    stored.post("/ir-1/command", r#"{"command":"power_off","port":2}"#).await;
    let json = stored.json(&format!("/api/v1/commands/{}/why", queued["queue_id"])).await;
    assert!(json["why"].as_str().unwrap().contains("superseded by the newer command"), "{json}");
    assert_eq!((&json["due_at"], &json["completed_at"]), (&Value::Null, &json!(NOW_TEXT)));
    assert!(json["superseded_by"].is_string(), "{json}");
}

#[tokio::test]
async fn a_command_is_withdrawn_while_it_waits_and_not_later() {
    let stored = Stored::start().await;
    let cancel =
        |id: &Value| format!("/api/v1/commands/{}/cancel", id.to_string().trim_matches('"'));
    let first = stored.post("/ir-1/command", ON).await.json();
    let answer = stored.post(&cancel(&first["command_id"]), "").await;
    let expected = json!({"command_id": first["command_id"], "status": "cancelled"});
    assert_eq!((answer.status, answer.json()), (200, expected));
    let again = stored.post(&cancel(&first["command_id"]), "").await;
    assert_eq!(again.problem(), (409, "already_ended".to_owned()));
    assert!(again.json()["detail"].as_str().unwrap().ends_with("it is cancelled"));

    let one = r#"{"targets":[{"hostname":"ir-2","port":1}],"command":"mute_on"}"#;
    let batch = stored.batch(one).await;
    let queue_id = &batch["accepted"][0]["queue_id"];
    stored.claim("ir-2").await;
    let late = stored.post(&cancel(queue_id), "").await;
    assert_eq!(late.problem(), (409, "in_flight".to_owned()));
    let other = stored.batch(&one.replace("ir-2", "ir-1")).await;
    let by_number = stored.post(&cancel(&other["accepted"][0]["queue_id"]), "").await;
    assert_eq!(by_number.json()["command_id"], other["accepted"][0]["command_id"]);
}

#[tokio::test]
async fn a_command_that_is_not_there_is_404_and_no_name_422() {
    let stored = Stored::start().await;
    let nobody = "0199f0c2-5a5e-7000-8000-000000000000";
    for id in [nobody, "4711", "-1"] {
        let unknown = (404, "unknown_command_id".to_owned());
        for leaf in ["", "/why"] {
            let path = format!("/api/v1/commands/{id}{leaf}");
            assert_eq!(stored.get(&path).await.problem(), unknown, "{path}");
        }
        let path = format!("/api/v1/commands/{id}/cancel");
        assert_eq!(stored.post(&path, "").await.problem(), unknown, "{path}");
    }
    let path = "/api/v1/commands/power_on";
    assert_eq!(stored.get(path).await.problem(), (422, "invalid_command_id".to_owned()));
    let cancel = stored.post(&format!("{path}/cancel"), "").await;
    assert_eq!(cancel.problem(), (422, "invalid_command_id".to_owned()));
}

#[tokio::test]
async fn a_finished_command_tells_how_it_ended() {
    let stored = Stored::start().await;
    let one = r#"{"targets":[{"hostname":"ir-2","port":1}],"command":"mute"}"#;
    let batch = stored.batch(one).await;
    stored.serve("ir-2", Reason::Delivered).await;
    let path = format!("/api/v1/commands/{}", batch["accepted"][0]["queue_id"]);
    let json = stored.json(&path).await;
    assert_eq!((&json["status"], &json["delivered"]), (&json!("completed"), &json!(true)));
    assert_eq!((&json["evidence"], &json["attempts"]), (&json!("reply"), &json!(1)));
    assert_eq!(json["batch_id"], batch["batch_id"]);
    assert_eq!((&json["execution_time_ms"], &json["queue_wait_ms"]), (&json!(40), &json!(0)));
    let why = stored.json(&format!("{path}/why")).await;
    let expected = "mute for ir-2/1 was delivered: the device replied; whether the TV changed is \
                    not known.";
    assert_eq!(why["why"], expected);
}

#[tokio::test]
async fn a_default_channel_is_told_as_the_channel_that_was_sent() {
    let stored = Stored::delivering().await;
    let body = r#"{"command":"default_channel","port":2}"#;
    let answer = stored.post("/ir-1/command", body).await.json();
    assert_eq!((&answer["command"], &answer["channel"]), (&json!("channel"), &json!("060")));
    let queued = Stored::start().await;
    let answer = queued.post("/ir-1/command", body).await.json();
    assert_eq!((&answer["command"], &answer["channel"]), (&json!("channel"), &json!("060")));
    let id = answer["command_id"].as_str().unwrap();
    assert_eq!(queued.json(&format!("/api/v1/commands/{id}")).await["channel"], "060");
    let bulk = r#"{"targets":[{"hostname":"ir-2","port":2}],"command":"default_channel"}"#;
    let batch = queued.batch(bulk).await;
    assert_eq!(batch["accepted"][0]["channel"], "060", "{batch}");
}

#[tokio::test]
async fn a_channel_is_named_as_the_line_up_calls_it_and_told_by_its_number() {
    let stored = Stored::delivering().await;
    for channel in [
        json!({"id": "fox-1", "name": "Fox Sports 1", "number": "501"}),
        json!({"id": "espn", "name": "ESPN", "number": "30"}),
    ] {
        let made = stored.post("/api/v1/config/channels", &channel.to_string()).await;
        assert_eq!(made.status, 201, "{:?}", made.json());
    }
    for name in ["Fox Sports 1", "fox-1", " fox sports 1"] {
        let body = json!({"command": "channel", "channel": name, "port": 2}).to_string();
        let answer = stored.post("/ir-1/command", &body).await;
        assert_eq!((answer.status, &answer.json()["channel"]), (200, &json!("501")), "{name}");
    }
    let body = json!({"command": "channel", "channel": "espn", "port": 2}).to_string();
    let refused = stored.post("/ir-1/command", &body).await;
    assert_eq!(refused.problem(), (422, "channel_not_received".to_owned()));
    let body = json!({"command": "channel", "channel": "BBC One", "port": 2}).to_string();
    let unknown = stored.post("/ir-1/command", &body).await;
    assert_eq!(unknown.problem(), (422, "invalid_parameter".to_owned()));
    let told = unknown.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("line-up"), "{told}");
    let bulk = json!({"command": "channel", "channel": "Fox Sports 1", "selectors": ["all"]});
    let batch = stored.batch(&bulk.to_string()).await;
    let accepted: Vec<_> = batch["accepted"].as_array().unwrap().iter().collect();
    assert_eq!(accepted.len(), 2, "{batch}");
    assert_eq!(accepted[0]["channel"], "501");
    let rejected: Vec<_> = batch["rejected"].as_array().unwrap().iter().collect();
    assert_eq!((rejected.len(), &rejected[0]["code"]), (2, &json!("channel_not_received")));
}
