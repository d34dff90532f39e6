//! From what a caller wrote to what may be sent: parse, don't check twice.

use std::time::{Duration, Instant};

use snafu::{OptionExt, ResultExt, ensure};
use venue_domain::{
    Action, Actor, Class, ClassSpec, DeviceEntry, Hostname, MaxAttempts, Nature, Parameters,
    PortId, PortIndex, Priority, WallTime,
};

use crate::error::{
    ActionSnafu, ClassConflictSnafu, ClassNotTakenSnafu, ClassSnafu, MaxAttemptsSnafu,
    NoDefaultChannelSnafu, NotesSnafu, PortNeededSnafu, PortNotTakenSnafu, PortSnafu,
    PrioritySnafu, QuestionSnafu, Rejection, WaitForDeviceSnafu,
};

/// A command as a caller wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandRequest {
    /// The hostname of the device.
    pub device: String,
    /// The name of the action.
    pub command: String,
    /// The port; `None` means the board itself.
    pub port: Option<i64>,
    /// The parameters of the action.
    pub parameters: Parameters,
    /// The class, where an embedder names it; otherwise it follows from the action, then from the
    /// endpoint (interactive).
    pub class: Option<String>,
    /// Who asks.
    pub actor: Actor,
    /// Since when the caller waits, where that is before the call: the time of the command's class
    /// runs from then.
    pub since: Option<Instant>,
    /// What is wished of the queue, should the command go there.
    pub queue: QueueOptions,
}

/// What a caller may wish of the queue; what is left out follows from the class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueOptions {
    /// -10 to 10, greater is sooner.
    pub priority: Option<i64>,
    /// 1 to 10.
    pub max_attempts: Option<i64>,
    /// Not before the wall clock shows this. The command gets its place in the order then.
    pub scheduled_at: Option<WallTime>,
    /// So long as the device has no session, for at most this long, no attempt is made.
    pub wait_for_device: Duration,
    /// Kept with the command.
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
        let priority = options.priority.map(Priority::try_from).transpose();
        let max_attempts = options.max_attempts.map(MaxAttempts::try_from).transpose();
        check_notes(options.notes.as_deref())?;
        let usual = match spec.class {
            Class::System => spec.priority,
            Class::Immediate | Class::Interactive | Class::Bulk => {
                if options.scheduled_at.is_some() { Priority::SCHEDULED } else { spec.priority }
            }
        };
        Ok(Self {
            priority: priority.context(PrioritySnafu)?.unwrap_or(usual),
            max_attempts: max_attempts.context(MaxAttemptsSnafu)?.unwrap_or(spec.attempts),
            scheduled_at: options.scheduled_at,
            wait_for_device: options.wait_for_device,
            notes: options.notes.clone(),
        })
    }

    pub(crate) const fn is_scheduled(&self) -> bool {
        self.scheduled_at.is_some()
    }

    /// Refuses a wait for the device beyond the `life` of `action`: it would be over before.
    pub(crate) fn wait_within(
        &self,
        action: &'static str,
        life: Duration,
    ) -> Result<(), Rejection> {
        let limit = life.as_secs();
        ensure!(self.wait_for_device <= life, WaitForDeviceSnafu { action, limit });
        Ok(())
    }
}

/// So many characters a note may have.
const MAX_NOTES: usize = 500;

/// Refuses notes that are too long: they are kept with each command of a batch, thousands of times.
pub(crate) fn check_notes(notes: Option<&str>) -> Result<(), Rejection> {
    let length = notes.map_or(0, |notes| notes.chars().count());
    ensure!(length <= MAX_NOTES, NotesSnafu { length, limit: MAX_NOTES });
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
    /// Checks `request` against the allow-list and against what is registered for its device.
    pub(crate) fn new(
        request: &CommandRequest,
        hostname: &Hostname,
        entry: &DeviceEntry,
    ) -> Result<Self, Rejection> {
        let action = Action::parse(&request.command, &request.parameters).context(ActionSnafu)?;
        let class = class_of(&action, request.class.as_deref())?;
        let port = port_for(&action, request.port)?;
        refuse_question(&action, hostname)?;
        let action = resolve(action, entry, port)?;
        Ok(Self { action, target: PortId { device: hostname.clone(), port }, class })
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

fn class_of(action: &Action, named: Option<&str>) -> Result<Class, Rejection> {
    let named = named.map(str::parse::<Class>).transpose().context(ClassSnafu)?;
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

fn port_for(action: &Action, port: Option<i64>) -> Result<PortIndex, Rejection> {
    let name = action.name();
    let port = port.map(PortIndex::try_from).transpose().context(PortSnafu)?;
    match action.nature() {
        Nature::Immediate | Nature::Read => {
            let port = port.unwrap_or(PortIndex::BOARD);
            ensure!(port.is_board(), PortNotTakenSnafu { action: name });
            Ok(port)
        }
        Nature::Absolute
        | Nature::AbsoluteFrames
        | Nature::Toggle
        | Nature::Relative
        | Nature::Sequence => {
            port.filter(|port| !port.is_board()).context(PortNeededSnafu { action: name })
        }
    }
}

/// Replaces `default_channel` by the channel that it means now.
fn resolve(action: Action, entry: &DeviceEntry, port: PortIndex) -> Result<Action, Rejection> {
    if action != Action::DefaultChannel {
        return Ok(action);
    }
    let channel = entry.port(port).and_then(|port| port.default_channel.clone());
    let channel = channel.with_context(|| NoDefaultChannelSnafu {
        hostname: entry.hostname.clone(),
        port: port.number(),
    })?;
    Ok(Action::Channel(channel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use venue_domain::PortEntry;

    fn validate(command: &str, port: Option<i64>) -> Result<ValidCommand, Rejection> {
        validate_as(command, port, None)
    }

    fn validate_as(
        command: &str,
        port: Option<i64>,
        class: Option<&str>,
    ) -> Result<ValidCommand, Rejection> {
        let hostname: Hostname = "ir-1".parse().unwrap();
        let entry = DeviceEntry {
            hostname: hostname.clone(),
            name: None,
            ports: vec![PortEntry {
                index: 2.try_into().unwrap(),
                name: None,
                zone: None,
                default_channel: Some("060".parse().unwrap()),
            }],
        };
        let request = CommandRequest {
            device: "ir-1".into(),
            command: command.into(),
            port,
            class: class.map(str::to_owned),
            ..CommandRequest::default()
        };
        ValidCommand::new(&request, &hostname, &entry)
    }

    #[test]
    fn infrared_needs_a_port_from_one_to_five() {
        assert_eq!(validate("power", Some(5)).unwrap().target.to_string(), "ir-1/5");
        for port in [None, Some(0)] {
            let rejection = validate("power", port).unwrap_err();
            assert_eq!(rejection, Rejection::PortNeeded { action: "power" });
            assert_eq!(rejection.field(), Some("port"));
        }
        assert!(matches!(validate("power", Some(6)), Err(Rejection::Port { .. })));
        assert!(matches!(validate("power", Some(-1)), Err(Rejection::Port { .. })));
    }

    #[test]
    fn the_board_takes_no_infrared_port() {
        assert!(validate("diagnostic_signal", None).unwrap().target.port.is_board());
        assert!(validate("diagnostic_signal", Some(0)).is_ok());
        let rejection = validate("diagnostic_signal", Some(1)).unwrap_err();
        assert_eq!(rejection, Rejection::PortNotTaken { action: "diagnostic_signal" });
    }

    #[test]
    fn the_class_follows_the_action_first_then_the_endpoint() {
        assert_eq!(validate("power", Some(1)).unwrap().class, Class::Interactive);
        assert_eq!(validate("ping", None).unwrap().class, Class::Immediate);
        assert_eq!(validate("firmware_check", None).unwrap().class, Class::System);
        assert_eq!(validate_as("power", Some(1), Some("bulk")).unwrap().class, Class::Bulk);
        let conflict = validate_as("ping", None, Some("bulk")).unwrap_err();
        assert_eq!(conflict.code(), "invalid_class");
        let unknown = validate_as("power", Some(1), Some("urgent")).unwrap_err();
        assert!(matches!(unknown, Rejection::Class { .. }));
    }

    #[test]
    fn infrared_is_interactive_or_bulk_whatever_is_named() {
        for (action, port) in [("power", 1), ("power_on", 1), ("channel_up", 2), ("ok", 3)] {
            for named in [Class::Immediate, Class::System] {
                let rejection = validate_as(action, Some(port), Some(named.name())).unwrap_err();
                assert_eq!(rejection, Rejection::ClassNotTaken { action, named });
                assert_eq!((rejection.code(), rejection.field()), ("invalid_class", Some("class")));
                let words = format!(
                    "{action} goes out as infrared: its class is interactive or bulk, not {named}"
                );
                assert_eq!(rejection.to_string(), words);
            }
            let named = validate_as(action, Some(port), Some("interactive")).unwrap();
            assert_eq!(named.class, Class::Interactive);
        }
    }

    #[test]
    fn default_channel_is_resolved_where_the_port_has_one() {
        let channel = validate("default_channel", Some(2)).unwrap().action;
        assert_eq!(channel, Action::Channel("060".parse().unwrap()));
        let rejection = validate("default_channel", Some(3)).unwrap_err();
        assert_eq!(rejection.code(), "no_default_channel");
    }

    #[test]
    fn questions_are_pointed_to_their_endpoint() {
        let rejection = validate("health", None).unwrap_err();
        assert_eq!(rejection.to_string(), "health is a question: GET /ir-1/health");
    }
}
