//! What the writer knows of the ports: what is assumed of the appliance, when the next command may follow, and what
//! may still come to life. Each command changes it; it is written once for all of a group.

use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension, Row, params};
use venue_domain::{
    ChannelNumber, EffectGroup, InputName, LateCommand, OrderKey, PortId, PortPacing, PortStatus,
    Slot, StoreError, Timestamp,
};

use crate::{error::IntoStoreError, many_rows::ManyRows, row, write_behind::WriteBehind};

/// What is known of the ports.
#[derive(Debug, Default)]
pub(crate) struct PortFacts {
    status: WriteBehind<PortId, Option<PortStatus>>,
    pacing: WriteBehind<PortId, Option<PortPacing>>,
    /// Written at once, and read again after that: it is rare.
    late: WriteBehind<PortId, Vec<LateCommand>>,
}

impl PortFacts {
    pub(crate) fn status(
        &mut self,
        connection: &Connection,
        port: &PortId,
    ) -> Result<Option<PortStatus>, StoreError> {
        if let Some(known) = self.status.get(port) {
            return Ok(known.clone());
        }
        let mut select = connection.prepare_cached(STATUS).store_err()?;
        let place = params![port.device.as_str(), port.port.number()];
        let found = select.query_row(place, read_status).optional().store_err()?;
        self.status.note(port.clone(), found.clone());
        Ok(found)
    }

    pub(crate) fn set_status(&mut self, status: PortStatus) {
        self.status.change(status.port.clone(), Some(status));
    }

    pub(crate) fn pacing(
        &mut self,
        connection: &Connection,
        port: &PortId,
    ) -> Result<Option<PortPacing>, StoreError> {
        if let Some(known) = self.pacing.get(port) {
            return Ok(known.clone());
        }
        let mut select = connection.prepare_cached(PACING).store_err()?;
        let place = params![port.device.as_str(), port.port.number()];
        let found = select.query_row(place, read_pacing).optional().store_err()?;
        self.pacing.note(port.clone(), found.clone());
        Ok(found)
    }

    pub(crate) fn set_pacing(&mut self, pacing: PortPacing) {
        self.pacing.change(pacing.port.clone(), Some(pacing));
    }

    /// What may still come to life at `port`.
    pub(crate) fn late(
        &mut self,
        connection: &Connection,
        port: &PortId,
    ) -> Result<Vec<LateCommand>, StoreError> {
        if let Some(known) = self.late.get(port) {
            return Ok(known.clone());
        }
        let found = late_of(connection, port)?;
        self.late.note(port.clone(), found.clone());
        Ok(found)
    }

    /// The table of what may still come to life was changed.
    pub(crate) fn forget_late(&mut self) {
        self.late.forget();
    }

    /// Writes what has changed.
    pub(crate) fn write(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.status.write(|changed| {
            let changed: Vec<_> = changed.iter().filter_map(|(_, one)| one.as_ref()).collect();
            WRITE_STATUS.write(connection, &changed, |status, bind| {
                bind(params![
                    status.port.device.as_str(),
                    status.port.port.number(),
                    status.channel.as_ref().map(ChannelNumber::as_str),
                    status.last_command,
                    status.last_command_at.unix_ms(),
                    status.power,
                    status.muted,
                    status.input.as_ref().map(InputName::as_str),
                    status.corrected_by,
                    status.last_command_at.unix_ms(),
                ])
            })
        })?;
        self.pacing.write(|changed| {
            let changed: Vec<_> = changed.iter().filter_map(|(_, one)| one.as_ref()).collect();
            WRITE_PACING.write(connection, &changed, |pacing, bind| {
                bind(params![
                    pacing.port.device.as_str(),
                    pacing.port.port.number(),
                    pacing.sent_at.unix_ms(),
                    pacing.power_on_at.map(Timestamp::unix_ms),
                    pacing.channel_at.map(Timestamp::unix_ms),
                    pacing.channel_digits,
                    pacing.digit_at.map(Timestamp::unix_ms),
                    pacing.unsure_at.map(Timestamp::unix_ms),
                ])
            })
        })
    }

    /// Nobody knows what the tables have.
    pub(crate) fn forget(&mut self) {
        self.status.forget();
        self.pacing.forget();
        self.late.forget();
    }
}

fn late_of(connection: &Connection, port: &PortId) -> Result<Vec<LateCommand>, StoreError> {
    let mut select = connection.prepare_cached(LATE_OF_PORT).store_err()?;
    let place = params![port.device.as_str(), port.port.number()];
    select.query_map(place, read_late).and_then(Iterator::collect).store_err()
}

/// Reads hostname, port, channel, command, time, power, muted, input, and who corrected it.
pub(crate) fn read_status(row: &Row<'_>) -> rusqlite::Result<PortStatus> {
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

pub(crate) fn read_late(row: &Row<'_>) -> rusqlite::Result<LateCommand> {
    let group: String = row.get(3)?;
    let group: EffectGroup = row::group(&group, 3)?;
    let port = PortId { device: row::parsed(row, 1)?, port: row::port(row, 2)? };
    Ok(LateCommand {
        id: row::parsed(row, 0)?,
        slot: Slot { port, group },
        key: row::key(row, 4)?.unwrap_or(OrderKey::ORIGIN),
        ended_at: row::time(row, 6)?,
        answered_at: row::optional(row, 7)?.map(Timestamp::from_unix_ms),
        desired: row::parsed_optional(row, 8)?,
    })
}

pub(crate) fn read_pacing(row: &Row<'_>) -> rusqlite::Result<PortPacing> {
    let time = |column| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row::optional(row, column)?.map(Timestamp::from_unix_ms))
    };
    Ok(PortPacing {
        port: PortId { device: row::parsed(row, 0)?, port: row::port(row, 1)? },
        sent_at: row::time(row, 2)?,
        power_on_at: time(3)?,
        channel_at: time(4)?,
        channel_digits: row.get(5)?,
        digit_at: time(6)?,
        unsure_at: time(7)?,
    })
}

const STATUS: &str = "
SELECT hostname, port, last_channel, last_command, last_command_at, power, muted, input,
    corrected_by
FROM port_status WHERE hostname = ?1 AND port = ?2";

pub(crate) const PACING: &str = "
SELECT hostname, port, sent_at, power_on_at, channel_at, channel_digits, digit_at, unsure_at
FROM port_pacing WHERE hostname = ?1 AND port = ?2";

pub(crate) const LATE_OF_PORT: &str = "
SELECT command_id, hostname, port, effect_group, order_instant, order_sequence, ended_at,
    answered_at, desired
FROM late_commands INDEXED BY late_of_port
WHERE hostname = ?1 AND port = ?2 AND cleared_at IS NULL";

static WRITE_STATUS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT OR REPLACE INTO port_status (
            hostname, port, last_channel, last_command, last_command_at, power, muted, input,
            corrected_by, updated_at
        )",
        10,
    )
});

static WRITE_PACING: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT OR REPLACE INTO port_pacing (
            hostname, port, sent_at, power_on_at, channel_at, channel_digits, digit_at, unsure_at
        )",
        8,
    )
});
