//! What a scheduler asks of the store in memory.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use venue_domain::{
    Attempt, Claim, ClaimTicket, Claimed, CommandId, CommandRecord, EndedCommands, Expired,
    FenceEntry, Hostname, OrderKey, PassedOver, PortId, PortSet, PreviousShutdown, Promoted,
    Promotion, QueueId, Reason, Rescued, ScheduledCommand, Settled, Settlement, SettlementRule,
    Start, Status, StoreError, Timestamp, WallOffset, WorkQueue, may_be_retried,
};

use super::{
    MemoryStore,
    state::{End, Row, State, note_attempt},
};
use crate::fair_queue::{FairQueue, flow};

impl State {
    /// The command that `device` has to do next; what is in its way waits or ends.
    fn next_claim(&mut self, device: &Hostname, busy: PortSet, now: Timestamp) -> Option<QueueId> {
        loop {
            let of_device = |row: &Row| {
                let target = &row.record.target;
                let is_ready = row.is_waiting() && row.ready;
                is_ready && target.device == *device && !busy.contains(target.port)
            };
            let ready = self.rows.iter().filter(|(_, row)| of_device(row));
            let first =
                ready.min_by_key(|(id, row)| (Reverse(row.record.priority), row.turn, **id));
            let (first, is_key) = first.map(|(id, row)| (*id, row.is_key()))?;
            let id = if is_key { self.earliest_key(first) } else { first };
            let (ready, due_at) = self.rows.get(&id).map(|row| (row.ready, row.record.due_at))?;
            if !ready {
                let behind = self.rows.get_mut(&first)?;
                (behind.ready, behind.record.due_at) = (false, due_at);
                continue;
            }
            let row = self.rows.get(&id)?;
            if row.record.expires_at <= now {
                self.finish(id, Reason::Expired, now);
            } else if let Some(winner) = self.fences.superseded_by(&row.command()) {
                self.finish(id, winner, now);
            } else {
                return Some(id);
            }
        }
    }

    /// The earliest waiting key of the port of `id`.
    fn earliest_key(&self, id: QueueId) -> QueueId {
        let Some(target) = self.rows.get(&id).map(|row| &row.record.target) else { return id };
        let keys = self.rows.iter().filter(|(_, row)| {
            row.is_waiting()
                && row.is_key()
                && row.record.key.is_some()
                && row.record.target == *target
        });
        keys.min_by_key(|(_, row)| row.record.key).map_or(id, |(id, _)| *id)
    }

    fn hand_out(&mut self, id: QueueId, lease_until: Timestamp, now: Timestamp) -> Option<Claim> {
        let record = &self.rows.get(&id)?.record;
        let (device, priority) = (record.target.device.clone(), record.priority);
        self.know_turns(&device, priority);
        let row = self.rows.get_mut(&id)?;
        row.claims += 1;
        row.lease_until = lease_until;
        let record = &mut row.record;
        record.status = Status::Processing;
        record.attempts += 1;
        record.last_attempt_at = Some(now);
        let wait = now.unix_ms().saturating_sub(record.due_at.unix_ms()).max(0);
        record.queue_wait.get_or_insert_with(|| Duration::from_millis(wait.cast_unsigned()));
        self.fair_queue.serve(&device, priority, row.turn);
        let row = self.rows.get(&id)?;
        Some(Claim {
            ticket: ClaimTicket { queue_id: id, number: row.claims },
            command: row.command().into(),
            batch: row.record.batch.clone(),
            priority: row.record.priority,
            attempt: row.record.attempts,
            max_attempts: row.record.max_attempts,
            unknown_seen: row.record.unknown_seen,
            routing_method: row.record.routing_method,
            waits_until: row.waits_until,
        })
    }

    fn settle(&mut self, id: QueueId, number: u32, settlement: &Settlement, now: Timestamp) {
        let Some(row) = self.rows.get(&id) else { return };
        let (command, attempts) = (row.record.id, row.record.attempts);
        let spent = attempts >= row.record.max_attempts.number();
        let nature = row.record.action.nature();
        let sent = row.command();
        if let Settlement::Finish { attempt } | Settlement::Retry { attempt, .. } = settlement {
            let ended_at = attempt.started_at.plus(attempt.took);
            self.attempt_ended(&sent, attempt.reason, ended_at);
        }
        match settlement {
            Settlement::Finish { attempt } => {
                self.attempts.entry(command).or_default().insert(number, attempt.clone());
                self.finish_attempt(id, attempt, now);
            }
            Settlement::Retry { attempt, due_at } => {
                self.attempts.entry(command).or_default().insert(number, attempt.clone());
                if spent || !may_be_retried(nature, attempt.reason) {
                    self.finish_attempt(id, attempt, now);
                } else {
                    self.wait_again(id, Some(attempt), attempts, *due_at, now);
                }
            }
            Settlement::Release { due_at } => {
                self.wait_again(id, None, attempts.saturating_sub(1), *due_at, now);
            }
            Settlement::Superseded { by } => {
                self.unmade(id);
                self.finish(id, *by, now);
            }
        }
    }

    /// No attempt came of a claim.
    fn unmade(&mut self, id: QueueId) {
        if let Some(row) = self.rows.get_mut(&id) {
            row.record.attempts = row.record.attempts.saturating_sub(1);
            row.record.last_attempt_at = last_listed(&self.attempts, row.record.id);
        }
    }

    fn wait_again(
        &mut self,
        id: QueueId,
        attempt: Option<&Attempt>,
        attempts: u8,
        due_at: Timestamp,
        now: Timestamp,
    ) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        if let Some(winner) = self.fences.superseded_by(&row.command()) {
            if attempt.is_none() {
                self.unmade(id);
            }
            self.finish(id, End::from(winner).after(attempt), now);
            return;
        }
        row.ready = due_at <= now;
        row.released = attempt.is_none();
        let record = &mut row.record;
        record.status = Status::Pending;
        record.due_at = due_at;
        record.attempts = attempts;
        if attempts == 0 {
            record.queue_wait = None;
        }
        if let Some(attempt) = attempt {
            note_attempt(record, attempt);
            record.last_attempt_at = Some(attempt.started_at);
            record.unknown_seen |= attempt.may_have_acted();
        } else {
            record.last_attempt_at = last_listed(&self.attempts, record.id);
        }
    }

    fn promote_scheduled(&mut self, promotion: &Promotion, now: Timestamp) -> Option<Hostname> {
        let Promotion { queue_id: id, key, due_at } = *promotion;
        let row = self.rows.get_mut(&id).filter(|row| row.record.key.is_none())?;
        move_to(&mut row.record, due_at);
        let device = row.record.target.device.clone();
        if row.record.expires_at <= now {
            self.finish(id, Reason::Expired, now);
            return None;
        }
        row.record.key = Some(key);
        let command = row.command();
        let flow = flow(&row.record.actor, row.record.batch.as_ref());
        let priority = row.record.priority;
        let turn = self.next_turn(&device, priority, &flow);
        if let Some(row) = self.rows.get_mut(&id) {
            (row.turn, row.ready) = (turn, true);
            row.waits_until = due_at.plus(row.wait_for_device);
        }
        self.raise(&command, now);
        Some(device)
    }

    /// Takes back what is in flight with a lease until `until` at most.
    fn take_back(&mut self, until: Timestamp, now: Timestamp) -> BTreeSet<Hostname> {
        let mut devices = BTreeSet::new();
        for id in self.ids(|row| !row.is_waiting() && row.lease_until <= until) {
            let Some(row) = self.rows.get(&id) else { continue };
            let interrupted = Attempt {
                started_at: row.record.last_attempt_at.unwrap_or(now),
                took: Duration::ZERO,
                reason: Reason::Interrupted,
                evidence: None,
                detail: None,
            };
            let (device, attempts) = (row.record.target.device.clone(), row.record.attempts);
            let number = row.claims;
            let repeatable = row.record.action.nature().is_repeatable();
            let expired = row.record.expires_at <= now;
            let numbered = self.attempts.entry(row.record.id).or_default();
            numbered.insert(number, interrupted.clone());
            let sent = row.command();
            self.attempt_ended(&sent, Reason::Interrupted, now);
            if !repeatable {
                self.finish(id, End::from(Reason::Interrupted).after(Some(&interrupted)), now);
            } else if expired {
                self.finish(id, End::from(Reason::Expired).after(Some(&interrupted)), now);
            } else {
                let attempts = attempts.saturating_sub(1);
                self.wait_again(id, Some(&interrupted), attempts, now, now);
                devices.insert(device);
            }
        }
        devices
    }
}

/// What is due at another time than it was stored with moves there with its life.
fn move_to(record: &mut CommandRecord, due_at: Timestamp) {
    let by = due_at.unix_ms() - record.due_at.unix_ms();
    record.expires_at = later(record.expires_at, by);
    record.waits_until = record.waits_until.map(|at| later(at, by));
    record.due_at = due_at;
}

/// So many milliseconds later, or earlier.
const fn later(at: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_unix_ms(at.unix_ms() + by)
}

/// When the last attempt began that is listed of a command.
fn last_listed(
    attempts: &HashMap<CommandId, BTreeMap<u32, Attempt>>,
    command: CommandId,
) -> Option<Timestamp> {
    attempts.get(&command)?.values().map(|attempt| attempt.started_at).max()
}

impl WorkQueue for MemoryStore {
    async fn start(
        &self,
        previous_shutdown: PreviousShutdown,
        now: Timestamp,
    ) -> Result<Start, StoreError> {
        let mut state = self.lock();
        state.fair_queue = FairQueue::default();
        for keyed in state.keys.values_mut() {
            keyed.interrupted = keyed.answer.is_none();
        }
        let mut devices = state.take_back(Timestamp::from_unix_ms(i64::MAX), now);
        state.forget_unaccounted();
        if previous_shutdown == PreviousShutdown::Unclean {
            for id in state.ids(|row| row.is_waiting() && row.was_due(now)) {
                state.finish(id, Reason::UncleanStop, now);
            }
            state.lanes.forget_desired();
            devices.clear();
        }
        let due_times = state.devices().into_iter();
        let due_times =
            due_times.filter_map(|device| Some((state.next_due(&device, now)?, device)));
        let due_times = due_times.map(|(due_at, device)| (device, due_at)).collect();
        Ok(Start {
            highest_key: state.highest.unwrap_or(OrderKey::ORIGIN),
            due_times,
            next_due: state.next_promotion(),
            next_expiry: state.next_expiry(),
            rescued: Rescued {
                devices: devices.into_iter().collect(),
                ended_commands: state.ended_commands(now),
            },
        })
    }

    async fn fences(&self) -> Result<Vec<FenceEntry>, StoreError> {
        Ok(self.lock().fences.entries())
    }

    async fn merge_fences(
        &self,
        fences: Vec<FenceEntry>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        let mut state = self.lock();
        state.fences.merge(&fences);
        let highest = fences.iter().filter_map(|entry| entry.fence.any).map(|any| any.key).max();
        state.highest = state.highest.max(highest);
        state.supersede(now);
        Ok(state.ended_commands(now))
    }

    async fn claim(
        &self,
        device: Hostname,
        busy: PortSet,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let mut state = self.lock();
        let next = state.next_claim(&device, busy, now);
        let claim = next.and_then(|id| state.hand_out(id, lease_until, now)).map(Box::new);
        let next_due = if claim.is_some() { None } else { state.first_later(&device) };
        Ok(Claimed { claim, next_due, ended_commands: state.ended_commands(now) })
    }

    async fn pass_over(
        &self,
        device: Hostname,
        rule: SettlementRule,
        now: Timestamp,
    ) -> Result<PassedOver, StoreError> {
        let mut state = self.lock();
        // As many as in the other store.
        for _ in 0..100 {
            let next = state.next_claim(&device, PortSet::EMPTY, now);
            let Some(claim) = next.and_then(|id| state.hand_out(id, now, now)) else { break };
            state.settle(claim.ticket.queue_id, claim.ticket.number, &rule(&claim), now);
        }
        let more = state.has_ready(&device);
        let next_due = state.first_later(&device);
        Ok(PassedOver { more, next_due, ended_commands: state.ended_commands(now) })
    }

    async fn settle(
        &self,
        ticket: ClaimTicket,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        let mut state = self.lock();
        let current = state.rows.get(&ticket.queue_id);
        let current = current.filter(|row| !row.is_waiting() && row.claims == ticket.number);
        let Some(device) = current.map(|row| row.record.target.device.clone()) else {
            let ended_commands = state.ended_commands(now);
            return Ok(Settled { status: None, next_due: None, ended_commands });
        };
        state.settle(ticket.queue_id, ticket.number, &settlement, now);
        let status = state.find(|record| record.queue_id == Some(ticket.queue_id));
        let status = status.map(|record| record.status);
        let next_due = state.next_due(&device, now);
        Ok(Settled { status, next_due, ended_commands: state.ended_commands(now) })
    }

    async fn promote(
        &self,
        scheduled: Vec<Promotion>,
        now: Timestamp,
    ) -> Result<Promoted, StoreError> {
        let mut state = self.lock();
        let mut devices = BTreeSet::new();
        for promotion in &scheduled {
            devices.extend(state.promote_scheduled(promotion, now));
        }
        let due = |row: &Row| row.is_waiting() && !row.ready && row.record.due_at <= now;
        for id in state.ids(|row| due(row) && row.record.key.is_some()) {
            if let Some(row) = state.rows.get_mut(&id) {
                row.ready = true;
                devices.insert(row.record.target.device.clone());
            }
        }
        Ok(Promoted {
            devices: devices.into_iter().collect(),
            next_due: state.next_promotion(),
            ended_commands: state.ended_commands(now),
        })
    }

    async fn upcoming(
        &self,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<ScheduledCommand>, StoreError> {
        let state = self.lock();
        let scheduled = state.rows.iter().filter(|(_, row)| row.record.key.is_none());
        let mut found: Vec<_> = scheduled
            .filter(|(_, row)| row.is_waiting() && row.record.due_at < until)
            .map(|(id, row)| ScheduledCommand {
                queue_id: *id,
                due_at: row.record.due_at,
                wish: row.record.scheduled_at,
                command: row.command(),
            })
            .collect();
        found.sort_by_key(|upcoming| (upcoming.due_at, upcoming.queue_id));
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn wake(&self, device: Hostname, now: Timestamp) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let ids = state.ids(|row| {
            row.is_waiting()
                && !row.ready
                && row.record.target.device == device
                && row.record.key.is_some()
                && (row.record.reason.is_some_and(Reason::ends_with_a_session)
                    || (row.released && row.wait_for_device > Duration::ZERO))
        });
        let release = |state: &mut State, ids: &[QueueId]| {
            for id in ids {
                if let Some(row) = state.rows.get_mut(id) {
                    (row.ready, row.record.due_at) = (true, now);
                }
            }
            ids.len() as u64
        };
        let woken = release(&mut state, &ids);
        if woken == 0 {
            return Ok(0);
        }
        let is_key = |row: &Row| row.is_waiting() && row.is_key() && row.record.key.is_some();
        let claimable = |row: &&Row| is_key(row) && row.ready;
        let ports: BTreeSet<PortId> =
            state.rows.values().filter(claimable).map(|row| row.record.target.clone()).collect();
        let behind = state.ids(|row| {
            is_key(row)
                && !row.ready
                && row.record.target.device == device
                && ports.contains(&row.record.target)
        });
        Ok(woken + release(&mut state, &behind))
    }

    async fn expire(&self, now: Timestamp) -> Result<Expired, StoreError> {
        let mut state = self.lock();
        for id in state.ids(|row| row.is_waiting() && row.record.expires_at <= now) {
            state.finish(id, Reason::Expired, now);
        }
        Ok(Expired { next_expiry: state.next_expiry(), ended_commands: state.ended_commands(now) })
    }

    async fn move_wishes(&self, offset: WallOffset) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let mut moved = 0;
        for row in state.rows.values_mut() {
            let record = &mut row.record;
            let wish = record.scheduled_at.filter(|_| record.key.is_none());
            if let Some(due_at) =
                wish.map(|wish| offset.wished(wish)).filter(|at| *at != record.due_at)
            {
                move_to(record, due_at);
                moved += 1;
            }
        }
        Ok(moved)
    }

    async fn rescue(&self, now: Timestamp) -> Result<Rescued, StoreError> {
        let mut state = self.lock();
        let devices = state.take_back(now, now).into_iter().collect();
        Ok(Rescued { devices, ended_commands: state.ended_commands(now) })
    }
}
