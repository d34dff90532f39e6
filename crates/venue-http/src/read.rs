//! What a request says, as values: the router is given no text to read.

use std::error::Error;

use snafu::{ResultExt, Snafu};
use venue_api::{BulkBody, CommandBody, TargetBody};
use venue_domain::{
    Action, ActionError, BatchId, BatchIdError, Class, CustomAction, EffectGroup, Hostname,
    HostnameError, MaxAttempts, MaxAttemptsError, Nature, Parameters, PortId, PortIndex,
    PortIndexError, Priority, PriorityError, UnknownClass,
};
use venue_registry::{ChannelNameError, Registry};
use venue_routing::Rejection;

/// Why what was written is no command. Nothing was asked of the router.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub(crate) enum Unreadable {
    #[snafu(display("the hostname is wrong"))]
    Hostname { source: HostnameError },
    #[snafu(display("the command is wrong"))]
    Action { source: ActionError },
    #[snafu(display("{source}"))]
    NoSuchChannel { source: ChannelNameError },
    #[snafu(display("the port is wrong"))]
    Port { source: PortIndexError },
    #[snafu(display("the class is wrong"))]
    Class { source: UnknownClass },
    #[snafu(display("the priority is wrong"))]
    Priority { source: PriorityError },
    #[snafu(display("max_attempts is wrong"))]
    MaxAttempts { source: MaxAttemptsError },
    #[snafu(display("the batch id is wrong"))]
    BatchId { source: BatchIdError },
    #[snafu(display(
        "a batch_id that begins with {start} is given by this service alone: choose another name"
    ))]
    ReservedBatchId { start: &'static str },
}

impl Unreadable {
    /// The field of the request that is wrong.
    pub(crate) const fn field(&self) -> &'static str {
        match self {
            Self::Hostname { .. } => "hostname",
            Self::Action { source } => source.field(),
            Self::NoSuchChannel { .. } => "channel",
            Self::Port { .. } => "port",
            Self::Class { .. } => "class",
            Self::Priority { .. } => "priority",
            Self::MaxAttempts { .. } => "max_attempts",
            Self::BatchId { .. } | Self::ReservedBatchId { .. } => "batch_id",
        }
    }

    /// The name in answers and logs.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Hostname { .. } => "invalid_hostname",
            Self::Action { source: ActionError::UnknownName { .. } } => "unknown_command",
            Self::Action { .. } | Self::NoSuchChannel { .. } => "invalid_parameter",
            Self::Port { .. } => "invalid_port",
            Self::Class { .. } => "invalid_class",
            Self::Priority { .. } => "invalid_priority",
            Self::MaxAttempts { .. } => "invalid_max_attempts",
            Self::BatchId { .. } => "invalid_batch_id",
            Self::ReservedBatchId { .. } => "reserved_batch_id",
        }
    }
}

/// What is wrong, with the field it is about.
pub(crate) fn named(field: Option<&str>, reason: &str) -> String {
    match field {
        Some(field) if !says(reason, field) => format!("{field}: {reason}"),
        Some(_) | None => reason.to_owned(),
    }
}

fn says(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|one| one == word)
}

/// What is wrong and what it came from, outermost first.
pub(crate) fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = String> + 'e {
    std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string)
}

/// The same as one sentence: the field, where one is wrong, and what is wrong with it.
pub(crate) fn told_whole(field: Option<&str>, error: &(dyn Error + 'static)) -> String {
    let mut causes: Vec<String> = causes(error).collect();
    match (field, causes.pop()) {
        (Some(field), Some(innermost)) if !causes.is_empty() => named(Some(field), &innermost),
        (_, Some(last)) => {
            causes.push(last);
            causes.join(": ")
        }
        (_, None) => String::new(),
    }
}

pub(crate) fn hostname(text: &str) -> Result<Hostname, Unreadable> {
    text.parse().context(HostnameSnafu)
}

/// A port; none is the board itself.
pub(crate) fn target(device: &str, port: Option<i64>) -> Result<PortId, Unreadable> {
    let device = hostname(device)?;
    let port = port.map_or(Ok(PortIndex::BOARD), PortIndex::try_from).context(PortSnafu)?;
    Ok(PortId { device, port })
}

/// An action of the table, or one that a port of the venue has of its own ([`Registry::has_own_action`]).
pub(crate) fn action(
    name: &str,
    parameters: &Parameters,
    registry: &Registry,
) -> Result<Action, Unreadable> {
    if let Some(named) = named_channel(name, parameters, registry) {
        return named;
    }
    let read = Action::parse(name, parameters);
    match &read {
        Err(ActionError::UnknownName { .. }) if registry.has_own_action(name) => {
            own_action(name, parameters)
        }
        Ok(_) | Err(_) => read.context(ActionSnafu),
    }
}

/// A channel that is called by its name in the line-up. What has no letter is meant as a number.
fn named_channel(
    name: &str,
    parameters: &Parameters,
    registry: &Registry,
) -> Option<Result<Action, Unreadable>> {
    let text = parameters.channel.as_ref()?;
    if name != "channel" || !text.contains(char::is_alphabetic) {
        return None;
    }
    // What else is given is judged as beside a number.
    let beside = Parameters { channel: Some("1".to_owned()), ..parameters.clone() };
    if let Err(error) = Action::parse(name, &beside) {
        return Some(Err(error).context(ActionSnafu));
    }
    let named = match registry.channel_named(text).context(NoSuchChannelSnafu) {
        Ok(named) => named,
        Err(error) => return Some(Err(error)),
    };
    // Ids of channels are ids of channels.
    Some(Ok(Action::NamedChannel(named.id.as_str().parse().ok()?)))
}

/// An action of the table, or anything that may be one of a port's own.
pub(crate) fn any_action(name: &str, parameters: &Parameters) -> Result<Action, Unreadable> {
    let read = Action::parse(name, parameters);
    match &read {
        Err(ActionError::UnknownName { .. }) => own_action(name, parameters),
        Ok(_) | Err(_) => read.context(ActionSnafu),
    }
}

/// One of a port's own, as far as its name goes: what it is on a port, the router finds out.
fn own_action(name: &str, parameters: &Parameters) -> Result<Action, Unreadable> {
    let Parameters { channel, digit, input, steps } = parameters;
    let given = [
        ("channel", channel.is_some()),
        ("digit", digit.is_some()),
        ("input", input.is_some()),
        ("steps", steps.is_some()),
    ];
    if let Some((field, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
        let action = "an action of a port's own";
        return Err(ActionError::Superfluous { action, field }).context(ActionSnafu);
    }
    let own = CustomAction::new(name, Nature::Sequence, EffectGroup::Other).map(Action::from);
    own.map_err(|_| ActionError::UnknownName { name: name.to_owned() }).context(ActionSnafu)
}

pub(crate) fn class(name: Option<&str>) -> Result<Option<Class>, Unreadable> {
    name.map(str::parse).transpose().context(ClassSnafu)
}

pub(crate) fn priority(number: Option<i64>) -> Result<Option<Priority>, Unreadable> {
    number.map(Priority::try_from).transpose().context(PrioritySnafu)
}

pub(crate) fn max_attempts(number: Option<i64>) -> Result<Option<MaxAttempts>, Unreadable> {
    number.map(MaxAttempts::try_from).transpose().context(MaxAttemptsSnafu)
}

/// The name that a client gives to a batch: not one as this service gives them.
pub(crate) fn batch_id(text: Option<&str>) -> Result<Option<BatchId>, Unreadable> {
    let Some(text) = text else { return Ok(None) };
    let id: BatchId = text.parse().context(BatchIdSnafu)?;
    match BatchId::RESERVED.into_iter().find(|start| id.as_str().starts_with(start)) {
        Some(start) => ReservedBatchIdSnafu { start }.fail(),
        None => Ok(Some(id)),
    }
}

/// The parameters of a command.
pub(crate) fn parameters(body: &CommandBody) -> Parameters {
    let CommandBody { channel, digit, input, steps, .. } = body;
    let (channel, input) = (channel.clone(), input.clone());
    Parameters { channel, digit: *digit, input, steps: *steps }
}

/// The parameters of a bulk request.
pub(crate) fn bulk_parameters(body: &BulkBody) -> Parameters {
    let BulkBody { channel, digit, input, steps, .. } = body;
    let (channel, input) = (channel.clone(), input.clone());
    Parameters { channel, digit: *digit, input, steps: *steps }
}

/// A target that was not accepted, by its place among the targets as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusedTarget {
    pub(crate) index: usize,
    pub(crate) code: &'static str,
    pub(crate) field: &'static str,
    pub(crate) detail: String,
}

/// The targets of a bulk request: those that could be read, with their places, and the others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Targets {
    pub(crate) ports: Vec<PortId>,
    places: Vec<usize>,
    pub(crate) unread: Vec<RefusedTarget>,
}

impl Targets {
    pub(crate) fn read(written: &[TargetBody]) -> Self {
        let mut read = Self::default();
        for (index, one) in written.iter().enumerate() {
            match target(&one.hostname, one.port()) {
                Ok(port) => {
                    read.ports.push(port);
                    read.places.push(index);
                }
                Err(error) => read.unread.push(RefusedTarget {
                    index,
                    code: error.code(),
                    field: error.field(),
                    detail: told_whole(Some(error.field()), &error),
                }),
            }
        }
        read
    }

    /// Where in the request those are that the router was given at these `places`.
    pub(crate) fn written_at(&self, places: &[usize]) -> Vec<usize> {
        places.iter().filter_map(|place| self.places.get(*place).copied()).collect()
    }

    /// Where in the request the target is that the router was given at `place`.
    pub(crate) fn place(&self, place: usize) -> usize {
        self.places.get(place).copied().unwrap_or(place)
    }

    /// All targets that were not accepted: those that nobody could read, and what the router says of others.
    pub(crate) fn refused(&self, rejected: &[(usize, Rejection)]) -> Vec<RefusedTarget> {
        let by_router = rejected.iter().map(|(place, rejection)| RefusedTarget {
            index: self.place(*place),
            code: rejection.code(),
            field: rejection.field().unwrap_or("hostname"),
            detail: told_whole(rejection.field(), rejection),
        });
        let mut all: Vec<RefusedTarget> = self.unread.iter().cloned().chain(by_router).collect();
        all.sort_by_key(|refused| refused.index);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(hostname: &str, port: i64) -> TargetBody {
        TargetBody { hostname: hostname.to_owned(), port: Some(port), r#box: None }
    }

    #[test]
    fn what_nobody_can_read_keeps_its_place_among_what_the_router_refuses() {
        let targets =
            Targets::read(&[written("ir 1", 1), written("ir-2", 9), written("ir-3", 300)]);
        assert_eq!(targets.ports, ["ir-2/9".parse().unwrap()]);
        let refused = targets.refused(&[(0, Rejection::NoSuchPort { port: 9, outputs: 5 })]);
        let told: Vec<_> = refused.iter().map(|one| (one.index, one.code, one.field)).collect();
        let expected = [
            (0, "invalid_hostname", "hostname"),
            (1, "invalid_port", "port"),
            (2, "invalid_port", "port"),
        ];
        assert_eq!(told, expected);
        assert_eq!(targets.written_at(&[0, 7]), [1]);
    }
}
