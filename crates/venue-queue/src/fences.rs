//! The stored fences: raised with every accepted command, and what they replace ends with them.

use std::{collections::HashMap, sync::LazyLock};

use rusqlite::{Connection, Row, params};
use venue_domain::{
    Command, EffectGroup, EndedCommands, FenceEntry, OrderKey, PortId, Raise, Slot, SlotFence,
    StoreError, SupersededBy, Timestamp, raised_by,
};

use crate::{
    error::Cause,
    row::{self, HEAD, Head, sequence},
    step::{End, Step},
};

/// The stored fences that the writer has read or written before, so that it need not read them again.
/// Forgotten when a transaction comes to nothing.
#[derive(Debug, Default)]
pub(crate) struct FenceBook(HashMap<(PortId, EffectGroup), SlotFence>);

impl FenceBook {
    fn of(
        &mut self,
        connection: &Connection,
        port: &PortId,
        group: EffectGroup,
    ) -> Result<SlotFence, StoreError> {
        let slot = (port.clone(), group);
        if let Some(known) = self.0.get(&slot) {
            return Ok(*known);
        }
        let fence = load(connection, port, group)?;
        self.note(slot, fence);
        Ok(fence)
    }

    fn note(&mut self, slot: (PortId, EffectGroup), fence: SlotFence) {
        if self.0.len() >= SLOTS_KEPT {
            // Cheaper than to know which were used last, and rare: most venues are smaller.
            self.0.clear();
        }
        self.0.insert(slot, fence);
    }

    /// What was written may not be there.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}

/// So many slots are remembered: all that a thousand TVs use.
const SLOTS_KEPT: usize = 8_192;

/// Raises the fences of `command` and supersedes the waiting commands that it replaces.
pub(crate) fn raise(
    step: &mut Step<'_>,
    command: &Command,
    now: Timestamp,
) -> Result<(), StoreError> {
    raise_beside(step, command, 0, now)
}

/// As [`raise`], of a command that itself counts as open for so many.
pub(crate) fn raise_beside(
    step: &mut Step<'_>,
    command: &Command,
    own: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let winner = SupersededBy { key: command.key, command: command.id };
    step.tally.note_key(command.key);
    let open = step.waiting.of(&command.target).by_group;
    for (group, raise) in raised_by(&command.action) {
        change(step, &command.target, group, |fence| fence.raise(winner, raise))?;
        let own = if command.effect_group() == Some(group) { own } else { 0 };
        // Counted before it is stored and until after it has ended: where nothing else counts,
        // nothing else waits. What became due with the same change counts only when that is made.
        if open[group as usize] > own || step.tally.has_opened(&command.target, group) {
            supersede(step, &command.target, group, raise, winner, now)?;
        }
    }
    Ok(())
}

/// The device refused `command`.
pub(crate) fn note_refused(step: &mut Step<'_>, command: &Command) -> Result<(), StoreError> {
    for (group, _) in raised_by(&command.action) {
        change(step, &command.target, group, |fence| fence.note_refused(command.key))?;
    }
    Ok(())
}

/// Merges fences from memory.
pub(crate) fn merge(
    step: &mut Step<'_>,
    entries: &[FenceEntry],
    now: Timestamp,
) -> Result<EndedCommands, StoreError> {
    for FenceEntry { slot: Slot { port, group }, fence } in entries {
        change(step, port, *group, |stored| stored.merge(fence))?;
        for (winner, raise) in [(fence.set, Raise::Both), (fence.any, Raise::Any)] {
            if let Some(winner) = winner {
                step.tally.note_key(winner.key);
                supersede(step, port, *group, raise, winner, now)?;
            }
        }
    }
    step.ended_commands(now)
}

/// The newer command that supersedes one with `key`, if there is one.
pub(crate) fn winner_over(
    step: &mut Step<'_>,
    port: &PortId,
    group: Option<EffectGroup>,
    sets_state: bool,
    key: OrderKey,
) -> Result<Option<SupersededBy>, StoreError> {
    let Some(group) = group else { return Ok(None) };
    let fence = step.fences.of(step.connection, port, group)?;
    let relevant = if sets_state { fence.any } else { fence.set };
    Ok(relevant.filter(|winner| key < winner.key))
}

/// The newest command of the slot, if it is newer than `key`.
pub(crate) fn newest_over(
    connection: &Connection,
    port: &PortId,
    group: Option<EffectGroup>,
    key: OrderKey,
) -> Result<Option<SupersededBy>, StoreError> {
    let Some(group) = group else { return Ok(None) };
    let fence = load(connection, port, group)?;
    Ok(fence.any.filter(|winner| key < winner.key))
}

/// All stored fences.
pub(crate) fn all(connection: &Connection) -> Result<Vec<FenceEntry>, StoreError> {
    let mut select = connection.prepare_cached(ALL).cause()?;
    let rows = select
        .query_map((), |row| {
            let device = row::parsed(row, 9)?;
            let port = PortId { device, port: row::port(row, 10)? };
            let group = row::group(&row.get::<_, String>(11)?, 11)?;
            Ok(FenceEntry { slot: Slot { port, group }, fence: read(row)? })
        })
        .cause()?;
    rows.collect::<rusqlite::Result<_>>().cause()
}

fn change(
    step: &mut Step<'_>,
    port: &PortId,
    group: EffectGroup,
    change: impl FnOnce(&mut SlotFence),
) -> Result<(), StoreError> {
    let stored = step.fences.of(step.connection, port, group)?;
    let mut fence = stored;
    change(&mut fence);
    if fence == stored {
        return Ok(());
    }
    let Some(any) = fence.any else { return Ok(()) };
    let mut write = step.connection.prepare_cached(WRITE).cause()?;
    write
        .execute(params![
            port.device.as_str(),
            port.port.number(),
            group.name(),
            fence.set.map(|set| set.key.instant.unix_ms()),
            fence.set.map(|set| sequence(set.key)),
            fence.set.map(|set| set.command.to_string()),
            any.key.instant.unix_ms(),
            sequence(any.key),
            any.command.to_string(),
            fence.is_refused,
            fence.before.map(|before| before.instant.unix_ms()),
            fence.before.map(sequence),
        ])
        .cause()?;
    step.fences.note((port.clone(), group), fence);
    Ok(())
}

fn load(
    connection: &Connection,
    port: &PortId,
    group: EffectGroup,
) -> Result<SlotFence, StoreError> {
    let mut select = connection.prepare_cached(LOAD).cause()?;
    let place = params![port.device.as_str(), port.port.number(), group.name()];
    let mut rows = select.query(place).cause()?;
    let row = rows.next().cause()?;
    Ok(row.map(read).transpose().cause()?.unwrap_or_default())
}

fn read(row: &Row<'_>) -> rusqlite::Result<SlotFence> {
    let winner = |column| {
        let key = row::key(row, column)?;
        let command = row::parsed_optional(row, column + 2)?;
        Ok::<_, rusqlite::Error>(
            key.zip(command).map(|(key, command)| SupersededBy { key, command }),
        )
    };
    Ok(SlotFence {
        set: winner(0)?,
        any: winner(3)?,
        is_refused: row.get(6)?,
        before: row::key(row, 7)?,
    })
}

/// Ends the waiting commands of a slot that are older than `winner` and that it replaces.
fn supersede(
    step: &mut Step<'_>,
    port: &PortId,
    group: EffectGroup,
    raise: Raise,
    winner: SupersededBy,
    now: Timestamp,
) -> Result<(), StoreError> {
    let statements: &[&LazyLock<String>] = match raise {
        Raise::Both => &[&OLDER_READY, &OLDER_LATER],
        // However many steps wait: they replace nothing among themselves, and look at none of them.
        Raise::Any => &[&OLDER_SETTING],
    };
    let mut older: Vec<Head> = Vec::new();
    for sql in statements {
        let mut select = step.connection.prepare_cached(sql).cause()?;
        let found = select
            .query_map(
                params![
                    port.device.as_str(),
                    port.port.number(),
                    group.name(),
                    winner.key.instant.unix_ms(),
                    sequence(winner.key),
                ],
                Head::read,
            )
            .cause()?;
        for head in found {
            older.push(head.cause()?);
        }
    }
    older.sort_unstable_by_key(|head| head.id);
    for head in older {
        step.finish(&head, &End::superseded(winner.command), now)?;
    }
    Ok(())
}

static OLDER_READY: LazyLock<String> = LazyLock::new(|| older_in_slot("queue_ready", 1));

static OLDER_LATER: LazyLock<String> = LazyLock::new(|| older_in_slot("queue_later", 0));

static OLDER_SETTING: LazyLock<String> = LazyLock::new(older_setting);

/// Selects what waits in a slot below a key. It reads all that the device has waiting, and is asked only
/// where something waits in the slot, which it then ends.
pub(crate) fn older_in_slot(index: &str, ready: u8) -> String {
    format!(
        "SELECT {HEAD} FROM command_queue INDEXED BY {index}
        WHERE hostname = ?1 AND status = 'pending' AND ready = {ready}
        AND port = ?2 AND effect_group = ?3 AND order_instant IS NOT NULL
        AND (order_instant, order_sequence) < (?4, ?5)"
    )
}

/// Selects what sets a state and waits in a slot below a key.
pub(crate) fn older_setting() -> String {
    format!(
        "SELECT {HEAD} FROM command_queue INDEXED BY queue_slot
        WHERE hostname = ?1 AND port = ?2 AND effect_group = ?3 AND status = 'pending'
        AND sets_state = 1 AND order_instant IS NOT NULL
        AND (order_instant, order_sequence) < (?4, ?5)"
    )
}

pub(crate) const LOAD: &str = "
SELECT set_instant, set_sequence, set_command, any_instant, any_sequence, any_command,
    is_refused, before_instant, before_sequence
FROM fences WHERE hostname = ?1 AND port = ?2 AND effect_group = ?3";

const ALL: &str = "
SELECT set_instant, set_sequence, set_command, any_instant, any_sequence, any_command,
    is_refused, before_instant, before_sequence, hostname, port, effect_group
FROM fences";

const WRITE: &str = "
INSERT OR REPLACE INTO fences (
    hostname, port, effect_group, set_instant, set_sequence, set_command,
    any_instant, any_sequence, any_command, is_refused, before_instant, before_sequence
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
