//! The assumed state of the ports: written with each delivered command, direct ones too.

use std::sync::LazyLock;

use rusqlite::{Connection, params};
use venue_domain::{
    AssumedStateChange, BatchId, Command, EffectGroup, Hostname, PortId, PortStatus, Reason,
    StoreError, Timestamp,
};

use crate::{
    error::IntoStoreError, many_rows::ManyRows, port_facts, record::JUST_BEFORE, row, txn::WriteTxn,
};

/// An infrared command ended at `at` for `reason`.
pub(crate) fn attempt_ended(
    txn: &mut WriteTxn<'_>,
    command: &Command,
    reason: Reason,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Command { target, action, .. } = command;
    let before = txn.facts.status(txn.connection, target)?;
    if let Some(after) = PortStatus::attempt_ended(before, target, action, reason, at) {
        txn.facts.set_status(after);
    }
    Ok(())
}

/// What was accepted last before a stop and is not accounted for may have been carried out: a direct command
/// at a kill. Nothing is assumed of its slot.
pub(crate) fn forget_unaccounted(txn: &mut WriteTxn<'_>) -> Result<(), StoreError> {
    txn.write_behind()?;
    let mut select = txn.connection.prepare_cached(UNACCOUNTED).store_err()?;
    let found: Vec<(PortId, EffectGroup)> = select
        .query_map([JUST_BEFORE.as_millis() as u64], |row| {
            let port = PortId { device: row::parsed(row, 0)?, port: row::port(row, 1)? };
            Ok((port, row::group(&row.get::<_, String>(2)?, 2)?))
        })
        .and_then(Iterator::collect)
        .store_err()?;
    for (port, group) in found {
        let known = txn.facts.status(txn.connection, &port)?;
        if let Some(after) = PortStatus::unaccounted(known, group) {
            txn.facts.set_status(after);
        }
    }
    Ok(())
}

/// Nothing is assumed of the ports of `device` any more.
pub(crate) fn forget(txn: &mut WriteTxn<'_>, device: &str) -> Result<(), StoreError> {
    txn.write_behind()?;
    let mut forget = txn.connection.prepare_cached(FORGET).store_err()?;
    forget.execute([device]).store_err()?;
    txn.facts.forget();
    Ok(())
}

const FORGET: &str = "DELETE FROM port_status WHERE hostname = ?1";

/// Somebody said at `at` what is so at `port`.
pub(crate) fn correct(
    txn: &mut WriteTxn<'_>,
    port: &PortId,
    change: &AssumedStateChange,
    by: Option<String>,
    at: Timestamp,
) -> Result<PortStatus, StoreError> {
    let known = txn.facts.status(txn.connection, port)?;
    let after = PortStatus::corrected(known, port, change, by, at);
    txn.facts.set_status(after.clone());
    Ok(after)
}

/// The ports of `device`, or all.
pub(crate) fn known(
    connection: &Connection,
    device: Option<&Hostname>,
) -> Result<Vec<PortStatus>, StoreError> {
    let Some(device) = device else {
        let mut select = connection.prepare_cached(ALL).store_err()?;
        return select
            .query_map([], port_facts::read_status)
            .and_then(Iterator::collect)
            .store_err();
    };
    let mut select = connection.prepare_cached(OF_DEVICE).store_err()?;
    select
        .query_map([device.as_str()], port_facts::read_status)
        .and_then(Iterator::collect)
        .store_err()
}

/// Keeps the assumed state of `ports` for an undo of `batch`, and up to which key each was commanded.
pub(crate) fn snapshot(
    connection: &Connection,
    batch: &BatchId,
    ports: &[&PortId],
) -> Result<(), StoreError> {
    SNAPSHOT.write(connection, ports, |port, bind| {
        bind(params![batch.as_str(), port.device.as_str(), port.port.number()])
    })
}

const UNACCOUNTED: &str = "
SELECT hostname, port, effect_group FROM fences
WHERE any_instant > (SELECT max(any_instant) FROM fences) - ?1
AND NOT EXISTS (SELECT 1 FROM command_queue WHERE command_id = any_command)
AND NOT EXISTS (SELECT 1 FROM command_history WHERE command_id = any_command)";

const OF_DEVICE: &str = "
SELECT hostname, port, last_channel, last_command, last_command_at, power, muted, input,
    corrected_by
FROM port_status WHERE hostname = ?1 ORDER BY port";

const ALL: &str = "
SELECT hostname, port, last_channel, last_command, last_command_at, power, muted, input,
    corrected_by
FROM port_status ORDER BY hostname, port";

/// Each row names a batch, a device and a port of it.
static SNAPSHOT: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::around(
        "INSERT OR IGNORE INTO batch_ports (
            batch_id, hostname, port, known, last_channel, last_command, last_command_at, power,
            muted, input, corrected_by, above_instant, above_sequence
        )
        SELECT column1, column2, column3, status.hostname IS NOT NULL, last_channel, last_command,
            last_command_at, power, muted, input, corrected_by,
            coalesce((
                SELECT any_instant FROM fences WHERE hostname = column2 AND port = column3
                ORDER BY any_instant DESC, any_sequence DESC LIMIT 1
            ), 0),
            coalesce((
                SELECT any_sequence FROM fences WHERE hostname = column2 AND port = column3
                ORDER BY any_instant DESC, any_sequence DESC LIMIT 1
            ), 0)
        FROM (",
        3,
        ") LEFT JOIN port_status AS status
        ON status.hostname = column2 AND status.port = column3",
    )
});
