//! A wall clock that is wrong, and that is set: nothing stale is sent, nothing lives too long or too
//! short, nothing is forgotten, and somebody is told.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Fault, Key, Power};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;
use venue_api::CommandStatus;
use venue_domain::WallTime;
use venue_queue::damage::hold;

use crate::{
    support::{Daemon, TestClock, bulk, post_keyed, sim_toml, soon, until},
    watching::Stream,
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

async fn board(fault: Fault) -> Blaster {
    board_of(fault, Power::On).await
}

async fn board_of(fault: Fault, power: Power) -> Blaster {
    let config = BlasterConfig {
        fault,
        power,
        warm_up: Duration::ZERO,
        ..BlasterConfig::new("ir-000001", 1)
    };
    Blaster::start(config).await.unwrap()
}

fn toml(board: &Blaster) -> String {
    // A daemon that cannot read what its ports were sent before lets them rest: here for no time.
    let timing = "[timing]\nwarm_up_ms = 0\nquiet_gap_ms = 0\nentry_gap_ms = 0\n";
    format!("{timing}[pool]\nreconnect_cap_ms = 200\n{}", sim_toml([board]))
}

/// A daemon with a store in `folder`, whose clocks are set by what is handed out with it.
async fn durable(board: &Blaster) -> (TestClock, Daemon) {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new(folder.path());
    (clock, Daemon::durable(folder, &toml(board)).await)
}

/// Leaves channel 5 waiting for the board, which is away; tells its batch.
async fn leave_channel_5(daemon: &Daemon) -> String {
    let mut body = bulk("channel", &[("ir-000001", 1)]);
    (body["channel"], body["wait_for_device_s"]) = (json!("5"), json!(500));
    let batch = daemon.bulk(&body).await;
    let waits = async || daemon.get("/api/v1/queue").await.json["later"] == 1;
    until("it waits for the board", async || waits().await.then_some(())).await;
    batch
}

/// Starts a daemon whose database another process holds, sends channel 7 directly, and lets go of the
/// database: what is left of the batch then.
async fn seven_before_the_store(board: &Blaster, folder: TempDir, batch: &str) -> Value {
    let lock = hold(&folder.path().join("venue.db")).unwrap();
    board.clear_fault();
    let daemon = Daemon::start_in(folder, "path = \"venue.db\"", &toml(board)).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let answer = daemon.tune("ir-000001", 1, "7").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    drop(lock);
    daemon.wait_for_mode("normal").await;
    let status = daemon.ended_batch(batch).await;
    assert_eq!(board.tv(1).keys, [Key::Digit(7)], "{status:?}");
    let path = format!("/api/v1/commands/{}", status.commands[0].command_id);
    daemon.get(&path).await.json
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_with_a_clock_that_was_set_back_sends_nothing_stale() {
    let board = board(Fault::RefuseConnect).await;
    let (mut clock, daemon) = durable(&board).await;
    let batch = leave_channel_5(&daemon).await;
    let folder = daemon.killed().await;
    clock.set_wall(-120);
    let five = seven_before_the_store(&board, folder, &batch).await;
    assert_eq!(five["status"], "superseded", "the order is known without the store: {five}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_with_a_clock_that_is_behind_sends_nothing_stale() {
    let board = board(Fault::RefuseConnect).await;
    let (mut clock, daemon) = durable(&board).await;
    let batch = leave_channel_5(&daemon).await;
    let folder = daemon.killed().await;
    clock.set_wall(-120);
    clock.reboot();
    let five = seven_before_the_store(&board, folder, &batch).await;
    assert_eq!((&five["status"], &five["reason"]), (&json!("expired"), &json!("unclean_stop")));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_what_was_kept_of_the_clock_the_order_is_in_memory_only_and_nothing_stale_is_sent()
{
    let board = board(Fault::RefuseConnect).await;
    let (mut clock, daemon) = durable(&board).await;
    let batch = leave_channel_5(&daemon).await;
    let folder = daemon.killed().await;
    clock.set_wall(-120);
    std::fs::remove_file(folder.path().join("venue.db.clock")).unwrap();
    // It cannot even be opened.
    let (database, away) = (folder.path().join("venue.db"), folder.path().join("away"));
    std::fs::rename(&database, &away).unwrap();
    std::fs::create_dir(&database).unwrap();
    board.clear_fault();
    let daemon = Daemon::start_in(folder, "path = \"venue.db\"", &toml(&board)).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let answer = daemon.tune("ir-000001", 1, "7").await;
    assert_eq!((answer.status, &answer.json["order"]), (200, &json!("memory_only")), "{answer:?}");
    std::fs::remove_dir(&database).unwrap();
    std::fs::rename(&away, &database).unwrap();
    daemon.wait_for_mode("normal").await;
    daemon.ended_batch(&batch).await;
    assert_eq!(board.tv(1).keys, [Key::Digit(7)]);
    let answer = daemon.tune("ir-000001", 1, "8").await;
    assert_eq!(answer.json.get("order"), None, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lives_go_by_the_time_that_passes_whatever_the_wall_clock_says() {
    let board = board(Fault::RefuseConnect).await;
    let (mut clock, daemon) = durable(&board).await;
    clock.set_wall(2 * HOUR);
    let mut power = json!({"command": "power", "port": 1, "wait_for_device_s": 10});
    let begun = Instant::now();
    let short = daemon.command("ir-000001", &power).await;
    assert_eq!(short.status, 202, "{short:?}");
    (power["command"], power["channel"]) = (json!("channel"), json!("5"));
    power["wait_for_device_s"] = json!(30);
    power["port"] = json!(2);
    let long = daemon.command("ir-000001", &power).await;
    let batch = leave_channel_5_on_port_3(&daemon).await;
    for seconds in [0, 3 * HOUR, -5 * DAY] {
        clock.set_wall(seconds);
        let waiting = daemon.account(long.json["command_id"].as_str().unwrap()).await;
        assert_eq!(waiting.record.status, CommandStatus::Pending, "{seconds}: {waiting:?}");
        let batch = daemon.bulk_status(&batch).await;
        assert_eq!(batch.pending, 1, "{seconds}: {batch:?}");
    }
    let ended = daemon.ended_command(short.json["command_id"].as_str().unwrap()).await;
    let lived = begun.elapsed();
    assert_eq!(ended.record.status, CommandStatus::Expired, "{ended:?}");
    assert!(lived > Duration::from_secs(9) && lived < Duration::from_secs(20), "{lived:?}");
    board.clear_fault();
    soon("channel 5", board.wait_for_tv(3, |tv| tv.channel == "5")).await;
    assert!(board.tv(1).keys.is_empty(), "nothing is pressed late");
}

async fn leave_channel_5_on_port_3(daemon: &Daemon) -> String {
    let mut body = bulk("channel", &[("ir-000001", 3)]);
    (body["channel"], body["wait_for_device_s"]) = (json!("5"), json!(500));
    daemon.bulk(&body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_is_an_event_and_an_alert_and_times_are_shown_by_it() {
    let board = board(Fault::None).await;
    let (mut clock, daemon) = durable(&board).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let sent = daemon.tune("ir-000001", 1, "7").await;
    let id = sent.json["command_id"].as_str().unwrap().to_owned();
    let known = async || {
        let found = daemon.get(&format!("/api/v1/commands/{id}")).await;
        (found.status == 200).then_some(())
    };
    until("it is recorded", known).await;
    let before = daemon.account(&id).await.record.created_at.0.unix_ms();
    let mut events = Stream::open(daemon.address, "?type=clock.*,alert.*", None).await;
    clock.set_wall(-3 * HOUR);
    let jump = events.next("clock.jumped").await;
    let by = jump["jump_ms"].as_i64().unwrap();
    assert!((by + 3 * HOUR * 1_000).abs() < 5_000, "{jump}");
    let alert = events.next("alert.raised").await;
    assert_eq!(alert["kind"], "clock_jumped", "{alert}");
    let alerts = daemon.get("/api/v1/alerts").await.json;
    assert_eq!(alerts["items"][0]["kind"], "clock_jumped", "{alerts}");
    let after = daemon.account(&id).await.record.created_at.0.unix_ms();
    assert!((after - before - by).abs() < 1_000, "{before} {after}");
    // The assumed state of the port goes on, and so does an undo.
    assert_eq!(daemon.tune("ir-000001", 1, "8").await.status, 200);
    let assumed = async || {
        let status = daemon.get("/ir-000001/port-status").await.json;
        (status["port_statuses"][0]["last_channel"] == "8").then_some(())
    };
    until("channel 8 is assumed", assumed).await;
}

/// Waits for the alert that the clock was set, whose summary contains `way`.
async fn told(daemon: &Daemon, way: &str) -> Value {
    let seen = async || {
        let alerts = daemon.get("/api/v1/alerts").await.json;
        let items = alerts["items"].as_array().unwrap();
        let jumped = items.iter().find(|alert| alert["kind"] == "clock_jumped").cloned();
        jumped.filter(|alert| alert["summary"].as_str().unwrap().contains(way))
    };
    until("the alert", seen).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_far_jump_is_told_over_a_restart_and_never_begins_in_the_future() {
    let board = board(Fault::None).await;
    let (mut clock, daemon) = durable(&board).await;
    // What the clock of the daemon shows, as far as an answer tells it.
    let shown = async |daemon: &Daemon| {
        let health = daemon.get("/ir-000001/health").await.json;
        serde_json::from_value::<venue_api::UtcTime>(health["last_checked"].clone()).unwrap()
    };
    let since = |alert: &Value| {
        serde_json::from_value::<venue_api::UtcTime>(alert["since"].clone()).unwrap()
    };
    clock.set_wall(3 * DAY);
    let first = told(&daemon, "forward").await;
    assert!(since(&first) <= shown(&daemon).await, "{first}");
    clock.set_wall(-2 * DAY);
    let second = told(&daemon, "back").await;
    let now = shown(&daemon).await;
    assert!(since(&second) <= now, "{second}, and it is {now}");
    assert!(now.0.unix_ms() - since(&second).0.unix_ms() < 60_000, "it began just now: {second}");

    let daemon = Daemon::durable(daemon.killed().await, &toml(&board)).await;
    assert_eq!(told(&daemon, "back").await["summary"], second["summary"], "over a restart too");
}

/// Runs the task that deletes what is old.
async fn retention(daemon: &Daemon) -> Value {
    let path = "/api/v1/system/tasks/retention";
    let before = daemon.get(path).await.json["last_run"].clone();
    daemon.post(&format!("{path}/run"), &json!({})).await;
    let ended = async || {
        let status = daemon.get(path).await.json;
        let over = status["last_run"] != before
            && status["waiting"] == false
            && status["running"] == false;
        over.then(|| status["result"].clone())
    };
    until("the end of retention", ended).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_a_month_ahead_makes_nothing_old() {
    let board = board(Fault::None).await;
    let (mut clock, daemon) = durable(&board).await;
    daemon.wait_for_session("ir-000001", 1).await;
    assert_eq!(daemon.tune("ir-000001", 1, "7").await.status, 200);
    let kept = async |daemon: &Daemon| {
        until("it is recorded", async || (daemon.history().await.len() == 1).then_some(())).await;
    };
    kept(&daemon).await;
    clock.set_wall(30 * DAY);
    // The clock is looked at now and then; until it was, time has not jumped for the daemon.
    told(&daemon, "forward").await;
    let result = retention(&daemon).await;
    assert!(result["suspended"].is_string(), "{result}");
    kept(&daemon).await;
    // A reboot with such a clock: nobody can know that the month did not pass.
    clock.set_wall(0);
    let mut folder = daemon.killed().await;
    for ahead in [30 * DAY, 0] {
        clock.set_wall(ahead);
        clock.reboot();
        let daemon = Daemon::durable(folder, &toml(&board)).await;
        let result = retention(&daemon).await;
        assert!(result["suspended"].is_string(), "{ahead}: {result}");
        kept(&daemon).await;
        folder = daemon.killed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_for_a_time_of_day_moves_with_the_clock_and_is_no_wish_that_waits() {
    let board = board(Fault::None).await;
    let (mut clock, daemon) = durable(&board).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let tonight = venue_api::UtcTime(WallTime::from_unix_ms(now_ms() + 8 * HOUR * 1_000));
    let wish = json!({"command": "ok", "port": 1, "scheduled_at": tonight});
    let wished = daemon.command("ir-000001", &wish).await;
    assert_eq!(wished.status, 202, "{wished:?}");
    let id = wished.json["command_id"].as_str().unwrap();
    let record = daemon.account(id).await.record;
    assert_eq!((record.priority, record.scheduled_at), (0, Some(tonight)));
    assert_eq!(record.expires_at.0.unix_ms() - record.due_at.0.unix_ms(), 600_000);
    assert_eq!(daemon.press("ir-000001", 1, "ok").await.status, 200, "direct, all day");
    // The clock was eight hours behind: it is due within two seconds.
    clock.set_wall(8 * HOUR - 2);
    soon("the second ok", board.wait_for_actions(2)).await;
    let ended = daemon.ended_command(id).await.record;
    assert_eq!(ended.status, CommandStatus::Completed);
    assert_eq!(ended.scheduled_at, Some(tonight));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_boots_hours_behind_fires_no_schedule_hours_late() {
    let board = board_of(Fault::None, Power::Off).await;
    let (mut clock, daemon) = durable(&board).await;
    let folder = daemon.killed().await;
    let due = WallTime::from_unix_ms(now_ms() + 15_000);
    clock.set_wall(-8 * HOUR);
    clock.reboot();
    let daemon = Daemon::durable(folder, &toml(&board)).await;
    let at = venue_api::UtcTime(due).to_string();
    let body = json!({"id": "open", "selectors": ["ir-000001/1"], "at": at, "steps": ["on"]});
    let made = daemon.post("/api/v1/schedules", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    // Not after a restart in that boot either.
    let daemon = Daemon::durable(daemon.killed().await, &toml(&board)).await;
    soon("on", board.wait_for_tv(1, |tv| tv.power == Power::On)).await;
    let late = now_ms() - due.unix_ms();
    assert!((-1_000..30_000).contains(&late), "{late} ms late");
    let alerts = daemon.get("/api/v1/alerts").await.json;
    assert_eq!(alerts["items"][0]["kind"], "clock_jumped", "{alerts}");
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_the_clock_jumps_over_is_missed_not_late() {
    let board = board(Fault::None).await;
    let (mut clock, daemon) = durable(&board).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let at = venue_api::UtcTime(WallTime::from_unix_ms(now_ms() + HOUR * 1_000)).to_string();
    let body = json!({"id": "open", "selectors": ["ir-000001/1"], "at": at, "steps": ["on"]});
    let made = daemon.post("/api/v1/schedules", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    clock.set_wall(9 * HOUR);
    let first = async || {
        let runs = daemon.get("/api/v1/schedules/open/runs").await.json;
        runs["items"].get(0).cloned()
    };
    let run = until("a run", first).await;
    assert_eq!(run["outcome"], "missed", "{run}");
    assert!(board.tv(1).keys.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_not_forgotten_by_a_clock_that_jumps_a_day() {
    let board = board(Fault::None).await;
    let (mut clock, daemon) = durable(&board).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let power = json!({"command": "power", "port": 1});
    let press = async || post_keyed(daemon.address, "/ir-000001/command", "one", &power).await;
    let first = press().await;
    assert_eq!(first.status, 200, "{first:?}");
    clock.set_wall(25 * HOUR);
    let again = press().await;
    assert_eq!((again.status, &again.json), (200, &first.json));
    assert_eq!(board.tv(1).keys, [Key::Power], "once");
}
