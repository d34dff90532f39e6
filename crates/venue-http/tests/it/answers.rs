//! What callers are told: statuses, shapes, words.

use std::time::Duration;

use serde_json::json;
use venue_domain::{
    CommandId, Delivery, Evidence, Misfit, NotSent, OrderKey, Outcome, ProbeOutcome, Refused,
    SupersededBy, Timestamp, Unknown,
};

use crate::{
    client::{get, post},
    fake::Server,
};

const POWER: &str = r#"{"command":"power_on","port":2}"#;

#[tokio::test]
async fn every_outcome_has_its_status_code_and_retry_after() {
    let wait = Duration::from_millis(7_100);
    let not_sent = |reason: NotSent, after| (Outcome::NotSent(reason), 503, reason.name(), after);
    let misfit = Misfit::NoValue { argument: "y".into(), found: "int" };
    let argument = Refused::ArgumentsDoNotFit { service: "tv_x".into(), misfit };
    let table = [
        (Outcome::Refused(Refused::NotAdvertised { service: "x".into() }), 422, "refused", None),
        (Outcome::Refused(argument), 422, "refused", None),
        (Outcome::Refused(Refused::ByDevice { words: "no".into() }), 422, "refused", None),
        (Outcome::Unknown(Unknown::NoEvidence), 504, "outcome_unknown", None),
        (Outcome::Unknown(Unknown::SessionLost), 504, "outcome_unknown", None),
        not_sent(NotSent::Offline, Some("5")),
        not_sent(NotSent::Misconfigured, Some("60")),
        not_sent(NotSent::Unconfirmed, Some("5")),
        not_sent(NotSent::LaneBusy, Some("1")),
        not_sent(NotSent::LaneFull, Some("1")),
        not_sent(NotSent::NotBefore { wait }, Some("8")),
        not_sent(NotSent::Stalled, Some("5")),
        not_sent(NotSent::Stopping, Some("5")),
    ];
    for (outcome, status, code, retry_after) in table {
        let server = Server::start().await.answering(outcome.clone());
        for path in ["/ir-1/command", "/api/v1/devices/ir-1/command"] {
            let answer = post(server.address, path, POWER).await;
            assert_eq!(answer.problem(), (status, code.to_owned()), "{outcome:?}");
            assert_eq!(answer.header("retry-after"), retry_after, "{outcome:?}");
            let json = answer.json();
            assert_eq!(json["delivered"], false, "{json}");
            assert_eq!(json["routing_method"], "direct_failed", "{json}");
        }
        server.stopped().await;
    }
}

#[tokio::test]
async fn an_offline_device_says_when_its_next_try_is() {
    let server = Server::start().await.answering(Outcome::NotSent(NotSent::Offline));
    let answer = post(server.address, "/ir-2/command", POWER).await;
    assert_eq!(answer.problem(), (503, "device_offline".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("17"));
    assert_eq!(answer.json()["detail"], "ir-2 is offline: nothing was sent");
}

#[tokio::test]
async fn the_document_answers_in_the_union_of_all_known_shapes() {
    let server = Server::start().await;
    let answer = post(server.address, "/ir-1/command", POWER).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let mut json = answer.json();
    let id = json["command_id"].take();
    assert!(id.as_str().unwrap().parse::<CommandId>().is_ok(), "{id}");
    let expected = json!({
        "success": true,
        "method": "direct",
        "message": "delivered: the device replied",
        "execution_time_ms": 7,
        "queue_id": null,
        "command_id": null,
        "hostname": "ir-1",
        "port": 2,
        "command": "power_on",
        "class": "interactive",
        "status": "completed",
        "delivered": true,
        "evidence": "reply",
        "routing_method": "direct_success",
        "durable": false,
        "mode": "direct_only",
        "accepted_at": "2026-09-21T14:13:20Z",
    });
    assert_eq!(json, expected);

    let answer = post(server.address, "/api/v1/devices/ir-1/command", POWER).await;
    let mut ours = answer.json();
    ours["command_id"].take();
    let mut expected = expected;
    expected.as_object_mut().unwrap().remove("success");
    assert_eq!(ours, expected, "/api/v1 has no `success`");
}

#[tokio::test]
async fn an_error_of_the_document_is_a_problem_that_old_clients_can_read() {
    let server = Server::start().await.answering(Outcome::Unknown(Unknown::NoEvidence));
    let mut json = post(server.address, "/ir-1/command", POWER).await.json();
    for key in ["command_id", "request_id"] {
        assert!(json[key].take().is_string(), "{key}");
    }
    let detail = "the command may have been sent to ir-1 and is not repeated: no \
                  confirmation came in time";
    let expected = json!({
        "type": "urn:venue:problem:outcome_unknown",
        "title": "Outcome unknown",
        "status": 504,
        "detail": detail,
        "instance": "/ir-1/command",
        "code": "outcome_unknown",
        "request_id": null,
        "command_id": null,
        "command_status": "unknown",
        "delivered": false,
        "routing_method": "direct_failed",
        "durable": false,
        "execution_time_ms": 7,
        "success": false,
        "method": "direct",
        "message": detail,
        "queue_id": null,
    });
    assert_eq!(json, expected);

    let ours = post(server.address, "/api/v1/devices/ir-1/command", POWER).await.json();
    for key in ["success", "method", "message", "queue_id"] {
        assert!(ours.get(key).is_none(), "/api/v1 has no {key}: {ours}");
    }
}

#[tokio::test]
async fn a_superseded_command_names_the_one_that_replaced_it() {
    let winner = CommandId::generate();
    let key = OrderKey::at(Timestamp::from_unix_ms(9), 2);
    let by = SupersededBy { key, command: winner };
    let server = Server::start().await.delivering(Delivery::Superseded { by });
    let answer = post(server.address, "/ir-1/command", POWER).await;
    assert_eq!(answer.problem(), (409, "superseded".to_owned()));
    let json = answer.json();
    assert_eq!(json["superseded_by"], winner.to_string());
    assert_eq!(json["command_status"], "superseded");
    assert_eq!(answer.header("retry-after"), None);
}

#[tokio::test]
async fn what_is_not_accepted_names_its_field_and_is_not_sent() {
    let server = Server::start().await;
    let table = [
        (r#"{"command":"explode","port":2}"#, 422, "unknown_command", "command"),
        (r#"{"command":"power","port":6}"#, 422, "invalid_port", "port"),
        (r#"{"command":"power","box":-1}"#, 422, "invalid_port", "port"),
        (r#"{"command":"power","port":0}"#, 422, "invalid_port", "port"),
        (r#"{"command":"power"}"#, 422, "invalid_port", "port"),
        (r#"{"command":"diagnostic_signal","port":1}"#, 422, "invalid_port", "port"),
        (r#"{"command":"channel","port":2,"channel":"5a"}"#, 422, "invalid_parameter", "channel"),
        (r#"{"command":"channel","port":2}"#, 422, "invalid_parameter", "channel"),
        (r#"{"command":"number","port":2,"digit":10}"#, 422, "invalid_parameter", "digit"),
        (r#"{"command":"power","port":2,"digit":1}"#, 422, "invalid_parameter", "digit"),
        (r#"{"command":"input","port":2,"input":"A b"}"#, 422, "invalid_parameter", "input"),
        (r#"{"command":"power","port":2,"class":"urgent"}"#, 422, "invalid_class", "class"),
        (r#"{"command":"ping","class":"bulk"}"#, 422, "invalid_class", "class"),
        (r#"{"command":"health"}"#, 422, "not_a_command", "command"),
        (r#"{"command":"statistics"}"#, 422, "not_a_command", "command"),
        (r#"{"command":"default_channel","port":3}"#, 422, "no_default_channel", "command"),
        (r#"{"command":"power","prot":2}"#, 422, "invalid_body", "prot"),
        (r#"{"command":"power","port":1,"box":2}"#, 422, "invalid_body", "box"),
        (r#"{"command":"power","box":0,"port":1}"#, 422, "invalid_body", "box"),
        (r#"{"command":"channel","port":2,"channel":501}"#, 422, "invalid_body", "channel"),
    ];
    for (body, status, code, field) in table {
        let answer = post(server.address, "/ir-1/command", body).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{body}");
        let json = answer.json();
        assert_eq!(json["errors"][0]["field"], field, "{body}: {json}");
        assert_eq!(json["success"], false, "{json}");
    }
    assert!(server.script.names().is_empty(), "nothing may be sent");
}

#[tokio::test]
async fn an_unknown_device_is_404_and_a_malformed_one_422() {
    let server = Server::start().await;
    for leaf in ["health", "status", "capabilities"] {
        let answer = get(server.address, &format!("/ir-9/{leaf}")).await;
        assert_eq!(answer.problem(), (404, "unknown_device".to_owned()));
        assert_eq!(answer.json()["detail"], "device ir-9 not found");
        let answer = get(server.address, &format!("/-ir/{leaf}")).await;
        assert_eq!(answer.problem(), (422, "invalid_hostname".to_owned()));
    }
    let answer = post(server.address, "/ir-9/command", POWER).await;
    assert_eq!(answer.problem(), (404, "unknown_device".to_owned()));
    assert_eq!(get(server.address, "/api/v1/devices/ir-9").await.status, 404);
}

#[tokio::test]
async fn what_needs_the_queue_is_503_while_there_is_none() {
    let server = Server::start().await;
    let bulk = r#"{"command":"power","port":2,"class":"bulk"}"#;
    for body in [bulk, r#"{"command":"firmware_check"}"#] {
        let answer = post(server.address, "/ir-1/command", body).await;
        assert_eq!(answer.problem(), (503, "store_unavailable".to_owned()));
        assert_eq!(answer.header("retry-after"), Some("30"));
    }
}

#[tokio::test]
async fn health_is_200_and_says_what_it_found() {
    let server = Server::start().await;
    let json = get(server.address, "/ir-1/health").await.json();
    let expected = json!({
        "hostname": "ir-1",
        "online": true,
        "healthy": true,
        "is_healthy": true,
        "method": "direct",
        "found": "answered",
        "round_trip_ms": 4,
        "execution_time_ms": 0,
        "last_checked": "2026-09-21T14:13:20Z",
        "presence": "online",
        "cause": null,
        "last_contact_ms": 1500,
    });
    assert_eq!(json, expected);
    for (probe, found) in
        [(ProbeOutcome::Silent, "silent"), (ProbeOutcome::NoSession, "no_session")]
    {
        *server.script.probe.lock().unwrap() = probe;
        let answer = get(server.address, "/api/v1/devices/ir-2/health").await;
        assert_eq!(answer.status, 200);
        let json = answer.json();
        assert_eq!((&json["online"], &json["found"]), (&json!(false), &json!(found)));
        assert_eq!(json["cause"], "connection refused");
    }
}

#[tokio::test]
async fn devices_are_shown_as_they_are_registered_and_as_they_are() {
    let server = Server::start().await;
    let json = get(server.address, "/api/v1/devices").await.json();
    assert_eq!(json["items"].as_array().unwrap().len(), 2);
    let expected = json!({
        "hostname": "ir-2",
        "name": "Main bar",
        "presence": "offline",
        "online": false,
        "since": "2026-09-21T14:11:50Z",
        "since_ms": 90000,
        "cause": "connection refused",
        "found": null,
        "next_try_ms": 16200,
        "last_contact": null,
        "last_contact_ms": null,
        "address": "127.0.0.1:6053",
        "maintenance": null,
        "firmware": null,
        "lane": {"waiting": 0, "in_flight": null, "unconfirmed": false},
        "ports": [{"port": 2, "name": "TV 7", "zone": "bar", "default_channel": "060"}],
    });
    assert_eq!(json["items"][1], expected);
    for path in ["/ir-2/status", "/api/v1/devices/ir-2", "/api/v1/devices/ir-2/status/"] {
        assert_eq!(get(server.address, path).await.json(), expected, "{path}");
    }
    let online = get(server.address, "/ir-1/status").await.json();
    assert_eq!(online["firmware"]["api_version"], "1.14");
    assert_eq!(online["last_contact"], "2026-09-21T14:13:18.5Z");
}

#[tokio::test]
async fn capabilities_are_those_of_the_latest_session() {
    let server = Server::start().await;
    let json = get(server.address, "/ir-1/capabilities").await.json();
    let action = json!({
        "name": "tv_channel",
        "arguments": [{"name": "port", "type": "int"}],
        "replies": true,
    });
    assert_eq!(json["actions"], json!([action]));
    assert_eq!(json["entities"][0]["kind"], "text_sensor");
    let answer = get(server.address, "/ir-2/capabilities").await;
    assert_eq!(answer.problem(), (503, "device_offline".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("5"));
}

#[tokio::test]
async fn the_daemon_tells_of_itself() {
    let server = Server::start().await;
    let status = get(server.address, "/api/v1/status").await.json();
    let expected = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "mode": "direct_only",
        "queue_paused": false,
        "started_at": "2026-09-21T14:13:20Z",
        "uptime_s": 0,
        "devices":
            {"total": 2, "online": 1, "connecting": 0, "offline": 1, "misconfigured": 0},
    });
    assert_eq!(status, expected);
    assert_eq!(get(server.address, "/livez").await.json(), json!({"status": "live"}));
    let ready = json!({"status": "ready", "mode": "direct_only"});
    assert_eq!(get(server.address, "/readyz").await.json(), ready);
}

#[tokio::test]
async fn the_diagnostic_signal_needs_no_body_and_takes_a_digit() {
    let server = Server::start().await;
    let path = "/ir-1/diagnostic";
    let bare = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let answer = crate::client::exchange(server.address, bare).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["class"], "immediate");
    for body in [r#"{"digit":0}"#, "{}", ""] {
        assert_eq!(post(server.address, path, body).await.status, 200, "{body}");
    }
    let sent = ["diagnostic_signal 1", "diagnostic_signal 0"];
    assert_eq!(server.script.names(), [sent[0], sent[1], sent[0], sent[0]]);
    let answer = post(server.address, path, r#"{"digit":2}"#).await;
    assert_eq!(answer.problem(), (422, "invalid_parameter".to_owned()));
    let answer = post(server.address, path, r#"{"code":1}"#).await;
    assert_eq!(answer.problem(), (422, "invalid_body".to_owned()));
}

#[tokio::test]
async fn port_wins_over_box_and_a_channel_keeps_its_zero() {
    let server = Server::start().await;
    let body = r#"{"command":"channel","box":2,"port":2,"channel":"060"}"#;
    assert_eq!(post(server.address, "/ir-1/command", body).await.json()["port"], 2);
    let body = r#"{"command":"number","box":3,"digit":0}"#;
    assert_eq!(post(server.address, "/ir-1/command", body).await.json()["port"], 3);
    assert_eq!(server.script.names(), ["channel 060", "number 0"]);
    assert_eq!(
        server.script.asked.lock().unwrap()[0].actor.address,
        Some("127.0.0.1".parse().unwrap())
    );
}

#[tokio::test]
async fn evidence_is_told_in_its_own_word() {
    let table = [
        (Evidence::Reply, "reply"),
        (Evidence::InfraredComplete, "infrared_complete"),
        (Evidence::PingBarrier, "ping_barrier"),
    ];
    for (evidence, word) in table {
        let server = Server::start().await.answering(Outcome::Delivered(evidence));
        let json = post(server.address, "/ir-1/command", POWER).await.json();
        assert_eq!(json["evidence"], word);
    }
}
