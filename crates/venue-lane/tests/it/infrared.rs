//! Infrared that is encoded here: what goes to the board, and what its answers mean.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use esphome_pool::{
    CallRequest, EvidenceWanted,
    codec::{InfraredLimits, InfraredTransmit},
};
use tokio::{task::JoinHandle, time::Instant};
use venue_domain::{
    CannotDrive, Command, CustomAction, Delivery, DirectTransport, EffectGroup, Evidence, Fences,
    Nature, NotSent, Outcome, Refused, Timestamp, TimingProfile, TriedCode, Unknown, testing,
};
use venue_infrared::{ApplianceKind, CodeSet, Press, encode};
use venue_lane::{
    Lanes, LanesConfig, PortTimings,
    esphome::{Driving, Esphome, InfraredPort, Mapped, Mapping, PortDrivings, Typing},
};

use crate::board::{Board, Does, Sent, port};

mod codes;
mod steps;

const FRAMES: ((u32, u32), &str) = ((1, 18), "d1_mini");
const RMT: ((u32, u32), &str) = ((1, 18), "esp32dev");
const OLD: ((u32, u32), &str) = ((1, 14), "esp32dev");

/// A board with an RC5 box on port 1, a Samsung TV on port 2, and lanes.
struct Bar {
    board: Arc<Board>,
    wire: Arc<Esphome<Board>>,
    lanes: Arc<Lanes<Esphome<Board>>>,
    fences: Arc<Fences>,
    accepted: std::cell::Cell<u64>,
}

fn codes(keys: &[(&str, &str)]) -> Arc<CodeSet> {
    let key = |(name, code): &(&str, &str)| (name.parse().unwrap(), code.parse().unwrap());
    Arc::new(CodeSet {
        id: "remote".parse().unwrap(),
        make: "ours".to_owned(),
        models: Vec::new(),
        kind: ApplianceKind::Tv,
        keys: keys.iter().map(key).collect(),
        sends: None,
        overrides: BTreeMap::new(),
        entry: Default::default(),
        source: None,
        verified: None,
        notes: Vec::new(),
    })
}

fn button() -> Mapped {
    Mapped::Button { name: "TV Power".to_owned() }
}

fn infrared(emitter: &str, of: &[(&str, &str)]) -> Driving {
    Driving::Infrared(InfraredPort {
        emitter: Some(emitter.to_owned()),
        codes: codes(of),
        typing: Typing::ByBoard,
    })
}

const BOX: [(&str, &str); 3] =
    [("digit_0", "rc5:0,0"), ("digit_5", "rc5:0,5"), ("power", "rc5:0,12")];
const TV: [(&str, &str); 2] = [("power_on", "samsung32:7,7,153"), ("mute", "samsung32:7,7,15")];

impl Bar {
    fn new((api_version, model): ((u32, u32), &'static str)) -> Self {
        let board = Board::new(api_version, model);
        let wire = Arc::new(Esphome::new(Arc::clone(&board)));
        let ports = [
            (1_i64, infrared("Port 1", &BOX)),
            (2, infrared("Port 2", &TV)),
            (3, infrared("Port 3", &TV)),
            (4, infrared("Eye", &TV)),
            (6, infrared("Port 6", &TV)),
            (7, Driving::Mapping(Arc::new(Mapping([("power".to_owned(), button())].into())))),
        ];
        let ports = ports.map(|(port, driving)| (port.try_into().unwrap(), driving));
        wire.drive(PortDrivings(BTreeMap::from(ports)));
        let fences = Arc::new(Fences::new());
        let lanes = Arc::new(Lanes::new(Arc::clone(&fences), LanesConfig::default()));
        lanes.add("ir-1".parse().unwrap(), Arc::clone(&wire), PortTimings::default());
        Self { board, wire, lanes, fences, accepted: std::cell::Cell::new(0) }
    }

    /// Tries `code` at `ir-1/port`, as a toggle of the group of volume.
    async fn tries(&self, port: u8, code: &str, emitter: Option<&str>) -> Outcome {
        let code = TriedCode {
            code: code.to_owned(),
            sends: None,
            emitter: emitter.map(ToOwned::to_owned),
        };
        let group = EffectGroup::Volume;
        let action = CustomAction::trying("try_volume_up", code, Nature::Toggle, group).unwrap();
        let like = self.accept(&format!("mute@{port}"));
        let command = Arc::new(Command { action: action.into(), ..(*like).clone() });
        self.fences.raise(&command);
        self.hand(&command, Duration::from_secs(5)).await.unwrap()
    }

    fn accept(&self, what: &str) -> Arc<Command> {
        self.accepted.set(self.accepted.get() + 1);
        let (what, port) = what.split_once('@').unwrap();
        let (at, target) = (Timestamp::from_unix_ms(0), format!("ir-1/{port}"));
        let command = Arc::new(testing::command(what, &target, at, self.accepted.get()));
        self.fences.raise(&command);
        command
    }

    fn hand(&self, command: &Arc<Command>, budget: Duration) -> JoinHandle<Outcome> {
        let (lanes, command) = (Arc::clone(&self.lanes), Arc::clone(command));
        let deadline = (Instant::now() + budget).into_std();
        tokio::spawn(async move {
            match lanes.deliver(command, deadline).await {
                Delivery::Ended { outcome, .. } => outcome,
                superseded @ Delivery::Superseded { .. } => panic!("{superseded:?}"),
            }
        })
    }

    async fn outcome(&self, what: &str) -> Outcome {
        self.hand(&self.accept(what), Duration::from_secs(5)).await.unwrap()
    }

    async fn refused(&self, what: &str) -> CannotDrive {
        let outcome = self.outcome(what).await;
        let Outcome::Refused(Refused::CannotDrive { cause }) = &outcome else {
            panic!("{outcome:?}")
        };
        cause.clone()
    }

    fn requests(&self) -> Vec<CallRequest> {
        self.board.sent().into_iter().map(|sent| sent.request).collect()
    }
}

/// One press of `code` by the transmitter of a port.
fn press(number: u32, code: &str, toggle: bool) -> CallRequest {
    let sent = encode(&code.parse().unwrap(), Press { toggle, sends: 1 }).unwrap();
    let (entity, carrier) = (port(number), sent.carrier().hz());
    CallRequest::Infrared(InfraredTransmit::new(entity, carrier, 1, sent.into_timings()).unwrap())
}

fn air_time(code: &str) -> Duration {
    encode(&code.parse().unwrap(), Press::default()).unwrap().air_time()
}

const COMPLETE: Outcome = Outcome::Delivered(Evidence::InfraredComplete);
const SILENT: Outcome = Outcome::Unknown(Unknown::NoEvidence);

#[tokio::test(start_paused = true)]
async fn a_press_is_one_transmission_and_complete_when_the_board_says_so() {
    let bar = Bar::new(FRAMES);
    assert_eq!(bar.outcome("power_on@2").await, COMPLETE);
    assert_eq!(bar.requests(), [press(2, "samsung32:7,7,153", false)]);
    assert_eq!(bar.board.sent()[0].evidence, EvidenceWanted::InfraredComplete);
}

#[tokio::test(start_paused = true)]
async fn a_board_that_does_not_say_so_is_asked_by_a_ping_and_kept_free_for_the_air_time() {
    let bar = Bar::new(OLD);
    let barrier = Outcome::Delivered(Evidence::PingBarrier);
    assert_eq!(bar.outcome("power_on@2").await, barrier);
    assert_eq!(bar.outcome("power@1").await, barrier);
    let sent = bar.board.sent();
    assert_eq!(sent[0].evidence, EvidenceWanted::Barrier);
    let answered = sent[0].at + Duration::from_millis(10);
    assert_eq!(sent[1].at - answered, air_time("samsung32:7,7,153"));
}

#[tokio::test(start_paused = true)]
async fn a_transmission_that_failed_is_unknown_and_the_board_is_asked_before_the_next_one() {
    let bar = Bar::new(FRAMES);
    bar.board.will([Does::Fails(Duration::from_millis(40))]);
    assert_eq!(bar.outcome("mute@2").await, SILENT);
    assert_eq!(bar.outcome("power@1").await, COMPLETE);
    assert_eq!(bar.board.pings(), 1);
    assert_eq!(bar.requests().len(), 2, "a toggle is never sent twice");
}

#[tokio::test(start_paused = true)]
async fn a_completion_is_waited_for_until_two_seconds_after_the_air_time() {
    let bar = Bar::new(FRAMES);
    bar.board.will([Does::Nothing]);
    let started = Instant::now();
    assert_eq!(bar.outcome("mute@2").await, SILENT);
    let patience = air_time("samsung32:7,7,15") + Duration::from_secs(2);
    assert_eq!(
        started.elapsed().as_millis(),
        patience.as_millis() + u128::from(!patience.subsec_nanos().is_multiple_of(1_000_000))
    );
}

#[tokio::test(start_paused = true)]
async fn a_channel_is_typed_frame_by_frame_with_a_flipping_toggle_bit() {
    let bar = Bar::new(FRAMES);
    assert_eq!(bar.outcome("channel 055@1").await, COMPLETE);
    let expected = [("rc5:0,0", false), ("rc5:0,5", true), ("rc5:0,5", false)];
    assert_eq!(bar.requests(), expected.map(|(code, toggle)| press(1, code, toggle)));
    let sent = bar.board.sent();
    let gap = TimingProfile::default().digit_gap + Duration::from_millis(10);
    assert!(sent.windows(2).all(|two| two[1].at - two[0].at == gap), "{sent:?}");
    assert_eq!(bar.outcome("power@1").await, COMPLETE);
    assert_eq!(bar.requests()[3], press(1, "rc5:0,12", true), "the next press");
}

#[tokio::test(start_paused = true)]
async fn a_channel_stops_at_the_press_that_was_not_delivered_and_its_retry_keeps_the_toggle_bit() {
    let bar = Bar::new(FRAMES);
    let shows = Does::Shows(Duration::from_millis(10));
    bar.board.will([shows, Does::Fails(Duration::from_millis(40))]);
    let channel = bar.accept("channel 055@1");
    assert_eq!(bar.hand(&channel, Duration::from_secs(5)).await.unwrap(), SILENT);
    assert_eq!(bar.requests().len(), 2);
    // The quiet gap is kept first.
    assert_eq!(bar.hand(&channel, Duration::from_secs(20)).await.unwrap(), COMPLETE);
    let again = bar.board.sent();
    let expected = [("rc5:0,0", false), ("rc5:0,5", true), ("rc5:0,5", false)];
    let retried = again[2..].iter().map(|sent| sent.request.clone()).collect::<Vec<_>>();
    assert_eq!(retried, expected.map(|(code, toggle)| press(1, code, toggle)));
    assert!(again[2].at - again[1].at >= TimingProfile::default().quiet_gap);
}

#[tokio::test(start_paused = true)]
async fn a_channel_whose_digit_may_have_left_too_late_is_unknown_and_stops() {
    let TimingProfile { entry_gap, digit_gap, .. } = TimingProfile::default();
    let shows = Does::Shows(Duration::from_millis(10));
    // In time, all things considered: the board was slow, and the TV still waited.
    let slow = Does::Shows(air_time("rc5:0,5") + entry_gap - digit_gap);
    let bar = Bar::new(FRAMES);
    bar.board.will([shows, slow, shows]);
    assert_eq!(bar.outcome("channel 055@1").await, COMPLETE);
    // Each press was taken; but the TV may have taken them for two channels.
    let late = Does::Shows(air_time("rc5:0,5") + entry_gap);
    for does in [vec![shows, late], vec![shows, shows, late]] {
        let bar = Bar::new(FRAMES);
        let presses = does.len();
        bar.board.will(does);
        assert_eq!(bar.outcome("channel 055@1").await, SILENT);
        assert_eq!(bar.requests().len(), presses, "it stops there");
    }
    // A press that is the only one is never too late.
    let bar = Bar::new(FRAMES);
    bar.board.will([late]);
    assert_eq!(bar.outcome("power@1").await, COMPLETE);
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_lost_between_two_presses_is_never_called_not_sent() {
    let bar = Bar::new(FRAMES);
    let shows = Does::Shows(Duration::from_millis(10));
    bar.board.will([shows, Does::Ends]);
    assert_eq!(bar.outcome("channel 055@1").await, Outcome::Unknown(Unknown::SessionLost));
    // Gone before the second press: nothing of that press was sent, but something of the command was.
    let bar = Bar::new(FRAMES);
    let channel = bar.hand(&bar.accept("channel 055@1"), Duration::from_secs(5));
    bar.board.wait_for_sent(1).await;
    tokio::time::advance(Duration::from_millis(100)).await;
    bar.board.connect(2);
    assert_eq!(channel.await.unwrap(), Outcome::Unknown(Unknown::SessionLost));
}

#[tokio::test(start_paused = true)]
async fn a_channel_is_one_message_where_hardware_times_it() {
    let bar = Bar::new(RMT);
    assert_eq!(bar.outcome("channel 055@1").await, COMPLETE);
    let mut timings = Vec::new();
    for (code, toggle) in [("rc5:0,0", false), ("rc5:0,5", true), ("rc5:0,5", false)] {
        if let Some(pause) = timings.last_mut() {
            *pause -= 300_000;
        }
        let sent = encode(&code.parse().unwrap(), Press { toggle, sends: 1 }).unwrap();
        timings.extend_from_slice(sent.timings());
    }
    let limits = InfraredLimits { timing_us: 1_000_000, air_time_ms: 10_000, ..Default::default() };
    let one = InfraredTransmit::with_limits(port(1), 36_000, 1, timings, limits).unwrap();
    assert_eq!(bar.requests(), [CallRequest::Infrared(one)]);
}

#[tokio::test(start_paused = true)]
async fn a_channel_is_not_begun_without_time_for_all_of_its_presses() {
    let bar = Bar::new(FRAMES);
    bar.board.will([Does::Shows(Duration::from_millis(1_500))]);
    let mute = bar.hand(&bar.accept("mute@2"), Duration::from_secs(5));
    bar.board.wait_for_sent(1).await;
    let channel = bar.accept("channel 055@1");
    let outcome = bar.hand(&channel, Duration::from_secs(2)).await.unwrap();
    assert_eq!(outcome, Outcome::NotSent(NotSent::LaneBusy));
    assert_eq!(mute.await.unwrap(), COMPLETE);
    assert_eq!(bar.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_named_and_nothing_is_sent() {
    let bar = Bar::new(FRAMES);
    let key = "digit_7".to_owned();
    assert_eq!(bar.refused("channel 057@1").await, CannotDrive::NoKey { key });
    let emitter = Some("Port 3".to_owned());
    assert_eq!(bar.refused("mute@3").await, CannotDrive::NoEmitter { emitter });
    let emitter = "Eye".to_owned();
    assert_eq!(bar.refused("mute@4").await, CannotDrive::OnlyReceives { emitter });
    assert_eq!(bar.requests(), []);
}

#[tokio::test(start_paused = true)]
async fn a_transmitter_without_a_name_is_that_of_the_number_of_the_port() {
    let bar = Bar::new(FRAMES);
    let port = |emitter| InfraredPort { emitter, codes: codes(&TV), typing: Typing::Frames };
    let by_number = Driving::Infrared(port(None));
    bar.wire.drive(PortDrivings(
        [2, 3].map(|n: i64| (n.try_into().unwrap(), by_number.clone())).into(),
    ));
    assert_eq!(bar.outcome("mute@2").await, COMPLETE);
    assert_eq!(bar.requests(), [press(2, "samsung32:7,7,15", false)]);
    assert_eq!(bar.refused("mute@3").await, CannotDrive::NoEmitter { emitter: None });
}

#[tokio::test(start_paused = true)]
async fn a_board_of_somebody_else_is_driven_by_its_buttons_and_its_own_actions() {
    let bar = Bar::new(OLD);
    let key = |key: &str| Mapped::Action {
        name: "send_key".to_owned(),
        arguments: [("key", key), ("times", "1")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
    };
    let mapping = [
        ("power", button()),
        ("number", key("KEY_{digit}")),
        ("digit_0", key("ZERO")),
        ("digit_5", key("FIVE")),
    ];
    let mapping = Mapping(mapping.map(|(name, mapped)| (name.to_owned(), mapped)).into());
    let driving = Driving::Mapping(Arc::new(mapping));
    bar.wire.drive(PortDrivings([(1_i64.try_into().unwrap(), driving)].into()));
    let barrier = Outcome::Delivered(Evidence::PingBarrier);
    assert_eq!(bar.outcome("channel 05@1").await, barrier);
    assert_eq!(bar.outcome("power@1").await, barrier);
    let action = "volume_up".to_owned();
    assert_eq!(bar.refused("volume_up@1").await, CannotDrive::NotMapped { action });
    let sent = bar.board.sent();
    let call = |Sent { request, .. }: &Sent| format!("{request:?}");
    assert!(call(&sent[0]).contains("ZERO") && call(&sent[1]).contains("FIVE"), "{sent:?}");
    assert!(matches!(sent[2].request, CallRequest::Entity(_)), "{sent:?}");
    assert_eq!(sent.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_shows_protocol_carrier_frames_and_milliseconds() {
    let bar = Bar::new(FRAMES);
    let commands = ["channel 055@1", "mute@2", "mute@3"].map(|what| {
        let command = bar.accept(what);
        (command.target.clone(), command.action.clone())
    });
    let plan = bar.lanes.plan(&commands);
    let call = plan[0].call.as_ref().unwrap();
    let shown = |name: &str| {
        let found = call.arguments.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap()
    };
    assert_eq!(call.action, "infrared");
    assert_eq!(shown("emitter"), "Port 1");
    assert_eq!(shown("protocol"), "rc5");
    assert_eq!(shown("codes"), "rc5:0,0 rc5:0,5 rc5:0,5");
    assert_eq!((shown("carrier_hz"), shown("frames")), ("36000", "3"));
    let air: Duration = air_time("rc5:0,5") * 3 + Duration::from_millis(600);
    assert_eq!(shown("milliseconds"), air.as_millis().to_string());
    assert_eq!(shown("messages"), "3");
    assert!(plan[2].call.is_none() && plan[2].refused.is_some(), "{:?}", plan[2]);
    assert_eq!(bar.requests(), []);
}

/// Milliseconds from the first request to each of the others.
fn starts(bar: &Bar) -> Vec<u128> {
    let sent = bar.board.sent();
    sent.iter().map(|one| (one.at - sent[0].at).as_millis()).collect()
}

const LONG: Does = Does::Shows(Duration::from_millis(500));
const PATIENT: Duration = Duration::from_secs(20);

#[tokio::test(start_paused = true)]
async fn transmitters_that_hardware_times_send_at_the_same_time() {
    for (board, expected) in [(RMT, [0, 0, 0]), (FRAMES, [0, 500, 1_000])] {
        let bar = Bar::new(board);
        bar.board.will([LONG; 3]);
        let sent = ["power@1", "mute@2", "mute@6"].map(|what| bar.hand(&bar.accept(what), PATIENT));
        for sent in sent {
            assert_eq!(sent.await.unwrap(), COMPLETE);
        }
        assert_eq!(starts(&bar), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn two_commands_by_one_transmitter_never_overlap() {
    let bar = Bar::new(RMT);
    bar.board.will([LONG; 2]);
    let sent = ["channel 5@1", "power@1"].map(|what| bar.hand(&bar.accept(what), PATIENT));
    for sent in sent {
        assert_eq!(sent.await.unwrap(), COMPLETE);
    }
    assert_eq!(starts(&bar), [0, 600], "with the gap of the port");
}

#[tokio::test(start_paused = true)]
async fn what_is_unconfirmed_at_one_transmitter_holds_the_others_until_a_ping_is_answered() {
    let bar = Bar::new(RMT);
    bar.board.will([LONG, Does::Fails(Duration::from_millis(40)), LONG]);
    let beside = bar.hand(&bar.accept("power@1"), PATIENT);
    bar.board.wait_for_sent(1).await;
    assert_eq!(bar.outcome("mute@2").await, SILENT);
    assert_eq!(bar.outcome("mute@6").await, COMPLETE);
    assert_eq!(bar.board.pings(), 1);
    assert!(beside.await.unwrap() == COMPLETE);
    let starts = starts(&bar);
    assert!(starts[2] >= 40 && starts[2] < 500, "{starts:?}");
}

#[tokio::test(start_paused = true)]
async fn several_unconfirmed_commands_are_confirmed_by_one_ping_or_late_together() {
    let bar = Bar::new(RMT);
    bar.board.will([Does::Fails(Duration::from_millis(40)); 2]);
    let failed = ["power@1", "mute@2"].map(|what| bar.hand(&bar.accept(what), PATIENT));
    for failed in failed {
        assert_eq!(failed.await.unwrap(), SILENT);
    }
    assert_eq!(bar.outcome("mute@6").await, COMPLETE);
    assert_eq!(bar.board.pings(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_session_waits_for_the_end_of_what_was_sent_on_the_one_before() {
    let bar = Bar::new(RMT);
    bar.board.will([Does::Nothing, Does::Ends]);
    let silent = bar.hand(&bar.accept("power@1"), PATIENT);
    bar.board.wait_for_sent(1).await;
    assert_eq!(bar.outcome("mute@2").await, Outcome::Unknown(Unknown::SessionLost));
    bar.board.connect(2);
    let next = bar.hand(&bar.accept("mute@6"), PATIENT);
    assert_eq!(silent.await.unwrap(), SILENT);
    assert_eq!(next.await.unwrap(), COMPLETE);
    assert!(starts(&bar)[2] >= 2_000, "{:?}", starts(&bar));
}

#[tokio::test(start_paused = true)]
async fn what_needs_the_whole_board_waits_for_all_transmitters_and_is_not_passed() {
    let bar = Bar::new(RMT);
    bar.board.will([LONG, LONG]);
    let first = bar.hand(&bar.accept("power@1"), PATIENT);
    bar.board.wait_for_sent(1).await;
    let whole = bar.hand(&bar.accept("power@7"), PATIENT);
    tokio::time::advance(Duration::from_millis(1)).await;
    let behind = bar.hand(&bar.accept("mute@2"), PATIENT);
    assert_eq!(first.await.unwrap(), COMPLETE);
    assert_eq!(whole.await.unwrap(), Outcome::Delivered(Evidence::PingBarrier));
    assert_eq!(behind.await.unwrap(), COMPLETE);
    let sent = bar.requests();
    assert!(matches!(sent[1], CallRequest::Entity(_)), "{sent:?}");
    assert!(starts(&bar)[1] >= 499 && starts(&bar)[2] >= 999, "{:?}", starts(&bar));
}

#[tokio::test(start_paused = true)]
async fn a_code_that_is_tried_goes_out_whatever_drives_the_port() {
    let bar = Bar::new(FRAMES);
    let code = "nec1:4,2";
    // Infrared by the port's own transmitter; by another one that is named; a mapping; the board's actions.
    for (port, emitter, sent_by) in
        [(1, None, 1), (2, Some("Port 1"), 1), (7, Some("Port 2"), 2), (5, Some("Port 2"), 2)]
    {
        assert_eq!(bar.tries(port, code, emitter).await, COMPLETE, "port {port}");
        assert_eq!(bar.requests().pop().unwrap(), press(sent_by, code, false), "port {port}");
    }
    let nowhere = bar.tries(2, code, Some("Port 9")).await;
    let cause = CannotDrive::NoEmitter { emitter: Some("Port 9".to_owned()) };
    assert_eq!(nowhere, Outcome::Refused(Refused::CannotDrive { cause }));
    assert_eq!(bar.requests().len(), 4, "nothing else was sent");
}

#[tokio::test(start_paused = true)]
async fn a_code_that_was_tried_with_an_unknown_end_is_asked_for_like_any_press() {
    let bar = Bar::new(FRAMES);
    bar.board.will([Does::Fails(Duration::from_millis(40))]);
    assert_eq!(bar.tries(2, "nec1:4,2", None).await, SILENT);
    assert_eq!(bar.outcome("power@1").await, COMPLETE);
    assert_eq!((bar.board.pings(), bar.requests().len()), (1, 2), "asked, and not tried again");
}
