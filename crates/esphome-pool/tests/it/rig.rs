//! A pool with one peer, and words for what tests wait for.

use std::{future::Future, sync::Arc, time::Duration};

use esphome_codec::{ArgValue, Encryption, EntityId, InfraredTransmit};
use esphome_pool::{
    Call, CallEnd, CallReport, CallRequest, ConnectError, DeviceConfig, DeviceHandle, DeviceState,
    EvidenceWanted, Misconfiguration, Pool, PoolConfig, SessionInfo,
};
use tokio::time::{Instant, timeout};

use crate::peer::{INFRARED, Peer, PeerConfig};

/// One peer, and a pool that has a session with it.
pub(crate) struct Rig {
    pub(crate) pool: Pool,
    pub(crate) peer: Peer,
    pub(crate) device: DeviceHandle,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(PoolConfig::default()).await
    }

    pub(crate) async fn with(config: PoolConfig) -> Self {
        let pool = Pool::new(config);
        let peer = Peer::start(PeerConfig::default()).await;
        let device = pool.add(device(&peer)).unwrap();
        online(&device).await;
        Self { pool, peer, device }
    }
}

/// How a pool is told of a peer with the default configuration.
pub(crate) fn device(peer: &Peer) -> DeviceConfig {
    DeviceConfig {
        name: Some("ir-1".into()),
        address: peer.address.to_string(),
        mac: None,
        encryption: Encryption::Plaintext,
    }
}

/// Waits for what must come, for a time that is far too long.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), future).await.expect("it happens in time")
}

/// A deadline that no test reaches.
pub(crate) fn late() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// A deadline that a test waits for.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_millis(100)
}

/// Waits for a state in which `pick` finds what it looks for.
pub(crate) async fn state<T>(device: &DeviceHandle, pick: impl Fn(&DeviceState) -> Option<T>) -> T {
    let mut states = device.watch();
    let found = within(states.wait_for(|state| pick(state).is_some())).await.unwrap();
    pick(&found).unwrap()
}

pub(crate) async fn online(device: &DeviceHandle) -> Arc<SessionInfo> {
    online_at(device, 1).await
}

/// Waits for the session `epoch` or a later one.
pub(crate) async fn online_at(device: &DeviceHandle, epoch: u64) -> Arc<SessionInfo> {
    state(device, |state| match state {
        DeviceState::Online(session) if session.epoch >= epoch => Some(Arc::clone(session)),
        DeviceState::Online(_)
        | DeviceState::Connecting { .. }
        | DeviceState::Offline { .. }
        | DeviceState::Misconfigured { .. }
        | DeviceState::Stopped => None,
    })
    .await
}

/// What is known of a session that was lost.
pub(crate) struct Loss {
    pub(crate) cause: Arc<ConnectError>,
    /// From the loss to the next try.
    pub(crate) pause: Duration,
}

pub(crate) async fn offline(device: &DeviceHandle) -> Loss {
    state(device, |state| {
        let DeviceState::Offline { since, cause, next_try, .. } = state else { return None };
        Some(Loss { cause: Arc::clone(cause), pause: *next_try - *since })
    })
    .await
}

pub(crate) async fn misconfigured(device: &DeviceHandle) -> Misconfiguration {
    state(device, |state| {
        let DeviceState::Misconfigured { cause, .. } = state else { return None };
        Some(cause.clone())
    })
    .await
}

/// The action of every peer that takes a text and replies.
pub(crate) fn say(device: &DeviceHandle, words: &str) -> CallRequest {
    action(device, "say", vec![ArgValue::Text(words.into())])
}

/// The action of every peer that takes nothing and does not reply.
pub(crate) fn silent(device: &DeviceHandle) -> CallRequest {
    action(device, "silent", Vec::new())
}

fn action(device: &DeviceHandle, name: &str, values: Vec<ArgValue>) -> CallRequest {
    let session = device.latest_session().expect("the device was online");
    let action = session.peer.listing.action(name).expect("every peer has it");
    CallRequest::Action(action.call(values).unwrap())
}

pub(crate) fn infrared() -> CallRequest {
    infrared_of(0)
}

/// Infrared for the transmitter of a sub-device: all have the same key.
pub(crate) fn infrared_of(device_id: u32) -> CallRequest {
    let entity = EntityId { device_id, key: INFRARED };
    let frame = InfraredTransmit::new(entity, 38_000, 1, vec![9_000, -4_500, 560]);
    CallRequest::Infrared(frame.unwrap())
}

/// Says `words` and waits for the reply.
pub(crate) async fn told(device: &DeviceHandle, words: &str, deadline: Instant) -> CallReport {
    let call = Call::new(say(device, words), EvidenceWanted::Reply);
    within(device.call(call, deadline)).await
}

/// As [`told`], in a task of its own.
pub(crate) fn telling(
    device: &DeviceHandle,
    words: &str,
    deadline: Instant,
) -> tokio::task::JoinHandle<CallReport> {
    let (device, words) = (device.clone(), words.to_owned());
    tokio::spawn(async move { told(&device, &words, deadline).await })
}

pub(crate) const fn is_reply(end: &CallEnd) -> bool {
    matches!(end, CallEnd::Replied { success: true, .. })
}
