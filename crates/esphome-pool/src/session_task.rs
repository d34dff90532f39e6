//! The task of one device: connect, drive the session, wait, again. It alone owns the socket, so
//! there are never two sessions with one device.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use esphome_codec::{ClientConfig, ClientSession};
use futures_util::FutureExt;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    ConnectError, DeviceState, Misconfiguration,
    call::Request,
    common::Common,
    connect::{Connected, connect},
    device::Shared,
    reconnect::{self, Ended, FailureCounter},
    session_driver::{Opening, SessionDriver, TryEnd},
    stats::count,
};

/// Serves a device until it is removed. A session that ends by a fault of ours is told as lost, and
/// the device is served on: nothing may leave it online without anybody at its socket.
pub(crate) async fn serve(
    common: Arc<Common>,
    shared: Arc<Shared>,
    mut requests: mpsc::Receiver<Request>,
) {
    // The first connects of a whole venue are spread as well.
    let mut next_try =
        Instant::now() + reconnect::wait(&common.config.backoff, Ended::Dropped, fastrand::f64());
    let mut crashes = 0;
    loop {
        let task = SessionTask::new(Arc::clone(&common), Arc::clone(&shared), &mut requests);
        let Err(panic) = AssertUnwindSafe(task.run(next_try)).catch_unwind().await else { break };
        crashes += 1;
        next_try = crashed(&common, &shared, crashes, panic.as_ref());
    }
    shared.state.send_replace(DeviceState::Stopped);
    requests.close();
    while let Some(request) = requests.recv().await {
        request.refuse(&DeviceState::Stopped);
    }
}

/// Tells that a session task has crashed; returns when to try again. Its socket is closed by now, and
/// its calls have ended as [`crate::CallEnd::SessionLost`].
fn crashed(common: &Common, shared: &Shared, crashes: u32, panic: &(dyn Any + Send)) -> Instant {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let device = shared.config.pool_name();
    tracing::error!(device, panic = text, crashes, "the session task crashed and is started anew");
    if matches!(*shared.state.borrow(), DeviceState::Online(_)) {
        common.counters.sessions_open.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
    let since = Instant::now();
    let ended = Ended::Failed { attempt: crashes };
    let next_try = since + reconnect::wait(&common.config.backoff, ended, fastrand::f64());
    let cause = Arc::new(ConnectError::Crashed);
    shared.state.send_replace(DeviceState::Offline { since, attempt: crashes, cause, next_try });
    next_try
}

/// The state of the task between sessions.
struct SessionTask<'r> {
    common: Arc<Common>,
    shared: Arc<Shared>,
    requests: &'r mut mpsc::Receiver<Request>,
    client: Arc<ClientConfig>,
    down_since: Instant,
    failures: FailureCounter,
    /// When the last try was begun.
    tried: Option<Instant>,
}

impl<'r> SessionTask<'r> {
    fn new(
        common: Arc<Common>,
        shared: Arc<Shared>,
        requests: &'r mut mpsc::Receiver<Request>,
    ) -> Self {
        let client = Arc::new(ClientConfig {
            client_info: common.config.client_info.clone(),
            encryption: shared.config.encryption.clone(),
            expected_name: shared.config.name.clone(),
            expected_mac: shared.config.mac,
            keepalive: common.config.keepalive,
            hello_timeout: common.config.hello_timeout,
            listing_timeout: common.config.listing_timeout,
            listings: common.listings.clone(),
            call_ids: common.call_ids.clone(),
        });
        let down_since = Instant::now();
        Self {
            common,
            shared,
            requests,
            client,
            down_since,
            failures: FailureCounter::default(),
            tried: None,
        }
    }

    /// Serves the device until it is removed.
    async fn run(mut self, mut next_try: Instant) {
        while self.cooldown(next_try).await {
            let Some(end) = self.attempt().await else { break };
            next_try = self.settle(end);
        }
    }

    /// Waits for the next try, refusing requests; `false` when it is time to stop.
    async fn cooldown(&mut self, mut next_try: Instant) -> bool {
        loop {
            if next_try <= Instant::now() {
                // A timer that has run out already still waits for the runtime's next tick, 1 ms.
                return !self.shared.stop.is_cancelled();
            }
            tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => return false,
                () = self.shared.reconnect_now.notified() => {
                    // Whoever announces himself all the time is not dialled all the time.
                    let soonest = self.tried.map_or_else(Instant::now, |tried| tried + FRESH);
                    next_try = next_try.min(soonest);
                }
                () = sleep_until(next_try) => return true,
                request = self.requests.recv() => match request {
                    Some(request) => request.refuse(&self.shared.state.borrow()),
                    None => return false,
                },
            }
        }
    }

    /// One try: connect, and drive the session to its end. `None` when it is time to stop.
    async fn attempt(&mut self) -> Option<TryEnd> {
        count(&self.common.counters.connects);
        let started = Instant::now();
        self.tried = Some(started);
        let common = Arc::clone(&self.common);
        let shared = Arc::clone(&self.shared);
        let connected = reach(&shared, &common, self.requests).await?;
        let Connected { stream, address, permit } = match connected {
            Ok(connected) => connected,
            Err(cause) => return Some(TryEnd { ready_for: None, cause }),
        };
        let connected = Instant::now();
        let client = self.client();
        let session = ClientSession::new(client, connected.into_std());
        let opening = Opening { address, started, connected, permit, epoch: 0 };
        let mut driver = SessionDriver::new(stream, session, &common, &shared, opening);
        let cause = driver.run(self.requests).await;
        let end = driver.end(cause);
        (!shared.stop.is_cancelled()).then_some(end)
    }

    /// How the next session is opened: with the board that is pinned by now.
    fn client(&mut self) -> Arc<ClientConfig> {
        let pinned = *self.shared.pinned();
        if self.client.expected_mac != pinned {
            Arc::make_mut(&mut self.client).expected_mac = pinned;
        }
        Arc::clone(&self.client)
    }

    /// Publishes what has become of the try; returns when to try next.
    fn settle(&mut self, end: TryEnd) -> Instant {
        let now = Instant::now();
        if end.ready_for.is_some() {
            self.down_since = now;
            // Haste from before the loss would cut short the pause after it.
            std::pin::pin!(self.shared.reconnect_now.notified()).as_mut().enable();
        } else {
            count(&self.common.counters.connect_failures);
        }
        self.failures.note(end.ready_for, self.common.config.stable_after);
        let misconfigured = match &end.cause {
            ConnectError::Protocol { source } => Misconfiguration::of(source),
            ConnectError::Flooded => Some(Misconfiguration::Flooding),
            ConnectError::Resolve { .. }
            | ConnectError::NoAddress { .. }
            | ConnectError::Connect { .. }
            | ConnectError::ConnectTimeout { .. }
            | ConnectError::Announced
            | ConnectError::Stalled
            | ConnectError::Crashed
            | ConnectError::Closed => None,
        };
        let config = &self.common.config;
        let ended = match (&misconfigured, &end.cause) {
            (Some(_), _) => Ended::Misconfigured,
            (None, ConnectError::Announced) => {
                Ended::Announced { pause: config.announced_disconnect_pause }
            }
            (None, _) => self.failures.ended(),
        };
        let next_try = now + reconnect::wait(&config.backoff, ended, fastrand::f64());
        let since = self.down_since;
        let device = self.shared.config.pool_name();
        let state = if let Some(cause) = misconfigured {
            tracing::warn!(device, cause = %end.cause, "device is misconfigured");
            DeviceState::Misconfigured { since, cause, next_try }
        } else {
            // Loudly once, quietly while it stays so.
            if self.failures.in_a_row <= 1 {
                tracing::info!(device, cause = %end.cause, "no session with device");
            } else {
                tracing::debug!(device, cause = %end.cause, tries = self.failures.in_a_row, "no session");
            }
            let cause = Arc::new(end.cause);
            DeviceState::Offline { since, attempt: self.failures.in_a_row, cause, next_try }
        };
        self.shared.state.send_replace(state);
        next_try
    }
}

/// Connects, refusing requests in the meantime; `None` when it is time to stop.
///
/// A future of its own, so that it has no room in the task of a session that is up.
async fn reach<'a>(
    shared: &Shared,
    common: &'a Common,
    requests: &mut mpsc::Receiver<Request>,
) -> Option<Result<Connected<'a>, ConnectError>> {
    let mut connecting = Box::pin(connect(&shared.config.address, common));
    let mut begun = Instant::now();
    loop {
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => return None,
            connected = &mut connecting => return Some(connected),
            () = shared.reconnect_now.notified() => {
                // The device is there now: a SYN that it did not hear is repeated seconds later only,
                // and a name may have another address.
                if begun.elapsed() >= FRESH {
                    begun = Instant::now();
                    connecting = Box::pin(connect(&shared.config.address, common));
                }
            }
            request = requests.recv() => request?.refuse(&shared.state.borrow()),
        }
    }
}

/// A connect that is younger than this is not begun anew: whoever asks for a reconnect meant this one.
const FRESH: Duration = Duration::from_millis(500);
