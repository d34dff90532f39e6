//! Work that is begun by whoever waits for it, and goes on when nobody waits any more.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// What a panic said.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Polls `work` where it is awaited, which saves a task and two wake-ups for each request. If it is dropped before
/// the end, the rest runs on a task of its own. The tracker waits for it in both cases.
///
/// # Cancel safety
/// Safe: the work goes on without whoever waited for it.
pub(crate) struct RunOn<T: Send + 'static> {
    work: Option<Work<T>>,
    tasks: TaskTracker,
    _tracked: TaskTrackerToken,
}

type Work<T> = Pin<Box<dyn Future<Output = Result<T, Panic>> + Send>>;

impl<T: Send + 'static> RunOn<T> {
    pub(crate) fn new(tasks: &TaskTracker, work: impl Future<Output = T> + Send + 'static) -> Self {
        // What a panic leaves half done belongs to the work alone, or is behind a lock.
        let work: Work<T> = Box::pin(AssertUnwindSafe(work).catch_unwind());
        Self { work: Some(work), _tracked: tasks.token(), tasks: tasks.clone() }
    }
}

impl<T: Send + 'static> Future for RunOn<T> {
    type Output = Result<T, Panic>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = self.work.as_mut() else { return Poll::Pending };
        let ended = work.as_mut().poll(cx);
        if ended.is_ready() {
            self.work = None;
        }
        ended
    }
}

impl<T: Send + 'static> Drop for RunOn<T> {
    fn drop(&mut self) {
        // Without a runtime nothing could go on: the process ends.
        if let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) {
            drop(self.tasks.spawn_on(work, &runtime));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_is_awaited_to_its_end_needs_no_task() {
        let tasks = TaskTracker::new();
        let caller = tokio::task::try_id();
        let same = RunOn::new(&tasks, async move { tokio::task::try_id() == caller }).await;
        assert!(same.unwrap());
        assert_eq!(tasks.len(), 0);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_goes_on_and_is_waited_for_by_the_tracker() {
        let tasks = TaskTracker::new();
        let (go, gone) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel::<&str>();
        let mut work = RunOn::new(&tasks, async move {
            gone.await.unwrap();
            done.send("to its end").unwrap();
        });
        assert!(futures_util::poll!(&mut work).is_pending());
        assert_eq!(tasks.len(), 1, "counted while somebody waits for it");
        drop(work);
        tasks.close();
        assert_eq!(tasks.len(), 1, "counted when nobody does");
        go.send(()).unwrap();
        tasks.wait().await;
        assert_eq!(ended.await.unwrap(), "to its end");
    }

    #[tokio::test]
    async fn what_was_never_polled_is_done_all_the_same() {
        let tasks = TaskTracker::new();
        let (done, ended) = oneshot::channel::<()>();
        drop(RunOn::new(&tasks, async move { done.send(()).unwrap() }));
        ended.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_told_and_not_passed_on() {
        let tasks = TaskTracker::new();
        let panic = RunOn::new(&tasks, async { panic!("on purpose") }).await.unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
        assert_eq!(tasks.len(), 0);
    }
}
