//! The open queue in the writer's memory is what is stored: built of the table by one scan, changed with each row, and
//! held against the table where that is cheap or asked for.

use std::collections::HashMap;

use rusqlite::{Connection, Row};
use venue_domain::{Hostname, OrderKey, QueueId, Reason, StoreError, Timestamp};

use crate::{
    error::{IntoStoreError, to_store_error},
    open_queue::{Mark, OpenCommand, OpenQueue, Range, Standing},
    row,
    shared::{Shared, depth_of},
    waiting::{Place, Waiting},
};

/// The open queue of the writer.
#[derive(Debug, Default)]
pub(crate) struct Image {
    queue: Option<OpenQueue>,
    /// It was built within a transaction that had changed something, and so has no way back before that.
    is_half_way: bool,
    /// Something that is in it was not stored.
    is_doubted: bool,
}

/// So many rows are compared in one step at most, so that nobody waits long behind it; in tests few, so that there are
/// several steps.
const SLICE: u32 = if cfg!(test) { 7 } else { 20_000 };

/// How far a comparison went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// Everything up to this id is the same, and there is more.
    Until(QueueId),
    /// Everything is the same.
    All,
    /// Something was different.
    Different,
}

/// What a scan of the table finds.
#[derive(Default)]
pub(crate) struct Scanned {
    pub(crate) queue: OpenQueue,
    /// Since when what is in flight is.
    pub(crate) in_flight: HashMap<QueueId, Timestamp>,
}

impl Image {
    /// That of what was scanned.
    pub(crate) fn of(queue: OpenQueue) -> Self {
        Self { queue: Some(queue), ..Self::default() }
    }

    pub(crate) fn queue_mut(&mut self) -> Option<(&mut OpenQueue, &mut bool)> {
        Some((self.queue.as_mut()?, &mut self.is_doubted))
    }

    /// Makes sure that it is there, at the begin of a transaction: what is missing is read again.
    pub(crate) fn begin(
        &mut self,
        connection: &Connection,
        shared: &Shared,
    ) -> Result<(), StoreError> {
        if self.queue.is_some() {
            return Ok(());
        }
        let Scanned { queue, in_flight } = scan(connection)?;
        shared.set_counts(queue.counts(), in_flight);
        *self = Self::of(queue);
        Ok(())
    }

    /// The same, in the middle of a transaction.
    pub(crate) fn go_on(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if self.queue.is_none() {
            self.queue = Some(scan(connection)?.queue);
            self.is_half_way = true;
        }
        Ok(())
    }

    /// The transaction is committed.
    pub(crate) fn commit(&mut self) {
        self.is_half_way = false;
        if let Some(queue) = &mut self.queue {
            queue.commit();
        }
    }

    /// So far it went: for [`roll_back_to`](Self::roll_back_to).
    pub(crate) fn mark(&self) -> Option<Mark> {
        self.queue.as_ref().map(OpenQueue::mark)
    }

    /// What was changed since `mark` is rolled back.
    pub(crate) fn roll_back_to(&mut self, mark: Option<Mark>) {
        match (&mut self.queue, mark) {
            (Some(queue), Some(mark)) => queue.roll_back_to(mark),
            _ => self.forget(),
        }
    }

    /// The transaction is rolled back.
    pub(crate) fn roll_back(&mut self) {
        match &mut self.queue {
            Some(queue) if !self.is_half_way => queue.roll_back_to(OpenQueue::COMMITTED),
            _ => self.forget(),
        }
    }

    /// Nobody knows whether it is what is stored: it is read again when it is needed.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// After a commit: whether it has as much as the figures that are kept beside it say. Otherwise, or if something of it
    /// was not stored, it is read again.
    pub(crate) fn check_counts(&mut self, shared: &Shared) {
        let Some(queue) = &self.queue else { return };
        let (own, kept) = (depth_of(queue.counts()), shared.depth());
        if own != kept {
            self.differs(shared, &format!("it has {own:?}, and {kept:?} is counted"));
        }
    }

    /// After a change that failed: whether something of it was not stored.
    pub(crate) fn check_doubt(&mut self, shared: &Shared) {
        if self.is_doubted {
            self.differs(shared, "a row of it is not stored");
        }
    }

    /// Holds what has an id above `after` against the table, between transactions and so many rows of it; tells how
    /// far it went, or that it found a difference: that is logged, and all is read again.
    pub(crate) fn compare(
        &mut self,
        after: Option<QueueId>,
        connection: &Connection,
        shared: &Shared,
    ) -> Result<Compared, StoreError> {
        let Some(queue) = &self.queue else { return Ok(Compared::All) };
        let mut stored = Scanned::default();
        let last = stored.read(connection, after, i64::from(SLICE))?;
        let own_fault = if after.is_none() { queue.fault() } else { None };
        let range = Range { after, until: last };
        let difference = own_fault.or_else(|| queue.difference(&stored.queue, range));
        if let Some(difference) = difference {
            self.differs(shared, &difference);
            return self.begin(connection, shared).map(|()| Compared::Different);
        }
        Ok(last.map_or(Compared::All, Compared::Until))
    }

    fn differs(&mut self, shared: &Shared, difference: &str) {
        tracing::error!(
            %difference,
            "the queue in memory is not what is stored, and is read again: this is a bug, report it, unless somebody \
            changed the database by hand"
        );
        shared.note_difference();
        self.forget();
    }
}

/// Reads the facts of all open commands.
pub(crate) fn scan(connection: &Connection) -> Result<Scanned, StoreError> {
    let mut scanned = Scanned::default();
    // To SQLite less than nothing is no limit.
    scanned.read(connection, None, -1).map(|_| scanned)
}

impl Scanned {
    /// Reads so many rows above `after`; tells the last of them, if they were as many as that.
    fn read(
        &mut self,
        connection: &Connection,
        after: Option<QueueId>,
        limit: i64,
    ) -> Result<Option<QueueId>, StoreError> {
        let mut select = connection.prepare(&scan_sql()).store_err()?;
        let after = after.map_or(i64::MIN, QueueId::number);
        let mut rows = select.query([after, limit]).store_err()?;
        let mut device: Option<Hostname> = None;
        let (mut count, mut last) = (0, None);
        while let Some(row) = rows.next().store_err()? {
            let name = row.get_ref(1).map_err(unreadable)?;
            let known = device.take();
            let known =
                known.filter(|known| name.as_str().is_ok_and(|name| name == known.as_str()));
            let of = match known {
                Some(known) => known,
                None => row::parsed(row, 1).map_err(unreadable)?,
            };
            let command = read(&mut self.queue, row, &of).map_err(unreadable)?;
            device = Some(of);
            if command.standing == Standing::InFlight {
                let since = row::optional(row, 16).map_err(unreadable)?;
                let since = since.map(Timestamp::from_unix_ms);
                self.in_flight.extend(since.map(|since| (command.id, since)));
            }
            self.queue.put(command);
            self.queue.commit();
            (count, last) = (count + 1, Some(command.id));
        }
        Ok(last.filter(|_| count == limit))
    }
}

/// Counts what is open at each port.
pub(crate) fn count_places(queue: &OpenQueue, waiting: &Waiting) {
    for command in queue.iter() {
        let Some(group) = command.group.filter(|_| command.placed) else { continue };
        let device = queue.name(command.device).clone();
        let port = venue_domain::PortId { device, port: command.port };
        waiting.add(&Place { port, group, sequence_key: command.is_sequence_key }, 1);
    }
}

fn read(queue: &mut OpenQueue, row: &Row<'_>, device: &Hostname) -> rusqlite::Result<OpenCommand> {
    let (in_flight, ready): (bool, bool) = (row.get(6)?, row.get(9)?);
    let standing = match (in_flight, ready) {
        (true, _) => Standing::InFlight,
        (false, true) => Standing::Ready,
        (false, false) => Standing::Later,
    };
    let key = row::key(row, 12)?;
    Ok(OpenCommand {
        id: QueueId::new(row.get(0)?),
        order: key.unwrap_or(OrderKey::ORIGIN),
        turn: row.get(10)?,
        at: row::time(row, 8)?,
        expires_at: row::time(row, 11)?,
        device: queue.number(device),
        claims: row.get(14)?,
        port: row::port(row, 2)?,
        priority: row::priority(row, 7)?,
        group: row::optional(row, 3)?.map(|name: String| row::group(&name, 3)).transpose()?,
        standing,
        placed: key.is_some(),
        sets_state: row.get(4)?,
        is_sequence_key: row.get(5)?,
        waits_for_session: row.get(15)?,
    })
}

/// Whether a command waits only for a session of its device: it was not reached, or `was_given_back` to wait for it.
pub(crate) fn waits_for_session(reason: Option<Reason>, was_given_back: bool) -> bool {
    was_given_back || reason.is_some_and(Reason::ends_with_a_session)
}

/// The reasons that end with a session.
const SESSION_REASONS: [Reason; 2] = [Reason::DeviceOffline, Reason::DeviceMisconfigured];

/// All that is open, in the order of the table.
fn scan_sql() -> String {
    let [offline, misconfigured] = SESSION_REASONS.map(Reason::name);
    format!(
        "SELECT id, hostname, port, effect_group, sets_state, sequence_key, status = 'processing',
            priority, coalesce(lease_until, due_at), ready, turn, expires_at, order_instant,
            order_sequence, claims,
            coalesce(reason IN ('{offline}', '{misconfigured}'), 0)
                OR (released = 1 AND wait_for_device_ms > 0),
            last_attempt_at
        FROM command_queue WHERE id > ?1 ORDER BY id LIMIT ?2"
    )
}

/// What a scan says of a row that makes no sense: the file is damaged, and is mended.
fn unreadable(error: rusqlite::Error) -> StoreError {
    let is_of_sqlite = matches!(error, rusqlite::Error::SqliteFailure(..));
    if is_of_sqlite { to_store_error(error) } else { StoreError::Corrupt }
}

#[cfg(test)]
mod tests;
