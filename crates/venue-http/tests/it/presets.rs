//! Presets over HTTP.

use serde_json::{Value, json};
use venue_domain::{Outcome, Reason, Refused, StoreError};

use crate::{config::send, stored::Stored};

const PATH: &str = "/api/v1/config/presets";

fn game_day() -> Value {
    json!({"id": "game-day", "name": "Game day", "color": "#d73a49", "order": 2, "entries": [
        {"targets": ["zone=bar"], "power": "on", "input": "hdmi1", "channel": "501", "mute": "off"},
        {"targets": ["ir-2/2"], "power": "off"},
    ]})
}

/// The ports that the directory of the fakes has: number 2 of both devices.
async fn with_preset() -> Stored {
    let stored = Stored::start().await;
    let made = stored.post(PATH, &game_day().to_string()).await;
    assert_eq!(made.status, 201, "{:?}", made.json());
    stored
}

#[tokio::test]
async fn a_preset_is_listed_and_shows_what_it_would_send() {
    let stored = with_preset().await;
    let closing = json!({"id": "closing", "name": "Closing", "order": 1,
        "entries": [{"targets": ["all"], "power": "off"}]});
    assert_eq!(stored.post(PATH, &closing.to_string()).await.status, 201);
    let list = stored.json("/api/v1/presets").await;
    let shown = json!({"id": "game-day", "name": "Game day", "color": "#d73a49", "order": 2,
        "tvs": 3, "zones": ["bar", "patio"], "may_run": true});
    assert_eq!((&list["items"][0]["id"], &list["items"][1]), (&json!("closing"), &shown));
    let preview = stored.json("/api/v1/presets/game-day").await;
    let target = &preview["targets"][1];
    let expected = json!({"hostname": "ir-1", "port": 2, "name": "ir-1 2", "zone": "bar",
        "commands": ["power_on", "input hdmi1", "channel 501", "mute_off"],
        "assumed": null, "changes": true});
    assert_eq!(target, &expected);
    assert_eq!(preview["targets"][2]["commands"], json!(["power_off"]));
    let gone = stored.get("/api/v1/presets/nosuch").await;
    assert_eq!(gone.problem(), (404, "unknown_item".to_owned()));
}

#[tokio::test]
async fn a_preset_is_run_as_one_batch_and_taken_back() {
    let stored = with_preset().await;
    for (port, body) in [(2, r#"{"power":"on","muted":true,"channel":"7"}"#)] {
        let path = format!("/api/v1/ports/ir-1/{port}/assumed-state");
        let put = send(&stored, "PUT", &path, "", &serde_json::from_str(body).unwrap()).await;
        assert_eq!(put.status, 200, "{:?}", put.json());
    }
    let run = stored.post("/api/v1/presets/game-day/run", "").await;
    assert_eq!(run.status, 202, "{:?}", run.json());
    let batch = run.json()["batch_id"].as_str().unwrap().to_owned();
    assert!(batch.starts_with("preset_game-day_"), "{batch}");
    assert_eq!(run.header("location"), Some(&*format!("/api/v1/batches/{batch}")));
    let accepted: Vec<_> = run.json()["accepted"].as_array().unwrap().iter().map(sent).collect();
    let bar =
        ["power_on", "input", "channel", "mute_off"].map(|command| format!("ir-1/1 {command}"));
    let more =
        ["power_on", "input", "channel", "mute_off"].map(|command| format!("ir-1/2 {command}"));
    assert_eq!(accepted, [&bar[..], &more[..], &["ir-2/2 power_off".to_owned()]].concat());
    let shown = stored.json(&format!("/api/v1/batches/{batch}")).await;
    assert_eq!((&shown["total"], &shown["notes"]), (&json!(9), &json!("Game day")));
    for _ in 0..8 {
        stored.serve("ir-1", Reason::Delivered).await;
    }
    stored.serve("ir-2", Reason::Delivered).await;
    let undone = stored.post(&format!("/api/v1/batches/{batch}/undo"), "").await;
    assert_eq!(undone.status, 202, "{:?}", undone.json());
    let restored: Vec<_> =
        undone.json()["batch"]["accepted"].as_array().unwrap().iter().map(sent).collect();
    assert_eq!(restored, ["ir-1/2 power_on", "ir-1/2 channel", "ir-1/2 mute_on"]);
    let json = undone.json();
    let skipped = json["skipped"].as_array().unwrap();
    let codes: Vec<_> = skipped.iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["not_known", "in_part", "not_known"], "{json}");
    let part = &skipped[1];
    assert_eq!((&part["hostname"], &part["port"]), (&json!("ir-1"), &json!(2)));
    assert!(part["detail"].as_str().unwrap().contains("but for input:"), "{part}");
}

fn sent(one: &Value) -> String {
    let text = |name: &str| one[name].as_str().unwrap().to_owned();
    format!("{}/{} {}", text("hostname"), one["port"], text("command"))
}

#[tokio::test]
async fn a_part_of_a_preset_is_run_and_a_dry_run_sends_nothing() {
    let stored = with_preset().await;
    let path = "/api/v1/presets/game-day/run";
    let dry = stored.post(path, r#"{"selectors":["zone=patio"],"dry_run":true}"#).await;
    assert_eq!((dry.status, dry.json()["targets"].as_array().unwrap().len()), (200, 1));
    assert_eq!(stored.json("/api/v1/queue/commands").await["items"], json!([]));
    let part = stored.post(path, r#"{"selectors":["zone=patio"]}"#).await.json();
    assert_eq!(part["accepted"].as_array().unwrap().len(), 1);
    let none = stored.post(path, r#"{"selectors":["ir-2/1"]}"#).await;
    assert_eq!(none.problem(), (422, "invalid_targets".to_owned()));
    let wrong = stored.post(path, r#"{"selectors":["zone bar"]}"#).await;
    assert_eq!(wrong.problem(), (422, "invalid_item".to_owned()));
    assert_eq!(wrong.json()["errors"][0]["field"], "selectors[0]");
}

#[tokio::test]
async fn a_tv_that_can_only_toggle_is_left_alone_while_nobody_knows_how_it_is() {
    let stored = Stored::start().await;
    let device = json!({"hostname": "ir-2", "address": "10.0.0.1",
        "ports": [{"index": 2, "zone": "patio", "discrete_power": "no"}]});
    let changed = send(&stored, "PUT", "/api/v1/config/devices/ir-2", "\"1\"", &device).await;
    assert_eq!(changed.status, 200, "{:?}", changed.json());
    assert_eq!(stored.post(PATH, &game_day().to_string()).await.status, 201);
    let path = "/api/v1/presets/game-day/run";
    let run = stored.post(path, "").await.json();
    let rejected = &run["rejected"][0];
    assert_eq!(
        (&rejected["hostname"], &rejected["code"]),
        (&json!("ir-2"), &json!("state_unknown"))
    );
    assert_eq!(run["accepted"].as_array().unwrap().len(), 8);
    let counts =
        stored.json(&format!("/api/v1/batches/{}", run["batch_id"].as_str().unwrap())).await;
    assert_eq!(counts["rejected"], 1);
    let alone = stored.post(path, r#"{"selectors":["zone=patio"]}"#).await;
    assert_eq!(alone.problem(), (422, "invalid_targets".to_owned()));
    assert_eq!(alone.json()["errors"][0]["code"], "state_unknown");
    let on = json!({"power": "on"});
    send(&stored, "PUT", "/api/v1/ports/ir-2/2/assumed-state", "", &on).await;
    let known = stored.post(path, r#"{"selectors":["zone=patio"]}"#).await;
    assert_eq!(known.status, 202, "{:?}", known.json());
    // Its press waits: a second one would undo it.
    let again = stored.post(path, r#"{"selectors":["zone=patio"]}"#).await;
    assert_eq!(again.problem(), (422, "invalid_targets".to_owned()));
    assert_eq!(again.json()["errors"][0]["code"], "state_unknown");
}

#[tokio::test]
async fn of_runs_at_the_same_time_one_presses_a_toggle() {
    let stored = Stored::start().await;
    let device = json!({"hostname": "ir-2", "address": "10.0.0.1",
        "ports": [{"index": 2, "zone": "patio", "discrete_power": "no"}]});
    send(&stored, "PUT", "/api/v1/config/devices/ir-2", "\"1\"", &device).await;
    assert_eq!(stored.post(PATH, &game_day().to_string()).await.status, 201);
    let on = json!({"power": "on"});
    send(&stored, "PUT", "/api/v1/ports/ir-2/2/assumed-state", "", &on).await;
    let run = || stored.post("/api/v1/presets/game-day/run", r#"{"selectors":["zone=patio"]}"#);
    let (one, two, three) = tokio::join!(run(), run(), run());
    let mut statuses = [one.status, two.status, three.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 422, 422]);
}

#[tokio::test]
async fn a_preset_is_captured_from_what_is_assumed_and_what_is_not_known_is_said() {
    let stored = Stored::start().await;
    let state = json!({"power": "on", "muted": false, "channel": "501"});
    send(&stored, "PUT", "/api/v1/ports/ir-1/1/assumed-state", "", &state).await;
    let body = json!({"id": "now", "name": "As now", "selectors": ["zone=bar"]});
    let dry = stored.post("/api/v1/presets/capture", &body.to_string()).await.json();
    let entries = json!([{"targets": ["ir-1/1"], "power": "on", "channel": "501", "mute": "off"}]);
    assert_eq!((&dry["preset"]["entries"], &dry["applied"]), (&entries, &json!(false)));
    let all = json!(["power", "input", "channel", "mute"]);
    let unknown = json!([{"hostname": "ir-1", "port": 1, "fields": ["input"]},
        {"hostname": "ir-1", "port": 2, "fields": all}]);
    assert_eq!(dry["unknown"], unknown);
    assert_eq!(stored.get("/api/v1/presets/now").await.status, 404);
    let apply = json!({"id": "now", "selectors": ["zone=bar"], "apply": true}).to_string();
    assert_eq!(stored.post("/api/v1/presets/capture", &apply).await.json()["applied"], true);
    assert_eq!(stored.json("/api/v1/presets/now").await["name"], "now");
    let again = stored.post("/api/v1/presets/capture", &apply).await;
    assert_eq!(again.problem(), (409, "item_exists".to_owned()));
    // Captured anew it is still the preset that people know.
    let known = json!({"id": "now", "name": "Evening", "color": "#aa0000", "order": 7});
    let mut revision = stored.json("/api/v1/config/presets/now").await["revision"].clone();
    for named in [known.clone(), json!({"id": "now"})] {
        let mut body = json!({"selectors": ["zone=bar"], "apply": true, "revision": revision});
        body.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
        let captured = stored.post("/api/v1/presets/capture", &body.to_string()).await.json();
        for (field, value) in known.as_object().unwrap() {
            assert_eq!(&captured["preset"][field], value, "{captured}");
        }
        revision = stored.json("/api/v1/config/presets/now").await["revision"].clone();
    }
    for (selectors, detail) in
        [(json!([]), "names no TV"), (json!(["zone=x"]), "zone=x: there is no")]
    {
        let body = json!({"id": "now", "selectors": selectors}).to_string();
        let refused = stored.post("/api/v1/presets/capture", &body).await;
        assert_eq!(refused.problem(), (422, "invalid_item".to_owned()));
        let told = refused.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(told.starts_with(detail), "{told}");
    }
    // There would be nothing in it.
    for apply in [false, true] {
        let empty = json!({"id": "empty", "selectors": ["zone=patio"], "apply": apply}).to_string();
        let refused = stored.post("/api/v1/presets/capture", &empty).await;
        let told = refused.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(told.starts_with("nothing is known of these TVs yet"), "{told}");
    }
}

#[tokio::test]
async fn without_a_database_a_preset_is_not_run() {
    let stored = with_preset().await;
    *stored.venue.down.lock().unwrap() = false;
    stored.availability.mark_down();
    let run = stored.post("/api/v1/presets/game-day/run", "").await;
    let code = StoreError::Unavailable.code();
    assert_eq!(run.problem(), (503, code.to_owned()));
}

#[tokio::test]
async fn a_dry_capture_is_refused_where_saving_would_be() {
    let stored = with_preset().await;
    let state = json!({"power": "on"});
    send(&stored, "PUT", "/api/v1/ports/ir-1/1/assumed-state", "", &state).await;
    for apply in [false, true] {
        for (more, status, field) in [
            (json!({"id": "Not an id"}), 422, "id"),
            (json!({"id": "capture"}), 422, "presets/capture.id"),
            (json!({"id": "now", "color": "reddish"}), 422, "presets/now.color"),
            (json!({"id": "now", "name": "a\u{7}b"}), 422, "presets/now.name"),
            (json!({"id": "game-day"}), 409, "id"),
            (json!({"id": "game-day", "revision": 77}), 412, "revision"),
        ] {
            let mut body = json!({"selectors": ["zone=bar"], "apply": apply});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let refused = stored.post("/api/v1/presets/capture", &body.to_string()).await;
            let problem = refused.json();
            assert_eq!(
                (refused.status, &problem["errors"][0]["field"]),
                (status, &json!(field)),
                "{body}: {problem}"
            );
        }
    }
}

#[tokio::test]
async fn a_tv_that_is_as_wanted_needs_nothing_and_notes_are_plain_text() {
    let stored = Stored::start().await;
    let device = json!({"hostname": "ir-2", "address": "10.0.0.1",
        "ports": [{"index": 2, "name": "Door", "zone": "patio", "discrete_power": "no"}]});
    send(&stored, "PUT", "/api/v1/config/devices/ir-2", "\"1\"", &device).await;
    assert_eq!(stored.post(PATH, &game_day().to_string()).await.status, 201);
    let off = json!({"power": "off"});
    send(&stored, "PUT", "/api/v1/ports/ir-2/2/assumed-state", "", &off).await;
    let path = "/api/v1/presets/game-day/run";
    let same = stored.post(path, r#"{"selectors":["zone=patio"]}"#).await;
    let unchanged = json!([{"hostname": "ir-2", "port": 2, "name": "Door"}]);
    assert_eq!((same.status, &same.json()["unchanged"]), (200, &unchanged), "{:?}", same.json());
    assert_eq!(same.json()["targets"], json!([]));
    for (notes, status) in [("match\u{7}day", 422), ("match\nday", 202)] {
        let run = stored.post(path, &json!({"notes": notes}).to_string()).await;
        assert_eq!(run.status, status, "{:?}", run.json());
        if status == 422 {
            assert_eq!(run.json()["errors"][0]["field"], "notes");
        }
    }
}

#[tokio::test]
async fn what_a_person_should_know_of_the_configuration_is_shown() {
    let stored = Stored::start().await;
    let apart = json!({"hostname": "ir-2", "address": "10.0.0.2"});
    send(&stored, "PUT", "/api/v1/config/devices/ir-2", "*", &apart).await;
    assert_eq!(stored.json("/api/v1/config/warnings").await["items"], json!([]));
    let channel = json!({"id": "news", "name": "News", "number": "24", "platform": "cable"});
    assert_eq!(send(&stored, "POST", "/api/v1/config/channels", "", &channel).await.status, 201);
    let device = json!({"hostname": "ir-2", "address": "10.0.0.2",
        "ports": [{"index": 2, "zone": "patio", "platform": "calbe"}]});
    send(&stored, "PUT", "/api/v1/config/devices/ir-2", "*", &device).await;
    let warning = json!({"item": "devices/ir-2", "field": "ports[0].platform",
        "detail": "no channel of the line-up names the platform calbe: did you mean cable?"});
    assert_eq!(stored.json("/api/v1/config/warnings").await["items"], json!([warning]));
}

#[tokio::test]
async fn a_toggle_is_not_pressed_while_a_direct_command_for_it_may_not_be_recorded() {
    let stored = Stored::start().await;
    let refused = Outcome::Refused(Refused::ByDevice { words: "not now".to_owned() });
    let stored = Stored { server: stored.server.answering(refused), ..stored };
    let device = json!({"hostname": "ir-2", "address": "10.0.0.1",
        "ports": [{"index": 2, "zone": "patio", "discrete_power": "no"}]});
    send(&stored, "PUT", "/api/v1/config/devices/ir-2", "\"1\"", &device).await;
    assert_eq!(stored.post(PATH, &game_day().to_string()).await.status, 201);
    let on = json!({"power": "on"});
    send(&stored, "PUT", "/api/v1/ports/ir-2/2/assumed-state", "", &on).await;
    // It ends with nothing delivered: what is stored of the port does not tell that it was there.
    let pressed = stored.post("/ir-2/command", r#"{"port":2,"command":"power"}"#).await;
    assert!(pressed.status >= 400, "{:?}", pressed.json());
    let run = stored.post("/api/v1/presets/game-day/run", r#"{"selectors":["zone=patio"]}"#).await;
    assert_eq!(run.problem(), (422, "invalid_targets".to_owned()));
    assert_eq!(run.json()["errors"][0]["code"], "state_unknown");
}
