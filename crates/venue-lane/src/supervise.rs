//! A lane that crashes is started again: a fault of ours must not leave a device without anybody who sends.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};

use crate::{lane::Lane, wire::Wire};

impl<W: Wire> Lane<W> {
    /// Serves the lane until its mailbox closes, whatever becomes of the loop that does it.
    ///
    /// What was in flight when it crashed has ended as unknown, and is unconfirmed; what
    /// waits goes on waiting, unless it may be what makes the lane crash again and again.
    pub(crate) async fn supervised(mut self: Box<Self>) {
        let mut last: Option<Instant> = None;
        while let Err(panic) = AssertUnwindSafe(self.run()).catch_unwind().await {
            let now = Instant::now();
            let repeatedly = last.is_some_and(|last| now < last + SOON);
            last = Some(now);
            let text = text(panic.as_ref());
            tracing::error!(panic = text, repeatedly, "a lane crashed and is started again");
            self.recover(repeatedly, now);
            sleep(PAUSE).await;
        }
        self.end();
    }
}

fn text(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
}

/// A second crash within this is one too many for those that wait.
const SOON: Duration = Duration::from_secs(10);

/// So that a lane that crashes at once takes no processor.
const PAUSE: Duration = Duration::from_millis(100);
