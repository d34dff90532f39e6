use super::*;

const STATES: [State; 7] = [
    State::Idle,
    State::Queued,
    State::Claiming,
    State::InFlight,
    State::PassingOver,
    State::Waking,
    State::Orphaned,
];

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

fn event(name: &str, now: Instant) -> Event {
    let cooldown_until = Some(now + Duration::from_secs(3));
    let due = |priority| Event::Waiting { backlog: Backlog::Due, priority };
    let evaluated = |reach| Event::Evaluated { now, reach };
    match name {
        "due" => due(None),
        "due, more urgent" => due(Some(Priority::INTERACTIVE)),
        "later" => Event::Waiting { backlog: Backlog::Later, priority: None },
        "session" => Event::SessionStarted,
        "evaluated online" => evaluated(Reach::Online),
        "evaluated connecting" => evaluated(Reach::Connecting),
        "evaluated away" => evaluated(Reach::Away(NotSent::Offline)),
        "permit" => Event::PermitGranted,
        "claimed" => Event::Claimed { priority: Priority::BULK },
        "claimed uncapped" => Event::ClaimedUncapped { priority: Priority::BULK },
        "nothing claimed" => Event::NothingClaimed { backlog: Backlog::Later },
        "claim failed" => Event::ClaimFailed { cooldown_until },
        "claim lost" => Event::ClaimLost,
        "attempt ended" => Event::AttemptEnded { cooldown_until },
        "settled" => Event::Settled,
        "settle refused" => Event::SettleRefused,
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

fn device(state: State) -> Device {
    let backlog = match state {
        State::Idle | State::Queued | State::Orphaned => Backlog::Due,
        State::Claiming | State::InFlight | State::PassingOver => Backlog::Empty,
        State::Waking => Backlog::Later,
    };
    Device { state, backlog, priority: Priority::BULK, ..Device::default() }
}

/// In words: the state that follows, and what to do.
fn follows(device: &mut Device, event: Event, now: Instant) -> String {
    let before = device.state;
    let action = match device.on(event) {
        Action::Nothing => String::new(),
        Action::MarkDirty => "dirty".to_owned(),
        Action::Enqueue { .. } => "enqueue".to_owned(),
        Action::Reprioritise => "move up".to_owned(),
        Action::EvaluateAt(at) => format!("check in {:?}", at - now),
        Action::Start(Job::Claim) => "claim".to_owned(),
        Action::Start(Job::PassOver(_)) => "pass over".to_owned(),
        Action::Start(Job::Wake) => "wake".to_owned(),
    };
    let state = if device.state == before { "=".to_owned() } else { format!("{:?}", device.state) };
    format!("{state} {action}").trim_end().to_owned()
}

#[test]
fn every_state_answers_every_event() {
    let now = Instant::now();
    for (name, cells) in TABLE {
        for (at, state) in STATES.into_iter().enumerate() {
            let expected = cells.get(at).unwrap_or(&cells[0]);
            let mut device = device(state);
            assert_eq!(
                follows(&mut device, event(name, now), now),
                *expected,
                "{name} in {state:?}"
            );
        }
    }
}

#[test]
fn what_arrives_during_a_call_waits_until_the_device_is_idle_again() {
    let now = Instant::now();
    let ends = [
        (State::Claiming, "nothing claimed"),
        (State::InFlight, "settled"),
        (State::PassingOver, "passed over"),
        (State::Waking, "woken for nothing"),
        (State::Waking, "wake refused"),
        (State::Orphaned, "rescued"),
    ];
    for (state, end) in ends {
        let mut device = device(state);
        for name in ["due", end] {
            device.on(event(name, now));
        }
        let next = follows(&mut device, event("evaluated online", now), now);
        assert_eq!(next, "Queued enqueue", "{state:?}");
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
    let mut device = device(State::InFlight);
    for name in ["attempt ended", "settled"] {
        device.on(event(name, now));
    }
    let online = |now| Event::Evaluated { now, reach: Reach::Online };
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
