//! The task of one device: connect, drive the session, wait, again. It alone owns the socket, so
//! there are never two sessions with one device.

use std::sync::Arc;

use esphome_codec::{ClientConfig, ClientSession};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    ConnectError, DeviceState, Misconfiguration,
    call::Request,
    connect::{Connected, connect},
    device::Shared,
    drive::{Drive, Opening},
    pool::Common,
    reconnect::Ended,
    stats::count,
};

/// The state of the task between sessions.
pub(crate) struct SessionTask {
    common: Arc<Common>,
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
    client: Arc<ClientConfig>,
    down_since: Instant,
    failures: u32,
    epoch: u64,
}

/// How one try ended.
pub(crate) struct TryEnd {
    /// Whether a session had become ready.
    pub(crate) was_ready: bool,
    /// Why it ended.
    pub(crate) cause: ConnectError,
}

impl SessionTask {
    pub(crate) fn new(
        common: Arc<Common>,
        shared: Arc<Shared>,
        requests: mpsc::Receiver<Request>,
    ) -> Self {
        let client = ClientConfig {
            client_info: common.config.client_info.clone(),
            encryption: shared.config.encryption.clone(),
            expected_name: Some(shared.config.name.clone()),
            expected_mac: shared.config.mac,
            keepalive: common.config.keepalive,
            hello_timeout: common.config.hello_timeout,
            listing_timeout: common.config.listing_timeout,
        };
        let client = Arc::new(client);
        let down_since = Instant::now();
        Self { common, shared, requests, client, down_since, failures: 0, epoch: 0 }
    }

    /// Serves the device until it is removed.
    pub(crate) async fn run(mut self) {
        // The first connects of a whole venue are spread as well.
        let backoff = self.common.config.backoff;
        let mut next_try = Instant::now() + backoff.wait(Ended::Dropped, fastrand::f64());
        while self.rest(next_try).await {
            let Some(end) = self.attempt().await else { break };
            next_try = self.settle(end);
        }
        self.shared.state.send_replace(DeviceState::Stopped);
        self.requests.close();
        while let Some(request) = self.requests.recv().await {
            request.refuse(&DeviceState::Stopped);
        }
    }

    /// Waits for the next try, refusing requests; `false` when it is time to stop.
    async fn rest(&mut self, next_try: Instant) -> bool {
        loop {
            tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => return false,
                () = self.shared.hurry.notified() => return true,
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
        let common = Arc::clone(&self.common);
        let shared = Arc::clone(&self.shared);
        let connected = {
            // Gone before the session is driven, and so no part of an idle one.
            let connecting = connect(&shared.config.address, &common.config, &common.places);
            tokio::pin!(connecting);
            loop {
                tokio::select! {
                    biased;
                    () = shared.stop.cancelled() => return None,
                    connected = &mut connecting => break connected,
                    request = self.requests.recv() => request?.refuse(&shared.state.borrow()),
                }
            }
        };
        let Connected { stream, address, place } = match connected {
            Ok(connected) => connected,
            Err(cause) => return Some(TryEnd { was_ready: false, cause }),
        };
        let session = ClientSession::new(Arc::clone(&self.client), Instant::now().into_std());
        let opening = Opening { address, started, place, epoch: self.epoch + 1 };
        let mut drive = Drive::new(stream, session, &common, &shared, opening);
        let cause = drive.run(&mut self.requests).await;
        let end = drive.end(cause);
        if end.was_ready {
            self.epoch += 1;
        }
        (!shared.stop.is_cancelled()).then_some(end)
    }

    /// Publishes what has become of the try; returns when to try next.
    fn settle(&mut self, end: TryEnd) -> Instant {
        let now = Instant::now();
        if end.was_ready {
            self.down_since = now;
            self.failures = 0;
            // Haste from before the loss would cut short the pause after it.
            std::pin::pin!(self.shared.hurry.notified()).as_mut().enable();
        } else {
            self.failures = self.failures.saturating_add(1);
            count(&self.common.counters.connect_failures);
        }
        let misconfigured = match &end.cause {
            ConnectError::Protocol { source } => Misconfiguration::of(source),
            ConnectError::Resolve { .. }
            | ConnectError::NoAddress { .. }
            | ConnectError::Connect { .. }
            | ConnectError::ConnectTimeout { .. }
            | ConnectError::Announced
            | ConnectError::Stalled
            | ConnectError::Closed => None,
        };
        let config = &self.common.config;
        let ended = match (&misconfigured, &end.cause) {
            (Some(_), _) => Ended::Misconfigured,
            (None, ConnectError::Announced) => {
                Ended::Announced { pause: config.announced_disconnect_pause }
            }
            (None, _) if end.was_ready => Ended::Dropped,
            (None, _) => Ended::Failed { attempt: self.failures },
        };
        let next_try = now + config.backoff.wait(ended, fastrand::f64());
        let since = self.down_since;
        let device = self.shared.config.name.as_str();
        let state = if let Some(cause) = misconfigured {
            tracing::warn!(device, cause = %end.cause, "device is misconfigured");
            DeviceState::Misconfigured { since, cause, next_try }
        } else {
            // Loudly once, quietly while it stays so.
            if self.failures <= 1 {
                tracing::info!(device, cause = %end.cause, "no session with device");
            } else {
                tracing::debug!(device, cause = %end.cause, tries = self.failures, "no session");
            }
            let cause = Arc::new(end.cause);
            DeviceState::Offline { since, attempt: self.failures, cause, next_try }
        };
        self.shared.state.send_replace(state);
        next_try
    }
}
