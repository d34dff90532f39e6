//! What is done about batches afterwards, over a real store in memory.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use venue_queue::MemoryStore;
use venue_routing::{
    Asker, BatchAnswer, BulkRequest, CommandOptions, NoQueue, Rejection, RetryReport, Router,
    RouterParts, Skip, StoreHandles, Timeouts,
    domain::{
        Action, Attempt, BatchId, Cancelled, Clock, CommandId, CommandQueue, Evidence, NoMarker,
        Outcome, Parameters, QueueView, Reason, Settlement, Status, StoreAvailability, WorkQueue,
    },
};

use crate::fake::{OneDevice, Scripted, Still, Venue};

struct Stored {
    router: Router<Scripted, OneDevice, Still, MemoryStore>,
    store: MemoryStore,
    availability: Arc<StoreAvailability>,
}

impl Stored {
    fn new() -> Self {
        let (_, parts) = Venue::parts(Outcome::Delivered(Evidence::Reply));
        let (store, availability) = (MemoryStore::new(), Arc::new(StoreAvailability::up()));
        let durable = StoreHandles {
            queue: store.clone(),
            availability: Arc::clone(&availability),
            recorder: Arc::new(NoQueue),
            marker: Arc::new(NoMarker),
        };
        let RouterParts { transport, directory, clock, fences, order, store: _ } = parts;
        let parts = RouterParts { transport, directory, clock, fences, order, store: durable };
        Self { router: Router::new(parts, Timeouts::default()), store, availability }
    }

    fn bulk(&self, command: &str, channel: Option<&str>, ports: &[i64]) -> BatchAnswer {
        let parameters = Parameters { channel: channel.map(Into::into), ..Parameters::default() };
        let action = Action::parse(command, &parameters).unwrap();
        let targets = ports.iter().map(|port| format!("ir-1/{port}").parse().unwrap());
        let request = BulkRequest::new(action, targets.collect());
        self.router.submit_batch(request).now_or_never().unwrap().unwrap()
    }

    /// Ends the next command of the device for `reason`.
    fn serve(&self, reason: Reason) {
        let now = self.router.clock().now();
        let lease = now.plus(Duration::from_secs(15));
        let device = "ir-1".parse().unwrap();
        let claim = self
            .store
            .claim(device, venue_domain::PortSet::EMPTY, lease, now)
            .now_or_never()
            .unwrap()
            .unwrap()
            .claim;
        let attempt = Attempt {
            started_at: now,
            took: Duration::from_millis(40),
            reason,
            evidence: None,
            detail: None,
        };
        let settlement = Settlement::Finish { attempt };
        let settled = self.store.settle(claim.unwrap().ticket, settlement, now);
        settled.now_or_never().unwrap().unwrap();
    }

    fn retry(&self, batch: &BatchId) -> Result<RetryReport, Rejection> {
        let retried = self.router.retry_batch(&self.store, batch.clone(), Asker::default());
        retried.now_or_never().unwrap()
    }

    fn undo(&self, batch: &BatchId) -> Result<RetryReport, Rejection> {
        let undone = self.router.undo_batch(&self.store, batch.clone(), Asker::default());
        undone.now_or_never().unwrap()
    }

    /// The commands of a batch as `ACTION TARGET STATUS`.
    fn commands(&self, batch: &BatchId) -> Vec<String> {
        let records = self.store.batch_commands(batch.clone(), None, 100);
        let records = records.now_or_never().unwrap().unwrap();
        let told = records.iter().map(|r| format!("{} {} {}", r.action, r.target, r.status));
        told.collect()
    }

    fn status(&self, id: CommandId) -> Status {
        let account = self.store.command(id).now_or_never().unwrap().unwrap();
        account.unwrap().record.status
    }
}

fn skips(redone: &RetryReport) -> Vec<(String, Skip)> {
    redone.skipped.iter().map(|skipped| (skipped.target.to_string(), skipped.why)).collect()
}

#[test]
fn retry_tries_anew_what_failed_and_only_once() {
    let venue = Stored::new();
    let batch = venue.bulk("power_on", None, &[1, 2, 3]).batch;
    venue.serve(Reason::Delivered);
    venue.serve(Reason::DeviceOffline);
    let redone = venue.retry(&batch).unwrap();
    assert_eq!(skips(&redone), [("ir-1/3".to_owned(), Skip::Open)]);
    let again = redone.batch.unwrap().batch;
    assert_eq!(venue.commands(&again), ["power_on ir-1/2 pending"]);
    let stored = venue.store.batch(again.clone()).now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(stored.notes, Some(format!("retry of {batch}")));
    let twice = venue.retry(&batch).unwrap();
    assert_eq!(twice.batch.unwrap().batch, again, "while it runs it is the answer");
    venue.serve(Reason::DeviceOffline);
    venue.serve(Reason::DeviceOffline);
    let later = venue.retry(&batch).unwrap();
    assert_eq!(
        skips(&later)[0],
        ("ir-1/2".to_owned(), Skip::NewerWish),
        "the first retry is newer"
    );
}

#[test]
fn an_undo_presses_no_toggle_and_says_that_there_is_nothing_else() {
    let venue = Stored::new();
    let sent = |command: &str| {
        let batch = venue.bulk(command, None, &[3]).batch;
        venue.serve(Reason::Delivered);
        batch
    };
    // It was on, and not muted: of this port only a toggle switches on, and nothing says mute_off.
    for command in ["power_off", "power", "mute_off"] {
        sent(command);
    }
    for command in ["mute_on", "power_off"] {
        let undone = venue.undo(&sent(command)).unwrap();
        assert_eq!(undone.batch, None, "{command}");
        assert_eq!(skips(&undone), [("ir-1/3".to_owned(), Skip::OnlyToggles)], "{command}");
    }
}

#[test]
fn a_newer_wish_that_is_not_stored_yet_forbids_a_retry() {
    let venue = Stored::new();
    let batch = venue.bulk("channel", Some("5"), &[2]).batch;
    venue.serve(Reason::DeviceOffline);
    let direct = Action::Channel("7".parse().unwrap());
    let port = "ir-1/2".parse().unwrap();
    // Its record is written behind the answer, here never.
    let answer = venue
        .router
        .submit(port, direct, CommandOptions::default())
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(answer.status(), Status::Completed);
    let redone = venue.retry(&batch).unwrap();
    assert_eq!((redone.batch, redone.skipped[0].why), (None, Skip::NewerWish));
}

#[test]
fn undo_withdraws_what_waits_and_restores_what_was_known() {
    let venue = Stored::new();
    venue.bulk("channel", Some("060"), &[1, 2]);
    venue.serve(Reason::Delivered);
    venue.serve(Reason::Delivered);
    let changed = venue.bulk("channel", Some("7"), &[1, 2, 3]);
    venue.serve(Reason::Delivered);
    venue.serve(Reason::NoEvidence);
    let redone = venue.undo(&changed.batch).unwrap();
    assert_eq!(redone.withdrawn, 1);
    assert_eq!(venue.status(changed.accepted[2].command), Status::Cancelled);
    assert_eq!(skips(&redone), [("ir-1/3".to_owned(), Skip::NotChanged)]);
    let restored = redone.batch.unwrap().batch;
    let expected = ["channel 060 ir-1/1 pending", "channel 060 ir-1/2 pending"];
    assert_eq!(venue.commands(&restored), expected);
    let twice = venue.undo(&changed.batch).unwrap();
    assert_eq!(twice.batch.unwrap().batch, restored, "while it runs it is the answer");
    venue.serve(Reason::Delivered);
    venue.serve(Reason::Delivered);
    let twice = venue.undo(&changed.batch).unwrap();
    assert_eq!(twice.batch, None);
    assert_eq!(skips(&twice)[0], ("ir-1/1".to_owned(), Skip::CommandedSince));
}

#[test]
fn what_waits_is_withdrawn_and_what_is_not_there_is_told() {
    let venue = Stored::new();
    let batch = venue.bulk("mute_on", None, &[1, 2]);
    let first = batch.accepted[0].command;
    let cancel = |id| venue.router.cancel(id).now_or_never().unwrap().unwrap();
    assert!(matches!(cancel(first), Cancelled::Cancelled(_)));
    assert_eq!(cancel(first), Cancelled::Finished(Status::Cancelled));
    assert_eq!(cancel(CommandId::generate()), Cancelled::NotFound);
    let rest = venue.router.cancel_batch(batch.batch.clone()).now_or_never().unwrap().unwrap();
    assert_eq!((rest.ended_commands.ended.len(), rest.in_flight), (1, 0));
    assert_eq!(venue.retry(&batch.batch).unwrap().batch, None, "what was withdrawn stays so");

    let nowhere: BatchId = "batch_nowhere".parse().unwrap();
    let unknown = Rejection::UnknownBatch { batch: nowhere.clone() };
    assert_eq!(venue.retry(&nowhere), Err(unknown.clone()));
    assert_eq!(venue.undo(&nowhere), Err(unknown.clone()));
    let cancelled = venue.router.cancel_batch(nowhere).now_or_never().unwrap();
    assert_eq!(cancelled, Err(unknown));
}

#[test]
fn nothing_is_managed_without_a_store() {
    let venue = Stored::new();
    let batch = venue.bulk("mute_on", None, &[1]);
    venue.availability.mark_down();
    let down = "store_unavailable";
    assert_eq!(venue.retry(&batch.batch).unwrap_err().code(), down);
    assert_eq!(venue.undo(&batch.batch).unwrap_err().code(), down);
    let id = batch.accepted[0].command;
    assert_eq!(venue.router.cancel(id).now_or_never().unwrap().unwrap_err().code(), down);
    assert_eq!(venue.status(id), Status::Pending);
}

#[test]
fn a_batch_without_an_accepted_target_is_not_stored() {
    let venue = Stored::new();
    let request = BulkRequest::new(Action::Mute, vec!["ir-9/1".parse().unwrap()]);
    let answer = venue.router.submit_batch(request).now_or_never().unwrap().unwrap();
    assert_eq!((answer.accepted.len(), answer.rejected.len()), (0, 1));
    assert_eq!(venue.store.batch(answer.batch).now_or_never().unwrap(), Ok(None));
    assert_eq!(CommandQueue::waiting(&venue.store, &"ir-1/1".parse().unwrap()).sequence_keys, 0);
}
