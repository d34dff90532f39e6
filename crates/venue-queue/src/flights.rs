//! Rows in flight, as they are read and as their claims left them.

use std::collections::HashMap;

use rusqlite::Row;
use venue_domain::{ClaimTicket, CommandRecord, QueueId};

use crate::row::{self, RECORD_COLUMNS, RowSummary};

/// A row in flight.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) record: CommandRecord,
    pub(crate) summary: RowSummary,
    /// Which claim of it is current.
    pub(crate) claims: u32,
}

/// The rows in flight as their claims left them, so that they are not read again when they end.
#[derive(Debug, Default)]
pub(crate) struct Flights(HashMap<QueueId, InFlight>);

/// More are not remembered: as many as there are workers, and some whose lease ends.
const FLIGHTS_KEPT: usize = 4_096;

impl Flights {
    /// `row` was handed out.
    pub(crate) fn begin(&mut self, row: InFlight) {
        if self.0.len() >= FLIGHTS_KEPT {
            self.0.clear();
        }
        self.0.insert(row.summary.id, row);
    }

    /// The row of a claim, if it is remembered.
    pub(crate) fn end(&mut self, ticket: ClaimTicket) -> Option<InFlight> {
        self.0.remove(&ticket.queue_id).filter(|row| row.claims == ticket.number)
    }

    /// Nobody knows whether the rows are still as they were.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}

impl InFlight {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let record = row::record(row)?;
        let id = QueueId::new(row.get(1)?);
        let summary =
            RowSummary::of(&record, id, row.get(RECORD_COLUMNS)?, row.get(RECORD_COLUMNS + 1)?);
        Ok(Self { record, summary, claims: row.get(RECORD_COLUMNS + 2)? })
    }
}
