//! A store whose calls are noted, that fails when it is told to, and that leaves out a rule.

use std::{
    future::{Future, poll_fn},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use venue_domain::{
    Attempt, Claim, ClaimTicket, Claimed, Command, CommandQueue, CommandRecord,
    CommandWithAttempts, ConfigurationStore, DirectRecord, Due, EndedCommands, Enqueued, Expired,
    FenceEntry, Fences, Hostname, LaneMemory, LaneNote, LaneStore, NewCommand, OrderClock,
    OrderKey, PassedOver, PortSet, PreviousShutdown, Promoted, Promotion, QueueId, QueueView,
    Reason, Rescued, ScheduledCommand, Settled, Settlement, SettlementRule, Start, Status,
    StoreError, Timestamp, WallOffset, WallTime, WorkQueue,
};

use crate::{flaw::Flaw, ledger::Ledger};

mod queue;

/// What a story may run over.
pub(crate) trait Keeps:
    CommandQueue + WorkQueue + QueueView + LaneStore + ConfigurationStore + Clone + 'static
{
    /// Whether it answers from a thread of its own, for which virtual time has to wait.
    const THREADED: bool;
}

/// The store of one service.
#[derive(Clone)]
pub(crate) struct Store<S> {
    pub(crate) inner: S,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) flaw: Option<Flaw>,
    /// The store cannot be used.
    pub(crate) down: Arc<AtomicBool>,
    /// The service lives.
    pub(crate) alive: Arc<AtomicBool>,
    pub(crate) fences: Arc<Fences>,
    pub(crate) order: Arc<OrderClock>,
}

impl<S: Keeps> Store<S> {
    pub(crate) fn is_flawed(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Whether the scheduler is not told that the store is down.
    fn is_ignored(&self) -> bool {
        self.is_down() && self.is_flawed(Flaw::QueueSentWhileDown)
    }

    fn is_down(&self) -> bool {
        self.down.load(Ordering::SeqCst)
    }

    pub(crate) async fn call<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        if !self.alive.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        if self.is_down() {
            return Err(StoreError::Disk);
        }
        let mut call = Box::pin(call);
        if !S::THREADED {
            return call.await;
        }
        // Handed over here, so that the store is asked in the order of the calls.
        let asked = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        if let Poll::Ready(answer) = asked {
            return answer;
        }
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || runtime.block_on(call)).await.unwrap()
    }

    /// Notes what is asked for, before it is stored; with the flaws that concern it.
    fn noted(&self, mut new: NewCommand) -> NewCommand {
        self.ledger.wish(&new.command, scheduled(&new), false);
        if self.is_flawed(Flaw::LifeForgotten) {
            let life = std::time::Duration::from_secs(3_600);
            new.command.expires_at = new.command.expires_at.plus(life);
        }
        if self.is_flawed(Flaw::KeyRenewedOnRetry) && new.direct_attempt.is_some() {
            new.command.key = self.order.next(new.command.accepted_at);
            self.fences.raise(&new.command);
        }
        if self.is_flawed(Flaw::ActedForgotten)
            && let Some(attempt) = &mut new.direct_attempt
        {
            deny(attempt);
        }
        new
    }

    fn stored(&self, new: &NewCommand, answer: Enqueued) -> Enqueued {
        self.ledger.wish(&new.command, scheduled(new), true);
        self.ledger.queued(answer.queue_id(), new.command.id);
        self.follow(&new.command);
        if self.flaw.is_some_and(Flaw::is_disguise) && scheduled(new).is_none() {
            // The router raises none that others see.
            self.fences.raise(&new.command);
        }
        if self.is_flawed(Flaw::ScheduledRaisesNothing) && scheduled(new).is_some() {
            // Whoever would have to promote it is not told.
            let waiting = Box::new(as_stored(&new.command));
            return Enqueued::AlreadyWaiting { queue_id: answer.queue_id(), waiting };
        }
        answer
    }

    /// When something is due, unless whoever would have to promote it is not told.
    fn untold(&self, at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        at.filter(|at| *at > now || !self.is_flawed(Flaw::ScheduledRaisesNothing))
    }

    fn refused(&self, new: &NewCommand) {
        if self.is_flawed(Flaw::RefusedOutranks) && scheduled(new).is_none() {
            self.fences.raise(&new.command);
        }
    }

    fn follow(&self, command: &Command) {
        if self.is_flawed(Flaw::FencesFollowTheStore) {
            self.fences.raise(command);
        }
    }

    /// What waits for `device` now, not claimed.
    async fn peek(&self, device: Option<Hostname>, now: Timestamp) -> Vec<CommandRecord> {
        let open = self.inner.open_commands(device, None, 100).await.unwrap_or_default();
        let due = |record: &CommandRecord| {
            record.status == Status::Pending && record.key.is_some() && record.due_at <= now
        };
        open.into_iter().filter(due).collect()
    }

    /// One that waits for the same.
    async fn same_press(&self, new: &NewCommand) -> Option<Enqueued> {
        let command = &new.command;
        let device = Some(command.target.device.clone());
        let open = self.inner.open_commands(device, None, 100).await.unwrap_or_default();
        let same = |one: &&CommandRecord| {
            one.status == Status::Pending
                && (&one.target, &one.action) == (&command.target, &command.action)
        };
        let waiting = Box::new(open.iter().find(same)?.clone());
        Some(Enqueued::AlreadyWaiting { queue_id: waiting.queue_id?, waiting })
    }
}

/// What is shown of a command that waits.
fn as_stored(command: &Command) -> CommandRecord {
    let (took, evidence, detail) = (std::time::Duration::ZERO, None, None);
    let (started_at, reason) = (command.accepted_at, Reason::LaneBusy);
    let attempt = Attempt { started_at, took, reason, evidence, detail };
    let command = Arc::new(command.clone());
    CommandWithAttempts::from(&DirectRecord { command, attempt, superseded_by: None }).record
}

/// Says that nothing was sent.
const fn deny(attempt: &mut Attempt) {
    if attempt.may_have_acted() {
        attempt.reason = Reason::DeviceOffline;
    }
}

fn scheduled(new: &NewCommand) -> Option<(Timestamp, Option<WallTime>)> {
    match new.due {
        Due::Scheduled { at, wish } => Some((at, wish)),
        Due::Now | Due::At(_) => None,
    }
}

impl<S: Keeps> LaneStore for Store<S> {
    async fn lane_memory(&self, now: Timestamp) -> Result<Vec<(Hostname, LaneMemory)>, StoreError> {
        let inner = self.inner.clone();
        let mut memories = self.call(async move { inner.lane_memory(now).await }).await?;
        match self.flaw {
            Some(Flaw::LateCommandsForgotten) => memories.clear(),
            Some(Flaw::PacingForgotten) => {
                memories.iter_mut().for_each(|(_, memory)| memory.ports.clear());
            }
            _ => {}
        }
        Ok(memories)
    }

    async fn note_lanes(&self, notes: Vec<LaneNote>) -> Result<(), StoreError> {
        if self.is_flawed(Flaw::RestatementsForgotten) {
            return Ok(());
        }
        let inner = self.inner.clone();
        self.call(async move { inner.note_lanes(notes).await }).await
    }
}

impl<S: Keeps> WorkQueue for Store<S> {
    async fn start(
        &self,
        previous_shutdown: PreviousShutdown,
        now: Timestamp,
    ) -> Result<Start, StoreError> {
        let inner = self.inner.clone();
        let stays = self.is_flawed(Flaw::WishesStay);
        let mut start = self.call(async move { inner.start(previous_shutdown, now).await }).await?;
        if previous_shutdown == PreviousShutdown::Unclean {
            self.ledger.unclean(now);
        }
        for record in self.inner.open_commands(None, None, 1_000).await.unwrap_or_default() {
            if record.key.is_none() && !stays {
                self.ledger.waits_for(record.id, record.due_at, now);
            }
        }
        if self.is_flawed(Flaw::ClockGoesBack) {
            start.highest_key = OrderKey::ORIGIN;
        }
        Ok(start)
    }

    async fn fences(&self) -> Result<Vec<FenceEntry>, StoreError> {
        let inner = self.inner.clone();
        self.call(async move { inner.fences().await }).await
    }

    async fn merge_fences(
        &self,
        fences: Vec<FenceEntry>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        let inner = self.inner.clone();
        let fences = match self.flaw {
            Some(Flaw::NoMergeAfterOutage) => Vec::new(),
            Some(Flaw::PassedKeysForgotten) => {
                let mut fences = fences;
                for entry in &mut fences {
                    entry.fence.set =
                        entry.fence.set.filter(|set| !self.ledger.is_key(set.command));
                }
                fences
            }
            _ => fences,
        };
        self.call(async move { inner.merge_fences(fences, now).await }).await
    }

    async fn claim(
        &self,
        device: Hostname,
        busy: PortSet,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        if self.is_ignored() {
            // What is never settled would be claimed again and again at one moment.
            drop(tokio::time::timeout(BETWEEN_CLAIMS, std::future::pending::<()>()).await);
            let claim = self.peek(Some(device), now).await.into_iter().next().map(undurable);
            return Ok(Claimed { claim, ..Claimed::default() });
        }
        let inner = self.inner.clone();
        let claim = async move { inner.claim(device, busy, lease_until, now).await };
        let claimed = self.call(claim).await?;
        let next_due = self.untold(claimed.next_due, now);
        Ok(Claimed { next_due, ..claimed })
    }

    async fn pass_over(
        &self,
        device: Hostname,
        rule: SettlementRule,
        now: Timestamp,
    ) -> Result<PassedOver, StoreError> {
        if self.is_ignored() {
            return Ok(PassedOver::default());
        }
        let inner = self.inner.clone();
        if self.is_flawed(Flaw::AwayInFlight) {
            let lease_until = now.plus(std::time::Duration::from_secs(15));
            let busy = PortSet::EMPTY;
            let claim = async move { inner.claim(device, busy, lease_until, now).await };
            let claim = self.call(claim).await?;
            let Claimed { next_due, ended_commands, .. } = claim;
            return Ok(PassedOver { more: false, next_due, ended_commands });
        }
        let passed = self.call(async move { inner.pass_over(device, rule, now).await }).await?;
        Ok(PassedOver { next_due: self.untold(passed.next_due, now), ..passed })
    }

    async fn settle(
        &self,
        ticket: ClaimTicket,
        settlement: Settlement,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        if self.is_ignored() {
            let ended_commands = EndedCommands::default();
            return Ok(Settled { status: Some(Status::Completed), next_due: None, ended_commands });
        }
        let (inner, mut settlement) = (self.inner.clone(), settlement);
        if self.is_flawed(Flaw::ActedForgotten)
            && let Settlement::Retry { attempt, .. } = &mut settlement
        {
            deny(attempt);
        }
        let settled = self.call(async move { inner.settle(ticket, settlement, now).await }).await?;
        Ok(Settled { next_due: self.untold(settled.next_due, now), ..settled })
    }

    async fn promote(
        &self,
        scheduled: Vec<Promotion>,
        now: Timestamp,
    ) -> Result<Promoted, StoreError> {
        if self.is_ignored() {
            let due = self.peek(None, now).await.into_iter();
            let devices = due.map(|record| record.target.device).collect();
            return Ok(Promoted { devices, ..Promoted::default() });
        }
        self.ledger.placed(&scheduled, now);
        let inner = self.inner.clone();
        let promoted = self.call(async move { inner.promote(scheduled, now).await }).await?;
        Ok(Promoted { next_due: self.untold(promoted.next_due, now), ..promoted })
    }

    async fn upcoming(
        &self,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<ScheduledCommand>, StoreError> {
        let inner = self.inner.clone();
        let found = self.call(async move { inner.upcoming(until, limit).await }).await?;
        self.ledger.booted();
        Ok(if self.is_flawed(Flaw::ScheduledRaisesNothing) { Vec::new() } else { found })
    }

    async fn wake(&self, device: Hostname, now: Timestamp) -> Result<u64, StoreError> {
        if self.is_ignored() {
            return Ok(1);
        }
        let inner = self.inner.clone();
        self.call(async move { inner.wake(device, now).await }).await
    }

    async fn expire(&self, now: Timestamp) -> Result<Expired, StoreError> {
        if self.is_ignored() {
            return Ok(Expired::default());
        }
        let inner = self.inner.clone();
        self.call(async move { inner.expire(now).await }).await
    }

    async fn move_wishes(&self, offset: WallOffset) -> Result<u64, StoreError> {
        if self.is_flawed(Flaw::WishesStay) {
            return Ok(0);
        }
        let inner = self.inner.clone();
        self.call(async move { inner.move_wishes(offset).await }).await
    }

    async fn rescue(&self, now: Timestamp) -> Result<Rescued, StoreError> {
        let inner = self.inner.clone();
        self.call(async move { inner.rescue(now).await }).await
    }
}

const BETWEEN_CLAIMS: std::time::Duration = std::time::Duration::from_millis(5);

/// A claim that no store knows of.
fn undurable(record: CommandRecord) -> Box<Claim> {
    let command = Command {
        id: record.id,
        action: record.action,
        target: record.target,
        class: record.class,
        actor: record.actor,
        accepted_at: record.created_at,
        key: record.key.unwrap_or(OrderKey::ORIGIN),
        expires_at: record.expires_at,
    };
    Box::new(Claim {
        ticket: ClaimTicket { queue_id: QueueId::new(i64::MAX), number: 1 },
        command: Arc::new(command),
        batch: record.batch,
        priority: record.priority,
        attempt: 1,
        max_attempts: record.max_attempts,
        unknown_seen: record.unknown_seen,
        routing_method: record.routing_method,
        waits_until: Timestamp::default(),
    })
}
