//! Which very board answers: the first one that did, until somebody accepts another.

use esphome_codec::MacAddress;
use esphome_pool::{AddError, DeviceConfig, Misconfiguration, Pool, PoolConfig};

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

#[tokio::test]
async fn without_a_name_whoever_answers_first_is_the_device_and_no_other_board_after_it() {
    let mut peer = Peer::start(PeerConfig::default()).await;
    let pool = Pool::new(PoolConfig::default());
    let address = peer.address.to_string();
    let handle = pool.add(DeviceConfig::at(&address)).unwrap();
    let session = online(&handle).await;
    assert_eq!((handle.name(), session.peer.name.as_str()), (address.as_str(), "ir-1"));
    assert_eq!(handle.pinned_mac(), Some(mac(1)));
    assert!(is_reply(&told(&handle, "hello", late()).await.end));

    // It may be given another name: it is the same board.
    peer.change(|config| config.name = "ir-2".into());
    peer.order(Order::Close);
    assert_eq!(online_at(&handle, 2).await.peer.name, "ir-2");

    peer.change(|config| config.mac = mac(9));
    peer.order(Order::Close);
    let Misconfiguration::WrongDevice { mac: found, .. } = misconfigured(&handle).await else {
        panic!("another board is told")
    };
    assert_eq!(found, Some(mac(9)));
    assert_eq!(peer.texts(), ["hello"]);
}

#[tokio::test]
async fn without_a_name_an_address_is_taken_once() {
    let peer = Peer::start(PeerConfig::default()).await;
    let address = peer.address.to_string();
    for (first, second) in [
        (DeviceConfig::at(&address), DeviceConfig::at(&address)),
        (DeviceConfig::at(&address), device(&peer)),
        (device(&peer), DeviceConfig::at(&address)),
    ] {
        let pool = Pool::new(PoolConfig::default());
        let known = first.pool_name().to_owned();
        let handle = pool.add(first).unwrap();
        let refused = pool.add(second.clone()).unwrap_err();
        assert_eq!(refused, AddError::Duplicate { name: known });
        assert!(pool.remove(handle.name()).await);
        assert!(pool.add(second).is_ok());
    }
}
