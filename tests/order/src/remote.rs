//! The remote control of the TVs whose board has no actions, and such a TV: a key with the toggle bit of before is
//! one that is held, and digits that come late begin anew.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
    time::Duration,
};

use tokio::time::Instant;
use venue_domain::{Action, CommandId};
use venue_infrared::{ApplianceKind, ChannelEntry, CodeSet, KeyName, Press as KeyPress, encode};

use crate::clock::since;

/// One press of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Press {
    /// The digit, if it is one.
    pub(crate) digit: Option<char>,
    /// The function number of the key.
    function: usize,
    /// Its toggle bit.
    pub(crate) toggle: bool,
}

/// The keys of the remote control: RC6, which has a toggle bit.
pub(crate) static CODES: LazyLock<Arc<CodeSet>> = LazyLock::new(|| {
    let keys = KEYS.iter().enumerate();
    let keys = keys.map(|(function, key)| {
        let code = format!("rc6:0,{function}").parse().unwrap();
        (key.parse::<KeyName>().unwrap(), code)
    });
    Arc::new(CodeSet {
        id: "remote".parse().unwrap(),
        make: "ours".to_owned(),
        models: Vec::new(),
        kind: ApplianceKind::Tv,
        keys: keys.collect(),
        sends: None,
        overrides: BTreeMap::new(),
        entry: ChannelEntry::default(),
        source: None,
        verified: None,
        notes: Vec::new(),
    })
});

/// Every frame that the remote control sends, without the pause at its end.
static FRAMES: LazyLock<HashMap<Vec<i32>, Press>> = LazyLock::new(|| {
    let mut frames = HashMap::new();
    for (function, key) in KEYS.iter().enumerate() {
        for toggle in [false, true] {
            let sent = encode(CODES.code(key).unwrap(), KeyPress { toggle, sends: 1 }).unwrap();
            let mut frame = sent.into_timings();
            frame.pop();
            let digit = key.strip_prefix("digit_").and_then(|digit| digit.chars().next());
            let known = frames.insert(frame, Press { digit, function, toggle });
            assert_eq!(known, None, "{key} is sent as another key");
        }
    }
    frames
});

/// The presses in what a transmitter is asked to send.
pub(crate) fn read(timings: &[i32]) -> Vec<Press> {
    let frames = timings.split(|timing| *timing <= -PAUSE_US).filter(|frame| !frame.is_empty());
    frames.map(|frame| FRAMES[frame]).collect()
}

/// A TV that sees what its board sends.
#[derive(Debug, Default)]
pub(crate) struct Tv {
    last: Option<(Press, Instant)>,
    typed: String,
    /// The command of the newest press.
    pub(crate) pressed_for: Option<CommandId>,
}

impl Tv {
    /// A key is pressed for a command: what the TV does for it, or nothing if it takes it for a key that is held.
    pub(crate) fn press(&mut self, press: Press, of: CommandId, action: &Action) -> Option<Action> {
        let (now, same) = (Instant::now(), |last: Press| last == press);
        let before = self.last.replace((press, now));
        self.pressed_for = Some(of);
        if before.is_some_and(|(last, at)| same(last) && since(at) <= HELD) {
            return None;
        }
        let Some(digit) = press.digit else { return Some(action.clone()) };
        let is_late = before.is_none_or(|(last, at)| last.digit.is_none() || since(at) > TYPED);
        if is_late {
            self.typed.clear();
        }
        self.typed.push(digit);
        if action.is_channel() { channel(&self.typed) } else { Some(action.clone()) }
    }

    /// Nobody presses its keys for a while.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What a TV is tuned to by these digits. More than a channel has are none.
fn channel(typed: &str) -> Option<Action> {
    typed.parse().ok().map(Action::Channel)
}

/// For so long it takes an equal toggle bit for a held key.
const HELD: Duration = Duration::from_millis(1_000);

/// For so long after the beginning of a digit it waits for the next one: a frame of 107 ms, and less than the
/// entry gap.
const TYPED: Duration = Duration::from_millis(1_605);

/// A space of this length ends a frame.
const PAUSE_US: i32 = 10_000;

/// The names of its keys: that of a digit is its function number.
const KEYS: [&str; 36] = [
    "digit_0",
    "digit_1",
    "digit_2",
    "digit_3",
    "digit_4",
    "digit_5",
    "digit_6",
    "digit_7",
    "digit_8",
    "digit_9",
    "power",
    "power_on",
    "power_off",
    "mute",
    "mute_on",
    "mute_off",
    "volume_up",
    "volume_down",
    "channel_up",
    "channel_down",
    "up",
    "down",
    "left",
    "right",
    "ok",
    "back",
    "home",
    "menu",
    "guide",
    "info",
    "exit",
    "input_hdmi0",
    "input_hdmi1",
    "input_hdmi2",
    "input_hdmi3",
    "input_last",
];
