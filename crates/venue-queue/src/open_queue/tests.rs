//! Random changes of a queue, held against the same changes of a plain list that is searched from end to end.

use std::cmp::Reverse;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Put(Facts),
    Remove(i64),
    Commit,
    Mark,
    RollBack,
}

/// The facts of a command, by small numbers, so that many of them meet.
#[derive(Clone, Copy, Debug)]
struct Facts {
    id: i64,
    device: u8,
    port: u8,
    priority: i8,
    turn: i64,
    at: i64,
    expires_at: i64,
    order: i64,
    group: u8,
    standing: u8,
    placed: bool,
    kind: u8,
    waits_for_session: bool,
}

fn facts() -> impl Strategy<Value = Facts> {
    let place = (0..24i64, 0..3u8, 1..4u8, -1..2i8, 0..5i64);
    let times = (0..9i64, 0..9i64, 0..9i64, 0..4u8);
    let kind = (0..4u8, any::<bool>(), 0..3u8, any::<bool>());
    (place, times, kind).prop_map(|(place, times, kind)| {
        let (id, device, port, priority, turn) = place;
        let (at, expires_at, order, group) = times;
        let (standing, placed, kind, waits_for_session) = kind;
        Facts {
            id,
            device,
            port,
            priority,
            turn,
            at,
            expires_at,
            order,
            group,
            standing,
            placed,
            kind,
            waits_for_session,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => facts().prop_map(Step::Put),
        4 => (0..24i64).prop_map(Step::Remove),
        1 => Just(Step::Commit),
        1 => Just(Step::Mark),
        1 => Just(Step::RollBack),
    ]
}

fn at(number: i64) -> Timestamp {
    Timestamp::from_unix_ms(number)
}

fn name(device: u8) -> Hostname {
    format!("ir-{device}").parse().unwrap()
}

fn command(queue: &mut OpenQueue, facts: Facts) -> OpenCommand {
    let standing = match facts.standing {
        0 | 1 if facts.placed => Standing::Ready,
        2 if facts.placed => Standing::InFlight,
        _ => Standing::Later,
    };
    let groups = [EffectGroup::Power, EffectGroup::Channel, EffectGroup::Volume];
    OpenCommand {
        id: QueueId::new(facts.id),
        order: OrderKey::at(at(facts.order), 0),
        turn: facts.turn,
        at: at(facts.at),
        expires_at: at(facts.expires_at),
        device: queue.number(&name(facts.device)),
        claims: 0,
        port: i64::from(facts.port).try_into().unwrap(),
        priority: i64::from(facts.priority).try_into().unwrap(),
        group: groups.get(usize::from(facts.group)).copied(),
        standing,
        placed: facts.placed,
        sets_state: facts.kind == 0,
        is_sequence_key: facts.kind == 2,
        waits_for_session: facts.waits_for_session,
    }
}

/// Everything that is asked of a queue, of the list.
struct List(Vec<OpenCommand>);

impl List {
    fn waiting(&self) -> impl Iterator<Item = &OpenCommand> + Clone {
        self.0.iter().filter(|command| command.is_waiting())
    }

    fn of(&self, device: DeviceNumber, standing: Standing) -> Vec<&OpenCommand> {
        let all = self.0.iter();
        all.filter(|command| command.device == device && command.standing == standing).collect()
    }

    fn first_ready(&self, device: DeviceNumber, busy: PortSet) -> Option<OpenCommand> {
        let ready = self.of(device, Standing::Ready).into_iter();
        let free = ready.filter(|command| !busy.contains(command.port));
        free.min_by_key(|one| (Reverse(one.priority), one.turn, one.id)).copied()
    }

    fn first_later(&self, device: DeviceNumber) -> Option<Timestamp> {
        self.of(device, Standing::Later).into_iter().map(|command| command.at).min()
    }

    fn first_key(&self, of: &OpenCommand) -> Option<OpenCommand> {
        let keys = self.waiting().filter(|command| {
            command.placed
                && command.is_sequence_key
                && (command.device, command.port) == (of.device, of.port)
        });
        keys.min_by_key(|command| (command.order, command.id)).copied()
    }

    fn ids<'a>(commands: impl Iterator<Item = &'a OpenCommand>) -> Vec<QueueId> {
        let mut ids: Vec<_> = commands.map(|command| command.id).collect();
        ids.sort_unstable();
        ids
    }
}

fn sorted(mut ids: Vec<QueueId>) -> Vec<QueueId> {
    ids.sort_unstable();
    ids
}

fn compare(queue: &OpenQueue, list: &List) {
    assert_eq!(queue.fault(), None);
    let found = List::ids(queue.iter());
    assert_eq!(found, List::ids(list.0.iter()));
    let later = list.waiting().filter(|command| command.standing == Standing::Later);
    assert_eq!(queue.next_due(), later.clone().map(|command| command.at).min());
    assert_eq!(queue.next_expiry(), list.waiting().map(|command| command.expires_at).min());
    let due = later.filter(|command| command.placed && command.at <= at(4));
    assert_eq!(sorted(queue.due(at(4), 99)), List::ids(due));
    let overdue = list.waiting().filter(|command| command.expires_at <= at(4));
    assert_eq!(sorted(queue.overdue(at(4), 99)), List::ids(overdue));
    assert!(queue.overdue(at(9), 2).len() <= 2);
    let in_flight = list.0.iter().filter(|command| !command.is_waiting());
    let over = in_flight.clone().filter(|command| command.at <= at(4));
    assert_eq!(sorted(queue.in_flight(at(4))), List::ids(over));
    for number in 0..3 {
        let device = name(number);
        let Some(own) = queue.numbers.get(&device).copied() else { continue };
        compare_device(queue, list, &device, own);
    }
}

fn compare_device(queue: &OpenQueue, list: &List, device: &Hostname, own: DeviceNumber) {
    let busy: PortSet = [PortIndex::try_from(2).unwrap()].into_iter().collect();
    for busy in [PortSet::EMPTY, busy] {
        assert_eq!(queue.first_ready(device, busy), list.first_ready(own, busy));
    }
    assert_eq!(queue.first_later(device), list.first_later(own));
    let ready = list.of(own, Standing::Ready);
    assert_eq!(queue.has_ready(device), !ready.is_empty());
    for key in ready.iter().filter(|command| command.is_sequence_key) {
        assert_eq!(queue.first_key(key), list.first_key(key));
    }
    let waiting = list.waiting().filter(|command| command.device == own);
    assert_eq!(queue.waiting_of(device), List::ids(waiting));
    let in_flight = list.of(own, Standing::InFlight);
    assert_eq!(sorted(queue.in_flight_of(device)), List::ids(in_flight.into_iter()));
    let later = list.of(own, Standing::Later);
    let session = later.iter().copied().filter(|one| one.placed && one.waits_for_session);
    assert_eq!(sorted(queue.waiting_for_session(device)), List::ids(session));
    let behind = later.iter().copied().filter(|one| {
        let has_ready = ready.iter().any(|other| other.is_sequence_key && other.port == one.port);
        one.placed && one.is_sequence_key && has_ready
    });
    assert_eq!(sorted(queue.waiting_behind_ready_keys(device)), List::ids(behind));
    let one = PortIndex::try_from(1).unwrap();
    let key = OrderKey::at(at(5), 0);
    for (group, what) in [
        (EffectGroup::Power, Replaced::Everything),
        (EffectGroup::Channel, Replaced::Everything),
        (EffectGroup::Channel, Replaced::Setting),
    ] {
        let older = list.waiting().filter(|command| {
            command.placed
                && (command.device, command.port, command.group) == (own, one, Some(group))
                && (command.sets_state || what == Replaced::Everything)
                && command.order < key
        });
        assert_eq!(queue.older_in_slot(device, one, group, what, key), List::ids(older));
    }
}

fn run(steps: Vec<Step>) {
    let (mut queue, mut list) = (OpenQueue::default(), List(Vec::new()));
    let mut committed = Vec::new();
    let mut marked: Option<(Mark, Vec<OpenCommand>)> = None;
    for step in steps {
        match step {
            Step::Put(facts) => {
                let command = command(&mut queue, facts);
                queue.put(command);
                list.0.retain(|known| known.id != command.id);
                list.0.push(command);
            }
            Step::Remove(id) => {
                queue.remove(QueueId::new(id));
                list.0.retain(|known| known.id != QueueId::new(id));
            }
            Step::Commit => {
                queue.commit();
                (committed, marked) = (list.0.clone(), None);
            }
            Step::Mark => marked = Some((queue.mark(), list.0.clone())),
            Step::RollBack => {
                let (mark, before) =
                    marked.clone().unwrap_or_else(|| (OpenQueue::COMMITTED, committed.clone()));
                queue.roll_back_to(mark);
                list.0 = before;
            }
        }
        compare(&queue, &list);
    }
    queue.roll_back_to(OpenQueue::COMMITTED);
    compare(&queue, &List(committed));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_question_is_answered_as_a_search_of_all_would(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        run(steps);
    }
}

fn plain(number: i64) -> Facts {
    Facts {
        id: number,
        device: 0,
        port: 1,
        priority: 0,
        turn: number,
        at: number,
        expires_at: number,
        order: number,
        group: 1,
        standing: 0,
        placed: true,
        kind: 1,
        waits_for_session: false,
    }
}

#[test]
fn what_differs_is_found_whatever_the_devices_are_numbered() {
    let (mut one, mut other) = (OpenQueue::default(), OpenQueue::default());
    other.number(&name(2));
    for number in 0..4 {
        let facts = plain(number);
        let command = command(&mut one, facts);
        one.put(command);
        let command = self::command(&mut other, facts);
        other.put(command);
    }
    assert_eq!(one.difference(&other, Range::default()), None);
    one.change(QueueId::new(2), |command| command.claims = 1);
    assert!(
        one.difference(&other, Range::default()).unwrap().starts_with("2 is "),
        "{:?}",
        one.difference(&other, Range::default())
    );
    one.roll_back_to(OpenQueue::COMMITTED);
    let difference = one.difference(&other, Range::default()).unwrap();
    assert!(difference.ends_with(" is stored, and not in memory"), "{difference}");
}

#[test]
fn a_command_costs_a_hundred_bytes_and_nothing_when_it_is_gone() {
    const COUNT: i64 = 100_000;
    assert!(size_of::<OpenCommand>() <= 64, "{}", size_of::<OpenCommand>());
    let mut queue = OpenQueue::default();
    for number in 0..COUNT {
        let facts =
            Facts { device: (number % 100) as u8, standing: (number % 4) as u8, ..plain(number) };
        let facts = if facts.standing == 2 { Facts { standing: 3, ..facts } } else { facts };
        let command = command(&mut queue, facts);
        queue.put(command);
        queue.commit();
    }
    // A table of the standard library has a place for 8 of 7 entries at best, and one for 16 of 7 at worst.
    let table = queue.by_id.capacity() * 8 / 7 * (size_of::<(QueueId, Slot)>() + 1);
    let lines: usize = queue.devices.iter().map(Device::bytes).sum();
    let all = queue.slab.bytes() + table + lines;
    assert!(all / COUNT as usize <= 120, "{} + {table} + {lines}", queue.slab.bytes());
    for number in 0..COUNT {
        queue.remove(QueueId::new(number));
    }
    queue.commit();
    assert_eq!(queue.slab.bytes() + queue.by_id.capacity(), 0);
    assert_eq!(queue.devices.iter().map(Device::bytes).sum::<usize>(), 0);
}
