//! The assumed state of the ports: written with each delivered command, direct ones too.

use rusqlite::{Connection, OptionalExtension, Row, params};
use venue_domain::{
    AssumedStateChange, BatchId, ChannelNumber, Command, EffectGroup, Hostname, InputName, PortId,
    PortStatus, Reason, StoreError, Timestamp,
};

use crate::{error::IntoStoreError, record::JUST_BEFORE, row};

/// An infrared command ended at `at` for `reason`.
pub(crate) fn attempt_ended(
    connection: &Connection,
    command: &Command,
    reason: Reason,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Command { target, action, .. } = command;
    let before = one(connection, target)?;
    let after = PortStatus::attempt_ended(before, target, action, reason, at);
    match after {
        Some(after) => write(connection, &after),
        None => Ok(()),
    }
}

/// What was accepted last before a stop and is not accounted for may have been carried out: a direct command
/// at a kill. Nothing is believed of its slot.
pub(crate) fn forget_unaccounted(connection: &Connection) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(UNACCOUNTED).store_err()?;
    let found: Vec<(PortId, EffectGroup)> = select
        .query_map([JUST_BEFORE.as_millis() as u64], |row| {
            let port = PortId { device: row::parsed(row, 0)?, port: row::port(row, 1)? };
            Ok((port, row::group(&row.get::<_, String>(2)?, 2)?))
        })
        .and_then(Iterator::collect)
        .store_err()?;
    for (port, group) in found {
        if let Some(after) = PortStatus::unaccounted(one(connection, &port)?, group) {
            write(connection, &after)?;
        }
    }
    Ok(())
}

fn write(connection: &Connection, status: &PortStatus) -> Result<(), StoreError> {
    let mut write = connection.prepare_cached(WRITE).store_err()?;
    write
        .execute(params![
            status.port.device.as_str(),
            status.port.port.number(),
            status.channel.as_ref().map(ChannelNumber::as_str),
            status.last_command,
            status.last_command_at.unix_ms(),
            status.power,
            status.muted,
            status.input.as_ref().map(InputName::as_str),
            status.corrected_by,
        ])
        .store_err()
        .map(drop)
}

/// Nothing is believed of the ports of `device` any more.
pub(crate) fn forget(connection: &Connection, device: &str) -> Result<(), StoreError> {
    let mut forget = connection.prepare_cached(FORGET).store_err()?;
    forget.execute([device]).store_err().map(drop)
}

const FORGET: &str = "DELETE FROM port_status WHERE hostname = ?1";

/// Somebody said at `at` what is so at `port`.
pub(crate) fn correct(
    connection: &Connection,
    port: &PortId,
    change: &AssumedStateChange,
    by: Option<String>,
    at: Timestamp,
) -> Result<PortStatus, StoreError> {
    let after = PortStatus::corrected(one(connection, port)?, port, change, by, at);
    write(connection, &after)?;
    Ok(after)
}

fn one(connection: &Connection, port: &PortId) -> Result<Option<PortStatus>, StoreError> {
    let mut select = connection.prepare_cached(ONE).store_err()?;
    let place = params![port.device.as_str(), port.port.number()];
    select.query_row(place, read).optional().store_err()
}

/// The ports of `device`, or all.
pub(crate) fn known(
    connection: &Connection,
    device: Option<&Hostname>,
) -> Result<Vec<PortStatus>, StoreError> {
    let Some(device) = device else {
        let mut select = connection.prepare_cached(ALL).store_err()?;
        return select.query_map([], read).and_then(Iterator::collect).store_err();
    };
    let mut select = connection.prepare_cached(OF_DEVICE).store_err()?;
    select.query_map([device.as_str()], read).and_then(Iterator::collect).store_err()
}

/// Keeps the assumed state of `port` for an undo of `batch`, and up to which key it was commanded.
pub(crate) fn snapshot(
    connection: &Connection,
    batch: &BatchId,
    port: &PortId,
) -> Result<(), StoreError> {
    let mut write = connection.prepare_cached(SNAPSHOT).store_err()?;
    let place = params![batch.as_str(), port.device.as_str(), port.port.number()];
    write.execute(place).store_err().map(drop)
}

/// Reads hostname, port, channel, command, time, power, muted, input, and who corrected it.
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<PortStatus> {
    Ok(PortStatus {
        port: PortId { device: row::parsed(row, 0)?, port: row::port(row, 1)? },
        channel: row::parsed_optional(row, 2)?,
        last_command: row.get(3)?,
        last_command_at: row::time(row, 4)?,
        power: row.get(5)?,
        muted: row.get(6)?,
        input: row::parsed_optional(row, 7)?,
        corrected_by: row.get(8)?,
    })
}

const UNACCOUNTED: &str = "
SELECT hostname, port, effect_group FROM fences
WHERE any_instant > (SELECT max(any_instant) FROM fences) - ?1
AND NOT EXISTS (SELECT 1 FROM command_queue WHERE command_id = any_command)
AND NOT EXISTS (SELECT 1 FROM command_history WHERE command_id = any_command)";

const ONE: &str = "
SELECT hostname, port, last_channel, last_command, last_command_at, power, muted, input,
    corrected_by
FROM port_status WHERE hostname = ?1 AND port = ?2";

const OF_DEVICE: &str = "
SELECT hostname, port, last_channel, last_command, last_command_at, power, muted, input,
    corrected_by
FROM port_status WHERE hostname = ?1 ORDER BY port";

const ALL: &str = "
SELECT hostname, port, last_channel, last_command, last_command_at, power, muted, input,
    corrected_by
FROM port_status ORDER BY hostname, port";

const WRITE: &str = "
INSERT OR REPLACE INTO port_status (
    hostname, port, last_channel, last_command, last_command_at, power, muted, input, corrected_by,
    updated_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?5)";

const SNAPSHOT: &str = "
INSERT OR IGNORE INTO batch_ports (
    batch_id, hostname, port, known, last_channel, last_command, last_command_at, power, muted,
    input, corrected_by, above_instant, above_sequence
)
SELECT ?1, ?2, ?3, status.hostname IS NOT NULL, last_channel, last_command, last_command_at,
    power, muted, input, corrected_by, coalesce(above.instant, 0), coalesce(above.sequence, 0)
FROM (SELECT 1) LEFT JOIN port_status AS status
ON status.hostname = ?2 AND status.port = ?3
LEFT JOIN (
    SELECT any_instant AS instant, any_sequence AS sequence FROM fences
    WHERE hostname = ?2 AND port = ?3 ORDER BY any_instant DESC, any_sequence DESC LIMIT 1
) AS above";
