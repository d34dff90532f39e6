//! The table of actions: name, parameter, nature and effect group of each, written once. Validation, retries,
//! fences, the queue, undo, the documentation and the description of the HTTP interface are derived from it.

use super::{Action, ActionSpec, CustomAction, NavigationKey, Parameter};
use crate::effect::{EffectGroup, Nature};

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
            /// The allow-list: every name that a command may have in a request.
            pub const NAMES: [&'static str; COUNT] = [$($name),*];

            /// Its row in the table of actions, or itself where it is of a program's own.
            pub(super) const fn row(&self) -> Result<&'static ActionSpec<'static>, &CustomAction> {
                match self {
                    $(row!(pattern $kind $variant) => Ok(const {
                        &ActionSpec {
                            name: $name,
                            parameter: $parameter,
                            nature: Nature::$nature,
                            group: $group,
                            classes: Nature::$nature.classes(),
                        }
                    }),)*
                    // What it is, once it is accepted.
                    Self::NamedChannel(_) => Ok(const { &CHANNEL_BY_NAME }),
                    Self::Steps(step, _) => step.press().row(),
                    Self::Custom(own) => Err(own),
                }
            }
        }

        /// The actions that need no parameter, each in the place of its name.
        const PLAIN: [Option<Action>; COUNT] = [$(row!(value $kind $variant)),*];
    };
}

/// A channel by its name in the line-up is the row of `channel`.
const CHANNEL_BY_NAME: ActionSpec<'static> = ActionSpec {
    name: "channel",
    parameter: CHANNEL,
    nature: Nature::AbsoluteFrames,
    group: TUNER,
    classes: Nature::AbsoluteFrames.classes(),
};

const COUNT: usize = 35;
const NONE: Option<Parameter> = None;
const CHANNEL: Option<Parameter> = Some(Parameter::Channel);
const DIGIT: Option<Parameter> = Some(Parameter::Digit);
const INPUT: Option<Parameter> = Some(Parameter::Input);
const STEPS: Option<Parameter> = Some(Parameter::Steps);
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
    plain ChannelUp           "channel_up"           STEPS   Relative       TUNER;
    plain ChannelDown         "channel_down"         STEPS   Relative       TUNER;
    with  Number              "number"               DIGIT   Sequence       TUNER;
    plain VolumeUp            "volume_up"            STEPS   Relative       VOLUME;
    plain VolumeDown          "volume_down"          STEPS   Relative       VOLUME;
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
pub(super) fn plain(name: &str) -> Option<Action> {
    let place = Action::NAMES.iter().position(|known| *known == name)?;
    PLAIN.into_iter().nth(place).flatten()
}
