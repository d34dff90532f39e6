//! What a device is asked to keep sending is asked for in each session anew.

use bytes::Bytes;
use esphome_codec::{CallError, Message, proto};
use esphome_pool::{Pool, PoolConfig, Subscription};

use crate::{
    peer::{Order, Peer, PeerConfig, Seen, execution, text},
    rig::{Rig, device, late, online, online_at, telling, within},
};

const LOGS: Subscription = Subscription::Logs { level: 3, dump_config: false };
const ADVERTISEMENTS: Subscription =
    Subscription::Raw { id: 66, payload: Bytes::from_static(b"\x08\x01") };

/// What the peer was asked for since it was last looked, up to the ping that is sent now.
async fn asked(rig: &mut Rig) -> Vec<Message> {
    let (ping, mut asked) = (rig.device.ping(late()), Vec::new());
    let collect = async {
        loop {
            match rig.peer.seen.recv().await.unwrap() {
                Seen::Message(message) if matches!(*message, Message::PingRequest(_)) => break,
                Seen::Message(message) => asked.push(*message),
                Seen::Opened | Seen::Closed => {}
            }
        }
    };
    let (pong, ()) = within(async { tokio::join!(ping, collect) }).await;
    pong.unwrap();
    let greets = |message: &Message| {
        matches!(
            message,
            Message::AuthenticationRequest(_)
                | Message::DeviceInfoRequest(_)
                | Message::ListEntitiesRequest(_)
        )
    };
    asked.retain(|message| !greets(message));
    asked
}

fn states() -> Message {
    proto::SubscribeStatesRequest {}.into()
}

fn logs(level: u32) -> Message {
    proto::SubscribeLogsRequest { level, dump_config: false }.into()
}

fn advertisements() -> Message {
    Message::Unknown { id: 66, bytes: Bytes::from_static(b"\x08\x01") }
}

#[tokio::test]
async fn each_session_is_asked_once_for_what_was_subscribed() {
    let mut rig = Rig::new().await;
    assert_eq!(asked(&mut rig).await, []);
    rig.device.subscribe(&Subscription::States).unwrap();
    assert_eq!(asked(&mut rig).await, [states()]);
    rig.device.subscribe(&LOGS).unwrap();
    rig.device.subscribe(&ADVERTISEMENTS).unwrap();
    assert_eq!(asked(&mut rig).await, [logs(3), advertisements()]);

    for epoch in 2..=3 {
        rig.peer.order(Order::Close);
        online_at(&rig.device, epoch).await;
        assert_eq!(asked(&mut rig).await, [states(), logs(3), advertisements()]);
        assert_eq!(asked(&mut rig).await, [], "and no second time");
    }
}

#[tokio::test]
async fn what_was_subscribed_before_there_was_a_session_comes_before_any_call() {
    let mut peer = Peer::start(PeerConfig::default()).await;
    let pool = Pool::new(PoolConfig::default());
    let handle = pool.add(device(&peer)).unwrap();
    handle.subscribe(&LOGS).unwrap();
    handle.subscribe(&Subscription::States).unwrap();
    online(&handle).await;
    let call = telling(&handle, "hello", late());
    for expected in [states(), logs(3)] {
        let is_asked =
            |m: Message| (m == expected || matches!(m, Message::ExecuteService(_))).then_some(m);
        assert_eq!(peer.saw_message(is_asked).await, expected);
    }
    assert_eq!(text(&peer.saw_message(execution).await), "hello");
    within(call).await.unwrap();
}

#[tokio::test]
async fn the_last_word_counts_and_what_was_given_up_is_not_asked_for_again() {
    let mut rig = Rig::new().await;
    rig.device.subscribe(&Subscription::States).unwrap();
    rig.device.subscribe(&LOGS).unwrap();
    rig.device.subscribe(&ADVERTISEMENTS).unwrap();
    asked(&mut rig).await;
    rig.device.subscribe(&Subscription::Logs { level: 5, dump_config: false }).unwrap();
    assert_eq!(asked(&mut rig).await, [logs(5)]);
    // Asked again, a device sends all its states again.
    rig.device.subscribe(&Subscription::States).unwrap();
    assert_eq!(asked(&mut rig).await, [states()]);

    rig.device.unsubscribe(LOGS.id());
    rig.device.unsubscribe(ADVERTISEMENTS.id());
    assert_eq!(asked(&mut rig).await, [logs(0)]);
    rig.peer.order(Order::Close);
    online_at(&rig.device, 2).await;
    assert_eq!(asked(&mut rig).await, [states()]);
}

#[tokio::test]
async fn what_could_never_be_sent_is_refused_and_not_kept() {
    let mut rig = Rig::new().await;
    let raw = |id, size| Subscription::Raw { id, payload: vec![0; size].into() };
    let refused = |subscription| rig.device.subscribe(&subscription).unwrap_err();
    assert_eq!(refused(raw(7, 0)), CallError::Counted { id: 7, with: "ping" });
    assert_eq!(refused(raw(136, 0)), CallError::Counted { id: 136, with: "call" });
    assert_eq!(refused(raw(16_384, 0)), CallError::IdTooLarge { id: 16_384, limit: 16_383 });
    assert_eq!(refused(raw(66, 8_173)), CallError::TooLarge { size: 8_173, limit: 8_172 });
    rig.peer.order(Order::Close);
    online_at(&rig.device, 2).await;
    assert_eq!(asked(&mut rig).await, []);
}
