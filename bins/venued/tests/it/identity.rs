//! Which very board a device is: known from its first answer, and another one is not commanded.

use device_sim::{ActionRecord, Blaster, BlasterConfig, Fault};
use esphome_pool::codec::MacAddress;
use serde_json::{Value, json};

use crate::support::{Daemon, bulk, keen_toml, until, venuectl};

fn other() -> MacAddress {
    MacAddress::try_from([2, 0, 0, 0, 0, 9]).unwrap()
}

async fn presence(daemon: &Daemon, wanted: &str) -> Value {
    let look = async || {
        let status = daemon.get("/ir-000001/status").await.json;
        (status["presence"] == wanted).then_some(status)
    };
    until(wanted, look).await
}

/// Waits for the alert about another board, or for its end.
async fn alert(daemon: &Daemon, is_there: bool) {
    let look = async || {
        let alerts = daemon.get("/api/v1/alerts").await.json;
        let mut alerts = alerts["items"].as_array().unwrap().iter();
        let found = alerts.any(|alert| alert["id"] == "other_board:ir-000001");
        (found == is_there).then_some(())
    };
    until("the alert", look).await;
}

/// Waits until the file beside the database knows this board.
async fn remembered(daemon: &Daemon, mac: MacAddress) {
    let file = daemon.path("venue.db.boards.json");
    let look = async || {
        let known: Value = serde_json::from_slice(&std::fs::read(&file).ok()?).ok()?;
        (known["ir-000001"] == mac.to_string()).then_some(())
    };
    until("the board is remembered", look).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_board_is_not_commanded_until_an_admin_accepts_it() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let first = board.config().mac;
    // No MAC address is registered: the one that answers first is the device.
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &keen_toml(&board)).await;
    presence(&daemon, "online").await;
    remembered(&daemon, first).await;

    board.set_fault(Fault::WrongMac(other()));
    board.cut();
    let status = presence(&daemon, "misconfigured").await;
    assert_eq!(status["cause"], "wrong_device");
    assert!(status["found"].as_str().unwrap().contains("02:00:00:00:00:09"), "{status}");
    alert(&daemon, true).await;
    let refused = daemon.press("ir-000001", 1, "mute").await;
    assert_ne!(refused.status, 200, "{refused:?}");
    assert_eq!(board.actions(), []);

    // Neither a restart nor the acceptance of some other board makes it ours.
    let folder = daemon.killed().await;
    let daemon = Daemon::durable(folder, &keen_toml(&board)).await;
    presence(&daemon, "misconfigured").await;
    let accept =
        async |mac: &str| venuectl(daemon.address, &["device", "accept", "ir-000001", mac]).await;
    let said = accept("02:00:00:00:00:08").await;
    assert_ne!(said.code, Some(0), "{said:?}");
    assert!(said.stderr.contains("02:00:00:00:00:09"), "{said:?}");
    presence(&daemon, "misconfigured").await;

    let said = accept("02:00:00:00:00:09").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    presence(&daemon, "online").await;
    remembered(&daemon, other()).await;
    alert(&daemon, false).await;
    assert_eq!(daemon.press("ir-000001", 2, "mute").await.status, 200);
    let said = accept("02:00:00:00:00:09").await;
    assert!(said.stderr.contains("no other board answers"), "{said:?}");

    // And from now on the first board is the other one.
    board.clear_fault();
    board.cut();
    presence(&daemon, "misconfigured").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_accepted_gets_nothing_of_what_waited_for_the_one_before() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &keen_toml(&board)).await;
    presence(&daemon, "online").await;
    remembered(&daemon, board.config().mac).await;
    assert_eq!(daemon.press("ir-000001", 1, "mute_on").await.status, 200);
    let assumed = async || {
        let ports = daemon.get("/api/v1/ports").await.json;
        let mut ports = ports["items"].as_array().unwrap().iter();
        ports.find(|port| port["port"] == 1).unwrap()["assumed"].clone()
    };
    let muted = async || (assumed().await["muted"] == true).then_some(());
    until("it is assumed to be muted", muted).await;

    board.set_fault(Fault::WrongMac(other()));
    board.cut();
    presence(&daemon, "misconfigured").await;
    let mut waits = bulk("power_on", &[("ir-000001", 1), ("ir-000001", 2)]);
    waits["wait_for_device_s"] = json!(100);
    let batch = daemon.bulk(&waits).await;
    let said =
        venuectl(daemon.address, &["device", "accept", "ir-000001", "02:00:00:00:00:09"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("2 waiting commands were cancelled"), "{said:?}");
    let ended = daemon.ended_batch(&batch).await;
    assert_eq!((ended.completed, ended.statuses.cancelled), (0, 2), "{ended:?}");
    presence(&daemon, "online").await;
    assert_eq!(assumed().await["muted"], Value::Null);
    // What is wished from now on goes to it, and nothing went before.
    assert_eq!(daemon.press("ir-000001", 3, "mute_on").await.status, 200);
    let ran: Vec<_> = board.actions().iter().map(ActionRecord::port).collect();
    assert_eq!(ran, [Some(1), Some(3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_removed_leaves_its_name_to_any_board() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let device = json!({"hostname": "ir-000001", "address": board.address().to_string()});
    let added = async || {
        let answer = daemon.post("/api/v1/config/devices", &device).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    };
    added().await;
    presence(&daemon, "online").await;
    remembered(&daemon, board.config().mac).await;
    let said = venuectl(daemon.address, &["device", "remove", "ir-000001"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    board.set_fault(Fault::WrongMac(other()));
    added().await;
    presence(&daemon, "online").await;
    remembered(&daemon, other()).await;
}
