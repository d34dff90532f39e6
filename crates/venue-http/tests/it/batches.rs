//! Bulk requests and what is done about them later.

use serde_json::{Value, json};
use venue_domain::Reason;

use crate::stored::{NOW_TEXT, Stored};

const TWO: &str = r#"{"targets":[{"hostname":"ir-1","port":1},{"hostname":"ir-2","port":2}],
    "command":"channel","channel":"060"}"#;

#[tokio::test]
async fn the_document_is_answered_in_the_union_of_its_shapes() {
    let stored = Stored::start().await;
    let named = r#"{"devices":[{"hostname":"ir-1","port":1},{"hostname":"IR-1","box":1},
        {"hostname":"ir-9","port":1},{"hostname":"ir-2"}],
        "command":"power_on","priority":0,"batch_id":"game-day","notes":"kick-off"}"#;
    for path in ["/bulk/command", "/bulk-command/"] {
        let body = named.replace("game-day", path.trim_matches('/').rsplit('/').next().unwrap());
        let answer = stored.post(path, &body).await;
        assert_eq!(answer.status, 202, "{path}");
        let mut json = answer.json();
        let id = json["batch_id"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("location"), Some(&*format!("/api/v1/batches/{id}")));
        let ids = json["command_ids"].take();
        assert_eq!(ids, json!([json["accepted"][0]["queue_id"]]));
        assert!(json["accepted"][0]["command_id"].take().is_string());
        let expected = json!({
            "success": true,
            "method": "queued",
            "queued_count": 1,
            "total_queued": 1,
            "command_ids": null,
            "delivered": false,
            "status": "pending",
            "batch_id": id,
            "accepted": [
                {"hostname": "ir-1", "port": 1, "command": "power_on", "command_id": null, "queue_id": ids[0]}
            ],
            "rejected": [
                {"index": 2, "hostname": "ir-9", "port": 1, "code": "unknown_device",
                 "detail": "device ir-9 not found"},
                {"index": 3, "hostname": "ir-2", "port": null, "code": "invalid_port",
                 "detail": "power_on goes out through an infrared port: give port 1 to 5"},
            ],
            "duplicates": [{"index": 1, "hostname": "IR-1", "port": 1}],
            "durable": true,
        });
        assert_eq!(json, expected, "{path}");
    }
}

#[tokio::test]
async fn our_own_answer_has_the_facts_without_success() {
    let stored = Stored::start().await;
    let answer = stored.post("/api/v1/batches", TWO).await;
    assert_eq!(answer.status, 202);
    let json = answer.json();
    let mut keys: Vec<_> = json.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["accepted", "batch_id", "duplicates", "durable", "rejected"]);
    let id = json["batch_id"].as_str().unwrap();
    assert!(id.starts_with("batch_") && id.len() == 14, "{id}");
    assert_eq!(stored.server.script.names(), [""; 0], "bulk is never sent directly");
}

#[tokio::test]
async fn a_bulk_request_that_is_wrong_as_a_whole_names_its_field() {
    let stored = Stored::start().await;
    let with = |more: &str| TWO.replace("\"command\"", &format!("{more},\"command\""));
    let action = |name: &str| TWO.replace("\"channel\",\"channel\":\"060\"", &format!("{name:?}"));
    let table = [
        ("[]".to_owned(), 422, "invalid_body", None),
        (r#"{"targets":[],"command":"mute"}"#.to_owned(), 422, "invalid_targets", Some("targets")),
        (r#"{"command":"mute"}"#.to_owned(), 422, "invalid_targets", Some("targets")),
        (action("explode"), 422, "unknown_command", Some("command")),
        (action("diagnostic_signal"), 422, "not_queueable", Some("command")),
        (action("channel"), 422, "invalid_parameter", Some("channel")),
        (with("\"priority\":11"), 422, "invalid_priority", Some("priority")),
        (with("\"max_attempts\":0"), 422, "invalid_max_attempts", Some("max_attempts")),
        (with("\"scheduled_at\":\"noon\""), 422, "invalid_body", Some("scheduled_at")),
        (with("\"wait_for_device_s\":-1"), 422, "invalid_body", Some("wait_for_device_s")),
        (with("\"batch_id\":\"a b\""), 422, "invalid_batch_id", Some("batch_id")),
        (with(&format!("\"notes\":\"{}\"", "x".repeat(501))), 422, "invalid_notes", Some("notes")),
        (with("\"selector\":\"all\""), 422, "invalid_body", Some("selector")),
    ];
    for (body, status, code, field) in table {
        for path in ["/bulk/command", "/bulk-command", "/api/v1/batches"] {
            let answer = stored.post(path, &body).await;
            assert_eq!(answer.problem(), (status, code.to_owned()), "{path} {body}");
            let json = answer.json();
            assert_eq!(json["errors"][0]["field"].as_str(), field, "{path} {body}: {json}");
        }
    }
    let open = stored.json("/api/v1/queue/commands").await;
    assert_eq!(open["items"], json!([]), "nothing was queued");
}

#[tokio::test]
async fn where_no_target_is_right_there_is_no_batch_and_each_says_why() {
    let stored = Stored::start().await;
    let body = r#"{"targets":[{"hostname":"ir-9","port":1},{"hostname":"ir-1","port":0}],
        "command":"mute","batch_id":"nothing"}"#;
    let answer = stored.post("/bulk/command", body).await;
    assert_eq!(answer.problem(), (422, "invalid_targets".to_owned()));
    let errors = &answer.json()["errors"];
    assert_eq!(errors[0]["field"], "targets[0].hostname", "{errors}");
    assert_eq!(errors[1]["field"], "targets[1].port", "{errors}");
    assert_eq!(stored.get("/api/v1/batches/nothing").await.status, 404);
}

#[tokio::test]
async fn a_batch_may_have_two_thousand_targets_with_long_names() {
    let stored = Stored::start().await;
    let name = "a".repeat(63);
    let targets: Vec<_> =
        (0..2_001).map(|_| format!("{{\"hostname\":\"{name}\",\"port\":1}}")).collect();
    let body = |count: usize| {
        let targets = targets[..count].join(",");
        format!("{{\"targets\":[{targets}],\"command\":\"mute\"}}")
    };
    let most = stored.post("/api/v1/batches", &body(2_000)).await.json();
    assert_eq!(most["errors"].as_array().unwrap().len(), 2_000, "each is answered for");
    let more = stored.post("/api/v1/batches", &body(2_001)).await;
    assert_eq!(more.problem(), (422, "invalid_targets".to_owned()));
    assert_eq!(more.json()["errors"][0]["field"], "targets");
    let single =
        format!("{{\"command\":\"mute\",\"port\":1,\"notes\":\"{}\"}}", "x".repeat(70_000));
    assert_eq!(stored.post("/ir-1/command", &single).await.problem().0, 413, "others may not");
}

#[tokio::test]
async fn the_documents_status_adds_up_and_names_each_command() {
    let stored = Stored::start().await;
    let batch = stored.batch(TWO).await;
    let id = batch["batch_id"].as_str().unwrap();
    stored.serve("ir-1", Reason::Delivered).await;
    stored.serve("ir-2", Reason::NoEvidence).await;
    let json = stored.json(&format!("/bulk/{id}/status")).await;
    let accepted = &batch["accepted"];
    let expected = json!({
        "batch_id": id,
        "total": 2,
        "completed": 1,
        "failed": 1,
        "pending": 0,
        "statuses": {"pending": 0, "processing": 0, "completed": 1, "failed": 0, "expired": 0,
                     "superseded": 0, "cancelled": 0, "unknown": 1},
        "commands": [
            {"id": accepted[0]["queue_id"], "command_id": accepted[0]["command_id"],
             "hostname": "ir-1", "port": 1, "command": "channel", "channel": "060",
             "status": "completed", "success": true, "attempts": 1, "error_message": null},
            {"id": accepted[1]["queue_id"], "command_id": accepted[1]["command_id"],
             "hostname": "ir-2", "port": 2, "command": "channel", "channel": "060",
             "status": "unknown", "success": false, "attempts": 1,
             "error_message": "no confirmation came in time"},
        ],
    });
    assert_eq!(json, expected);
    let unknown = stored.json("/bulk/batch_00000000/status").await;
    assert_eq!((&unknown["total"], &unknown["commands"]), (&json!(0), &json!([])), "as it was");
    let malformed = stored.get("/bulk/a%20b/status").await;
    assert_eq!(malformed.problem(), (422, "invalid_batch_id".to_owned()));
}

#[tokio::test]
async fn a_batch_is_shown_with_its_counts_and_a_page_of_its_commands() {
    let stored = Stored::start().await;
    let body = TWO.replace("\"command\"", "\"notes\":\"kick-off\",\"command\"");
    let batch = stored.batch(&body).await;
    let path = format!("/api/v1/batches/{}", batch["batch_id"].as_str().unwrap());
    stored.serve("ir-1", Reason::Delivered).await;
    let mut json = stored.json(&format!("{path}?limit=1")).await;
    assert_eq!(json["commands"][0]["command_id"], batch["accepted"][0]["command_id"]);
    assert_eq!(json["commands"].as_array().unwrap().len(), 1);
    let cursor = json["next_cursor"].take();
    json["commands"].take();
    let expected = json!({
        "batch_id": batch["batch_id"],
        "created_at": NOW_TEXT,
        "created_by": null,
        "user_ip": "127.0.0.1",
        "notes": "kick-off",
        "finished_at": null,
        "finished": false,
        "total": 2,
        "statuses": {"pending": 1, "processing": 0, "completed": 1, "failed": 0, "expired": 0,
                     "superseded": 0, "cancelled": 0, "unknown": 0},
        "rejected": 0,
        "duplicates": 0,
        "allowed": ["cancel", "retry", "undo"],
        "commands": null,
        "next_cursor": null,
    });
    assert_eq!(json, expected);
    let next = stored.json(&format!("{path}?limit=1&cursor={}", cursor.as_str().unwrap())).await;
    assert_eq!(next["commands"][0]["command_id"], batch["accepted"][1]["command_id"]);
    assert_eq!(next["next_cursor"], Value::Null);
    stored.serve("ir-2", Reason::DeviceOffline).await;
    let done = stored.json(&path).await;
    assert_eq!((&done["finished"], &done["finished_at"]), (&json!(true), &json!(NOW_TEXT)));
    assert_eq!(done["allowed"], json!(["retry", "undo"]), "nothing is left to withdraw");
    let listed = stored.json("/api/v1/batches").await;
    assert_eq!(listed["items"][0]["allowed"], json!(["retry", "undo"]));
    let wrong = stored.get(&format!("{path}?lmit=1")).await;
    assert_eq!(wrong.problem(), (422, "invalid_query".to_owned()));
}

#[tokio::test]
async fn a_batch_that_is_not_there_is_404() {
    let stored = Stored::start().await;
    let nowhere = (404, "unknown_batch".to_owned());
    assert_eq!(stored.get("/api/v1/batches/nowhere").await.problem(), nowhere);
    for leaf in ["cancel", "retry", "undo"] {
        let answer = stored.post(&format!("/api/v1/batches/nowhere/{leaf}"), "").await;
        assert_eq!(answer.problem(), nowhere, "{leaf}");
        let answer = stored.post(&format!("/api/v1/batches/a%20b/{leaf}"), "").await;
        assert_eq!(answer.problem(), (422, "invalid_batch_id".to_owned()), "{leaf}");
    }
}

#[tokio::test]
async fn what_waits_is_withdrawn_and_what_is_in_flight_is_counted() {
    let stored = Stored::start().await;
    let batch = stored.batch(TWO).await;
    let id = batch["batch_id"].as_str().unwrap();
    stored.claim("ir-1").await;
    let path = format!("/api/v1/batches/{id}/cancel");
    let expected = json!({"batch_id": id, "cancelled": 1, "in_flight": 1});
    assert_eq!(stored.post(&path, "").await.json(), expected);
    let again = json!({"batch_id": id, "cancelled": 0, "in_flight": 1});
    assert_eq!(stored.post(&path, "").await.json(), again);
    let told = stored.ended.0.lock().unwrap().iter().map(|one| one.ended.len()).sum::<usize>();
    assert_eq!(told, 1, "what ended is told once");
}

#[tokio::test]
async fn retry_queues_what_failed_as_a_batch_of_its_own() {
    let stored = Stored::start().await;
    let batch = stored.batch(TWO).await;
    let id = batch["batch_id"].as_str().unwrap();
    stored.serve("ir-1", Reason::Delivered).await;
    stored.serve("ir-2", Reason::DeviceOffline).await;
    let path = format!("/api/v1/batches/{id}/retry");
    let answer = stored.post(&path, "").await;
    assert_eq!(answer.status, 202);
    let json = answer.json();
    let again = json["batch"]["batch_id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(&*format!("/api/v1/batches/{again}")));
    assert_eq!((&json["of_batch"], &json["withdrawn"]), (&json!(id), &json!(0)));
    assert_eq!(json["batch"]["accepted"][0]["hostname"], "ir-2");
    assert_eq!(json["skipped"], json!([]), "what was delivered is no matter");
    let twice = stored.post(&path, "").await;
    assert_eq!(twice.status, 202);
    assert_eq!(twice.json()["batch"]["batch_id"], again, "the same while it runs");
    stored.serve("ir-2", Reason::DeviceOffline).await;
    let twice = stored.post(&path, "").await;
    assert_eq!(twice.status, 200, "nothing was queued");
    let skipped = json!([{
        "hostname": "ir-2",
        "port": 2,
        "code": "newer_wish",
        "detail": "a newer command for the same thing was accepted",
    }]);
    let json = twice.json();
    assert_eq!((&json["batch"], &json["skipped"]), (&Value::Null, &skipped));
}

#[tokio::test]
async fn undo_withdraws_what_waits_and_restores_the_rest() {
    let stored = Stored::start().await;
    stored.batch(&TWO.replace("060", "7")).await;
    stored.serve("ir-1", Reason::Delivered).await;
    stored.serve("ir-2", Reason::Delivered).await;
    let batch = stored.batch(TWO).await;
    stored.serve("ir-1", Reason::Delivered).await;
    let id = batch["batch_id"].as_str().unwrap();
    let answer = stored.post(&format!("/api/v1/batches/{id}/undo"), "").await;
    assert_eq!(answer.status, 202);
    let json = answer.json();
    assert_eq!(json["withdrawn"], 1);
    assert_eq!(json["skipped"][0]["code"], "not_changed");
    assert_eq!(json["skipped"][0]["hostname"], "ir-2");
    let restored = format!("/api/v1/batches/{}", json["batch"]["batch_id"].as_str().unwrap());
    let restored = stored.json(&restored).await;
    assert_eq!(restored["notes"], format!("undo of {id}"));
    let command = &restored["commands"][0];
    assert_eq!((&command["hostname"], &command["channel"]), (&json!("ir-1"), &json!("7")));
}

#[tokio::test]
async fn a_batch_that_was_undone_does_not_offer_it_again() {
    let stored = Stored::start().await;
    stored.batch(&TWO.replace("060", "7")).await;
    stored.serve("ir-1", Reason::Delivered).await;
    stored.serve("ir-2", Reason::Delivered).await;
    let batch = stored.batch(TWO).await;
    let path = format!("/api/v1/batches/{}", batch["batch_id"].as_str().unwrap());
    // What is in flight is restored as well: it may act.
    let in_flight = stored.claim("ir-2").await;
    stored.serve("ir-1", Reason::Delivered).await;
    assert_eq!(stored.post(&format!("{path}/undo"), "").await.status, 202);
    assert_eq!(stored.json(&path).await["allowed"], json!(["cancel", "retry"]), "it is undone");
    stored.end(in_flight, Reason::Delivered).await;
    assert_eq!(stored.json(&path).await["allowed"], json!(["retry"]));
    let listed = stored.json("/api/v1/batches").await;
    let items = listed["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["batch_id"] == batch["batch_id"]).unwrap();
    assert_eq!(item["allowed"], json!(["retry"]));
    stored.serve("ir-1", Reason::Delivered).await;
    stored.serve("ir-2", Reason::Delivered).await;
    let again = stored.post(&format!("{path}/undo"), "").await.json();
    assert_eq!((&again["batch"], &again["withdrawn"]), (&Value::Null, &json!(0)), "{again}");
}

#[tokio::test]
async fn a_batch_of_steps_offers_no_undo_for_nobody_knows_how_loud_it_was() {
    let stored = Stored::start().await;
    let steps = TWO.replace(r#""command":"channel","channel":"060""#, r#""command":"volume_up""#);
    let batch = stored.batch(&steps).await;
    let path = format!("/api/v1/batches/{}", batch["batch_id"].as_str().unwrap());
    let waiting = stored.json(&path).await;
    assert_eq!(waiting["allowed"], json!(["cancel", "retry", "undo"]), "it would withdraw them");
    stored.serve("ir-1", Reason::Delivered).await;
    stored.serve("ir-2", Reason::Delivered).await;
    assert_eq!(stored.json(&path).await["allowed"], json!(["retry"]));
    let listed = stored.json("/api/v1/batches").await;
    assert_eq!(listed["items"][0]["allowed"], json!(["retry"]));
}

#[tokio::test]
async fn a_batch_that_was_retried_offers_a_retry_only_for_what_failed_since() {
    let stored = Stored::start().await;
    let batch = stored.batch(TWO).await;
    let path = format!("/api/v1/batches/{}", batch["batch_id"].as_str().unwrap());
    stored.serve("ir-1", Reason::DeviceOffline).await;
    let in_flight = stored.claim("ir-2").await;
    assert_eq!(stored.post(&format!("{path}/retry"), "").await.status, 202);
    assert_eq!(stored.json(&path).await["allowed"], json!(["cancel", "undo"]), "it is retried");
    stored.end(in_flight, Reason::DeviceOffline).await;
    assert_eq!(stored.json(&path).await["allowed"], json!(["retry", "undo"]), "ir-2 failed since");
    stored.serve("ir-1", Reason::Delivered).await;
    assert_eq!(stored.post(&format!("{path}/retry"), "").await.status, 202);
    assert_eq!(stored.json(&path).await["allowed"], json!(["undo"]));
}

#[tokio::test]
async fn a_batch_can_be_scheduled_with_the_options_of_the_queue() {
    let stored = Stored::start().await;
    let more = r#""scheduled_at":"2026-09-21T16:13:20+02:00","command""#;
    let now_is_past = stored.batch(&TWO.replace("\"command\"", more)).await;
    let later = more.replace("16:13:20", "20:00:00");
    let later = format!("\"priority\":-3,\"max_attempts\":7,{later}");
    let batch = stored.batch(&TWO.replace("\"command\"", &later)).await;
    let path = |batch: &Value| format!("/api/v1/commands/{}", batch["accepted"][0]["queue_id"]);
    let json = stored.json(&path(&batch)).await;
    assert_eq!(json["scheduled_at"], "2026-09-21T18:00:00Z");
    assert_eq!(json["due_at"], "2026-09-21T18:00:00Z");
    assert_eq!((&json["priority"], &json["max_attempts"]), (&json!(-3), &json!(7)));
    assert_eq!(json["expires_at"], "2026-09-21T18:10:00Z", "it lives from then");
    assert_eq!(
        stored.json(&path(&now_is_past)).await["scheduled_at"],
        Value::Null,
        "what is past is due"
    );
}

/// As a browser writes them, which escapes a colon.
#[tokio::test]
async fn a_batch_of_a_schedule_is_found_by_its_escaped_name_and_turned_over_at() {
    let stored = Stored::start().await;
    for minute in 0..3 {
        let body = format!(
            r#"{{"batch_id":"wall_2026-03-01T10:0{minute}","command":"power_on",
                "targets":[{{"hostname":"ir-1","port":1}}]}}"#
        );
        stored.batch(&body).await;
    }
    let name = "wall_2026-03-01T10%3A01";
    let batch = stored.json(&format!("/api/v1/batches/{name}")).await;
    assert_eq!((&batch["batch_id"], &batch["total"]), (&json!("wall_2026-03-01T10:01"), &json!(1)));
    assert_eq!(stored.json(&format!("/bulk/{name}/status")).await["total"], 1);
    for leaf in ["cancel", "retry", "undo"] {
        let answer = stored.post(&format!("/api/v1/batches/{name}/{leaf}"), "").await;
        assert_eq!(answer.status, 200, "{leaf}: {answer:?}");
    }
    let first = stored.json("/api/v1/batches?limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap().replace(':', "%3A");
    let second = stored.json(&format!("/api/v1/batches?limit=1&cursor={cursor}")).await;
    assert_ne!(first["items"][0]["batch_id"], second["items"][0]["batch_id"]);
    assert_eq!(second["items"].as_array().unwrap().len(), 1, "{second}");
}
