//! The table of actions: name, parameter, nature, effect group and classes of each, with the life, the priority and
//! the attempts that they have in a class, written once. Validation, retries, fences, the queue, undo, the
//! documentation and the description of the HTTP interface are derived from it.

use std::time::Duration;

use crate::{
    Action, Class, CustomAction, EffectGroup, MaxAttempts, Nature, NavigationKey, Priority,
};

/// What is fixed for an action, whatever its parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionSpec<'a> {
    /// The name in requests, rows, logs and, behind `tv_`, on boards.
    pub name: &'a str,
    /// The field of a request that it takes.
    pub parameter: Option<Parameter>,
    /// What repeating it would do.
    pub nature: Nature,
    /// What it changes on an appliance; `None` where nothing reaches one.
    pub group: Option<EffectGroup>,
    /// The classes that its commands may have, and what follows from each.
    pub classes: Classes,
}

/// What commands of an action have in one of its classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassSpec {
    /// The class.
    pub class: Class,
    /// How long a command lives from its acceptance, or from its due time (docs/semantics.md, rules 1.9
    /// and 1.10); then it is expired and never sent.
    pub life: Duration,
    /// Its priority in the queue, unless the request names one or it is scheduled (rule 4.8).
    pub priority: Priority,
    /// How often it is attempted from the queue, unless the request says so (rule 4.9).
    pub attempts: MaxAttempts,
}

/// The classes that an action may have: one that it always has, or two between which the endpoint decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    /// The class of its commands where none is named.
    pub usual: ClassSpec,
    /// The other one that may be named.
    pub other: Option<ClassSpec>,
}

impl Classes {
    /// The class that follows from the action alone, where it does.
    #[must_use]
    pub const fn own(&self) -> Option<Class> {
        if self.other.is_some() { None } else { Some(self.usual.class) }
    }

    /// What commands have in `class`; `None` where the action has it never.
    #[must_use]
    pub fn of(&self, class: Class) -> Option<ClassSpec> {
        let all = [Some(self.usual), self.other];
        all.into_iter().flatten().find(|spec| spec.class == class)
    }

    const fn only(usual: ClassSpec) -> Self {
        Self { usual, other: None }
    }
}

impl Nature {
    /// The classes that commands of this nature may have.
    #[must_use]
    pub const fn classes(self) -> Classes {
        match self {
            Self::Absolute | Self::AbsoluteFrames => to_an_appliance(30, 10 * 60),
            Self::Toggle | Self::Relative | Self::Sequence => to_an_appliance(10, 2 * 60),
            // "The request": the longest that an immediate one is waited for.
            Self::Immediate => {
                Classes::only(spec(Class::Immediate, 5, Priority::INTERACTIVE, MaxAttempts::USUAL))
            }
            Self::Read => {
                Classes::only(spec(Class::System, 60 * 60, Priority::SYSTEM, MaxAttempts::ONCE))
            }
        }
    }
}

/// What lives so many seconds as an interactive and as a bulk command.
const fn to_an_appliance(interactive: u64, bulk: u64) -> Classes {
    let usual = spec(Class::Interactive, interactive, Priority::INTERACTIVE, MaxAttempts::USUAL);
    Classes { usual, other: Some(spec(Class::Bulk, bulk, Priority::BULK, MaxAttempts::USUAL)) }
}

const fn spec(class: Class, seconds: u64, priority: Priority, attempts: MaxAttempts) -> ClassSpec {
    ClassSpec { class, life: Duration::from_secs(seconds), priority, attempts }
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
            /// The allow-list: every name that a command may have in a request.
            pub const NAMES: [&'static str; COUNT] = [$($name),*];

            /// Its row in the table of actions, or itself where it is of a program's own.
            pub(crate) const fn row(&self) -> Result<&'static ActionSpec<'static>, &CustomAction> {
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
