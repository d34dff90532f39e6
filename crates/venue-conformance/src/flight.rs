//! Commands in flight: claimed, settled once, taken back.

use std::{sync::Arc, time::Duration};

use venue_domain::{
    Cancelled, ClaimTicket, Claimed, Class, Command, CommandId, Due, Enqueued, Evidence,
    MaxAttempts, NewCommand, Priority, Reason, RoutingMethod, Settlement, SettlementRule, Status,
    SupersededBy,
};

use crate::{
    Factory,
    given::{
        at, attempt, claim, claim_beside, command, device, drain, ended, finish, new, queued,
        serve, status,
    },
    sides::*,
};

/// See its name.
pub async fn a_claim_is_in_flight_with_all_that_is_known(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut fallback = new("channel 060", "ir-1/2", 1);
    fallback.direct_attempt = Some(attempt(Reason::NoEvidence, 1));
    fallback.wait_for_device = Duration::from_secs(90);
    let id = store.enqueue(fallback.clone()).await.unwrap().answer.queue_id();
    let claim = claim(store, "ir-1", 5).await.unwrap();
    assert_eq!(claim.ticket.queue_id, id);
    assert_eq!(*claim.command, fallback.command);
    assert_eq!((claim.attempt, claim.max_attempts), (1, MaxAttempts::default()));
    assert!(claim.unknown_seen, "the direct attempt may have reached the TV");
    assert_eq!(claim.routing_method, RoutingMethod::DirectFailedQueued);
    let waits_until = fallback.command.accepted_at.plus(Duration::from_secs(90));
    assert_eq!(claim.waits_until, waits_until);
    assert_eq!(status(store, fallback.command.id).await.0, Status::Processing);
    assert_eq!(store.depth().processing, 1);
    assert_eq!(crate::given::claim(store, "ir-1", 6).await, None);
}

/// See its name.
pub async fn a_delivered_command_leaves_the_queue(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let new = new("power_on", "ir-1/2", 0);
    store.enqueue(new.clone()).await.unwrap();
    let claim = claim(store, "ir-1", 500).await.unwrap();
    let settled =
        store.settle(claim.ticket, finish(Reason::Delivered, 500), at(540)).await.unwrap();
    assert_eq!((settled.status, settled.next_due), (Some(Status::Completed), None));
    assert_eq!(settled.ended_commands.ended[0].command, new.command.id);
    let account = store.command(new.command.id).await.unwrap().unwrap();
    let record = account.record;
    assert_eq!((record.status, record.success()), (Status::Completed, Some(true)));
    assert_eq!(record.evidence, Some(Evidence::Reply));
    assert_eq!(record.execution_time, Some(Duration::from_millis(40)));
    assert_eq!(record.queue_wait, Some(Duration::from_millis(500)));
    assert_eq!(record.completed_at, Some(at(540)));
    assert_eq!(account.attempts, [attempt(Reason::Delivered, 500)]);
    assert_eq!(store.depth(), venue_domain::Depth::default());
    assert!(store.open_commands(None, None, 10).await.unwrap().is_empty());
}

/// See its name.
pub async fn a_late_result_changes_nothing(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let new = new("power_on", "ir-1/2", 0);
    store.enqueue(new.clone()).await.unwrap();
    let first = claim(store, "ir-1", 1).await.unwrap();
    store.rescue(at(16_000)).await.unwrap();
    let second = claim(store, "ir-1", 16_001).await.unwrap();
    assert_ne!(first.ticket, second.ticket);
    // The first worker comes back with a success that is no longer its to report.
    let late = store.settle(first.ticket, finish(Reason::Delivered, 1), at(16_002)).await.unwrap();
    assert_eq!(late.status, None);
    assert!(late.ended_commands.ended.is_empty());
    assert_eq!(status(store, new.command.id).await.0, Status::Processing);
    store.settle(second.ticket, finish(Reason::Refused, 16_001), at(16_050)).await.unwrap();
    // The first attempt may have reached the TV all the same.
    let refused = (Status::Unknown, Some(Reason::Refused));
    assert_eq!(status(store, new.command.id).await, refused);
    let again = store.settle(second.ticket, finish(Reason::Delivered, 1), at(16_060)).await;
    assert_eq!(again.unwrap().status, None);
    assert_eq!(status(store, new.command.id).await, refused);
    let nobody = ClaimTicket { number: 9, ..second.ticket };
    assert_eq!(
        store.settle(nobody, finish(Reason::Delivered, 1), at(1)).await.unwrap().status,
        None
    );
}

/// See its name.
pub async fn a_retry_waits_until_it_is_due(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let new = new("channel 5", "ir-1/2", 0);
    store.enqueue(new.clone()).await.unwrap();
    let first = claim(store, "ir-1", 1).await.unwrap();
    let retry = Settlement::Retry { attempt: attempt(Reason::DeviceStalled, 1), due_at: at(2_000) };
    let settled = store.settle(first.ticket, retry, at(40)).await.unwrap();
    assert_eq!((settled.status, settled.next_due), (Some(Status::Pending), Some(at(2_000))));
    let record = store.command(new.command.id).await.unwrap().unwrap().record;
    assert_eq!((record.reason, record.attempts), (Some(Reason::DeviceStalled), 1));
    assert_eq!(record.due_at, at(2_000));
    assert_eq!(record.key, Some(new.command.key), "a retry keeps its place in the order");
    assert_eq!(claim(store, "ir-1", 1_999).await, None);
    let promoted = store.promote(Vec::new(), at(2_000)).await.unwrap();
    assert_eq!((promoted.devices, promoted.next_due), (vec![device("ir-1")], None));
    let second = claim(store, "ir-1", 2_000).await.unwrap();
    assert_eq!((second.attempt, second.unknown_seen), (2, false));
}

/// See its name.
pub async fn the_last_attempt_decides_between_failed_and_unknown(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    for (ms, unknown, expected) in
        [(0, Reason::SessionLost, Reason::NoEvidence), (9, Reason::LaneBusy, Reason::DeviceOffline)]
    {
        let mut new = new("channel 5", "ir-1/2", ms);
        new.max_attempts = MaxAttempts::try_from(2).unwrap();
        store.enqueue(new.clone()).await.unwrap();
        let first = claim(store, "ir-1", ms).await.unwrap();
        let retry = Settlement::Retry { attempt: attempt(unknown, ms), due_at: at(ms) };
        store.settle(first.ticket, retry, at(ms)).await.unwrap();
        let second = claim(store, "ir-1", ms + 1).await.unwrap();
        // A retry beyond the last attempt is the end.
        let offline = attempt(Reason::DeviceOffline, ms + 1);
        let retry = Settlement::Retry { attempt: offline, due_at: at(ms + 2) };
        store.settle(second.ticket, retry, at(ms + 2)).await.unwrap();
        assert_eq!(status(store, new.command.id).await, ended(expected));
        let account = store.command(new.command.id).await.unwrap().unwrap();
        let reasons: Vec<_> = account.attempts.iter().map(|attempt| attempt.reason).collect();
        assert_eq!(reasons, [unknown, Reason::DeviceOffline]);
    }
}

/// See its name.
pub async fn a_retry_that_could_press_twice_is_refused(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    for (text, reason) in [
        ("power", Reason::NoEvidence),
        ("volume_up", Reason::SessionLost),
        ("ok", Reason::NoEvidence),
        ("power_on", Reason::Refused),
    ] {
        let new = new(text, "ir-1/2", 0);
        store.enqueue(new.clone()).await.unwrap();
        let claim = claim(store, "ir-1", 1).await.unwrap();
        let retry = Settlement::Retry { attempt: attempt(reason, 1), due_at: at(2_000) };
        store.settle(claim.ticket, retry, at(40)).await.unwrap();
        assert_eq!(status(store, new.command.id).await, ended(reason), "{text}");
    }
}

/// See its name.
pub async fn a_released_claim_costs_no_attempt(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut new = new("power", "ir-1/2", 0);
    new.max_attempts = MaxAttempts::ONCE;
    store.enqueue(new.clone()).await.unwrap();
    let first = claim(store, "ir-1", 1).await.unwrap();
    let release = Settlement::Release { due_at: at(2) };
    let settled = store.settle(first.ticket, release, at(2)).await.unwrap();
    assert_eq!((settled.status, settled.next_due), (Some(Status::Pending), Some(at(2))));
    let given_back = store.command(new.command.id).await.unwrap().unwrap();
    assert_eq!((given_back.record.last_attempt_at, given_back.record.attempts), (None, 0));
    let second = claim(store, "ir-1", 3).await.unwrap();
    assert_eq!((second.attempt, second.unknown_seen), (1, false));
    assert!(store.command(new.command.id).await.unwrap().unwrap().attempts.is_empty());
}

/// See its name.
pub async fn what_is_given_back_keeps_the_time_of_its_last_attempt(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let new = new("channel 5", "ir-1/2", 0);
    store.enqueue(new.clone()).await.unwrap();
    let first = claim(store, "ir-1", 1).await.unwrap();
    let retry = Settlement::Retry { attempt: attempt(Reason::DeviceOffline, 1), due_at: at(50) };
    store.settle(first.ticket, retry, at(2)).await.unwrap();
    let tried = store.command(new.command.id).await.unwrap().unwrap().record.last_attempt_at;
    assert!(tried.is_some());
    store.promote(Vec::new(), at(50)).await.unwrap();
    let second = claim(store, "ir-1", 50).await.unwrap();
    store.settle(second.ticket, Settlement::Release { due_at: at(60) }, at(51)).await.unwrap();
    let found = store.command(new.command.id).await.unwrap().unwrap().record;
    assert_eq!((found.last_attempt_at, found.attempts), (tried, 1));
    // Nor does one that is replaced in its lane say that it was tried then.
    store.promote(Vec::new(), at(60)).await.unwrap();
    let third = claim(store, "ir-1", 60).await.unwrap();
    let newer = command("channel 7", "ir-1/2", 61);
    let by = SupersededBy { command: newer.id, key: newer.key };
    store.settle(third.ticket, Settlement::Superseded { by }, at(62)).await.unwrap();
    let found = store.command(new.command.id).await.unwrap().unwrap().record;
    assert_eq!((found.last_attempt_at, found.attempts), (tried, 1));
}

/// See its name.
pub async fn a_lease_that_is_over_is_taken_back(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let absolute = new("channel 5", "ir-1/2", 0);
    let toggle = new("power", "ir-2/2", 0);
    store.enqueue(absolute.clone()).await.unwrap();
    store.enqueue(toggle.clone()).await.unwrap();
    claim(store, "ir-1", 0).await.unwrap();
    claim(store, "ir-2", 0).await.unwrap();
    let early = store.rescue(at(14_999)).await.unwrap();
    assert_eq!(early, venue_domain::Rescued::default());
    let rescued = store.rescue(at(15_000)).await.unwrap();
    assert_eq!(rescued.devices, [device("ir-1")]);
    assert_eq!(rescued.ended_commands.ended.len(), 1);
    assert_eq!(status(store, toggle.command.id).await, ended(Reason::Interrupted));
    let again = claim(store, "ir-1", 15_001).await.unwrap();
    assert_eq!((again.attempt, again.unknown_seen), (1, true));
}

/// See its name.
pub async fn beside_what_is_in_flight_only_other_ports_are_handed_out(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    for (ms, port) in [(0, 1), (1, 1), (2, 2), (3, 255)] {
        let what = if ms == 1 { "mute_on" } else { "channel 5" };
        store.enqueue(new(what, &format!("ir-1/{port}"), ms)).await.unwrap();
    }
    let port =
        |claimed: &Claimed| claimed.claim.as_ref().map(|claim| claim.command.target.port.number());
    let first = claim_beside(store, "ir-1", &[], 5).await;
    assert_eq!(port(&first), Some(1));
    let second = claim_beside(store, "ir-1", &[1], 5).await;
    assert_eq!(port(&second), Some(2), "what waits for port 1 is passed by");
    assert_eq!(store.depth().processing, 2);
    // What can be claimed, but for a port that is busy, is nothing that becomes due.
    let nothing = claim_beside(store, "ir-1", &[1, 2, 255], 6).await;
    assert_eq!((port(&nothing), nothing.next_due), (None, None));
    let third = claim_beside(store, "ir-1", &[1, 2], 6).await;
    assert_eq!(port(&third), Some(255));
    // Each of them ends by itself, and tells that something waits for a port that is free again.
    let first = first.claim.unwrap();
    let settled = store.settle(first.ticket, finish(Reason::Delivered, 5), at(50)).await.unwrap();
    assert_eq!(settled.next_due, Some(at(50)));
    let fourth = claim_beside(store, "ir-1", &[2, 255], 50).await;
    assert_eq!(port(&fourth), Some(1));
    // A kill now: all three may have been sent.
    let rescued = store.rescue(at(20_000)).await.unwrap();
    assert_eq!((rescued.devices, store.depth().processing), (vec![device("ir-1")], 0));
}

/// See its name.
pub async fn what_goes_beside_goes_in_the_order_of_its_device(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut low = new("channel 5", "ir-1/2", 0);
    low.priority = Priority::SYSTEM;
    let high = new("channel 5", "ir-1/3", 1);
    // The second key of port 4 is the more urgent one, and stays behind the first.
    let mut key = new("ok", "ir-1/4", 2);
    key.priority = Priority::SYSTEM;
    let mut next_key = new("up", "ir-1/4", 3);
    next_key.priority = Priority::try_from(10).unwrap();
    let busy = new("channel 5", "ir-1/1", 4);
    for new in [&low, &high, &key, &next_key, &busy] {
        store.enqueue(new.clone()).await.unwrap();
    }
    let mut sent = Vec::new();
    let mut in_flight = vec![1];
    while let Some(claim) = claim_beside(store, "ir-1", &in_flight, 10).await.claim {
        in_flight.push(claim.command.target.port.number());
        sent.push(claim.command.id);
    }
    assert_eq!(sent, [high.command.id, key.command.id, low.command.id]);
    // Of a port nothing goes beside what is in flight for it, and nothing is lost.
    let waiting = drain(store, "ir-1", 20).await;
    assert_eq!(waiting, [next_key.command.id, busy.command.id]);
}

/// See its name.
pub async fn cancelling_is_too_late_for_what_is_in_flight(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let new = new("channel 5", "ir-1/2", 0);
    let id = new.command.id;
    assert_eq!(store.cancel(id, at(1)).await, Ok(Cancelled::NotFound));
    store.enqueue(new).await.unwrap();
    let waiting = crate::given::new("channel 5", "ir-1/3", 0);
    store.enqueue(waiting.clone()).await.unwrap();
    claim(store, "ir-1", 1).await.unwrap();
    assert_eq!(store.cancel(id, at(2)).await, Ok(Cancelled::InFlight));
    let cancelled = store.cancel(waiting.command.id, at(3)).await.unwrap();
    assert!(
        matches!(cancelled, Cancelled::Cancelled(ended_commands) if ended_commands.ended.len() == 1)
    );
    let again = store.cancel(waiting.command.id, at(4)).await;
    assert_eq!(again, Ok(Cancelled::Finished(Status::Cancelled)));
}

/// See its name.
pub async fn one_system_task_of_a_kind_waits_for_a_device(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let task = || queued(command("refresh_capabilities", "ir-1/0", 1));
    let first = store.enqueue(task()).await.unwrap().answer;
    let second = store.enqueue(task()).await.unwrap().answer;
    assert!(matches!(first, Enqueued::Waiting { .. }));
    assert_eq!(first.queue_id(), second.queue_id());
    let Enqueued::AlreadyWaiting { queue_id, waiting } = second else { panic!("{second:?}") };
    assert_eq!(store.queued(queue_id).await.unwrap().map(|account| account.record), Some(*waiting));
    let other = queued(command("refresh_capabilities", "ir-2/0", 1));
    let other = store.enqueue(other).await.unwrap().answer;
    assert!(matches!(other, Enqueued::Waiting { .. }));
    assert!(serve(store, "ir-1", Reason::Delivered, 5).await.is_some());
    let third = store.enqueue(task()).await.unwrap().answer;
    assert!(matches!(third, Enqueued::Waiting { .. }));
}

/// See its name.
pub async fn only_a_read_that_waits_now_is_joined_by_another(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    // What reaches an appliance is its own command, whatever class somebody gives it.
    for (ms, digit) in (1..).zip(["number 1", "number 2", "number 1"]) {
        let key = Command { class: Class::System, ..command(digit, "ir-1/2", ms) };
        let answer = store.enqueue(queued(key)).await.unwrap().answer;
        assert!(matches!(answer, Enqueued::Waiting { .. }), "{digit}: {answer:?}");
    }
    let scheduled = NewCommand {
        due: Due::Scheduled { at: at(60_000), wish: None },
        ..queued(command("health_check", "ir-1/0", 5))
    };
    for new in [scheduled.clone(), queued(command("health_check", "ir-1/0", 6))] {
        let answer = store.enqueue(new).await.unwrap().answer;
        assert!(matches!(answer, Enqueued::Waiting { .. }), "the one for later is no answer now");
    }
    let later = NewCommand { command: command("health_check", "ir-1/0", 7), ..scheduled };
    let answer = store.enqueue(later).await.unwrap().answer;
    assert!(matches!(answer, Enqueued::Waiting { .. }), "what waits now is none of then");
}

/// See its name.
pub async fn what_is_passed_over_is_counted_and_never_in_flight(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut once = new("power", "ir-1/1", 0);
    once.max_attempts = MaxAttempts::ONCE;
    let [again, waits, replaced] =
        [2, 3, 4].map(|port| new("channel 5", &format!("ir-1/{port}"), 0));
    let mut seen = Vec::new();
    for new in [&once, &again, &waits, &replaced] {
        store.enqueue(new.clone()).await.unwrap();
        seen.push(new.command.id);
    }
    let winner = SupersededBy { key: replaced.command.key, command: CommandId::generate() };
    let [kept, gone] = [waits.command.id, replaced.command.id];
    let rule: SettlementRule = Arc::new(move |claim| {
        let attempt = attempt(Reason::DeviceOffline, 5);
        match claim.command.id {
            id if id == kept => Settlement::Release { due_at: at(90_000) },
            id if id == gone => Settlement::Superseded { by: winner },
            _ => Settlement::Retry { attempt, due_at: at(2_000) },
        }
    });
    let passed = store.pass_over(device("ir-1"), Arc::clone(&rule), at(5)).await.unwrap();
    assert_eq!((passed.more, passed.next_due), (false, Some(at(2_000))));
    assert_eq!(passed.ended_commands.ended.len(), 2);
    assert_eq!(status(store, once.command.id).await, ended(Reason::DeviceOffline));
    assert_eq!(status(store, gone).await, ended(Reason::Superseded));
    // Of what was replaced before its first byte no attempt was made.
    let replaced = store.command(gone).await.unwrap().unwrap();
    assert_eq!((replaced.record.attempts, replaced.attempts.len()), (0, 0));
    let told = passed.ended_commands.ended.iter().find(|ended| ended.command == gone);
    assert_eq!(told.map(|ended| ended.attempts), Some(0));
    let record = store.command(again.command.id).await.unwrap().unwrap().record;
    assert_eq!((record.status, record.attempts), (Status::Pending, 1));
    let account = store.command(kept).await.unwrap().unwrap();
    assert_eq!((account.record.attempts, account.attempts.len()), (0, 0));
    assert_eq!(store.depth().processing, 0);
    // It can be withdrawn at any time, and nothing is taken back after a kill.
    let cancelled = store.cancel(again.command.id, at(6)).await.unwrap();
    assert!(matches!(cancelled, Cancelled::Cancelled(_)), "{cancelled:?}");
    assert_eq!(
        store.rescue(at(i64::from(u32::MAX))).await.unwrap(),
        venue_domain::Rescued::default()
    );
    let nothing = store.pass_over(device("ir-1"), Arc::clone(&rule), at(7)).await.unwrap();
    assert_eq!((nothing.more, nothing.next_due), (false, Some(at(90_000))));
    // What is due and was not promoted is not passed over, and is no more to be passed over now.
    let nothing = store.pass_over(device("ir-1"), rule, at(90_001)).await.unwrap();
    assert_eq!((nothing.more, nothing.next_due), (false, Some(at(90_000))));
    assert_eq!(claim(store, "ir-1", 8).await, None);
}

/// See its name.
pub async fn what_was_replaced_in_its_lane_ends_superseded(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let new = new("channel 5", "ir-1/2", 0);
    store.enqueue(new.clone()).await.unwrap();
    let claimed = claim(store, "ir-1", 1).await.unwrap();
    // Found just before its first byte: no attempt was made, and nothing was delivered.
    let by = SupersededBy { key: new.command.key, command: CommandId::generate() };
    let settled = store.settle(claimed.ticket, Settlement::Superseded { by }, at(5)).await.unwrap();
    assert_eq!(settled.status, Some(Status::Superseded));
    let account = store.command(new.command.id).await.unwrap().unwrap();
    assert_eq!(account.record.superseded_by, Some(by.command));
    assert_eq!((account.record.attempts, account.attempts.len()), (0, 0));
    assert_eq!(status(store, new.command.id).await, ended(Reason::Superseded));
    assert_eq!(store.port_status(Some(device("ir-1"))).await, Ok(Vec::new()));
}
