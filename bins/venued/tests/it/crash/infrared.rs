//! Boards with infrared entities alone: how they are set up, and which wishes left their outputs, as foreign
//! code reads them.
//!
//! Their TVs take an equal toggle bit for a held key until the quiet gap is over. So a digit is a press of its
//! own only if its bit was flipped, and a channel that is typed again is one only after that gap.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use device_sim::{
    Appliance, Blaster, BlasterConfig, Generation, InfraredConfig, IrpDecoder, Key, Power, Remote,
    RemoteDecoder, RemoteProtocol, Transmission, TransmitTiming,
};
use serde_json::{Map, Value, json};
use venue_domain::{Action, Parameters, PortId};

use super::deck::Wish;
use crate::support::{post, soon};

/// A board that transmits by hardware and says when a frame has left, and one that is deaf while it transmits
/// and says nothing.
const BOARDS: [(u16, Generation, TransmitTiming); 2] = [
    (7, Generation::Current, TransmitTiming::Hardware),
    (8, Generation::Replies, TransmitTiming::Software),
];

/// A frame of RC6 with its pause.
const FRAME: Duration = Duration::from_millis(107);

/// For so long a TV takes an equal toggle bit for a held key: longer than two presses in a row take.
const HELD: Duration = Duration::from_millis(250);

/// Longer than that.
const QUIET_GAP: Duration = Duration::from_millis(300);

/// The keys that are no digits begin at this function number.
const FIRST: u16 = 20;

/// What a remote has a key for, beside the digits.
pub(super) fn plain_actions() -> impl Iterator<Item = Action> {
    let parsed = |name: &&str| Action::parse(name, &Parameters::default()).ok();
    let plain = Action::NAMES.iter().filter_map(parsed);
    plain.filter(|action| action.effect_group().is_some() && *action != Action::DefaultChannel)
}

/// The channels of a TV, each of which is known by its digits wherever they are cut: it begins with one of 1 to
/// 5, which say how many follow, and nothing else is one of those.
pub(super) fn channels() -> impl Iterator<Item = Action> {
    const REST: [u8; 5] = [6, 7, 8, 9, 0];
    let two = (1..=SHORT).flat_map(|first: u8| REST.map(|last| format!("{first}{last}")));
    let three = (SHORT + 1..=5).flat_map(|first| {
        let pairs = REST.into_iter().flat_map(|second| REST.map(|last| (second, last)));
        pairs.map(move |(second, last)| format!("{first}{second}{last}"))
    });
    two.chain(three).map(|channel| {
        let parameters = Parameters { channel: Some(channel), ..Parameters::default() };
        Action::parse("channel", &parameters).unwrap()
    })
}

/// Channels that begin with one of 1 to this have two digits, and the others three.
const SHORT: u8 = 2;

pub(super) async fn boards() -> Vec<Arc<Blaster>> {
    let mut boards = Vec::new();
    for (number, generation, timing) in BOARDS {
        let tvs = (1..=5).map(|_| Appliance { toggle_memory: Some(HELD), ..appliance() });
        let infrared = InfraredConfig { timing, ..InfraredConfig::new(tvs, Arc::new(IrpDecoder)) };
        let name = format!("ir-00000{number}");
        let config = BlasterConfig {
            generation,
            digit_timeout: HELD,
            ..BlasterConfig::infrared(name, number, infrared)
        };
        boards.push(Arc::new(Blaster::start(config).await.unwrap()));
    }
    boards
}

/// A TV that knows all keys. What most of them do is not looked at.
fn appliance() -> Appliance {
    let plain = plain_actions().zip(FIRST..).map(|(action, function)| {
        let power = [
            (Action::Power, Key::Power),
            (Action::PowerOn, Key::PowerOn),
            (Action::PowerOff, Key::PowerOff),
        ];
        let known = power.into_iter().find(|(known, _)| *known == action);
        (function, known.map_or(Key::Navigate("another key"), |(_, key)| key))
    });
    let digits = (0..=9).map(|digit| (u16::from(digit), Key::Digit(digit)));
    Appliance::new(Remote::new(RemoteProtocol::Rc6, 0, None, plain.chain(digits)))
}

/// The code set and the boards, as an admin adds them.
pub(super) async fn set_up(address: SocketAddr, boards: &[Arc<Blaster>]) {
    let plain = plain_actions().zip(FIRST..);
    let plain =
        plain.map(|(action, function)| (action.name().to_owned(), format!("rc6:0,{function}")));
    let digits = (0..=9).map(|digit| (format!("digit_{digit}"), format!("rc6:0,{digit}")));
    let keys: Map<String, Value> =
        plain.chain(digits).map(|(key, code)| (key, json!(code))).collect();
    let set = json!({"id": "story", "make": "Ours", "kind": "tv", "keys": keys});
    let made = post(address, "/api/v1/config/codesets", &set).await;
    assert_eq!(made.status, 201, "{made:?}");
    let timing = json!({"frame_ms": FRAME.as_millis(), "quiet_gap_ms": QUIET_GAP.as_millis()});
    for board in boards {
        let port = |index| json!({"index": index, "codeset": "story", "timing": timing});
        let ports: Vec<Value> = (1..=5).map(port).collect();
        let address_of = board.address().to_string();
        let device = json!({"hostname": board.name(), "address": address_of, "ports": ports});
        let made = post(address, "/api/v1/config/devices", &device).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
}

/// One press, as the TV at `port` sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Press {
    at: Instant,
    port: u8,
    session: u64,
    function: u16,
    toggle: Option<bool>,
}

/// The frames of a transmission.
fn frames(sent: &Transmission) -> Vec<Press> {
    let durations: Vec<u32> = sent.timings_us.iter().map(|us| us.unsigned_abs()).collect();
    let alternates =
        sent.timings_us.iter().enumerate().all(|(index, us)| (*us > 0) == (index % 2 == 0));
    assert!(alternates, "a mark, a space, and so on: {sent:?}");
    let read = IrpDecoder.decode(RemoteProtocol::Rc6, &durations);
    assert!(!read.is_empty() && sent.carrier_hz == 36_000, "no TV reads this: {sent:?}");
    let press = |frame: device_sim::DecodedFrame| Press {
        at: (sent.starts + Duration::from_micros(frame.ends_us)).into_std(),
        port: sent.port,
        session: sent.session,
        function: frame.function,
        toggle: frame.toggle,
    };
    read.into_iter().map(press).collect()
}

/// The presses of a board: what follows with the same toggle bit while the TV remembers it is a key that is
/// held.
fn presses(board: &Blaster) -> Vec<Press> {
    let mut frames: Vec<Press> = board.transmissions().iter().flat_map(frames).collect();
    frames.sort_by_key(|frame| frame.at);
    let mut last = HashMap::<u8, Press>::new();
    frames.retain(|frame| {
        let before = last.insert(frame.port, *frame);
        !before.is_some_and(|before| {
            let same = (before.function, before.toggle) == (frame.function, frame.toggle);
            same && frame.at.duration_since(before.at) <= HELD
        })
    });
    frames
}

/// What left the outputs of a board, in order. Of a channel that was cut short it is nothing.
pub(super) fn wishes_of(board: &Blaster) -> Vec<Option<Wish>> {
    let plain: Vec<Action> = plain_actions().collect();
    let mut typed = HashMap::<(u8, u64), String>::new();
    let mut wishes = Vec::new();
    for press in presses(board) {
        let target: PortId = format!("{}/{}", board.name(), press.port).parse().unwrap();
        // What an earlier session left on the board does not end what a later one types.
        let digits = typed.entry((press.port, press.session)).or_default();
        let action = if press.function < FIRST {
            type_digit(digits, press.function)
        } else {
            digits.clear();
            let action = plain.get(usize::from(press.function - FIRST)).cloned();
            if action.is_none() {
                wishes.push(None);
            }
            action
        };
        wishes.extend(action.map(|action| Some(Wish { target, action })));
    }
    wishes
}

/// Another digit; the channel, if it is the last one.
fn type_digit(digits: &mut String, digit: u16) -> Option<Action> {
    if (1..=5).contains(&digit) {
        digits.clear();
    } else if digits.is_empty() {
        // The rest of a channel whose beginning the TV took for a held key is no channel.
        return None;
    }
    digits.push_str(&digit.to_string());
    let is_short = digits.starts_with(|first: char| first.to_digit(10) <= Some(SHORT.into()));
    if digits.len() < if is_short { 2 } else { 3 } {
        return None;
    }
    let channel = Some(std::mem::take(digits));
    Action::parse("channel", &Parameters { channel, ..Parameters::default() }).ok()
}

/// Waits until the TVs of a board are on and off as what left its outputs makes them.
pub(super) async fn settle(board: &Blaster) {
    let plain: Vec<Action> = plain_actions().collect();
    for port in 1..=5 {
        let own = presses(board).into_iter().filter(|press| press.port == port);
        let actions =
            own.filter_map(|press| plain.get(usize::from(press.function.checked_sub(FIRST)?)));
        let power = actions.fold(Power::On, |power, action| {
            if *action == Action::PowerOff || (*action == Action::Power && power == Power::On) {
                Power::Off
            } else if matches!(action, Action::Power | Action::PowerOn) {
                Power::On
            } else {
                power
            }
        });
        let what = format!("{}/{port} is {power:?}", board.name());
        soon(&what, board.wait_for_tv(port, |tv| tv.power == power)).await;
    }
}
