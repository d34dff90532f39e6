//! Follows the sessions of all devices in one task.

use esphome_pool::{DeviceHandle, DeviceState};
use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::sync::{mpsc, watch};
use venue_domain::{BoxFuture, Hostname};
use venue_scheduler::Waker;

use crate::{discovery::Discovery, watch::EventPublisher};

/// A device whose session is followed.
struct Followed {
    hostname: Hostname,
    states: watch::Receiver<DeviceState>,
}

/// Where a device is handed in whose session is to be followed, until it is removed.
#[derive(Clone, Debug)]
pub(super) struct FollowSender(mpsc::UnboundedSender<Followed>);

impl std::fmt::Debug for Followed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Followed").field("hostname", &self.hostname).finish_non_exhaustive()
    }
}

impl FollowSender {
    /// Begins with the next change of its state.
    pub(super) fn follow(&self, hostname: Hostname, device: &DeviceHandle) {
        // After the end of the task nobody wants to know.
        drop(self.0.send(Followed { hostname, states: device.watch() }));
    }
}

/// What tells everybody of the sessions.
pub(super) struct SessionFollower {
    inbox: mpsc::UnboundedReceiver<Followed>,
    followed: FuturesUnordered<BoxFuture<'static, Option<Followed>>>,
    waker: Waker,
    publisher: EventPublisher,
    discovery: Discovery,
}

impl SessionFollower {
    /// Of no device yet.
    pub(super) fn new(
        waker: Waker,
        publisher: EventPublisher,
        discovery: Discovery,
    ) -> (FollowSender, Self) {
        let (sender, inbox) = mpsc::unbounded_channel();
        let followed = FuturesUnordered::new();
        (FollowSender(sender), Self { inbox, followed, waker, publisher, discovery })
    }

    /// Tells whenever the state of a device changes, and wakes what waits for its session, until no device is
    /// followed and none can be handed in.
    pub(super) async fn run(&mut self) {
        loop {
            tokio::select! {
                Some(device) = self.inbox.recv() => self.followed.push(Box::pin(changed(device))),
                Some(device) = self.followed.next() => {
                    if let Some(device) = device {
                        self.tell(device);
                    }
                }
                else => return,
            }
        }
    }

    fn tell(&mut self, mut device: Followed) {
        let state = device.states.borrow_and_update().clone();
        let hostname = device.hostname.clone();
        // First followed again: should what comes now panic, no change after it is missed.
        self.followed.push(Box::pin(changed(device)));
        self.discovery.follow(&hostname, &state);
        self.publisher.device(&hostname, &state);
        if matches!(state, DeviceState::Online(_)) {
            self.waker.session(hostname);
        }
    }
}

/// The device once its state has changed; `None` once it is removed.
async fn changed(mut device: Followed) -> Option<Followed> {
    device.states.changed().await.ok()?;
    Some(device)
}
