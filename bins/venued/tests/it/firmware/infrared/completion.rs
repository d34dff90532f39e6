//! When the firmware says that a transmission has ended, and when it does not.

use std::time::Duration;

use esphome_pool::{
    CallEnd,
    EvidenceWanted::{Barrier, InfraredComplete},
    Written,
    codec::EntityId,
};

use super::{Board, BoardConfig, Client, board_as, board_with_client, frames::NEC};

/// Power of many makes: NEC, device 4, function 8.
const POWER: u64 = 0x20DF_10EF;

/// How long a frame of NEC is on its way, without the space at its end.
const ON_AIR: Duration = Duration::from_millis(60);

fn is_done(end: &CallEnd) -> Option<bool> {
    if let CallEnd::InfraredDone { success } = end { Some(*success) } else { None }
}

/// How often the output of `port` was asked to send.
fn handed_over(board: &Board, port: u8) -> usize {
    board.log.count(&format!("venue_ir: port={port} timings"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transmission_is_reported_when_it_has_left() {
    let Some((board, _, client)) = board_with_client("infrared-edge").await else { return };
    assert!(client.session.peer.api_version >= (1, 18), "{:?}", client.session.peer.api_version);
    let power = NEC.frame(POWER, 32);
    let once = client.send(1, 1, &power, InfraredComplete).await;
    assert_eq!(is_done(&once.end), Some(true), "{once:?}");
    // 108 ms by the board's clock, which counts whole milliseconds; ours began when the write was over. A report of the
    // begin, or of the frame without the space at its end, would come after 60 ms at most.
    assert!(once.took >= Duration::from_millis(100), "not before it has left: {once:?}");
    let three = client.send(1, 3, &power, InfraredComplete).await;
    assert_eq!(is_done(&three.end), Some(true), "{three:?}");
    // The log of the board has the exact time; its clock and ours are not read in the same moment.
    assert!(three.took >= Duration::from_millis(310), "all repeats of it: {three:?}");
    board.log.wait_for("port=1 carrier=38000 times=3 count=68 us=324000").await;
    assert_eq!(handed_over(&board, 1), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_three_at_once_on_one_output_the_last_is_reported_and_all_are_sent() {
    let Some((board, _, client)) = board_with_client("infrared-edge").await else { return };
    let power = NEC.frame(POWER, 32);
    let send = || client.send(1, 1, &power, InfraredComplete);
    let (a, b, c) = tokio::join!(send(), send(), send());
    let mut ends = [&a, &b, &c].map(|report| is_done(&report.end));
    ends.sort_unstable();
    assert_eq!(ends, [Some(false), Some(false), Some(true)], "{a:?} {b:?} {c:?}");
    assert_eq!(handed_over(&board, 1), 3, "two are reported as failed, and were sent all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_client_makes_a_frame_that_is_on_its_way_be_reported_as_failed() {
    let Some((board, config, first)) = board_with_client("infrared-edge").await else { return };
    let second = Client::connect(&config).await;
    let (one, other) = (NEC.frame(POWER, 32), NEC.frame(0x20DF_906F, 32));
    let displaced = first.send(1, 1, &one, InfraredComplete);
    let displacing = async {
        board.log.wait_for("port=1 carrier").await;
        second.send(1, 1, &other, InfraredComplete).await
    };
    let (displaced, displacing) = tokio::join!(displaced, displacing);
    assert_eq!(is_done(&displaced.end), Some(false), "{displaced:?}");
    assert_eq!(is_done(&displacing.end), Some(true), "{displacing:?}");
    assert_eq!(handed_over(&board, 1), 2, "both left: false is not a proof that nothing did");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_outputs_send_at_the_same_time() {
    let Some((_board, _, client)) = board_with_client("infrared-edge").await else { return };
    // Long enough that one behind the other would be seen on any machine.
    let power = NEC.frame(POWER, 32);
    let send = |port| client.send(port, 10, &power, InfraredComplete);
    let (one, two) = tokio::join!(send(1), send(2));
    for report in [&one, &two] {
        assert_eq!(is_done(&report.end), Some(true), "{report:?}");
        assert!(report.took < Duration::from_millis(2_000), "not one after the other: {report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_entity_is_reported_as_failed_at_once_and_nothing_is_sent() {
    let Some((board, _, client)) = board_with_client("infrared-edge").await else { return };
    let nobody = EntityId { device_id: 0, key: 0x6e6f_6e65 };
    let power = NEC.frame(POWER, 32);
    let report = client.send_to(nobody, 38_000, 1, &power, InfraredComplete).await;
    assert_eq!(is_done(&report.end), Some(false), "{report:?}");
    assert_eq!(board.log.count("venue_ir: port="), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn firmware_before_api_1_18_reports_nothing_and_answers_the_ping_behind_it() {
    let Some((board, _, client)) = board_with_client("infrared").await else { return };
    assert_eq!(client.session.peer.api_version, (1, 14));
    let power = NEC.frame(POWER, 32);
    let report = client.send(2, 1, &power, Barrier).await;
    assert!(matches!(report.end, CallEnd::Barrier), "{report:?}");
    board.log.wait_for("port=2 carrier=38000 times=1 count=68 us=108000").await;
    // To an unknown entity it is as silent; the ping says only that the message was taken.
    let nobody = EntityId { device_id: 0, key: 0x6e6f_6e65 };
    let report = client.send_to(nobody, 38_000, 1, &power, Barrier).await;
    assert!(matches!(report.end, CallEnd::Barrier), "{report:?}");
    let unanswered = client.send_for(2, &power, InfraredComplete, 10 * ON_AIR).await;
    let started = CallEnd::NothingInTime { written: Written::Started };
    assert_eq!(format!("{:?}", unanswered.end), format!("{started:?}"));
    assert_eq!(handed_over(&board, 2), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_sends_with_its_processor_answers_the_ping_when_the_frame_has_left() {
    let config = BoardConfig { blocks: true, ..BoardConfig::new("infrared", "ir-000001") };
    let Some((_board, _, client)) = board_as(config).await else { return };
    let report = client.send(1, 2, &NEC.frame(POWER, 32), Barrier).await;
    assert!(matches!(report.end, CallEnd::Barrier), "{report:?}");
    assert!(report.took >= Duration::from_millis(216), "{report:?}");
}
