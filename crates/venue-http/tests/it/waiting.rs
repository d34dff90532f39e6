//! What a command waits for, and until when: said truly, in its answer and by `why`.

use std::time::Duration;

use serde_json::{Value, json};
use venue_domain::{
    Command, CommandQueue, Delivery, Due, MaxAttempts, NewCommand, NotSent, Outcome, PortRest,
    Priority, Settlement, WorkQueue, testing,
};

use crate::stored::{NOW, Stored};

/// Sends `body` to `path`, and gives the answer and what `why` says of the command at once.
async fn waits(stored: &Stored, path: &str, body: &Value) -> (Value, String) {
    let answer = stored.post(path, &body.to_string()).await;
    assert_eq!(answer.status, 202, "{body}: {answer:?}");
    let answer = answer.json();
    let id = answer["command_id"].as_str().unwrap();
    let why = stored.json(&format!("/api/v1/commands/{id}/why")).await;
    (answer.clone(), why["why"].as_str().unwrap().to_owned())
}

fn not_sent(stored: &Stored, reason: NotSent) {
    let delivery =
        Delivery::Ended { outcome: Outcome::NotSent(reason), took: Duration::from_millis(7) };
    *stored.server.script.delivery.lock().unwrap() = delivery;
}

/// Of each kind of waiting: the request, and what its message and its `why` have to say.
fn kinds() -> Vec<(&'static str, Value, &'static str)> {
    let scheduled =
        json!({"command": "power_on", "port": 2, "scheduled_at": "2026-09-22T18:00:00Z"});
    vec![
        ("/ir-1/command", scheduled, "it waits for its time, 2026-09-22T18:00:00Z"),
        (
            "/ir-1/command",
            json!({"command": "channel", "port": 2, "channel": "060"}),
            "its port pauses (after a power-on or a channel) and it may be sent from \
             2026-09-21T14:13:28Z on",
        ),
        (
            "/ir-1/command",
            json!({"command": "health_check"}),
            "it is sent at 2026-09-21T14:13:50Z at the earliest (checks of a board are sent after people's \
             commands), and",
        ),
        (
            "/ir-2/command",
            json!({"command": "mute_on", "port": 2, "class": "bulk"}),
            "ir-2 is offline and it is sent as soon as that is back",
        ),
        (
            "/ir-1/command",
            json!({"command": "mute_on", "port": 2, "class": "bulk"}),
            "it is sent when its turn comes",
        ),
    ]
}

#[tokio::test]
async fn what_waits_names_what_it_waits_for_and_until_when() {
    let stored = Stored::start().await;
    not_sent(&stored, NotSent::NotBefore { wait: Duration::from_secs(8) });
    for (path, body, words) in kinds() {
        let (answer, why) = waits(&stored, path, &body).await;
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(words), "{body}: {message}");
        assert!(why.contains(words), "{body}: {why}");
        assert!(answer["tried_until"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn a_channel_for_a_tv_that_warms_up_says_so_although_it_was_not_tried_yet() {
    let stored = Stored::start().await;
    let until = stored.server.script.began + Duration::from_secs(8);
    *stored.server.script.resting.lock().unwrap() =
        vec![PortRest { port: 2.try_into().unwrap(), until }];
    let bulk = |command: Value| {
        let mut body = command;
        (body["port"], body["class"]) = (json!(2), json!("bulk"));
        body
    };
    let channel = bulk(json!({"command": "channel", "channel": "060"}));
    let (answer, why) = waits(&stored, "/ir-1/command", &channel).await;
    let words = "its port pauses (after a power-on or a channel) and it may be sent from \
                 2026-09-21T14:13:28Z on";
    for told in [answer["message"].as_str().unwrap(), &why] {
        assert!(told.contains(words), "{told}");
    }
    let (_, why) = waits(&stored, "/ir-1/command", &bulk(json!({"command": "mute_on"}))).await;
    assert!(why.contains("it is sent when its turn comes"), "nothing else rests: {why}");
}

#[tokio::test]
async fn what_waits_for_its_device_says_so_also_once_it_was_put_back() {
    let stored = Stored::start().await;
    let body = json!({"command": "mute_on", "port": 2, "class": "bulk", "wait_for_device_s": 300});
    let (answer, _) = waits(&stored, "/ir-2/command", &body).await;
    // As the scheduler does with what waits for a device without a session.
    let (ticket, due_at) = (stored.claim("ir-2").await, NOW.plus(Duration::from_secs(300)));
    stored.store.settle(ticket, Settlement::Release { due_at }, NOW).await.unwrap();
    let id = answer["command_id"].as_str().unwrap();
    let why = stored.json(&format!("/api/v1/commands/{id}/why")).await;
    let words = "ir-2 is offline and it is sent as soon as that is back, and if its device stays away it \
                 is not tried before 2026-09-21T14:18:20Z (wait_for_device) and given up at about \
                 2026-09-21T14:18:26Z";
    assert!(answer["message"].as_str().unwrap().contains(words), "{answer}");
    assert!(why["why"].as_str().unwrap().contains(words), "{why}");
}

#[tokio::test]
async fn a_paused_queue_is_what_is_waited_for_and_nothing_is_tried_until_then() {
    let stored = Stored::start().await;
    not_sent(&stored, NotSent::Offline);
    stored.post("/api/v1/queue/pause", "").await;
    let bodies = [
        json!({"command": "power_on", "port": 2}),
        json!({"command": "power_on", "port": 2, "class": "bulk"}),
        json!({"command": "power_on", "port": 2, "scheduled_at": "2026-09-22T18:00:00Z"}),
        json!({"command": "health_check"}),
    ];
    for body in bodies {
        let (answer, why) = waits(&stored, "/ir-1/command", &body).await;
        let message = answer["message"].as_str().unwrap();
        for words in [message, &why] {
            assert!(words.contains("the queue is paused"), "{body}: {words}");
            assert!(!words.contains("tried 3"), "{body}: {words}");
        }
        assert_eq!(answer["tried_until"], Value::Null, "{body}");
    }
    let waiting = on_the_wall(&stored).await;
    assert_eq!((&waiting["status"], &waiting["tried_until"]), (&json!("pending"), &Value::Null));
    stored.post("/api/v1/queue/resume", "").await;
    let waiting = on_the_wall(&stored).await;
    assert!(waiting["tried_until"].is_string(), "{waiting}");
}

/// What waits for the port, as all ports are shown.
async fn on_the_wall(stored: &Stored) -> Value {
    let ports = stored.json("/api/v1/ports").await;
    let port = ports["items"].as_array().unwrap().iter().find(|port| port["waiting"].is_object());
    port.expect("something waits")["waiting"].clone()
}

#[tokio::test]
async fn a_wait_for_its_device_beyond_the_life_of_a_command_is_refused_with_the_limit() {
    let stored = Stored::start().await;
    let single = |command: &str, wait: u64| {
        json!({"command": command, "port": 2, "wait_for_device_s": wait}).to_string()
    };
    let bulk = |command: &str, wait: u64| {
        json!({"targets": [{"hostname": "ir-2", "port": 2}], "command": command,
            "wait_for_device_s": wait})
        .to_string()
    };
    let table = [
        (
            "/ir-2/command",
            single("power_on", 31),
            "power_on expires after 30 s: give wait_for_device_s from 0 to 30",
        ),
        (
            "/ir-2/command",
            single("volume_up", 11),
            "volume_up expires after 10 s: give wait_for_device_s from 0 to 10",
        ),
        (
            "/api/v1/batches",
            bulk("power_on", 601),
            "power_on expires after 600 s: give wait_for_device_s from 0 to 600",
        ),
        (
            "/api/v1/batches",
            bulk("mute", 121),
            "mute expires after 120 s: give wait_for_device_s from 0 to 120",
        ),
        (
            "/bulk/command",
            bulk("mute", u64::MAX),
            "mute expires after 120 s: give wait_for_device_s from 0 to 120",
        ),
    ];
    for (path, body, words) in table {
        let answer = stored.post(path, &body).await;
        assert_eq!(answer.problem(), (422, "invalid_wait_for_device".to_owned()), "{body}");
        let problem = answer.json();
        assert_eq!(problem["errors"][0]["field"], "wait_for_device_s", "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    for (path, body) in [
        ("/ir-2/command", single("power_on", 30)),
        ("/ir-2/command", single("volume_up", 10)),
        ("/api/v1/batches", bulk("power_on", 600)),
        ("/api/v1/batches", bulk("mute", 120)),
    ] {
        assert_eq!(stored.post(path, &body).await.status, 202, "{body}");
    }
}

#[tokio::test]
async fn what_the_venue_asks_for_itself_is_refused_in_a_bulk_request_with_its_true_reason() {
    let stored = Stored::start().await;
    let bulk =
        |command: &str| json!({"targets": [{"hostname": "ir-1"}], "command": command}).to_string();
    let table = [
        ("health_check", "POST /api/v1/system/tasks/health_sweep/run"),
        ("firmware_check", "POST /api/v1/system/tasks/firmware_check/run"),
        ("collect_logs", "POST /api/v1/system/tasks/log_collection/run"),
        ("refresh_capabilities", "POST /system/refresh-capabilities"),
        ("statistics", "GET /api/v1/statistics"),
        ("diagnostic_signal", "POST /{hostname}/diagnostic"),
        ("ping", "POST /{hostname}/command"),
        ("health", "GET /{hostname}/health"),
        ("status", "GET /api/v1/devices"),
        ("capabilities", "GET /{hostname}/capabilities"),
    ];
    for (command, way) in table {
        let answer = stored.post("/api/v1/batches", &bulk(command)).await;
        let problem = answer.json();
        assert_eq!(answer.status, 422, "{problem}");
        assert_eq!(problem["errors"][0]["field"], "command", "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with(command) && detail.contains(way), "{detail}");
    }
}

#[tokio::test]
async fn what_joins_a_read_that_waits_is_told_the_times_of_that_one() {
    let stored = Stored::start().await;
    let second = Duration::from_secs(1);
    let command = Command {
        expires_at: NOW.plus(3_000 * second),
        ..testing::command("health_check", "ir-1/0", NOW.minus(20 * second), 1)
    };
    let mut waiting = NewCommand::new(command, Priority::SYSTEM, MaxAttempts::ONCE);
    waiting.due = Due::At(NOW.plus(10 * second));
    let id = waiting.command.id;
    stored.store.enqueue(waiting).await.unwrap();
    let (answer, why) = waits(&stored, "/ir-1/command", &json!({"command": "health_check"})).await;
    assert_eq!(answer["command_id"], id.to_string());
    assert_eq!(answer["accepted_at"], "2026-09-21T14:13:00Z");
    assert_eq!(answer["tried_until"], "2026-09-21T14:13:30Z");
    let words = "it is sent at 2026-09-21T14:13:30Z at the earliest (checks of a board are sent after people's \
                 commands), and if its device is away then it is given up";
    assert!(answer["message"].as_str().unwrap().ends_with(words), "{answer}");
    assert!(why.contains(words), "{why}");
}
