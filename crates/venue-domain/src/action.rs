//! What to do: the allow-list of actions with their parameters and nature.

use std::fmt;

use snafu::{OptionExt, ResultExt, Snafu};

use crate::{
    ChannelNumber, Class, Digit, EffectGroup, InputName, Nature, ParameterError, SignalCode,
};

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
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Left => "left",
            Self::Right => "right",
            Self::Ok => "ok",
            Self::Back => "back",
            Self::Home => "home",
            Self::Menu => "menu",
            Self::Guide => "guide",
            Self::Info => "info",
            Self::Exit => "exit",
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
}

/// Why a name with these parameters is no action.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ActionError {
    /// The name is not on the allow-list.
    #[snafu(display("unknown command {name:?}; known are {}", Action::NAMES.join(", ")))]
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
    /// The allow-list: every name that a command may have.
    pub const NAMES: [&'static str; 35] = [
        "power",
        "power_on",
        "power_off",
        "input",
        "mute",
        "mute_on",
        "mute_off",
        "channel",
        "default_channel",
        "channel_up",
        "channel_down",
        "number",
        "volume_up",
        "volume_down",
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
        "diagnostic_signal",
        "ping",
        "health",
        "status",
        "capabilities",
        "refresh_capabilities",
        "health_check",
        "firmware_check",
        "collect_logs",
        "statistics",
    ];

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
            _ => Self::plain(name).context(UnknownNameSnafu { name })?,
        };
        action.refuse_superfluous(parameters)?;
        Ok(action)
    }

    /// An action without parameters.
    fn plain(name: &str) -> Option<Self> {
        let action = match name {
            "power" => Self::Power,
            "power_on" => Self::PowerOn,
            "power_off" => Self::PowerOff,
            "mute" => Self::Mute,
            "mute_on" => Self::MuteOn,
            "mute_off" => Self::MuteOff,
            "default_channel" => Self::DefaultChannel,
            "channel_up" => Self::ChannelUp,
            "channel_down" => Self::ChannelDown,
            "volume_up" => Self::VolumeUp,
            "volume_down" => Self::VolumeDown,
            "ping" => Self::Ping,
            "health" => Self::Health,
            "status" => Self::Status,
            "capabilities" => Self::Capabilities,
            "refresh_capabilities" => Self::RefreshCapabilities,
            "health_check" => Self::HealthCheck,
            "firmware_check" => Self::FirmwareCheck,
            "collect_logs" => Self::CollectLogs,
            "statistics" => Self::Statistics,
            _ => {
                let key = NavigationKey::ALL.into_iter().find(|key| key.name() == name)?;
                Self::Navigate(key)
            }
        };
        Some(action)
    }

    fn refuse_superfluous(&self, parameters: &Parameters) -> Result<(), ActionError> {
        let takes_digit = matches!(self, Self::Number(_) | Self::DiagnosticSignal(_));
        let given = [
            ("channel", parameters.channel.is_some(), matches!(self, Self::Channel(_))),
            ("digit", parameters.digit.is_some(), takes_digit),
            ("input", parameters.input.is_some(), matches!(self, Self::Input(_))),
        ];
        match given.into_iter().find(|(_, there, taken)| *there && !*taken) {
            Some((field, ..)) => SuperfluousSnafu { action: self.name(), field }.fail(),
            None => Ok(()),
        }
    }

    /// The name in requests, rows and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::PowerOn => "power_on",
            Self::PowerOff => "power_off",
            Self::Input(_) => "input",
            Self::Mute => "mute",
            Self::MuteOn => "mute_on",
            Self::MuteOff => "mute_off",
            Self::Channel(_) => "channel",
            Self::DefaultChannel => "default_channel",
            Self::ChannelUp => "channel_up",
            Self::ChannelDown => "channel_down",
            Self::Number(_) => "number",
            Self::VolumeUp => "volume_up",
            Self::VolumeDown => "volume_down",
            Self::Navigate(key) => key.name(),
            Self::DiagnosticSignal(_) => "diagnostic_signal",
            Self::Ping => "ping",
            Self::Health => "health",
            Self::Status => "status",
            Self::Capabilities => "capabilities",
            Self::RefreshCapabilities => "refresh_capabilities",
            Self::HealthCheck => "health_check",
            Self::FirmwareCheck => "firmware_check",
            Self::CollectLogs => "collect_logs",
            Self::Statistics => "statistics",
        }
    }

    /// The parameters that it was read from: [`Action::parse`] of both is this action again.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        if let Self::Channel(channel) = self {
            parameters.channel = Some(channel.as_str().to_owned());
        } else if let Self::Number(digit) = self {
            parameters.digit = Some(digit.value().into());
        } else if let Self::DiagnosticSignal(code) = self {
            parameters.digit = Some(code.value().into());
        } else if let Self::Input(input) = self {
            parameters.input = Some(input.as_str().to_owned());
        }
        parameters
    }

    /// What repeating it would do.
    #[must_use]
    pub const fn nature(&self) -> Nature {
        match self {
            Self::PowerOn | Self::PowerOff | Self::Input(_) | Self::MuteOn | Self::MuteOff => {
                Nature::Absolute
            }
            Self::Channel(_) | Self::DefaultChannel => Nature::AbsoluteFrames,
            Self::Power | Self::Mute => Nature::Toggle,
            Self::VolumeUp | Self::VolumeDown | Self::ChannelUp | Self::ChannelDown => {
                Nature::Relative
            }
            Self::Number(_) | Self::Navigate(_) => Nature::Sequence,
            Self::DiagnosticSignal(_)
            | Self::Ping
            | Self::Health
            | Self::Status
            | Self::Capabilities => Nature::Immediate,
            Self::RefreshCapabilities
            | Self::HealthCheck
            | Self::FirmwareCheck
            | Self::CollectLogs
            | Self::Statistics => Nature::Read,
        }
    }

    /// The effect group, or `None` where nothing reaches an appliance.
    #[must_use]
    pub const fn effect_group(&self) -> Option<EffectGroup> {
        match self {
            Self::Power | Self::PowerOn | Self::PowerOff => Some(EffectGroup::Power),
            Self::Input(_) => Some(EffectGroup::Input),
            Self::Channel(_)
            | Self::DefaultChannel
            | Self::ChannelUp
            | Self::ChannelDown
            | Self::Number(_) => Some(EffectGroup::Channel),
            Self::VolumeUp | Self::VolumeDown => Some(EffectGroup::Volume),
            Self::Mute | Self::MuteOn | Self::MuteOff => Some(EffectGroup::Mute),
            Self::Navigate(_) => Some(EffectGroup::Navigation),
            Self::DiagnosticSignal(_)
            | Self::Ping
            | Self::Health
            | Self::Status
            | Self::Capabilities
            | Self::RefreshCapabilities
            | Self::HealthCheck
            | Self::FirmwareCheck
            | Self::CollectLogs
            | Self::Statistics => None,
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
        match self.nature() {
            Nature::Immediate => Some(Class::Immediate),
            Nature::Read => Some(Class::System),
            Nature::Absolute
            | Nature::AbsoluteFrames
            | Nature::Toggle
            | Nature::Relative
            | Nature::Sequence => None,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Channel(channel) => write!(f, " {channel}"),
            Self::Number(digit) => write!(f, " {}", digit.value()),
            Self::Input(input) => write!(f, " {}", input.as_str()),
            Self::DiagnosticSignal(code) => write!(f, " {}", code.value()),
            Self::Power
            | Self::PowerOn
            | Self::PowerOff
            | Self::Mute
            | Self::MuteOn
            | Self::MuteOff
            | Self::DefaultChannel
            | Self::ChannelUp
            | Self::ChannelDown
            | Self::VolumeUp
            | Self::VolumeDown
            | Self::Navigate(_)
            | Self::Ping
            | Self::Health
            | Self::Status
            | Self::Capabilities
            | Self::RefreshCapabilities
            | Self::HealthCheck
            | Self::FirmwareCheck
            | Self::CollectLogs
            | Self::Statistics => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
