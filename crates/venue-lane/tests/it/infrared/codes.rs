//! What boards and code sets ask for: messages that are short enough, channels as the appliance wants them, and
//! transmitters that work at the same time.

use venue_infrared::{ChannelEntry, MAX_SOFTWARE_TIMED};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_lane_tells_which_ports_can_be_sent_to_at_the_same_time() {
    let device = "ir-1".parse().unwrap();
    let ports = |bar: &Bar| -> Vec<u8> {
        let transmitters = bar.lanes.transmitters(&device);
        let of = |number: &u8| transmitters.of(i64::from(*number).try_into().unwrap()).is_some();
        (0..=9).filter(of).collect()
    };
    // Port 3 has no emitter, 4 an eye, and 7 is driven by a button of the board.
    let bar = Bar::new(RMT);
    assert_eq!(ports(&bar), [1, 2, 6]);
    assert!(bar.lanes.transmitters(&device).are_several());
    bar.wire.drive(PortDrivings(
        [1, 2].map(|n: i64| (n.try_into().unwrap(), infrared("Port 1", &TV))).into(),
    ));
    assert_eq!(ports(&bar), [1, 2]);
    assert!(!bar.lanes.transmitters(&device).are_several(), "both have the same one");
    for board in [FRAMES, OLD] {
        assert_eq!(ports(&Bar::new(board)), [0; 0], "{board:?}");
    }
    assert!(!bar.lanes.transmitters(&"ir-2".parse().unwrap()).are_several(), "nobody knows it");
}

#[tokio::test(start_paused = true)]
async fn a_channel_is_entered_as_the_appliance_wants_it() {
    let keys = [("digit_0", "nec1:4,0"), ("digit_5", "nec1:4,5"), ("enter", "nec1:4,68")];
    let entry = ChannelEntry { enter_key: true, min_digits: Some(3), leading_zeros: false };
    let codes = Arc::new(CodeSet { entry, ..CodeSet::clone(&codes(&keys)) });
    let bar = Bar::new(FRAMES);
    let emitter = Some("Port 1".to_owned());
    let port = InfraredPort { emitter, codes, typing: Typing::ByBoard };
    let driving = Driving::Infrared(port.clone());
    bar.wire.drive(PortDrivings([(1_i64.try_into().unwrap(), driving)].into()));
    assert_eq!(bar.outcome("channel 0005@1").await, COMPLETE);
    let typed = ["nec1:4,0", "nec1:4,0", "nec1:4,5", "nec1:4,68"];
    assert_eq!(bar.requests(), typed.map(|code| press(1, code, false)));
    // Behind another TV of the board it is begun with time for its four presses, and not for the one digit alone.
    let bar = Bar::new(FRAMES);
    bar.wire.drive(PortDrivings(
        [(1_i64, Driving::Infrared(port)), (2, infrared("Port 2", &TV))]
            .map(|(port, driving)| (port.try_into().unwrap(), driving))
            .into(),
    ));
    bar.board.will([LONG]);
    let mute = bar.hand(&bar.accept("mute@2"), PATIENT);
    bar.board.wait_for_sent(1).await;
    let channel = bar.hand(&bar.accept("channel 5@1"), Duration::from_millis(1_100));
    assert_eq!(channel.await.unwrap(), Outcome::NotSent(NotSent::LaneBusy));
    assert_eq!(mute.await.unwrap(), COMPLETE);
    assert_eq!(bar.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_message_keeps_a_board_that_times_by_software_deaf_for_more_than_250_ms() {
    let set = |sends| {
        let codes = CodeSet::clone(&codes(&[("digit_1", "nec1:4,1"), ("digit_2", "nec1:4,2")]));
        Driving::Infrared(InfraredPort {
            emitter: Some("Port 1".to_owned()),
            codes: Arc::new(CodeSet { sends: Some(sends), ..codes }),
            typing: Typing::ByBoard,
        })
    };
    let whole = encode(&"nec1:4,1".parse().unwrap(), Press { toggle: false, sends: 3 }).unwrap();
    for board in [FRAMES, RMT] {
        let bar = Bar::new(board);
        bar.wire.drive(PortDrivings([(1_i64.try_into().unwrap(), set(3))].into()));
        assert_eq!(bar.outcome("channel 12@1").await, COMPLETE);
        let sent = bar.board.sent();
        if board == RMT {
            assert_eq!(sent.len(), 1, "its hardware does it");
            continue;
        }
        let fitted = ["nec1:4,1", "nec1:4,2"].map(|code| {
            let whole = encode(&code.parse().unwrap(), Press { toggle: false, sends: 3 }).unwrap();
            let (fitted, _) = whole.timed_by_software().unwrap();
            assert_eq!(fitted.air_time(), MAX_SOFTWARE_TIMED);
            let (carrier, timings) = (fitted.carrier().hz(), fitted.into_timings());
            let request = InfraredTransmit::new(port(1), carrier, 1, timings).unwrap();
            CallRequest::Infrared(request)
        });
        assert_eq!(bar.requests(), fitted);
        // What is left of the pause is waited for here.
        let pause = TimingProfile::default().digit_gap + whole.air_time() - MAX_SOFTWARE_TIMED;
        assert!(sent[1].at - sent[0].at >= pause, "{:?}", sent[1].at - sent[0].at);
        bar.wire.drive(PortDrivings([(1_i64.try_into().unwrap(), set(4))].into()));
        let CannotDrive::Unsendable { key, cause } = bar.refused("channel 12@1").await else {
            panic!("it was sent")
        };
        assert!(key == "digit_1" && cause.contains("at most 250 ms"), "{key}: {cause}");
        assert_eq!(bar.board.sent().len(), 2, "nothing of it was sent");
    }
}
