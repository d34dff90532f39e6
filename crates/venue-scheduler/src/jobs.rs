//! What runs beside the owner task: calls of the store, and attempts. Each ends in one result.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use venue_domain::{
    Claim, ClaimTicket, Claimed, Clock, Delivery, DirectTransport, EndedCommands, Expired,
    Hostname, Outcome, PassedOver, PortSet, Probe, Promoted, Promotion, Rescued, ScheduledCommand,
    Settled, Settlement, SettlementRule, StoreError, Timestamp, Unknown, WorkQueue,
};

use crate::{outage::Unsettled, parts::SchedulerParts};

/// What has ended.
pub(crate) enum JobResult {
    Claimed {
        device: Hostname,
        /// When the lease of what was claimed is over.
        lease: std::time::Instant,
        result: Result<Claimed, StoreError>,
    },
    PassedOver {
        device: Hostname,
        result: Result<PassedOver, StoreError>,
    },
    Ended {
        claim: Box<Claim>,
        began: std::time::Instant,
        started_at: Timestamp,
        delivery: Delivery,
        /// From its first byte to its end, where that is known.
        latency: Option<Duration>,
    },
    Settled {
        unsettled: Unsettled,
        result: Result<Settled, StoreError>,
    },
    Woken {
        device: Hostname,
        result: Result<u64, StoreError>,
    },
    Promoted {
        named: Vec<Promotion>,
        result: Result<Promoted, StoreError>,
    },
    Refilled {
        until: Timestamp,
        result: Result<Vec<ScheduledCommand>, StoreError>,
    },
    Expired {
        result: Result<Expired, StoreError>,
    },
    Rescued {
        asked: std::time::Instant,
        result: Result<Rescued, StoreError>,
    },
    Reconciled {
        settled: Vec<(Unsettled, Result<Settled, StoreError>)>,
        merged: Result<Merged, StoreError>,
    },
    Unmarked {
        result: Result<(EndedCommands, bool), StoreError>,
    },
}

/// The store is in step with the memory again.
pub(crate) struct Merged {
    pub(crate) named: Vec<Promotion>,
    pub(crate) ended_commands: EndedCommands,
    pub(crate) promoted: Promoted,
}

impl<Q, T, C> SchedulerParts<Q, T, C>
where
    Q: WorkQueue,
    T: DirectTransport + Probe,
    C: Clock,
{
    pub(crate) async fn claim(
        self: Arc<Self>,
        device: Hostname,
        busy: PortSet,
        lease: Duration,
    ) -> JobResult {
        let now = self.clock.now();
        let lease_end = self.clock.instant() + lease;
        let result = self.queue.claim(device.clone(), busy, now.plus(lease), now).await;
        JobResult::Claimed { device, lease: lease_end, result }
    }

    /// Each command that `device` has to do counts an attempt, or waits for its device.
    pub(crate) async fn pass_over(
        self: Arc<Self>,
        device: Hostname,
        rule: SettlementRule,
    ) -> JobResult {
        let result = self.queue.pass_over(device.clone(), rule, self.clock.now()).await;
        JobResult::PassedOver { device, result }
    }

    /// One attempt. The transport keeps the deadline; one that does not has its command withdrawn,
    /// and it is not known whether it was sent.
    pub(crate) async fn attempt(
        self: Arc<Self>,
        claim: Box<Claim>,
        timeout: Duration,
    ) -> JobResult {
        let (began, started_at) = (self.clock.instant(), self.clock.now());
        let command = Arc::clone(&claim.command);
        let attempt = self.transport.deliver_timed(command, began + timeout);
        let delivery = tokio::time::timeout(timeout + OVERTIME, attempt).await;
        let (delivery, latency) = delivery.unwrap_or_else(|_| {
            tracing::error!(command = %claim.command.id, "the transport does not keep its deadline");
            let outcome = Outcome::Unknown(Unknown::NoEvidence);
            (Delivery::Ended { outcome, took: timeout + OVERTIME }, None)
        });
        JobResult::Ended { claim, began, started_at, delivery, latency }
    }

    pub(crate) async fn settle(self: Arc<Self>, unsettled: Unsettled) -> JobResult {
        let result = self.settle_one(&unsettled).await;
        JobResult::Settled { unsettled, result }
    }

    async fn settle_one(&self, unsettled: &Unsettled) -> Result<Settled, StoreError> {
        let (ticket, settlement): (ClaimTicket, Settlement) =
            (unsettled.ticket, unsettled.settlement.clone());
        self.queue.settle(ticket, settlement, self.clock.now()).await
    }

    pub(crate) async fn wake(self: Arc<Self>, device: Hostname) -> JobResult {
        let result = self.queue.wake(device.clone(), self.clock.now()).await;
        JobResult::Woken { device, result }
    }

    pub(crate) async fn promote(self: Arc<Self>, named: Vec<Promotion>) -> JobResult {
        let result = self.queue.promote(named.clone(), self.clock.now()).await;
        JobResult::Promoted { named, result }
    }

    pub(crate) async fn refill(self: Arc<Self>, until: Timestamp, limit: u32) -> JobResult {
        let result = self.queue.upcoming(until, limit).await;
        JobResult::Refilled { until, result }
    }

    pub(crate) async fn expire(self: Arc<Self>) -> JobResult {
        JobResult::Expired { result: self.queue.expire(self.clock.now()).await }
    }

    pub(crate) async fn rescue(self: Arc<Self>) -> JobResult {
        let asked = self.clock.instant();
        JobResult::Rescued { asked, result: self.queue.rescue(self.clock.now()).await }
    }

    /// Settles what ended while the store was down, then merges the fences and the promotions.
    pub(crate) async fn reconcile(
        self: Arc<Self>,
        kept: Vec<Unsettled>,
        named: Vec<Promotion>,
    ) -> JobResult {
        let calls = kept.iter().map(|unsettled| self.settle_one(unsettled));
        let results = join_all(calls).await;
        let settled: Vec<_> = kept.into_iter().zip(results).collect();
        let failed = settled.iter().filter_map(|(_, result)| result.as_ref().err());
        let merged = match failed.into_iter().find(|error| error.retry_after().is_some()) {
            Some(error) => Err(error.clone()),
            None => self.merge(named).await,
        };
        JobResult::Reconciled { settled, merged }
    }

    /// Takes away the mark of an outage that is over. The fences are merged once more: since they
    /// were merged last, a command may have been accepted as one of the outage.
    pub(crate) async fn unmark(self: Arc<Self>) -> JobResult {
        let calls = self.marker.calls();
        let merged = self.queue.merge_fences(self.fences.entries(), self.clock.now()).await;
        let result = match merged {
            Ok(ended_commands) => Ok((ended_commands, self.marker.clear(calls).await)),
            Err(error) => Err(error),
        };
        JobResult::Unmarked { result }
    }

    async fn merge(&self, named: Vec<Promotion>) -> Result<Merged, StoreError> {
        let fences = self.fences.entries();
        let ended_commands = self.queue.merge_fences(fences, self.clock.now()).await?;
        // Published before anything else can fail: nobody else does it.
        self.recorder.ended(ended_commands.clone());
        let promoted = self.queue.promote(named.clone(), self.clock.now()).await?;
        // The clock may have been set meanwhile. What has its order key by now keeps it.
        self.queue.move_wishes(self.clock.offset()).await?;
        Ok(Merged { named, ended_commands, promoted })
    }
}

/// How long after its deadline a transport is given up.
const OVERTIME: Duration = Duration::from_secs(5);
