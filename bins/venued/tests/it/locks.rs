//! Locks: a private party is left alone by operators, presets and schedules, over restarts, until it is over.

use std::fmt::Write as _;

use device_sim::{Blaster, BlasterConfig, Key};
use serde_json::{Value, json};

use crate::{
    security::{ask, code, guarded, is, local, token},
    support::{Daemon, Response, TestClock, until},
    watching::Stream,
};

/// A board with two TVs in the bar and one on the patio.
struct Party {
    board: Blaster,
    daemon: Daemon,
    clock: TestClock,
    operator: String,
    manager: String,
}

fn devices(board: &Blaster) -> String {
    let mut text = format!(
        "[timing]\nwarm_up_ms = 0\n[[device]]\nhostname = \"ir-000001\"\naddress = \"{}\"\n",
        board.address()
    );
    for (port, zone) in [(1, "bar"), (2, "bar"), (3, "patio")] {
        let _written = writeln!(text, "[[device.port]]\nindex = {port}\nzone = \"{zone}\"");
    }
    text
}

impl Party {
    async fn begin() -> Self {
        let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new(folder.path());
        let daemon = guarded(folder, &devices(&board), "").await;
        daemon.wait_for_session("ir-000001", 1).await;
        let operator = token(&daemon, &["tablet", "--role", "operator"]).await;
        let manager = token(&daemon, &["anna", "--role", "manager"]).await;
        Self { board, daemon, clock, operator, manager }
    }

    async fn ask(&self, who: &str, method: &str, path: &str, body: Value) -> Response {
        ask(&self.daemon, who, method, path, body).await
    }

    async fn press(&self, who: &str, port: u8) -> Response {
        let body = json!({"command": "volume_up", "port": port});
        self.ask(who, "POST", "/api/v1/devices/ir-000001/command", body).await
    }

    async fn lock(&self, id: &str, body: Value) -> Value {
        let set = self.ask(&self.manager, "PUT", &format!("/api/v1/locks/{id}"), body).await;
        assert_eq!(set.status, 200, "{set:?}");
        set.json
    }

    /// What is said of the lock of each TV.
    async fn locked(&self) -> Vec<Value> {
        let ports = self.ask(&self.operator, "GET", "/api/v1/ports", json!({})).await.json;
        let ports = ports["items"].as_array().unwrap();
        ports.iter().map(|port| port["locked"]["reason"].clone()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_commands_a_locked_tv_and_everybody_else_is_told_who_has_it() {
    let party = Party::begin().await;
    let body = json!({"until": "2099-12-31T23:00:00Z", "reason": "private party"});
    let operators = party.ask(&party.operator, "PUT", "/api/v1/locks/zone:bar", body.clone()).await;
    assert_eq!(code(&operators), is(403, "denied"));
    let set = party.lock("zone:bar", body).await;
    let told = json!({"id": "zone:bar", "by": "anna", "until": "2099-12-31T23:00:00Z",
        "reason": "private party"});
    assert_eq!((&set["lock"]["tvs"], &set["waiting"]), (&json!(2), &json!(0)));
    let refused = party.press(&party.operator, 1).await;
    assert_eq!(code(&refused), is(423, "locked"));
    assert_eq!(refused.json["locked"], told);
    let words = "ir-000001/1 is locked by anna until 2099-12-31T23:00:00Z (private party)";
    assert!(refused.json["detail"].as_str().unwrap().contains(words), "{refused:?}");
    assert_eq!(party.locked().await, [json!("private party"), json!("private party"), Value::Null]);
    assert_eq!(party.press(&party.operator, 3).await.status, 200, "that one is on the patio");
    let bulk = json!({"command": "volume_up", "selectors": ["all"]});
    let batch = party.ask(&party.operator, "POST", "/api/v1/batches", bulk).await;
    assert_eq!(batch.status, 202, "{batch:?}");
    let rejected = batch.json["rejected"].as_array().unwrap();
    assert!(rejected.len() == 2 && rejected.iter().all(|one| one["code"] == "locked"), "{batch:?}");
    assert_eq!(party.press(&party.manager, 1).await.status, 200, "a manager may");
    let local = local(&party.daemon, &["tv", "volume", "up", "ir-000001/2"]).await;
    assert_eq!(local.code, Some(0), "a local admin, too: {local:?}");
    let removed = party.ask(&party.manager, "DELETE", "/api/v1/locks/zone:bar", json!({})).await;
    assert_eq!(removed.status, 200, "{removed:?}");
    assert_eq!(party.press(&party.operator, 1).await.status, 200);
    party.board.wait_for_tv(1, |tv| tv.keys == [Key::VolumeUp, Key::VolumeUp]).await;
    let again = party.ask(&party.manager, "DELETE", "/api/v1/locks/zone:bar", json!({})).await;
    assert_eq!(code(&again), is(404, "unknown_item"));
}

#[tokio::test(flavor = "multi_thread")]
async fn presets_and_schedules_leave_a_locked_tv_alone_and_say_so() {
    let party = Party::begin().await;
    let quiet = json!({"id": "quiet", "name": "Quiet", "entries": [
        {"targets": ["all"], "mute": "on"}]});
    let made = party.ask(&party.manager, "POST", "/api/v1/config/presets", quiet).await;
    assert_eq!(made.status, 201, "{made:?}");
    let closing = json!({"id": "closing", "selectors": ["all"], "cron": "0 4 1 1 *", "zone": "UTC",
        "steps": ["preset quiet"]});
    let made = party.ask(&party.manager, "POST", "/api/v1/schedules", closing).await;
    assert_eq!(made.status, 201, "{made:?}");
    party.lock("port:ir-000001:2", json!({"reason": "private party"})).await;
    let preview = party.ask(&party.operator, "GET", "/api/v1/presets/quiet", json!({})).await.json;
    let second = &preview["targets"][1];
    assert_eq!((&second["commands"], &second["locked"]["by"]), (&json!([]), &json!("anna")));
    for (who, path) in [
        (&party.operator, "/api/v1/presets/quiet/run"),
        (&party.manager, "/api/v1/presets/quiet/run"),
        (&party.operator, "/api/v1/schedules/closing/run"),
    ] {
        let run = party.ask(who, "POST", path, json!({})).await;
        assert_eq!(run.status, 202, "{run:?}");
        assert_eq!(run.json["accepted"].as_array().unwrap().len(), 2, "{path}: {run:?}");
        let rejected = &run.json["rejected"][0];
        let port = (&rejected["hostname"], &rejected["port"], &rejected["code"]);
        assert_eq!(port, (&json!("ir-000001"), &json!(2), &json!("locked")), "{path}");
    }
    party.board.wait_for_tv(3, |tv| tv.muted).await;
    assert!(party.board.tv(2).keys.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_on_or_is_cancelled_as_whoever_locks_wishes() {
    let party = Party::begin().await;
    let later = |port: u8| json!({"command": "volume_up", "port": port, "scheduled_at": "2099-01-01T00:00:00Z"});
    for port in [1, 3] {
        let path = "/api/v1/devices/ir-000001/command";
        let stored = party.ask(&party.operator, "POST", path, later(port)).await;
        assert_eq!(stored.status, 202, "{stored:?}");
    }
    let until = |until: &str, cancel: bool| json!({"until": until, "cancel_waiting": cancel, "replace": true});
    let before = party.lock("zone:bar", until("2098-01-01T00:00:00Z", true)).await;
    let told = |set: &Value| (set["waiting"].clone(), set["cancelled"].clone());
    assert_eq!(told(&before), (json!(0), json!(0)), "the party is over when it is due");
    let kept = party.lock("zone:bar", until("2099-12-31T00:00:00Z", false)).await;
    assert_eq!(told(&kept), (json!(1), json!(0)));
    let cancelled = party.lock("zone:bar", until("2099-12-31T00:00:00Z", true)).await;
    assert_eq!(told(&cancelled), (json!(0), json!(1)));
    let queue = party.ask(&party.operator, "GET", "/api/v1/queue", json!({})).await.json;
    assert_eq!(queue["later"], 1, "that of the patio is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_outlives_a_kill_and_the_database_and_its_end_is_told() {
    let party = Party::begin().await;
    let soon = venue_api::UtcTime(venue_domain::WallTime::from_unix_ms(
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
            as i64
            + 3_600_000,
    ));
    party.lock("zone:bar", json!({"until": soon, "reason": "private party"})).await;
    let Party { board, daemon, mut clock, operator, manager } = party;
    let folder = daemon.killed().await;
    for file in ["venue.db", "venue.db-wal", "venue.db-shm"] {
        let _gone = std::fs::remove_file(folder.path().join(file));
    }
    let daemon = Daemon::configured(folder).await;
    daemon.wait_for_session("ir-000001", 1).await;
    let press = async || {
        let body = json!({"command": "volume_up", "port": 1});
        let path = "/api/v1/devices/ir-000001/command";
        code(&ask(&daemon, &operator, "POST", path, body).await)
    };
    assert_eq!(press().await, is(423, "locked"));
    let mut stream = Stream::open_as(daemon.address, &manager).await;
    clock.set_wall(3_601);
    let ended = stream.next("lock.ended").await;
    assert_eq!((&ended["id"], &ended["reason"]), (&json!("zone:bar"), &json!("private party")));
    let open = async || (press().await.0 == 200).then_some(());
    until("the TV is open again", open).await;
    let list = ask(&daemon, &operator, "GET", "/api/v1/locks", json!({})).await;
    assert_eq!(list.json["items"], json!([]));
    board.wait_for_tv(1, |tv| !tv.keys.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_and_tvs_are_locked_and_unlocked_on_the_command_line() {
    let party = Party::begin().await;
    let ctl = async |args: &[&str]| local(&party.daemon, args).await;
    let reason = ["--until", "2099-12-31T23:00:00Z", "--reason", "private party"];
    let added = ctl(&[&["lock", "add", "zone=bar"][..], &reason].concat()).await;
    assert_eq!(added.code, Some(0), "{added:?}");
    assert!(added.stdout.contains("zone:bar") && added.stdout.contains("2099"), "{added:?}");
    let added = ctl(&["lock", "add", "ir-000001/3"]).await;
    assert_eq!(added.code, Some(0), "{added:?}");
    let listed = ctl(&["lock", "list"]).await;
    assert!(listed.stdout.contains("private party"), "{listed:?}");
    assert!(listed.stdout.contains("port:ir-000001:3"), "{listed:?}");
    assert_eq!(code(&party.press(&party.operator, 3).await), is(423, "locked"));
    for selector in ["zone=bar", "ir-000001/3"] {
        assert_eq!(ctl(&["lock", "remove", selector]).await.code, Some(0));
        assert_eq!(ctl(&["lock", "remove", selector]).await.code, Some(3), "there is none");
    }
    assert_eq!(party.press(&party.operator, 3).await.status, 200);
    // Another lock is not replaced unless that is said, and of several TVs those without one are left out.
    assert_eq!(
        ctl(&["lock", "add", "ir-000001/2", "--reason", "private party"]).await.code,
        Some(0)
    );
    let second = ctl(&["lock", "add", "ir-000001/2", "--reason", "cleaning"]).await;
    assert_eq!(second.code, Some(5), "{second:?}");
    let whose = "port:ir-000001:2 is already locked by local:";
    assert!(second.stderr.contains(whose), "{second:?}");
    let replaced = ctl(&["lock", "add", "ir-000001/2", "--reason", "cleaning", "--replace"]).await;
    assert_eq!(replaced.code, Some(0), "{replaced:?}");
    let several = ctl(&["lock", "remove", "ir-000001"]).await;
    assert_eq!(several.code, Some(0), "{several:?}");
    assert!(several.stdout.contains("port:ir-000001:1  has no lock of its own"), "{several:?}");
    assert!(several.stdout.contains("port:ir-000001:2  unlocked"), "{several:?}");
    assert_eq!(ctl(&["lock", "remove", "ir-000001"]).await.code, Some(3), "there is none at all");
    let past = ctl(&["lock", "add", "zone=bar", "--until", "2001-01-01T00:00:00Z"]).await;
    assert_eq!(past.code, Some(2), "{past:?}");
    assert!(past.stderr.contains("--until") && past.stderr.contains("later"), "{past:?}");
    let nowhere = ctl(&["lock", "add", "zone=cellar"]).await;
    assert!(
        nowhere.stderr.contains("there is no zone cellar: there are bar, patio"),
        "{nowhere:?}"
    );
    let trail = ctl(&["audit", "-o", "json"]).await.json();
    let told =
        |entry: &Value| entry["summary"].as_str().unwrap_or_default().contains("private party");
    assert!(trail["items"].as_array().unwrap().iter().any(told), "{trail}");
}
