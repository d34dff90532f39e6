//! The stored fences: raised with every accepted command, and what they replace ends with them.

use std::sync::LazyLock;

use rusqlite::{Connection, params};
use venue_domain::{
    Command, EffectGroup, EndedCommands, FenceEntry, OrderKey, PortId, Raise, Slot, SlotFence,
    StoreError, SupersededBy, Timestamp, raised_by,
};

use crate::{
    error::IntoStoreError,
    port_fences::{self, load},
    row::{self, RowSummary, SUMMARY_COLUMNS, sequence},
    txn::{End, WriteTxn},
};

/// Raises the fences of `command` and supersedes the waiting commands that it replaces.
pub(crate) fn raise(
    txn: &mut WriteTxn<'_>,
    command: &Command,
    now: Timestamp,
) -> Result<(), StoreError> {
    raise_beside(txn, command, 0, now)
}

/// As [`raise`], of a command that itself counts as open for so many.
pub(crate) fn raise_beside(
    txn: &mut WriteTxn<'_>,
    command: &Command,
    own: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let winner = SupersededBy { key: command.key, command: command.id };
    txn.count_changes.note_key(command.key);
    let open = txn.waiting.of(&command.target).by_group;
    for (group, raise) in raised_by(&command.action) {
        change(txn, &command.target, group, |fence| fence.raise(winner, raise))?;
        let own = if command.effect_group() == Some(group) { own } else { 0 };
        // Counted before it is stored and until after it has ended: where nothing else counts,
        // nothing else waits. What became due with the same change counts only when that is made.
        if open[group as usize] > own || txn.count_changes.has_opened(&command.target, group) {
            supersede(txn, &command.target, group, raise, winner, now)?;
        }
    }
    Ok(())
}

/// The device refused `command`.
pub(crate) fn note_refused(txn: &mut WriteTxn<'_>, command: &Command) -> Result<(), StoreError> {
    for (group, _) in raised_by(&command.action) {
        change(txn, &command.target, group, |fence| fence.note_refused(command.key))?;
    }
    Ok(())
}

/// Merges fences from memory.
pub(crate) fn merge(
    txn: &mut WriteTxn<'_>,
    entries: &[FenceEntry],
    now: Timestamp,
) -> Result<EndedCommands, StoreError> {
    for FenceEntry { slot: Slot { port, group }, fence } in entries {
        change(txn, port, *group, |stored| stored.merge(fence))?;
        for (winner, raise) in [(fence.set, Raise::Both), (fence.any, Raise::Any)] {
            if let Some(winner) = winner {
                txn.count_changes.note_key(winner.key);
                supersede(txn, port, *group, raise, winner, now)?;
            }
        }
    }
    txn.ended_commands(now)
}

/// The newer command that supersedes one with `key`, if there is one.
pub(crate) fn winner_over(
    txn: &mut WriteTxn<'_>,
    port: &PortId,
    group: Option<EffectGroup>,
    sets_state: bool,
    key: OrderKey,
) -> Result<Option<SupersededBy>, StoreError> {
    let Some(group) = group else { return Ok(None) };
    let fence = txn.fences.of(txn.connection, port, group)?;
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
    let mut select = connection.prepare_cached(ALL).store_err()?;
    let rows = select
        .query_map((), |row| {
            let device = row::parsed(row, 9)?;
            let port = PortId { device, port: row::port(row, 10)? };
            let group = row::group(&row.get::<_, String>(11)?, 11)?;
            Ok(FenceEntry { slot: Slot { port, group }, fence: port_fences::read(row)? })
        })
        .store_err()?;
    rows.collect::<rusqlite::Result<_>>().store_err()
}

fn change(
    txn: &mut WriteTxn<'_>,
    port: &PortId,
    group: EffectGroup,
    change: impl FnOnce(&mut SlotFence),
) -> Result<(), StoreError> {
    let stored = txn.fences.of(txn.connection, port, group)?;
    let mut fence = stored;
    change(&mut fence);
    if fence == stored {
        return Ok(());
    }
    txn.fences.set(port, group, fence);
    Ok(())
}

/// Ends the waiting commands of a slot that are older than `winner` and that it replaces.
fn supersede(
    txn: &mut WriteTxn<'_>,
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
    let mut older: Vec<RowSummary> = Vec::new();
    for sql in statements {
        let mut select = txn.connection.prepare_cached(sql).store_err()?;
        let found = select
            .query_map(
                params![
                    port.device.as_str(),
                    port.port.number(),
                    group.name(),
                    winner.key.instant.venue_time().unix_ms(),
                    sequence(winner.key),
                ],
                RowSummary::read,
            )
            .store_err()?;
        for summary in found {
            older.push(summary.store_err()?);
        }
    }
    older.sort_unstable_by_key(|summary| summary.id);
    for summary in older {
        txn.finish(&summary, &End::superseded(winner.command), now)?;
    }
    Ok(())
}

static OLDER_READY: LazyLock<String> = LazyLock::new(|| older_in_slot("queue_ready_port", 1));

static OLDER_LATER: LazyLock<String> = LazyLock::new(|| older_in_slot("queue_later", 0));

static OLDER_SETTING: LazyLock<String> = LazyLock::new(older_setting);

/// Selects what waits in a slot below a key. It reads all that can be claimed for the port, or all that the device
/// has for later, and is asked only where something waits in the slot, which it then ends.
pub(crate) fn older_in_slot(index: &str, ready: u8) -> String {
    format!(
        "SELECT {SUMMARY_COLUMNS} FROM command_queue INDEXED BY {index}
        WHERE hostname = ?1 AND status = 'pending' AND ready = {ready}
        AND port = ?2 AND effect_group = ?3 AND order_instant IS NOT NULL
        AND (order_instant, order_sequence) < (?4, ?5)"
    )
}

/// Selects what sets a state and waits in a slot below a key.
pub(crate) fn older_setting() -> String {
    format!(
        "SELECT {SUMMARY_COLUMNS} FROM command_queue INDEXED BY queue_slot
        WHERE hostname = ?1 AND port = ?2 AND effect_group = ?3 AND status = 'pending'
        AND sets_state = 1 AND order_instant IS NOT NULL
        AND (order_instant, order_sequence) < (?4, ?5)"
    )
}

const ALL: &str = "
SELECT set_instant, set_sequence, set_command, any_instant, any_sequence, any_command,
    is_refused, before_instant, before_sequence, hostname, port, effect_group
FROM fences";
