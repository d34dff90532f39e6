//! Boards that announce themselves by mDNS, up to their adoption.

use device_sim::{Blaster, BlasterConfig, Fault};
use mdns_sd::{ServiceDaemon, ServiceInfo};
use serde_json::{Value, json};

use crate::support::{Daemon, Said, until, venuectl};

const SERVICE: &str = "_esphomelib._tcp.local.";

/// Not the port of mDNS: neither a responder of this machine nor a neighbour takes part.
fn port() -> u16 {
    40_000 + u16::try_from(std::process::id() % 10_000).unwrap()
}

/// What ESPHome announces of a board; here under any name.
fn announcement(instance: &str, board: &Blaster, mac: &str) -> ServiceInfo {
    let address = board.address();
    let texts = [("mac", mac), ("version", "2026.10.2"), ("friendly_name", "Bar, left")];
    let host = format!("{instance}.local.");
    let place = address.ip().to_string();
    ServiceInfo::new(SERVICE, instance, &host, place, address.port(), &texts[..]).unwrap()
}

async fn seen(daemon: &Daemon, hostname: &str, state: &str) -> Value {
    let what = format!("{hostname} is {state}");
    let look = async || {
        let found = daemon.get("/api/v1/discovered").await.json;
        assert_eq!(found["enabled"], json!(true));
        let mut items = found["items"].as_array().unwrap().iter();
        items.find(|one| one["hostname"] == hostname && one["state"] == state).cloned()
    };
    until(&what, look).await
}

async fn good(daemon: &Daemon, line: &str) -> Said {
    let said = venuectl(daemon.address, &line.split(' ').collect::<Vec<_>>()).await;
    assert_eq!(said.code, Some(0), "{line}: {said:?}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_announces_itself_is_found_and_adopted_by_its_name_alone() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let mac = "025e4d000001";
    let network = ServiceDaemon::new_with_port(port()).unwrap();
    network.register(announcement("ir-000001", &board, mac)).unwrap();
    let listening = format!("[discovery]\nenabled = true\nport = {}\n", port());
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &listening).await;

    let found = seen(&daemon, "ir-000001", "new").await;
    assert_eq!(found["address"], json!(board.address().to_string()));
    assert_eq!(found["mac"], json!("02:5e:4d:00:00:01"));
    assert_eq!(found["friendly_name"], json!("Bar, left"));
    let listed = good(&daemon, "device discover").await;
    assert!(listed.stdout.contains("ir-000001") && listed.stdout.contains("new"), "{listed:?}");
    // It changes nothing by itself.
    assert_eq!(daemon.get("/api/v1/devices").await.json["items"], json!([]));

    // No address is said: it is where it says that it is, and from now on this very board.
    good(&daemon, "device adopt ir-000001 --tvs 2").await;
    let device = daemon.get("/api/v1/config/devices/ir-000001").await.json;
    assert_eq!(device["item"]["address"], found["address"]);
    assert_eq!(device["item"]["mac"], found["mac"]);
    seen(&daemon, "ir-000001", "registered").await;
    let online = async || {
        let device = daemon.get("/api/v1/devices/ir-000001").await.json;
        (device["online"] == json!(true)).then_some(())
    };
    until("a session", online).await;

    // The same board under another name, and another board under a registered one, are no guesses.
    network.register(announcement("ir-000009", &board, mac)).unwrap();
    let renamed = seen(&daemon, "ir-000009", "other_name").await;
    assert_eq!(renamed["registered"], json!("ir-000001"));
    let there =
        json!({"hostname": "ir-000002", "address": "192.0.2.2", "mac": "02:5e:4d:00:00:02"});
    assert_eq!(daemon.post("/api/v1/config/devices", &there).await.status, 201);
    network.register(announcement("ir-000002", &board, "025e4d0000ff")).unwrap();
    let other = seen(&daemon, "ir-000002", "other_mac").await;
    assert_eq!(other["registered"], json!("02:5e:4d:00:00:02"));
    network.shutdown().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_discovery_it_is_said_that_nobody_listens() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let found = daemon.get("/api/v1/discovered").await.json;
    assert_eq!(found, json!({"enabled": false, "items": []}));
    let said = good(&daemon, "device discover").await;
    assert!(said.stdout.contains("discovery.enabled"), "{said:?}");
}

/// As a board that sleeps: it goes without a goodbye, and says that it is there when it wakes.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_reached_by_the_name_that_it_told_each_time_that_it_wakes() {
    // Apart from the boards of the other test.
    let port = port() + 10_000;
    let board = Blaster::start(BlasterConfig::new("ir-000003", 3)).await.unwrap();
    board.set_fault(Fault::RefuseConnect);
    // No resolver of this machine knows the name; the daemon hears it.
    let name = format!("ir-000003.local:{}", board.address().port());
    let listening = format!(
        "[discovery]\nenabled = true\n\
         port = {port}\n[[device]]\nhostname = \"ir-000003\"\naddress = \"{name}\"\n",
    );
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &listening).await;
    daemon.log.wait_for("no session with device").await;

    board.clear_fault();
    let network = ServiceDaemon::new_with_port(port).unwrap();
    network.register(announcement("ir-000003", &board, "025e4d000003")).unwrap();
    daemon.wait_for_session("ir-000003", 1).await;

    // It is gone without a goodbye, and back: its next announcement is heard as one.
    board.set_fault(Fault::RefuseConnect);
    network.shutdown().unwrap();
    board.cut();
    let gone = async || {
        let found = daemon.get("/api/v1/discovered").await.json;
        (found["items"] == json!([])).then_some(())
    };
    until("it is forgotten", gone).await;
    board.clear_fault();
    let network = ServiceDaemon::new_with_port(port).unwrap();
    network.register(announcement("ir-000003", &board, "025e4d000003")).unwrap();
    daemon.wait_for_session("ir-000003", 2).await;
    network.shutdown().unwrap();
}
