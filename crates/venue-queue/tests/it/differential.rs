//! Random stories told to both stores: every answer must be the same.
//!
//! The store in memory counts afresh what the one in SQLite keeps in step, so a count, an index
//! or a fence that is forgotten in any path shows as a difference.

use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use venue_conformance::Store;
use venue_domain::{
    Actor, Attempt, BatchId, Claim, ClaimTicket, Class, Command, CommandId, DirectRecord, Due,
    EndedCommands, HistoryQuery, Hostname, MaxAttempts, NewBatch, NewCommand, OrderKey, PortId,
    PortIndex, PortSet, PreviousShutdown, Priority, Promotion, QueueView, Reason, Settlement,
    SupersededBy, Timestamp, testing,
};
use venue_queue::MemoryStore;

use crate::sqlite::Sqlite;

const ACTIONS: [&str; 10] = [
    "power",
    "power_on",
    "power_off",
    "channel",
    "channel_up",
    "number",
    "ok",
    "volume_up",
    "mute_on",
    "refresh_capabilities",
];

const REASONS: [Reason; 6] = [
    Reason::Delivered,
    Reason::Refused,
    Reason::DeviceOffline,
    Reason::LaneBusy,
    Reason::NoEvidence,
    Reason::SessionLost,
];

/// What is wished: an action for a port, by some caller.
#[derive(Clone, Copy, Debug)]
struct Wish {
    action: usize,
    device: u8,
    port: u8,
    caller: u8,
    /// How much older than now its place in the order is.
    age: u8,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Enqueue {
        wish: Wish,
        due: u8,
        attempts: u8,
        direct: Option<usize>,
    },
    Batch {
        wish: Wish,
        ports: u8,
    },
    Supersede(Wish),
    Record {
        wish: Wish,
        reason: usize,
    },
    /// Of one device, with these of its ports busy.
    Claim(u8, u8),
    Settle {
        claim: usize,
        how: u8,
        reason: usize,
        wait: u8,
    },
    /// All that one device has to do.
    PassOver {
        device: u8,
        how: u8,
        reason: usize,
        wait: u8,
    },
    Promote,
    Wake(u8),
    Expire,
    Rescue,
    Cancel(usize),
    CancelBatch(usize),
    Restart(bool),
    Pass(u16),
}

fn wish() -> impl Strategy<Value = Wish> {
    (0..ACTIONS.len(), 0..3u8, 1..3u8, 0..3u8, 0..4u8)
        .prop_map(|(action, device, port, caller, age)| Wish { action, device, port, caller, age })
}

fn event() -> impl Strategy<Value = Event> {
    let reason = || 0..REASONS.len();
    prop_oneof![
        6 => (wish(), 0..4u8, 1..4u8, proptest::option::of(1..REASONS.len()))
            .prop_map(|(wish, due, attempts, direct)| Event::Enqueue { wish, due, attempts, direct }),
        2 => (wish(), 1..3u8).prop_map(|(wish, ports)| Event::Batch { wish, ports }),
        1 => wish().prop_map(Event::Supersede),
        2 => (wish(), reason()).prop_map(|(wish, reason)| Event::Record { wish, reason }),
        6 => (0..3u8, prop_oneof![Just(0), 0..8u8]).prop_map(|(device, busy)| Event::Claim(device, busy)),
        6 => (any::<usize>(), 0..5u8, reason(), 0..4u8)
            .prop_map(|(claim, how, reason, wait)| Event::Settle { claim, how, reason, wait }),
        2 => (0..3u8, 0..5u8, reason(), 1..4u8)
            .prop_map(|(device, how, reason, wait)| Event::PassOver { device, how, reason, wait }),
        3 => Just(Event::Promote),
        1 => (0..3u8).prop_map(Event::Wake),
        1 => Just(Event::Expire),
        1 => Just(Event::Rescue),
        1 => any::<usize>().prop_map(Event::Cancel),
        1 => any::<usize>().prop_map(Event::CancelBatch),
        1 => any::<bool>().prop_map(Event::Restart),
        3 => (0..9_000u16).prop_map(Event::Pass),
    ]
}

fn device(number: u8) -> Hostname {
    format!("ir-{number}").parse().unwrap()
}

/// Everything that a story remembers; it makes the same commands for both stores.
#[derive(Default)]
struct Story {
    now: i64,
    sequence: u64,
    commands: Vec<CommandId>,
    batches: Vec<BatchId>,
    tickets: Vec<ClaimTicket>,
}

impl Story {
    fn at(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_788_900_000_000 + self.now)
    }

    fn key(&mut self) -> OrderKey {
        self.sequence += 1;
        OrderKey::at(self.at(), self.sequence)
    }

    fn command(&mut self, wish: Wish, class: Class) -> Command {
        self.now += 1;
        let name = ACTIONS[wish.action];
        let action = testing::action(name);
        let port = if action.is_infrared() { wish.port } else { 0 };
        let target = format!("ir-{}/{port}", wish.device);
        let key = self.key();
        let instant =
            key.instant.venue_time().minus(Duration::from_millis(3 * u64::from(wish.age)));
        let command = Command {
            class: action.own_class().unwrap_or(class),
            actor: Actor { name: Some(format!("caller-{}", wish.caller)), address: None },
            key: OrderKey::at(instant, key.sequence),
            expires_at: self.at().plus(Duration::from_secs(20)),
            ..testing::command(name, &target, self.at(), key.sequence)
        };
        self.commands.push(command.id);
        command
    }

    fn attempt(&self, reason: usize) -> Attempt {
        Attempt {
            started_at: self.at(),
            took: Duration::from_millis(7),
            reason: REASONS[reason],
            evidence: None,
            detail: None,
        }
    }

    fn new_command(
        &mut self,
        wish: Wish,
        due: u8,
        attempts: u8,
        direct: Option<usize>,
    ) -> NewCommand {
        let command = self.command(wish, Class::Interactive);
        let at = self.at().plus(Duration::from_millis(u64::from(due) * 900));
        let due = match due {
            0 | 1 => Due::Now,
            2 => Due::At(at),
            _ => Due::Scheduled { at, wish: None },
        };
        let attempts = MaxAttempts::try_from(i64::from(attempts)).unwrap();
        let direct_attempt = direct.map(|reason| self.attempt(reason));
        let priority = Priority::try_from(i64::from(wish.caller) * 5).unwrap();
        let wait_for_device = Duration::from_secs(u64::from(wish.caller / 2) * 5);
        NewCommand {
            due,
            direct_attempt,
            wait_for_device,
            ..NewCommand::new(command, priority, attempts)
        }
    }

    fn new_batch(&mut self, wish: Wish, ports: u8) -> NewBatch {
        let id: BatchId = format!("b-{}", self.batches.len()).parse().unwrap();
        self.batches.push(id.clone());
        let commands = (1..=ports).flat_map(|port| (0..3).map(move |device| (device, port)));
        let commands = commands.map(|(device, port)| {
            let command = self.command(Wish { device, port, ..wish }, Class::Bulk);
            NewCommand::new(command, Priority::BULK, MaxAttempts::default())
        });
        let commands = commands.collect();
        let (actor, created_at) = (Actor::default(), self.at());
        NewBatch { id, actor, created_at, commands, rejected: 0, duplicates: 0, notes: None }
    }

    fn settlement(&mut self, how: u8, reason: usize, wait: u8) -> Settlement {
        let due_at = self.at().plus(Duration::from_millis(u64::from(wait) * 1_000));
        match how {
            0 | 1 => Settlement::Finish { attempt: self.attempt(reason) },
            2 | 3 => Settlement::Retry { attempt: self.attempt(reason), due_at },
            _ if wait == 3 => {
                let by = SupersededBy { key: self.key(), command: CommandId::generate() };
                Settlement::Superseded { by }
            }
            _ => Settlement::Release { due_at },
        }
    }
}

/// The same, whatever the order in which commands ended within one change.
fn sorted(mut ended_commands: EndedCommands) -> EndedCommands {
    ended_commands.ended.sort_by_key(|ended| ended.queue_id);
    ended_commands.finished_batches.sort();
    ended_commands
}

/// What a store answers to an event, as text to compare.
async fn answer(store: &impl Store, told: &Told) -> String {
    let now = told.now;
    match told.what.clone() {
        What::Enqueue(new) => {
            let stored = store.enqueue(*new).await.unwrap();
            format!("{:?} {:?}", stored.answer, sorted(stored.ended_commands))
        }
        What::Batch(batch) => {
            let stored = store.create_batch(*batch).await.unwrap();
            format!("{:?} {:?}", stored.answer, sorted(stored.ended_commands))
        }
        What::Supersede(command) => {
            format!("{:?}", sorted(store.supersede(command, now).await.unwrap()))
        }
        What::Record(record) => format!("{:?}", sorted(store.record(vec![*record]).await.unwrap())),
        What::Claim(device, busy) => {
            let lease_until = now.plus(Duration::from_secs(5));
            let claimed = store.claim(device, busy, lease_until, now).await.unwrap();
            format!(
                "{:?} {:?} {:?}",
                claimed.claim,
                claimed.next_due,
                sorted(claimed.ended_commands)
            )
        }
        What::Settle(ticket, settlement) => {
            let settled = store.settle(ticket, *settlement, now).await.unwrap();
            format!(
                "{:?} {:?} {:?}",
                settled.status,
                settled.next_due,
                sorted(settled.ended_commands)
            )
        }
        What::PassOver(device, settlement) => {
            let rule = Arc::new(move |_: &Claim| (*settlement).clone());
            let passed = store.pass_over(device, rule, now).await.unwrap();
            let ended_commands = sorted(passed.ended_commands);
            format!("{:?} {:?} {ended_commands:?}", passed.more, passed.next_due)
        }
        What::Promote(scheduled) => {
            let promoted = store.promote(scheduled, now).await.unwrap();
            let ended_commands = sorted(promoted.ended_commands);
            format!("{:?} {:?} {ended_commands:?}", promoted.devices, promoted.next_due)
        }
        What::Wake(device) => format!("{:?}", store.wake(device, now).await),
        What::Expire => {
            let expired = store.expire(now).await.unwrap();
            format!("{:?} {:?}", expired.next_expiry, sorted(expired.ended_commands))
        }
        What::Rescue => {
            let rescued = store.rescue(now).await.unwrap();
            format!("{:?} {:?}", rescued.devices, sorted(rescued.ended_commands))
        }
        What::Cancel(id) => format!("{:?}", store.cancel(id, now).await),
        What::CancelBatch(id) => {
            let cancelled = store.cancel_batch(id, now).await.unwrap();
            let cancelled = cancelled.map(|batch| (batch.in_flight, sorted(batch.ended_commands)));
            format!("{cancelled:?}")
        }
        What::Start(stop) => {
            let mut start = store.start(stop, now).await.unwrap();
            start.rescued.ended_commands = sorted(start.rescued.ended_commands);
            format!("{start:?}")
        }
    }
}

/// An event with its moment and its values, to be told to both.
#[derive(Clone, Debug)]
struct Told {
    now: Timestamp,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Enqueue(Box<NewCommand>),
    Batch(Box<NewBatch>),
    Supersede(Arc<Command>),
    Record(Box<DirectRecord>),
    Claim(Hostname, PortSet),
    Settle(ClaimTicket, Box<Settlement>),
    PassOver(Hostname, Box<Settlement>),
    Promote(Vec<Promotion>),
    Wake(Hostname),
    Expire,
    Rescue,
    Cancel(CommandId),
    CancelBatch(BatchId),
    Start(PreviousShutdown),
}

impl Story {
    async fn tell(&mut self, event: Event, store: &impl Store) -> Option<Told> {
        let what = match event {
            Event::Enqueue { wish, due, attempts, direct } => {
                What::Enqueue(self.new_command(wish, due, attempts, direct).into())
            }
            Event::Batch { wish, ports } => What::Batch(self.new_batch(wish, ports).into()),
            Event::Supersede(wish) => {
                What::Supersede(self.command(wish, Class::Interactive).into())
            }
            Event::Record { wish, reason } => {
                let command = self.command(wish, Class::Interactive).into();
                let attempt = self.attempt(reason);
                What::Record(DirectRecord { command, attempt, superseded_by: None }.into())
            }
            Event::Claim(number, busy) => {
                let ports = (0..3).filter(|port| busy >> port & 1 == 1);
                let busy = ports.map(|port| PortIndex::try_from(port).unwrap()).collect();
                What::Claim(device(number), busy)
            }
            Event::Settle { claim, how, reason, wait } => {
                let ticket = *self.tickets.get(claim.checked_rem(self.tickets.len())?)?;
                What::Settle(ticket, self.settlement(how, reason, wait).into())
            }
            Event::PassOver { device: number, how, reason, wait } => {
                What::PassOver(device(number), self.settlement(how, reason, wait).into())
            }
            Event::Promote => {
                let soon = self.at().plus(Duration::from_millis(1));
                let upcoming = store.upcoming(soon, 10).await.unwrap();
                let place = |upcoming: venue_domain::ScheduledCommand| {
                    let (queue_id, key, due_at) = (upcoming.queue_id, self.key(), upcoming.due_at);
                    // By a clock that the store may not know.
                    let due_at = due_at.minus(Duration::from_millis(key.sequence % 3 * 400));
                    Promotion { queue_id, key, due_at }
                };
                What::Promote(upcoming.into_iter().map(place).collect())
            }
            Event::Wake(number) => What::Wake(device(number)),
            Event::Expire => What::Expire,
            Event::Rescue => What::Rescue,
            Event::Cancel(which) => {
                What::Cancel(*self.commands.get(which.checked_rem(self.commands.len())?)?)
            }
            Event::CancelBatch(which) => {
                let batch = self.batches.get(which.checked_rem(self.batches.len())?)?;
                What::CancelBatch(batch.clone())
            }
            Event::Restart(clean) => {
                What::Start(if clean { PreviousShutdown::Clean } else { PreviousShutdown::Unclean })
            }
            Event::Pass(ms) => {
                self.now += i64::from(ms);
                return None;
            }
        };
        Some(Told { now: self.at(), what })
    }
}

/// Everything that is shown of a store, as text to compare.
async fn shown(store: &impl Store, story: &Story) -> String {
    let mut text = format!("{:?}\n", store.metrics(story.at()).await.unwrap());
    for (device, port) in (0..3).flat_map(|device| (0..3).map(move |port| (device, port))) {
        let port: PortId = format!("ir-{device}/{port}").parse().unwrap();
        text += &format!("{port} {:?}\n", store.waiting(&port));
    }
    text += &format!("{:#?}\n", store.open_commands(None, None, 1_000).await.unwrap());
    for id in &story.batches {
        text += &format!("{:#?}\n", store.batch(id.clone()).await.unwrap());
        text += &format!("{:?}\n", store.retryable(id.clone()).await.unwrap());
        text += &format!("{:?}\n", store.before_batch(id.clone()).await.unwrap());
    }
    let mut fences = store.fences().await.unwrap();
    fences.sort_by(|one, other| one.slot.cmp(&other.slot));
    text + &format!("{fences:#?}\n")
}

/// Every command with its attempts, and the ports.
async fn accounts(store: &impl Store, story: &Story) -> String {
    let mut text = String::new();
    for id in &story.commands {
        text += &format!("{:#?}\n", store.command(*id).await.unwrap());
    }
    for number in 0..3 {
        text += &format!("{:#?}\n", store.port_status(Some(device(number))).await.unwrap());
    }
    let query = HistoryQuery { limit: 1_000, ..HistoryQuery::default() };
    let page = store.history(query).await.unwrap();
    let mut ids: Vec<_> = page.items.iter().map(|record| record.id).collect();
    ids.sort();
    text + &format!("{ids:?}")
}

async fn compare(events: Vec<Event>) -> Result<(), TestCaseError> {
    let folder = Sqlite::fast();
    let mut sqlite = folder.open();
    let memory = MemoryStore::new();
    let mut story = Story::default();
    for event in events {
        let Some(told) = story.tell(event, &memory).await else { continue };
        if matches!(told.what, What::Start(_)) {
            sqlite.close().await;
            sqlite = folder.open();
        }
        let expected = answer(&memory, &told).await;
        prop_assert_eq!(&answer(&sqlite, &told).await, &expected, "{:?}", told);
        if let What::Claim(..) = told.what {
            let open = memory.open_commands(None, None, 1_000).await.unwrap();
            for record in open {
                let queue_id = record.queue_id.unwrap();
                // Stale tickets stay in the story: a late result must change nothing.
                story.tickets.extend((1..4).map(|number| ClaimTicket { queue_id, number }));
            }
        }
        prop_assert_eq!(shown(&sqlite, &story).await, shown(&memory, &story).await, "{:?}", told);
        prop_assert_eq!(sqlite.compare_queue().await, Ok(true), "{:?}", told);
    }
    prop_assert_eq!(sqlite.queue_differences(), 0);
    prop_assert_eq!(accounts(&sqlite, &story).await, accounts(&memory, &story).await);
    Ok(())
}

/// Some dozens of stories, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let given = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { 48 };
    ProptestConfig { cases, ..given }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn both_stores_tell_the_same_story(events in proptest::collection::vec(event(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(compare(events))?;
    }
}
