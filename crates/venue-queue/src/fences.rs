//! The stored fences: raised with every accepted command, and what they replace ends with them.

use rusqlite::Connection;
use venue_domain::{
    Command, EffectGroup, EndedCommands, FenceEntry, OrderKey, PortId, Raise, Slot, SlotFence,
    StoreError, SupersededBy, Timestamp, raised_by,
};

use crate::{
    error::IntoStoreError,
    open_queue::Replaced,
    port_fences::{self, load},
    row,
    txn::{End, WriteTxn},
};

/// Raises the fences of `command` and supersedes the waiting commands that it replaces.
pub(crate) fn raise(
    txn: &mut WriteTxn<'_>,
    command: &Command,
    now: Timestamp,
) -> Result<(), StoreError> {
    let winner = SupersededBy { key: command.key, command: command.id };
    txn.count_changes.note_key(command.key);
    for (group, raise) in raised_by(&command.action) {
        change(txn, &command.target, group, |fence| fence.raise(winner, raise))?;
        supersede(txn, &command.target, group, raise, winner, now)?;
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
    let replaced = match raise {
        Raise::Both => Replaced::Everything,
        // Steps and keys replace nothing among themselves.
        Raise::Any => Replaced::Setting,
    };
    for id in txn.queue.older_in_slot(&port.device, port.port, group, replaced, winner.key) {
        let summary = txn.summary(id)?;
        txn.finish(&summary, &End::superseded(winner.command), now)?;
    }
    Ok(())
}

const ALL: &str = "
SELECT set_instant, set_sequence, set_command, any_instant, any_sequence, any_command,
    is_refused, before_instant, before_sequence, hostname, port, effect_group
FROM fences";
