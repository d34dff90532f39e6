//! The daemon is killed while a board of real firmware sends what it was told.

use serde_json::{Value, json};

use super::{super::board::BoardConfig, POWER, VOLUME_UP, Venue};
use crate::support::{Daemon, bulk};

impl Venue {
    /// The daemon is killed, and started again on what it left.
    async fn killed(self) -> Self {
        let folder = self.daemon.killed().await;
        let daemon = Daemon::durable(folder, "").await;
        daemon.wait_for_session("ir-000001", 1).await;
        Self { daemon, ..self }
    }

    async fn ask_for(&self, command: &str, port: u8, channel: Option<&str>) -> String {
        let mut body = bulk(command, &[("ir-000001", port)]);
        if let Some(channel) = channel {
            body["channel"] = json!(channel);
        }
        self.daemon.bulk(&body).await
    }

    /// How the only command of a batch ended.
    async fn ended(&self, batch: &str) -> (String, Option<String>) {
        let status = self.daemon.ended_batch(batch).await;
        let ended = self.daemon.account(&status.commands[0].command_id).await.record;
        (ended.status.to_string(), ended.reason)
    }
}

/// The pause between two digits is long enough for a kill, and the quiet gap short enough for a test.
fn slow_typing() -> Value {
    json!({"timing": {"digit_gap_ms": 800, "quiet_gap_ms": 1_000}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_a_kill_cuts_short_is_no_success_and_is_typed_whole_again() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    let Some(venue) = Venue::open(&config, slow_typing()).await else { return };
    let batch = venue.ask_for("channel", 2, Some("455")).await;
    venue.board.log.wait_for("port=2 carrier").await;
    let venue = venue.killed().await;
    assert_eq!(venue.sent(2), 1, "in the middle of the channel");
    assert_eq!(venue.ended(&batch).await.0, "completed");
    let typed: Vec<u8> = venue.read().iter().map(|(digit, _)| *digit).collect();
    assert_eq!(typed, [4, 4, 5, 5], "not the rest of it alone");
    let bits: Vec<u8> = venue.read()[1..].iter().map(|(_, bit)| *bit).collect();
    assert!(bits.windows(2).all(|pair| pair[0] != pair[1]), "each press is another: {bits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_a_kill_cut_short_does_not_come_behind_a_newer_one() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    let Some(venue) = Venue::open(&config, slow_typing()).await else { return };
    let batch = venue.ask_for("channel", 2, Some("055")).await;
    venue.board.log.wait_for("port=2 carrier").await;
    let venue = venue.killed().await;
    let newer = venue.ask_for("channel", 2, Some("12")).await;
    assert_eq!(venue.ended(&newer).await.0, "completed");
    let (status, reason) = venue.ended(&batch).await;
    // It may have acted, so it is not said that it was not sent.
    assert_eq!((&*status, reason.as_deref()), ("unknown", Some("superseded")));
    let typed: Vec<u8> = venue.read().iter().map(|(digit, _)| *digit).collect();
    assert_eq!(typed, [0, 1, 2], "what is left of the older one is not typed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toggle_in_flight_at_a_kill_is_unknown_and_leaves_the_board_once() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    let Some(venue) = Venue::open(&config, json!({})).await else { return };
    // It has taken the bytes and sends nothing yet.
    venue.board.signal("STOP");
    let batch = venue.ask_for("power", 1, None).await;
    venue.daemon.wait_for_flight("ir-000001").await;
    let folder = venue.daemon.killed().await;
    venue.board.signal("CONT");
    venue.board.log.wait_for(POWER).await;
    let daemon = Daemon::durable(folder, "").await;
    let venue = Venue { daemon, ..venue };
    venue.daemon.wait_for_session("ir-000001", 1).await;
    let (status, reason) = venue.ended(&batch).await;
    assert_eq!((&*status, reason.as_deref()), ("unknown", Some("interrupted")));
    let up = venue.daemon.press("ir-000001", 1, "volume_up").await;
    assert_eq!((up.status, &up.json["evidence"]), (200, &json!("infrared_complete")), "{up:?}");
    venue.board.log.wait_for(VOLUME_UP).await;
    assert_eq!(venue.board.log.count(POWER), 1);
}
