//! Boards that somebody works on: no alert until the end, and everything else as ever.

use device_sim::{Blaster, BlasterConfig, Fault, Fleet};
use serde_json::{Value, json};

use crate::{
    support::{Daemon, TestClock, keen_toml, send, sim_toml, until, venuectl},
    watching::Stream,
};

const HOUR: i64 = 3_600;

async fn offline_alert(daemon: &Daemon, is_there: bool) {
    let look = async || {
        let alerts = daemon.get("/api/v1/alerts").await.json;
        let mut alerts = alerts["items"].as_array().unwrap().iter();
        (alerts.any(|alert| alert["id"] == "device_offline:ir-000001") == is_there).then_some(())
    };
    until("the alert, or its end", look).await;
}

async fn maintained(daemon: &Daemon) -> Value {
    let device = daemon.get("/ir-000001/status").await.json["maintenance"].clone();
    let ports = daemon.get("/api/v1/ports").await.json;
    assert_eq!(ports["items"][0]["maintenance"], device, "the TV says what its board says");
    device
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_under_maintenance_raises_no_alert_until_the_end_and_is_commanded_as_ever() {
    let config =
        BlasterConfig { fault: Fault::RefuseConnect, ..BlasterConfig::new("ir-000001", 1) };
    let board = Blaster::start(config).await.unwrap();
    let toml = format!("[alerts]\ndevice_offline_after_s = 1\n{}", keen_toml(&board));
    let folder = tempfile::tempdir().unwrap();
    let mut clock = TestClock::new(folder.path());
    let daemon = Daemon::durable(folder, &toml).await;
    offline_alert(&daemon, true).await;
    assert_eq!(maintained(&daemon).await, Value::Null);

    let args = ["maintenance", "begin", "ir-000001", "--until", "2h", "--reason", "new fuse"];
    let begun = venuectl(daemon.address, &args).await;
    assert_eq!(begun.code, Some(0), "{begun:?}");
    assert!(begun.stdout.contains("ir-000001"), "{begun:?}");
    offline_alert(&daemon, false).await;
    assert_eq!(maintained(&daemon).await["reason"], "new fuse");
    for (words, told) in [
        (&["device", "list"][..], "under maintenance until"),
        (&["device", "get", "ir-000001"], "new fuse"),
        (&["port", "list", "-o", "wide"], "new fuse"),
        (&["status"], "maintenance  device:ir-000001"),
        (&["doctor"], "device:ir-000001 is under maintenance (new fuse)"),
        (&["explain", "maintenance.until"], "When it ends by itself"),
    ] {
        let said = venuectl(daemon.address, words).await;
        assert!(said.stdout.contains(told), "{said:?}");
    }

    // It outlives a kill, and a board that comes back is commanded.
    let daemon = Daemon::durable(daemon.killed().await, &toml).await;
    let listed = venuectl(daemon.address, &["maintenance", "list"]).await;
    assert!(listed.stdout.contains("device:ir-000001"), "{listed:?}");
    board.clear_fault();
    daemon.wait_for_session("ir-000001", 1).await;
    assert_eq!(daemon.press("ir-000001", 1, "mute").await.status, 200);

    // At its end a board that does not answer is an alert.
    board.set_fault(Fault::RefuseConnect);
    board.cut();
    let mut stream = Stream::open(daemon.address, "", None).await;
    clock.set_wall(2 * HOUR + 1);
    assert_eq!(stream.next("maintenance.ended").await["id"], "device:ir-000001");
    offline_alert(&daemon, true).await;
    assert_eq!(maintained(&daemon).await, Value::Null);
    let nothing = venuectl(daemon.address, &["maintenance", "end", "ir-000001"]).await;
    assert!(nothing.stderr.contains("there is no maintenance device:ir-000001"), "{nothing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_maintenance_is_said_by_field() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &keen_toml(&board)).await;
    let put = async |id: &str, body: Value| {
        let path = format!("/api/v1/maintenance/{id}");
        let refused = send(daemon.address, "PUT", &path, "", &body).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        refused.json["errors"][0]["field"].as_str().unwrap().to_owned()
    };
    assert_eq!(put("bar", json!({})).await, "id");
    assert_eq!(put("zone:nowhere", json!({})).await, "id");
    assert_eq!(put("device:ir-000001", json!({"until": "2001-01-01T00:00:00Z"})).await, "until");
    assert_eq!(put("device:ir-000001", json!({"until": "tomorrow"})).await, "until");
    assert_eq!(put("device:ir-000001", json!({"reason": "x".repeat(200)})).await, "reason");
    assert_eq!(daemon.get("/api/v1/maintenance").await.json["items"], json!([]));
}

/// The one alert that there is, once it is that of these boards; `None` for no alert.
async fn the_alert(daemon: &Daemon, boards: Option<&[&str]>) -> Value {
    let look = async || {
        let items = daemon.get("/api/v1/alerts").await.json["items"].clone();
        let items = items.as_array().unwrap();
        let is_it = match (items.as_slice(), boards) {
            ([], None) => return Some(Value::Null),
            ([one], Some(boards)) => one["boards"] == json!(boards),
            _ => false,
        };
        is_it.then(|| items[0].clone())
    };
    until("the alert of these boards", look).await
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_that_went_away_together_are_one_alert_with_a_list_that_shrinks_until_all_are_back()
{
    let names = ["ir-000001", "ir-000002", "ir-000003", "ir-000004"];
    let boards = names.iter().zip(1..).map(|(name, number)| BlasterConfig::new(*name, number));
    let fleet = Fleet::start(boards).await.unwrap();
    let more = "[alerts]\ndevice_offline_after_s = 2\n[pool]\nreconnect_cap_ms = 200\n";
    let toml = format!("{more}{}", sim_toml(fleet.iter()));
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &toml).await;
    for name in names {
        daemon.wait_for_session(name, 1).await;
    }
    let mut stream = Stream::open(daemon.address, "?type=alert.*", None).await;
    for board in fleet.iter() {
        board.set_fault(Fault::RefuseConnect);
        board.cut();
    }
    let raised = stream.next("alert.raised").await;
    assert_eq!(raised["id"], "devices_offline:127.0.0.0/24");
    assert_eq!((&raised["count"], &raised["boards"]), (&json!(4), &json!(names)));
    let listed = venuectl(daemon.address, &["alerts"]).await;
    assert!(listed.stdout.contains("ir-000001, ir-000002, ir-000003 and 1 more"), "{listed:?}");
    // Who works on one of them takes it out, and who is back leaves the list, whoever went first.
    let path = "/api/v1/maintenance/device:ir-000003";
    assert_eq!(send(daemon.address, "PUT", path, "", &json!({})).await.status, 200);
    let updated = stream.next("alert.updated").await;
    assert_eq!(updated["boards"], json!(["ir-000001", "ir-000002", "ir-000004"]));
    let boards: Vec<_> = fleet.iter().collect();
    boards[0].clear_fault();
    the_alert(&daemon, Some(&["ir-000002", "ir-000004"])).await;
    boards[1].clear_fault();
    let last = the_alert(&daemon, Some(&["ir-000004"])).await;
    assert_eq!((&last["id"], &last["since"]), (&raised["id"], &raised["since"]));
    boards[3].clear_fault();
    the_alert(&daemon, None).await;
    assert_eq!(stream.next("alert.cleared").await["id"], raised["id"]);
}
