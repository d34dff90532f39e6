//! What befalls the file of the store while the daemon runs, and how it is mended.

use std::{fs, path::Path};

use device_sim::{Blaster, BlasterConfig, Fault, Key, Power};
use serde_json::{Value, json};
use tempfile::TempDir;
use venue_queue::damage::yield_to_queue;

use crate::support::{Daemon, keen_toml, sim_toml, soon, until};

fn board_config() -> BlasterConfig {
    BlasterConfig::new("ir-000001", 1)
}

/// A venue whose only board is not there, with one wish that waits for it.
async fn waiting() -> (Blaster, Daemon, String) {
    let fault = Fault::RefuseConnect;
    let board = Blaster::start(BlasterConfig { fault, power: Power::Off, ..board_config() });
    let board = board.await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &keen_toml(&board)).await;
    daemon.log.wait_for("no session with device").await;
    let id = wish(&daemon, 2, "power_on").await;
    (board, daemon, id)
}

/// A wish that waits for the board, and lives long enough for a busy machine.
async fn wish(daemon: &Daemon, port: u8, command: &str) -> String {
    let targets = json!([{"hostname": "ir-000001", "port": port}]);
    let body = json!({"targets": targets, "command": command, "wait_for_device_s": 100});
    let answer = daemon.post("/bulk/command", &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json["accepted"][0]["command_id"].as_str().unwrap().to_owned()
}

/// The board is back: what waited is delivered, once.
async fn is_delivered_once(board: &Blaster, daemon: &Daemon, id: &str) {
    board.clear_fault();
    soon("the TV is on", board.wait_for_tv(2, |tv| tv.power == Power::On)).await;
    let path = format!("/api/v1/commands/{id}");
    let done = async { while daemon.get(&path).await.json["status"] != "completed" {} };
    soon("it is completed", done).await;
    assert_eq!(board.tv(2).keys, [Key::PowerOn], "once");
}

fn remove(daemon: &Daemon, names: &[&str]) {
    for name in names {
        fs::remove_file(daemon.path(name)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_deleted_is_there_again_with_everything_that_waited() {
    let (board, daemon, id) = waiting().await;
    remove(&daemon, &["venue.db", "venue.db-wal", "venue.db-shm"]);
    daemon.log.wait_for("\"alert\":\"store_deleted\"").await;
    daemon.wait_for_mode("normal").await;
    assert!(daemon.path("venue.db").exists());
    is_delivered_once(&board, &daemon, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_the_place_of_the_database_is_left_alone_and_told() {
    let (board, daemon, id) = waiting().await;
    fs::rename(daemon.path("venue.db"), daemon.path("taken.db")).unwrap();
    fs::write(daemon.path("venue.db"), "what is this?").unwrap();
    daemon.log.wait_for("\"alert\":\"store_replaced\"").await;
    daemon.wait_for_mode("direct_only").await;
    assert_eq!(fs::read_to_string(daemon.path("venue.db")).unwrap(), "what is this?");
    meanwhile(&board, &daemon).await;
    fs::remove_file(daemon.path("venue.db")).unwrap();
    daemon.wait_for_mode("normal").await;
    is_delivered_once(&board, &daemon, &id).await;
    let recorded = async {
        while !daemon.get("/api/v1/history").await.json["items"]
            .as_array()
            .is_some_and(|items| items.iter().any(|item| item["command"] == "mute"))
        {}
    };
    soon("the direct command of the outage is in the history", recorded).await;
}

/// While the database is out of use: direct commands go, bulk is refused, and nothing queued is sent.
async fn meanwhile(board: &Blaster, daemon: &Daemon) {
    board.clear_fault();
    daemon.wait_for_session("ir-000001", 1).await;
    let answer = daemon.press("ir-000001", 1, "mute").await;
    assert_eq!((answer.status, &answer.json["durable"]), (200, &json!(false)), "{answer:?}");
    let targets = json!([{"hostname": "ir-000001", "port": 1}]);
    let body = json!({"targets": targets, "command": "power_on"});
    let answer = daemon.post("/bulk/command", &body).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.head.to_lowercase().contains("retry-after: "), "{answer:?}");
    assert!(board.tv(2).keys.is_empty(), "what is queued waits");
}

/// A folder whose database is in one file, with a toggle and an absolute wish that wait.
async fn stopped() -> (Blaster, TempDir, String) {
    let (board, mut daemon, id) = waiting().await;
    wish(&daemon, 3, "power").await;
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0));
    (board, daemon.into_folder(), id)
}

fn set_aside(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    // With their side files beside them.
    names
        .filter(|name| {
            name.starts_with("venue.db.damaged-")
                && name.ends_with(|last: char| last.is_ascii_digit())
        })
        .count()
}

/// The alert that a damaged database was mended.
async fn find_alert(daemon: &Daemon) -> Option<Value> {
    let alerts = daemon.get("/api/v1/alerts").await.json;
    let all = alerts["items"].as_array()?;
    all.iter().find(|alert| alert["kind"] == "store_repaired").cloned()
}

async fn repaired_alert(daemon: &Daemon) -> Value {
    until("the alert", async || find_alert(daemon).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_damaged_while_it_is_used_is_set_aside_and_what_waited_is_saved() {
    let (board, folder, id) = stopped().await;
    let daemon = Daemon::durable(folder, &keen_toml(&board)).await;
    yield_to_queue(&daemon.path("venue.db")).unwrap();
    // Whoever looks finds it out.
    let looked = async { while daemon.get("/api/v1/history").await.status != 503 {} };
    soon("the damage is noticed", looked).await;
    let told = daemon.log.wait_for("\"alert\":\"store_repaired\"").await;
    assert!(told.contains("\"waiting\":2"), "{told}");
    daemon.wait_for_mode("normal").await;
    assert_eq!(set_aside(&daemon.path("")), 1, "never overwritten");
    let alert = repaired_alert(&daemon).await;
    assert_eq!(alert["severity"], "critical", "there are losses: {alert}");
    assert!(alert["summary"].as_str().unwrap().contains("with losses"), "{alert}");
    is_delivered_once(&board, &daemon, &id).await;
    assert!(board.tv(3).keys.is_empty(), "a toggle that may have been sent is not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_damaged_at_the_start_is_mended_and_what_is_due_is_not_sent() {
    let (board, folder, id) = stopped().await;
    yield_to_queue(&folder.path().join("venue.db")).unwrap();
    let daemon = Daemon::durable(folder, &keen_toml(&board)).await;
    daemon.log.wait_for("\"alert\":\"store_repaired\"").await;
    // Also of a run before this one, until somebody has looked at the damaged file.
    let daemon = Daemon::configured(daemon.killed().await).await;
    let alert = repaired_alert(&daemon).await;
    assert!(alert["advice"].as_str().unwrap().contains("moved away"), "{alert}");
    for file in fs::read_dir(daemon.path("")).unwrap().map(|file| file.unwrap().path()) {
        if file.display().to_string().contains(".damaged-") {
            fs::remove_file(file).unwrap();
        }
    }
    until("the alert is over", async || find_alert(&daemon).await.is_none().then_some(())).await;
    board.clear_fault();
    daemon.wait_for_session("ir-000001", 1).await;
    let answer = daemon.get(&format!("/api/v1/commands/{id}")).await;
    assert_eq!(
        (&answer.json["status"], &answer.json["reason"]),
        (&json!("unknown"), &json!("unclean_stop")),
        "it may have been sent since the copy, and something newer may have been sent that nobody knows any more: {answer:?}"
    );
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);
    assert!(board.tv(2).keys.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_does_not_share_the_database() {
    let board = Blaster::start(board_config()).await.unwrap();
    let first = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    let mut second = crate::support::venued();
    second.arg("--config").arg(first.path("venued.toml"));
    let output = soon("its end", second.output()).await.unwrap();
    assert_eq!(output.status.code(), Some(75));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("another venued uses the database"), "{told}");
    assert!(!told.contains("Caused by"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_whose_folder_is_in_use_says_so_with_the_same_exit_code() {
    let first = Daemon::demo().await;
    first.stdout.wait_for("13 boards").await;
    let written = fs::read_to_string(first.path("venue.toml")).unwrap();
    let mut second = crate::support::venued();
    second.args(["demo", "--listen", "127.0.0.1:0", "--state"]).arg(first.path(""));
    let output = soon("its end", second.output()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert_eq!(fs::read_to_string(first.path("venue.toml")).unwrap(), written, "it is kept");
    assert!(said.contains("another venued uses the database"), "{said}");
}
