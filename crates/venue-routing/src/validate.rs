//! From what a caller wishes to what may be sent.

use std::time::{Duration, Instant};

use snafu::{OptionExt, ensure};
use venue_domain::{
    Action, Actor, Class, ClassSpec, DeviceEntry, Hostname, Locks, MaxAttempts, Nature, PortId,
    PortIndex, Priority, WallTime,
};

use crate::error::{
    ChannelNotReceivedSnafu, ClassConflictSnafu, ClassNotTakenSnafu, NoDefaultChannelSnafu,
    NoSuchPortSnafu, NotesSnafu, NotesTextSnafu, PortNeededSnafu, PortNotTakenSnafu, QuestionSnafu,
    Rejection, WaitForDeviceSnafu,
};

/// How a command is to be treated; what is left out follows from its action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandOptions {
    /// The class, where it is named; otherwise the usual one of the action.
    pub class: Option<Class>,
    /// Who asks.
    pub actor: Actor,
    /// Since when the caller waits, where that is before the call: the time of the command's class
    /// runs from then.
    pub since: Option<Instant>,
    /// Never through the queue, as while the database is down: what only the queue can do is refused. For a
    /// request whose key could not be stored, so that nothing durable comes of it.
    pub direct_only: bool,
    /// Whether the locks of TVs hold for it.
    pub locks: Locks,
    /// What is wished of the queue, should the command go there.
    pub queue: QueueOptions,
}

/// What a caller may wish of the queue; what is left out follows from the action and its class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueOptions {
    /// Who goes first among what waits for a device.
    pub priority: Option<Priority>,
    /// How often it is attempted at most.
    pub max_attempts: Option<MaxAttempts>,
    /// Not before the wall clock shows this. The command gets its place in the order then.
    pub scheduled_at: Option<WallTime>,
    /// So long as the device has no session, for at most this long, no attempt is made.
    pub wait_for_device: Duration,
    /// Kept with the command: at most 500 characters.
    pub notes: Option<String>,
}

/// Options that the queue takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidOptions {
    pub(crate) priority: Priority,
    pub(crate) max_attempts: MaxAttempts,
    pub(crate) scheduled_at: Option<WallTime>,
    pub(crate) wait_for_device: Duration,
    pub(crate) notes: Option<String>,
}

impl ValidOptions {
    /// Checks `options`, and fills in what was left out from what the action has in its class.
    pub(crate) fn new(options: &QueueOptions, spec: &ClassSpec) -> Result<Self, Rejection> {
        check_notes(options.notes.as_deref())?;
        let usual = match spec.class {
            Class::System => spec.priority,
            Class::Immediate | Class::Interactive | Class::Bulk => {
                if options.scheduled_at.is_some() { Priority::SCHEDULED } else { spec.priority }
            }
        };
        Ok(Self {
            priority: options.priority.unwrap_or(usual),
            max_attempts: options.max_attempts.unwrap_or(spec.attempts),
            scheduled_at: options.scheduled_at,
            wait_for_device: options.wait_for_device,
            notes: options.notes.clone(),
        })
    }

    pub(crate) const fn is_scheduled(&self) -> bool {
        self.scheduled_at.is_some()
    }

    /// Refuses a wait for the device beyond the `life` of `action`: it would be over before.
    pub(crate) fn wait_within(&self, action: &str, life: Duration) -> Result<(), Rejection> {
        let limit = life.as_secs();
        ensure!(self.wait_for_device <= life, WaitForDeviceSnafu { action, limit });
        Ok(())
    }
}

/// So many characters a note may have.
const MAX_NOTES: usize = 500;

/// Refuses notes that are too long or no plain text: they are kept with each command of a batch, thousands of times.
pub(crate) fn check_notes(notes: Option<&str>) -> Result<(), Rejection> {
    let length = notes.map_or(0, |notes| notes.chars().count());
    ensure!(length <= MAX_NOTES, NotesSnafu { length, limit: MAX_NOTES });
    // They are shown in terminals, which obey some of these.
    let is_plain = |c: char| !c.is_control() || c == '\n';
    ensure!(notes.is_none_or(|notes| notes.chars().all(is_plain)), NotesTextSnafu);
    Ok(())
}

/// A command that may be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidCommand {
    pub(crate) action: Action,
    pub(crate) target: PortId,
    pub(crate) class: Class,
}

impl ValidCommand {
    /// Checks `action` for `target` against what is registered for its device.
    pub(crate) fn new(
        action: Action,
        target: PortId,
        class: Option<Class>,
        entry: &DeviceEntry,
    ) -> Result<Self, Rejection> {
        let class = class_of(&action, class)?;
        check_port(&action, target.port, entry)?;
        refuse_question(&action, &target.device)?;
        let action = resolve(action, entry, target.port)?;
        Ok(Self { action, target, class })
    }
}

/// What is answered at once from what is known needs no command.
pub(crate) fn refuse_question(action: &Action, hostname: &Hostname) -> Result<(), Rejection> {
    let name = action.name();
    if matches!(action, Action::Health | Action::Status | Action::Capabilities) {
        return QuestionSnafu { action: name, path: format!("/{hostname}/{name}") }.fail();
    }
    // They are rolled up with every command that ends and every slice that retention forgets.
    if matches!(action, Action::Statistics) {
        let path = format!("/api/v1/statistics?hostname={hostname}");
        return QuestionSnafu { action: name, path }.fail();
    }
    Ok(())
}

fn class_of(action: &Action, named: Option<Class>) -> Result<Class, Rejection> {
    let classes = action.spec().classes;
    let Some(named) = named else { return Ok(classes.usual.class) };
    if classes.of(named).is_some() {
        return Ok(named);
    }
    match classes.own() {
        Some(own) => ClassConflictSnafu { action: action.name(), own, named }.fail(),
        // Neither has a place in the order: what goes out as infrared would be sent past the fences.
        None => ClassNotTakenSnafu { action: action.name(), named }.fail(),
    }
}

fn check_port(action: &Action, port: PortIndex, entry: &DeviceEntry) -> Result<(), Rejection> {
    let (name, outputs) = (action.name(), entry.outputs);
    match action.nature() {
        Nature::Immediate | Nature::Read => {
            ensure!(port.is_board(), PortNotTakenSnafu { action: name });
        }
        Nature::Absolute
        | Nature::AbsoluteFrames
        | Nature::Toggle
        | Nature::Relative
        | Nature::Sequence => {
            ensure!(!port.is_board(), PortNeededSnafu { action: name, outputs });
            ensure!(entry.has(port), NoSuchPortSnafu { port: port.number(), outputs });
        }
    }
    Ok(())
}

/// Replaces an action by what it is on the port, and `default_channel` and a channel of the line-up by the number
/// that it means now.
fn resolve(action: Action, entry: &DeviceEntry, port: PortIndex) -> Result<Action, Rejection> {
    if let Action::NamedChannel(channel) = action {
        let number = entry.port(port).and_then(|port| port.line_up.number(&channel)).cloned();
        let hostname = entry.hostname.clone();
        let number = number.with_context(|| ChannelNotReceivedSnafu {
            hostname,
            port: port.number(),
            channel,
        })?;
        return resolve(Action::Channel(number), entry, port);
    }
    if action != Action::DefaultChannel {
        let Some(known) = entry.port(port) else { return Ok(action) };
        return known.actions.resolve(action).map_err(|error| Rejection::NoSuchAction {
            hostname: entry.hostname.clone(),
            port: port.number(),
            action: error.action,
        });
    }
    let channel = entry.port(port).and_then(|port| port.default_channel.clone());
    let channel = channel.with_context(|| NoDefaultChannelSnafu {
        hostname: entry.hostname.clone(),
        port: port.number(),
    })?;
    Ok(Action::Channel(channel))
}

/// How long a command lives, from its acceptance or from the instant that it was wished for.
pub(crate) fn life_of(valid: &ValidCommand, is_scheduled: bool) -> Duration {
    let is_single = matches!(valid.class, Class::Immediate | Class::Interactive);
    // Nobody stands before the TV and waits for what was wished for an instant.
    if is_single && is_scheduled { SCHEDULED_LIFE } else { valid.action.in_class(valid.class).life }
}

/// A single command that was wished for an instant is worth sending so long from then on.
const SCHEDULED_LIFE: Duration = Duration::from_secs(10 * 60);

#[cfg(test)]
mod tests {
    use super::*;
    use venue_domain::{CustomAction, EffectGroup, Parameters, PortActions, PortEntry};

    fn validate(command: &str, port: i64) -> Result<ValidCommand, Rejection> {
        validate_as(command, port, None)
    }

    #[test]
    fn a_channel_of_the_line_up_is_the_number_that_the_port_has_it_under() {
        let entry = DeviceEntry {
            ports: vec![PortEntry {
                line_up: [("fox".parse().unwrap(), "501".parse().unwrap())].into_iter().collect(),
                ..PortEntry::new(2.try_into().unwrap())
            }],
            ..DeviceEntry::blaster("ir-1".parse().unwrap())
        };
        let validate = |channel: &str, port: &str| {
            let action = Action::NamedChannel(channel.parse().unwrap());
            let target = format!("ir-1/{port}").parse().unwrap();
            ValidCommand::new(action, target, None, &entry).map(|valid| valid.action.to_string())
        };
        assert_eq!(validate("fox", "2"), Ok("channel 501".to_owned()));
        for (channel, port) in [("espn", "2"), ("fox", "3")] {
            let refused = validate(channel, port).unwrap_err();
            assert_eq!(
                (refused.code(), refused.field()),
                ("channel_not_received", Some("channel"))
            );
        }
    }

    fn validate_as(
        command: &str,
        port: i64,
        class: Option<Class>,
    ) -> Result<ValidCommand, Rejection> {
        let entry = DeviceEntry {
            ports: vec![PortEntry {
                default_channel: Some("060".parse().unwrap()),
                line_up: [("fox".parse().unwrap(), "501".parse().unwrap())].into_iter().collect(),
                ..PortEntry::new(2.try_into().unwrap())
            }],
            ..DeviceEntry::blaster("ir-1".parse().unwrap())
        };
        let action = Action::parse(command, &Parameters::default()).unwrap();
        let target = PortId { device: entry.hostname.clone(), port: port.try_into().unwrap() };
        ValidCommand::new(action, target, class, &entry)
    }

    #[test]
    fn infrared_needs_a_port_from_one_to_five() {
        assert_eq!(validate("power", 5).unwrap().target.to_string(), "ir-1/5");
        let rejection = validate("power", 0).unwrap_err();
        assert_eq!(rejection, Rejection::PortNeeded { action: "power".into(), outputs: 5 });
        assert_eq!(rejection.field(), Some("port"));
        for port in [6, 255] {
            let rejection = validate("power", port).unwrap_err();
            assert_eq!((rejection.code(), rejection.field()), ("invalid_port", Some("port")));
            let words =
                format!("a TV has a port from 1 to 5, not {port}; port 0 is the board itself");
            assert_eq!(rejection.to_string(), words);
        }
    }

    #[test]
    fn how_many_ports_there_are_is_told_by_the_device() {
        let matrix = DeviceEntry { outputs: 64, ..DeviceEntry::blaster("matrix".parse().unwrap()) };
        let to = |port: &str| {
            ValidCommand::new(Action::PowerOn, port.parse().unwrap(), None, &matrix).is_ok()
        };
        assert!(to("matrix/64") && !to("matrix/65"));
    }

    #[test]
    fn the_board_takes_no_infrared_port() {
        assert!(validate("diagnostic_signal", 0).unwrap().target.port.is_board());
        let rejection = validate("diagnostic_signal", 1).unwrap_err();
        assert_eq!(rejection, Rejection::PortNotTaken { action: "diagnostic_signal".into() });
    }

    #[test]
    fn the_class_follows_the_action_first_then_the_endpoint() {
        assert_eq!(validate("power", 1).unwrap().class, Class::Interactive);
        assert_eq!(validate("ping", 0).unwrap().class, Class::Immediate);
        assert_eq!(validate("firmware_check", 0).unwrap().class, Class::System);
        assert_eq!(validate_as("power", 1, Some(Class::Bulk)).unwrap().class, Class::Bulk);
        let conflict = validate_as("ping", 0, Some(Class::Bulk)).unwrap_err();
        assert_eq!(conflict.code(), "invalid_class");
    }

    #[test]
    fn infrared_is_interactive_or_bulk_whatever_is_named() {
        for (action, port) in [("power", 1), ("power_on", 1), ("channel_up", 2), ("ok", 3)] {
            for named in [Class::Immediate, Class::System] {
                let rejection = validate_as(action, port, Some(named)).unwrap_err();
                assert_eq!(rejection, Rejection::ClassNotTaken { action: action.into(), named });
                assert_eq!((rejection.code(), rejection.field()), ("invalid_class", Some("class")));
                let words = format!(
                    "{action} goes out as infrared: its class is interactive or bulk, not {named}"
                );
                assert_eq!(rejection.to_string(), words);
            }
            let named = validate_as(action, port, Some(Class::Interactive)).unwrap();
            assert_eq!(named.class, Class::Interactive);
        }
    }

    #[test]
    fn default_channel_is_resolved_where_the_port_has_one() {
        let channel = validate("default_channel", 2).unwrap().action;
        assert_eq!(channel, Action::Channel("060".parse().unwrap()));
        let rejection = validate("default_channel", 3).unwrap_err();
        assert_eq!(rejection.code(), "no_default_channel");
    }

    #[test]
    fn power_on_of_a_port_without_discrete_power_is_accepted_as_the_toggle() {
        let netflix = |nature| {
            CustomAction::new("netflix", nature, EffectGroup::Other).map(Action::from).unwrap()
        };
        let known = netflix(Nature::Relative);
        let actions = PortActions::default()
            .with("power_on", Action::Power)
            .with("netflix", known.clone())
            .closed();
        let port = PortEntry { actions, ..PortEntry::new(2.try_into().unwrap()) };
        let entry =
            DeviceEntry { ports: vec![port], ..DeviceEntry::blaster("ir-1".parse().unwrap()) };
        let accept = |action, port: &str| {
            ValidCommand::new(action, port.parse().unwrap(), None, &entry).map(|valid| valid.action)
        };
        assert_eq!(accept(Action::PowerOn, "ir-1/2"), Ok(Action::Power));
        assert_eq!(accept(Action::PowerOn, "ir-1/3"), Ok(Action::PowerOn), "it is of that port");
        assert_eq!(accept(Action::PowerOff, "ir-1/2"), Ok(Action::PowerOff));
        let asked = netflix(Nature::Sequence);
        assert_eq!(accept(asked, "ir-1/2"), Ok(known));
        let youtube = CustomAction::new("youtube", Nature::Sequence, EffectGroup::Other).unwrap();
        let rejection = accept(youtube.into(), "ir-1/2").unwrap_err();
        assert_eq!((rejection.code(), rejection.field()), ("no_such_action", Some("command")));
        assert_eq!(rejection.to_string(), "port 2 of ir-1 has no action youtube");
    }

    #[test]
    fn questions_are_pointed_to_their_endpoint() {
        let rejection = validate("health", 0).unwrap_err();
        assert_eq!(rejection.to_string(), "health changes nothing: use GET /ir-1/health");
    }
}
