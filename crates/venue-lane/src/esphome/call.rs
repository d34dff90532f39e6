//! An action as an ESPHome call, built from what the device advertises.
//!
//! Firmware generations name and type their arguments differently (`port` or `box`; a channel as
//! int, as string, or as `2-501` with the port in front). Arguments are positional, so they are
//! filled in the order of the listing, by name and type. What the device would silently ignore or
//! misread (a wrong count, a wrong type, a lost leading zero) is refused here.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the arms name what fits together; everything else does not fit"
)]

use esphome_pool::{
    EvidenceWanted,
    codec::{
        ActionCall, ActionDescription, ArgDescription, ArgKind, ArgValue, Listing, ReplyWanted,
    },
};
use venue_domain::{Action, ChannelNumber, Misfit, PortIndex, Refused};

/// Builds the call for `action` on `port`.
///
/// # Errors
/// [`Refused`] names the advertised action that is missing, or what is wrong with its arguments and
/// what the board's YAML would need.
pub(super) fn build(
    action: &Action,
    port: PortIndex,
    listing: &Listing,
) -> Result<ActionCall, Refused> {
    let (description, values) = filled(action, port, listing)?;
    made(description, values)
}

/// The call with these values, each of which was made for its argument.
///
/// # Errors
/// None, in fact: each value fits.
pub(super) fn made(
    description: &ActionDescription,
    values: Vec<ArgValue>,
) -> Result<ActionCall, Refused> {
    let unfilled = || {
        let argument = description.args.first().map(|argument| argument.name.clone());
        Misfit::NoValue { argument: argument.unwrap_or_default(), found: "unrecognised" }
    };
    description.call(values).map_err(|_| refused(description, unfilled()))
}

/// What shows that a call was taken: its reply, where it has one.
pub(super) const fn evidence(call: &ActionCall) -> EvidenceWanted {
    match call.reply {
        ReplyWanted::No => EvidenceWanted::Barrier,
        ReplyWanted::Status | ReplyWanted::Data => EvidenceWanted::Reply,
    }
}

/// The advertised action that `action` means, and a value for each of its arguments.
///
/// # Errors
/// As [`build`].
pub(super) fn filled<'a>(
    action: &Action,
    port: PortIndex,
    listing: &'a Listing,
) -> Result<(&'a ActionDescription, Vec<ArgValue>), Refused> {
    let service = service_name(action);
    let Some(description) = listing.action(&service) else {
        return Err(Refused::NotAdvertised { service });
    };
    let takes_port = description.args.iter().any(|arg| role_of(&arg.name) == Some(Role::Port));
    let carry = if takes_port { PortCarrier::Argument } else { PortCarrier::InChannel };
    let command = Wanted { action, port, carry };
    let mut carried = Carried::default();
    let mut values = Vec::with_capacity(description.args.len());
    for argument in &description.args {
        let value = command.fill(argument, &mut carried);
        values.push(value.map_err(|misfit| refused(description, misfit))?);
    }
    command.ensure_carried(&carried).map_err(|misfit| refused(description, misfit))?;
    Ok((description, values))
}

/// The name under which a device advertises an action.
fn service_name(action: &Action) -> String {
    match action {
        Action::DiagnosticSignal(_) => "diagnostic_signal".to_owned(),
        Action::RefreshCapabilities => "report_capabilities".to_owned(),
        _ => format!("tv_{}", action.name()),
    }
}

/// What an argument is for, by the names that firmware generations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Port,
    Channel,
    Digit,
    Code,
    Input,
}

fn role_of(name: &str) -> Option<Role> {
    match name {
        "port" | "box" => Some(Role::Port),
        "channel" => Some(Role::Channel),
        "digit" | "number" => Some(Role::Digit),
        "code" => Some(Role::Code),
        "input" => Some(Role::Input),
        _ => None,
    }
}

/// How the port travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PortCarrier {
    /// In an argument of its own.
    Argument,
    /// In front of the channel: `2-501`.
    InChannel,
}

/// What the arguments that were filled have carried.
#[derive(Debug, Default)]
struct Carried {
    port: bool,
    parameter: bool,
}

/// A command, and how its port travels.
struct Wanted<'a> {
    action: &'a Action,
    port: PortIndex,
    carry: PortCarrier,
}

impl Wanted<'_> {
    /// The value of one argument.
    fn fill(&self, argument: &ArgDescription, carried: &mut Carried) -> Result<ArgValue, Misfit> {
        match role_of(&argument.name).filter(|role| self.needs(*role)) {
            Some(Role::Port) => {
                let value = number(argument.kind, i32::from(self.port.number()));
                let value = value.ok_or_else(|| wrong_type(argument, "int"))?;
                carried.port = true;
                Ok(value)
            }
            Some(_) => {
                let value = self.parameter(argument)?;
                carried.parameter = true;
                carried.port |= self.carry == PortCarrier::InChannel;
                Ok(value)
            }
            None => empty(argument).ok_or_else(|| Misfit::NoValue {
                argument: argument.name.clone(),
                found: argument.kind.name(),
            }),
        }
    }

    /// Whether the command has something for an argument of this role.
    const fn needs(&self, role: Role) -> bool {
        match (role, self.action) {
            (Role::Port, _)
            | (Role::Channel, Action::Channel(_))
            // Older boards take the diagnostic code in an argument named `digit`.
            | (Role::Digit | Role::Code, Action::Number(_) | Action::DiagnosticSignal(_))
            | (Role::Input, Action::Input(_)) => true,
            _ => false,
        }
    }

    /// The value of an argument that takes the action's parameter.
    fn parameter(&self, argument: &ArgDescription) -> Result<ArgValue, Misfit> {
        let value = match self.action {
            Action::Channel(channel) => return self.channel(argument, channel),
            Action::Number(digit) => number(argument.kind, digit.value().into()),
            Action::DiagnosticSignal(code) => number(argument.kind, code.value().into()),
            Action::Input(input) => {
                let text = (argument.kind == ArgKind::Text).then(|| input.as_str().to_owned());
                return text.map(ArgValue::Text).ok_or_else(|| wrong_type(argument, "string"));
            }
            _ => None,
        };
        value.ok_or_else(|| wrong_type(argument, "int"))
    }

    fn channel(
        &self,
        argument: &ArgDescription,
        channel: &ChannelNumber,
    ) -> Result<ArgValue, Misfit> {
        let (name, port) = (&argument.name, self.port);
        match (argument.kind, self.carry) {
            (ArgKind::Text, PortCarrier::Argument) => {
                Ok(ArgValue::Text(channel.as_str().to_owned()))
            }
            (ArgKind::Text, PortCarrier::InChannel) if channel.as_str().contains('-') => {
                let channel = channel.to_string();
                Err(Misfit::PortBeforeSubChannel { argument: name.clone(), channel })
            }
            (ArgKind::Text, PortCarrier::InChannel) => {
                Ok(ArgValue::Text(format!("{port}-{channel}")))
            }
            // An integer channel and no port: the board has one output, and only port 1 is it.
            (ArgKind::Int, PortCarrier::InChannel) if port.number() != 1 => {
                Err(Misfit::OnlyPortOne { argument: name.clone(), port: port.number() })
            }
            (ArgKind::Int, PortCarrier::Argument | PortCarrier::InChannel) => {
                let lost = || {
                    let (argument, text) = (name.clone(), channel.to_string());
                    match channel.sub_channel() {
                        Some(_) => Misfit::SubChannel { argument, channel: text },
                        None => Misfit::LeadingZero { argument, channel: text },
                    }
                };
                channel.to_lossless_int().map(ArgValue::Int).ok_or_else(lost)
            }
            _ => Err(wrong_type(argument, "string")),
        }
    }

    /// Refuses a call that would lose the port or the parameter on its way.
    fn ensure_carried(&self, carried: &Carried) -> Result<(), Misfit> {
        let parameter = match self.action {
            Action::Channel(_) => Some(("channel", "channel: string")),
            Action::Number(_) => Some(("digit", "digit: int")),
            Action::DiagnosticSignal(_) => Some(("code", "code: int")),
            Action::Input(_) => Some(("input", "input: string")),
            _ => None,
        };
        if let Some((what, variable)) = parameter
            && !carried.parameter
        {
            return Err(Misfit::Missing { what, variable });
        }
        if self.action.is_infrared() && !carried.port {
            return Err(Misfit::Missing { what: "port", variable: "port: int" });
        }
        Ok(())
    }
}

fn number(kind: ArgKind, number: i32) -> Option<ArgValue> {
    match kind {
        ArgKind::Int => Some(ArgValue::Int(number)),
        ArgKind::Text => Some(ArgValue::Text(number.to_string())),
        ArgKind::Float => i16::try_from(number).ok().map(|n| ArgValue::Float(f32::from(n))),
        _ => None,
    }
}

/// The empty value of an argument that is not ours and may be left out.
pub(super) fn empty(argument: &ArgDescription) -> Option<ArgValue> {
    match argument.kind {
        _ if !argument.optional => None,
        ArgKind::Bool => Some(ArgValue::Bool(false)),
        ArgKind::Int => Some(ArgValue::Int(0)),
        ArgKind::Float => Some(ArgValue::Float(0.0)),
        ArgKind::Text => Some(ArgValue::Text(String::new())),
        ArgKind::Bools => Some(ArgValue::Bools(Vec::new())),
        ArgKind::Ints => Some(ArgValue::Ints(Vec::new())),
        ArgKind::Floats => Some(ArgValue::Floats(Vec::new())),
        ArgKind::Texts => Some(ArgValue::Texts(Vec::new())),
        ArgKind::Unrecognised(_) => None,
    }
}

fn wrong_type(argument: &ArgDescription, wanted: &'static str) -> Misfit {
    Misfit::WrongType { argument: argument.name.clone(), found: argument.kind.name(), wanted }
}

fn refused(description: &ActionDescription, misfit: Misfit) -> Refused {
    Refused::ArgumentsDoNotFit { service: description.name.clone(), misfit }
}

#[cfg(test)]
mod tests;
