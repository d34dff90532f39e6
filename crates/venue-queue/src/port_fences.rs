//! The stored fences as the writer knows them: each command raises one, and they are written once for all of a group.

use std::sync::LazyLock;

use rusqlite::{Connection, Row, params};
use venue_domain::{EffectGroup, PortId, SlotFence, StoreError, SupersededBy};

use crate::{
    error::IntoStoreError,
    many_rows::ManyRows,
    row::{self, sequence},
    write_behind::WriteBehind,
};

/// The fences of the slots.
#[derive(Debug, Default)]
pub(crate) struct PortFences(WriteBehind<(PortId, EffectGroup), SlotFence>);

impl PortFences {
    pub(crate) fn of(
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
        self.0.note(slot, fence);
        Ok(fence)
    }

    pub(crate) fn set(&mut self, port: &PortId, group: EffectGroup, fence: SlotFence) {
        self.0.change((port.clone(), group), fence);
    }

    /// Writes what has changed.
    pub(crate) fn write(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.0.write(|changed| {
            let raised: Vec<_> = changed
                .iter()
                .filter_map(|((port, group), fence)| Some((port, group, *fence, fence.any?)))
                .collect();
            WRITE.write(connection, &raised, |(port, group, fence, any), bind| {
                bind(params![
                    port.device.as_str(),
                    port.port.number(),
                    group.name(),
                    fence.set.map(|set| set.key.instant.venue_time().unix_ms()),
                    fence.set.map(|set| sequence(set.key)),
                    fence.set.map(|set| set.command.to_string()),
                    any.key.instant.venue_time().unix_ms(),
                    sequence(any.key),
                    any.command.to_string(),
                    fence.is_refused,
                    fence.before.map(|before| before.instant.venue_time().unix_ms()),
                    fence.before.map(sequence),
                ])
            })
        })
    }

    /// Nobody knows what the table has.
    pub(crate) fn forget(&mut self) {
        self.0.forget();
    }
}

pub(crate) fn load(
    connection: &Connection,
    port: &PortId,
    group: EffectGroup,
) -> Result<SlotFence, StoreError> {
    let mut select = connection.prepare_cached(LOAD).store_err()?;
    let place = params![port.device.as_str(), port.port.number(), group.name()];
    let mut rows = select.query(place).store_err()?;
    let row = rows.next().store_err()?;
    Ok(row.map(read).transpose().store_err()?.unwrap_or_default())
}

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<SlotFence> {
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

pub(crate) const LOAD: &str = "
SELECT set_instant, set_sequence, set_command, any_instant, any_sequence, any_command,
    is_refused, before_instant, before_sequence
FROM fences WHERE hostname = ?1 AND port = ?2 AND effect_group = ?3";

static WRITE: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT OR REPLACE INTO fences (
            hostname, port, effect_group, set_instant, set_sequence, set_command, any_instant,
            any_sequence, any_command, is_refused, before_instant, before_sequence
        )",
        12,
    )
});
