//! Commands go into the queue.

use std::sync::LazyLock;

use rusqlite::{OptionalExtension, params};
use venue_domain::{
    Actor, Attempt, BatchId, Command, CommandRecord, Due, EffectGroup, Enqueued, Hostname,
    NewCommand, OrderKey, Priority, QueueId, Status, StoreError, Timestamp, WallTime,
};

use crate::{
    error::IntoStoreError,
    fair_queue::{self, Turns},
    fences, image,
    open_queue::{OpenCommand, Standing},
    row::{self, DepthBucket, OPEN_RECORD, RowSummary, millis, sequence},
    sent,
    txn::{End, WriteTxn},
    waiting::{Place, is_sequence_key},
};

/// Stores one command and raises its fences.
pub(crate) fn enqueue(
    txn: &mut WriteTxn<'_>,
    new: &NewCommand,
    batch: Option<&BatchId>,
) -> Result<Enqueued, StoreError> {
    let command = &new.command;
    if let Some(waiting) = same_system_read(txn, new)? {
        return Ok(waiting);
    }
    let now = new.handed_over_at();
    let summary = insert(txn, new, batch)?;
    txn.count(batch, None, Some(Status::Pending));
    txn.move_bucket(None, Some(summary.bucket()));
    if let Some(attempt) = &new.direct_attempt {
        txn.record_attempt(command.id, 0, attempt)?;
        let ended_at = attempt.started_at.plus(attempt.took);
        sent::attempt_ended(txn, command, attempt.reason, ended_at)?;
    }
    if matches!(new.due, Due::Scheduled { .. }) {
        return Ok(Enqueued::Waiting { queue_id: summary.id });
    }
    fences::raise(txn, command, now)?;
    end_if_superseded(txn, &summary, command, now)
}

/// Ends a command that came after a newer one of its slot.
fn end_if_superseded(
    txn: &mut WriteTxn<'_>,
    summary: &RowSummary,
    command: &Command,
    now: Timestamp,
) -> Result<Enqueued, StoreError> {
    let sets_state = command.action.nature().sets_state();
    let group = command.effect_group();
    let winner = fences::winner_over(txn, &command.target, group, sets_state, command.key)?;
    match winner {
        Some(by) => {
            txn.finish(summary, &End::superseded(by.command), now)?;
            Ok(Enqueued::Superseded { queue_id: summary.id, by })
        }
        None => Ok(Enqueued::Waiting { queue_id: summary.id }),
    }
}

/// The same read of the device, if it waits already. One that is for later is another one.
fn same_system_read(txn: &WriteTxn<'_>, new: &NewCommand) -> Result<Option<Enqueued>, StoreError> {
    if !new.is_joined() {
        return Ok(None);
    }
    let command = &new.command;
    let mut select = txn.connection.prepare_cached(&SAME_SYSTEM_READ).store_err()?;
    let device = command.target.device.as_str();
    let found = select.query_row(params![device, command.action.name()], |row| {
        let queue_id = QueueId::new(row.get(1)?);
        Ok(Enqueued::AlreadyWaiting { queue_id, waiting: Box::new(row::record(row)?) })
    });
    found.optional().store_err()
}

fn insert(
    txn: &mut WriteTxn<'_>,
    new: &NewCommand,
    batch: Option<&BatchId>,
) -> Result<RowSummary, StoreError> {
    let command = &new.command;
    let (ready, due_at, wish, placed) = match new.due {
        Due::Now => (true, command.accepted_at, None, true),
        Due::At(at) => (false, at, None, true),
        Due::Scheduled { at, wish } => (false, at, wish, false),
    };
    let key = placed.then_some(command.key);
    let turn = if placed { next_turn(txn, command, new.priority, batch)? } else { 0 };
    let waits_until = placed.then(|| command.accepted_at.plus(new.wait_for_device));
    ensure_not_ended(txn, command)?;
    let parameters = command.action.parameters();
    let attempt = new.direct_attempt.as_ref();
    let mut statement = txn.connection.prepare_cached(INSERT).store_err()?;
    statement
        .execute(params![
            command.id.to_string(),
            command.target.device.as_str(),
            command.action.name(),
            command.target.port.number(),
            parameters.channel,
            parameters.digit,
            parameters.input,
            command.effect_group().map(EffectGroup::name),
            command.action.nature().sets_state(),
            is_sequence_key(&command.action),
            command.action.nature().is_repeatable(),
            command.class.name(),
            batch.map(BatchId::as_str),
            new.priority.number(),
            wish.map(WallTime::unix_ms),
            due_at.unix_ms(),
            ready,
            turn,
            command.expires_at.unix_ms(),
            millis(new.wait_for_device),
            waits_until.map(Timestamp::unix_ms),
            key.map(|key| key.instant.venue_time().unix_ms()),
            key.map(sequence),
            new.max_attempts.number(),
            attempt.is_some_and(Attempt::may_have_acted),
            attempt.map(|attempt| attempt.started_at.unix_ms()),
            attempt.map(|attempt| attempt.reason.name()),
            attempt.and_then(|attempt| attempt.detail.as_deref()),
            attempt.map(|attempt| millis(attempt.took)),
            new.routing_method().name(),
            command.accepted_at.unix_ms(),
            command.actor.name,
            command.actor.address.map(|address| address.to_string()),
            new.notes,
            row::nature_of(&command.action),
            parameters.steps,
        ])
        .store_err()?;
    let id = note(txn, new, turn, placed);
    Ok(summary_of(new, batch, id, ready, placed))
}

/// Notes in the queue what was just stored, and tells its id.
fn note(txn: &mut WriteTxn<'_>, new: &NewCommand, turn: i64, placed: bool) -> QueueId {
    let id = QueueId::new(txn.connection.last_insert_rowid());
    let command = &new.command;
    let (standing, at) = match new.due {
        Due::Now => (Standing::Ready, command.accepted_at),
        Due::At(at) | Due::Scheduled { at, .. } => (Standing::Later, at),
    };
    let reason = new.direct_attempt.as_ref().map(|attempt| attempt.reason);
    let open = OpenCommand {
        id,
        order: if placed { command.key } else { OrderKey::ORIGIN },
        turn,
        at,
        expires_at: command.expires_at,
        device: txn.queue.number(&command.target.device),
        claims: 0,
        port: command.target.port,
        priority: new.priority,
        group: command.effect_group(),
        standing,
        placed,
        sets_state: command.action.nature().sets_state(),
        is_sequence_key: is_sequence_key(&command.action),
        waits_for_session: image::waits_for_session(reason, false),
    };
    txn.queue.put(open);
    id
}

fn ensure_not_ended(txn: &WriteTxn<'_>, command: &Command) -> Result<(), StoreError> {
    let mut has_ended = txn.connection.prepare_cached(HAS_ENDED).store_err()?;
    if has_ended.exists([command.id.to_string()]).store_err()? {
        return Err(StoreError::Invalid { rule: "a command is stored once".into() });
    }
    Ok(())
}

/// The row of a command that was just stored.
fn summary_of(
    new: &NewCommand,
    batch: Option<&BatchId>,
    id: QueueId,
    ready: bool,
    placed: bool,
) -> RowSummary {
    let command = &new.command;
    let attempt = new.direct_attempt.as_ref();
    RowSummary {
        id,
        command: command.id,
        target: command.target.clone(),
        group: command.effect_group(),
        sequence_key: is_sequence_key(&command.action),
        batch: batch.cloned(),
        status: Status::Pending,
        ready,
        took_ms: attempt.map(|attempt| millis(attempt.took)),
        wait_ms: None,
        action: command.action.clone(),
        class: command.class,
        attempts: 0,
        user_ip: command.actor.address,
        placed,
        unknown_seen: attempt.is_some_and(Attempt::may_have_acted),
    }
}

/// The fair turn of `command`.
pub(crate) fn next_turn(
    txn: &mut WriteTxn<'_>,
    command: &Command,
    priority: Priority,
    batch: Option<&BatchId>,
) -> Result<i64, StoreError> {
    let device = &command.target.device;
    know_turns(txn, device, priority)?;
    Ok(txn.fair_queue.next(device, priority, &fair_queue::flow(&command.actor, batch)))
}

/// Reads, once in a run, where the turns of a device stand.
pub(crate) fn know_turns(
    txn: &mut WriteTxn<'_>,
    device: &Hostname,
    priority: Priority,
) -> Result<(), StoreError> {
    if txn.fair_queue.knows(device, priority) {
        return Ok(());
    }
    let mut select = txn.connection.prepare_cached(TURN).store_err()?;
    let mut flows = Vec::new();
    for id in txn.queue.ready_of(device, priority) {
        let found = select.query_row([id.number()], |row| {
            let actor = Actor { name: row.get(0)?, address: row::parsed_optional(row, 1)? };
            let batch = row::parsed_optional::<BatchId>(row, 2)?;
            Ok((fair_queue::flow(&actor, batch.as_ref()), row.get(3)?))
        });
        let (flow, turn) = found.optional().store_err()?.ok_or_else(|| txn.doubt())?;
        flows.push((flow, turn, turn));
    }
    let turns = Turns::resume(flows.into_iter());
    txn.fair_queue.begin(device.clone(), priority, turns);
    Ok(())
}

/// A scheduled command becomes due: it gets its place in the order and its turn.
pub(crate) fn give_place(
    txn: &mut WriteTxn<'_>,
    summary: &RowSummary,
    command: &Command,
    record: &CommandRecord,
    now: Timestamp,
) -> Result<Enqueued, StoreError> {
    let turn = next_turn(txn, command, record.priority, summary.batch.as_ref())?;
    let mut update = txn.connection.prepare_cached(GIVE_PLACE).store_err()?;
    let (instant, sequence) = (command.key.instant.venue_time().unix_ms(), sequence(command.key));
    let (due_at, expires_at) = (record.due_at.unix_ms(), record.expires_at.unix_ms());
    let place = params![summary.id.number(), instant, sequence, turn, due_at, expires_at];
    let changed = update.execute(place).store_err()?;
    drop(update);
    txn.ensure_one(changed)?;
    txn.note(summary.id, |open| {
        (open.placed, open.order, open.turn) = (true, command.key, turn);
        (open.standing, open.at) = (Standing::Ready, record.due_at);
        open.expires_at = record.expires_at;
    });
    txn.move_bucket(Some(DepthBucket::Later), Some(DepthBucket::Due));
    fences::raise(txn, command, now)?;
    // From now on it counts as waiting.
    txn.count_changes.opened.extend(Place::of_placed(command));
    let summary = RowSummary { ready: true, placed: true, ..summary.clone() };
    end_if_superseded(txn, &summary, command, now)
}

static SAME_SYSTEM_READ: LazyLock<String> = LazyLock::new(same_system_read_sql);

pub(crate) fn same_system_read_sql() -> String {
    format!(
        "SELECT {OPEN_RECORD} FROM command_queue INDEXED BY queue_system
        WHERE hostname = ?1 AND command = ?2 AND status = 'pending' AND command_class = 'system'
        AND order_instant IS NOT NULL LIMIT 1"
    )
}

/// What has ended does not wait again.
///
/// A question of its own: an `INSERT` that selects may write many rows for all that SQLite knows, and so
/// copies each page aside before it changes it.
pub(crate) const HAS_ENDED: &str = "SELECT 1 FROM command_history WHERE command_id = ?1";

/// That it waits already is refused by the table.
const INSERT: &str = "
INSERT INTO command_queue (
    command_id, hostname, command, port, channel, digit, input, effect_group, sets_state,
    sequence_key, repeatable, command_class, batch_id, priority, scheduled_at, due_at, ready,
    turn, expires_at, wait_for_device_ms, waits_until, order_instant, order_sequence, max_attempts,
    unknown_seen, last_attempt_at, reason, error_message, execution_time_ms, routing_method,
    created_at, created_by, user_ip, notes, nature, steps
)
VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
    ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34,
    ?35, ?36
)";

/// A wish that was due is: the wall clock may have been set back before that is stored.
const GIVE_PLACE: &str = "
UPDATE command_queue SET order_instant = ?2, order_sequence = ?3, turn = ?4, ready = 1,
    due_at = ?5, expires_at = ?6, waits_until = ?5 + wait_for_device_ms
WHERE id = ?1";

/// Whose turn is which: asked once in a run of what a device has to do.
pub(crate) const TURN: &str =
    "SELECT created_by, user_ip, batch_id, turn FROM command_queue WHERE id = ?1";
