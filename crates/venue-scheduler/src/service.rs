//! The scheduler as others see it: started, woken, asked and stopped.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, task::JoinHandle};
use venue_domain::{Clock, DirectTransport, Probe, WorkQueue};

use crate::{
    config::SchedulerConfig,
    engine::{Engine, Exit},
    error::StopError,
    limit::ConcurrencyLimit,
    parts::SchedulerParts,
    stats::{SchedulerState, Stats, StatsSnapshot},
    waker::Waker,
};

/// A scheduler that runs. Dropping it ends it at once, as a crash would.
#[derive(Debug)]
pub struct Scheduler {
    waker: Waker,
    stats: Arc<Stats>,
    now: Now,
    task: Mutex<Option<JoinHandle<Result<(), StopError>>>>,
    running: watch::Receiver<SchedulerState>,
}

/// Reads the monotonic clock, without its type.
struct Now(Box<dyn Fn() -> std::time::Instant + Send + Sync>);

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Now")
    }
}

impl Scheduler {
    /// Starts the owner task, which recovers the queue as soon as the store can be used.
    ///
    /// Needs a tokio runtime.
    #[must_use]
    pub fn start<Q, T, C>(parts: SchedulerParts<Q, T, C>, config: SchedulerConfig) -> Self
    where
        Q: WorkQueue + 'static,
        T: DirectTransport + Probe + 'static,
        C: Clock + 'static,
    {
        let (fences, order) = (Arc::clone(&parts.fences), Arc::clone(&parts.order));
        let now = parts.clock.instant();
        let stats = Arc::new(Stats::new(ConcurrencyLimit::new(config.workers, now).limit(), now));
        let (publish, running) = watch::channel(SchedulerState::Starting);
        let parts = Arc::new(parts);
        let read = Arc::clone(&parts);
        let clocks = Box::new(move || (read.clock.now(), read.clock.offset()));
        let waker = Waker::new(fences, order, clocks, config.late_after);
        let clock = Arc::clone(&parts);
        let supervisor = Supervisor { waker: waker.clone(), stats: Arc::clone(&stats), publish };
        // Joined by `shutdown`, aborted when the scheduler is dropped.
        let task = tokio::spawn(supervisor.run(parts, config));
        let now = Now(Box::new(move || clock.clock.instant()));
        Self { waker, stats, now, task: Mutex::new(Some(task)), running }
    }

    /// Wakes it.
    #[must_use]
    pub const fn waker(&self) -> &Waker {
        &self.waker
    }

    /// What it does at present.
    #[must_use]
    pub fn stats(&self) -> StatsSnapshot {
        self.stats.snapshot((self.now.0)())
    }

    /// Follows whether it hands out commands.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<SchedulerState> {
        self.running.clone()
    }

    /// Hands out nothing until it is resumed; what is in flight runs to its end.
    pub fn pause(&self) {
        self.waker.pause(true);
    }

    /// Hands out commands again.
    pub fn resume(&self) {
        self.waker.pause(false);
    }

    /// Whether it is to pause. It may show another state meanwhile, such as a store that is down.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.waker.is_paused()
    }

    /// Stops: nothing more is handed out, what is in flight runs to its end within the grace, and
    /// what was not begun goes back with its attempts.
    ///
    /// # Errors
    /// [`StopError`] if it did not stop in order; the next start rescues what it had in flight.
    ///
    /// # Cancel safety
    /// It goes on stopping; the result is lost.
    pub async fn shutdown(&self) -> Result<(), StopError> {
        self.waker.stop();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        match task {
            Some(task) => task.await.unwrap_or(Err(StopError::Panicked)),
            None => Ok(()),
        }
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

/// Starts the owner task again should it panic: accepted commands wait meanwhile.
struct Supervisor {
    waker: Waker,
    stats: Arc<Stats>,
    publish: watch::Sender<SchedulerState>,
}

impl Supervisor {
    async fn run<Q, T, C>(
        self,
        parts: Arc<SchedulerParts<Q, T, C>>,
        config: SchedulerConfig,
    ) -> Result<(), StopError>
    where
        Q: WorkQueue + 'static,
        T: DirectTransport + Probe + 'static,
        C: Clock + 'static,
    {
        loop {
            let (waker, stats) = (self.waker.clone(), Arc::clone(&self.stats));
            let publish = self.publish.clone();
            let engine = Engine::new(Arc::clone(&parts), config.clone(), waker, stats, publish);
            // A set of one task: it ends with the supervisor.
            let mut owner = tokio::task::JoinSet::new();
            owner.spawn(engine.run());
            match owner.join_next().await {
                Some(Ok(Exit::Stopped(result))) => return result,
                Some(Ok(Exit::Restart)) => {}
                Some(Err(error)) => {
                    tracing::error!(%error, "the scheduler panicked and is started again");
                    self.stats.panicked();
                    tokio::time::sleep(AFTER_PANIC).await;
                }
                None => return Ok(()),
            }
        }
    }
}

/// A bug that strikes at once each time does not burn a core.
const AFTER_PANIC: Duration = Duration::from_secs(1);
