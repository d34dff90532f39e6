//! Every refusal is one sentence that people can read: one line, no chain of causes, nothing garbled.

use serde_json::{Value, json};

use crate::{config::send, stored::Stored};

/// Requests that are refused, each for another reason.
fn refused() -> Vec<(&'static str, &'static str, Value)> {
    let schedule = |field: &str, value: Value| {
        let mut body = json!({"id": "opening", "selectors": ["all"], "cron": "0 10 * * *",
            "zone": "Australia/Sydney", "steps": ["on"]});
        body[field] = value;
        ("POST", "/api/v1/schedules", body)
    };
    let command = |body: Value| ("POST", "/ir-000001/command", body);
    let bulk = |body: Value| ("POST", "/api/v1/batches", body);
    vec![
        schedule("cron", json!("61 * * * *")),
        schedule("cron", json!("0 10 */2 * 1")),
        schedule("cron", json!("0 0 30 2 *")),
        schedule("cron", json!("@daily")),
        schedule("cron", json!(7)),
        schedule("at", json!("tomorrow")),
        schedule("zone", json!("Mars")),
        schedule("zone", Value::Null),
        schedule("steps", json!(["hop"])),
        schedule("steps", json!(["wait 10 s"])),
        schedule("steps", json!(["channel abc"])),
        schedule("missed", json!("once within a while")),
        schedule("overlap", json!("maybe")),
        schedule("selectors", json!(["zone=nowhere!"])),
        schedule("selectors", json!(["ir-000001/9"])),
        schedule("id", json!("An Id")),
        schedule("colour", json!("red")),
        command(json!({"command": "hop", "port": 1})),
        command(json!({"command": "channel", "port": 1})),
        command(json!({"command": "channel", "port": 1, "channel": "a\u{1b}[2J"})),
        command(json!({"command": "mute", "port": 9})),
        command(json!({"command": "mute"})),
        command(json!({"command": "number", "port": 1, "digit": 12})),
        command(json!({"command": "mute", "port": 1, "class": "urgent"})),
        command(json!({"command": "mute", "port": 1, "priority": 99})),
        command(json!({"command": "mute", "port": 1, "max_attempts": 0})),
        command(json!([1, 2])),
        bulk(json!({"selectors": [], "command": "mute"})),
        bulk(json!({"selectors": ["tv:"], "command": "mute"})),
        bulk(json!({"selectors": ["zone in (bar"], "command": "mute"})),
        ("POST", "/api/v1/config/zones", json!({"id": "A Zone"})),
        ("POST", "/api/v1/config/zones", json!({"id": "x", "order": "first"})),
        ("POST", "/api/v1/config/devices", json!({"hostname": "ir_!"})),
        ("POST", "/api/v1/config/devices", json!({"hostname": "ir-9", "address": "1.2.3.4:99999"})),
        ("POST", "/api/v1/config/apply", json!({"document": {"rooms": []}})),
        ("POST", "/api/v1/config/apply", json!({"document": {"zones": [{}]}})),
        ("POST", "/api/v1/tokens", json!({"name": "", "role": "boss"})),
        ("GET", "/api/v1/history?limit=many", json!({})),
        ("GET", "/api/v1/events?type=nothing", json!({})),
        ("GET", "/api/v1/nowhere", json!({})),
    ]
}

#[tokio::test]
async fn every_refusal_is_one_line_in_plain_words() {
    let stored = Stored::start().await;
    for (method, path, body) in refused() {
        let answer = send(&stored, method, path, "", &body).await;
        assert!((400..500).contains(&answer.status), "{method} {path} {body}: {answer:?}");
        let problem = answer.json();
        let errors = problem["errors"].as_array().into_iter().flatten();
        let details = errors.map(|error| &error["detail"]).chain([&problem["detail"]]);
        for detail in details {
            let text = detail.as_str().unwrap_or_else(|| panic!("{path}: {problem}"));
            assert!(!text.is_empty() && text.len() < 500, "{path} {body}: {text}");
            assert!(!text.chars().any(char::is_control), "{path} {body}: {text:?}");
            for chain in ["Caused by", "caused by", "error:", "\u{FFFD}"] {
                assert!(!text.contains(chain), "{path} {body}: {text}");
            }
        }
    }
}
