//! The table of actions: name, parameter, nature and effect group of each, written once. Validation, retries,
//! fences, the queue, undo and the documentation are derived from it.

use crate::{Action, EffectGroup, Nature, NavigationKey};

/// What is fixed for an action, whatever its parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionSpec {
    /// The name in requests, rows, logs and, behind `tv_`, on boards.
    pub name: &'static str,
    /// The field of a request that it takes.
    pub parameter: Option<Parameter>,
    /// What repeating it would do.
    pub nature: Nature,
    /// What it changes on an appliance; `None` where nothing reaches one.
    pub group: Option<EffectGroup>,
}

/// A field of a request that an action takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `channel`.
    Channel,
    /// `digit`; for `diagnostic_signal` the code, which may be left out.
    Digit,
    /// `input`.
    Input,
}

impl Parameter {
    /// The name of the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Digit => "digit",
            Self::Input => "input",
        }
    }
}

/// Whether a row is an action without a parameter, one with, or a navigation key.
macro_rules! row {
    (pattern plain $variant:ident) => {
        Action::$variant
    };
    (pattern with $variant:ident) => {
        Action::$variant(_)
    };
    (pattern key $variant:ident) => {
        Action::Navigate(NavigationKey::$variant)
    };
    (value plain $variant:ident) => {
        Some(Action::$variant)
    };
    (value with $variant:ident) => {
        None
    };
    (value key $variant:ident) => {
        Some(Action::Navigate(NavigationKey::$variant))
    };
}

macro_rules! actions {
    ($($kind:ident $variant:ident $name:literal $parameter:ident $nature:ident $group:ident;)*) => {
        impl Action {
            /// The allow-list: every name that a command may have.
            pub const NAMES: [&'static str; COUNT] = [$($name),*];

            /// Its row in the table of actions.
            #[must_use]
            pub const fn spec(&self) -> &'static ActionSpec {
                match self {
                    $(row!(pattern $kind $variant) => &ActionSpec {
                        name: $name,
                        parameter: $parameter,
                        nature: Nature::$nature,
                        group: $group,
                    },)*
                }
            }
        }

        /// The actions that need no parameter, each in the place of its name.
        const PLAIN: [Option<Action>; COUNT] = [$(row!(value $kind $variant)),*];
    };
}

const COUNT: usize = 35;
const NONE: Option<Parameter> = None;
const CHANNEL: Option<Parameter> = Some(Parameter::Channel);
const DIGIT: Option<Parameter> = Some(Parameter::Digit);
const INPUT: Option<Parameter> = Some(Parameter::Input);
const BOARD: Option<EffectGroup> = None;
const POWER: Option<EffectGroup> = Some(EffectGroup::Power);
const SOURCE: Option<EffectGroup> = Some(EffectGroup::Input);
const MUTE: Option<EffectGroup> = Some(EffectGroup::Mute);
const TUNER: Option<EffectGroup> = Some(EffectGroup::Channel);
const VOLUME: Option<EffectGroup> = Some(EffectGroup::Volume);
const KEYS: Option<EffectGroup> = Some(EffectGroup::Navigation);

actions! {
    // kind variant        name                   parameter nature      effect group
    plain Power               "power"                NONE    Toggle         POWER;
    plain PowerOn             "power_on"             NONE    Absolute       POWER;
    plain PowerOff            "power_off"            NONE    Absolute       POWER;
    with  Input               "input"                INPUT   Absolute       SOURCE;
    plain Mute                "mute"                 NONE    Toggle         MUTE;
    plain MuteOn              "mute_on"              NONE    Absolute       MUTE;
    plain MuteOff             "mute_off"             NONE    Absolute       MUTE;
    with  Channel             "channel"              CHANNEL AbsoluteFrames TUNER;
    plain DefaultChannel      "default_channel"      NONE    AbsoluteFrames TUNER;
    plain ChannelUp           "channel_up"           NONE    Relative       TUNER;
    plain ChannelDown         "channel_down"         NONE    Relative       TUNER;
    with  Number              "number"               DIGIT   Sequence       TUNER;
    plain VolumeUp            "volume_up"            NONE    Relative       VOLUME;
    plain VolumeDown          "volume_down"          NONE    Relative       VOLUME;
    key   Up                  "up"                   NONE    Sequence       KEYS;
    key   Down                "down"                 NONE    Sequence       KEYS;
    key   Left                "left"                 NONE    Sequence       KEYS;
    key   Right               "right"                NONE    Sequence       KEYS;
    key   Ok                  "ok"                   NONE    Sequence       KEYS;
    key   Back                "back"                 NONE    Sequence       KEYS;
    key   Home                "home"                 NONE    Sequence       KEYS;
    key   Menu                "menu"                 NONE    Sequence       KEYS;
    key   Guide               "guide"                NONE    Sequence       KEYS;
    key   Info                "info"                 NONE    Sequence       KEYS;
    key   Exit                "exit"                 NONE    Sequence       KEYS;
    with  DiagnosticSignal    "diagnostic_signal"    DIGIT   Immediate      BOARD;
    plain Ping                "ping"                 NONE    Immediate      BOARD;
    plain Health              "health"               NONE    Immediate      BOARD;
    plain Status              "status"               NONE    Immediate      BOARD;
    plain Capabilities        "capabilities"         NONE    Immediate      BOARD;
    plain RefreshCapabilities "refresh_capabilities" NONE    Read           BOARD;
    plain HealthCheck         "health_check"         NONE    Read           BOARD;
    plain FirmwareCheck       "firmware_check"       NONE    Read           BOARD;
    plain CollectLogs         "collect_logs"         NONE    Read           BOARD;
    plain Statistics          "statistics"           NONE    Read           BOARD;
}

/// An action that needs no parameter, by its name.
pub(crate) fn plain(name: &str) -> Option<Action> {
    let place = Action::NAMES.iter().position(|known| *known == name)?;
    PLAIN.into_iter().nth(place).flatten()
}
