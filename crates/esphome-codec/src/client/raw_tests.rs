//! What this crate does not know: it comes with its bytes, and is sent raw.

use super::{
    tests::{Pair, base, client, device, noise},
    *,
};
use crate::{DeviceEvent, Encryption};

#[test]
fn what_is_not_known_comes_with_its_bytes_and_is_sent_raw_only() {
    for encryption in [Encryption::Plaintext, noise(7)] {
        let mut pair = Pair::ready(client(encryption.clone()), device(encryption));
        pair.device.send_raw(160, b"\x08\x2a").unwrap();
        pair.run().unwrap();
        let unknown = Message::Unknown { id: 160, bytes: Bytes::from_static(b"\x08\x2a") };
        assert_eq!(pair.events(), [ClientEvent::Message(Box::new(unknown.clone()))]);

        // What somebody read is not what somebody means to send.
        let before = pair.client.queued_total();
        assert_eq!(pair.client.send(&unknown), Err(CallError::Unknown { id: 160 }));
        assert_eq!(pair.device.send(&unknown), Err(CallError::Unknown { id: 160 }));
        assert_eq!(pair.client.queued_total(), before);
        assert_eq!(pair.device.poll_transmit(), None);

        pair.client.send_raw(160, b"\x08\x2b").unwrap();
        pair.device.receive(&pair.client.poll_transmit().unwrap()).unwrap();
        let sent = Message::Unknown { id: 160, bytes: Bytes::from_static(b"\x08\x2b") };
        assert_eq!(pair.device.poll_event(), Some(DeviceEvent::Message(sent)));
    }
}

#[test]
fn what_would_end_the_session_or_confuse_it_is_not_sent_raw() {
    let mut cold = ClientSession::new(Arc::new(ClientConfig::default()), base());
    assert_eq!(cold.send_raw(160, b""), Err(CallError::NotReady));
    let mut session =
        Pair::ready(client(Encryption::Plaintext), device(Encryption::Plaintext)).client;
    let before = session.queued_total();
    let too_high = CallError::IdTooLarge { id: 16_384, limit: 16_383 };
    assert_eq!(session.send_raw(16_384, b""), Err(too_high));
    let too_large = CallError::TooLarge { size: 8_173, limit: 8_172 };
    assert_eq!(session.send_raw(160, &[0; 8_173]), Err(too_large));
    // Its answer would be taken for that of a ping that is waited for.
    let counted = CallError::Counted { id: 7, with: "ping" };
    assert_eq!(session.send_raw(7, b""), Err(counted.clone()));
    assert_eq!(session.send(&proto::PingRequest {}.into()), Err(counted));
    assert_eq!(session.queued_total(), before);
    session.send_raw(16_383, &[0; 8_172]).unwrap();
}

#[test]
fn a_device_is_told_what_it_cannot_send() {
    let line = |size| proto::SubscribeLogsResponse { level: 1, message: vec![b'x'; size] }.into();
    let mut pair = Pair::new(client(noise(7)), device(noise(7)));
    assert_eq!(pair.device.send(&line(1)), Err(CallError::NotReady));
    pair.run().unwrap();
    let error = pair.device.send(&line(65_535)).unwrap_err();
    assert!(matches!(error, CallError::TooLarge { limit: 65_515, .. }), "{error:?}");
    assert_eq!(pair.device.poll_transmit(), None);
    pair.device.send_raw(29, &[0; 65_515]).unwrap();
}
