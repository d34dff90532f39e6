//! Plans: a schedule that is put back, and what those plan who are limited to zones.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Power};
use serde_json::{Value, json};
use venue_domain::Clock;
use venued::clock::SystemClock;

use crate::{
    security::{ask, code, guarded, is, token},
    support::{Daemon, send, sim_toml, soon, until},
};

async fn board() -> Blaster {
    let config = BlasterConfig { warm_up: Duration::ZERO, ..BlasterConfig::new("ir-000001", 1) };
    Blaster::start(config).await.unwrap()
}

/// The local time in UTC so far from now, to the second, as the daemon writes it.
fn utc(from_now: Duration) -> String {
    let at = SystemClock.offset().shown(SystemClock.now().plus(from_now));
    let shown: String =
        venue_api::UtcTime(at).to_string().chars().take("2026-12-01T19:30:00".len()).collect();
    shown.strip_suffix(":00").unwrap_or(&shown).to_owned()
}

/// Turns a TV on and tunes it.
async fn shows(daemon: &Daemon, board: &Blaster, port: u8, channel: &str) {
    assert!(daemon.press("ir-000001", port, "power_on").await.status < 300);
    assert!(daemon.tune("ir-000001", port, channel).await.status < 300);
    let tuned = board.wait_for_tv(port, |tv| tv.power == Power::On && tv.channel == channel);
    soon("the channel", tuned).await;
}

/// The plan of a channel for these ports in a moment, put back much later.
async fn planned(daemon: &Daemon, id: &str, ports: &[u8]) {
    let selectors: Vec<String> = ports.iter().map(|port| format!("ir-000001/{port}")).collect();
    let put_back = utc(Duration::from_secs(3_600));
    let plan = json!({"id": id, "selectors": selectors, "zone": "UTC",
        "at": utc(Duration::from_secs(5)), "put_back": time(&put_back), "steps": ["channel 7"],
        "missed": "once within 30 min"});
    let made = daemon.post("/api/v1/schedules", &plan).await;
    let local = &made.json["next"]["put_back"]["local"];
    assert_eq!((made.status, local), (201, &json!(put_back)), "{made:?}");
}

/// The put back is in a moment; tells when.
async fn put_back_soon(daemon: &Daemon, id: &str) -> String {
    let put_back = utc(Duration::from_secs(5));
    let patch = json!({"put_back": time(&put_back)});
    let path = format!("/api/v1/schedules/{id}");
    let moved = send(daemon.address, "PATCH", &path, "If-Match: *\r\n", &patch).await;
    assert_eq!(moved.json["put_back"]["local"], json!(put_back), "{moved:?}");
    put_back
}

fn time(local: &str) -> &str {
    local.split_once('T').unwrap().1
}

/// What was noted is soon not promised any more.
async fn nothing_to_come(daemon: &Daemon) {
    let items = async || daemon.get("/api/v1/agenda").await.json["items"].clone();
    until("an empty agenda", async || (items().await == json!([])).then_some(())).await;
}

/// How the runs of the plan ended, by their kind; the newest first.
async fn outcome(daemon: &Daemon, id: &str, kind: &str) -> Value {
    let path = format!("/api/v1/schedules/{id}/runs");
    let noted = async || {
        let runs = daemon.get(&path).await.json;
        runs["items"].as_array()?.iter().find(|run| run["kind"] == kind).cloned()
    };
    until(kind, noted).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tonight_is_put_back_over_a_kill_and_leaves_alone_what_somebody_touched() {
    let board = board().await;
    let toml = sim_toml([&board]);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    daemon.wait_for_session("ir-000001", 1).await;
    for port in [1, 2, 3] {
        shows(&daemon, &board, port, "5").await;
    }
    planned(&daemon, "football", &[1, 2]).await;
    for port in [1, 2] {
        soon("channel 7", board.wait_for_tv(port, |tv| tv.channel == "7")).await;
    }
    let run = outcome(&daemon, "football", "run").await;
    assert_eq!(run["outcome"], "fired", "{run}");
    let path = format!("/api/v1/batches/{}", run["batch_id"].as_str().unwrap());
    let finished = async || (daemon.get(&path).await.json["finished"] == true).then_some(());
    until("the end of the batch", finished).await;
    let to_come = async || {
        let items = daemon.get("/api/v1/agenda").await.json["items"].clone();
        (items[0]["kind"] == "put_back").then_some(items)
    };
    let items = until("the put back is to come", to_come).await;
    assert_eq!(items.as_array().unwrap().len(), 1, "{items}");
    assert_eq!(items[0]["put_back"]["batch_id"], run["batch_id"]);
    // Somebody takes the second TV before.
    shows(&daemon, &board, 2, "9").await;
    let folder = daemon.killed().await;
    let daemon = Daemon::durable(folder, &toml).await;
    put_back_soon(&daemon, "football").await;
    soon("what was there before", board.wait_for_tv(1, |tv| tv.channel == "5")).await;
    let put_back = outcome(&daemon, "football", "put_back").await;
    assert_eq!(put_back["outcome"], "fired", "{put_back}");
    let detail = put_back["detail"].as_str().unwrap();
    assert_eq!(detail, "put back of TVs queued: 1; 1 left alone: ir-000001/2 (commanded since)");
    assert_eq!((board.tv(2).channel.as_str(), board.tv(3).channel.as_str()), ("9", "5"));
    let batch =
        daemon.get(&format!("/api/v1/batches/{}", put_back["batch_id"].as_str().unwrap())).await;
    assert_eq!(batch.json["created_by"], "schedule:football");
    let over = async || {
        let schedule = daemon.get("/api/v1/schedules/football").await.json;
        (schedule["put_back"].is_null() && schedule["next"].is_null()).then_some(())
    };
    until("the plan is over", over).await;
    assert_eq!(daemon.get("/api/v1/agenda").await.json["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_back_that_is_skipped_leaves_the_tvs_as_they_are() {
    let board = board().await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    shows(&daemon, &board, 1, "5").await;
    planned(&daemon, "football", &[1]).await;
    soon("channel 7", board.wait_for_tv(1, |tv| tv.channel == "7")).await;
    let pending = async || {
        let schedule = daemon.get("/api/v1/schedules/football").await.json;
        schedule["put_back"].is_object().then_some(())
    };
    until("the put back is to come", pending).await;
    let skipped = daemon.post("/api/v1/schedules/football/skip", &json!({})).await;
    assert_eq!(skipped.json["put_back"]["skipped"], true, "{skipped:?}");
    let put_back = put_back_soon(&daemon, "football").await;
    let run = outcome(&daemon, "football", "put_back").await;
    assert_eq!((&run["outcome"], &run["occurrence"]), (&json!("skipped"), &json!(put_back)));
    assert_eq!(board.tv(1).channel, "7");
}

/// The batch of the run of a plan, once its put back is to come.
async fn fired(daemon: &Daemon, id: &str) -> String {
    let path = format!("/api/v1/schedules/{id}");
    let pending = async || {
        let schedule = daemon.get(&path).await.json;
        Some(schedule["put_back"]["batch_id"].as_str()?.to_owned())
    };
    until("the put back is to come", pending).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_back_that_is_not_done_is_noted_with_why() {
    let board = board().await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    for port in [1, 2] {
        shows(&daemon, &board, port, "5").await;
    }
    planned(&daemon, "football", &[1]).await;
    planned(&daemon, "rugby", &[2]).await;
    for port in [1, 2] {
        soon("channel 7", board.wait_for_tv(port, |tv| tv.channel == "7")).await;
    }
    let batch = fired(&daemon, "football").await;
    fired(&daemon, "rugby").await;
    daemon.post("/api/v1/schedules/rugby/pause", &json!({})).await;
    put_back_soon(&daemon, "rugby").await;
    // Somebody puts the other one back before its time, which is then done.
    let path = format!("/api/v1/batches/{}", batch.replace(':', "%3A"));
    let finished = async || (daemon.get(&path).await.json["finished"] == true).then_some(());
    until("the end of the batch", finished).await;
    let undone = daemon.post(&format!("{path}/undo"), &json!({})).await;
    assert_eq!(undone.status, 202, "{undone:?}");
    for (id, why) in [("football", "it was put back before"), ("rugby", "the schedule was paused")]
    {
        let run = outcome(&daemon, id, "put_back").await;
        assert_eq!(run["outcome"], "skipped", "{run}");
        assert!(run["detail"].as_str().unwrap().contains(why), "{run}");
    }
    nothing_to_come(&daemon).await;
    assert_eq!(board.tv(2).channel, "7");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_an_older_backup_nothing_is_promised_that_nobody_can_put_back() {
    let board = board().await;
    let toml = sim_toml([&board]);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    daemon.wait_for_session("ir-000001", 1).await;
    shows(&daemon, &board, 1, "5").await;
    let made = daemon.post("/api/v1/backups", &json!({})).await;
    let backup = daemon.path("backups").join(made.json["name"].as_str().unwrap());
    planned(&daemon, "football", &[1]).await;
    let batch = fired(&daemon, "football").await;
    let folder = daemon.killed().await;
    let now = SystemClock.now();
    venue_queue::restore_backup(&backup, &folder.path().join("venue.db"), now).unwrap();
    let daemon = Daemon::durable(folder, &toml).await;
    let run = outcome(&daemon, "football", "put_back").await;
    assert_eq!(run["outcome"], "missed", "{run}");
    assert!(run["detail"].as_str().unwrap().contains("an older backup was restored"), "{run}");
    nothing_to_come(&daemon).await;
    let told = async || {
        let alerts = daemon.get("/api/v1/alerts").await.json;
        let id = json!(format!("put_back_missed:{batch}"));
        alerts["items"].as_array()?.iter().find(|alert| alert["id"] == id).cloned()
    };
    let alert = until("the alert", told).await;
    assert!(alert["summary"].as_str().unwrap().contains("the schedule football"), "{alert}");
    let gone =
        send(daemon.address, "DELETE", "/api/v1/schedules/football", "If-Match: *\r\n", &json!({}))
            .await;
    assert_eq!(gone.status, 200, "{gone:?}");
    let over = async || told().await.is_none().then_some(());
    until("the end of the alert", over).await;
}

/// A daemon that has tokens, with an admin, and one port in each of the zones `bar` and `hall`.
async fn two_zones(board: &Blaster) -> (Daemon, String) {
    let daemon = guarded(tempfile::tempdir().unwrap(), "", "").await;
    let admin = token(&daemon, &["chief", "--role", "admin"]).await;
    let made = async |kind: &str, body: Value| {
        let path = format!("/api/v1/config/{kind}");
        let made = ask(&daemon, &admin, "POST", &path, body).await;
        assert_eq!(made.status, 201, "{made:?}");
    };
    made("zones", json!({"id": "bar"})).await;
    made("zones", json!({"id": "hall"})).await;
    let port = |number: u8, zone: &str| json!({"index": number, "zone": zone});
    let address = board.address().to_string();
    let ports = [port(1, "bar"), port(2, "hall")];
    made("devices", json!({"hostname": "ir-000001", "address": address, "ports": ports})).await;
    (daemon, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_puts_back_what_a_schedule_did_in_its_zones() {
    let board = board().await;
    let (daemon, admin) = two_zones(&board).await;
    let bar = token(&daemon, &["bar", "--role", "operator", "--zone", "bar"]).await;
    let hall = token(&daemon, &["hall", "--role", "operator", "--zone", "hall"]).await;
    let path = "/api/v1/devices/ir-000001/command";
    let online = async || {
        let tune = json!({"port": 1, "command": "channel", "channel": "5"});
        (ask(&daemon, &admin, "POST", path, tune).await.status == 200).then_some(())
    };
    until("channel 5", online).await;
    let plan = json!({"id": "football", "selectors": ["zone=bar"], "at": utc(Duration::from_secs(3)), "zone": "UTC",
        "steps": ["channel 7"]});
    let made = ask(&daemon, &admin, "POST", "/api/v1/schedules", plan).await;
    assert_eq!(made.status, 201, "{made:?}");
    soon("channel 7", board.wait_for_tv(1, |tv| tv.channel == "7")).await;
    let noted = async || {
        let runs = ask(&daemon, &bar, "GET", "/api/v1/schedules/football/runs", json!({})).await;
        Some(runs.json["items"][0]["batch_id"].as_str()?.replace(':', "%3A"))
    };
    let batch = format!("/api/v1/batches/{}", until("the run", noted).await);
    let allowed = async |who: &str| {
        let shown = ask(&daemon, who, "GET", &batch, json!({})).await.json;
        shown["allowed"].as_array().unwrap().contains(&json!("undo"))
    };
    assert_eq!((allowed(&bar).await, allowed(&hall).await), (true, false));
    let refused = ask(&daemon, &hall, "POST", &format!("{batch}/undo"), json!({})).await;
    assert_eq!(code(&refused), is(403, "denied"));
    let undone = ask(&daemon, &bar, "POST", &format!("{batch}/undo"), json!({})).await;
    assert_eq!(undone.status, 202, "{undone:?}");
    soon("channel 5", board.wait_for_tv(1, |tv| tv.channel == "5")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_plans_within_its_zones_and_changes_what_it_planned() {
    let board = board().await;
    let (daemon, _) = two_zones(&board).await;
    let bar = token(&daemon, &["bar", "--role", "operator", "--zone", "bar"]).await;
    let other = token(&daemon, &["other", "--role", "operator"]).await;
    let manager = token(&daemon, &["boss", "--role", "manager"]).await;
    let viewer = token(&daemon, &["screen", "--role", "viewer"]).await;
    let plan = |id: &str, selector: &str| {
        json!({"id": id, "selectors": [selector], "cron": "30 19 * * *", "zone": "UTC", "put_back": "22:00",
            "steps": ["channel 7"]})
    };
    let path = "/api/v1/schedules";
    let outside = ask(&daemon, &bar, "POST", path, plan("hall", "zone=hall")).await;
    assert_eq!(code(&outside), is(403, "denied"));
    assert_eq!(
        outside.json["detail"],
        "selectors: this would change ir-000001/2 outside of your zones"
    );
    assert_eq!(
        code(&ask(&daemon, &viewer, "POST", path, plan("x", "all")).await),
        is(403, "denied")
    );
    let own = ask(&daemon, &bar, "POST", path, plan("tonight", "zone=bar")).await;
    assert_eq!((own.status, &own.json["made_by"]), (201, &json!("bar")), "{own:?}");
    let of_manager = ask(&daemon, &manager, "POST", path, plan("weekly", "zone=bar")).await;
    assert_eq!(of_manager.status, 201, "{of_manager:?}");
    let skip = async |who: &str, id: &str| {
        ask(&daemon, who, "POST", &format!("{path}/{id}/skip"), json!({})).await
    };
    let refused = skip(&bar, "weekly").await;
    assert_eq!(code(&refused), is(403, "denied"));
    assert!(
        refused.json["detail"].as_str().unwrap().starts_with("boss made this schedule"),
        "{refused:?}"
    );
    assert_eq!(code(&skip(&other, "tonight").await), is(403, "denied"));
    for (who, id) in [(&bar, "tonight"), (&manager, "tonight"), (&manager, "weekly")] {
        assert_eq!(skip(who, id).await.status, 200, "{id}");
    }
    let seen = ask(&daemon, &bar, "GET", "/api/v1/agenda", json!({})).await.json;
    let mut marks: Vec<_> = seen["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["schedule"].as_str().unwrap().to_owned(), item["may_change"] == true))
        .collect();
    marks.sort();
    marks.dedup();
    assert_eq!(marks, [("tonight".to_owned(), true), ("weekly".to_owned(), false)]);
    let removed = ask(&daemon, &bar, "DELETE", &format!("{path}/tonight"), json!({})).await;
    assert_eq!(removed.status, 428, "it says which revision it has seen");
}
