//! The router with a queue behind it: what falls back, what is queued at once, what is refused.

use std::{
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use futures_util::FutureExt;
use venue_routing::{
    Answer, BulkRequest, CommandOptions, Firing, Handling, Mode, QueueOptions, Rejection, Router,
    RouterParts, StoreHandles, TargetSteps, Timeouts,
    domain::{
        Action, Actor, BatchCancelled, BatchCreated, BatchId, BatchOrigin, Cancelled, Class, Clock,
        Command, CommandId, CommandQueue, CustomAction, Delivery, DerivedBatch, DirectRecord, Due,
        EffectGroup, EndedCommands, Enqueued, Evidence, Fences, Nature, NewBatch, NewCommand,
        NoMarker, NotSent, OrderKey, Outcome, Patience, PortId, PortWaiting, Priority, Promoter,
        QueueId, Reason, Recorder, RoutingMethod, Status, StoreAvailability, StoreError, Stored,
        Timestamp, TriedCode, Unknown, WaitsFor, WallTime,
    },
};

use crate::fake::{self, Asked, OneDevice, Request, Scripted, Still, Venue};

mod batches;

/// Everything that reached the store, in order, with how many deliveries there had been.
#[derive(Debug, Default)]
struct Log {
    enqueued: Vec<NewCommand>,
    batches: Vec<NewBatch>,
    superseded_after: Vec<usize>,
    recorded: Vec<DirectRecord>,
}

#[derive(Clone)]
struct FakeQueue {
    log: Arc<Mutex<Log>>,
    waiting: PortWaiting,
    failure: Option<StoreError>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeQueue {
    fn answer<T>(&self, answer: T) -> Result<Stored<T>, StoreError> {
        let ended_commands = EndedCommands::default();
        self.failure.clone().map_or(Ok(Stored { answer, ended_commands }), Err)
    }
}

const ID: QueueId = QueueId::new(7);

impl CommandQueue for FakeQueue {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        self.log.lock().unwrap().enqueued.push(command);
        self.answer(Enqueued::Waiting { queue_id: ID })
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        let answers = commands.iter().map(|_| Enqueued::Waiting { queue_id: ID }).collect();
        self.log.lock().unwrap().enqueued.extend(commands);
        self.answer(answers)
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        let answers = batch.commands.iter().map(|_| Enqueued::Waiting { queue_id: ID }).collect();
        self.log.lock().unwrap().batches.push(batch);
        self.answer(BatchCreated::Created(answers))
    }

    async fn redo_batch(
        &self,
        _: NewBatch,
        _: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        panic!("nobody retries or undoes")
    }

    fn waiting(&self, _port: &PortId) -> PortWaiting {
        self.waiting
    }

    async fn supersede(&self, _: Arc<Command>, _: Timestamp) -> Result<EndedCommands, StoreError> {
        let delivered = self.asked.lock().unwrap().len();
        self.log.lock().unwrap().superseded_after.push(delivered);
        self.answer(()).map(|stored| stored.ended_commands)
    }

    async fn record(&self, _records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        panic!("the router records behind the answer, not here")
    }

    async fn cancel(&self, _: CommandId, _: Timestamp) -> Result<Cancelled, StoreError> {
        panic!("nobody cancels")
    }

    async fn cancel_batch(
        &self,
        _: BatchId,
        _: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        panic!("nobody cancels")
    }
}

struct FakeRecorder(Arc<Mutex<Log>>);

impl Recorder for FakeRecorder {
    fn record(&self, record: DirectRecord) {
        self.0.lock().unwrap().recorded.push(record);
    }

    fn ended(&self, _ended_commands: EndedCommands) {}
}

struct Queued {
    router: Router<Scripted, OneDevice, Still, FakeQueue>,
    fences: Arc<Fences>,
    meanwhile: Arc<Mutex<Option<Action>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    log: Arc<Mutex<Log>>,
    availability: Arc<StoreAvailability>,
}

impl Queued {
    fn answering(outcome: Outcome) -> Self {
        Self::with(outcome, PortWaiting::default(), None)
    }

    fn with(outcome: Outcome, waiting: PortWaiting, failure: Option<StoreError>) -> Self {
        let (_, parts) = Venue::parts(outcome);
        let asked = Arc::clone(&parts.transport.asked);
        let log = Arc::new(Mutex::new(Log::default()));
        let queue =
            FakeQueue { log: Arc::clone(&log), waiting, failure, asked: Arc::clone(&asked) };
        let availability = Arc::new(StoreAvailability::up());
        let store = StoreHandles {
            queue,
            availability: Arc::clone(&availability),
            recorder: Arc::new(FakeRecorder(Arc::clone(&log))),
            marker: Arc::new(NoMarker),
        };
        let RouterParts { transport, directory, clock, fences, order, store: _ } = parts;
        let (raised, meanwhile) = (Arc::clone(&fences), Arc::clone(&transport.meanwhile));
        let parts = RouterParts { transport, directory, clock, fences, order, store };
        let router = Router::new(parts, Timeouts::default());
        Self { router, fences: raised, meanwhile, asked, log, availability }
    }

    fn submit(&self, request: Request) -> Result<Answer, Rejection> {
        let Request { target, action, options } = request;
        let submitted = self.router.submit(target, action, options);
        submitted.now_or_never().expect("the fakes never wait")
    }

    fn send(&self, command: &str) -> Answer {
        self.submit(request(command)).unwrap()
    }

    fn bulk(&self, request: BulkRequest) -> Result<venue_routing::BatchAnswer, Rejection> {
        self.router.submit_batch(request).now_or_never().expect("the fakes never wait")
    }

    fn now(&self) -> Timestamp {
        self.router.clock().now()
    }
}

fn request(command: &str) -> Request {
    fake::request(command, "ir-1/2")
}

fn of_class(command: &str, class: Class) -> Request {
    let options = CommandOptions { class: Some(class), ..CommandOptions::default() };
    Request { options, ..request(command) }
}

fn bulk(command: &str, targets: &[&str]) -> BulkRequest {
    let targets = targets.iter().map(|target| target.parse().unwrap());
    BulkRequest::new(fake::action(command), targets.collect())
}

const OFFLINE: Outcome = Outcome::NotSent(NotSent::Offline);
const SILENT: Outcome = Outcome::Unknown(Unknown::NoEvidence);

#[test]
fn what_was_delivered_is_answered_and_recorded_and_not_queued() {
    let venue = Queued::answering(Outcome::Delivered(Evidence::Reply));
    let answer = venue.send("power");
    assert_eq!(answer.status(), Status::Completed);
    let log = venue.log.lock().unwrap();
    assert!(log.enqueued.is_empty());
    assert_eq!(log.recorded[0].command.id, answer.command.id);
    assert_eq!(log.recorded[0].attempt.evidence, Some(Evidence::Reply));
}

#[test]
fn a_device_that_is_offline_falls_back_to_the_queue_with_two_seconds_to_the_first_retry() {
    let venue = Queued::answering(OFFLINE);
    let answer = venue.send("power");
    // After 2 s and 6 s; a third attempt, after 14 s, would come when its life of 10 s is over.
    let until = venue.now().plus(Duration::from_secs(10));
    let patience = Patience { attempts: 2, waits_until: None, until };
    let waits_for = WaitsFor::NextAttempt(first_due(&venue));
    let queued = Handling::Queued { queue_id: ID, first_try: Some(OFFLINE), patience, waits_for };
    assert_eq!(answer.handling, queued);
    let wish = Queued::answering(OFFLINE);
    let Handling::Queued { patience, .. } = wish.send("channel").handling else { panic!("queued") };
    let first = first_due(&wish);
    assert_eq!(patience.until, first.plus(Duration::from_secs(12)));
    assert_eq!(answer.status(), Status::Pending);
    assert_eq!(answer.routing_method(), RoutingMethod::DirectFailedQueued);
    assert!(answer.durable);
    let log = venue.log.lock().unwrap();
    let new = &log.enqueued[0];
    for due in [first, first_due_of(new)] {
        let (soonest, latest) = (Duration::from_millis(1_600), Duration::from_millis(2_400));
        assert!((venue.now().plus(soonest)..=venue.now().plus(latest)).contains(&due));
    }
    assert_eq!(new.command.key, answer.command.key, "a retry never gets a newer place");
    assert_eq!((new.priority.number(), new.max_attempts.number()), (10, 3));
    assert!(new.direct_attempt.is_some() && log.recorded.is_empty());
}

fn first_due(venue: &Queued) -> Timestamp {
    first_due_of(&venue.log.lock().unwrap().enqueued[0])
}

fn first_due_of(new: &NewCommand) -> Timestamp {
    let Due::At(due) = new.due else { panic!("{:?}", new.due) };
    due
}

#[test]
fn a_try_that_was_overtaken_is_not_stored_to_be_tried_again() {
    for (outcome, status) in [(OFFLINE, Status::Superseded), (SILENT, Status::Unknown)] {
        let venue = Queued::answering(outcome);
        *venue.meanwhile.lock().unwrap() = Some(Action::ChannelUp);
        assert_eq!(venue.send("channel").status(), status);
        let log = venue.log.lock().unwrap();
        assert!(log.enqueued.is_empty() && log.recorded[0].superseded_by.is_some());
        assert_eq!(log.recorded[0].status(), status);
        assert_eq!(log.recorded[0].reason(), Reason::Superseded);
    }
}

#[test]
fn what_left_and_was_overtaken_may_have_acted_whatever_it_is_and_whether_or_not_there_is_a_store() {
    for (action, newer) in [("power", Action::PowerOff), ("channel", Action::ChannelUp)] {
        for has_store in [true, false] {
            let venue = Queued::answering(SILENT);
            if !has_store {
                venue.availability.mark_down();
            }
            *venue.meanwhile.lock().unwrap() = Some(newer.clone());
            let answer = venue.send(action);
            let Handling::Overtaken { unknown, by, .. } = answer.handling else {
                panic!("{action}: {answer:?}")
            };
            assert_eq!(unknown, Unknown::NoEvidence);
            assert_eq!((answer.durable, answer.retry_after), (false, None));
            let log = venue.log.lock().unwrap();
            assert_eq!(log.recorded[0].superseded_by, Some(by.command));
            assert_eq!(log.recorded[0].attempt.reason, Reason::NoEvidence);
        }
    }
}

#[test]
fn a_fallback_of_which_the_store_did_not_say_whether_it_has_it_is_told_as_not_known() {
    for (outcome, action) in [(OFFLINE, "power"), (SILENT, "power_on")] {
        let interrupted = Some(StoreError::Interrupted);
        let venue = Queued::with(outcome.clone(), PortWaiting::default(), interrupted);
        let answer = venue.send(action);
        let first_try = Some(outcome);
        assert_eq!(answer.handling, Handling::PerhapsQueued { first_try });
        assert_eq!((answer.status(), answer.durable), (Status::Unknown, false));
        assert_eq!(answer.retry_after, None, "again might be twice");
        let log = venue.log.lock().unwrap();
        assert_eq!(log.enqueued[0].command.id, answer.command.id);
    }
}

#[test]
fn a_key_that_a_later_key_has_passed_is_not_stored_to_come_after_it() {
    let stalled = Outcome::NotSent(NotSent::Stalled);
    let later = fake::action("ok");
    let venue = Queued::answering(stalled.clone());
    *venue.meanwhile.lock().unwrap() = Some(later);
    assert_eq!(venue.send("number").status(), Status::Failed);
    assert!(venue.log.lock().unwrap().enqueued.is_empty());
    let venue = Queued::answering(stalled);
    assert_eq!(venue.send("number").status(), Status::Pending, "alone it is tried again");
}

#[test]
fn an_unknown_toggle_ends_and_an_unknown_wish_is_retried() {
    for toggle in ["power", "mute", "volume_up", "ok", "number"] {
        let venue = Queued::answering(SILENT);
        assert_eq!(venue.send(toggle).status(), Status::Unknown, "{toggle}");
        let log = venue.log.lock().unwrap();
        assert!(log.enqueued.is_empty() && log.recorded.len() == 1, "{toggle}");
    }
    for wish in ["power_on", "channel", "mute_off"] {
        let venue = Queued::answering(SILENT);
        assert_eq!(venue.send(wish).status(), Status::Pending, "{wish}");
        assert_eq!(venue.log.lock().unwrap().enqueued.len(), 1);
    }
}

#[test]
fn a_toggle_that_is_called_power_on_is_never_sent_again_after_unknown() {
    let venue = Queued::answering(SILENT);
    let answer = venue.submit(fake::request("power_on", "ir-1/3")).unwrap();
    assert_eq!(answer.status(), Status::Unknown);
    {
        let log = venue.log.lock().unwrap();
        assert!(log.enqueued.is_empty(), "it would switch the TV off again");
        assert_eq!(log.recorded[0].command.action, Action::Power, "it is shown as what it is");
    }
    let answer = venue.submit(fake::request("power_off", "ir-1/3")).unwrap();
    assert_eq!(answer.status(), Status::Pending, "its code is its own");
}

#[test]
fn a_port_that_has_to_rest_is_queued_for_then_and_no_try_is_counted() {
    let wait = Duration::from_secs(6);
    let venue = Queued::answering(Outcome::NotSent(NotSent::NotBefore { wait }));
    let answer = venue.send("channel");
    assert_eq!(answer.routing_method(), RoutingMethod::Queued);
    let log = venue.log.lock().unwrap();
    assert_eq!(log.enqueued[0].due, Due::At(venue.now().plus(wait)));
    assert_eq!(log.enqueued[0].direct_attempt, None);
}

#[test]
fn waiting_wishes_of_the_slot_are_superseded_durably_before_the_first_byte() {
    // In the order of `EffectGroup::ALL`: power, input, channel, ...
    let one_channel = PortWaiting { by_group: [0, 0, 1, 0, 0, 0, 0], ..PortWaiting::default() };
    let delivered = Outcome::Delivered(Evidence::Reply);
    for (command, expected) in [("channel", vec![0]), ("power_off", vec![0]), ("mute", vec![])] {
        let venue = Queued::with(delivered.clone(), one_channel, None);
        assert_eq!(venue.send(command).status(), Status::Completed);
        assert_eq!(venue.log.lock().unwrap().superseded_after, expected, "{command}");
    }
}

#[test]
fn a_key_joins_the_queue_behind_earlier_keys_of_its_port() {
    let keys = PortWaiting { by_group: [0, 0, 0, 0, 0, 2, 0], sequence_keys: 2 };
    let venue = Queued::with(Outcome::Delivered(Evidence::Reply), keys, None);
    let answer = venue.send("ok");
    let first_try = matches!(answer.handling, Handling::Queued { first_try: None, .. });
    assert!(first_try && answer.status() == Status::Pending, "{answer:?}");
    assert!(venue.asked.lock().unwrap().is_empty(), "nothing was tried");
    assert_eq!(venue.log.lock().unwrap().enqueued[0].due, Due::Now);
    assert_eq!(venue.send("channel").status(), Status::Completed, "a wish does not wait for keys");
}

#[test]
fn a_store_that_fails_makes_the_service_direct_only_and_the_answer_honest() {
    let venue = Queued::with(OFFLINE, PortWaiting::default(), Some(StoreError::Full));
    assert_eq!(venue.router.mode(), Mode::Normal);
    let answer = venue.send("power_on");
    assert_eq!((answer.status(), answer.durable), (Status::Failed, false));
    assert_eq!(venue.log.lock().unwrap().recorded.len(), 1, "kept for the history");
    assert_eq!(venue.router.mode(), Mode::DirectOnly);
    let refused = venue.bulk(bulk("power_on", &["ir-1/2"])).unwrap_err();
    assert!(matches!(refused, Rejection::StoreDown { .. }), "{refused}");
}

#[test]
fn an_overloaded_store_refuses_the_request_and_stays_in_use() {
    let failure = Some(StoreError::Overloaded);
    let venue = Queued::with(OFFLINE, PortWaiting::default(), failure);
    let refused = venue.bulk(bulk("power_on", &["ir-1/2"])).unwrap_err();
    assert_eq!(refused.code(), "store_overloaded");
    assert_eq!(venue.router.mode(), Mode::Normal);
}

#[test]
fn what_the_store_refuses_was_not_accepted_and_outranks_nothing() {
    let one = ["ir-1/2"];
    let bulk_class = || of_class("channel", Class::Bulk);
    for failure in [StoreError::Full, StoreError::Overloaded] {
        let venue = Queued::with(OFFLINE, PortWaiting::default(), Some(failure.clone()));
        assert!(venue.submit(bulk_class()).is_err());
        assert_eq!(venue.fences.entries(), [], "{failure}");
        let venue = Queued::with(OFFLINE, PortWaiting::default(), Some(failure.clone()));
        assert!(venue.bulk(bulk("channel", &one)).is_err());
        assert_eq!(venue.fences.entries(), [], "{failure}");
    }
    let unknown = Some(StoreError::Interrupted);
    let venue = Queued::with(OFFLINE, PortWaiting::default(), unknown);
    assert!(venue.bulk(bulk("channel", &one)).is_err());
    assert_eq!(venue.fences.entries().len(), 1, "it may be there");
    let venue = Queued::answering(OFFLINE);
    assert!(venue.submit(bulk_class()).is_ok());
    assert_eq!(venue.fences.entries().len(), 1);
}

#[test]
fn a_key_whose_store_fails_as_it_joins_is_sent_past_those_that_wait() {
    let keys = PortWaiting { by_group: [0, 0, 0, 0, 0, 2, 0], sequence_keys: 2 };
    let delivered = Outcome::Delivered(Evidence::Reply);
    let venue = Queued::with(delivered.clone(), keys, Some(StoreError::Full));
    let answer = venue.send("ok");
    assert_eq!((answer.status(), answer.durable), (Status::Completed, false));
    let mut older = (*answer.command).clone();
    older.key.sequence -= 1;
    assert!(venue.fences.bypassed_by(&older).is_some(), "they are too late when it is back");
    let venue = Queued::with(delivered, keys, Some(StoreError::Interrupted));
    let answer = venue.send("ok");
    assert_eq!(answer.handling, Handling::PerhapsQueued { first_try: None }, "it may be stored");
    assert!(venue.asked.lock().unwrap().is_empty());
}

/// A request to try a code that does what `nature` says to the input.
fn trying(nature: Nature, group: EffectGroup) -> Request {
    let code = TriedCode { code: "nec1:4,11".to_owned(), sends: None, emitter: None };
    let action = CustomAction::trying("try_input_hdmi1", code, nature, group).unwrap().into();
    Request { action, ..fake::request("power", "ir-1/1") }
}

#[test]
fn a_code_that_is_tried_never_goes_into_the_queue() {
    let outcomes = [
        Outcome::NotSent(NotSent::Offline),
        Outcome::Unknown(Unknown::NoEvidence),
        Outcome::NotSent(NotSent::NotBefore { wait: Duration::from_secs(8) }),
    ];
    for outcome in outcomes {
        let venue = Queued::answering(outcome.clone());
        let Request { target, action, options } = trying(Nature::Absolute, EffectGroup::Input);
        let submitted = venue.router.submit(target, action, options).now_or_never().unwrap();
        let answer = submitted.unwrap();
        let expected = Delivery::Ended { outcome, took: Duration::from_millis(7) };
        assert_eq!(answer.handling, Handling::Direct(expected));
        let log = venue.log.lock().unwrap();
        assert_eq!((log.enqueued.len(), log.recorded.len()), (0, 1), "it is in the history alone");
    }
}

#[test]
fn a_code_that_is_tried_supersedes_what_waits_and_goes_before_no_key_that_does() {
    let mut by_group = [0; EffectGroup::ALL.len()];
    by_group[1] = 1;
    let waiting = PortWaiting { by_group, sequence_keys: 0 };
    let delivered = Outcome::Delivered(Evidence::InfraredComplete);
    let venue = Queued::with(delivered.clone(), waiting, None);
    let Request { target, action, options } = trying(Nature::Absolute, EffectGroup::Input);
    let submitted = venue.router.submit(target, action, options).now_or_never().unwrap();
    assert_eq!(submitted.unwrap().status(), Status::Completed);
    assert_eq!(venue.log.lock().unwrap().superseded_after, [0], "durably, before its first byte");

    let waiting = PortWaiting { sequence_keys: 2, ..PortWaiting::default() };
    let venue = Queued::with(delivered, waiting, None);
    let Request { target, action, options } = trying(Nature::Sequence, EffectGroup::Navigation);
    let submitted = venue.router.submit(target, action, options).now_or_never().unwrap();
    let busy = Outcome::NotSent(NotSent::LaneBusy);
    let expected = Delivery::Ended { outcome: busy, took: Duration::ZERO };
    assert_eq!(submitted.unwrap().handling, Handling::Direct(expected));
    assert_eq!(venue.asked.lock().unwrap().len(), 0, "nothing was sent");
}
