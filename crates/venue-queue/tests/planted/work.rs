//! What comes out, and how it ends.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use venue_domain::{
    Attempt, ClaimTicket, Claimed, Command, EndedCommands, Expired, FenceEntry, Hostname,
    LaneMemory, LaneNote, LaneStore, OrderKey, PassedOver, PortSet, PreviousShutdown, Promoted,
    Promotion, QueueView as _, Reason, Rescued, ScheduledCommand, Settled, Settlement,
    SettlementRule, Start, Status, StoreError, Timestamp, WallOffset, WorkQueue,
};

use crate::{
    faults::Fault,
    store::{Planted, as_they_are},
};

const LEASE: Duration = Duration::from_secs(15);

impl Planted {
    /// What is settled instead of `settlement`.
    fn settled(&self, ticket: ClaimTicket, settlement: Settlement, now: Timestamp) -> Settlement {
        let sent = self.notes().leases.get(&ticket).map(|(command, _)| Arc::clone(command));
        let repeatable = sent.is_some_and(|command| command.nature().is_repeatable());
        if self.has(Fault::SupersededAsDelivered)
            && matches!(settlement, Settlement::Superseded { .. })
        {
            let (took, reason) = (Duration::ZERO, Reason::Delivered);
            let (evidence, detail) = (None, None);
            let attempt = Attempt { started_at: now, took, reason, evidence, detail };
            return Settlement::Finish { attempt };
        }
        if self.has(Fault::ToggleHandedOutAgain)
            && let Settlement::Retry { attempt, due_at } = &settlement
            && attempt.may_have_acted()
            && !repeatable
        {
            return Settlement::Release { due_at: *due_at };
        }
        settlement
    }

    /// Gives back what may be repeated and has no lease any more, as if nothing had been tried.
    async fn give_back(&self, now: Timestamp) -> Result<BTreeSet<Hostname>, StoreError> {
        let leases = self.notes().leases.clone();
        let over = leases
            .into_iter()
            .filter(|(_, (command, until))| *until <= now && command.nature().is_repeatable());
        let mut devices = BTreeSet::new();
        for (ticket, (command, _)) in over {
            let release = Settlement::Release { due_at: now };
            if self.inner.settle(ticket, release, now).await?.status.is_some() {
                devices.insert(command.target.device.clone());
            }
        }
        Ok(devices)
    }
}

impl WorkQueue for Planted {
    async fn start(
        &self,
        previous_shutdown: PreviousShutdown,
        now: Timestamp,
    ) -> Result<Start, StoreError> {
        let mut start = self.inner.start(previous_shutdown, now).await?;
        let notes = self.notes();
        let merged = notes.merged == Some(start.highest_key);
        if merged && self.has(Fault::MergedWithoutHighestKey) {
            start.highest_key = notes.accepted.unwrap_or(OrderKey::ORIGIN);
        }
        Ok(start)
    }

    async fn merge_fences(
        &self,
        fences: Vec<FenceEntry>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        let keys = fences.iter().filter_map(|entry| entry.fence.any).map(|any| any.key);
        let highest = keys.max();
        {
            let mut notes = self.notes();
            notes.merged = notes.merged.max(highest);
        }
        self.inner.merge_fences(fences, now).await
    }

    async fn claim(
        &self,
        device: Hostname,
        busy: PortSet,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let busy = if self.has(Fault::BusyHandedOut) { PortSet::EMPTY } else { busy };
        let mut claimed = self.inner.claim(device, busy, lease_until, now).await?;
        if let Some(claim) = &mut claimed.claim {
            let mut notes = self.notes();
            if let Some(meant) = notes.meant.get(&claim.command.id) {
                let action = meant.command.action.clone();
                claim.command = Arc::new(Command { action, ..Command::clone(&claim.command) });
            }
            notes.leases.insert(claim.ticket, (Arc::clone(&claim.command), lease_until));
        }
        Ok(claimed)
    }

    async fn pass_over(
        &self,
        device: Hostname,
        rule: SettlementRule,
        now: Timestamp,
    ) -> Result<PassedOver, StoreError> {
        if self.has(Fault::PassedOverInFlight) {
            self.inner.claim(device.clone(), PortSet::EMPTY, now.plus(LEASE), now).await?;
        }
        self.inner.pass_over(device, rule, now).await
    }

    async fn settle(
        &self,
        ticket: ClaimTicket,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        let settlement = self.settled(ticket, settlement, now);
        self.inner.settle(ticket, settlement, now).await
    }

    async fn expire(&self, now: Timestamp) -> Result<Expired, StoreError> {
        if self.has(Fault::ScheduledNeverExpires) {
            let open = self.inner.open_commands(None, None, u32::MAX).await?;
            let over = |status, at: Timestamp| status == Status::Pending && at <= now;
            let mut scheduled = open.iter().filter(|record| record.key.is_none());
            if scheduled.any(|record| over(record.status, record.expires_at)) {
                return Ok(Expired::default());
            }
        }
        let early = u64::from(self.has(Fault::ExpiresEarly));
        self.inner.expire(now.plus(Duration::from_millis(early))).await
    }

    async fn rescue(&self, now: Timestamp) -> Result<Rescued, StoreError> {
        let mut given_back = BTreeSet::new();
        if self.has(Fault::RescueCountsNoUnknown) {
            given_back = self.give_back(now).await?;
        }
        let Rescued { devices, ended_commands } = self.inner.rescue(now).await?;
        given_back.extend(devices);
        Ok(Rescued { devices: given_back.into_iter().collect(), ended_commands })
    }

    as_they_are! {
        fences() -> Vec<FenceEntry>;
        promote(scheduled: Vec<Promotion>, now: Timestamp) -> Promoted;
        upcoming(until: Timestamp, limit: u32) -> Vec<ScheduledCommand>;
        wake(device: Hostname, now: Timestamp) -> u64;
        move_wishes(offset: WallOffset) -> u64;
    }
}

impl LaneStore for Planted {
    async fn note_lanes(&self, mut notes: Vec<LaneNote>) -> Result<(), StoreError> {
        if self.has(Fault::LateNeverCleared) {
            notes.retain(|note| !matches!(note, LaneNote::Cleared { .. }));
        }
        self.inner.note_lanes(notes).await
    }

    as_they_are! {
        lane_memory(now: Timestamp) -> Vec<(Hostname, LaneMemory)>;
    }
}
