//! What only an admin can put right is told as such, with its cause.

use std::time::Duration;

use esphome_codec::{Encryption, MacAddress, Psk};
use esphome_pool::{
    Call, CallEnd, DeviceConfig, DeviceHandle, DeviceState, EvidenceWanted, Misconfiguration, Pool,
    PoolConfig,
};

use crate::{
    peer::{Peer, PeerConfig},
    rig::{device, infrared, is_reply, late, misconfigured, online, state, told, within},
};

fn key(byte: u8) -> Psk {
    Psk::from_bytes([byte; 32]).unwrap()
}

fn other_mac() -> MacAddress {
    MacAddress::try_from([2, 0, 0, 0, 0, 9]).unwrap()
}

/// Adds a peer as `change` has it configured.
async fn added(
    peer: PeerConfig,
    change: impl FnOnce(DeviceConfig) -> DeviceConfig,
) -> (Pool, Peer, DeviceHandle) {
    let pool = Pool::new(PoolConfig::default());
    let peer = Peer::start(peer).await;
    let handle = pool.add(change(device(&peer))).unwrap();
    (pool, peer, handle)
}

async fn cause_of(
    peer: PeerConfig,
    change: impl FnOnce(DeviceConfig) -> DeviceConfig,
) -> Misconfiguration {
    let (_pool, _peer, handle) = added(peer, change).await;
    misconfigured(&handle).await
}

fn keyed() -> PeerConfig {
    PeerConfig { psk: Some(key(7)), ..PeerConfig::default() }
}

fn with_key(byte: u8) -> impl FnOnce(DeviceConfig) -> DeviceConfig {
    move |config| DeviceConfig { encryption: Encryption::Noise(key(byte)), ..config }
}

#[tokio::test]
async fn the_right_key_opens_a_session_that_calls_go_through() {
    let (_pool, mut peer, handle) = added(keyed(), with_key(7)).await;
    online(&handle).await;
    assert!(is_reply(&told(&handle, "hello", late()).await.end));
    assert_eq!(peer.texts(), ["hello"]);
}

#[tokio::test]
async fn a_wrong_key_is_the_cause() {
    assert_eq!(cause_of(keyed(), with_key(8)).await, Misconfiguration::WrongKey);
}

#[tokio::test]
async fn a_device_that_wants_a_key_is_the_cause_where_none_is_configured() {
    assert_eq!(cause_of(keyed(), |config| config).await, Misconfiguration::EncryptionRequired);
}

#[tokio::test]
async fn a_device_in_plaintext_is_the_cause_where_a_key_is_configured() {
    let cause = cause_of(PeerConfig::default(), with_key(7)).await;
    assert_eq!(cause, Misconfiguration::EncryptionNotOffered);
}

#[tokio::test]
async fn another_board_is_the_cause_even_where_the_key_is_wrong_too() {
    let elsewhere = |config| DeviceConfig { mac: Some(other_mac()), ..with_key(8)(config) };
    let Misconfiguration::WrongDevice { name, mac } = cause_of(keyed(), elsewhere).await else {
        panic!("another board answers");
    };
    assert_eq!(name.as_deref(), Some("ir-1"));
    assert_eq!(mac, Some(PeerConfig::default().mac));
}

#[tokio::test]
async fn another_board_is_the_cause_in_plaintext() {
    let elsewhere = |config| DeviceConfig { mac: Some(other_mac()), ..config };
    let cause = cause_of(PeerConfig::default(), elsewhere).await;
    let Misconfiguration::WrongDevice { mac, .. } = cause else { panic!("{cause:?}") };
    assert_eq!(mac, Some(PeerConfig::default().mac));
}

#[tokio::test]
async fn another_node_is_the_cause() {
    for peer in [PeerConfig::default(), keyed()] {
        let encryption = peer.psk.clone().map_or(Encryption::Plaintext, Encryption::Noise);
        let change = |config| DeviceConfig { name: Some("ir-2".into()), encryption, ..config };
        let cause = cause_of(peer, change).await;
        let Misconfiguration::WrongDevice { name, .. } = cause else { panic!("{cause:?}") };
        assert_eq!(name.as_deref(), Some("ir-1"));
    }
}

#[tokio::test]
async fn a_misconfigured_device_is_tried_seldom_and_refuses_calls_at_once() {
    let (pool, _peer, handle) = added(keyed(), |config| config).await;
    let pause = state(&handle, |state| {
        let DeviceState::Misconfigured { since, next_try, .. } = state else { return None };
        Some(*next_try - *since)
    })
    .await;
    assert!(pause >= Duration::from_secs(60), "{pause:?}");
    let call = Call::new(infrared(), EvidenceWanted::InfraredComplete);
    let report = within(handle.call(call, late())).await;
    let CallEnd::NotConnected { state: DeviceState::Misconfigured { .. } } = report.end else {
        panic!("{report:?}");
    };
    assert_eq!(pool.stats().calls, 0);
    assert_eq!(pool.stats().connect_failures, 1);
}

#[tokio::test]
async fn a_misconfigured_device_is_tried_at_once_when_an_admin_says_so() {
    let (pool, mut peer, handle) = added(keyed(), |config| config).await;
    misconfigured(&handle).await;
    peer.saw_close().await;
    handle.reconnect_now();
    peer.saw_close().await;
    assert_eq!((peer.opened(), pool.stats().connects), (2, 2));
}
