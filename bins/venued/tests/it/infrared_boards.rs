//! Boards with nothing but infrared entities: the daemon holds the codes, and what the TVs in front of the
//! board show is read by foreign code.

use std::{sync::Arc, time::Duration};

use device_sim::{
    Blaster, BlasterConfig, Generation, InfraredConfig, IrpDecoder, Make, Power, TransmitTiming,
    TvState,
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

pub(crate) async fn board(generation: Generation, timing: TransmitTiming) -> Blaster {
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
pub(crate) async fn daemon(board: &Blaster) -> Daemon {
    // The TVs of these boards boot at once.
    let timing = "[timing]\nwarm_up_ms = 0\n";
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), timing).await;
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
async fn presses_of_one_key_count_each_on_tvs_whose_frames_are_all_alike() {
    for timing in [TransmitTiming::Hardware, TransmitTiming::Software] {
        let board = board(Generation::Current, timing).await;
        let daemon = daemon(&board).await;
        for port in [1, 2] {
            assert_eq!(daemon.press("ir-000001", port, "power_on").await.status, 200);
            soon("it is on", board.wait_for_tv(port, |tv| tv.power == Power::On)).await;
            let before = board.tv(port).volume;
            let steps = json!({"command": "volume_up", "port": port, "steps": 5, "class": "bulk"});
            assert_eq!(daemon.command("ir-000001", &steps).await.status, 202);
            let louder = |by| move |tv: &TvState| tv.volume == before + by;
            soon("five louder", board.wait_for_tv(port, louder(5))).await;
            // As commands of their own, one close behind the other.
            for _ in 0..3 {
                assert_eq!(daemon.press("ir-000001", port, "volume_up").await.status, 200);
            }
            soon("three louder", board.wait_for_tv(port, louder(8))).await;
            let tuned = daemon.tune("ir-000001", port, "155").await;
            assert_eq!(tuned.status / 100, 2, "{tuned:?}");
            soon("channel 155", board.wait_for_tv(port, |tv| tv.channel == "155")).await;
        }
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn one_code_is_tried_on_a_tv_that_only_somebody_before_it_sees_react() {
    let board = board(Generation::Current, TransmitTiming::Hardware).await;
    let daemon = daemon(&board).await;
    let try_code = async |port: u8, body: Value| {
        let path = format!("/api/v1/ports/ir-000001/{port}/try");
        let answer = daemon.post(&path, &body).await;
        (answer.status, answer.json)
    };
    // What would be sent; nothing is.
    let louder = json!({"codeset": "sony-tv", "key": "volume_up"});
    let mut dry = louder.clone();
    dry["dry_run"] = json!(true);
    let (status, planned) = try_code(2, dry).await;
    let arguments = &planned["planned"]["arguments"];
    assert_eq!((status, &arguments["protocol"]), (200, &json!("sony12")), "{planned}");
    assert_eq!((&arguments["carrier_hz"], &arguments["frames"]), (&json!("40000"), &json!("3")));
    assert!(arguments["milliseconds"].as_str().unwrap().parse::<u64>().unwrap() > 100, "{planned}");
    assert_eq!(board.transmissions().len(), 0);
    // A TV of another make does not react, and that is delivered all the same.
    assert_eq!(daemon.press("ir-000001", 1, "power_on").await.status, 200);
    soon("it is on", board.wait_for_tv(1, |tv| tv.power == Power::On)).await;
    let before = board.tv(1);
    let (status, other) = try_code(1, louder).await;
    let command = &other["command"];
    assert_eq!((status, &command["evidence"]), (200, &json!("infrared_complete")), "{other}");
    assert_eq!(board.tv(1).volume, before.volume);
    let (status, own) = try_code(1, json!({"code": "samsung32:7,7,7"})).await;
    assert_eq!(status, 200, "{own}");
    soon("it is louder", board.wait_for_tv(1, |tv| tv.volume > before.volume)).await;
    // Through the transmitter of another port.
    let elsewhere = json!({"codeset": "samsung-tv", "key": "mute", "emitter": "IR Port 1"});
    let (status, sent) = try_code(2, elsewhere).await;
    assert_eq!((status, &sent["planned"]["arguments"]["emitter"]), (200, &json!("IR Port 1")));
    soon("it is muted", board.wait_for_tv(1, |tv| tv.muted)).await;
    // Power is another matter; and the history tells who tried what.
    let (status, power) = try_code(1, json!({"codeset": "samsung-tv", "key": "power_off"})).await;
    assert_eq!(status, 422, "{power}");
    assert_eq!(board.tv(1).power, Power::On);
    let history = daemon.get("/api/v1/history?limit=5").await.json;
    assert!(history.to_string().contains("try_volume_up"), "{history}");
}
