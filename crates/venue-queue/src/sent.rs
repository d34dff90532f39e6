//! What the end of an attempt leaves on its port: the assumed state of the appliance, what may still
//! come to life on the board, and when the next command may follow.

use rusqlite::{Connection, params};
use venue_domain::{
    Command, CommandId, Hostname, LATE_COMMAND_LIFE, LaneMemory, LaneNote, LateCommand, PortPacing,
    Reason, RememberedCommand, StoreError, Timestamp,
};

use crate::{
    error::IntoStoreError,
    fences,
    lookup::{self, Name},
    port_facts::{read_late, read_pacing},
    port_status,
    row::{self, sequence},
    txn::WriteTxn,
};

/// An attempt at `command` ended at `at`.
pub(crate) fn attempt_ended(
    txn: &mut WriteTxn<'_>,
    command: &Command,
    reason: Reason,
    at: Timestamp,
) -> Result<(), StoreError> {
    if !command.action.is_infrared() || !reason.may_have_left() {
        return Ok(());
    }
    port_status::attempt_ended(txn, command, reason, at)?;
    if reason == Reason::Refused {
        fences::note_refused(txn, command)?;
    }
    let (connection, port) = (txn.connection, &command.target);
    let before = txn.facts.pacing(connection, port)?;
    if let Some(after) = PortPacing::after(before, port, &command.action, reason, at) {
        txn.facts.set_pacing(after);
    }
    for mut late in txn.facts.late(connection, port)? {
        if late.note(command, reason, at) {
            update_late(connection, &late)?;
            txn.facts.forget_late();
        }
    }
    if let Some(late) = LateCommand::after(command, reason, at) {
        insert_late(connection, &late)?;
        txn.facts.forget_late();
    }
    Ok(())
}

/// What is to be sent once more may be outdated by direct commands that the store does not know: nothing
/// is, until the next command of its slot is delivered.
pub(crate) fn forget_desired(txn: &mut WriteTxn<'_>) -> Result<(), StoreError> {
    txn.connection.prepare_cached(FORGET_DESIRED).store_err()?.execute(()).store_err()?;
    txn.facts.forget_late();
    Ok(())
}

/// Nothing of `device` comes to life any more: it is another board.
pub(crate) fn forget_late(txn: &mut WriteTxn<'_>, device: &str) -> Result<(), StoreError> {
    let mut forget = txn.connection.prepare_cached(FORGET_LATE_OF).store_err()?;
    forget.execute([device]).store_err()?;
    txn.facts.forget_late();
    Ok(())
}

/// What lanes did by themselves.
pub(crate) fn note_lanes(txn: &mut WriteTxn<'_>, notes: &[LaneNote]) -> Result<(), StoreError> {
    let connection = txn.connection;
    for note in notes {
        match note {
            LaneNote::Cleared { commands, at } => {
                for command in commands {
                    let mut clear = connection.prepare_cached(CLEAR).store_err()?;
                    clear.execute(params![command.to_string(), at.unix_ms()]).store_err()?;
                }
                forget_old(connection, *at)?;
                txn.facts.forget_late();
            }
            LaneNote::Reasserted { command, attempt } => {
                // Of what retention took meanwhile there is nothing to be told.
                let found = lookup::account(connection, Name::Command(*command))?;
                let Some(account) = found else { continue };
                let mut last = connection.prepare_cached(LAST_ATTEMPT).store_err()?;
                let last: u32 =
                    last.query_row([command.to_string()], |row| row.get(0)).store_err()?;
                txn.record_attempt(*command, last + 1, attempt)?;
                let ended_at = attempt.started_at.plus(attempt.took);
                let command = row::command(&account.record);
                attempt_ended(txn, &command, attempt.reason, ended_at)?;
            }
        }
    }
    Ok(())
}

/// What is known of all lanes at `now`.
pub(crate) fn memory(
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<(Hostname, LaneMemory)>, StoreError> {
    let mut lanes = std::collections::BTreeMap::<Hostname, LaneMemory>::new();
    let mut select = connection.prepare_cached(ALL_PACING).store_err()?;
    let ports = select.query_map((), read_pacing).store_err()?;
    for port in ports {
        let port = port.store_err()?;
        lanes.entry(port.port.device.clone()).or_default().ports.push(port);
    }
    let mut select = connection.prepare_cached(ALL_LATE).store_err()?;
    let late: Vec<LateCommand> =
        select.query_map((), read_late).and_then(Iterator::collect).store_err()?;
    for late in late.into_iter().filter(|late| !late.is_over(now)) {
        let command = |id: CommandId| {
            let found = lookup::account(connection, Name::Command(id))?;
            Ok::<_, StoreError>(found.map(|account| row::command(&account.record).into()))
        };
        let Some(own) = command(late.id)? else { continue };
        let desired = match late.desired {
            Some(id) => command(id)?,
            None => None,
        };
        let lane = lanes.entry(late.slot.port.device.clone()).or_default();
        lane.late.push(RememberedCommand { late, command: own, desired });
    }
    Ok(lanes.into_iter().collect())
}

fn insert_late(connection: &Connection, late: &LateCommand) -> Result<(), StoreError> {
    forget_old(connection, late.ended_at)?;
    let mut insert = connection.prepare_cached(INSERT_LATE).store_err()?;
    insert
        .execute(params![
            late.id.to_string(),
            late.slot.port.device.as_str(),
            late.slot.port.port.number(),
            late.slot.group.name(),
            late.key.instant.venue_time().unix_ms(),
            sequence(late.key),
            late.ended_at.unix_ms(),
        ])
        .store_err()
        .map(drop)
}

fn update_late(connection: &Connection, late: &LateCommand) -> Result<(), StoreError> {
    let mut update = connection.prepare_cached(UPDATE_LATE).store_err()?;
    update
        .execute(params![
            late.id.to_string(),
            late.answered_at.map(Timestamp::unix_ms),
            late.desired.map(|id| id.to_string()),
        ])
        .store_err()
        .map(drop)
}

/// Forgets what cannot come to life any more, for its age.
fn forget_old(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let mut forget = connection.prepare_cached(FORGET_LATE).store_err()?;
    forget.execute([now.minus(LATE_COMMAND_LIFE).unix_ms()]).store_err().map(drop)
}

const ALL_PACING: &str = "
SELECT hostname, port, sent_at, power_on_at, channel_at, channel_digits, digit_at, unsure_at
FROM port_pacing";

const ALL_LATE: &str = "
SELECT command_id, hostname, port, effect_group, order_instant, order_sequence, ended_at,
    answered_at, desired
FROM late_commands WHERE cleared_at IS NULL ORDER BY ended_at, command_id";

/// What ended before it was found to be over is over.
const INSERT_LATE: &str = "
INSERT INTO late_commands (
    command_id, hostname, port, effect_group, order_instant, order_sequence, ended_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO UPDATE SET
    hostname = ?2, port = ?3, effect_group = ?4, order_instant = ?5, order_sequence = ?6,
    ended_at = ?7, answered_at = NULL, desired = NULL, cleared_at = NULL
WHERE coalesce(cleared_at, ended_at) < ?7";

const UPDATE_LATE: &str = "
UPDATE late_commands SET answered_at = ?2, desired = ?3 WHERE command_id = ?1";

const CLEAR: &str = "
INSERT INTO late_commands (command_id, ended_at, cleared_at) VALUES (?1, ?2, ?2)
ON CONFLICT DO UPDATE SET cleared_at = ?2 WHERE ended_at <= ?2";

const FORGET_DESIRED: &str = "UPDATE late_commands SET desired = NULL WHERE desired IS NOT NULL";

const FORGET_LATE_OF: &str =
    "DELETE FROM late_commands INDEXED BY late_of_port WHERE hostname = ?1 AND cleared_at IS NULL";

const FORGET_LATE: &str = "DELETE FROM late_commands WHERE coalesce(cleared_at, ended_at) <= ?1";

const LAST_ATTEMPT: &str = "SELECT coalesce(max(number), 0) FROM attempts WHERE command_id = ?1";
