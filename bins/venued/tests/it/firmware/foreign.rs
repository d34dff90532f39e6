//! A board that somebody else made, driven by a mapping: actions of other names, one without arguments, buttons
//! and a switch.

use serde_json::{Value, json};

use super::board::{Board, BoardConfig};
use crate::support::{Daemon, Response, send, venuectl};

/// A TV with a button for its power, and a projector that a switch turns.
fn ports() -> Value {
    let station = json!({"output": "{port}", "station": "{channel}"});
    let source = |source: &str| json!({"source": source, "loud": "false"});
    json!([
        {"index": 1, "name": "Bar", "mapping": {
            "power": {"button": "TV Power"},
            "mute": {"action": "hush"},
            "channel": {"action": "tune_to", "arguments": station},
            "input": {"action": "select_source", "arguments": source("{input}")},
            "input_hdmi1": {"action": "select_source", "arguments": source("HDMI 1")},
            "netflix": {"button": "Key 9"},
        }},
        {"index": 2, "name": "Hall", "timing": {"warm_up_ms": 0}, "mapping": {
            "power_on": {"switch": "Projector", "on": true},
            "power_off": {"switch": "Projector", "on": false},
            "digit_0": {"button": "Key 0"},
            "digit_5": {"button": "Key 5"},
        }},
        {"index": 3, "name": "Yard", "mapping": {
            "power_on": {"button": "TV Power"},
            "power_off": {"button": "TV Power"},
            "mute": {"button": "Silence"},
            "channel": {"action": "tune_to", "arguments": {"output": "3"}},
        }},
    ])
}

async fn board_with_daemon() -> Option<(Board, Daemon)> {
    let config = BoardConfig::new("foreign", "ir-000001");
    let board = Board::start(&config).await?;
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let address = config.address.to_string();
    let device = json!({"hostname": "ir-000001", "address": address, "ports": ports()});
    let made = daemon.post("/api/v1/config/devices", &device).await;
    assert_eq!(made.status, 201, "{made:?}");
    daemon.wait_for_session("ir-000001", 1).await;
    Some((board, daemon))
}

/// What it did, in order.
fn done(board: &Board) -> Vec<String> {
    let log = board.log.all();
    let lines = log.iter().filter_map(|line| line.split_once("[foreign")?.1.split_once("#"));
    let words = lines.filter_map(|(_, counted)| counted.split_once(' '));
    words.map(|(_, what)| what.trim_end_matches("\u{1b}[0m").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_board_does_what_its_mapping_says() {
    let Some((board, daemon)) = board_with_daemon().await else { return };
    let cases: [(&[&str], &str, &str); 7] = [
        // Before the toggle, behind which a channel waits for the TV to warm up.
        (&["tv", "channel", "055", "tv:Bar"], "tune_to output=1 station=055", "ping_barrier"),
        (&["tv", "power", "tv:Bar"], "pressed TV Power", "ping_barrier"),
        (&["tv", "mute", "tv:Bar"], "hush", "ping_barrier"),
        (&["tv", "input", "hdmi1", "tv:Bar"], "select_source source=HDMI 1 loud=0", "reply"),
        (&["tv", "input", "tuner", "tv:Bar"], "select_source source=tuner loud=0", "reply"),
        (&["tv", "on", "tv:Hall"], "projector on", "ping_barrier"),
        (&["tv", "off", "tv:Hall"], "projector off", "ping_barrier"),
    ];
    for (number, (args, did, evidence)) in (1..).zip(cases) {
        let said = venuectl(daemon.address, &[&["-o", "json"], args].concat()).await;
        assert_eq!(said.code, Some(0), "{args:?}: {said:?}");
        assert_eq!(said.json()["evidence"], json!(evidence), "{args:?}");
        board.log.wait_for(&format!("#{number} {did}")).await;
    }
    assert_eq!(done(&board).len(), cases.len(), "nothing was done twice: {:?}", done(&board));
    // A name that only this port has, and a channel that is typed, because it is not mapped as a whole.
    assert_eq!(daemon.press("ir-000001", 1, "netflix").await.status, 200);
    assert_eq!(daemon.tune("ir-000001", 2, "055").await.status, 200);
    board.log.wait_for("#11 pressed Key 5").await;
    let typed = ["pressed Key 9", "pressed Key 0", "pressed Key 5", "pressed Key 5"];
    assert_eq!(done(&board)[7..], typed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_elses_board_cannot_do_is_refused_by_name() {
    let Some((board, daemon)) = board_with_daemon().await else { return };
    let refused = |answer: &Response, name: &str| {
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.json.to_string().contains(name), "{name} is not named: {answer:?}");
    };
    // It has no such button, and two values are missing.
    refused(&daemon.press("ir-000001", 3, "mute").await, "Silence");
    refused(&daemon.tune("ir-000001", 3, "055").await, "channel");
    refused(&daemon.tune("ir-000001", 2, "07").await, "channel");
    assert_eq!(done(&board), [""; 0], "nothing was sent");
    // The board itself says no, in its own words.
    let vga = json!({"command": "input", "port": 1, "input": "vga"});
    refused(&daemon.command("ir-000001", &vga).await, "no such source");
    // An action that the board has no more is named when the port is edited to it.
    let gone = json!({"ports": [{"index": 1, "mapping": {"mute": {"action": "silence"}}}]});
    let path = "/api/v1/config/devices/ir-000001";
    let edited = send(daemon.address, "PATCH", path, "If-Match: *\r\n", &gone).await;
    assert_eq!(edited.status, 200, "{edited:?}");
    refused(&daemon.press("ir-000001", 1, "mute").await, "silence");
    assert_eq!(done(&board).len(), 1, "{:?}", done(&board));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_that_is_all_there_is_for_on_and_off_is_a_toggle_and_is_pressed_once() {
    let Some((board, daemon)) = board_with_daemon().await else { return };
    board.signal("STOP");
    let on = daemon.press("ir-000001", 3, "power_on").await;
    assert_eq!((on.status, &on.json["code"]), (504, &json!("outcome_unknown")), "{on:?}");
    let on = daemon.account(on.json["command_id"].as_str().unwrap()).await.record;
    assert_eq!((&*on.command, on.status.to_string().as_str()), ("power", "unknown"), "{on:?}");
    // Two values of a switch are absolute: such a wish may wait, and be tried again.
    let hall = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!((hall.status, &hall.json["delivered"]), (202, &json!(false)), "{hall:?}");
    board.signal("CONT");
    let ended = daemon.ended_command(hall.json["command_id"].as_str().unwrap()).await.record;
    assert_eq!(ended.status.to_string(), "completed", "{ended:?}");
    assert_eq!(done(&board), ["pressed TV Power", "projector on"]);
}
