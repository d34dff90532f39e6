//! Which very board answers: the first one that did, until somebody accepts another.

use esphome_codec::MacAddress;
use esphome_pool::{DeviceConfig, Misconfiguration, Pool, PoolConfig};

use crate::{
    peer::{Order, Peer, PeerConfig},
    rig::{device, is_reply, late, misconfigured, online, online_at, told},
};

fn mac(last: u8) -> MacAddress {
    MacAddress::try_from([2, 0, 0, 0, 0, last]).unwrap()
}

#[tokio::test]
async fn the_first_mac_is_pinned_and_another_one_is_not_commanded_until_it_is_accepted() {
    let mut peer = Peer::start(PeerConfig::default()).await;
    let pool = Pool::new(PoolConfig::default());
    let handle = pool.add(device(&peer)).unwrap();
    assert_eq!(handle.pinned_mac(), None);
    online(&handle).await;
    assert_eq!(handle.pinned_mac(), Some(mac(1)));

    // Another board answers under the same name and at the same address.
    peer.change(|config| config.mac = mac(9));
    peer.order(Order::Close);
    let Misconfiguration::WrongDevice { mac: found, .. } = misconfigured(&handle).await else {
        panic!("another board is told")
    };
    assert_eq!((found, handle.pinned_mac()), (Some(mac(9)), Some(mac(1))));
    let refused = told(&handle, "hello", late()).await;
    assert!(!is_reply(&refused.end), "{refused:?}");
    assert_eq!(peer.texts(), Vec::<String>::new());

    handle.accept_mac(mac(9));
    online_at(&handle, 2).await;
    assert!(is_reply(&told(&handle, "hello", late()).await.end));
    assert_eq!(handle.pinned_mac(), Some(mac(9)));
}

#[tokio::test]
async fn a_board_that_tells_no_mac_is_no_board_in_particular() {
    let peer = Peer::start(PeerConfig { tells_mac: false, ..PeerConfig::default() }).await;
    for pinned in [None, Some(mac(1))] {
        let pool = Pool::new(PoolConfig::default());
        let handle = pool.add(DeviceConfig { mac: pinned, ..device(&peer) }).unwrap();
        assert_eq!(misconfigured(&handle).await, Misconfiguration::NoIdentity);
        assert_eq!(handle.pinned_mac(), pinned, "zeros are never pinned");
    }
}
