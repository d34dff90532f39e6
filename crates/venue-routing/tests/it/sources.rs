//! Screens that show a source: which port receives a command, and what several screens of one source share.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use venue_domain::{
    Directory, FixedDirectory, Hostname, LineUp, PortActions, PortId, PortLock, Screen,
    ScreenSource, SourceEntry, UnknownSource, WallTime,
};
use venue_queue::MemoryStore;
use venue_routing::{
    Answer, BatchAnswer, BulkRequest, CommandOptions, Firing, NoQueue, Rejection, Router,
    RouterParts, StoreHandles, TargetSteps, Timeouts,
    domain::{
        Action, Actor, Class, Clock, CustomAction, DeviceEntry, EffectGroup, Evidence, Nature,
        NoMarker, NotSent, Outcome, PortEntry, QueueView, StoreAvailability,
    },
};

use crate::fake::{Scripted, Still, Venue, action};

/// Two screens of the bar and one of the patio show the box at `ir-rack/1`; of the second one the box has the
/// sound. A third screen of the bar has a tuner of its own.
struct Bar {
    router: Router<Scripted, Registered, Still, MemoryStore>,
    store: MemoryStore,
}

/// What is registered, and the one TV that is locked.
struct Registered {
    devices: FixedDirectory,
    locked: Option<PortId>,
}

impl Directory for Registered {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        self.devices.device(device)
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        self.devices.devices()
    }

    fn lock(&self, port: &PortId, _at: WallTime) -> Option<PortLock> {
        let is_locked = self.locked.as_ref() == Some(port);
        let lock = || PortLock { id: port.to_string(), by: None, until: None, reason: None };
        is_locked.then(lock)
    }
}

fn devices() -> [DeviceEntry; 3] {
    let screen = |port: &str, name: &str| Screen {
        port: port.parse().unwrap(),
        name: Some(name.to_owned()),
    };
    let source = Arc::new(SourceEntry {
        id: "dtv-1".into(),
        name: Some("Box 1".to_owned()),
        port: "ir-rack/1".parse().unwrap(),
        screens: vec![
            screen("ir-bar/1", "Left"),
            screen("ir-bar/2", "Right"),
            screen("ir-patio/1", "Patio"),
        ],
    });
    let number = |number: &str| -> LineUp {
        [("fox".parse().unwrap(), number.parse().unwrap())].into_iter().collect()
    };
    let shows = |index: i64, has_sound| PortEntry {
        source: Some(ScreenSource { source: Arc::clone(&source), has_sound }),
        default_channel: Some("2".parse().unwrap()),
        line_up: number("2"),
        ..PortEntry::new(index.try_into().unwrap())
    };
    let red = CustomAction::new("red", Nature::Sequence, EffectGroup::Navigation).unwrap();
    let own_box = PortEntry {
        serves: Some(Arc::clone(&source)),
        default_channel: Some("501".parse().unwrap()),
        line_up: number("219"),
        actions: PortActions::default().with("red", red.into()),
        ..PortEntry::new(1.try_into().unwrap())
    };
    let tuner = PortEntry { line_up: number("5.1"), ..PortEntry::new(3.try_into().unwrap()) };
    let device =
        |name: &str, ports| DeviceEntry { ports, ..DeviceEntry::blaster(name.parse().unwrap()) };
    [
        device("ir-bar", vec![shows(1, false), shows(2, true), tuner]),
        device("ir-patio", vec![shows(1, false)]),
        device("ir-rack", vec![own_box]),
    ]
}

impl Bar {
    fn new(outcome: Outcome, devices: impl IntoIterator<Item = DeviceEntry>) -> Self {
        Self::locking(None, outcome, devices)
    }

    fn locking(
        locked: Option<&str>,
        outcome: Outcome,
        devices: impl IntoIterator<Item = DeviceEntry>,
    ) -> Self {
        let locked = locked.map(|port| port.parse().unwrap());
        let (_, parts) = Venue::parts(outcome);
        let RouterParts { transport, clock, fences, order, .. } = parts;
        let store = MemoryStore::new();
        let durable = StoreHandles {
            queue: store.clone(),
            availability: Arc::new(StoreAvailability::up()),
            recorder: Arc::new(NoQueue),
            marker: Arc::new(NoMarker),
        };
        let directory = Registered { devices: FixedDirectory::new(devices), locked };
        let parts = RouterParts { transport, directory, clock, fences, order, store: durable };
        Self { router: Router::new(parts, Timeouts::default()), store }
    }

    fn delivering() -> Self {
        Self::new(Outcome::Delivered(Evidence::Reply), devices())
    }

    fn submit(&self, action: Action, target: &str) -> Result<Answer, Rejection> {
        let submitted =
            self.router.submit(target.parse().unwrap(), action, CommandOptions::default());
        submitted.now_or_never().unwrap()
    }

    fn sent(&self, name: &str, target: &str) -> Answer {
        self.submit(action(name), target).unwrap()
    }

    fn bulk(&self, name: &str, targets: &[&str]) -> BatchAnswer {
        let targets = targets.iter().map(|target| target.parse().unwrap()).collect();
        let request = BulkRequest::new(action(name), targets);
        let check = self.router.check_batch(&request).unwrap();
        let answer = self.router.submit_batch(request).now_or_never().unwrap().unwrap();
        let checked: Vec<_> = check.accepted.iter().map(|one| (&one.target, &one.reach)).collect();
        let accepted: Vec<_> =
            answer.accepted.iter().map(|one| (&one.target, &one.reach)).collect();
        assert_eq!(checked, accepted, "a dry run says it before");
        assert_eq!(check.shared, answer.shared);
        answer
    }

    /// A run of these actions, all at once.
    fn fire(&self, targets: &[(&str, &[(u64, &str)])]) -> BatchAnswer {
        let steps = |(target, steps): &(&str, &[(u64, &str)])| TargetSteps {
            target: target.parse().unwrap(),
            steps: steps.iter().map(|(at, text)| (Duration::from_secs(*at), read(text))).collect(),
        };
        let firing = Firing {
            batch: "preset_game-day_1".parse().unwrap(),
            targets: targets.iter().map(steps).collect(),
            refused: 0,
            due: self.router.clock().now(),
            scheduled: false,
            actor: Actor::default(),
            notes: None,
        };
        let check = self.router.check_fire(&firing);
        let answer = self.router.fire(firing).now_or_never().unwrap().unwrap();
        assert_eq!(check.rejected, answer.rejected, "a preview says it before");
        assert_eq!(check.shared, answer.shared);
        answer
    }
}

fn read(text: &str) -> Action {
    match text.split_once(' ') {
        Some(("channel", number)) => Action::Channel(number.parse().unwrap()),
        _ => action(text),
    }
}

fn sent(answer: &BatchAnswer) -> Vec<String> {
    answer.accepted.iter().map(|one| format!("{} {}", one.target, one.action)).collect()
}

#[test]
fn each_command_for_a_screen_goes_to_what_it_is_for() {
    let bar = Bar::delivering();
    let to = |name: &str, target: &str| bar.sent(name, target).command.target.to_string();
    assert_eq!(to("power_on", "ir-bar/1"), "ir-bar/1");
    assert_eq!(to("channel", "ir-bar/1"), "ir-rack/1");
    assert_eq!(to("channel_up", "ir-patio/1"), "ir-rack/1");
    assert_eq!(to("ok", "ir-bar/1"), "ir-rack/1");
    assert_eq!(to("volume_up", "ir-bar/1"), "ir-bar/1");
    assert_eq!(to("volume_up", "ir-bar/2"), "ir-rack/1", "there the box has the sound");
    assert_eq!(to("channel", "ir-bar/3"), "ir-bar/3", "it has a tuner of its own");
    let named = |name: &str| {
        let own = CustomAction::new(name, Nature::Sequence, EffectGroup::Other).unwrap();
        bar.submit(own.into(), "ir-bar/1").unwrap().command.target.to_string()
    };
    assert_eq!((named("red"), named("netflix")), ("ir-rack/1".into(), "ir-bar/1".into()));
}

#[test]
fn a_channel_has_the_number_of_the_port_that_receives_it() {
    let bar = Bar::delivering();
    let number =
        |action: Action, target| bar.submit(action, target).unwrap().command.action.to_string();
    let fox = || Action::NamedChannel("fox".parse().unwrap());
    assert_eq!(number(fox(), "ir-bar/1"), "channel 219");
    assert_eq!(number(fox(), "ir-bar/3"), "channel 5.1");
    assert_eq!(number(Action::DefaultChannel, "ir-bar/1"), "channel 501", "the one of the box");
}

#[test]
fn an_answer_says_what_received_the_command_and_which_screens_change_with_it() {
    let bar = Bar::delivering();
    let others = |answer: &Answer| {
        answer.reach.also_changes().map(|screen| screen.port.to_string()).collect::<Vec<_>>()
    };
    let channel = bar.sent("channel", "ir-bar/1");
    assert_eq!(channel.reach.asked.to_string(), "ir-bar/1");
    assert_eq!(&*channel.reach.sent_to().unwrap().id, "dtv-1");
    assert_eq!(others(&channel), ["ir-bar/2", "ir-patio/1"]);
    let power = bar.sent("power_on", "ir-bar/1");
    assert!(power.reach.sent_to().is_none() && others(&power).is_empty());
    let to_the_box = bar.sent("power_on", "ir-rack/1");
    assert!(to_the_box.reach.sent_to().is_none(), "it went where it was asked to");
    assert_eq!(others(&to_the_box).len(), 3, "all that show it");
}

#[test]
fn what_several_screens_of_a_batch_share_is_sent_once_and_every_target_is_answered_for() {
    let bar = Bar::delivering();
    let targets = ["ir-bar/1", "ir-bar/2", "ir-bar/3", "ir-bar/1", "ir-rack/1", "ir-bar/9"];
    let answer = bar.bulk("channel_up", &targets);
    assert_eq!(sent(&answer), ["ir-rack/1 channel_up", "ir-bar/3 channel_up"], "one press each");
    let shared: Vec<_> = answer.shared.iter().map(|one| (one.index, one.of)).collect();
    assert_eq!((shared, &answer.duplicates), (vec![(1, 0), (4, 0)], &vec![3]));
    assert_eq!(answer.rejected.len(), 1);
    let stored = bar.store.batch(answer.batch).now_or_never().unwrap().unwrap().unwrap();
    assert_eq!((stored.counts.total(), stored.rejected, stored.duplicates), (2, 1, 3));
    let power = bar.bulk("power_on", &["ir-bar/1", "ir-bar/2"]);
    assert_eq!((power.accepted.len(), power.shared.len()), (2, 0), "each TV has its own power");
}

#[test]
fn a_run_sends_a_source_its_channel_once_for_all_of_its_screens() {
    let bar = Bar::delivering();
    let all: &[(u64, &str)] = &[(0, "power_on"), (0, "channel 219"), (0, "mute_on")];
    let answer = bar.fire(&[("ir-bar/1", all), ("ir-bar/2", all), ("ir-patio/1", all)]);
    let expected = [
        "ir-bar/1 power_on",
        "ir-rack/1 channel 219",
        "ir-bar/1 mute_on",
        "ir-bar/2 power_on",
        // Of this screen the box has the sound.
        "ir-rack/1 mute_on",
        "ir-patio/1 power_on",
        "ir-patio/1 mute_on",
    ];
    assert_eq!(sent(&answer), expected);
    let shared: Vec<_> = answer.shared.iter().map(|one| (one.index, one.of)).collect();
    assert_eq!(shared, [(1, 1), (2, 1)]);
    assert_eq!(answer.rejected, []);
}

#[test]
fn a_run_that_wants_two_channels_of_one_source_rejects_the_later_target_with_the_reason() {
    let bar = Bar::delivering();
    let answer = bar.fire(&[
        ("ir-bar/1", &[(0, "power_on"), (0, "channel 219")]),
        ("ir-patio/1", &[(0, "power_on"), (0, "channel 206")]),
    ]);
    assert_eq!(sent(&answer), ["ir-bar/1 power_on", "ir-rack/1 channel 219"]);
    let (index, why) = &answer.rejected[0];
    assert_eq!((*index, why.code(), why.field()), (1, "source_conflict", Some("targets")));
    let words = why.to_string();
    for part in ["dtv-1", "channel 219", "ir-bar/1", "channel 206"] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn what_a_source_is_sent_at_another_time_is_no_contradiction_and_keys_keep_their_order() {
    let bar = Bar::delivering();
    let answer = bar.fire(&[
        ("ir-bar/1", &[(0, "channel 219"), (60, "channel 206"), (90, "up"), (90, "up")]),
        ("ir-bar/2", &[(60, "channel 206"), (90, "up"), (90, "up")]),
        ("ir-patio/1", &[(90, "up")]),
    ]);
    let expected =
        ["ir-rack/1 channel 219", "ir-rack/1 channel 206", "ir-rack/1 up", "ir-rack/1 up"];
    assert_eq!(sent(&answer), expected);
    let shared: Vec<_> = answer.shared.iter().map(|one| (one.index, one.of)).collect();
    assert_eq!(shared, [(1, 1), (1, 2), (1, 3)]);
    assert_eq!(answer.rejected.len(), 1, "one press is not two: {:?}", answer.rejected);
}

#[test]
fn two_screens_of_one_source_compete_in_its_one_slot() {
    let bar = Bar::new(Outcome::NotSent(NotSent::Offline), devices());
    let first = bar.sent("channel", "ir-bar/1").command;
    let second = bar.sent("channel", "ir-patio/1").command;
    let record = |id| bar.store.command(id).now_or_never().unwrap().unwrap().unwrap().record;
    assert_eq!(record(first.id).superseded_by, Some(second.id), "the newer wish for the box holds");
    assert_eq!(record(second.id).target.to_string(), "ir-rack/1");
}

#[test]
fn undo_takes_a_shared_source_back_once() {
    let bar = Bar::delivering();
    let answer = bar.fire(&[
        ("ir-bar/1", &[(0, "channel 219")]),
        ("ir-patio/1", &[(0, "channel 219"), (0, "power_off")]),
    ]);
    let undone = bar.router.undo_batch(&bar.store, answer.batch, venue_routing::Asker::default());
    let undone = undone.now_or_never().unwrap().unwrap();
    assert_eq!(undone.withdrawn, 2);
    let ports: Vec<_> = undone.skipped.iter().map(|one| one.target.to_string()).collect();
    assert_eq!(ports, ["ir-patio/1", "ir-rack/1"], "each port is told once");
}

#[test]
fn a_source_whose_device_is_gone_receives_nothing_and_the_tv_does_not_in_its_place() {
    let [bar, patio, _] = devices();
    let bar = Bar::new(Outcome::Delivered(Evidence::Reply), [bar, patio]);
    let refused = bar.submit(action("channel"), "ir-bar/1").unwrap_err();
    assert_eq!(refused.to_string(), "device ir-rack not found");
    assert_eq!(bar.sent("power_on", "ir-bar/1").command.class, Class::Interactive);
}

#[test]
fn what_a_source_that_is_not_registered_would_receive_is_rejected_and_the_tv_does_not_get_it() {
    for (has_sound, sound) in [(false, Ok(())), (true, Err("unknown_source"))] {
        let [mut bar, patio, rack] = devices();
        let unknown_source = Some(UnknownSource { id: "dtv-9".into(), has_sound });
        bar.ports[0] = PortEntry { source: None, unknown_source, ..bar.ports[0].clone() };
        let bar = Bar::new(Outcome::Delivered(Evidence::Reply), [bar, patio, rack]);
        let code = |name: &str| {
            let submitted = bar.submit(action(name), "ir-bar/1");
            submitted.map(drop).map_err(|why| why.code())
        };
        for name in ["channel", "channel_up", "default_channel", "menu"] {
            assert_eq!(code(name), Err("unknown_source"), "{name}");
        }
        for name in ["volume_up", "mute_on"] {
            assert_eq!(code(name), sound, "{name}");
        }
        assert_eq!((code("power_on"), code("power_off")), (Ok(()), Ok(())));
        let answer = bar.bulk("channel_up", &["ir-bar/1", "ir-bar/3"]);
        let [(0, why)] = answer.rejected.as_slice() else { panic!("{answer:?}") };
        let words = "ir-bar/1 shows the source dtv-9, which is not registered: ";
        assert!(why.to_string().starts_with(words), "{why}");
        assert_eq!((why.field(), answer.accepted.len()), (Some("port"), 1));
    }
}

#[test]
fn a_source_is_locked_for_all_of_its_screens_with_any_of_them() {
    let delivered = Outcome::Delivered(Evidence::Reply);
    let bar = Bar::locking(Some("ir-patio/1"), delivered, devices());
    for target in ["ir-bar/1", "ir-patio/1", "ir-rack/1"] {
        let refused = bar.submit(action("channel_up"), target);
        let Err(Rejection::Locked { target: locked, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(locked.to_string(), "ir-patio/1", "{target}");
    }
    let answer = bar.bulk("channel_up", &["ir-bar/1", "ir-bar/3"]);
    let rejected: Vec<_> =
        answer.rejected.iter().map(|(place, why)| (*place, why.code())).collect();
    assert_eq!((rejected, answer.accepted.len()), (vec![(0, "locked")], 1));
    bar.sent("power_on", "ir-bar/1");
}
