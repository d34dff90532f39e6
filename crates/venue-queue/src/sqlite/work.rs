//! What a scheduler asks of the store.

use venue_domain::{
    ClaimTicket, Claimed, EndedCommands, Expired, FenceEntry, Hostname, LaneMemory, LaneNote,
    LaneStore, PassedOver, PortSet, PreviousShutdown, Promoted, Promotion, Rescued,
    ScheduledCommand, Settled, Settlement, SettlementRule, Start, StoreError, Timestamp,
    WallOffset, WorkQueue,
};

use super::SqliteStore;
use crate::{claim, expire, fences, promote, rescue, sent, settle};

impl LaneStore for SqliteStore {
    async fn lane_memory(&self, now: Timestamp) -> Result<Vec<(Hostname, LaneMemory)>, StoreError> {
        self.0.readers.read(move |connection| sent::memory(connection, now)).await
    }

    async fn note_lanes(&self, notes: Vec<LaneNote>) -> Result<(), StoreError> {
        self.0.writer.change_by_key(None, move |txn| sent::note_lanes(txn, &notes)).await
    }
}

impl WorkQueue for SqliteStore {
    async fn start(
        &self,
        previous_shutdown: PreviousShutdown,
        now: Timestamp,
    ) -> Result<Start, StoreError> {
        self.0.writer.change(None, move |txn| rescue::start(txn, previous_shutdown, now)).await
    }

    async fn fences(&self) -> Result<Vec<FenceEntry>, StoreError> {
        self.0.readers.read(fences::all).await
    }

    async fn merge_fences(
        &self,
        fences: Vec<FenceEntry>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        self.0.writer.change_by_key(None, move |txn| fences::merge(txn, &fences, now)).await
    }

    async fn claim(
        &self,
        device: Hostname,
        busy: PortSet,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let writer = &self.0.writer;
        writer
            .change_by_key(None, move |txn| claim::claim(txn, &device, busy, lease_until, now))
            .await
    }

    async fn pass_over(
        &self,
        device: Hostname,
        rule: SettlementRule,
        now: Timestamp,
    ) -> Result<PassedOver, StoreError> {
        let change = self
            .0
            .writer
            .change_by_key(None, move |txn| claim::pass_over(txn, &device, &rule, now));
        change.await
    }

    async fn settle(
        &self,
        ticket: ClaimTicket,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        self.0
            .writer
            .change_by_key(None, move |txn| settle::settle(txn, ticket, &settlement, now))
            .await
    }

    async fn promote(
        &self,
        scheduled: Vec<Promotion>,
        now: Timestamp,
    ) -> Result<Promoted, StoreError> {
        self.0.writer.change_by_key(None, move |txn| promote::promote(txn, &scheduled, now)).await
    }

    async fn upcoming(
        &self,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<ScheduledCommand>, StoreError> {
        self.0.readers.read(move |connection| promote::upcoming(connection, until, limit)).await
    }

    async fn wake(&self, device: Hostname, now: Timestamp) -> Result<u64, StoreError> {
        self.0.writer.change_by_key(None, move |txn| promote::wake(txn, &device, now)).await
    }

    async fn expire(&self, now: Timestamp) -> Result<Expired, StoreError> {
        self.0.writer.change_by_key(None, move |txn| expire::expire(txn, now)).await
    }

    async fn move_wishes(&self, offset: WallOffset) -> Result<u64, StoreError> {
        self.0.writer.change(None, move |txn| promote::move_wishes(txn, offset)).await
    }

    async fn rescue(&self, now: Timestamp) -> Result<Rescued, StoreError> {
        self.0.writer.change_by_key(None, move |txn| rescue::rescue(txn, now)).await
    }
}
