//! Keyed requests: carried out once, answered each time.

use std::time::Duration;

use serde_json::json;
use venue_domain::{
    Delivery, IdempotencyState, KeyedRequest, NotSent, Outcome, PreviousShutdown, QueueView,
    RequestKeys, WorkQueue,
};
use venue_queue::MemoryStore;

use crate::{
    client::{Client, Response, exchange, post_bytes},
    fake::Server,
    stored::{NOW, Stored},
};

const ON: &str = r#"{"command":"power_on","port":2}"#;

const STEP: &str = r#"{"command":"volume_up","port":2}"#;

const SCHEDULE: &str = r#"{"id":"opening","selectors":["zone=bar"],"cron":"0 10 * * *",
    "zone":"Australia/Sydney","steps":["on"]}"#;

fn keyed(path: &str, body: &str, key: &str) -> String {
    post_bytes(path, body)
        .replace("content-type", &format!("idempotency-key: {key}\r\ncontent-type"))
}

async fn post(server: &Server, path: &str, body: &str, key: &str) -> Response {
    exchange(server.address, keyed(path, body, key)).await
}

#[tokio::test]
async fn a_repeated_request_is_answered_and_not_carried_out_again() {
    for stored in [Stored::delivering().await, Stored::start().await] {
        let first = post(&stored.server, "/ir-1/command", STEP, "abc").await;
        let again = post(&stored.server, "/ir-1/command/", STEP, "abc").await;
        assert_eq!((first.status, first.json()), (again.status, again.json()));
        assert_eq!(again.header("content-type"), Some("application/json"));
        assert_eq!(stored.server.script.names(), ["volume_up"]);
        let other = post(&stored.server, "/ir-1/command", STEP, "abd").await;
        assert_ne!(other.json()["command_id"], first.json()["command_id"]);
    }
}

#[tokio::test]
async fn a_request_of_which_nothing_was_accepted_leaves_its_key_free() {
    let stored = Stored::delivering().await;
    let wrong = r#"{"command":"explode","port":2}"#;
    let first = post(&stored.server, "/ir-1/command", wrong, "abc").await;
    assert_eq!(first.problem(), (422, "unknown_command".to_owned()));
    let again = post(&stored.server, "/ir-1/command", wrong, "abc").await;
    assert_eq!(again.problem(), first.problem());
    assert_ne!(again.json()["request_id"], first.json()["request_id"], "asked anew");
    // Put right, it is carried out under the same key, once.
    for _ in 0..2 {
        assert_eq!(post(&stored.server, "/ir-1/command", STEP, "abc").await.status, 200);
    }
    assert_eq!(stored.server.script.names(), ["volume_up"]);
    // So is a batch under the name that it gave itself.
    let batch = |port: u8| {
        format!(
            r#"{{"targets":[{{"hostname":"ir-1","port":{port}}}],"command":"mute","batch_id":"late"}}"#
        )
    };
    let stored = Stored::start().await;
    let none = stored.post("/api/v1/batches", &batch(9)).await;
    assert_eq!(none.problem(), (422, "invalid_targets".to_owned()));
    assert_eq!(stored.post("/api/v1/batches", &batch(2)).await.status, 202);
}

#[tokio::test]
async fn what_was_accepted_keeps_its_key_whatever_became_of_it() {
    let stored = Stored::delivering().await;
    let outcome = Outcome::NotSent(NotSent::Offline);
    *stored.server.script.delivery.lock().unwrap() =
        Delivery::Ended { outcome, took: Duration::from_millis(7) };
    let signal = r#"{"command":"diagnostic_signal"}"#;
    let first = post(&stored.server, "/ir-1/command", signal, "abc").await;
    let again = post(&stored.server, "/ir-1/command", signal, "abc").await;
    assert_eq!((first.status, first.json()), (503, again.json()));
}

#[tokio::test]
async fn what_the_head_of_an_answer_said_is_repeated_too() {
    let stored = Stored::start().await;
    let deliver = |outcome| {
        let took = Duration::from_millis(7);
        *stored.server.script.delivery.lock().unwrap() = Delivery::Ended { outcome, took };
    };
    let head = |answer: &Response| {
        ["retry-after", "location", "content-type"]
            .map(|name| answer.header(name).map(str::to_owned))
    };
    let signal = r#"{"command":"diagnostic_signal"}"#;
    deliver(Outcome::NotSent(NotSent::Offline));
    let cases = [
        ("/ir-1/command", signal, 503, "retry-after"),
        ("/ir-1/command", ON, 202, "location"),
        ("/api/v1/schedules", SCHEDULE, 201, "etag"),
    ];
    for (key, (path, body, status, name)) in ["a", "b", "c"].into_iter().zip(cases) {
        let first = post(&stored.server, path, body, key).await;
        assert_eq!(first.status, status, "{path}: {:?}", first.json());
        let again = post(&stored.server, path, body, key).await;
        assert_eq!((again.status, head(&again)), (status, head(&first)), "{path}");
        assert!(first.header(name).is_some(), "{path}: {first:?}");
        assert_eq!(again.header(name), first.header(name), "{path}");
    }
}

#[tokio::test]
async fn another_request_with_the_same_key_is_422() {
    let stored = Stored::delivering().await;
    post(&stored.server, "/ir-1/command", ON, "abc").await;
    for (path, body) in [("/ir-1/command", STEP), ("/ir-2/command", ON)] {
        let answer = post(&stored.server, path, body, "abc").await;
        assert_eq!(answer.problem(), (422, "idempotency_key_reused".to_owned()), "{path}");
    }
    assert_eq!(stored.server.script.names(), ["power_on"]);
}

#[tokio::test]
async fn while_the_first_one_runs_the_second_is_409_also_without_a_store() {
    for server in [Stored::delivering().await.server, Server::start().await] {
        let script = &server.script;
        script.permits.forget_permits(1_000);
        let mut first = Client::connect(server.address).await;
        first.send(keyed("/ir-1/command", ON, "abc")).await;
        script.entered.notified().await;
        let second = post(&server, "/ir-1/command", ON, "abc").await;
        assert_eq!(second.problem(), (409, "request_running".to_owned()));
        assert_eq!(second.header("retry-after"), Some("1"));
        script.permits.add_permits(1);
        let first = first.read().await;
        assert_eq!(first.status, 200);
        let third = post(&server, "/ir-1/command", ON, "abc").await;
        assert_eq!((third.status, third.json()), (200, first.json()));
        assert_eq!(script.names(), ["power_on"], "carried out once");
    }
}

#[tokio::test]
async fn what_was_interrupted_is_of_unknown_end_and_not_repeated() {
    // By an end of the service: the next one finds it unanswered.
    let path = "/ir-1/command";
    let first = Stored::delivering().await;
    first.server.script.permits.forget_permits(1_000);
    let mut client = Client::connect(first.server.address).await;
    client.send(keyed(path, ON, "left")).await;
    first.server.script.entered.notified().await;
    first.store.start(PreviousShutdown::Clean, NOW).await.unwrap();
    let stored = Stored::over(first.store.clone()).await;
    let again = post(&stored.server, path, ON, "left").await;
    assert_eq!(again.problem(), (504, "outcome_unknown".to_owned()));
    assert_eq!(again.header("retry-after"), None);
    assert!(stored.server.script.names().is_empty());

    // By a failure inside the service.
    *stored.server.script.panics.lock().unwrap() = true;
    assert_eq!(post(&stored.server, path, STEP, "broken").await.problem().0, 500);
    *stored.server.script.panics.lock().unwrap() = false;
    let again = post(&stored.server, path, STEP, "broken").await;
    assert_eq!(again.problem(), (504, "outcome_unknown".to_owned()));
    assert_eq!(stored.server.script.names(), ["volume_up"]);
}

/// The same request as one that an earlier process noted by the name of its batch, and left unanswered.
async fn left_behind(store: &MemoryStore, path: &str, body: &str, batch: &str) {
    let bytes = path.bytes().chain([0]).chain(body.bytes());
    // FNV-1a, 128 bits.
    let digest = bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    let request = KeyedRequest {
        actor: "127.0.0.1".to_owned(),
        key: format!("batch:{batch}"),
        fingerprint: format!("{digest:032x}"),
        at: NOW,
        expires_at: NOW.plus(Duration::from_secs(60)),
    };
    assert_eq!(store.begin_request(request).await, Ok(IdempotencyState::New));
    store.start(PreviousShutdown::Unclean, NOW).await.unwrap();
}

#[tokio::test]
async fn an_interrupted_batch_is_carried_out_if_the_store_knows_that_it_was_not() {
    let path = "/api/v1/batches";
    let body =
        r#"{"batch_id":"kb1","command":"power_on","targets":[{"hostname":"ir-1","port":2}]}"#;
    let killed = Stored::delivering().await;
    left_behind(&killed.store, path, body, "kb1").await;
    let stored = Stored::over(killed.store.clone()).await;
    let first = stored.post(path, body).await;
    assert_eq!(first.status, 202, "{:?}", first.json());
    let again = stored.post(path, body).await;
    assert_eq!((again.status, again.json()), (202, first.json()));
    assert_eq!(stored.json("/api/v1/batches/kb1").await["total"], 1);

    // It was stored, and its answer was lost.
    let killed = Stored::delivering().await;
    assert_eq!(post(&killed.server, path, body, "other").await.status, 202);
    left_behind(&killed.store, path, body, "kb1").await;
    let stored = Stored::over(killed.store.clone()).await;
    let again = stored.post(path, body).await;
    assert_eq!(again.problem(), (504, "outcome_unknown".to_owned()));
    assert_eq!(stored.json("/api/v1/batches/kb1").await["total"], 1);
}

#[tokio::test]
async fn a_key_is_visible_text_in_one_header_and_reads_need_none() {
    let stored = Stored::delivering().await;
    let bad = (400, "invalid_idempotency_key".to_owned());
    let long = "x".repeat(256);
    for key in ["", &long, "a\r\nidempotency-key: b"] {
        assert_eq!(post(&stored.server, "/ir-1/command", ON, key).await.problem(), bad, "{key}");
    }
    let read = "GET /livez HTTP/1.1\r\nhost: localhost\r\nidempotency-key: \r\n\r\n";
    assert_eq!(exchange(stored.server.address, read).await.status, 200);
    assert!(stored.server.script.names().is_empty());
}

#[tokio::test]
async fn the_name_of_a_batch_is_a_key() {
    let stored = Stored::start().await;
    let body = r#"{"devices":[{"hostname":"ir-1","port":2}],"command":"channel","channel":"5",
        "batch_id":"game-day"}"#;
    let first = stored.post("/bulk-command", body).await;
    let again = stored.post("/bulk-command", body).await;
    assert_eq!((again.status, again.json()), (202, first.json()));
    let other = stored.post("/bulk-command", &body.replace('5', "7")).await;
    assert_eq!(other.problem(), (409, "batch_exists".to_owned()), "nobody sent a key");
    assert_eq!(other.json()["errors"][0]["field"], "batch_id");
    let astray = stored.get("/api/v1/batches?cursor=no-such-batch").await;
    assert_eq!(astray.problem(), (422, "invalid_query".to_owned()));
    assert_eq!(stored.get("/api/v1/batches?cursor=game-day").await.status, 200);
    let status = stored.json("/bulk/game-day/status").await;
    assert_eq!((&status["total"], &status["pending"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_name_that_is_taken_leaves_the_batch_that_has_it_alone() {
    let stored = Stored::start().await;
    let body = r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"channel","channel":"5",
        "batch_id":"game-day"}"#;
    stored.batch(body).await;
    // With a key of its own the name is no key.
    let taken = post(&stored.server, "/api/v1/batches", body, "another").await;
    assert_eq!(taken.problem(), (409, "batch_exists".to_owned()));
    // The fences of a batch that was not stored must not outrank the one that was.
    let retried = stored.post("/api/v1/batches/game-day/cancel", "").await.json();
    assert_eq!(retried["cancelled"], 1, "it still waited");
}

#[tokio::test]
async fn batches_and_switches_take_keys_too() {
    let stored = Stored::start().await;
    let body = r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"mute"}"#;
    let first = post(&stored.server, "/api/v1/batches", body, "one").await.json();
    let again = post(&stored.server, "/api/v1/batches", body, "one").await.json();
    assert_eq!(first["batch_id"], again["batch_id"]);
    let path = format!("/api/v1/batches/{}/cancel", first["batch_id"].as_str().unwrap());
    let cancelled = post(&stored.server, &path, "", "two").await.json();
    assert_eq!(cancelled["cancelled"], 1);
    let again = post(&stored.server, &path, "", "two").await.json();
    assert_eq!(again["cancelled"], 1, "as it was answered first");
}

#[tokio::test]
async fn what_is_refused_while_the_store_is_down_may_be_tried_again_with_its_key() {
    let server = Server::start().await;
    let bulk = r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"mute","batch_id":"game"}"#;
    for _ in 0..2 {
        let answer = post(&server, "/bulk/command", bulk, "one").await;
        assert_eq!(answer.problem(), (503, "store_unavailable".to_owned()));
        assert!(answer.header("retry-after").is_some(), "the refusal itself, not a stored one");
    }
    let direct = post(&server, "/ir-1/command", ON, "two").await;
    let again = post(&server, "/ir-1/command", ON, "two").await;
    assert_eq!((again.status, again.json()), (200, direct.json()), "kept in memory");
    assert_eq!(server.script.names(), ["power_on"]);
}

/// A restart would know nothing of the key, and carry the request out again.
#[tokio::test]
async fn nothing_durable_comes_of_a_request_whose_key_the_store_does_not_have() {
    let later =
        r#"{"command":"channel","channel":"5","port":2,"scheduled_at":"2030-01-01T00:00:00Z"}"#;
    let fallback = r#"{"command":"channel","channel":"7","port":2}"#;
    let batch = r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"mute_on"}"#;
    let cases = [
        ("/ir-1/command", later, 503, "store_unavailable"),
        ("/ir-1/command", fallback, 503, "device_offline"),
        ("/bulk/command", batch, 503, "store_unavailable"),
        ("/api/v1/batches", batch, 503, "store_unavailable"),
        ("/api/v1/schedules/opening/run", "", 503, "store_unavailable"),
        ("/system/refresh-capabilities", "", 503, "store_unavailable"),
    ];
    let stored = Stored::without_keys().await;
    for (path, body, status, code) in cases {
        let answer = post(&stored.server, path, body, "one").await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{path} {body}");
        assert!(answer.header("retry-after").is_some(), "{path}: {answer:?}");
    }
    assert!(stored.availability.is_up(), "it takes what has no key");
    assert_eq!(stored.store.open_commands(None, None, 100).await.unwrap().len(), 0);
    for (path, body, ..) in &cases[..2] {
        assert_eq!(stored.post(path, body).await.status, 202, "{path} {body}");
    }
}

#[tokio::test]
async fn a_dry_run_takes_no_key_and_no_name() {
    let stored = Stored::start().await;
    let body =
        r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"mute_on","batch_id":"game"}"#;
    let dry = body.replace("\"game\"", "\"game\",\"dry_run\":true");
    for key in ["one", "two"] {
        assert_eq!(post(&stored.server, "/api/v1/batches", &dry, key).await.status, 200);
    }
    assert_eq!(stored.post("/api/v1/batches", &dry).await.status, 200);
    let made = post(&stored.server, "/api/v1/batches", body, "one").await;
    assert_eq!(made.status, 202, "{made:?}");
    // Nor does it collide with one that is taken.
    assert_eq!(post(&stored.server, "/api/v1/batches", &dry, "one").await.status, 200);
}

#[tokio::test]
async fn names_of_batches_that_the_service_gives_are_refused() {
    let stored = Stored::start().await;
    for name in ["sched_lobby-off_2026-03-01T10:00", "manual_x", "preset_news"] {
        for path in ["/bulk/command", "/bulk-command", "/api/v1/batches"] {
            for more in ["", ",\"dry_run\":true"] {
                let body = format!(
                    r#"{{"targets":[{{"hostname":"ir-1","port":2}}],"command":"mute_on",
                    "batch_id":"{name}"{more}}}"#
                );
                let refused = stored.post(path, &body).await;
                assert_eq!(refused.problem(), (422, "reserved_batch_id".to_owned()), "{name}");
                assert_eq!(refused.json()["errors"][0]["field"], "batch_id", "{path}");
            }
        }
    }
    let fine = r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"mute_on",
        "batch_id":"scheduled"}"#;
    assert_eq!(stored.post("/api/v1/batches", fine).await.status, 202);
}
