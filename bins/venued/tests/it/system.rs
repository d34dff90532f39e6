//! What the venue does for itself: sweeps, checks, logs, retention; and what an administrator has.

use std::time::Duration;

use device_sim::{BlasterConfig, Fault, Fleet};
use serde_json::{Value, json};
use venue_api::{CommandStatus, Evidence};

use crate::support::{Daemon, bulk, sim_toml, until, venuectl};

async fn venue() -> (Fleet, Daemon) {
    let boards = (1..=2).map(|number| BlasterConfig {
        fault: if number == 2 { Fault::RefuseConnect } else { Fault::None },
        offered_version: Some("2031.1.0".to_owned()),
        ..BlasterConfig::new(format!("ir-{number:06x}"), number)
    });
    let fleet = Fleet::start(boards).await.unwrap();
    let toml = format!("{}[queue]\nsystem_delay_s = 0\n", sim_toml(fleet.iter()));
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let offline = async || {
        let status = daemon.get("/ir-000002/status").await.json;
        (status["presence"] == "offline").then_some(())
    };
    until("the device that refuses", offline).await;
    (fleet, daemon)
}

/// Runs a task to its end, and gives what it found.
async fn run(daemon: &Daemon, task: &str) -> Value {
    let path = format!("/api/v1/system/tasks/{task}");
    let before = daemon.get(&path).await.json;
    let begun = daemon.post(&format!("{path}/run"), &json!({})).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let ended = async || {
        let status = daemon.get(&path).await.json;
        (status["last_run"] != before["last_run"]).then_some(status)
    };
    let status = until(task, ended).await;
    assert_eq!(status["failed"], false, "{status}");
    status["result"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn sweep_check_and_logs_use_the_session_that_there_is() {
    let (fleet, daemon) = venue().await;
    let swept = run(&daemon, "health_sweep").await;
    assert_eq!(swept["devices"]["online"], 1, "{swept}");
    assert_eq!(swept["not_online"][0]["hostname"], "ir-000002");
    let checked = run(&daemon, "firmware_check").await;
    let [first, second] = [&checked["devices"][0], &checked["devices"][1]];
    assert_eq!(first["update"]["available"], true, "{checked}");
    assert_eq!(first["compilation_time"], "Oct 21 2026, 12:00:00", "{checked}");
    assert_eq!((&second["known"], &second["update"]), (&json!(false), &Value::Null), "{checked}");
    let inventory = daemon.get("/api/v1/firmware").await.json;
    assert_eq!(
        (&inventory["devices"], &inventory["versions"]),
        (&checked["devices"], &checked["versions"])
    );
    let firmware = venuectl(daemon.address, &["device", "firmware"]).await;
    assert!(firmware.stdout.contains("2031.1.0 is available"), "{firmware:?}");
    assert!(firmware.stdout.contains("unknown: no session yet"), "{firmware:?}");
    let collected = run(&daemon, "log_collection").await;
    assert_eq!(collected, json!({"devices": 1, "lines": 1, "not_read": ["ir-000002"]}));
    let said = venuectl(daemon.address, &["device", "logs", "ir-000001"]).await;
    assert!(said.stdout.contains("[I][app:102]: ir-000001 is up\n"), "plain: {said:?}");
    assert_eq!(fleet.get("ir-000001").unwrap().most_sessions_open(), 1, "never a second one");
    // It still takes commands.
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    let unknown = daemon.post("/api/v1/system/tasks/sweep/run", &json!({})).await;
    assert_eq!(unknown.status, 404);
    let stats = async || {
        let stats = daemon.get("/api/v1/statistics?days=1").await.json;
        (stats["items"][0]["completed"] == json!(1)).then_some(())
    };
    until("today's figures", stats).await;
    assert_eq!(
        run(&daemon, "retention").await,
        json!({"commands": 0, "batches": 0, "requests": 0, "daily_figures": 0, "schedule_runs": 0, "audit": 0})
    );
    let tasks = venuectl(daemon.address, &["system", "tasks"]).await;
    assert!(tasks.stdout.contains("capability_refresh  on request"), "{tasks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_runs_however_often_something_else_is_asked_for() {
    let (_fleet, daemon) = venue().await;
    // What is asked for while it runs is not part of that run, and is not forgotten.
    let run = async |task: &str| {
        let path = format!("/api/v1/system/tasks/{task}/run");
        let answer = daemon.post(&path, &json!({})).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    };
    run("log_collection").await;
    for _ in 0..8 {
        run("health_sweep").await;
    }
    run("retention").await;
    for task in ["log_collection", "health_sweep", "retention"] {
        let ended = async || {
            let status = daemon.get(&format!("/api/v1/system/tasks/{task}")).await.json;
            (!status["last_run"].is_null() && status["waiting"] == false).then_some(())
        };
        until(task, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_a_system_command_for_each_device_that_is_online() {
    let (_fleet, daemon) = venue().await;
    run(&daemon, "health_sweep").await;
    let history = daemon.history().await;
    let [check] = &history[..] else { panic!("one device is online: {history:?}") };
    assert_eq!((check.command.as_str(), check.class.as_str()), ("health_check", "system"));
    assert_eq!((check.hostname.as_str(), check.port), ("ir-000001", 0));
    assert_eq!((check.priority, check.max_attempts), (-10, 1));
    assert_eq!(check.created_by.as_deref(), Some("system:health_sweep"));
    assert_eq!(check.evidence, Some(Evidence::PingBarrier));
    // One device may be asked like any other command is sent.
    let asked = daemon.command("ir-000001", &json!({"command": "collect_logs"})).await;
    assert_eq!((asked.status, &asked.json["delivered"]), (202, &json!(false)), "{asked:?}");
    let id = asked.json["command_id"].as_str().unwrap();
    assert_eq!(daemon.ended_command(id).await.record.status, CommandStatus::Completed);
    let log = daemon.get("/api/v1/devices/ir-000001/log").await.json;
    assert_eq!(log["lines"][0]["line"], "[I][app:102]: ir-000001 is up", "{log}");
    let away = daemon.command("ir-000002", &json!({"command": "firmware_check"})).await;
    let away = daemon.ended_command(away.json["command_id"].as_str().unwrap()).await;
    assert_eq!(away.record.reason.as_deref(), Some("device_offline"), "{away:?}");
    let figures = daemon.command("ir-000001", &json!({"command": "statistics"})).await;
    assert_eq!(figures.status, 422, "{figures:?}");
    let words = figures.json.to_string();
    assert!(words.contains("GET /api/v1/statistics?hostname=ir-000001"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_with_a_late_sign_of_life_or_none_is_degraded() {
    let (fleet, daemon) = venue().await;
    let board = fleet.get("ir-000001").unwrap();
    let degraded = async |reason: &str| {
        let swept = run(&daemon, "health_sweep").await;
        assert_eq!(swept["devices"], json!({"degraded": 1, "offline": 1}), "{swept}");
        let degraded = &swept["degraded"][0];
        assert_eq!(degraded["hostname"], "ir-000001", "{swept}");
        assert_eq!(degraded["reason"], reason, "{swept}");
    };
    board.set_fault(Fault::Delay(Duration::from_millis(1_300)));
    degraded("slow").await;
    board.clear_fault();
    assert_eq!(run(&daemon, "health_sweep").await["degraded"], json!([]));
    board.set_fault(Fault::NoPong);
    degraded("no_evidence").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_was_not_tried_says_nothing_of_its_device() {
    let (_fleet, daemon) = venue().await;
    daemon.post("/api/v1/queue/pause", &json!({})).await;
    daemon.post("/api/v1/system/tasks/health_sweep/run", &json!({})).await;
    let waiting = async || daemon.open_commands().await.into_iter().next();
    let check = until("the check", waiting).await;
    let path = format!("/api/v1/commands/{}/cancel", check.command_id);
    assert_eq!(daemon.post(&path, &json!({})).await.status, 200);
    let ended = async || {
        let status = daemon.get("/api/v1/system/tasks/health_sweep").await.json;
        (!status["last_run"].is_null()).then_some(status)
    };
    let swept = until("the end of the sweep", ended).await["result"].clone();
    assert_eq!(swept["devices"], json!({"online": 1, "offline": 1}), "{swept}");
    assert_eq!(swept["degraded"], json!([]));
    assert_eq!(swept["not_checked"][0]["reason"], "cancelled", "{swept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_tv_waits_for_a_log_that_is_read() {
    let (_fleet, daemon) = venue().await;
    let asked = daemon.command("ir-000001", &json!({"command": "collect_logs"})).await;
    let log = asked.json["command_id"].as_str().unwrap();
    let is_read = async || {
        let account = daemon.account(log).await;
        (account.record.status == CommandStatus::Processing).then_some(())
    };
    until("the log is read", is_read).await;
    // Another TV: what a batch sets waits for one that warms up.
    assert_eq!(daemon.press("ir-000001", 3, "power_on").await.status, 200, "directly");
    let batch = daemon.bulk(&bulk("mute", &[("ir-000001", 1), ("ir-000001", 2)])).await;
    assert_eq!(daemon.ended_batch(&batch).await.completed, 2);
    assert_eq!(daemon.account(log).await.record.status, CommandStatus::Processing, "still");
    assert_eq!(daemon.ended_command(log).await.record.status, CommandStatus::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_the_end_of_a_log() {
    let (_fleet, mut daemon) = venue().await;
    let asked = daemon.command("ir-000001", &json!({"command": "collect_logs"})).await;
    let log = asked.json["command_id"].as_str().unwrap().to_owned();
    let is_read = async || {
        let account = daemon.account(&log).await;
        (account.record.status == CommandStatus::Processing).then_some(())
    };
    until("the log is read", is_read).await;
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0));
    let daemon = Daemon::configured(daemon.into_folder()).await;
    let read = until("the store", async || {
        let path = format!("/api/v1/commands/{log}");
        let answer = daemon.get(&path).await;
        (answer.status == 200).then_some(answer.json)
    });
    let read = read.await;
    assert_eq!(read["status"], "completed", "{read}");
    let took = read["attempt_log"][0]["took_ms"].as_u64().unwrap();
    assert!(took < 3_000, "it had its whole window: {took} ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_cannot_be_queued_says_why() {
    let (_fleet, daemon) = venue().await;
    std::fs::rename(daemon.path("venue.db"), daemon.path("taken.db")).unwrap();
    std::fs::write(daemon.path("venue.db"), "what is this?").unwrap();
    daemon.wait_for_mode("direct_only").await;
    daemon.post("/api/v1/system/tasks/health_sweep/run", &json!({})).await;
    let failed = async || {
        let status = daemon.get("/api/v1/system/tasks/health_sweep").await.json;
        (status["failed"] == true).then_some(status)
    };
    let status = until("the end of a sweep", failed).await;
    let error = status["result"]["error"].as_str().unwrap_or_default();
    assert!(error.contains("direct-only mode"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_task_ended_is_known_after_a_restart() {
    let (_fleet, daemon) = venue().await;
    let swept = run(&daemon, "health_sweep").await;
    let before = daemon.get("/api/v1/system/tasks/health_sweep").await.json;
    let daemon = Daemon::configured(daemon.killed().await).await;
    let remembered = async || {
        let status = daemon.get("/api/v1/system/tasks/health_sweep").await.json;
        (!status["last_run"].is_null()).then_some(status)
    };
    let after = until("the last run", remembered).await;
    assert_eq!((&after["last_run"], &after["result"]), (&before["last_run"], &swept));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_told_what_is_wrong_and_what_to_do() {
    let (_fleet, daemon) = venue().await;
    let examined = venuectl(daemon.address, &["doctor"]).await;
    assert_eq!(examined.code, Some(1));
    for part in ["ok  the daemon answers", "1 of 2 devices are online", "token create"] {
        assert!(examined.stdout.contains(part), "{part}: {}", examined.stdout);
    }
    let completion = venuectl(daemon.address, &["completion", "bash"]).await;
    assert!(completion.stdout.contains("COMPLETE=\"bash\""), "{completion:?}");
    let folder = daemon.path("man").display().to_string();
    assert_eq!(venuectl(daemon.address, &["man", &folder]).await.code, Some(0));
    let page = std::fs::read_to_string(daemon.path("man").join("venuectl-tv.1")).unwrap();
    assert!(page.contains("Send a command to one TV"), "{page}");
}
