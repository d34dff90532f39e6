//! Keeps the daemon's own tasks running: one that panics is begun anew, and somebody is told. One that goes
//! on panicking, or cannot be begun anew, ends the daemon with an exit code of its own, so that the service
//! manager starts it afresh: a daemon that looks whole and lacks a part would be worse.

use std::{collections::VecDeque, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use venue_domain::BoxFuture;

use crate::watch::{Concern, EventPublisher};

/// A bug that strikes at once each time does not burn a core.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// So often a task may panic within [`WITHIN`] before the daemon ends.
const OFTEN: usize = 5;
const WITHIN: Duration = Duration::from_secs(60);

/// Keeps tasks running. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Supervisor {
    publisher: EventPublisher,
    /// The task that the daemon cannot go on without.
    failed: watch::Sender<Option<&'static str>>,
}

impl Supervisor {
    /// Tells `publisher` what panicked.
    pub(crate) fn new(publisher: EventPublisher) -> Self {
        Self { publisher, failed: watch::Sender::new(None) }
    }

    /// Who is told.
    pub(crate) fn publisher(&self) -> EventPublisher {
        self.publisher.clone()
    }

    /// Runs what `run` makes of `state` to its end, and anew whenever it panics: `state` is as the panic left
    /// it.
    pub(crate) async fn keep<S: Send>(
        self,
        task: &'static str,
        mut state: S,
        run: impl for<'a> Fn(&'a mut S) -> BoxFuture<'a, ()> + Send,
    ) {
        let mut panics = VecDeque::new();
        while AssertUnwindSafe(run(&mut state)).catch_unwind().await.is_err() {
            let now = Instant::now();
            panics.retain(|at| now - *at < WITHIN);
            panics.push_back(now);
            if panics.len() >= OFTEN {
                return self.give_up(task);
            }
            tracing::error!(
                task,
                "a task of the daemon panicked and is begun anew: report this bug"
            );
            self.publisher.concern(Concern {
                kind: "task_restarted",
                about: Some(task.to_owned()),
                critical: false,
                summary: format!("a fault in {task} was caught, and it was begun anew"),
                advice: "report it, with the log lines before it: this should not happen",
            });
            sleep(AFTER_PANIC).await;
        }
    }

    /// Runs a task that cannot be begun anew: when it panics the daemon ends.
    pub(crate) async fn need(self, task: &'static str, run: impl Future<Output = ()> + Send) {
        if AssertUnwindSafe(run).catch_unwind().await.is_err() {
            self.give_up(task);
        }
    }

    fn give_up(&self, task: &'static str) {
        tracing::error!(task, "a task of the daemon panicked and cannot be begun anew: stopping");
        self.failed.send_replace(Some(task));
    }

    /// Waits until the daemon has to end; tells for which task.
    ///
    /// # Cancel safety
    /// Safe: it changes nothing.
    pub(crate) async fn failed(&self) -> &'static str {
        let mut failed = self.failed.subscribe();
        loop {
            if let Some(task) = *failed.borrow_and_update() {
                return task;
            }
            // The sender is held here.
            let _ = failed.changed().await;
        }
    }

    /// The task for which the daemon has to end, if there is one.
    pub(crate) fn failure(&self) -> Option<&'static str> {
        *self.failed.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supervisor() -> (Supervisor, EventPublisher) {
        let publisher = EventPublisher::new();
        (Supervisor::new(publisher.clone()), publisher)
    }

    /// Runs of a task that panics in the first so many of them.
    struct Runs {
        begun: usize,
        bad: usize,
    }

    fn run(runs: &mut Runs) -> BoxFuture<'_, ()> {
        Box::pin(async {
            runs.begun += 1;
            assert!(runs.begun > runs.bad, "a bug");
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_begun_anew_with_what_it_had_and_somebody_is_told() {
        let (supervisor, publisher) = supervisor();
        let begun = Instant::now();
        let mut runs = Runs { begun: 0, bad: 2 };
        supervisor.clone().keep("a test", &mut runs, |runs| run(runs)).await;
        assert_eq!(runs.begun, 3);
        assert_eq!(begun.elapsed(), AFTER_PANIC * 2, "it does not spin");
        let concerns = publisher.concerns();
        assert_eq!(concerns[0].kind, "task_restarted");
        assert!(concerns[0].summary.contains("a test"), "{concerns:?}");
        assert_eq!((concerns.len(), supervisor.failure()), (1, None), "one, however often");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_goes_on_panicking_or_cannot_be_begun_anew_ends_the_daemon() {
        let (supervisor, _) = supervisor();
        let mut runs = Runs { begun: 0, bad: usize::MAX };
        supervisor.clone().keep("a bad test", &mut runs, |runs| run(runs)).await;
        assert_eq!((runs.begun, supervisor.failed().await), (OFTEN, "a bad test"));
        let (supervisor, _) = self::supervisor();
        supervisor.clone().need("a test", async {}).await;
        assert_eq!(supervisor.failure(), None, "it ended in order");
        supervisor.clone().need("a vital test", async { panic!("a bug") }).await;
        assert_eq!(supervisor.failed().await, "a vital test");
    }
}
