//! Rows and domain values: the one place where they become each other.

use std::{net::IpAddr, str::FromStr, time::Duration};

use rusqlite::{
    Row,
    types::{FromSqlError, Type},
};
use venue_domain::{
    Action, Actor, BatchId, Class, CommandId, CommandRecord, EffectGroup, Evidence, MaxAttempts,
    Nature, OrderKey, Parameters, PortId, PortIndex, Priority, QueueId, Status, Timestamp,
    WallTime,
};

pub(crate) use crate::record::command;
use crate::waiting::Place;

/// What is needed of a row to move it.
#[derive(Clone, Debug)]
pub(crate) struct RowSummary {
    pub(crate) id: QueueId,
    pub(crate) command: CommandId,
    pub(crate) target: PortId,
    pub(crate) group: Option<EffectGroup>,
    pub(crate) sequence_key: bool,
    pub(crate) batch: Option<BatchId>,
    pub(crate) status: Status,
    pub(crate) ready: bool,
    /// It has its place in the order: what is for later has none.
    pub(crate) placed: bool,
    /// How long its last attempt took, and how long it waited for its first.
    pub(crate) took_ms: Option<i64>,
    pub(crate) wait_ms: Option<i64>,
    /// What is told of it when it ends.
    pub(crate) action: Action,
    pub(crate) class: Class,
    pub(crate) attempts: u32,
    pub(crate) user_ip: Option<IpAddr>,
    /// Whether an attempt of it ended unknown: it decides how the command ends.
    pub(crate) unknown_seen: bool,
}

/// The columns of a [`RowSummary`], in its order.
pub(crate) const SUMMARY_COLUMNS: &str =
    "id, command_id, hostname, port, effect_group, sequence_key, batch_id, status, ready,
    execution_time_ms, queue_wait_ms, command, channel, digit, input, command_class, attempts,
    user_ip, unknown_seen, order_instant IS NOT NULL, nature, effect_group, steps";

impl RowSummary {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: QueueId::new(row.get(0)?),
            command: parsed(row, 1)?,
            target: PortId { device: parsed(row, 2)?, port: port(row, 3)? },
            group: optional(row, 4)?.map(|name: String| group(&name, 4)).transpose()?,
            sequence_key: row.get(5)?,
            batch: parsed_optional(row, 6)?,
            status: parsed(row, 7)?,
            ready: row.get(8)?,
            took_ms: row.get(9)?,
            wait_ms: row.get(10)?,
            action: action(row, 11, 20)?,
            class: parsed(row, 15)?,
            attempts: row.get(16)?,
            user_ip: parsed_optional(row, 17)?,
            unknown_seen: row.get(18)?,
            placed: row.get(19)?,
        })
    }

    /// That of a row whose record was read, with its facts that are no part of the record.
    pub(crate) fn of(record: &CommandRecord, id: QueueId, sequence_key: bool, ready: bool) -> Self {
        Self {
            id,
            command: record.id,
            target: record.target.clone(),
            group: record.action.effect_group(),
            sequence_key,
            batch: record.batch.clone(),
            status: record.status,
            ready,
            took_ms: record.execution_time.map(millis),
            wait_ms: record.queue_wait.map(millis),
            action: record.action.clone(),
            class: record.class,
            attempts: record.attempts.into(),
            user_ip: record.actor.address,
            placed: record.key.is_some(),
            unknown_seen: record.unknown_seen,
        }
    }

    /// Where it counts in the depth.
    pub(crate) const fn bucket(&self) -> DepthBucket {
        match (self.status, self.ready) {
            (Status::Processing, _) => DepthBucket::Processing,
            (_, true) => DepthBucket::Due,
            (_, false) => DepthBucket::Later,
        }
    }

    /// What it counts as among the open commands of its port.
    pub(crate) fn place(&self) -> Option<Place> {
        let port = self.target.clone();
        self.group.filter(|_| self.placed).map(|group| Place {
            port,
            group,
            sequence_key: self.sequence_key,
        })
    }
}

/// Where an open row counts in the depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DepthBucket {
    /// Claimable.
    Due,
    /// Waiting for its time.
    Later,
    /// In flight.
    Processing,
}

/// The columns of a [`CommandRecord`] in the hot table, in its order.
pub(crate) const OPEN_RECORD: &str = "
    command_id, id, hostname, port, command, channel, digit, input, command_class, batch_id,
    status, reason, error_message, NULL, NULL, priority, scheduled_at, due_at, attempts,
    max_attempts, last_attempt_at, completed_at, execution_time_ms, queue_wait_ms, routing_method,
    created_at, created_by, user_ip, notes, order_instant, order_sequence, expires_at,
    unknown_seen, CASE WHEN wait_for_device_ms > 0
        THEN coalesce(waits_until, due_at + wait_for_device_ms) END, nature, effect_group, steps";

/// The columns of a [`CommandRecord`] in the history, in its order.
pub(crate) const FINISHED_RECORD: &str = "
    command_id, queue_id, hostname, port, command, channel, digit, input, command_class, batch_id,
    status, reason, error_message, evidence, superseded_by, priority, scheduled_at, due_at,
    attempts, max_attempts, last_attempt_at, completed_at, execution_time_ms, queue_wait_ms,
    routing_method, created_at, created_by, user_ip, notes, order_instant, order_sequence,
    expires_at, unknown_seen, NULL, nature, effect_group, steps";

/// How many columns a record has.
pub(crate) const RECORD_COLUMNS: usize = 37;

/// Reads a record from the columns of [`OPEN_RECORD`] or [`FINISHED_RECORD`].
pub(crate) fn record(row: &Row<'_>) -> rusqlite::Result<CommandRecord> {
    Ok(CommandRecord {
        id: parsed(row, 0)?,
        queue_id: optional(row, 1)?.map(QueueId::new),
        target: PortId { device: parsed(row, 2)?, port: port(row, 3)? },
        action: action(row, 4, 34)?,
        class: parsed(row, 8)?,
        batch: parsed_optional(row, 9)?,
        status: parsed(row, 10)?,
        reason: parsed_optional(row, 11)?,
        detail: row.get(12)?,
        evidence: optional(row, 13)?.map(|name: String| evidence(&name, 13)).transpose()?,
        superseded_by: parsed_optional(row, 14)?,
        priority: priority(row, 15)?,
        scheduled_at: optional(row, 16)?.map(WallTime::from_unix_ms),
        due_at: time(row, 17)?,
        attempts: row.get(18)?,
        max_attempts: max_attempts(row, 19)?,
        last_attempt_at: optional(row, 20)?.map(Timestamp::from_unix_ms),
        completed_at: optional(row, 21)?.map(Timestamp::from_unix_ms),
        execution_time: optional(row, 22)?.map(Duration::from_millis),
        queue_wait: optional(row, 23)?.map(Duration::from_millis),
        routing_method: parsed(row, 24)?,
        created_at: time(row, 25)?,
        actor: Actor { name: row.get(26)?, address: parsed_optional(row, 27)? },
        notes: row.get(28)?,
        key: key(row, 29)?,
        expires_at: time(row, 31)?,
        unknown_seen: row.get(32)?,
        waits_until: optional(row, 33)?.map(Timestamp::from_unix_ms),
    })
}

/// A duration as it is stored.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Milliseconds as they are stored.
pub(crate) fn duration(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// A sequence number as it is stored.
pub(crate) const fn sequence(key: OrderKey) -> i64 {
    // Counted up from zero by one process after the other: never near the sign.
    key.sequence.cast_signed()
}

/// An optional value.
pub(crate) fn optional<T: rusqlite::types::FromSql>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    row.get(column)
}

/// A value by its text.
pub(crate) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = row.get_ref(column)?.as_str().map_err(|error| wrong(column, error))?;
    text.parse().map_err(|error| wrong(column, error))
}

/// An optional value by its text.
pub(crate) fn parsed_optional<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = row.get_ref(column)?.as_str_or_null().map_err(|error| wrong(column, error))?;
    text.map(|text| text.parse().map_err(|error| wrong(column, error))).transpose()
}

/// A time.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_unix_ms)
}

/// A port.
pub(crate) fn port(row: &Row<'_>, column: usize) -> rusqlite::Result<PortIndex> {
    let number: i64 = row.get(column)?;
    PortIndex::try_from(number).map_err(|error| wrong(column, error))
}

/// A priority.
pub(crate) fn priority(row: &Row<'_>, column: usize) -> rusqlite::Result<Priority> {
    let number: i64 = row.get(column)?;
    Priority::try_from(number).map_err(|error| wrong(column, error))
}

/// A limit of attempts.
pub(crate) fn max_attempts(row: &Row<'_>, column: usize) -> rusqlite::Result<MaxAttempts> {
    let number: i64 = row.get(column)?;
    MaxAttempts::try_from(number).map_err(|error| wrong(column, error))
}

/// An order key from two columns, the instant first.
pub(crate) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<OrderKey>> {
    let instant: Option<i64> = row.get(column)?;
    let sequence: Option<i64> = row.get(column + 1)?;
    Ok(instant.zip(sequence).map(|(instant, sequence)| {
        OrderKey::at(Timestamp::from_unix_ms(instant), sequence.cast_unsigned())
    }))
}

/// An action from four columns (command, channel, digit, input) and three more (nature, effect group, steps): the
/// nature is stored of an action of a program's own, which its name says nothing of.
pub(crate) fn action(row: &Row<'_>, column: usize, own: usize) -> rusqlite::Result<Action> {
    let name: String = row.get(column)?;
    let parameters = Parameters {
        channel: row.get(column + 1)?,
        digit: row.get(column + 2)?,
        input: row.get(column + 3)?,
        steps: row.get(own + 2)?,
    };
    let nature: Option<String> = row.get(own)?;
    let own = match nature {
        Some(nature) => {
            Some((self::nature(&nature, own)?, group(&row.get::<_, String>(own + 1)?, own + 1)?))
        }
        None => None,
    };
    Action::read_back(&name, &parameters, own).map_err(|error| wrong(column, error))
}

/// A nature by its name.
fn nature(name: &str, column: usize) -> rusqlite::Result<Nature> {
    let known = Nature::ALL.into_iter().find(|nature| nature.name() == name);
    known.ok_or_else(|| wrong(column, FromSqlError::InvalidType))
}

/// What is stored beside the name and the parameters of an action: its nature, where that does not follow
/// from them.
pub(crate) fn nature_of(action: &Action) -> Option<&'static str> {
    action.own().map(|(nature, _)| nature.name())
}

/// An effect group by its name.
pub(crate) fn group(name: &str, column: usize) -> rusqlite::Result<EffectGroup> {
    let known = EffectGroup::ALL.into_iter().find(|group| group.name() == name);
    known.ok_or_else(|| wrong(column, FromSqlError::InvalidType))
}

/// A kind of evidence by its name.
pub(crate) fn evidence(name: &str, column: usize) -> rusqlite::Result<Evidence> {
    let known = Evidence::ALL.into_iter().find(|evidence| evidence.name() == name);
    known.ok_or_else(|| wrong(column, FromSqlError::InvalidType))
}

/// The text of a column means nothing here.
fn wrong(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
