//! What may have acted never ends in a status that says that it did not.

use std::time::Duration;

use venue_domain::{
    Cancelled, CommandId, NewCommand, PreviousShutdown, Reason, Settlement, Status, WorkQueue,
};

use crate::{
    Factory,
    given::{at, attempt, batch, batch_id, claim, command, direct, finish, new},
    sides::*,
};

/// Its end: status, reason, and whether it is known that it may have acted.
async fn told(store: &impl Queue, id: CommandId) -> (Status, Option<Reason>, bool) {
    let account = store.command(id).await.unwrap().expect("the command is known");
    (account.record.status, account.record.reason, account.record.unknown_seen)
}

const fn unknown(reason: Reason) -> (Status, Option<Reason>, bool) {
    (Status::Unknown, Some(reason), true)
}

/// A wish whose direct try ended unknown.
fn tried(port: &str, ms: i64) -> NewCommand {
    NewCommand {
        direct_attempt: Some(attempt(Reason::NoEvidence, ms)),
        ..new("channel 5", port, ms)
    }
}

/// See its name.
pub async fn what_waits_after_an_unknown_attempt_ends_unknown_whatever_ends_it(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let [replaced, withdrawn, outlived] = [1, 2, 3].map(|port| tried(&format!("ir-1/{port}"), 1));
    for new in [&replaced, &withdrawn, &outlived] {
        store.enqueue(new.clone()).await.unwrap();
    }
    let newer = new("channel 7", "ir-1/1", 50);
    let stored = store.enqueue(newer.clone()).await.unwrap();
    assert_eq!(stored.ended_commands.ended[0].status, Status::Unknown);
    assert_eq!(told(store, replaced.command.id).await, unknown(Reason::Superseded));
    let account = store.command(replaced.command.id).await.unwrap().unwrap();
    assert_eq!(account.record.superseded_by, Some(newer.command.id));
    assert!(account.attempts[0].may_have_acted());
    let cancelled = store.cancel(withdrawn.command.id, at(60)).await.unwrap();
    let Cancelled::Cancelled(ended_commands) = cancelled else { panic!("{cancelled:?}") };
    assert_eq!(ended_commands.ended[0].status, Status::Unknown);
    assert_eq!(told(store, withdrawn.command.id).await, unknown(Reason::Cancelled));
    let expired = store.expire(outlived.command.expires_at).await.unwrap();
    assert!(expired.ended_commands.ended.iter().any(|one| one.command == outlived.command.id));
    assert_eq!(told(store, outlived.command.id).await, unknown(Reason::Expired));
}

/// See its name.
pub async fn what_was_overtaken_in_flight_ends_unknown_if_its_attempt_did(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    for (port, reason, expected) in [
        ("ir-1/1", Reason::SessionLost, unknown(Reason::Superseded)),
        ("ir-2/1", Reason::LaneBusy, (Status::Superseded, Some(Reason::Superseded), false)),
    ] {
        let old = new("channel 5", port, 1);
        store.enqueue(old.clone()).await.unwrap();
        let device = old.command.target.device.to_string();
        let in_flight = claim(store, &device, 2).await.unwrap();
        store.supersede(command("channel 7", port, 3).into(), at(3)).await.unwrap();
        let retry = Settlement::Retry { attempt: attempt(reason, 2), due_at: at(2_000) };
        let settled = store.settle(in_flight.ticket, retry, at(50)).await.unwrap();
        assert_eq!(settled.status, Some(expected.0));
        assert_eq!(told(store, old.command.id).await, expected, "{reason}");
    }
}

/// See its name.
pub async fn a_refusal_after_an_unknown_attempt_does_not_undo_it(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let wish = tried("ir-1/2", 1);
    store.enqueue(wish.clone()).await.unwrap();
    let claimed = claim(store, "ir-1", 5).await.unwrap();
    store.settle(claimed.ticket, finish(Reason::Refused, 5), at(50)).await.unwrap();
    assert_eq!(told(store, wish.command.id).await, unknown(Reason::Refused));
    let toggle = new("power", "ir-1/3", 60);
    store.enqueue(toggle.clone()).await.unwrap();
    let claimed = claim(store, "ir-1", 61).await.unwrap();
    store.settle(claimed.ticket, finish(Reason::NoEvidence, 61), at(90)).await.unwrap();
    assert_eq!(told(store, toggle.command.id).await, unknown(Reason::NoEvidence));
}

/// See its name.
pub async fn an_interrupted_attempt_may_have_acted_however_late_it_is_found(
    factory: &impl Factory<Store: Queue>,
) {
    let store = factory.fresh().await;
    let [late, waits] = ["ir-1/1", "ir-2/1"].map(|port| new("channel 5", port, 1));
    for new in [&late, &waits] {
        store.enqueue(new.clone()).await.unwrap();
    }
    claim(&store, "ir-1", 2).await.unwrap();
    let claimed = claim(&store, "ir-2", 2).await.unwrap();
    let retry = Settlement::Retry { attempt: attempt(Reason::NoEvidence, 2), due_at: at(2_000) };
    store.settle(claimed.ticket, retry, at(3)).await.unwrap();
    let store = factory.reopen(store).await;
    store
        .start(PreviousShutdown::Unclean, late.command.expires_at.plus(Duration::from_secs(1)))
        .await
        .unwrap();
    assert_eq!(told(&store, late.command.id).await, unknown(Reason::Expired));
    assert_eq!(told(&store, waits.command.id).await, unknown(Reason::UncleanStop));
}

/// See its name.
pub async fn a_direct_command_that_was_overtaken_is_recorded_as_what_may_have_acted(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let newer = command("channel 7", "ir-1/2", 5);
    let mut overtaken = direct(command("channel 5", "ir-1/2", 1), Reason::NoEvidence);
    overtaken.superseded_by = Some(newer.id);
    let mut unsent = direct(command("channel 5", "ir-1/3", 1), Reason::Superseded);
    unsent.superseded_by = Some(newer.id);
    store.record(vec![overtaken.clone(), unsent.clone()]).await.unwrap();
    assert_eq!(told(store, overtaken.command.id).await, unknown(Reason::Superseded));
    let account = store.command(overtaken.command.id).await.unwrap().unwrap();
    assert_eq!(account.record.superseded_by, Some(newer.id));
    assert_eq!(account.attempts[0].reason, Reason::NoEvidence);
    let superseded = (Status::Superseded, Some(Reason::Superseded), false);
    assert_eq!(told(store, unsent.command.id).await, superseded);
}

/// See its name.
pub async fn a_batch_counts_what_may_have_acted_as_unknown_and_retries_it_only_if_it_is_wished(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let (id, ports) = (batch_id("bar"), ["ir-1/1", "ir-2/1"]);
    let new = batch("bar", "channel 5", &ports, 1);
    let [withdrawn, outlived] = [0, 1].map(|place: usize| new.commands[place].command.id);
    let late = new.commands[1].command.expires_at;
    store.create_batch(new).await.unwrap();
    for device in ["ir-1", "ir-2"] {
        let claimed = claim(store, device, 2).await.unwrap();
        let attempt = attempt(Reason::NoEvidence, 2);
        let retry = Settlement::Retry { attempt, due_at: at(2_000) };
        store.settle(claimed.ticket, retry, at(3)).await.unwrap();
    }
    store.cancel(withdrawn, at(4)).await.unwrap();
    store.expire(late).await.unwrap();
    let counts = store.batch(id.clone()).await.unwrap().unwrap().counts;
    assert_eq!((counts.of(Status::Unknown), counts.total()), (2, 2));
    let again = store.retryable(id).await.unwrap();
    assert_eq!(again.iter().map(|record| record.id).collect::<Vec<_>>(), [outlived]);
}
