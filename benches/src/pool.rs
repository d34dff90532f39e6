//! The pool, with boards in it.

use std::{net::SocketAddr, sync::Arc};

use esphome_codec::{ActionCall, ArgValue, Encryption, PeerDescription, Psk};
use esphome_pool::{DeviceConfig, DeviceHandle, DeviceState, Pool, SessionInfo};

use crate::{board::name_at, wire::PSK};

/// How sessions with boards travel.
///
/// # Panics
/// Never: the key is one.
#[must_use]
pub fn encryption(is_noise: bool) -> Encryption {
    let psk = Psk::from_bytes(PSK).expect("it is a key");
    if is_noise { Encryption::Noise(psk) } else { Encryption::Plaintext }
}

/// Adds the board at `address` and lets it connect at once: the pool spreads first connects over a
/// quarter of a second, which is no cost of connecting.
///
/// # Panics
/// If the board is in the pool already.
#[must_use]
pub fn add(pool: &Pool, address: SocketAddr, is_noise: bool) -> DeviceHandle {
    let device = DeviceConfig {
        name: Some(name_at(address)),
        address: address.to_string(),
        mac: None,
        encryption: encryption(is_noise),
    };
    let handle = pool.add(device).expect("it is new");
    handle.reconnect_now();
    handle
}

/// Waits for the session.
///
/// # Panics
/// If it cannot be opened.
pub async fn online(handle: &DeviceHandle) -> Arc<SessionInfo> {
    let mut watch = handle.watch();
    let settled = |state: &DeviceState| !matches!(state, DeviceState::Connecting { .. });
    let state = watch.wait_for(settled).await.expect("the handle lives").clone();
    let DeviceState::Online(session) = &state else { panic!("no session: {state:?}") };
    Arc::clone(session)
}

/// A call of one of the two actions that take a number and a text.
///
/// # Panics
/// If the board does not list it.
#[must_use]
pub fn action(peer: &PeerDescription, name: &str) -> ActionCall {
    let action = peer.listing.action(name).expect("the board lists it");
    action.call(vec![ArgValue::Int(3), ArgValue::Text("5-1".to_owned())]).expect("it takes them")
}
