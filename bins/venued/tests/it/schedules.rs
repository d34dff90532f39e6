//! Schedules that fire, over kills and outages.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Key, Power};
use serde_json::{Value, json};
use venue_domain::{
    Actor, BatchCreated, Class, Clock, Command, CommandQueue, MaxAttempts, NewBatch, NewCommand,
    Priority, testing,
};
use venue_queue::{SqliteStore, StoreConfig};
use venued::clock::SystemClock;

use crate::support::{Daemon, sim_toml, soon, until, venuectl};

async fn board() -> Blaster {
    let config = BlasterConfig {
        power: Power::Off,
        warm_up: Duration::ZERO,
        ..BlasterConfig::new("ir-000001", 1)
    };
    Blaster::start(config).await.unwrap()
}

/// An instant so far from now, as it is written.
fn at(from_now: Duration) -> String {
    venue_api::UtcTime(SystemClock.offset().shown(SystemClock.now().plus(from_now))).to_string()
}

fn once(id: &str, at: &str, more: &Value) -> Value {
    let mut body = json!({"id": id, "selectors": ["ir-000001"], "at": at, "steps": ["on"]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn run_of(daemon: &Daemon, id: &str) -> Value {
    let path = format!("/api/v1/schedules/{id}/runs");
    let first = async || {
        let runs = daemon.get(&path).await.json;
        runs["items"].get(0).cloned()
    };
    until("a run", first).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_fires_as_a_batch_and_its_steps_come_in_order() {
    let board = board().await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let steps = json!({"selectors": ["ir-000001/2"], "name": "Kick-off",
        "steps": ["on", "wait 500 ms", "channel 7"]});
    let made = daemon
        .post("/api/v1/schedules", &once("kick-off", &at(Duration::from_secs(2)), &steps))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(made.json["next"]["at"].is_string());
    soon("channel 7", board.wait_for_tv(2, |tv| tv.channel == "7")).await;
    assert_eq!(board.tv(2).keys, [Key::PowerOn, Key::Digit(7)]);
    let run = run_of(&daemon, "kick-off").await;
    assert_eq!(run["outcome"], "fired");
    let batch = run["batch_id"].as_str().unwrap();
    let path = format!("/api/v1/batches/{batch}");
    let finished = async || {
        let batch = daemon.get(&path).await.json;
        (batch["finished"] == json!(true)).then_some(batch)
    };
    let finished = until("the end of the batch", finished).await;
    assert_eq!((&finished["total"], &finished["statuses"]["completed"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&finished["created_by"], &finished["notes"]),
        (&json!("schedule:kick-off"), &json!("Kick-off"))
    );
    let over = daemon.get("/api/v1/schedules/kick-off").await;
    assert_eq!(over.json["next"], Value::Null, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_due_during_a_kill_runs_once_if_that_is_wished_and_is_told_otherwise() {
    let board = board().await;
    let toml = sim_toml([&board]);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    let soon_at = at(Duration::from_millis(1_500));
    let late = json!({"selectors": ["ir-000001/1"], "missed": "once within 10 min"});
    daemon.post("/api/v1/schedules", &once("late", &soon_at, &late)).await;
    let due = SystemClock.now().plus(Duration::from_millis(1_500));
    let mut folder = daemon.killed().await;
    let passed = async || (SystemClock.now() > due).then_some(());
    until("its time", passed).await;
    for _ in 0..2 {
        // The second start finds it done.
        let daemon = Daemon::durable(folder, &toml).await;
        let run = run_of(&daemon, "late").await;
        assert_eq!(run["outcome"], "fired", "{run}");
        soon("on", board.wait_for_tv(1, |tv| tv.power == Power::On)).await;
        // A kill before its end is stored would have it sent again, as an absolute command may be.
        let path = format!("/api/v1/batches/{}", run["batch_id"].as_str().unwrap());
        let finished = async || (daemon.get(&path).await.json["finished"] == true).then_some(());
        until("the end of the batch", finished).await;
        folder = daemon.killed().await;
    }
    assert_eq!(board.tv(1).keys, [Key::PowerOn], "once");
}

/// A batch of this name that somebody made for no TV of the schedule.
fn foreign(name: &str) -> NewBatch {
    let at = SystemClock.now();
    let command = Command {
        class: Class::Bulk,
        expires_at: at.plus(Duration::from_secs(600)),
        ..testing::command("mute_on", "ir-000001/4", at, 0)
    };
    NewBatch {
        id: name.parse().unwrap(),
        actor: Actor { name: Some("ann".to_owned()), ..Actor::default() },
        created_at: at,
        commands: vec![NewCommand::new(command, Priority::BULK, MaxAttempts::default())],
        rejected: 0,
        duplicates: 0,
        notes: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_name_a_foreign_batch_has_is_missed_and_an_alert() {
    let board = board().await;
    let toml = sim_toml([&board]);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    let due = at(Duration::from_secs(8));
    let more = json!({"selectors": ["ir-000001/2"], "missed": "once within 10 min"});
    let made = daemon.post("/api/v1/schedules", &once("taken", &due, &more)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let name = format!("sched_taken_{}", made.json["next"]["local"].as_str().unwrap());
    // No client may give such a name: an earlier version let them.
    let folder = daemon.killed().await;
    let store = SqliteStore::open(&folder.path().join("venue.db"), StoreConfig::default()).unwrap();
    let stored = store.create_batch(foreign(&name)).await.unwrap();
    assert!(matches!(stored.answer, BatchCreated::Created(_)), "{stored:?}");
    store.close().await;
    let daemon = Daemon::durable(folder, &toml).await;
    let run = run_of(&daemon, "taken").await;
    assert_eq!(run["outcome"], "missed", "{run}");
    let detail = run["detail"].as_str().unwrap();
    assert!(detail.contains("ann") && detail.contains(&name), "{run}");
    let displaced = async || {
        let alerts = daemon.get("/api/v1/alerts").await.json;
        let mut alerts = alerts["items"].as_array().unwrap().iter();
        alerts.find(|alert| alert["id"] == "schedule_displaced:taken").cloned()
    };
    let alert = until("the alert", displaced).await;
    assert!(alert["summary"].as_str().unwrap().contains(&name), "{alert}");
    let batch = daemon.get(&format!("/api/v1/batches/{}", name.replace(':', "%3A"))).await.json;
    assert_eq!((&batch["total"], &batch["created_by"]), (&json!(1), &json!("ann")));
    assert_eq!(board.tv(2).keys, [], "nothing of the schedule was sent");
    // By hand it runs all the same.
    let ran = venuectl(daemon.address, &["schedule", "run", "taken"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    soon("on", board.wait_for_tv(2, |tv| tv.power == Power::On)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn venuectl_steers_a_schedule() {
    let board = board().await;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let address = daemon.address;
    let run = async |args: &[&str]| {
        let mut words = vec!["schedule"];
        words.extend(args);
        let said = venuectl(address, &words).await;
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{args:?}: {said:?}");
        said.stdout
    };
    run(&[
        "add",
        "opening",
        "ir-000001",
        "--cron",
        "0 10 * * *",
        "--tz",
        "Australia/Sydney",
        "--put-back",
        "22:00",
        "--do",
        "on",
        "--do",
        "channel 501",
    ])
    .await;
    let preview = run(&["preview", "opening"]).await;
    assert!(preview.contains("power_on, channel 501"), "{preview}");
    let agenda = venuectl(address, &["agenda", "--days", "3"]).await;
    assert_eq!(agenda.stdout.matches("T22:00").count(), 3, "{agenda:?}");
    let next = run(&["next", "opening", "-n", "3"]).await;
    assert_eq!(next.matches("T10:00").count(), 3, "{next}");
    assert!(run(&["skip", "opening"]).await.contains("skipped"));
    assert!(!run(&["unskip", "opening"]).await.contains("skipped"));
    // Of the next runs the third is left out, and the second comes at another time.
    let ahead = run(&["next", "opening", "-n", "4"]).await;
    let day = |line: usize| ahead.lines().nth(line).unwrap()[..10].to_owned();
    run(&["except", "opening", &day(3)]).await;
    let moved = run(&["move", "opening", "--on", &day(2), "--to", "11:00"]).await;
    assert!(moved.contains(&format!("{}T11:00", day(2))), "{moved}");
    run(&["remove", moved.split_whitespace().nth(1).unwrap()]).await;
    let added = venuectl(address, &["venue", "holidays", "add", &day(4)]).await;
    assert!(added.stdout.contains(&day(4)), "{added:?}");
    run(&["set", "opening", "holidays=skip"]).await;
    let marks = run(&["next", "opening", "-n", "4"]).await;
    for (line, mark) in [(2, "skipped"), (3, "exception"), (4, "holiday")] {
        assert!(marks.lines().nth(line).unwrap().ends_with(mark), "{marks}");
    }
    let wrong = venuectl(address, &["schedule", "skip", "opening", "--on", "2020-01-01"]).await;
    assert!(wrong.stderr.contains("is past"), "{wrong:?}");
    run(&["set", "opening", "holidays=", "except=[]"]).await;
    assert!(run(&["pause", "opening"]).await.contains("paused"));
    assert!(run(&["list"]).await.contains("opening  paused  ir-000001  on, channel 501"));
    run(&["resume", "opening"]).await;
    run(&["set", "opening", "name=Opening", "steps=[\"on\"]"]).await;
    let ran = run(&["run", "opening"]).await;
    assert!(ran.contains("manual_opening_"), "{ran}");
    soon("on", board.wait_for_tv(5, |tv| tv.power == Power::On)).await;
    let wrong = venuectl(address, &["schedule", "set", "opening", "cron=61 * * * *"]).await;
    assert!(wrong.stderr.contains("minute"), "{wrong:?}");
    run(&["remove", "opening"]).await;
    assert_eq!(venuectl(address, &["schedule", "get", "opening"]).await.code, Some(3));
}
