//! Schedules over HTTP.

use serde_json::{Value, json};

use crate::{config::send, stored::Stored};

fn opening() -> Value {
    json!({"id": "opening", "selectors": ["zone=bar"], "cron": "0 10 * * *",
        "zone": "Australia/Sydney", "steps": ["on", "wait 10 s", "channel 501"]})
}

async fn scheduled() -> Stored {
    let stored = Stored::start().await;
    let made = stored.post("/api/v1/schedules", &opening().to_string()).await;
    assert_eq!((made.status, made.header("etag")), (201, Some("\"2\"")), "{made:?}");
    assert_eq!(made.header("location"), Some("/api/v1/schedules/opening"));
    stored
}

#[tokio::test]
async fn a_schedule_is_shown_with_its_next_runs_in_the_zone_of_the_venue() {
    let stored = scheduled().await;
    let shown = stored.json("/api/v1/schedules/opening").await;
    // The clock of the fakes stands at 2026-09-21T13:33:20Z.
    let next = json!({"at": "2026-09-22T00:00:00Z", "local": "2026-09-22T10:00",
                      "zone": "Australia/Sydney", "skipped": false});
    assert_eq!(
        (&shown["next"], &shown["paused"], &shown["revision"]),
        (&next, &json!(false), &json!(2))
    );
    assert_eq!(shown["item"]["steps"], json!(["on", "wait 10 s", "channel 501"]));
    assert_eq!(stored.json("/api/v1/schedules").await["items"][0], shown);
    let next = stored.json("/api/v1/schedules/opening/next?n=14").await;
    // Daylight saving begins on 4 October: an hour earlier in UTC.
    assert_eq!(next["items"][11]["at"], "2026-10-03T00:00:00Z");
    assert_eq!(next["items"][12]["at"], "2026-10-03T23:00:00Z");
    let runs = stored.json("/api/v1/schedules/opening/runs?limit=3").await;
    assert_eq!(
        (&runs["items"][0]["outcome"], &runs["items"][0]["detail"]),
        (&json!("missed"), &json!("of 3"))
    );
}

#[tokio::test]
async fn a_schedule_is_changed_paused_left_out_run_and_removed() {
    let stored = scheduled().await;
    let path = "/api/v1/schedules/opening";
    let unsaid = send(&stored, "PATCH", path, "", &json!({"name": "Opening"})).await;
    assert_eq!(unsaid.problem(), (428, "if_match_missing".to_owned()));
    let changed = send(&stored, "PATCH", path, "\"2\"", &json!({"name": "Opening"})).await;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"3\"")));
    let stale = send(&stored, "PUT", path, "\"2\"", &opening()).await;
    assert_eq!(stale.problem(), (412, "changed_since".to_owned()));
    let paused = stored.post(&format!("{path}/pause"), "").await.json();
    assert_eq!((&paused["paused"], &paused["next"]), (&json!(true), &Value::Null));
    let nothing = stored.post(&format!("{path}/skip"), "").await;
    assert_eq!(nothing.problem(), (409, "nothing_to_skip".to_owned()));
    stored.post(&format!("{path}/resume"), "").await;
    let skipped = stored.post(&format!("{path}/skip"), "").await.json();
    assert_eq!(skipped["next"]["skipped"], true);
    let ran = stored.post(&format!("{path}/run"), "").await;
    assert_eq!(
        (ran.status, ran.header("location")),
        (202, Some("/api/v1/batches/manual_opening_1"))
    );
    let left_out = &ran.json()["rejected"][0];
    assert_eq!(
        (&left_out["hostname"], &left_out["code"]),
        (&json!("ir-2"), &json!("state_unknown"))
    );
    let removed = send(&stored, "DELETE", path, "*", &json!({})).await;
    assert_eq!(removed.json(), json!({"id": "opening"}));
    for leaf in ["", "/next", "/runs"] {
        assert_eq!(stored.get(&format!("{path}{leaf}")).await.status, 404, "{leaf}");
    }
    assert_eq!(stored.post(&format!("{path}/run"), "").await.problem().0, 404);
}

#[tokio::test]
async fn what_is_wrong_with_a_schedule_names_its_field() {
    let stored = Stored::start().await;
    let table = [
        ("cron", json!("61 * * * *")),
        ("zone", json!("Mars")),
        ("steps", json!(["hop"])),
        ("selectors[0]", json!(["zone=bra"])),
    ];
    for (field, wrong) in table {
        let mut body = opening();
        body[field.trim_end_matches("[0]")] = wrong;
        // The document's name for it.
        let refused = stored.post("/schedule", &body.to_string()).await;
        assert_eq!(refused.problem(), (422, "invalid_schedule".to_owned()));
        assert_eq!(refused.json()["errors"][0]["field"], field);
    }
    let wrong = stored.get("/api/v1/schedules/opening/next?n=0").await;
    assert_eq!(wrong.problem().0, 422);
    assert_eq!(stored.json("/api/v1/schedules").await["items"], json!([]));
}

#[tokio::test]
async fn a_schedule_says_when_it_is_put_back_and_the_agenda_has_the_week() {
    let stored = scheduled().await;
    let mut football = opening();
    football["id"] = json!("football");
    football["cron"] = json!("30 19 * * fri");
    football["put_back"] = json!("22:00");
    let made = stored.post("/api/v1/schedules", &football.to_string()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!((&made["may_change"], &made["item"]["put_back"]), (&json!(true), &json!("22:00")));
    // 22:00 in Sydney, before daylight saving begins.
    let until = json!({"at": "2026-09-25T12:00:00Z", "local": "2026-09-25T22:00", "next_day": false, "skipped": false});
    assert_eq!(made["next"]["put_back"], until);
    let path = "/api/v1/schedules/opening";
    stored.post(&format!("{path}/skip"), "").await;
    stored.post("/api/v1/schedules/football/pause", "").await;
    let agenda = stored.json("/api/v1/agenda?days=5").await;
    // The clock of what only reads stands a little later than that of the schedules.
    assert_eq!(agenda["until"], "2026-09-26T14:13:20Z");
    let told = |item: &Value| {
        let texts =
            ["local", "schedule", "kind"].map(|field| item[field].as_str().unwrap().to_owned());
        let marks = ["is_next", "skipped", "paused"].map(|field| item[field] == json!(true));
        (texts.join(" "), marks)
    };
    let told: Vec<_> = agenda["items"].as_array().unwrap().iter().map(told).collect();
    let run = |local: &str, marks| (format!("{local} run"), marks);
    assert_eq!(
        told,
        [
            run("2026-09-22T10:00 opening", [true, true, false]),
            run("2026-09-23T10:00 opening", [false, false, false]),
            run("2026-09-24T10:00 opening", [false, false, false]),
            run("2026-09-25T10:00 opening", [false, false, false]),
            run("2026-09-25T19:30 football", [true, false, true]),
            run("2026-09-26T10:00 opening", [false, false, false]),
        ]
    );
    assert_eq!(agenda["items"][4]["put_back"], until);
    assert_eq!(stored.get("/api/v1/agenda?days=32").await.problem().0, 422);
    for (wrong, said) in [("22", "22:00"), ("19:30", "not before the next run at 19:30")] {
        let mut body = opening();
        body["id"] = json!("wrong");
        body["cron"] = json!("30 19 * * *");
        body["put_back"] = json!(wrong);
        let refused = stored.post("/api/v1/schedules", &body.to_string()).await;
        assert_eq!(refused.problem(), (422, "invalid_schedule".to_owned()));
        let error = &refused.json()["errors"][0];
        assert_eq!(error["field"], "put_back");
        assert!(error["detail"].as_str().unwrap().contains(said), "{error}");
    }
}

#[tokio::test]
async fn what_a_run_would_send_is_told_before() {
    let stored = scheduled().await;
    let preview = stored.json("/api/v1/schedules/opening/preview").await;
    assert_eq!(
        preview["targets"],
        json!([{"hostname": "ir-1", "port": 1, "name": "ir-1 1", "commands": ["power_on"]}])
    );
    assert_eq!(preview["rejected"][0]["code"], "state_unknown");
    assert_eq!(preview["lasts_s"], 10);
    assert_eq!(stored.get("/api/v1/schedules/closing/preview").await.problem().0, 404);
}

#[tokio::test]
async fn any_run_is_skipped_done_after_all_and_moved() {
    let stored = scheduled().await;
    let path = "/api/v1/schedules/opening";
    let asked = async |leaf: &str, body: Value| {
        stored.post(&format!("{path}/{leaf}"), &body.to_string()).await
    };
    let next = async || stored.json(&format!("{path}/next?n=4")).await["items"].clone();
    let on = json!({"on": "2026-09-24"});
    assert_eq!(asked("skip", on.clone()).await.status, 200);
    let third = next().await[2].clone();
    assert_eq!((&third["skipped"], &third["skip_reason"]), (&json!(true), &json!("skipped")));
    assert_eq!(asked("unskip", on.clone()).await.status, 200);
    assert_eq!(next().await[2]["skipped"], false);
    assert_eq!(asked("unskip", on).await.problem(), (409, "nothing_to_unskip".to_owned()));
    let wrong = asked("skip", json!({"on": "2026-09-24T11:00"})).await;
    assert_eq!(wrong.problem(), (422, "invalid_schedule".to_owned()));
    let error = wrong.json()["errors"][0].clone();
    assert_eq!(error["field"], "on", "{error}");
    assert!(
        error["detail"]
            .as_str()
            .unwrap()
            .starts_with("it does not run on 2026-09-24T11:00 (a Thursday)"),
        "{error}"
    );
    let moved = asked("move", json!({"on": "2026-09-24", "to": "12:30"})).await.json();
    assert_eq!(
        (&moved["id"], &moved["next"]["local"]),
        (&json!("opening-0924"), &json!("2026-09-24T12:30"))
    );
    let except = json!({"except": ["2026-09-25"]});
    assert_eq!(send(&stored, "PATCH", path, "*", &except).await.status, 200);
    let reasons: Vec<Value> =
        next().await.as_array().unwrap().iter().map(|run| run["skip_reason"].clone()).collect();
    assert_eq!(reasons, [Value::Null, Value::Null, json!("skipped"), json!("exception")]);
}
