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
    let command = |body: Value| ("POST", "/ir-1/command", body);
    let bulk = |body: Value| ("POST", "/api/v1/batches", body);
    vec![
        schedule("cron", json!("61 * * * *")),
        schedule("cron", json!("0 10 */2 * 1")),
        schedule("cron", json!("0 0 30 2 *")),
        schedule("cron", json!("@daily")),
        schedule("cron", json!(7)),
        schedule("at", json!("tomorrow")),
        schedule("zone", json!("Mars")),
        schedule("zone", json!("")),
        schedule("steps", json!(["hop"])),
        schedule("steps", json!(["wait 10 s"])),
        schedule("steps", json!(["channel abc"])),
        schedule("missed", json!("once within a while")),
        schedule("overlap", json!("maybe")),
        schedule("selectors", json!(["zone=nowhere!"])),
        schedule("selectors", json!(["ir-1/9"])),
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
        command(json!({"command": "mute", "port": "2"})),
        command(json!({"command": "mute", "port": 1.5})),
        command(json!({"command": "mute", "port": 1, "box": 2})),
        command(json!({"command": "channel", "port": 1, "channel": 501})),
        command(json!({"command": "mute", "port": 1, "wait_for_device_s": -1})),
        command(json!({"command": "mute", "port": 1, "scheduled_at": "noon"})),
        command(json!({"command": "mute", "port": 1, "scheduled_at": "2026-13-01T00:00:00Z"})),
        command(json!({"command": "mute", "port": 1, "prot": 2})),
        command(json!({"port": 1})),
        bulk(json!({"targets": "all", "command": "mute"})),
        bulk(json!({"targets": [{"hostname": "ir-1", "port": 1, "box": 2}], "command": "mute"})),
        bulk(json!({"targets": [], "devices": [], "command": "mute"})),
        bulk(json!({"targets": [{"port": 1}], "command": "mute"})),
        bulk(json!({"selectors": "all", "command": "mute"})),
        bulk(
            json!({"targets": [{"hostname": "ir-1", "port": 1}], "command": "mute", "dry_run": 1}),
        ),
        schedule("steps", json!("on")),
        schedule("steps", json!([7])),
        schedule("name", json!(7)),
        schedule("id", Value::Null),
        schedule("at", json!("2026-02-30T10:00")),
        ("POST", "/api/v1/config/zones", json!({})),
        ("POST", "/api/v1/config/zones", json!({"id": 7})),
        ("POST", "/api/v1/config/channels", json!({"id": "x", "name": "X", "number": 5})),
        ("POST", "/api/v1/config/devices", json!({"address": "1.2.3.4"})),
        (
            "POST",
            "/api/v1/config/devices",
            json!({"hostname": "ir-9", "address": "1.2.3.4", "ports": 5}),
        ),
        (
            "POST",
            "/api/v1/config/devices",
            json!({"hostname": "ir-9", "address": "1.2.3.4", "ports": [{"index": "1"}]}),
        ),
        ("POST", "/api/v1/config/profiles", json!({"id": "p", "timing": {"warm_up_ms": -1}})),
        ("POST", "/api/v1/config/diff", json!({"document": {"zones": "bar"}})),
        ("POST", "/api/v1/config/diff", json!({"document": []})),
        ("POST", "/api/v1/config/diff", json!({"document": {}, "revision": "x"})),
        ("POST", "/api/v1/config/apply", json!({"document": {}, "revision": 4711})),
        ("PUT", "/api/v1/config/devices/ir-1/key", json!({})),
        ("PUT", "/api/v1/config/devices/ir-1/key", json!({"noise_psk": 7})),
        ("PUT", "/api/v1/config/devices/ir-1/key", json!({"noise_psk": "short"})),
        ("PUT", "/api/v1/ports/ir-1/2/assumed-state", json!({"power": 7})),
        ("PUT", "/api/v1/ports/ir-1/2/assumed-state", json!({"muted": "yes"})),
        ("POST", "/api/v1/tokens", json!({"name": "x"})),
        ("POST", "/api/v1/tokens", json!({"name": "x", "role": "viewer", "zones": "bar"})),
        ("POST", "/api/v1/tokens", json!({"name": "x", "role": "viewer", "expires_at": "soon"})),
        ("GET", "/api/v1/statistics?days=0", json!({})),
        ("GET", "/api/v1/statistics?from=yesterday", json!({})),
        ("GET", "/api/v1/audit?since=noon", json!({})),
        ("GET", "/api/v1/history?limit=1&limit=2", json!({})),
        ("GET", "/api/v1/history?cursor=-1", json!({})),
        ("GET", "/bulk/x/status?x=1", json!({})),
        ("GET", "/ir-1/status?verbose=1", json!({})),
        ("GET", "/queue/health?limit=1", json!({})),
        ("GET", "/api/v1/schedules/opening/next?n=0", json!({})),
        ("GET", "/api/v1/ports?selector=zone%3Dnowhere", json!({})),
        ("POST", "/api/v1/queue/pause?for=1h", json!({})),
        ("POST", "/api/v1/queue/pause", json!({"for": "1h"})),
    ]
}

/// What of a parser, or of what it was written in, means nothing to whoever typed the value.
const PARSER_WORDS: [&str; 22] = [
    "Caused by",
    "caused by",
    "error:",
    "\u{FFFD}",
    "i64",
    "u64",
    "u32",
    "u16",
    "u8",
    "i32",
    "sequence",
    "invalid type",
    "invalid value",
    "invalid length",
    "line 0",
    "column",
    "missing field",
    "duplicate field",
    "unknown variant",
    "struct ",
    "premature",
    "failed to parse",
];

#[tokio::test]
async fn every_refusal_is_one_line_in_plain_words_without_those_of_a_parser() {
    let stored = Stored::start().await;
    let mut wrong = Vec::new();
    for (method, path, body) in refused() {
        let tag = if method == "PUT" { "*" } else { "" };
        let answer = send(&stored, method, path, tag, &body).await;
        assert!((400..500).contains(&answer.status), "{method} {path} {body}: {answer:?}");
        let problem = answer.json();
        if let Err(why) = is_plain(&problem) {
            wrong.push(format!("{method} {path} {body}: {why}: {problem}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn two_names_of_one_list_and_a_wrong_step_are_told_once() {
    let stored = Stored::start().await;
    let schedule = |steps: Value| {
        json!({"id": "opening", "selectors": ["all"], "cron": "0 10 * * *",
            "zone": "Australia/Sydney", "steps": steps})
    };
    let target = json!([{"hostname": "ir-1", "port": 1}]);
    let table = [
        (
            "/api/v1/batches",
            json!({"targets": target, "devices": target, "command": "mute"}),
            "the body is wrong: targets and devices are two names of one thing: give one of them",
        ),
        (
            "/ir-1/command",
            json!({"command": "channel", "port": 1, "channel": "abc"}),
            "the line-up has no channel \"abc\": give a channel number, or the id or the name of one",
        ),
        (
            "/ir-1/command",
            json!({"command": "channel", "port": 1, "channel": "5_1"}),
            "a channel is text of 1 to 5 digits such as \"501\", perhaps with a sub-channel such as \
             \"5.1\" or \"5-1\", not \"5_1\"",
        ),
        (
            "/ir-1/command",
            json!({"command": "mute", "port": 1, "max_attempts": 0}),
            "max_attempts: the attempts are 1 to 10, not 0",
        ),
        (
            "/api/v1/batches",
            json!({"targets": target, "command": "health_check"}),
            "health_check cannot be sent in bulk: POST /api/v1/system/tasks/health_sweep/run checks \
             all devices",
        ),
        (
            "/api/v1/schedules",
            schedule(json!(["on", "hop"])),
            "steps[1]: \"hop\" is not a step; steps are on, off, wait 10 s, channel 501, preset ID or an action",
        ),
        ("/api/v1/schedules", schedule(json!([])), "steps are empty: give at least one action"),
        (
            "/ir-1/command",
            json!({"command": "mute", "port": "2"}),
            "the body is wrong: port: give a whole number, not the text \"2\"",
        ),
        (
            "/ir-1/command",
            json!({"command": "mute", "port": 1, "scheduled_at": "noon"}),
            "the body is wrong: scheduled_at: \"noon\" is no date and time with an offset, such as \
             2026-11-25T18:00:00+11:00",
        ),
    ];
    for (path, body, words) in table {
        let answer = send(&stored, "POST", path, "", &body).await;
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap();
        assert!(answer.status == 422 && detail.starts_with(words), "{body}: {problem}");
        assert_eq!(detail.matches("steps").count(), words.matches("steps").count(), "{detail}");
    }
    let answer = stored.get("/api/v1/statistics?days=0").await.json();
    assert_eq!(answer["detail"], "the query is wrong: days is 1 to 366");
}

/// Whether a refusal is one line for people, and names what is wrong.
fn is_plain(problem: &Value) -> Result<(), String> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    for detail in errors.iter().map(|error| &error["detail"]).chain([&problem["detail"]]) {
        let text = detail.as_str().ok_or("there is no text")?;
        let is_line = !text.is_empty() && text.len() < 500 && !text.chars().any(char::is_control);
        if !is_line {
            return Err(format!("{text:?} is not one line"));
        }
        if text.matches("is wrong").count() > 1 {
            return Err(format!("{text:?} says twice that something is wrong"));
        }
        if let Some(word) = PARSER_WORDS.iter().find(|word| text.contains(**word)) {
            return Err(format!("{word:?} is of a parser"));
        }
    }
    let is_whole = problem["detail"].as_str().is_some_and(|text| text.contains("one JSON object"));
    if problem["status"] != 404 && !is_whole && errors.is_empty() {
        return Err("it names no field".to_owned());
    }
    for error in &errors {
        let field = error["field"].as_str().unwrap_or_default();
        if field.is_empty() || field == "body" || error["line"] == 0 {
            return Err(format!("{error} has no place"));
        }
    }
    Ok(())
}
