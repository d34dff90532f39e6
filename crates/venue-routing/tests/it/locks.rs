//! Locked TVs: whoever may not lock commands none, whichever way the command comes.

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::FutureExt;
use proptest::prelude::*;
use venue_queue::MemoryStore;
use venue_routing::{
    Asker, BatchAnswer, BulkRequest, CommandOptions, Firing, NoQueue, QueueOptions, Rejection,
    Router, RouterParts, Skip, StoreHandles, TargetSteps, Timeouts,
    domain::{
        Action, Actor, BatchId, Clock, Evidence, Locks, NoMarker, Outcome, PortId, PortLock,
        QueueView, StoreAvailability, WallTime,
    },
};

use crate::fake::{self, Asked, OneDevice, Scripted, Still, Venue};

const MINUTE: Duration = Duration::from_secs(60);

struct Locked {
    router: Router<Scripted, OneDevice, Still, MemoryStore>,
    store: MemoryStore,
    asked: Arc<Mutex<Vec<Asked>>>,
    locks: Arc<Mutex<BTreeMap<PortId, PortLock>>>,
}

impl Locked {
    fn new() -> Self {
        Self::with(Arc::new(StoreAvailability::up()))
    }

    /// Whose store is being opened after a start.
    fn opening() -> (Arc<StoreAvailability>, Self) {
        let availability = Arc::new(StoreAvailability::opening());
        (Arc::clone(&availability), Self::with(availability))
    }

    fn with(availability: Arc<StoreAvailability>) -> Self {
        let (_, parts) = Venue::parts(Outcome::Delivered(Evidence::Reply));
        let (asked, locks) =
            (Arc::clone(&parts.transport.asked), Arc::clone(&parts.directory.locks));
        let store = MemoryStore::new();
        let durable = StoreHandles {
            queue: store.clone(),
            availability,
            recorder: Arc::new(NoQueue),
            marker: Arc::new(NoMarker),
        };
        let RouterParts { transport, directory, clock, fences, order, store: _ } = parts;
        let parts = RouterParts { transport, directory, clock, fences, order, store: durable };
        Self { router: Router::new(parts, Timeouts::default()), store, asked, locks }
    }

    /// What the wall clock shows `minutes` from now.
    fn shown(&self, minutes: i64) -> WallTime {
        let clock = self.router.clock();
        let now = clock.offset().shown(clock.now());
        WallTime::from_unix_ms(now.unix_ms() + minutes * 60_000)
    }

    fn lock(&self, port: i64, minutes: Option<i64>) {
        let (id, by) = (format!("port:ir-1:{port}"), Some("anna".to_owned()));
        let until = minutes.map(|minutes| self.shown(minutes));
        let lock = PortLock { id, by, until, reason: Some("private party".to_owned()) };
        self.locks.lock().unwrap().insert(tv(port), lock);
    }

    fn unlock(&self, port: i64) {
        self.locks.lock().unwrap().remove(&tv(port));
    }

    fn is_locked(&self, port: i64, minutes: i64) -> bool {
        let at = self.shown(minutes);
        self.locks.lock().unwrap().get(&tv(port)).is_some_and(|lock| lock.holds_at(at))
    }

    fn submit(
        &self,
        action: Action,
        port: i64,
        locks: Locks,
        in_minutes: i64,
    ) -> Option<Rejection> {
        let scheduled_at = (in_minutes > 0).then(|| self.shown(in_minutes));
        let queue = QueueOptions { scheduled_at, ..QueueOptions::default() };
        let options = CommandOptions { locks, queue, ..CommandOptions::default() };
        self.router.submit(tv(port), action, options).now_or_never().unwrap().err()
    }

    fn bulk(&self, action: Action, ports: &[i64], locks: Locks) -> BatchAnswer {
        let targets = ports.iter().map(|port| tv(*port)).collect();
        let request = BulkRequest { locks, ..BulkRequest::new(action, targets) };
        self.router.submit_batch(request).now_or_never().unwrap().unwrap()
    }

    fn fire(&self, steps: &[(Duration, Action)], ports: &[i64]) -> BatchAnswer {
        let steps = |port: &i64| TargetSteps { target: tv(*port), steps: steps.to_vec() };
        let firing = Firing {
            batch: BatchId::generate(),
            targets: ports.iter().map(steps).collect(),
            refused: 0,
            due: self.router.clock().now(),
            scheduled: true,
            actor: Actor::default(),
            notes: None,
        };
        self.router.fire(firing).now_or_never().unwrap().unwrap()
    }

    /// The ports of everything that was sent or stored.
    fn commanded(&self) -> Vec<PortId> {
        let open = self.store.open_commands(None, None, 10_000).now_or_never().unwrap().unwrap();
        let sent = self.asked.lock().unwrap();
        let sent = sent.iter().map(|asked| asked.command.target.clone());
        sent.chain(open.into_iter().map(|record| record.target)).collect()
    }
}

fn tv(port: i64) -> PortId {
    format!("ir-1/{port}").parse().unwrap()
}

fn rejected(answer: &BatchAnswer) -> Vec<(usize, &'static str)> {
    answer.rejected.iter().map(|(place, rejection)| (*place, rejection.code())).collect()
}

#[test]
fn a_tv_that_is_locked_while_a_command_waits_for_the_store_at_a_start_is_locked_for_it() {
    let (availability, venue) = Locked::opening();
    let mut waits = pin!(venue.router.submit(tv(2), Action::PowerOff, CommandOptions::default()));
    assert!(waits.as_mut().now_or_never().is_none(), "it waits");
    venue.lock(2, Some(60));
    availability.mark_up();
    availability.opening_ended();
    let refused = waits.now_or_never().unwrap().unwrap_err();
    assert_eq!(refused.code(), "locked");
    assert_eq!(venue.commanded(), []);
}

#[test]
fn a_command_for_a_locked_tv_is_refused_with_who_and_until_when() {
    let venue = Locked::new();
    venue.lock(2, Some(60));
    let refused = venue.submit(Action::PowerOff, 2, Locks::Hold, 0).unwrap();
    assert_eq!((refused.code(), refused.field()), ("locked", Some("port")));
    let until = venue.shown(60);
    let words = format!("ir-1/2 is locked by anna until {until} (private party)");
    assert_eq!(refused.to_string(), words);
    assert_eq!(venue.commanded(), []);
    assert_eq!(venue.submit(Action::PowerOff, 1, Locks::Hold, 0), None, "another TV");
    assert_eq!(venue.submit(Action::PowerOff, 2, Locks::Pass, 0), None, "who may lock passes");
    assert_eq!(venue.commanded(), [tv(1), tv(2)]);
    // Nobody sees on a TV what is for the board.
    let blink = fake::action("diagnostic_signal");
    assert_eq!(venue.submit(blink, 0, Locks::Hold, 0), None);
}

#[test]
fn what_is_wished_for_later_is_judged_by_the_lock_of_then() {
    let venue = Locked::new();
    venue.lock(2, Some(60));
    let code = |minutes| {
        let refused = venue.submit(Action::PowerOn, 2, Locks::Hold, minutes);
        refused.map(|refused| refused.code())
    };
    assert_eq!(code(59), Some("locked"));
    assert_eq!(code(60), None, "the party is over then");
    let later = |minutes: u32| [(MINUTE * minutes, Action::PowerOff)];
    assert_eq!(rejected(&venue.fire(&later(59), &[2])), [(0, "locked")]);
    assert_eq!(rejected(&venue.fire(&later(60), &[2])), []);
    // All steps of a TV, or none.
    let both = [later(0), later(60)].concat();
    assert_eq!(rejected(&venue.fire(&both, &[1, 2])), [(1, "locked")]);
}

#[test]
fn of_a_batch_the_locked_tvs_are_rejected_and_the_others_are_not() {
    let venue = Locked::new();
    venue.lock(2, None);
    let answer = venue.bulk(Action::PowerOff, &[1, 2, 3], Locks::Hold);
    assert_eq!((answer.accepted.len(), rejected(&answer)), (2, vec![(1, "locked")]));
    assert_eq!(venue.bulk(Action::PowerOff, &[1, 2], Locks::Pass).accepted.len(), 2);
    let alone = venue.bulk(Action::PowerOff, &[2], Locks::Hold);
    assert_eq!((alone.accepted.len(), rejected(&alone)), (0, vec![(0, "locked")]));
}

#[test]
fn a_retry_leaves_a_tv_alone_that_was_locked_since() {
    let venue = Locked::new();
    let batch = venue.bulk(Action::PowerOff, &[1, 2], Locks::Hold).batch;
    let now = venue.router.clock().now();
    for _ in 0..2 {
        end_next(&venue, now);
    }
    venue.lock(2, None);
    let retry = |locks| {
        let asker = Asker { locks, ..Asker::default() };
        let retried = venue.router.retry_batch(&venue.store, batch.clone(), asker);
        retried.now_or_never().unwrap().unwrap()
    };
    let report = retry(Locks::Hold);
    let skipped: Vec<_> = report.skipped.iter().map(|one| (one.target.clone(), one.why)).collect();
    assert_eq!(skipped, [(tv(2), Skip::Locked)]);
    assert_eq!(report.batch.unwrap().accepted[0].target, tv(1));
}

/// The next command of the device fails.
fn end_next(venue: &Locked, now: venue_domain::Timestamp) {
    use venue_routing::domain::{Attempt, PortSet, Reason, Settlement, WorkQueue};
    let claimed = venue.store.claim("ir-1".parse().unwrap(), PortSet::EMPTY, now.plus(MINUTE), now);
    let claim = claimed.now_or_never().unwrap().unwrap().claim.unwrap();
    let (took, reason) = (Duration::from_millis(4), Reason::DeviceOffline);
    let attempt = Attempt { started_at: now, took, reason, evidence: None, detail: None };
    let settled = venue.store.settle(claim.ticket, Settlement::Finish { attempt }, now);
    settled.now_or_never().unwrap().unwrap();
}

#[derive(Clone, Debug)]
enum Step {
    Lock { port: i64, minutes: Option<i64> },
    Unlock { port: i64 },
    Single { port: i64, in_minutes: i64 },
    Bulk { ports: Vec<i64> },
    Fire { ports: Vec<i64>, offset: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let ports = || prop::collection::vec(1..=5_i64, 1..4);
    prop_oneof![
        (1..=5_i64, prop::option::of(-2..=4_i64))
            .prop_map(|(port, minutes)| Step::Lock { port, minutes }),
        (1..=5_i64).prop_map(|port| Step::Unlock { port }),
        (1..=5_i64, 0..=5_i64).prop_map(|(port, in_minutes)| Step::Single { port, in_minutes }),
        ports().prop_map(|ports| Step::Bulk { ports }),
        (ports(), 0..=5_i64).prop_map(|(ports, offset)| Step::Fire { ports, offset }),
    ]
}

proptest! {
    /// Whatever is locked and unlocked between commands: of somebody who may not lock, exactly those for TVs that are
    /// not locked when they are due get through.
    #[test]
    fn no_command_of_an_operator_gets_through_a_lock(steps in prop::collection::vec(step(), 1..40)) {
        let venue = Locked::new();
        let mut expected = 0;
        for step in steps {
            match step {
                Step::Lock { port, minutes } => venue.lock(port, minutes),
                Step::Unlock { port } => venue.unlock(port),
                Step::Single { port, in_minutes } => {
                    let refused = venue.submit(Action::VolumeUp, port, Locks::Hold, in_minutes);
                    let is_locked = venue.is_locked(port, in_minutes);
                    prop_assert_eq!(refused.map(|one| one.code()), is_locked.then_some("locked"));
                    expected += usize::from(!is_locked);
                }
                Step::Bulk { ports } => {
                    let answer = venue.bulk(Action::VolumeUp, &ports, Locks::Hold);
                    let all = &answer.accepted;
                    prop_assert!(all.iter().all(|one| !venue.is_locked(one.target.port.into(), 0)));
                    expected += answer.accepted.len();
                }
                Step::Fire { ports, offset } => {
                    let after = MINUTE * u32::try_from(offset).unwrap();
                    let answer = venue.fire(&[(after, Action::VolumeUp)], &ports);
                    let free = ports.iter().filter(|port| !venue.is_locked(**port, offset));
                    prop_assert_eq!(answer.accepted.len(), free.count());
                    expected += answer.accepted.len();
                }
            }
            prop_assert_eq!(venue.commanded().len(), expected);
        }
    }
}

#[test]
fn a_request_that_is_refused_for_a_lock_raises_no_fence() {
    let venue = Locked::new();
    let waits = venue.bulk(Action::PowerOn, &[2], Locks::Hold).accepted.remove(0);
    venue.lock(2, None);
    assert!(venue.submit(Action::PowerOff, 2, Locks::Hold, 0).is_some());
    let stored = venue.store.command(waits.command).now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(stored.record.status, venue_domain::Status::Pending, "what waited goes on");
    assert_eq!(venue.asked.lock().unwrap().len(), 0);
}
