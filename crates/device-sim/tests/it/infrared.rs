//! Boards with infrared entities, as sessions of `esphome-pool` see them, and the appliances behind.

use std::{sync::Arc, time::Duration};

use device_sim::{
    Appliance, Blaster, BlasterConfig, Eye, Fault, Generation, HandheldPress, InfraredConfig,
    IrpDecoder, Key, Make, Power, TransmitTiming, irp_press,
};
use esphome_codec::{EntityDescription, EntityId, EntityKind, InfraredTransmit, Message};
use esphome_pool::{
    Call, CallEnd, CallReport, CallRequest, DeviceConfig, DeviceHandle, DeviceState,
    EvidenceWanted, Messages, Pool, PoolConfig, Received, Written,
};
use tokio::time::{Instant, timeout};

/// Far longer than anything takes on loopback.
const PATIENCE: Duration = Duration::from_secs(20);

async fn board(makes: &[Make]) -> Blaster {
    start(makes, Generation::Current, TransmitTiming::Hardware).await
}

async fn start(makes: &[Make], generation: Generation, timing: TransmitTiming) -> Blaster {
    let appliances = makes.iter().map(|make| make.appliance());
    let infrared =
        InfraredConfig { timing, ..InfraredConfig::new(appliances, Arc::new(IrpDecoder)) };
    let config = BlasterConfig {
        generation,
        digit_timeout: Duration::from_millis(900),
        ..BlasterConfig::infrared("ir-000001", 1, infrared)
    };
    Blaster::start(config).await.unwrap()
}

/// A client with a pool of its own.
struct Session {
    _pool: Pool,
    device: DeviceHandle,
    entities: Vec<EntityId>,
}

impl Session {
    async fn open(board: &Blaster) -> Self {
        let pool = Pool::new(PoolConfig::default());
        let device = pool.add(DeviceConfig::at(board.address().to_string())).unwrap();
        let mut states = device.watch();
        let online = states.wait_for(|state| matches!(state, DeviceState::Online(_)));
        timeout(PATIENCE, online).await.unwrap().unwrap();
        let session = device.latest_session().unwrap();
        let transmits = |kind: &EntityKind| matches!(kind, EntityKind::Infrared { capabilities, .. } if capabilities & 1 == 1);
        let listed = &session.peer.listing.entities;
        let entities =
            listed.iter().filter(|e| transmits(&e.kind)).map(EntityDescription::id).collect();
        Self { _pool: pool, device, entities }
    }

    /// Sends an array to a port, on the carrier given.
    async fn send_on(
        &self,
        port: usize,
        carrier_hz: u32,
        timings: Vec<i32>,
        evidence: EvidenceWanted,
    ) -> CallReport {
        let entity = self.entities[port - 1];
        let transmit = InfraredTransmit::new(entity, carrier_hz, 1, timings).unwrap();
        let call = Call::new(CallRequest::Infrared(transmit), evidence);
        self.device.call(call, Instant::now() + Duration::from_secs(3)).await
    }

    /// Presses a key of a make's remote.
    async fn press(&self, port: usize, make: Make, key: Key) -> CallReport {
        self.press_with(port, make, key, false).await
    }

    async fn press_with(&self, port: usize, make: Make, key: Key, toggle: bool) -> CallReport {
        let frames = u64::from(make.remote().protocol.frames_wanted());
        let timings = press(make, &key, toggle, frames);
        let carrier = make.remote().protocol.carrier_hz();
        self.send_on(port, carrier, timings, EvidenceWanted::InfraredComplete).await
    }
}

/// One press with a pause behind it that is part of the array: what follows is a press of its own, and
/// a busy machine has time for what happens meanwhile.
fn press(make: Make, key: &Key, toggle: bool, frames: u64) -> Vec<i32> {
    let mut timings = irp_press(&make.remote(), key, toggle, frames).unwrap();
    *timings.last_mut().unwrap() -= 300_000;
    timings
}

const fn completed(report: &CallReport) -> Option<bool> {
    if let CallEnd::InfraredDone { success } = report.end { Some(success) } else { None }
}

#[tokio::test]
async fn each_make_shows_what_its_own_remote_tells_it() {
    let board = board(&Make::ALL).await;
    let session = Session::open(&board).await;
    for (index, make) in Make::ALL.into_iter().enumerate() {
        let (port, number) = (index + 1, u8::try_from(index + 1).unwrap());
        for (digit, toggle) in [(0, false), (5, true), (5, false)] {
            let report = session.press_with(port, make, Key::Digit(digit), toggle).await;
            assert_eq!(completed(&report), Some(true), "{make:?}");
        }
        let tuned = board.wait_for_tv(number, |tv| tv.channel == "055");
        timeout(PATIENCE, tuned)
            .await
            .unwrap_or_else(|_| panic!("{make:?}: {:?}", board.tv(number)));
        let report = session.press_with(port, make, Key::Power, true).await;
        assert!(report.took >= board.transmissions().last().unwrap().air_time());
        assert_eq!(board.tv(number).power, Power::Off, "{make:?}");
    }
}

#[tokio::test]
async fn a_board_without_actions_lists_its_transmitters_alone() {
    let board = start(&[Make::Lg], Generation::Replies, TransmitTiming::Hardware).await;
    let session = Session::open(&board).await;
    let listing = Arc::clone(&session.device.latest_session().unwrap().peer);
    assert_eq!(listing.listing.actions.len(), 0);
    assert_eq!(listing.listing.entities.len(), 1);
    assert_eq!(listing.listing.entities[0].name, "IR Port 1");
    assert_eq!((listing.device_info.model.as_str(), listing.api_version), ("esp32dev", (1, 14)));
}

#[tokio::test]
async fn transmitters_of_a_hardware_timed_board_run_in_parallel() {
    let board = board(&[Make::Lg, Make::Samsung]).await;
    let session = Session::open(&board).await;
    let (first, second) = tokio::join!(
        session.press(1, Make::Lg, Key::Power),
        session.press(2, Make::Samsung, Key::Power)
    );
    assert_eq!((completed(&first), completed(&second)), (Some(true), Some(true)));
    let sent = board.transmissions();
    assert!(sent[1].starts < sent[0].ends(), "both at once: {sent:?}");
    assert_eq!((board.tv(1).power, board.tv(2).power), (Power::Off, Power::Off));
}

#[tokio::test]
async fn a_second_client_displaces_the_answer_but_not_the_frame_of_the_first() {
    let board = board(&[Make::Lg]).await;
    let (one, other) = (Session::open(&board).await, Session::open(&board).await);
    let first = one.press(1, Make::Lg, Key::VolumeUp);
    let second = async {
        board.wait_for_transmissions(1).await;
        other.press(1, Make::Lg, Key::Mute).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(completed(&first), Some(false));
    let air_time = board.transmissions()[0].air_time();
    assert!(first.took < air_time, "at once, not after {:?}", first.took);
    assert_eq!(completed(&second), Some(true));
    let tv = board.tv(1);
    assert_eq!(tv.keys, [Key::VolumeUp, Key::Mute], "both left, one after the other");
    assert!(second.took >= air_time);
}

#[tokio::test]
async fn a_software_timed_board_is_deaf_while_it_transmits() {
    for (generation, evidence) in [
        (Generation::Replies, EvidenceWanted::Barrier),
        (Generation::Current, EvidenceWanted::InfraredComplete),
    ] {
        let board = start(&[Make::Panasonic, Make::Lg], generation, TransmitTiming::Software).await;
        let session = Session::open(&board).await;
        let timings = press(Make::Panasonic, &Key::Power, false, 1);
        let report = session.send_on(1, 37_000, timings, evidence).await;
        let air_time = board.transmissions()[0].air_time();
        assert!(report.took >= air_time, "{:?} < {air_time:?}", report.took);
        assert_eq!(board.tv(1).power, Power::Off);
        let (first, second) = tokio::join!(
            session.send_on(1, 37_000, press(Make::Panasonic, &Key::Mute, false, 1), evidence),
            session.send_on(2, 38_000, press(Make::Lg, &Key::Mute, false, 1), evidence)
        );
        let sent = board.transmissions();
        assert!(sent[2].starts >= sent[1].ends(), "one after the other: {first:?} {second:?}");
    }
}

#[tokio::test]
async fn a_board_of_api_1_14_never_says_that_it_is_done() {
    let board = start(&[Make::Lg], Generation::Replies, TransmitTiming::Hardware).await;
    let session = Session::open(&board).await;
    let timings = press(Make::Lg, &Key::Power, false, 1);
    let barrier = session.send_on(1, 38_000, timings.clone(), EvidenceWanted::Barrier).await;
    assert!(matches!(barrier.end, CallEnd::Barrier), "{barrier:?}");
    assert!(barrier.took < board.transmissions()[0].air_time(), "still on the air");
    board.wait_for_tv(1, |tv| tv.power == Power::Off).await;
    let waits = session.send_on(1, 38_000, timings, EvidenceWanted::InfraredComplete).await;
    let nothing = matches!(waits.end, CallEnd::NothingInTime { written: Written::Started });
    assert!(nothing, "{waits:?}");
    assert_eq!(board.tv(1).power, Power::On, "it left all the same");
}

#[tokio::test]
async fn the_completion_can_be_false_missing_or_late_and_the_frame_is_out_all_the_same() {
    let board = board(&[Make::Lg]).await;
    let session = Session::open(&board).await;
    board.set_fault(Fault::Displaced);
    let displaced = session.press(1, Make::Lg, Key::VolumeUp).await;
    assert_eq!(completed(&displaced), Some(false));
    board.wait_for_tv(1, |tv| tv.volume == 11).await;

    board.set_fault(Fault::LateReplies(Duration::from_millis(300)));
    let late = session.press(1, Make::Lg, Key::Mute).await;
    assert_eq!(completed(&late), Some(true));
    assert!(late.took >= board.transmissions()[1].air_time() + Duration::from_millis(300));

    board.set_fault(Fault::DropReplies);
    let never = session.press(1, Make::Lg, Key::VolumeUp).await;
    assert!(matches!(never.end, CallEnd::NothingInTime { written: Written::Started }));
    assert_eq!((board.tv(1).volume, board.tv(1).muted), (12, true));
}

#[tokio::test]
async fn a_board_that_refuses_says_false_and_sends_nothing() {
    let board = board(&[Make::Lg]).await;
    let session = Session::open(&board).await;
    board.set_fault(Fault::RefuseCalls);
    let refused = session.press(1, Make::Lg, Key::Power).await;
    assert_eq!(completed(&refused), Some(false));
    assert!(board.transmissions().is_empty());
}

#[tokio::test]
async fn a_board_hangs_between_two_digits_and_types_the_rest_when_it_wakes() {
    let board = board(&[Make::Samsung]).await;
    let session = Session::open(&board).await;
    board.set_fault(Fault::HungAfter(2));
    for digit in [5, 0] {
        session.press(1, Make::Samsung, Key::Digit(digit)).await;
    }
    let third = session.press(1, Make::Samsung, Key::Digit(1)).await;
    assert!(matches!(third.end, CallEnd::NothingInTime { written: Written::Started }), "{third:?}");
    assert_eq!(board.transmissions().len(), 2);
    board.clear_fault();
    board.wait_for_tv(1, |tv| tv.keys.len() == 3).await;
    let keys = [Key::Digit(5), Key::Digit(0), Key::Digit(1)];
    assert_eq!(board.tv(1).keys, keys, "the late digit is on the air after all");
}

#[tokio::test]
async fn what_is_on_the_air_ends_with_a_reboot() {
    let board = board(&[Make::Samsung]).await;
    let session = Session::open(&board).await;
    let typed: Vec<i32> = [5, 0, 1]
        .iter()
        .flat_map(|digit| press(Make::Samsung, &Key::Digit(*digit), false, 2))
        .collect();
    let sent = session.send_on(1, 38_000, typed, EvidenceWanted::InfraredComplete);
    let cut = async {
        board.wait_for_tv(1, |tv| tv.keys.len() == 1).await;
        board.reboot();
    };
    let (report, ()) = tokio::join!(sent, cut);
    assert!(matches!(report.end, CallEnd::SessionLost { written: Written::Started, .. }));
    let again = Session::open(&board).await;
    again.press(1, Make::Samsung, Key::VolumeUp).await;
    assert_eq!(board.tv(1).keys, [Key::Digit(5), Key::VolumeUp]);
}

/// A board with an LG and an eye, and a session that reads what the eye hears.
async fn eye() -> (Blaster, Session, Messages) {
    let infrared = InfraredConfig {
        eye: Some(Eye::new("Eye")),
        ..InfraredConfig::new([Make::Lg.appliance()], Arc::new(IrpDecoder))
    };
    let board = Blaster::start(BlasterConfig::infrared("ir-000001", 1, infrared)).await.unwrap();
    let session = Session::open(&board).await;
    let messages = session.device.messages();
    (board, session, messages)
}

/// What the eye hears next.
async fn heard(messages: &mut Messages) -> Vec<i32> {
    let next = async {
        loop {
            if let Some(Received::Message(message)) = messages.recv().await
                && let Message::InfraredReceive(event) = &*message
            {
                return event.timings.clone();
            }
        }
    };
    timeout(PATIENCE, next).await.unwrap()
}

#[tokio::test]
async fn a_handheld_remote_is_heard_by_the_eye_and_obeyed_by_its_tv() {
    let (board, session, mut messages) = eye().await;
    let peer = Arc::clone(&session.device.latest_session().unwrap().peer);
    let kind = &peer.listing.entities.iter().find(|entity| entity.name == "Eye").unwrap().kind;
    let receives =
        matches!(kind, EntityKind::Infrared { capabilities: 2, receiver_frequency: 38_000, .. });
    assert!(receives, "{kind:?}");
    let remote = Make::Lg.remote();
    let timings_us = irp_press(&remote, &Key::Mute, false, 3).unwrap();
    let press = |carrier_hz| HandheldPress {
        carrier_hz,
        timings_us: timings_us.clone(),
        port: Some(1),
        seed: 3,
    };
    // A 38 kHz eye hears nothing of it, and neither does the TV.
    board.press_handheld(&press(56_000));
    board.press_handheld(&press(38_000));
    let (frame, ditto) = (heard(&mut messages).await, heard(&mut messages).await);
    assert_eq!((frame.len(), ditto.len()), (68, 4));
    assert_eq!((frame.last(), ditto.last()), (Some(&-10_000), Some(&-10_000)), "the filler");
    let off = frame[0].abs_diff(timings_us[0]);
    assert!((50..=150).contains(&off), "the demodulator makes marks longer, by {off}");
    board.wait_for_tv(1, |tv| tv.muted).await;
    assert_eq!(board.tv(1).keys, [Key::Mute], "one press, though it was held");
}

#[tokio::test]
async fn the_eye_hears_what_its_own_board_transmits_and_tells_every_client() {
    let (board, session, mut messages) = eye().await;
    let other = Session::open(&board).await;
    let mut others = other.device.messages();
    session.press(1, Make::Lg, Key::VolumeUp).await;
    assert_eq!(heard(&mut messages).await.len(), 68);
    assert_eq!(heard(&mut others).await.len(), 68);
}

#[tokio::test]
async fn a_tv_is_as_strict_as_its_protocol() {
    let board = board(&[Make::Philips, Make::Sony, Make::Dish]).await;
    let session = Session::open(&board).await;
    for _ in 0..2 {
        session.press_with(1, Make::Philips, Key::VolumeUp, true).await;
    }
    assert_eq!(board.tv(1).volume, 11, "the second press has the same toggle bit");
    let evidence = EvidenceWanted::InfraredComplete;
    session.send_on(2, 40_000, press(Make::Sony, &Key::Power, false, 2), evidence).await;
    assert_eq!(board.tv(2).power, Power::On, "two frames are too few");
    session.send_on(3, 57_600, press(Make::Dish, &Key::Power, false, 3), evidence).await;
    assert_eq!(board.tv(3).power, Power::On, "three frames are too few");
    session.send_on(3, 38_000, press(Make::Dish, &Key::Power, false, 4), evidence).await;
    assert_eq!(board.tv(3).power, Power::On, "the carrier is too far off");
}

#[tokio::test]
async fn digits_that_are_typed_too_fast_are_lost_and_a_tv_that_warms_up_hears_nothing() {
    let slow = Appliance { digit_pause: Duration::from_millis(600), ..Make::Lg.appliance() };
    let infrared = InfraredConfig::new([slow], Arc::new(IrpDecoder));
    let config = BlasterConfig {
        power: Power::Off,
        warm_up: Duration::from_millis(600),
        ..BlasterConfig::infrared("ir-000001", 1, infrared)
    };
    let board = Blaster::start(config).await.unwrap();
    let session = Session::open(&board).await;
    session.press(1, Make::Lg, Key::PowerOn).await;
    session.press(1, Make::Lg, Key::VolumeUp).await;
    assert_eq!(board.tv(1).keys, [Key::PowerOn], "it warms up");
    while board.tv(1).volume == 10 {
        session.press(1, Make::Lg, Key::VolumeUp).await;
    }
    for digit in [5, 0] {
        session.press(1, Make::Lg, Key::Digit(digit)).await;
    }
    let typed = board.tv(1).keys.iter().filter(|key| matches!(key, Key::Digit(_))).count();
    assert_eq!(typed, 1, "so soon after the first digit it does not listen yet");
}
