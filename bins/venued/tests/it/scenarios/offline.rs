//! Scenario 1: a device is offline.

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig, Fault, Power};
use venue_api::{CommandRecord, CommandStatus, RoutingMethod};

use super::{LATE, assert_waits, boards, seconds};
use crate::support::{Daemon, Response, bulk, sim_toml, venuectl, waits};

/// How long a command took from its accept to its end.
fn took(record: &CommandRecord) -> Duration {
    let ms = record.completed_at.unwrap().0.unix_ms() - record.created_at.0.unix_ms();
    Duration::from_millis(u64::try_from(ms).unwrap())
}

/// That a command waits now, was answered in time, and for the reason in `words`.
fn assert_queued_for_retry(answer: &Response, words: &str) {
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json["delivered"], false);
    assert_eq!(answer.json["status"], "pending");
    let message = answer.json["message"].as_str().unwrap();
    let rest = message
        .strip_prefix(&format!("ir-000001 {words}: queued, tried 3 more times within about "));
    let seconds = rest.and_then(|rest| rest.strip_suffix(" s and then given up"));
    let seconds: u64 = seconds.unwrap_or_else(|| panic!("{message}")).parse().unwrap();
    assert!((1..=14).contains(&seconds) && answer.json["tried_until"].is_string(), "{answer:?}");
    assert_eq!(answer.json["routing_method"], "direct_failed_queued");
    assert!(answer.json["execution_time_ms"].as_u64().unwrap() <= 3_200, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn power_on_for_a_device_that_is_known_to_be_down_is_tried_for_14_seconds_and_has_failed() {
    let config = BlasterConfig { power: Power::Off, ..BlasterConfig::new("ir-000001", 1) };
    let board = Blaster::start(BlasterConfig { fault: Fault::RefuseConnect, ..config });
    let board = board.await.unwrap();
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml([&board])).await;
    daemon.log.wait_for("no session with device").await;
    let answer = daemon.press("ir-000001", 2, "power_on").await;
    assert_queued_for_retry(&answer, "is offline");
    let id = answer.json["command_id"].as_str().unwrap();
    // While it waits its attempts can be seen, the direct try first.
    let waiting = daemon.account(id).await;
    assert_eq!(waiting.record.status, CommandStatus::Pending, "{waiting:?}");
    assert_eq!(waiting.attempt_log[0].reason, "device_offline", "{waiting:?}");

    let account = daemon.ended_command(id).await;
    let record = &account.record;
    assert_eq!(record.status, CommandStatus::Failed, "{account:?}");
    assert_eq!(record.reason.as_deref(), Some("device_offline"));
    assert_eq!((record.attempts, record.max_attempts), (3, 3));
    assert_eq!(record.routing_method, RoutingMethod::DirectFailedQueued);
    assert_eq!(account.attempt_log.len(), 4, "a direct one and three from the queue");
    assert!(account.attempt_log.iter().all(|attempt| attempt.reason == "device_offline"));
    assert_waits(&waits(&account), &[2.0, 4.0, 8.0]);
    assert!(took(record) >= seconds(14.0 * 0.8), "{account:?}");
    assert!(took(record) <= seconds(14.0 * 1.2) + LATE, "{account:?}");
    assert!(board.actions().is_empty());
    let why = daemon.get(&format!("/api/v1/commands/{id}/why")).await;
    assert!(why.json["why"].as_str().unwrap().contains("offline"), "{why:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn power_on_for_a_device_that_hangs_is_answered_after_3_seconds_and_ends_after_17() {
    let board = Blaster::start(BlasterConfig::new("ir-000001", 1)).await.unwrap();
    let pool = "[pool]\nkeepalive_interval_ms = 2000\nkeepalive_dead_after_ms = 6000\n";
    let config = format!("{pool}{}", sim_toml([&board]));
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &config).await;
    daemon.wait_for_session("ir-000001", 1).await;
    board.set_fault(Fault::Hung);
    // The bytes of the first one left; the second one waits for the device to answer for it.
    let first = daemon.press("ir-000001", 1, "power_on").await;
    assert_queued_for_retry(
        &first,
        "did not answer in time, although the command may have reached it",
    );
    let second = daemon.press("ir-000001", 2, "power_on").await;
    assert_eq!(second.status, 202, "{second:?}");
    let id = |answer: &Response| answer.json["command_id"].as_str().unwrap().to_owned();
    let (first, second) = (id(&first), id(&second));
    let (first, second) = tokio::join!(daemon.ended_command(&first), daemon.ended_command(&second));

    // Perhaps it was taken, which nothing that came later says: unknown, not failed.
    assert_eq!(first.record.status, CommandStatus::Unknown, "{first:?}");
    assert_eq!(first.record.reason.as_deref(), Some("no_evidence"));
    // Of the second one no byte ever left.
    assert_eq!(second.record.status, CommandStatus::Failed, "{second:?}");
    assert_eq!(second.record.reason.as_deref(), Some("device_offline"));
    for account in [&first, &second] {
        assert_eq!(account.record.attempts, 3, "{account:?}");
        assert_waits(&waits(account), &[2.0, 4.0, 8.0]);
    }
    let direct = Duration::from_millis(first.attempt_log[0].took_ms);
    assert!(direct >= seconds(2.9) && direct <= seconds(3.2), "{first:?}");
    // An attempt may have been waiting for a session that was not known to be dead.
    for account in [&first, &second] {
        assert!(took(&account.record) >= seconds(2.5 + 14.0 * 0.8), "{account:?}");
        assert!(took(&account.record) <= seconds(3.0 + 14.0 * 1.2 + 5.0) + LATE, "{account:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_command_for_ten_with_one_of_them_dead_completes_nine_and_says_so() {
    let boards = boards(10).await;
    let dead = &boards[4];
    dead.set_fault(Fault::RefuseConnect);
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), &sim_toml(&boards)).await;
    for board in boards.iter().filter(|board| board.name() != dead.name()) {
        daemon.wait_for_session(board.name(), 1).await;
    }
    daemon.log.wait_for("no session with device").await;
    let targets: Vec<_> = boards.iter().map(|board| (board.name(), 1)).collect();
    let batch = daemon.bulk(&bulk("mute_on", &targets)).await;
    let watched = venuectl(daemon.address, &["batch", "watch", &batch]).await;

    let status = daemon.bulk_status(&batch).await;
    let counts = (status.total, status.completed, status.failed, status.pending);
    assert_eq!(counts, (10, 9, 1, 0), "{status:?}");
    assert_eq!(status.statuses.failed, 1, "{status:?}");
    let failed = status.commands.iter().find(|one| one.hostname == dead.name()).unwrap();
    assert_eq!((failed.status, failed.success), (CommandStatus::Failed, Some(false)));
    assert_eq!(failed.attempts, 3);
    let account = daemon.account(&failed.command_id).await;
    assert_eq!(account.record.reason.as_deref(), Some("device_offline"));
    assert_eq!(account.attempt_log.len(), 3, "at once, and twice again: {account:?}");
    assert_waits(&waits(&account), &[2.0, 4.0]);
    assert!(took(&account.record) <= seconds(6.0 * 1.2) + LATE, "{account:?}");
    for board in &boards {
        assert_eq!(board.tv(1).muted, board.name() != dead.name());
    }
    // The ninth of them did not wait for the dead one.
    let others = status.commands.iter().filter(|one| one.hostname != dead.name());
    for one in others {
        assert_eq!((one.attempts, one.success), (1, Some(true)), "{one:?}");
    }
    assert!(watched.stderr.contains("10 of 10 ended: 9 delivered, 1 failed"), "{watched:?}");
    assert_eq!(watched.code, Some(7), "some of it was not delivered: {watched:?}");
}
