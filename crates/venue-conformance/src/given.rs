//! Commands and moments that the cases start from.

use std::{sync::Arc, time::Duration};

use venue_domain::{
    Actor, Attempt, BatchId, Claim, Claimed, Class, Command, CommandId, DirectRecord, EndedRequest,
    Evidence, Hostname, KeyedRequest, MaxAttempts, NewBatch, NewCommand, OrderKey, PortIndex,
    Priority, Promotion, QueueId, QueueView, Reason, Settlement, Status, StoredAnswer, Timestamp,
    WorkQueue, testing,
};

/// A moment, in milliseconds from the begin of the story.
pub(crate) const fn at(ms: i64) -> Timestamp {
    // 2026-09-09, so that days and minutes are those of real life.
    Timestamp::from_unix_ms(1_788_900_000_000 + ms)
}

pub(crate) fn device(name: &str) -> Hostname {
    name.parse().unwrap()
}

/// A command accepted at `ms`, which is its order key as well.
pub(crate) fn command(text: &str, port: &str, ms: i64) -> Command {
    testing::command(text, port, at(ms), ms.unsigned_abs())
}

/// The same on its way into the queue, with the usual settings.
pub(crate) fn new(text: &str, port: &str, ms: i64) -> NewCommand {
    queued(command(text, port, ms))
}

pub(crate) fn queued(command: Command) -> NewCommand {
    NewCommand::new(command, Priority::INTERACTIVE, MaxAttempts::default())
}

/// A batch of one action for several ports, accepted at `ms`.
pub(crate) fn batch(name: &str, text: &str, ports: &[&str], ms: i64) -> NewBatch {
    let commands = (ms..).zip(ports).map(|(ms, port)| {
        let command = Command { class: Class::Bulk, ..command(text, port, ms) };
        NewCommand::new(command, Priority::BULK, MaxAttempts::default())
    });
    NewBatch {
        id: batch_id(name),
        actor: Actor::default(),
        created_at: at(ms),
        commands: commands.collect(),
        rejected: 1,
        duplicates: 2,
        notes: Some("the whole bar".to_owned()),
    }
}

pub(crate) fn batch_id(name: &str) -> BatchId {
    name.parse().unwrap()
}

/// An attempt that began at `ms`, took 40 ms and ended for `reason`.
pub(crate) fn attempt(reason: Reason, ms: i64) -> Attempt {
    Attempt {
        started_at: at(ms),
        took: Duration::from_millis(40),
        reason,
        evidence: (reason == Reason::Delivered).then_some(Evidence::Reply),
        detail: (reason == Reason::Refused).then(|| "no such action".to_owned()),
    }
}

/// The end of a claim for `reason`.
pub(crate) fn finish(reason: Reason, ms: i64) -> Settlement {
    Settlement::Finish { attempt: attempt(reason, ms) }
}

/// A direct command that ended for `reason`.
pub(crate) fn direct(command: Command, reason: Reason) -> DirectRecord {
    let ms = command.accepted_at.unix_ms() - at(0).unix_ms();
    DirectRecord { command: Arc::new(command), attempt: attempt(reason, ms), superseded_by: None }
}

/// What became due at `ms` by the clock of then, and has `key`.
pub(crate) const fn due(queue_id: QueueId, key: OrderKey, ms: i64) -> Promotion {
    Promotion { queue_id, key, due_at: at(ms) }
}

/// Claims the next command of `name` at `ms`, if there is one.
pub(crate) async fn claim(store: &impl WorkQueue, name: &str, ms: i64) -> Option<Claim> {
    claim_beside(store, name, &[], ms).await.claim.map(|claim| *claim)
}

/// Claims the next command of `name` that is for none of the `busy` ports.
pub(crate) async fn claim_beside(
    store: &impl WorkQueue,
    name: &str,
    busy: &[u8],
    ms: i64,
) -> Claimed {
    let lease_until = at(ms).plus(Duration::from_secs(15));
    let busy = busy.iter().map(|port| PortIndex::try_from(i64::from(*port)).unwrap()).collect();
    store.claim(device(name), busy, lease_until, at(ms)).await.unwrap()
}

/// Claims and settles for `reason`, and tells what was sent.
pub(crate) async fn serve(
    store: &impl WorkQueue,
    name: &str,
    reason: Reason,
    ms: i64,
) -> Option<CommandId> {
    let claim = claim(store, name, ms).await?;
    let settled = store.settle(claim.ticket, finish(reason, ms), at(ms + 40)).await.unwrap();
    assert!(settled.status.is_some(), "a claim that is current can be settled");
    Some(claim.command.id)
}

/// Serves `name` until it has nothing to do; tells what was sent, in order.
pub(crate) async fn drain(store: &impl WorkQueue, name: &str, ms: i64) -> Vec<CommandId> {
    let mut sent = Vec::new();
    while let Some(id) = serve(store, name, Reason::Delivered, ms).await {
        sent.push(id);
    }
    sent
}

/// The status of a command and why.
pub(crate) async fn status(store: &impl QueueView, id: CommandId) -> (Status, Option<Reason>) {
    let account = store.command(id).await.unwrap().expect("the command is known");
    (account.record.status, account.record.reason)
}

/// An end as it is shown.
pub(crate) const fn ended(reason: Reason) -> (Status, Option<Reason>) {
    (reason.status(), Some(reason))
}

/// A request of `actor` at `ms` under the one key, whose answer is kept for a day.
pub(crate) fn request(actor: &str, fingerprint: &str, ms: i64) -> KeyedRequest {
    KeyedRequest {
        actor: actor.to_owned(),
        key: "k-1".to_owned(),
        fingerprint: fingerprint.to_owned(),
        at: at(ms),
        expires_at: at(ms).plus(Duration::from_secs(24 * 60 * 60)),
    }
}

/// An answer to a keyed request.
pub(crate) fn answer() -> StoredAnswer {
    let head = "location: /api/v1/commands/7\nretry-after: 5\n".to_owned();
    StoredAnswer { code: 202, head, body: r#"{"method":"queued"}"#.to_owned() }
}

/// The end of the request of ann, which names `records`.
pub(crate) fn ended_request(records: Vec<DirectRecord>) -> EndedRequest {
    EndedRequest { actor: "ann".into(), key: "k-1".into(), answer: answer(), records }
}
