use venue_domain::Transmitter;

use super::*;

/// What a device with one transmitter is in.
const STATES: [&str; 7] =
    ["Idle", "Queued", "Claiming", "InFlight", "PassingOver", "Waking", "Orphaned"];

/// What every state makes of every event: the state that follows (`=` if it stays), and what to do. In each
/// state something is due, except where a call has just taken all of it along.
///
/// In the order of [`STATES`]; one cell stands for all seven.
const TABLE: [(&str, &[&str]); 23] = [
    ("due", &["= dirty", "=", "=", "=", "=", "=", "="]),
    ("due, more urgent", &["= dirty", "= move up", "=", "=", "=", "=", "="]),
    ("later", &["= dirty", "=", "=", "=", "=", "=", "="]),
    ("session", &["= dirty", "=", "=", "=", "=", "=", "="]),
    ("evaluated online", &["Queued enqueue", "=", "=", "=", "=", "=", "="]),
    ("evaluated connecting", &["= check in 1s", "=", "=", "=", "=", "=", "="]),
    ("evaluated away", &["PassingOver pass over", "=", "=", "=", "=", "=", "="]),
    ("permit", &["=", "Claiming claim", "=", "=", "=", "=", "="]),
    ("claimed", &["=", "=", "InFlight", "=", "=", "=", "="]),
    ("claimed uncapped", &["=", "=", "Idle dirty", "=", "=", "=", "="]),
    ("nothing claimed", &["=", "=", "Idle dirty", "=", "=", "=", "="]),
    ("claim failed", &["=", "=", "Idle dirty", "=", "=", "=", "="]),
    ("claim lost", &["=", "=", "Orphaned", "=", "=", "=", "="]),
    ("attempt ended", &["="]),
    ("settled", &["=", "=", "=", "Idle dirty", "=", "=", "="]),
    ("settle refused", &["=", "=", "=", "Orphaned", "=", "=", "="]),
    ("passed over", &["=", "=", "=", "=", "Idle dirty", "=", "="]),
    ("pass over failed", &["=", "=", "=", "=", "Idle dirty", "=", "="]),
    ("woken", &["=", "=", "=", "=", "=", "Idle dirty", "="]),
    ("woken for nothing", &["=", "=", "=", "=", "=", "Idle dirty", "="]),
    ("wake failed", &["=", "=", "=", "=", "=", "Idle dirty", "="]),
    ("wake refused", &["=", "=", "=", "=", "=", "Idle dirty", "="]),
    ("rescued", &["= dirty", "=", "=", "=", "=", "=", "Idle dirty"]),
];

fn evaluated(now: Instant, reach: Reach, transmitters: &Transmitters) -> Event {
    Event::Evaluated { now, reach, transmitters: transmitters.clone() }
}

fn event(name: &str, now: Instant) -> Event {
    let (cooldown_until, port) = (Some(now + Duration::from_secs(3)), port(1));
    let due = |priority| Event::Waiting { backlog: Backlog::Due, priority };
    let evaluated = |reach| evaluated(now, reach, &Transmitters::default());
    match name {
        "due" => due(None),
        "due, more urgent" => due(Some(Priority::INTERACTIVE)),
        "later" => Event::Waiting { backlog: Backlog::Later, priority: None },
        "session" => Event::SessionStarted,
        "evaluated online" => evaluated(Reach::Online),
        "evaluated connecting" => evaluated(Reach::Connecting),
        "evaluated away" => evaluated(Reach::Away(NotSent::Offline)),
        "permit" => Event::PermitGranted,
        "claimed" => Event::Claimed { priority: Priority::BULK, port },
        "claimed uncapped" => Event::ClaimedUncapped { priority: Priority::BULK },
        "nothing claimed" => Event::NothingClaimed { backlog: Backlog::Later },
        "claim failed" => Event::ClaimFailed { cooldown_until },
        "claim lost" => Event::ClaimLost,
        "attempt ended" => Event::AttemptEnded { port, cooldown_until },
        "settled" => Event::Settled { port },
        "settle refused" => Event::SettleRefused { port },
        "passed over" => Event::PassedOver { backlog: Backlog::Later },
        "pass over failed" => Event::PassOverFailed { cooldown_until },
        "woken" => Event::Woken { backlog: Backlog::Due },
        "woken for nothing" => Event::Woken { backlog: Backlog::Empty },
        "wake failed" => Event::WakeFailed,
        "wake refused" => Event::WakeRefused,
        "rescued" => Event::Rescued,
        _ => panic!("no event {name}"),
    }
}

fn port(number: i64) -> PortIndex {
    PortIndex::try_from(number).unwrap()
}

fn device(state: &str) -> Device {
    let (state, backlog, is_orphaned) = match state {
        "Idle" => (State::Idle, Backlog::Due, None),
        "Queued" => (State::Queued, Backlog::Due, None),
        "Claiming" => (State::Claiming, Backlog::Empty, None),
        "InFlight" => (State::Idle, Backlog::Empty, Some(false)),
        "PassingOver" => (State::PassingOver, Backlog::Empty, None),
        "Waking" => (State::Waking, Backlog::Later, None),
        "Orphaned" => (State::Idle, Backlog::Due, Some(true)),
        _ => panic!("no state {state}"),
    };
    let mut in_flight = InFlight::default();
    if let Some(is_orphaned) = is_orphaned {
        in_flight.begin(port(1));
        if is_orphaned {
            in_flight.orphan(port(1));
        }
    }
    Device { state, backlog, in_flight, priority: Priority::BULK, ..Device::default() }
}

/// The state of one whose ports share a transmitter.
fn state(device: &Device) -> String {
    if device.state == State::Idle && device.in_flight.is_orphaned() {
        "Orphaned".to_owned()
    } else if device.state == State::Idle && !device.in_flight.is_empty() {
        "InFlight".to_owned()
    } else {
        format!("{:?}", device.state)
    }
}

/// In words: the state that follows, and what to do.
fn follows(device: &mut Device, event: Event, now: Instant) -> String {
    let before = state(device);
    let action = match device.on(event) {
        Action::Nothing => String::new(),
        Action::MarkDirty => "dirty".to_owned(),
        Action::Enqueue { .. } => "enqueue".to_owned(),
        Action::Reprioritise => "move up".to_owned(),
        Action::EvaluateAt(at) => format!("check in {:?}", at - now),
        Action::Start(Job::Claim(_)) => "claim".to_owned(),
        Action::Start(Job::PassOver(_)) => "pass over".to_owned(),
        Action::Start(Job::Wake) => "wake".to_owned(),
    };
    let after = state(device);
    let state = if after == before { "=".to_owned() } else { after };
    format!("{state} {action}").trim_end().to_owned()
}

#[test]
fn every_state_answers_every_event() {
    let now = Instant::now();
    for (name, cells) in TABLE {
        for (at, state) in STATES.into_iter().enumerate() {
            let expected = cells.get(at).unwrap_or(&cells[0]);
            let mut device = device(state);
            assert_eq!(follows(&mut device, event(name, now), now), *expected, "{name} in {state}");
        }
    }
}

#[test]
fn what_arrives_during_a_call_waits_until_the_device_is_idle_again() {
    let now = Instant::now();
    let ends = [
        ("Claiming", "nothing claimed"),
        ("InFlight", "settled"),
        ("PassingOver", "passed over"),
        ("Waking", "woken for nothing"),
        ("Waking", "wake refused"),
        ("Orphaned", "rescued"),
    ];
    for (state, end) in ends {
        let mut device = device(state);
        for name in ["due", end] {
            device.on(event(name, now));
        }
        let next = follows(&mut device, event("evaluated online", now), now);
        assert_eq!(next, "Queued enqueue", "{state}");
    }
}

#[test]
fn a_new_session_is_told_to_the_store_if_anything_waits() {
    let now = Instant::now();
    let table =
        [(Backlog::Empty, "="), (Backlog::Later, "Waking wake"), (Backlog::Due, "Waking wake")];
    for (backlog, expected) in table {
        let mut device = Device { backlog, ..Device::default() };
        device.on(Event::SessionStarted);
        let next = follows(&mut device, event("evaluated online", now), now);
        assert_eq!(next, expected, "{backlog:?}");
        device.on(Event::WakeFailed);
        let again = follows(&mut device, event("evaluated online", now), now);
        assert_eq!(again, expected, "a failed call is made again: {backlog:?}");
        device.on(Event::WakeRefused);
        let never = follows(&mut device, event("evaluated online", now), now);
        assert!(!never.contains("wake"), "a refused call is not: {backlog:?}");
    }
}

#[test]
fn nothing_is_claimed_before_the_cooldown_is_over_and_nothing_that_is_not_due() {
    let now = Instant::now();
    let after = |seconds| now + Duration::from_secs(seconds);
    let mut device = device("InFlight");
    for name in ["attempt ended", "settled"] {
        device.on(event(name, now));
    }
    let online = |now| evaluated(now, Reach::Online, &Transmitters::default());
    assert_eq!(device.on(online(after(1))), Action::Nothing, "nothing waits");
    device.on(event("later", now));
    assert_eq!(device.on(online(after(1))), Action::Nothing, "nothing is due");
    device.on(event("due", now));
    assert_eq!(device.on(online(after(1))), Action::EvaluateAt(after(3)));
    assert_eq!(device.on(online(after(3))), Action::Enqueue { since: after(3) });
}

#[test]
fn the_first_to_arrive_sets_the_priority_and_later_ones_only_raise_it() {
    let arrived = |priority| Event::Waiting { backlog: Backlog::Due, priority: Some(priority) };
    let mut device = Device { priority: Priority::INTERACTIVE, ..Device::default() };
    let table = [
        (Priority::SYSTEM, Priority::SYSTEM),
        (Priority::BULK, Priority::BULK),
        (Priority::SYSTEM, Priority::BULK),
    ];
    for (arrives, expected) in table {
        device.on(arrived(arrives));
        assert_eq!(device.priority(), expected);
    }
}

/// A device of `count` ports with a transmitter each.
fn board(count: u8) -> Transmitters {
    PortIndex::first(count).map(|port| (port, Transmitter(port.number().into()))).collect()
}

fn busy(ports: &[i64]) -> Action {
    Action::Start(Job::Claim(ports.iter().copied().map(port).collect()))
}

/// Claims for `ports`, one after the other.
fn claim(device: &mut Device, ports: &[i64], now: Instant) {
    for number in ports {
        device.on(event("due", now));
        device.on(evaluated(now, Reach::Online, &board(3)));
        device.on(Event::PermitGranted);
        device.on(Event::Claimed { priority: Priority::BULK, port: port(*number) });
    }
}

#[test]
fn each_transmitter_of_a_device_has_a_command_in_flight_and_no_port_has_two() {
    let now = Instant::now();
    let online = || evaluated(now, Reach::Online, &board(3));
    let mut device = Device::default();
    device.on(event("due", now));
    for (claimed, expected) in [(2, vec![]), (1, vec![2]), (3, vec![1, 2])] {
        assert_eq!(device.on(online()), Action::Enqueue { since: now });
        assert_eq!(device.on(Event::PermitGranted), busy(&expected));
        let claimed = Event::Claimed { priority: Priority::BULK, port: port(claimed) };
        assert_eq!(device.on(claimed), Action::MarkDirty, "there may be more");
    }
    assert_eq!(device.on(online()), Action::Nothing, "all transmitters are at work");
    // Each of them is free again by itself.
    assert_eq!(device.on(Event::Settled { port: port(1) }), Action::MarkDirty);
    assert_eq!(device.on(online()), Action::Enqueue { since: now });
    assert_eq!(device.on(Event::PermitGranted), busy(&[2, 3]));
    assert_eq!(device.on(event("nothing claimed", now)), Action::MarkDirty);
    assert_eq!(device.on(online()), Action::Nothing, "nothing is due");
    assert!(!device.is_quiet(), "two are in flight");
}

#[test]
fn a_transmitter_that_cools_down_holds_back_its_own_port_alone() {
    let now = Instant::now();
    let online = |seconds| evaluated(now + Duration::from_secs(seconds), Reach::Online, &board(2));
    let mut device = Device::default();
    claim(&mut device, &[1], now);
    for name in ["attempt ended", "settled"] {
        device.on(event(name, now));
    }
    assert!(matches!(device.on(online(0)), Action::Enqueue { .. }), "port 2 is free");
    assert_eq!(device.on(Event::PermitGranted), busy(&[1]));
    device.on(event("nothing claimed", now));
    let cooled = now + Duration::from_secs(3);
    assert_eq!(device.on(online(1)), Action::EvaluateAt(cooled), "something may wait for port 1");
    assert!(matches!(device.on(online(3)), Action::Enqueue { .. }));
    assert_eq!(device.on(Event::PermitGranted), busy(&[]));
}

#[test]
fn what_has_no_session_waits_until_what_is_in_flight_has_ended() {
    let now = Instant::now();
    let away = || evaluated(now, Reach::Away(NotSent::Offline), &Transmitters::default());
    let mut device = Device::default();
    claim(&mut device, &[1, 2], now);
    device.on(Event::SessionStarted);
    assert_eq!(device.on(evaluated(now, Reach::Online, &board(3))), Action::Nothing);
    device.on(Event::Settled { port: port(1) });
    assert_eq!(device.on(away()), Action::Nothing, "port 2 is in flight");
    device.on(Event::Settled { port: port(2) });
    assert_eq!(device.on(evaluated(now, Reach::Online, &board(3))), Action::Start(Job::Wake));
    device.on(event("woken", now));
    assert_eq!(device.on(away()), Action::Start(Job::PassOver(NotSent::Offline)));
}

#[test]
fn a_claim_without_an_owner_keeps_its_port_and_one_that_nobody_knows_the_device() {
    let now = Instant::now();
    let online = || evaluated(now, Reach::Online, &board(3));
    let mut device = Device::default();
    claim(&mut device, &[1, 2], now);
    device.on(Event::SettleRefused { port: port(1) });
    assert!(matches!(device.on(online()), Action::Enqueue { .. }));
    assert_eq!(device.on(Event::PermitGranted), busy(&[1, 2]));
    device.on(Event::ClaimLost);
    assert_eq!(device.on(online()), Action::Nothing, "nobody knows for which port it is");
    device.on(Event::Rescued);
    assert!(matches!(device.on(online()), Action::Enqueue { .. }));
    assert_eq!(device.on(Event::PermitGranted), busy(&[2]), "it goes on to its own end");
}
