//! A device that is edited, removed and added again, or met by a new process: its lane goes on.

use std::{num::NonZeroUsize, sync::Arc};

use tokio::time::Instant;
use venue_domain::{
    Class, Command, LaneMemory, LateCommand, NotSent, Outcome, PortPacing, Reason,
    RememberedCommand, Timestamp, TimingProfile, Unknown,
};
use venue_lane::{KnownPast, LanesConfig, PortTimings};

use crate::{
    fake::{Fake, Reaction},
    floor::{BUDGET, Floor, ms, pass, settle},
};

/// How the device of a floor is edited.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Timing,
    Address,
    Removed,
}

const EDITS: [Edit; 3] = [Edit::Timing, Edit::Address, Edit::Removed];

impl Edit {
    /// Edits the device `ir-1`; it is online after that, in session 2. Answers with what it is now.
    async fn of(self, floor: &Floor) -> Arc<Fake> {
        let name = "ir-1".parse().unwrap();
        match self {
            Self::Timing => {
                let profile = TimingProfile { command_gap: ms(150), ..TimingProfile::default() };
                floor.pace(PortTimings::all(profile));
                floor.device.disconnect();
                floor.device.connect(2);
                settle().await;
                return Arc::clone(&floor.device);
            }
            Self::Address => floor.lanes.switch(&name),
            Self::Removed => assert!(floor.lanes.remove(&name)),
        }
        floor.device.stop();
        settle().await;
        let device = floor.add("ir-1");
        device.connect(2);
        settle().await;
        device
    }
}

async fn not_before(floor: &Floor, what: &str) -> u128 {
    let reason = floor.send(what).await.not_sent().await;
    let NotSent::NotBefore { wait } = reason else { panic!("{what}: {reason:?}") };
    wait.as_millis()
}

#[tokio::test(start_paused = true)]
async fn an_edit_keeps_the_warm_up() {
    for edit in EDITS {
        let floor = Floor::new();
        assert!(floor.send("power_on@1").await.delivered().await);
        pass(ms(2_000)).await;
        edit.of(&floor).await;
        assert_eq!(not_before(&floor, "channel 5@1").await, 6_000, "{edit:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_keeps_what_is_unconfirmed_and_the_quiet_gap_that_follows() {
    for edit in EDITS {
        let floor = Floor::new();
        floor.device.will([Reaction::Hangs]);
        let lost = floor.send("channel 5@1").await;
        floor.device.wait_for_sent(1).await;
        floor.device.disconnect();
        assert_eq!(lost.outcome().await, Outcome::Unknown(Unknown::SessionLost));
        pass(ms(20_000)).await;
        edit.of(&floor).await;
        assert_eq!(not_before(&floor, "channel 7@1").await, 4_000, "{edit:?}: it may type now");
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_keeps_what_may_still_come_to_life() {
    for edit in EDITS {
        let floor = Floor::new();
        floor.device.will([Reaction::Hangs]);
        let lost = floor.send("mute_on@1").await;
        floor.device.wait_for_sent(1).await;
        floor.device.disconnect();
        assert_eq!(lost.outcome().await, Outcome::Unknown(Unknown::SessionLost));
        floor.device.connect(2);
        settle().await;
        assert!(floor.send("mute_off@1").await.delivered().await);
        pass(ms(1_000)).await;
        let before = floor.device.words().len();
        let device = edit.of(&floor).await;
        pass(ms(60_000)).await;
        let words = device.words();
        let since = if Arc::ptr_eq(&device, &floor.device) { before } else { 0 };
        assert_eq!(words[since..], ["mute_off@1"], "{edit:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_goes_on_waiting_over_an_edit_and_is_sent() {
    for edit in [Edit::Timing, Edit::Address] {
        let floor = Floor::new();
        floor.device.will([Reaction::Takes(ms(500))]);
        let flying = floor.send("mute@1").await;
        floor.device.wait_for_sent(1).await;
        let waiting = floor.send("power@2").await;
        let name = "ir-1".parse().unwrap();
        let profile = TimingProfile { command_gap: ms(150), ..TimingProfile::default() };
        match edit {
            Edit::Timing => {
                floor.pace(PortTimings::all(profile));
                assert!(flying.delivered().await);
            }
            Edit::Address | Edit::Removed => {
                floor.lanes.switch(&name);
                floor.device.stop();
                assert_eq!(flying.outcome().await, Outcome::Unknown(Unknown::SessionLost));
                floor.add("ir-1");
            }
        }
        assert!(waiting.delivered().await, "{edit:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_ends_before_the_lane_sends_by_another_link() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(1_500))]);
    let flying = floor.send("mute@1").await;
    floor.device.wait_for_sent(1).await;
    let replacement = floor.add("ir-1");
    let patient = floor.send("mute@4").await;
    assert!(flying.delivered().await && patient.delivered().await);
    let (old, new) = (floor.device.sent(), replacement.sent());
    assert!(new[0].start >= old[0].end.unwrap(), "never two at a time");
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_was_closed_ends_before_the_new_one_sends() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(1_500))]);
    let flying = floor.send("mute@1").await;
    let left_behind = floor.send("mute@2").await;
    floor.device.wait_for_sent(1).await;
    let name = "ir-1".parse().unwrap();
    floor.lanes.remove(&name);
    let replacement = floor.add("ir-1");
    assert_eq!(left_behind.not_sent().await, NotSent::Stopping);
    let hasty = floor.hand(&floor.accept("mute@3", Class::Interactive), ms(1_000)).await;
    let patient = floor.send("mute@4").await;
    assert_eq!(hasty.not_sent().await, NotSent::LaneBusy);
    assert!(flying.delivered().await && patient.delivered().await);
    let (old, new) = (floor.device.sent(), replacement.sent());
    let held = new[0].start - old[0].end.unwrap();
    assert!(held <= ms(200), "held up by nothing but the gap of what was sent: {held:?}");
}

const RECALLED: LanesConfig =
    LanesConfig { capacity: NonZeroUsize::MIN.saturating_add(255), past: KnownPast::Recalled };

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_000_000 + ms)
}

/// What is stored of port 1 once `what` ended so, at 0.
fn stored(command: &Arc<Command>, reason: Reason) -> LaneMemory {
    let (port, action) = (&command.target, &command.action);
    let late = LateCommand::after(command, reason, at(0));
    let late =
        late.map(|late| RememberedCommand { late, command: Arc::clone(command), desired: None });
    LaneMemory {
        late: late.into_iter().collect(),
        ports: PortPacing::after(None, port, action, reason, at(0)).into_iter().collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn before_the_recall_every_port_cools_down_from_the_start() {
    let floor = Floor::with(RECALLED);
    pass(ms(1_500)).await;
    assert_eq!(not_before(&floor, "channel 5@1").await, 6_500);
    assert!(floor.send("mute@1").await.delivered().await);
    pass(ms(6_500)).await;
    assert!(floor.send("channel 5@1").await.delivered().await);
}

#[tokio::test(start_paused = true)]
async fn who_asks_before_it_is_told_waits_for_it() {
    let floor = Floor::with(RECALLED);
    let asked = floor.send("channel 5@1").await;
    pass(ms(100)).await;
    let began = Instant::now();
    floor.lanes.recall(Vec::new(), at(0));
    assert!(asked.delivered().await);
    assert!(began.elapsed() < ms(100), "nothing was sent before");
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_of_a_port_goes_on_after_a_restart() {
    let table = [
        ("power_on@1", Reason::Delivered, 8_000),
        ("channel 5@1", Reason::NoEvidence, 4_000),
        ("number 5@1", Reason::SessionLost, 4_000),
    ];
    for (what, reason, gap) in table {
        let floor = Floor::with(RECALLED);
        let before = floor.accept(what, Class::Interactive);
        let memory = stored(&before, reason);
        floor.lanes.recall(vec![("ir-1".parse().unwrap(), memory)], at(500));
        settle().await;
        let wait = not_before(&floor, "channel 7@1").await;
        // What is late may be typed when the new session begins.
        let late = what != "power_on@1";
        assert_eq!(wait, if late { gap } else { gap - 500 }, "{what}");
    }
    let floor = Floor::with(RECALLED);
    let before = floor.accept("channel 501@1", Class::Interactive);
    let memory = stored(&before, Reason::Delivered);
    floor.lanes.recall(vec![("ir-1".parse().unwrap(), memory)], at(500));
    let began = Instant::now();
    assert!(floor.send("channel 7@1").await.delivered().await);
    let waited = (floor.device.sent()[0].start - began).as_millis();
    assert_eq!(waited, 804 + 1_500 - 500, "air time and entry gap");
}

#[tokio::test(start_paused = true)]
async fn what_is_late_is_answered_after_a_restart() {
    let floor = Floor::with(RECALLED);
    let lost = floor.accept("mute_on@1", Class::Interactive);
    let memory = stored(&lost, Reason::SessionLost);
    floor.lanes.recall(vec![("ir-1".parse().unwrap(), memory)], at(10_000));
    settle().await;
    let newer = floor.accept("mute_off@1", Class::Interactive);
    assert!(floor.hand(&newer, BUDGET).await.delivered().await);
    pass(ms(60_000)).await;
    assert_eq!(floor.device.words(), ["mute_off@1", "mute_off@1"]);
    assert_eq!(floor.heard(), ["again mute_off", "cleared 1"]);
}
