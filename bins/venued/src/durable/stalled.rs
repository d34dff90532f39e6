//! A disk that does not answer: the store does not fail, it hangs. Nobody is to find that out one by one.

use std::time::Duration;

use tokio::{select, time::timeout};
use venue_domain::StoreAvailability;
use venue_scheduler::Waker;

use super::handle::StoreHandle;

/// Notices when somebody waits for the store for longer than it ever takes, and takes it out of use; the
/// scheduler takes it back when it answers. Nothing is asked, and nobody polls.
pub(super) async fn notice(store: &StoreHandle, availability: &StoreAvailability, waker: &Waker) {
    let mut opened = store.opened();
    loop {
        let open = store.store().ok();
        let stalled = async {
            match open {
                Some(open) => open.stalled().await,
                None => std::future::pending().await,
            }
        };
        select! {
            changed = opened.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = stalled => {
                if availability.mark_down() {
                    tracing::warn!("the database does not answer: direct commands only");
                    waker.store_failed();
                }
            }
        }
    }
}

/// Ends the wait for a database that is not there soon after the start.
pub(super) async fn end_wait(availability: &StoreAvailability) {
    if timeout(OPENING, availability.settled()).await.is_err() {
        availability.opening_ended();
    }
}

/// A database that is not open, with its queue recovered and read, within this time after a start is treated as one that
/// is down. Requests wait for it until then.
const OPENING: Duration = Duration::from_secs(1);
