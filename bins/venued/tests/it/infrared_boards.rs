//! Boards with nothing but infrared entities: the daemon holds the codes, and what the TVs in front of the
//! board show is read by foreign code.

use std::{sync::Arc, time::Duration};

use device_sim::{
    Blaster, BlasterConfig, Generation, InfraredConfig, IrpDecoder, Make, Power, TransmitTiming,
};
use serde_json::{Value, json};

use crate::support::{Daemon, bulk, soon};

/// Which code set drives which make, from port 1 on.
const PORTS: [(Make, &str); 4] = [
    (Make::Samsung, "samsung-tv"),
    (Make::Sony, "sony-tv"),
    (Make::PhilipsRc6, "philips-tv"),
    (Make::DirecTv, "directv-box"),
];

async fn board(generation: Generation, timing: TransmitTiming) -> Blaster {
    let appliances = PORTS.iter().map(|(make, _)| make.appliance());
    let infrared =
        InfraredConfig { timing, ..InfraredConfig::new(appliances, Arc::new(IrpDecoder)) };
    let config = BlasterConfig {
        generation,
        power: Power::Off,
        warm_up: Duration::ZERO,
        ..BlasterConfig::infrared("ir-000001", 1, infrared)
    };
    Blaster::start(config).await.unwrap()
}

/// A daemon that has the code sets, and the board with one of them on each port.
async fn daemon(board: &Blaster) -> Daemon {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    for (_, set) in PORTS {
        let body = json!({"starter": set, "apply": true});
        let adopted = daemon.post("/api/v1/infrared/import", &body).await;
        assert_eq!(adopted.status, 200, "{adopted:?}");
    }
    let ports: Vec<Value> = (1..)
        .zip(PORTS)
        .map(|(index, (_, set)): (u8, _)| json!({"index": index, "codeset": set}))
        .collect();
    let device =
        json!({"hostname": board.name(), "address": board.address().to_string(), "ports": ports});
    let made = daemon.post("/api/v1/config/devices", &device).await;
    assert_eq!(made.status, 201, "{made:?}");
    daemon.wait_for_session("ir-000001", 1).await;
    daemon
}

#[tokio::test(flavor = "multi_thread")]
async fn tvs_of_four_makes_obey_a_board_that_knows_no_codes() {
    let board = board(Generation::Current, TransmitTiming::Hardware).await;
    let daemon = daemon(&board).await;
    for port in [1, 2, 4] {
        let on = daemon.press("ir-000001", port, "power_on").await;
        assert_eq!((on.status, &on.json["status"]), (200, &json!("completed")), "{on:?}");
        soon("it is on", board.wait_for_tv(port, |tv| tv.power == Power::On)).await;
        // Discrete: once more leaves it on.
        assert_eq!(daemon.press("ir-000001", port, "power_on").await.status, 200);
        assert_eq!(board.tv(port).power, Power::On, "port {port}");
    }
    // This make has no code for it: the key is named, and nothing is sent.
    let sent = board.transmissions().len();
    let refused = daemon.press("ir-000001", 3, "power_on").await;
    assert_eq!(refused.status / 100, 4, "{refused:?}");
    assert!(refused.json.to_string().contains("power_on"), "{refused:?}");
    assert_eq!(board.transmissions().len(), sent);
    assert_eq!(daemon.press("ir-000001", 3, "power").await.status, 200);
    soon("it is on", board.wait_for_tv(3, |tv| tv.power == Power::On)).await;
    // Its toggle bit flips with each press: two equal digits are two.
    let tuned = daemon.tune("ir-000001", 3, "055").await;
    assert_eq!(tuned.status, 200, "{tuned:?}");
    soon("channel 055", board.wait_for_tv(3, |tv| tv.channel == "055")).await;
    let input = json!({"command": "input", "port": 1, "input": "hdmi2"});
    let switched = daemon.command("ir-000001", &input).await;
    assert_eq!(switched.status, 200, "{switched:?}");
    assert_eq!(switched.json["evidence"], json!("infrared_complete"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_times_by_software_and_reports_nothing_is_asked_by_a_ping() {
    let board = board(Generation::Replies, TransmitTiming::Software).await;
    let daemon = daemon(&board).await;
    let on = daemon.press("ir-000001", 1, "power_on").await;
    assert_eq!(on.status, 200, "{on:?}");
    soon("it is on", board.wait_for_tv(1, |tv| tv.power == Power::On)).await;
    assert_eq!(on.json["evidence"], json!("ping_barrier"));
    let mut body = bulk("channel", &[("ir-000001", 1), ("ir-000001", 2)]);
    body["channel"] = json!("501");
    assert_eq!(daemon.press("ir-000001", 2, "power_on").await.status, 200);
    let batch = daemon.bulk(&body).await;
    let ended = daemon.ended_batch(&batch).await;
    assert_eq!(ended.completed, 2, "{ended:?}");
    for port in [1, 2] {
        soon("channel 501", board.wait_for_tv(port, |tv| tv.channel == "501")).await;
    }
}
