//! A board that hangs, and one that somebody else uses as well.

use esphome_pool::EvidenceWanted::InfraredComplete;
use serde_json::json;
use tokio::task::JoinHandle;

use super::{
    super::{board::BoardConfig, infrared::Client},
    POWER, VOLUME_UP, Venue,
};
use crate::support::{Response, post, soon, until};

/// A command for the board, while the test goes on.
fn wish(venue: &Venue, body: serde_json::Value) -> JoinHandle<Response> {
    let address = venue.daemon.address;
    tokio::spawn(async move { post(address, "/ir-000001/command", &body).await })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_board_that_hangs_no_success_is_told_and_the_toggle_leaves_it_once() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    let Some(venue) = Venue::open(&config, json!({})).await else { return };
    venue.board.signal("STOP");
    let power = venue.daemon.press("ir-000001", 1, "power").await;
    assert_eq!((power.status, &power.json["code"]), (504, &json!("outcome_unknown")), "{power:?}");
    assert_eq!(power.json["delivered"], json!(false), "{power:?}");
    assert!(power.json["execution_time_ms"].as_u64().unwrap() <= 3_000, "{power:?}");
    // Nothing is sent to it while it owes an answer: what may wait waits.
    let older = venue.daemon.tune("ir-000001", 2, "055").await;
    assert_eq!((older.status, &older.json["delivered"]), (202, &json!(false)), "{older:?}");
    let newer = venue.daemon.tune("ir-000001", 2, "12").await;
    assert_eq!((newer.status, &newer.json["delivered"]), (202, &json!(false)), "{newer:?}");

    venue.board.signal("CONT");
    venue.board.log.wait_for(POWER).await;
    let id = |answer: &Response| answer.json["command_id"].as_str().unwrap().to_owned();
    let (older, newer) = (id(&older), id(&newer));
    let ended = venue.daemon.ended_command(&newer).await.record;
    assert_eq!(ended.status.to_string(), "completed", "{ended:?}");
    let ended = venue.daemon.ended_command(&older).await.record;
    assert_eq!(ended.status.to_string(), "superseded", "{ended:?}");
    assert_eq!(venue.read(), [(1, 0), (2, 1)], "the newer channel alone, and once");
    let power = venue.daemon.account(&id(&power)).await.record;
    assert_eq!(power.status.to_string(), "unknown", "{power:?}");
    assert_eq!(venue.daemon.press("ir-000001", 1, "volume_up").await.status, 200);
    venue.board.log.wait_for(VOLUME_UP).await;
    assert_eq!(venue.board.log.count(POWER), 1, "the toggle left it once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toggle_that_another_client_displaces_is_no_success_and_is_not_sent_again() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    // So long a frame is for boards that time infrared by hardware only (rule 6.24).
    let long = json!({"codeset": "long", "typing": "one_message"});
    let Some(venue) = Venue::open(&config, long).await else { return };
    let other = Client::connect(&config).await;
    let power = wish(&venue, json!({"command": "power", "port": 2}));
    venue.board.log.wait_for("port=2 carrier").await;
    // Another program uses the same output while our frame is on its way, and one that is free.
    let theirs = other.send(2, 1, &[9_000, -4_500, 560, -40_000], InfraredComplete);
    let elsewhere = other.send(3, 1, &[9_000, -4_500, 560, -40_000], InfraredComplete);
    drop(tokio::join!(theirs, elsewhere));
    let power = soon("the answer", power).await.unwrap();
    assert_eq!((power.status, &power.json["code"]), (504, &json!("outcome_unknown")), "{power:?}");
    // Ours goes on where nobody else is.
    let up = venue.daemon.press("ir-000001", 1, "volume_up").await;
    assert_eq!((up.status, &up.json["evidence"]), (200, &json!("infrared_complete")), "{up:?}");
    assert_eq!(venue.sent(2), 2, "ours and theirs, and neither again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_another_client_displaces_is_typed_whole_once_more() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    let quick = json!({"timing": {"quiet_gap_ms": 500}});
    let Some(venue) = Venue::open(&config, quick).await else { return };
    let other = Client::connect(&config).await;
    let channel = wish(&venue, json!({"command": "channel", "port": 2, "channel": "12"}));
    venue.board.log.wait_for("port=2 carrier").await;
    let theirs = other.send(2, 1, &[9_000, -4_500, 560, -400_000], InfraredComplete).await;
    let channel = soon("the answer", channel).await.unwrap();
    assert_eq!(channel.json["delivered"], json!(false), "{channel:?} {theirs:?}");
    let id = channel.json["command_id"].as_str().unwrap();
    let ended = venue.daemon.ended_command(id).await;
    assert_eq!(ended.record.status.to_string(), "completed", "{ended:?}");
    assert!(ended.attempt_log[0].may_have_acted, "the first attempt is not forgotten: {ended:?}");
    let typed = async || (venue.read().len() == 3).then(|| venue.read());
    let typed = until("the channel", typed).await;
    assert_eq!(typed.iter().map(|(digit, _)| *digit).collect::<Vec<_>>(), [1, 1, 2]);
}
