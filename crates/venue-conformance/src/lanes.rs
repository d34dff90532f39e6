//! What lanes have to know after a restart.

use std::time::Duration;

use venue_domain::{Command, Fences, LaneMemory, LaneNote, PreviousShutdown, Reason, Settlement};

use crate::{
    Factory,
    given::{at, attempt, claim, command, direct, new},
    sides::*,
};

async fn memory(store: &(impl LaneStore + Queue), ms: i64) -> LaneMemory {
    let mut lanes = store.lane_memory(at(ms)).await.unwrap();
    assert!(lanes.len() <= 1, "{lanes:?}");
    lanes.pop().map(|(_, memory)| memory).unwrap_or_default()
}

/// What is late, and what is to be sent once more against it.
fn late(memory: &LaneMemory) -> Vec<(Command, Option<Command>)> {
    let pair = |known: &venue_domain::RememberedCommand| {
        ((*known.command).clone(), known.desired.as_deref().cloned())
    };
    memory.late.iter().map(pair).collect()
}

/// See its name.
pub async fn an_absolute_command_that_ended_unknown_is_late_for_150_seconds(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let lost = command("channel 5", "ir-1/2", 10);
    let toggle = command("power", "ir-1/2", 11);
    let taken = command("mute_on", "ir-1/2", 12);
    let records = vec![
        direct(lost.clone(), Reason::NoEvidence),
        direct(toggle, Reason::SessionLost),
        direct(taken, Reason::Delivered),
    ];
    store.record(records).await.unwrap();
    let store = factory.reopen(store).await;
    assert_eq!(late(&memory(&store, 1_000).await), [(lost.clone(), None)]);
    assert_eq!(late(&memory(&store, 50 + 149_999).await).len(), 1);
    assert_eq!(late(&memory(&store, 50 + 150_000).await), []);
}

/// See its name.
pub async fn what_was_delivered_since_is_to_be_sent_once_more(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let lost = command("channel 5", "ir-1/2", 10);
    let (seven, nine) = (command("channel 7", "ir-1/2", 100), command("channel 9", "ir-1/2", 200));
    let up = command("channel_up", "ir-1/2", 300);
    store.record(vec![direct(lost.clone(), Reason::SessionLost)]).await.unwrap();
    for (newest, desired) in [(&seven, Some(&seven)), (&nine, Some(&nine)), (&up, None)] {
        store.record(vec![direct((*newest).clone(), Reason::Delivered)]).await.unwrap();
        let known = memory(&store, 1_000).await;
        assert_eq!(late(&known), [(lost.clone(), desired.cloned())]);
        assert_eq!(known.late[0].late.answered_at, Some(at(140)), "since the first of them");
    }
    let other = command("mute_on", "ir-1/2", 400);
    store.record(vec![direct(other, Reason::Delivered)]).await.unwrap();
    let store = factory.reopen(store).await;
    let known = memory(&store, 1_000).await;
    assert_eq!(late(&known), [(lost, None)]);
}

/// See its name.
pub async fn what_was_refused_makes_nothing_older_outdated(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let (seven, key) = (command("channel 7", "ir-1/2", 100), command("number 4", "ir-1/2", 200));
    let (off, nine) = (command("power_off", "ir-1/2", 300), command("channel 9", "ir-1/2", 400));
    store.record(vec![direct(seven.clone(), Reason::Delivered)]).await.unwrap();
    store.record(vec![direct(off.clone(), Reason::Refused)]).await.unwrap();
    let store = factory.reopen(store).await;
    let known = fences(&store).await;
    assert!(known.superseded_by(&seven).is_some(), "the fence itself stays");
    assert!(!known.is_outdated(&seven), "but the device took nothing newer");
    // On its way when the service ends: nobody knows what becomes of it.
    store.supersede(key.into(), at(250)).await.unwrap();
    store.supersede(nine.clone().into(), at(410)).await.unwrap();
    assert!(fences(&store).await.is_outdated(&seven));
    store.record(vec![direct(nine, Reason::Refused)]).await.unwrap();
    let store = factory.reopen(store).await;
    assert!(fences(&store).await.is_outdated(&seven), "the digit may have been typed");
    let (five, eleven) =
        (command("channel 5", "ir-1/3", 500), command("channel 11", "ir-1/3", 600));
    let outage = Fences::new();
    outage.raise(&five);
    outage.raise(&eleven);
    outage.note_refused(&eleven);
    store.merge_fences(outage.entries(), at(700)).await.unwrap();
    let store = factory.reopen(store).await;
    assert!(!fences(&store).await.is_outdated(&five), "refused while the store was away");
}

async fn fences(store: &(impl LaneStore + Queue)) -> Fences {
    let fences = Fences::new();
    fences.merge(&store.fences().await.unwrap());
    fences
}

/// See its name.
pub async fn after_an_unclean_stop_nothing_is_to_be_sent_once_more(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let (lost, seven) = (command("channel 5", "ir-1/2", 10), command("channel 7", "ir-1/2", 100));
    store.record(vec![direct(lost.clone(), Reason::SessionLost)]).await.unwrap();
    store.record(vec![direct(seven.clone(), Reason::Delivered)]).await.unwrap();
    let store = factory.reopen(store).await;
    store.start(PreviousShutdown::Clean, at(1_000)).await.unwrap();
    assert_eq!(late(&memory(&store, 1_000).await), [(lost.clone(), Some(seven))]);
    // Direct commands that nobody stored may be newer. It is late all the same.
    let store = factory.reopen(store).await;
    store.start(PreviousShutdown::Unclean, at(2_000)).await.unwrap();
    assert_eq!(late(&memory(&store, 2_000).await), [(lost.clone(), None)]);
    let nine = command("channel 9", "ir-1/2", 3_000);
    store.record(vec![direct(nine.clone(), Reason::Delivered)]).await.unwrap();
    assert_eq!(late(&memory(&store, 4_000).await), [(lost, Some(nine))]);
}

/// See its name.
pub async fn what_was_in_flight_or_is_tried_again_is_late_as_well(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let fallback = new("mute_on", "ir-1/2", 10);
    let mut fallback = fallback;
    fallback.direct_attempt = Some(attempt(Reason::NoEvidence, 11));
    store.enqueue(fallback.clone()).await.unwrap();
    assert_eq!(late(&memory(&store, 100).await), [(fallback.command.clone(), None)]);
    let claimed = claim(&store, "ir-1", 100).await.unwrap();
    let again = Settlement::Retry { attempt: attempt(Reason::SessionLost, 100), due_at: at(2_000) };
    store.settle(claimed.ticket, again, at(150)).await.unwrap();
    let known = memory(&store, 200).await;
    assert_eq!(known.late[0].late.ended_at, at(140), "its last attempt counts");
    store.promote(Vec::new(), at(2_000)).await.unwrap();
    claim(&store, "ir-1", 2_000).await.unwrap();
    let store = factory.reopen(store).await;
    store.start(PreviousShutdown::Clean, at(3_000)).await.unwrap();
    let known = memory(&store, 3_000).await;
    assert_eq!(known.late[0].late.ended_at, at(3_000), "it was in flight until the end");
}

/// See its name.
pub async fn what_its_lane_found_to_be_over_is_late_no_more(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let lost = command("channel 5", "ir-1/2", 10);
    let early = command("mute_on", "ir-1/2", 20);
    let cleared = |of: &Command, ms| LaneNote::Cleared { commands: vec![of.id], at: at(ms) };
    store.record(vec![direct(lost.clone(), Reason::SessionLost)]).await.unwrap();
    // Found out before it was stored.
    store.note_lanes(vec![cleared(&lost, 100), cleared(&early, 100)]).await.unwrap();
    store.record(vec![direct(early.clone(), Reason::NoEvidence)]).await.unwrap();
    assert_eq!(late(&memory(&store, 200).await), []);
    // Lost anew, it is late anew.
    let mut again = queued_again(&early);
    again.direct_attempt = Some(attempt(Reason::NoEvidence, 500));
    let other = Command { id: again.command.id, ..command("mute_off", "ir-1/2", 30) };
    again.command = other.clone();
    store.enqueue(again).await.unwrap();
    let store = factory.reopen(store).await;
    assert_eq!(late(&memory(&store, 600).await), [(other, None)]);
}

fn queued_again(command: &Command) -> venue_domain::NewCommand {
    let id = venue_domain::CommandId::generate();
    crate::given::queued(Command { id, ..command.clone() })
}

/// See its name.
pub async fn what_was_sent_once_more_is_an_attempt_of_its_command(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let (lost, seven) = (command("channel 5", "ir-1/2", 10), command("channel 7", "ir-1/2", 100));
    store.record(vec![direct(lost, Reason::SessionLost)]).await.unwrap();
    store.record(vec![direct(seven.clone(), Reason::Delivered)]).await.unwrap();
    let again = attempt(Reason::Delivered, 4_200);
    let note = LaneNote::Reasserted { command: seven.id, attempt: again.clone() };
    store.note_lanes(vec![note]).await.unwrap();
    let store = factory.reopen(store).await;
    let account = store.command(seven.id).await.unwrap().unwrap();
    assert_eq!(account.attempts, [attempt(Reason::Delivered, 100), again]);
    assert_eq!(memory(&store, 5_000).await.ports[0].channel_at, Some(at(4_240)));
}

/// See its name.
pub async fn when_a_port_was_sent_what_outlives_the_store(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let sent = |text, ms, reason| direct(command(text, "ir-1/2", ms), reason);
    let records = vec![
        sent("power_on", 10, Reason::Delivered),
        // It may have switched the TV on.
        sent("power", 500, Reason::Delivered),
        sent("power_off", 700, Reason::Delivered),
        sent("channel 501", 1_000, Reason::NoEvidence),
        sent("number 5", 2_000, Reason::Delivered),
        sent("mute", 3_000, Reason::Refused),
        sent("mute", 4_000, Reason::DeviceOffline),
    ];
    store.record(records).await.unwrap();
    let store = factory.reopen(store).await;
    let known = memory(&store, 5_000).await;
    let port = &known.ports[0];
    let ended = |ms: i64| at(ms).plus(Duration::from_millis(40));
    assert_eq!(port.sent_at, ended(3_000), "of what was not sent no byte left");
    assert_eq!(port.power_on_at, Some(ended(500)));
    assert_eq!((port.channel_at, port.channel_digits), (Some(ended(1_000)), 3));
    assert_eq!(port.digit_at, Some(ended(2_000)));
    assert_eq!(port.unsure_at, Some(ended(1_000)));
}

/// See its name.
pub async fn what_ended_unknown_leaves_its_part_of_the_port_unknown(
    factory: &impl Factory<Store: LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let sent = |text, ms, reason| direct(command(text, "ir-1/2", ms), reason);
    let known = vec![
        sent("power_on", 10, Reason::Delivered),
        sent("mute_on", 20, Reason::Delivered),
        sent("channel 5", 30, Reason::Delivered),
    ];
    store.record(known).await.unwrap();
    store.record(vec![sent("power_off", 100, Reason::NoEvidence)]).await.unwrap();
    let mut tried = new("channel 7", "ir-1/2", 200);
    tried.direct_attempt = Some(attempt(Reason::SessionLost, 200));
    store.enqueue(tried).await.unwrap();
    let store = factory.reopen(store).await;
    let port = store.port_status(None).await.unwrap().remove(0);
    assert_eq!((port.power, port.channel, port.muted), (None, None, Some(true)));
    assert_eq!(port.last_command, "channel", "the last one that was delivered");
}
