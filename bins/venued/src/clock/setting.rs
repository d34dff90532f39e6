//! Waits until somebody sets the wall clock, without looking at it: the kernel tells it.

use std::{future::pending, io, time::Duration};

use rustix::{
    fd::OwnedFd,
    io::{Errno, read},
    time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    },
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    time::sleep,
};

use super::{LOOK, RUNNING};

/// A test sets its clock by a file, which nobody tells of.
const TEST_LOOK: Duration = Duration::from_millis(20);

/// Waits until the wall clock may have been set.
#[derive(Debug)]
pub(super) enum Setting {
    /// A timer that the kernel cancels when the wall clock is set, and when the machine wakes up.
    Timer(AsyncFd<OwnedFd>),
    /// Nobody tells: it has to be looked at.
    Look(Duration),
}

impl Setting {
    /// Needs a tokio runtime.
    pub(super) fn new() -> Self {
        if RUNNING.source.is_of_a_test() {
            return Self::Look(TEST_LOOK);
        }
        match timer() {
            Ok(timer) => Self::Timer(timer),
            Err(error) => {
                tracing::warn!(%error, "nobody tells when the wall clock is set: it is looked at");
                Self::Look(LOOK)
            }
        }
    }

    /// Waits until the wall clock may have been set.
    ///
    /// # Cancel safety
    /// Safe: what happened meanwhile is told by the next call.
    pub(super) async fn may_be_set(&self) {
        match self {
            Self::Look(interval) => sleep(*interval).await,
            Self::Timer(timer) => {
                let Ok(mut ready) = timer.readable().await else { return pending().await };
                let told = ready.try_io(|timer| match read(timer, &mut [0; 8]) {
                    Err(Errno::AGAIN) => Err(io::ErrorKind::WouldBlock.into()),
                    other => Ok(other),
                });
                // Cancelled, as it should be; or it ran out, in the year 2262.
                if let Ok(Ok(Ok(_) | Err(_))) = told
                    && let Err(error) = arm(timer.get_ref())
                {
                    tracing::warn!(%error, "nobody tells any more when the wall clock is set");
                    pending::<()>().await;
                }
            }
        }
    }
}

fn timer() -> io::Result<AsyncFd<OwnedFd>> {
    let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
    let timer = timerfd_create(TimerfdClockId::Realtime, flags)?;
    arm(&timer)?;
    #[expect(deprecated, reason = "unsound for others; an OwnedFd keeps its descriptor")]
    AsyncFd::with_interest(timer, Interest::READABLE)
}

fn arm(timer: &OwnedFd) -> io::Result<()> {
    let never = Timespec { tv_sec: i64::MAX / 1_000_000_000, tv_nsec: 0 };
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: never };
    let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
    timerfd_settime(timer, flags, &once)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_clock_that_nobody_sets_wakes_nobody() {
        let setting = Setting::Timer(timer().unwrap());
        assert!(timeout(Duration::from_millis(50), setting.may_be_set()).await.is_err());
    }
}
