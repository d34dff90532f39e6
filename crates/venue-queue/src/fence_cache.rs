//! The stored fences as the writer knows them.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};
use venue_domain::{EffectGroup, PortId, SlotFence, StoreError, SupersededBy};

use crate::{error::IntoStoreError, row};

/// The stored fences that the writer has read or written before, so that it need not read them again.
/// Emptied when a transaction is rolled back.
#[derive(Debug, Default)]
pub(crate) struct FenceCache(HashMap<(PortId, EffectGroup), SlotFence>);

impl FenceCache {
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
        self.note(slot, fence);
        Ok(fence)
    }

    pub(crate) fn note(&mut self, slot: (PortId, EffectGroup), fence: SlotFence) {
        if self.0.len() >= SLOTS_KEPT {
            // Cheaper than to know which were used last, and rare: most venues are smaller.
            self.0.clear();
        }
        self.0.insert(slot, fence);
    }

    /// What was written may not be there.
    pub(crate) fn invalidate(&mut self) {
        self.0.clear();
    }
}

/// So many slots are remembered: all that a thousand TVs use.
const SLOTS_KEPT: usize = 8_192;

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
