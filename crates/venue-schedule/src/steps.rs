//! What a firing does: steps with waits between them.

use std::{fmt, str::FromStr, time::Duration};

use snafu::{OptionExt, ResultExt, Snafu, ensure};
use venue_domain::{
    Action, ActionError, ChannelId, ChannelNumber, CustomAction, EffectGroup, Nature, Parameters,
};

use venue_registry::{Label, LabelError};

use crate::duration::{self, DurationError};

/// More steps than this are a programme, not a schedule.
pub const MAX_STEPS: usize = 32;

/// All waits of a list together: a firing that lasts longer meets the next one.
pub const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// One step of a firing; as text `on`, `off`, `wait 10 s`, `channel 501`, `preset game-day`, or an action's name with
/// its parameter behind it (`input hdmi1`), also that of an action that ports have of their own (`netflix`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ScheduleStep {
    /// Power on, the discrete code.
    On,
    /// Power off, the discrete code.
    Off,
    /// Nothing, for a while: every later step is due that much later.
    Wait(Duration),
    /// Type a channel.
    Channel(ChannelNumber),
    /// Type a channel of the line-up, under the number that each TV has it.
    NamedChannel(ChannelId),
    /// What a preset says of the schedule's TVs, as it is when the schedule fires.
    Preset(Label),
    /// Any other action that can wait in the queue.
    Action(Action),
}

/// Why a text is no step.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ScheduleStepError {
    /// A wait without a readable duration.
    #[snafu(display("a wait needs a duration"))]
    Wait {
        /// What is wrong with it.
        source: DurationError,
    },
    /// A wait for nothing.
    #[snafu(display("a wait must be longer than zero"))]
    NoWait,
    /// A preset without a readable id.
    #[snafu(display("a preset needs the id of one, such as preset game-day"))]
    Preset {
        /// What is wrong with it.
        source: LabelError,
    },
    /// No action has this name, or its parameter does not fit.
    #[snafu(display(
        "{text:?} is not a step; steps are on, off, wait 10 s, channel 501, preset ID or an action"
    ))]
    Action {
        /// What was written.
        text: String,
        /// What is wrong with it.
        source: ActionError,
    },
    /// A volume without a sign and a number.
    #[snafu(display(
        "{text:?} is not a step: give the steps louder or quieter, such as volume +5 or volume -3"
    ))]
    Volume {
        /// What was written.
        text: String,
    },
    /// More words than the action takes.
    #[snafu(display("{text:?} has too many arguments for the action {action}"))]
    TooMuch {
        /// What was written.
        text: String,
        /// The action's name.
        action: String,
    },
    /// An action that is answered at once and never waits in the queue.
    #[snafu(display("{action} is answered at once and cannot be scheduled"))]
    Immediate {
        /// The action's name.
        action: String,
    },
}

impl ScheduleStep {
    /// The action that it is, unless it is a wait or a preset.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        match self {
            Self::On => Some(Action::PowerOn),
            Self::Off => Some(Action::PowerOff),
            Self::Wait(_) | Self::Preset(_) => None,
            Self::Channel(channel) => Some(Action::Channel(channel.clone())),
            Self::NamedChannel(channel) => Some(Action::NamedChannel(channel.clone())),
            Self::Action(action) => Some(action.clone()),
        }
    }

    /// What it does, unless it is a wait.
    fn work(&self) -> Option<StepWork> {
        if let Self::Preset(id) = self {
            return Some(StepWork::Preset(id.clone()));
        }
        self.action().map(StepWork::Action)
    }

    /// The one step for an action: equal steps have one form.
    fn of(action: Action) -> Self {
        if action == Action::PowerOn {
            Self::On
        } else if action == Action::PowerOff {
            Self::Off
        } else if let Action::Channel(channel) = action {
            Self::Channel(channel)
        } else if let Action::NamedChannel(channel) = action {
            Self::NamedChannel(channel)
        } else {
            Self::Action(action)
        }
    }

    fn check(&self) -> Result<(), ScheduleStepError> {
        ensure!(*self != Self::Wait(Duration::ZERO), NoWaitSnafu);
        let action = self.action().filter(|action| action.nature() == Nature::Immediate);
        match action {
            Some(action) => ImmediateSnafu { action: action.name() }.fail(),
            None => Ok(()),
        }
    }
}

impl FromStr for ScheduleStep {
    type Err = ScheduleStepError;

    fn from_str(text: &str) -> Result<Self, ScheduleStepError> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let name = action_name(word);
        let step = match word {
            "on" if rest.is_empty() => Self::On,
            "off" if rest.is_empty() => Self::Off,
            "wait" => Self::Wait(duration::parse(rest).context(WaitSnafu)?),
            "preset" => Self::Preset(rest.parse().context(PresetSnafu)?),
            _ => Self::of(parse_action(text, &name, rest)?),
        };
        step.check()?;
        Ok(step)
    }
}

/// The name of the action that a word of the command line means.
fn action_name(word: &str) -> String {
    let name = word.to_ascii_lowercase().replace('-', "_");
    match name.as_str() {
        "vol_up" => "volume_up".to_owned(),
        "vol_down" => "volume_down".to_owned(),
        "ch_up" => "channel_up".to_owned(),
        "ch_down" => "channel_down".to_owned(),
        _ => name,
    }
}

fn parse_action(text: &str, name: &str, rest: &str) -> Result<Action, ScheduleStepError> {
    let given = (!rest.is_empty()).then(|| rest.to_owned());
    let mut parameters = Parameters::default();
    match name {
        "channel" => {
            let is_number = rest.parse::<ChannelNumber>().is_ok();
            if let (false, Ok(channel)) = (is_number, rest.parse()) {
                return Ok(Action::NamedChannel(channel));
            }
            parameters.channel = given;
        }
        "input" => parameters.input = given,
        "volume" => return volume(text, rest),
        "volume_up" | "volume_down" | "channel_up" | "channel_down" => {
            // What is no number is out of every range.
            parameters.steps = given.map(|steps| steps.parse().unwrap_or(-1));
        }
        // The same.
        "number" => parameters.digit = given.map(|digit| digit.parse().unwrap_or(-1)),
        _ => {
            let action = match Action::parse(name, &parameters) {
                Err(error @ ActionError::UnknownName { .. }) => {
                    own_action(name).ok_or(error).context(ActionSnafu { text })?
                }
                read => read.context(ActionSnafu { text })?,
            };
            ensure!(given.is_none(), TooMuchSnafu { text, action: action.name() });
            return Ok(action);
        }
    }
    Action::parse(name, &parameters).context(ActionSnafu { text })
}

/// `volume +5` and `volume -3`: so many steps louder or quieter.
fn volume(text: &str, rest: &str) -> Result<Action, ScheduleStepError> {
    let steps = rest.parse::<i64>().ok().filter(|_| rest.starts_with(['+', '-']));
    let steps = steps.context(VolumeSnafu { text })?;
    let name = if steps > 0 { "volume_up" } else { "volume_down" };
    let parameters = Parameters { steps: Some(steps.saturating_abs()), ..Parameters::default() };
    Action::parse(name, &parameters).context(ActionSnafu { text })
}

/// One that a port may have of its own; whether any has it, the registry knows, and what it is there, the router.
fn own_action(name: &str) -> Option<Action> {
    let own = CustomAction::new(name, Nature::Sequence, EffectGroup::Other);
    own.ok().map(Action::from)
}

impl fmt::Display for ScheduleStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On => f.write_str("on"),
            Self::Off => f.write_str("off"),
            Self::Wait(wait) => write!(f, "wait {}", duration::show(*wait)),
            Self::Channel(channel) => write!(f, "channel {channel}"),
            Self::NamedChannel(channel) => write!(f, "channel {channel}"),
            Self::Preset(id) => write!(f, "preset {id}"),
            Self::Action(action) => {
                let Parameters { channel, digit, input, steps } = action.parameters();
                let number = digit.or(steps).map(|number| number.to_string());
                let parameter = channel.or(input).or(number);
                f.write_str(action.name())?;
                parameter.map_or(Ok(()), |parameter| write!(f, " {parameter}"))
            }
        }
    }
}

/// The checked steps of a firing: at least one action, nothing waited for in vain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Steps(Vec<ScheduleStep>);

/// A step of a firing, and how long after the firing it is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlannedStep {
    /// Since the firing.
    pub offset: Duration,
    /// What to do.
    pub work: StepWork,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StepWork {
    /// This, on every TV.
    Action(Action),
    /// What the preset of this id says of each TV.
    Preset(Label),
}

/// Why steps are no list for a firing.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum StepsError {
    /// No step at all.
    #[snafu(display("steps are empty: give at least one action"))]
    Empty,
    /// Too many.
    #[snafu(display("{count} steps are too many: at most {MAX_STEPS}"))]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// The waits are too long together.
    #[snafu(display(
        "the waits add up to {}: at most {}", duration::show(*total), duration::show(MAX_WAIT)
    ))]
    TooLong {
        /// What they add up to.
        total: Duration,
    },
    /// A wait that no action follows.
    #[snafu(display("steps[{index}] is a wait at the end: end with an action"))]
    TrailingWait {
        /// Its place, from 0.
        index: usize,
    },
    /// One of them is wrong.
    #[snafu(display("steps[{index}]"))]
    ScheduleStep {
        /// Its place, from 0.
        index: usize,
        /// What is wrong with it.
        source: ScheduleStepError,
    },
}

impl Steps {
    /// Checks a list of steps.
    ///
    /// # Errors
    /// [`StepsError`] names the step that is wrong, or what is wrong with the list.
    pub fn new(steps: Vec<ScheduleStep>) -> Result<Self, StepsError> {
        ensure!(steps.len() <= MAX_STEPS, TooManySnafu { count: steps.len() });
        for (index, step) in steps.iter().enumerate() {
            step.check().context(ScheduleStepSnafu { index })?;
        }
        let last = steps.last().context(EmptySnafu)?;
        ensure!(last.work().is_some(), TrailingWaitSnafu { index: steps.len() - 1 });
        let list = Self(steps);
        let total = list.lasts();
        ensure!(total <= MAX_WAIT, TooLongSnafu { total });
        Ok(list)
    }

    /// Reads and checks a list of texts.
    ///
    /// # Errors
    /// As [`Steps::new`].
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, StepsError> {
        let read =
            |(index, text): (usize, &T)| text.as_ref().parse().context(ScheduleStepSnafu { index });
        Self::new(texts.iter().enumerate().map(read).collect::<Result<_, _>>()?)
    }

    /// The steps.
    #[must_use]
    pub fn as_slice(&self) -> &[ScheduleStep] {
        &self.0
    }

    /// From the firing to the last action.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        self.waits().fold(Duration::ZERO, Duration::saturating_add)
    }

    fn waits(&self) -> impl Iterator<Item = Duration> {
        self.0
            .iter()
            .filter_map(|step| if let ScheduleStep::Wait(wait) = step { Some(*wait) } else { None })
    }

    /// What is done, with the offsets from the firing, in order.
    #[must_use]
    pub fn planned(&self) -> Vec<PlannedStep> {
        let mut offset = Duration::ZERO;
        let mut planned = Vec::with_capacity(self.0.len());
        for step in &self.0 {
            if let ScheduleStep::Wait(wait) = step {
                offset = offset.saturating_add(*wait);
            }
            planned.extend(step.work().map(|work| PlannedStep { offset, work }));
        }
        planned
    }
}

#[cfg(test)]
mod tests;
