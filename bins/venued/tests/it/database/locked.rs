//! Another process holds the database.

use std::time::Duration;

use device_sim::{Fault, Key};
use venue_api::CommandStatus;
use venue_queue::damage::{Holder, hold};

use super::outage::Venue;
use crate::support::{Daemon, bulk, soon};

/// Takes the only lock for writing.
fn lock(daemon: &Daemon) -> Holder {
    hold(&daemon.path("data/venue.db")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_another_process_has_locked_is_waited_for_in_direct_only_mode() {
    let venue = Venue::new().await;
    let daemon = venue.daemon(tempfile::tempdir().unwrap()).await;
    let batches = venue.leave_work(&daemon).await;
    let lock = lock(&daemon);
    venue.lives_through(&daemon, &batches, || drop(lock)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_in_flight_when_the_database_failed_is_not_sent_again() {
    let venue = Venue::new().await;
    let daemon = venue.daemon(tempfile::tempdir().unwrap()).await;
    // It takes a while, so that its end finds no store.
    venue.here.set_fault(Fault::Delay(Duration::from_millis(1_500)));
    let batch = daemon.bulk(&bulk("power", &[("ir-000001", 1)])).await;
    daemon.wait_for_flight("ir-000001").await;
    let lock = lock(&daemon);
    soon("it ran", venue.here.wait_for_actions(1)).await;
    daemon.wait_for_mode("direct_only").await;
    venue.here.clear_fault();
    drop(lock);
    daemon.wait_for_mode("normal").await;
    let status = daemon.ended_batch(&batch).await;
    assert_eq!(status.commands[0].status, CommandStatus::Completed, "{status:?}");
    assert_eq!(status.commands[0].attempts, 1);
    assert_eq!(venue.here.tv(1).keys, [Key::Power], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_nobody_asks_anything_notices_that_its_database_is_locked() {
    let venue = Venue::new().await;
    let daemon = venue.daemon(tempfile::tempdir().unwrap()).await;
    let lock = lock(&daemon);
    // Nobody writes, and its own log tells.
    daemon.log.wait_for("another process holds the database").await;
    assert_eq!(daemon.mode().await, "direct_only");
    drop(lock);
    daemon.wait_for_mode("normal").await;
}
