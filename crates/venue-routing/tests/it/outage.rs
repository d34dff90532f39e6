//! Direct commands of an outage: what must not be forgotten over a kill, and when it is written.

use std::{
    future::ready,
    pin::pin,
    sync::{Arc, Mutex},
};

use futures_util::FutureExt;
use venue_queue::MemoryStore;
use venue_routing::{
    Answer, Handling, NoQueue, Router, RouterParts, StoreHandles, Timeouts,
    domain::{
        BoxFuture, Cancelled, Class, Command, CommandId, CommandQueue, Evidence, MaxAttempts,
        NewCommand, NoMarker, NotSent, OrderDurability, OutageMarker, Outcome, PreviousShutdown,
        Priority, QueueView, Status, StoreAvailability, Timestamp, testing,
    },
};

use crate::fake::{self, Asked, OneDevice, Request, Scripted, Still, Venue};

/// Notes how many deliveries there had been whenever the mark was set.
struct FakeMarker {
    memory: OrderDurability,
    asked: Arc<Mutex<Vec<Asked>>>,
    set_after: Arc<Mutex<Vec<usize>>>,
    /// The store is back while the mark is being written.
    comes_back: Option<Arc<StoreAvailability>>,
}

impl OutageMarker for FakeMarker {
    fn set(&self) -> BoxFuture<'_, OrderDurability> {
        self.set_after.lock().unwrap().push(self.asked.lock().unwrap().len());
        if let Some(availability) = &self.comes_back {
            availability.mark_up();
        }
        Box::pin(ready(self.memory))
    }

    fn durability(&self) -> OrderDurability {
        self.memory
    }

    fn calls(&self) -> u64 {
        0
    }

    fn clear(&self, _calls: u64) -> BoxFuture<'_, bool> {
        Box::pin(ready(true))
    }

    fn previous_shutdown(&self) -> PreviousShutdown {
        PreviousShutdown::Clean
    }
}

struct Outage {
    router: Router<Scripted, OneDevice, Still>,
    set_after: Arc<Mutex<Vec<usize>>>,
}

impl Outage {
    fn with(memory: OrderDurability) -> Self {
        let (_, parts) = Venue::parts(Outcome::Delivered(Evidence::Reply));
        let set_after = Arc::<Mutex<Vec<usize>>>::default();
        let marker = FakeMarker {
            memory,
            asked: Arc::clone(&parts.transport.asked),
            set_after: Arc::clone(&set_after),
            comes_back: None,
        };
        let store = StoreHandles { marker: Arc::new(marker), ..StoreHandles::none() };
        let router = Router::new(RouterParts { store, ..parts }, Timeouts::default());
        Self { router, set_after }
    }

    fn send(&self, command: &str, target: &str) -> Answer {
        let Request { target, action, options } = fake::request(command, target);
        let submitted = self.router.submit(target, action, options);
        submitted.now_or_never().expect("the fakes never wait").unwrap()
    }

    fn set_after(&self) -> Vec<usize> {
        self.set_after.lock().unwrap().clone()
    }
}

#[test]
fn an_outage_is_marked_before_the_first_byte_of_each_of_its_commands() {
    let outage = Outage::with(OrderDurability::Marked);
    let answer = outage.send("power_on", "ir-1/2");
    assert_eq!((answer.order, answer.durable), (OrderDurability::Marked, false));
    outage.send("ok", "ir-1/2");
    assert_eq!(outage.set_after(), [0, 1]);
}

#[test]
fn steps_that_a_direct_attempt_has_no_time_for_are_refused_with_how_many_it_has() {
    let outage = Outage::with(OrderDurability::Marked);
    let Request { target, action, options } = fake::request("volume_up 20", "ir-1/2");
    let refused = outage.router.submit(target, action, options).now_or_never().unwrap();
    let refused = refused.unwrap_err();
    assert_eq!((refused.code(), refused.field()), ("store_unavailable", Some("steps")));
    assert!(refused.to_string().contains("give at most 16, or try again later"), "{refused}");
    assert_eq!(outage.set_after(), [0; 0], "nothing of it was begun");
    outage.send("volume_up 16", "ir-1/2");
    assert_eq!(outage.set_after(), [0]);
}

#[test]
fn what_has_no_place_in_the_order_needs_no_mark() {
    let outage = Outage::with(OrderDurability::Marked);
    outage.send("diagnostic_signal", "ir-1/0");
    assert!(outage.set_after().is_empty());
}

#[test]
fn an_outage_that_cannot_be_marked_is_told_and_the_command_goes_all_the_same() {
    let outage = Outage::with(OrderDurability::MemoryOnly);
    let answer = outage.send("mute", "ir-1/2");
    assert_eq!(answer.order, OrderDurability::MemoryOnly);
    assert_eq!(outage.router.order_durability(), OrderDurability::MemoryOnly);
}

#[test]
fn a_store_that_is_back_before_the_first_byte_is_told_what_the_command_replaces() {
    let (_, parts) = Venue::parts(Outcome::Delivered(Evidence::Reply));
    let availability = Arc::new(StoreAvailability::down());
    let marker = FakeMarker {
        memory: OrderDurability::Marked,
        asked: Arc::clone(&parts.transport.asked),
        set_after: Arc::default(),
        comes_back: Some(Arc::clone(&availability)),
    };
    let queue = MemoryStore::new();
    let older = waiting("power_off");
    let id = older.command.id;
    queue.enqueue(older).now_or_never().unwrap().unwrap();
    let store = StoreHandles {
        queue: queue.clone(),
        availability,
        recorder: Arc::new(NoQueue),
        marker: Arc::new(marker),
    };
    let RouterParts { transport, directory, clock, fences, order, store: _ } = parts;
    let parts = RouterParts { transport, directory, clock, fences, order, store };
    let router = Router::new(parts, Timeouts::default());
    let Request { target, action, options } = fake::request("power_on", "ir-1/2");
    let answer = router.submit(target, action, options).now_or_never().unwrap().unwrap();
    assert_eq!(answer.order, OrderDurability::Stored);
    let account = queue.command(id).now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(account.record.status, Status::Superseded);
}

#[test]
fn a_store_that_is_being_opened_after_a_start_is_waited_for() {
    let (_, parts) = Venue::parts(Outcome::NotSent(NotSent::Offline));
    let availability = Arc::new(StoreAvailability::opening());
    let store = StoreHandles {
        queue: MemoryStore::new(),
        availability: Arc::clone(&availability),
        recorder: Arc::new(NoQueue),
        marker: Arc::new(NoMarker),
    };
    let RouterParts { transport, directory, clock, fences, order, store: _ } = parts;
    let asked = Arc::clone(&transport.asked);
    let parts = RouterParts { transport, directory, clock, fences, order, store };
    let router = Router::new(parts, Timeouts::default());
    let submit = |command: &str, target: &str| {
        let Request { target, action, options } = fake::request(command, target);
        router.submit(target, action, options)
    };
    // What is never stored does not wait for a store.
    let signal = submit("diagnostic_signal", "ir-1/0").now_or_never();
    assert!(signal.is_some());
    let sent = asked.lock().unwrap().len();
    let mut press = pin!(submit("mute_on", "ir-1/2"));
    let mut cancel = pin!(router.cancel(CommandId::generate()));
    assert!(press.as_mut().now_or_never().is_none(), "it waits");
    assert!(cancel.as_mut().now_or_never().is_none(), "it waits");
    assert_eq!(asked.lock().unwrap().len(), sent, "nothing is sent before that");
    availability.mark_up();
    availability.opening_ended();
    let answer = press.now_or_never().unwrap().unwrap();
    assert!(matches!(answer.handling, Handling::Queued { .. }) && answer.durable, "{answer:?}");
    assert_eq!(cancel.now_or_never().unwrap().unwrap(), Cancelled::NotFound);
}

/// A command that waits in the queue, older than all others.
fn waiting(action: &str) -> NewCommand {
    let at = Timestamp::from_unix_ms;
    let command = Command {
        class: Class::Bulk,
        expires_at: at(9_000_000),
        ..testing::command(action, "ir-1/2", at(1), 1)
    };
    NewCommand::new(command, Priority::BULK, MaxAttempts::default())
}
