//! What to do: the allow-list of actions with their parameters and nature.

use std::fmt;

use snafu::{OptionExt, ResultExt, Snafu};

use crate::{
    class::Class,
    effect::{EffectGroup, Nature},
    line_up::ChannelId,
    parameter::{ChannelNumber, Digit, InputName, ParameterError, SignalCode, StepCount},
    tried::TriedCode,
};

mod custom;
mod spec;
mod step;
mod table;

pub use custom::{CustomAction, CustomActionError};
pub use spec::{ActionSpec, ClassSpec, Classes, Parameter};
pub use step::Step;

/// One action, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Toggle power.
    Power,
    /// Discrete on.
    PowerOn,
    /// Discrete off.
    PowerOff,
    /// Select an input.
    Input(InputName),
    /// Toggle mute.
    Mute,
    /// Discrete mute.
    MuteOn,
    /// Discrete unmute.
    MuteOff,
    /// Type a channel, as one action on the board; never torn into digits.
    Channel(ChannelNumber),
    /// The same by its name in the line-up; resolved to [`Action::Channel`] when accepted.
    NamedChannel(ChannelId),
    /// The port's default channel; resolved to [`Action::Channel`] when accepted.
    DefaultChannel,
    /// Next channel.
    ChannelUp,
    /// Previous channel.
    ChannelDown,
    /// One digit key.
    Number(Digit),
    /// One step louder.
    VolumeUp,
    /// One step quieter.
    VolumeDown,
    /// Several presses of one key that steps: at least two, one is an action of its own.
    Steps(Step, StepCount),
    /// One navigation key.
    Navigate(NavigationKey),
    /// Blink the board's LED, so that a person finds it.
    DiagnosticSignal(SignalCode),
    /// Ask the device for a sign of life.
    Ping,
    /// Ask for health.
    Health,
    /// Ask for status.
    Status,
    /// Ask what the device can do.
    Capabilities,
    /// System: read the capabilities afresh.
    RefreshCapabilities,
    /// System: one health check of a sweep.
    HealthCheck,
    /// System: firmware version inventory.
    FirmwareCheck,
    /// System: a short window of the device's log.
    CollectLogs,
    /// System: roll up statistics.
    Statistics,
    /// One that a program brings of its own.
    Custom(CustomAction),
}

/// A navigation key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the keys")]
pub enum NavigationKey {
    Up,
    Down,
    Left,
    Right,
    Ok,
    Back,
    Home,
    Menu,
    Guide,
    Info,
    Exit,
}

impl NavigationKey {
    /// All keys.
    pub const ALL: [Self; 11] = [
        Self::Up,
        Self::Down,
        Self::Left,
        Self::Right,
        Self::Ok,
        Self::Back,
        Self::Home,
        Self::Menu,
        Self::Guide,
        Self::Info,
        Self::Exit,
    ];

    /// The name of the key, which is the name of its action.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match Action::Navigate(self).row() {
            Ok(row) => row.name,
            // Every key has its row.
            Err(_) => "",
        }
    }
}

/// The parameters of a request, before they are known to fit its action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// For `channel`.
    pub channel: Option<String>,
    /// For `number`; for `diagnostic_signal` the code.
    pub digit: Option<i64>,
    /// For `input`.
    pub input: Option<String>,
    /// How many presses, for `volume_up`, `volume_down`, `channel_up` and `channel_down`; one unless given.
    pub steps: Option<i64>,
}

/// Why a name with these parameters is no action.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ActionError {
    /// The name is not on the allow-list.
    #[snafu(display("unknown command {name:?}; the commands are {}", Action::NAMES.join(", ")))]
    UnknownName {
        /// The name that was given.
        name: String,
    },
    /// A parameter that the action needs is not there.
    #[snafu(display("{action} needs the field {field}"))]
    Missing {
        /// The action's name.
        action: &'static str,
        /// The field that is missing.
        field: &'static str,
    },
    /// A parameter that the action does not take: the caller meant something else.
    #[snafu(display("{action} takes no field {field}"))]
    Superfluous {
        /// The action's name.
        action: &'static str,
        /// The field that is too much.
        field: &'static str,
    },
    /// A parameter has a wrong value.
    #[snafu(display("the field {field} is wrong"))]
    Parameter {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: ParameterError,
    },
}

/// Why what was stored is no action: a newer version wrote it, or it was damaged.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ReadBackError {
    /// It is none of the table.
    #[snafu(transparent)]
    Known {
        /// What is wrong with it.
        source: ActionError,
    },
    /// It is none of a program's own.
    #[snafu(transparent)]
    Custom {
        /// What is wrong with it.
        source: CustomActionError,
    },
}

impl ActionError {
    /// The request field that the error is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownName { .. } => "command",
            Self::Missing { field, .. }
            | Self::Superfluous { field, .. }
            | Self::Parameter { field, .. } => field,
        }
    }
}

impl Action {
    /// Reads an action from its name and parameters.
    ///
    /// # Errors
    /// [`ActionError`] names the field and what would be right. A parameter that the action does
    /// not take is refused as well: clients send only what they set, so the caller meant
    /// something else.
    pub fn parse(name: &str, parameters: &Parameters) -> Result<Self, ActionError> {
        let action = match name {
            "channel" => {
                let text = parameters.channel.as_deref();
                let text = text.context(MissingSnafu { action: "channel", field: "channel" })?;
                Self::Channel(text.parse().context(ParameterSnafu { field: "channel" })?)
            }
            "number" => {
                let digit = parameters.digit;
                let digit = digit.context(MissingSnafu { action: "number", field: "digit" })?;
                Self::Number(digit.try_into().context(ParameterSnafu { field: "digit" })?)
            }
            "input" => {
                let text = parameters.input.as_deref();
                let text = text.context(MissingSnafu { action: "input", field: "input" })?;
                Self::Input(text.parse().context(ParameterSnafu { field: "input" })?)
            }
            "diagnostic_signal" => {
                let code = SignalCode::try_from(parameters.digit.unwrap_or(1));
                Self::DiagnosticSignal(code.context(ParameterSnafu { field: "digit" })?)
            }
            _ => {
                let action = table::plain(name).context(UnknownNameSnafu { name })?;
                let count = parameters.steps.map(StepCount::try_from).transpose();
                let count = count.context(ParameterSnafu { field: "steps" })?;
                match (Step::of(&action), count) {
                    (Some(step), Some(count)) => step.times(count),
                    (Some(_) | None, _) => action,
                }
            }
        };
        action.refuse_superfluous(parameters)?;
        Ok(action)
    }

    fn refuse_superfluous(&self, parameters: &Parameters) -> Result<(), ActionError> {
        let given = [
            (Parameter::Channel, parameters.channel.is_some()),
            (Parameter::Digit, parameters.digit.is_some()),
            (Parameter::Input, parameters.input.is_some()),
            (Parameter::Steps, parameters.steps.is_some()),
        ];
        let taken = self.spec().parameter;
        match given.into_iter().find(|(field, there)| *there && taken != Some(*field)) {
            Some((field, _)) => {
                let action = self.row().map_or("", |row| row.name);
                SuperfluousSnafu { action, field: field.name() }.fail()
            }
            None => Ok(()),
        }
    }

    /// Reads an action back from what was stored of it: its name and parameters and, of one of a program's
    /// own, its nature and effect group.
    ///
    /// # Errors
    /// [`ReadBackError`]: nobody can have stored that.
    pub fn read_back(
        name: &str,
        parameters: &Parameters,
        own: Option<(Nature, EffectGroup)>,
    ) -> Result<Self, ReadBackError> {
        match own {
            Some((nature, group)) => Ok(CustomAction::new(name, nature, group)?.into()),
            None => Ok(Self::parse(name, parameters)?),
        }
    }

    /// Its row in the table of actions; one of a program's own has one like it.
    #[must_use]
    pub fn spec(&self) -> ActionSpec<'_> {
        self.row().map_or_else(CustomAction::spec, |row| *row)
    }

    /// The name in requests, rows and logs.
    #[must_use]
    pub fn name(&self) -> &str {
        self.spec().name
    }

    /// Nature and effect group, where they do not follow from the name: they are stored with it.
    #[must_use]
    pub const fn own(&self) -> Option<(Nature, EffectGroup)> {
        match self.row() {
            Ok(_) => None,
            Err(own) => Some((own.nature(), own.effect_group())),
        }
    }

    /// The code that it sends, where a person tries one.
    #[must_use]
    pub fn tried(&self) -> Option<&TriedCode> {
        self.row().err().and_then(CustomAction::tried)
    }

    /// The parameters that it was read from: [`Action::parse`] of both is this action again, but of a channel by its
    /// name.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        if let Self::Channel(channel) = self {
            parameters.channel = Some(channel.as_str().to_owned());
        } else if let Self::NamedChannel(channel) = self {
            parameters.channel = Some(channel.as_str().to_owned());
        } else if let Self::Number(digit) = self {
            parameters.digit = Some(digit.value().into());
        } else if let Self::DiagnosticSignal(code) = self {
            parameters.digit = Some(code.value().into());
        } else if let Self::Input(input) = self {
            parameters.input = Some(input.as_str().to_owned());
        } else if let Self::Steps(_, count) = self {
            parameters.steps = Some((*count).into());
        }
        parameters
    }

    /// What repeating it would do.
    #[must_use]
    pub const fn nature(&self) -> Nature {
        match self.row() {
            Ok(row) => row.nature,
            Err(own) => own.nature(),
        }
    }

    /// The effect group, or `None` where nothing reaches an appliance.
    #[must_use]
    pub const fn effect_group(&self) -> Option<EffectGroup> {
        match self.row() {
            Ok(row) => row.group,
            Err(own) => Some(own.effect_group()),
        }
    }

    /// Whether the appliance may be off before it and on behind it, so that it warms up: `power_on`, and the toggle, of
    /// which nobody knows for sure what it found.
    #[must_use]
    pub fn may_switch_on(&self) -> bool {
        self.effect_group() == Some(EffectGroup::Power) && *self != Self::PowerOff
    }

    /// Whether it types a channel as a whole, in several frames.
    #[must_use]
    pub const fn is_channel(&self) -> bool {
        matches!(self.nature(), Nature::AbsoluteFrames)
            && matches!(self.effect_group(), Some(EffectGroup::Channel))
    }

    /// Whether it types what would join up with half-typed digits: a channel or a digit.
    #[must_use]
    pub const fn types_digits(&self) -> bool {
        matches!(self.nature(), Nature::AbsoluteFrames | Nature::Sequence)
            && matches!(self.effect_group(), Some(EffectGroup::Channel))
    }

    /// How many frames go out; of several whose number is not known, as many as a channel of three digits has.
    #[must_use]
    pub fn frames(&self) -> u32 {
        match (self, self.nature()) {
            (Self::Channel(channel), _) => channel.key_count(),
            (Self::Steps(_, count), _) => count.number().into(),
            (_, Nature::AbsoluteFrames) => 3,
            _ => u32::from(self.is_infrared()),
        }
    }

    /// Whether it goes out through an infrared port (1 to 5) instead of the board (0).
    #[must_use]
    pub const fn is_infrared(&self) -> bool {
        self.effect_group().is_some()
    }

    /// The class that follows from the action alone, where it does.
    ///
    /// Immediate and system actions keep their class at every endpoint; an infrared action takes
    /// the class of the endpoint that it came through.
    #[must_use]
    pub const fn own_class(&self) -> Option<Class> {
        self.nature().classes().own()
    }

    /// What its commands have in `class`; for a class that it may not have, what they usually have.
    #[must_use]
    pub fn in_class(&self, class: Class) -> ClassSpec {
        let classes = self.nature().classes();
        classes.of(class).unwrap_or(classes.usual)
    }
}

impl From<CustomAction> for Action {
    fn from(action: CustomAction) -> Self {
        Self::Custom(action)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Self::Channel(channel) = self {
            write!(f, " {channel}")
        } else if let Self::NamedChannel(channel) = self {
            write!(f, " {channel}")
        } else if let Self::Number(digit) = self {
            write!(f, " {}", digit.value())
        } else if let Self::Input(input) = self {
            write!(f, " {}", input.as_str())
        } else if let Self::DiagnosticSignal(code) = self {
            write!(f, " {}", code.value())
        } else if let Self::Steps(_, count) = self {
            write!(f, " {}", count.number())
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
