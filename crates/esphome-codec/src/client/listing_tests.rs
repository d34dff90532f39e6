//! What is taken of a listing, and who it is of.

use super::{tests::base, *};

/// Device info with a MAC address, and the end of the listing.
fn the_end() -> Vec<u8> {
    let mac = b"A1:B2:C3:D4:E5:F6";
    [&[0, 19, 10, 0x1a, 17][..], mac, &[0, 0, 19]].concat()
}

#[test]
fn zeros_and_nothing_are_no_identity() {
    for info in [&[0, 0, 10][..], &[&[0, 19, 10, 0x1a, 17][..], b"00:00:00:00:00:00"].concat()] {
        let config = ClientConfig { expected_mac: None, ..ClientConfig::default() };
        let mut session = ClientSession::new(Arc::new(config), base());
        session.receive(&[0, 2, 2, 0x08, 1], base()).unwrap();
        session.receive(info, base()).unwrap();
        assert_eq!(session.receive(&[0, 0, 19], base()), Err(ProtocolError::NoMac));
        assert!(!session.is_ready());
    }
}

#[test]
fn a_listing_that_is_too_long_is_kept_as_far_as_there_is_room_for_each_kind() {
    let most = crate::listing::MAX_ENTRIES;
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), base());
    session.receive(&[0, 2, 2, 0x08, 1], base()).unwrap();
    // Sensors first, as firmware lists them, and more than are kept; then what matters.
    session.receive(&[0, 0, 16].repeat(3 * most), base()).unwrap();
    session.receive(&[0, 7, 41, 0x0a, 5, b't', b'v', b'_', b'o', b'k'], base()).unwrap();
    session.receive(&[0, 0, 18], base()).unwrap();
    session.receive(&[0, 0, 41].repeat(most), base()).unwrap();
    session.receive(&the_end(), base()).unwrap();
    let listing = &session.peer().unwrap().listing;
    assert!(listing.action("tv_ok").is_some());
    assert_eq!((listing.actions.len(), listing.entities.len()), (most, most + 1));
    assert_eq!(listing.omitted as usize, 2 * most + 1);
}

#[test]
fn what_is_kept_of_a_listing_is_bounded_in_bytes_too() {
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), base());
    session.receive(&[0, 2, 2, 0x08, 1], base()).unwrap();
    // Selects with a long list of choices each: 2 bytes on the wire for one, far more in memory.
    let choices = 60_000_u32 / 2;
    let mut select = vec![0];
    prost::encoding::encode_varint(u64::from(2 * choices), &mut select);
    select.push(52);
    select.extend([0x32, 0].repeat(choices as usize));
    for _ in 0..100 {
        session.receive(&select, base()).unwrap();
    }
    session.receive(&the_end(), base()).unwrap();
    let listing = &session.peer().unwrap().listing;
    assert!(listing.entities.len() < 4, "{}", listing.entities.len());
    assert_eq!(listing.entities.len() + listing.omitted as usize, 100);
}
