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

use esphome_pool::codec::{
    ActionCall, ActionDescription, ArgDescription, ArgKind, ArgValue, Listing,
};
use venue_domain::{Action, ChannelNumber, PortIndex, Refused};

/// Builds the call for `action` on `port`.
///
/// # Errors
/// [`Refused`] names the advertised action or the argument that is missing.
pub(crate) fn build(
    action: &Action,
    port: PortIndex,
    listing: &Listing,
) -> Result<ActionCall, Refused> {
    let (description, values) = filled(action, port, listing)?;
    description.call(values).map_err(|_| misfit(description, "any"))
}

/// The advertised action that `action` means, and a value for each of its arguments.
///
/// # Errors
/// As [`build`].
pub(crate) fn filled<'a>(
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
    let mut carried = Carried::default();
    let mut values = Vec::with_capacity(description.args.len());
    for argument in &description.args {
        let value = fill(argument, action, port, carry, &mut carried);
        let misfit = || misfit(description, &argument.name);
        values.push(value.ok_or_else(misfit)?);
    }
    ensure_carried(action, description, &carried)?;
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

fn fill(
    argument: &ArgDescription,
    action: &Action,
    port: PortIndex,
    carry: PortCarrier,
    carried: &mut Carried,
) -> Option<ArgValue> {
    let role = role_of(&argument.name);
    let value = match role {
        Some(Role::Port) => number(argument.kind, i32::from(port.number())),
        Some(role) => parameter(role, argument.kind, action, port, carry),
        None => None,
    };
    let Some(value) = value else {
        // Whether what the command needs got lost is for `ensure_carried` to say.
        return argument.optional.then(|| empty(argument.kind)).flatten();
    };
    match role {
        Some(Role::Port) => carried.port = true,
        Some(Role::Channel) => {
            carried.parameter = true;
            carried.port |= carry == PortCarrier::InChannel;
        }
        Some(Role::Digit | Role::Code | Role::Input) => carried.parameter = true,
        None => {}
    }
    Some(value)
}

/// The value of an argument that takes the action's parameter; `None` if it does not fit.
fn parameter(
    role: Role,
    kind: ArgKind,
    action: &Action,
    port: PortIndex,
    carry: PortCarrier,
) -> Option<ArgValue> {
    match (role, action) {
        (Role::Channel, Action::Channel(number)) => channel(kind, number, port, carry),
        // Older boards take the diagnostic code in an argument named `digit`.
        (Role::Digit | Role::Code, Action::Number(digit)) => number(kind, digit.value().into()),
        (Role::Digit | Role::Code, Action::DiagnosticSignal(code)) => {
            number(kind, code.value().into())
        }
        (Role::Input, Action::Input(input)) if kind == ArgKind::Text => {
            Some(ArgValue::Text(input.as_str().to_owned()))
        }
        _ => None,
    }
}

fn channel(
    kind: ArgKind,
    channel: &ChannelNumber,
    port: PortIndex,
    carry: PortCarrier,
) -> Option<ArgValue> {
    match (kind, carry) {
        (ArgKind::Text, PortCarrier::Argument) => Some(ArgValue::Text(channel.as_str().to_owned())),
        (ArgKind::Text, PortCarrier::InChannel) => {
            Some(ArgValue::Text(format!("{port}-{channel}")))
        }
        (ArgKind::Int, PortCarrier::Argument) => channel.to_lossless_int().map(ArgValue::Int),
        // An integer channel and no port: the board has one output, and only port 1 is it.
        (ArgKind::Int, PortCarrier::InChannel) if port.number() == 1 => {
            channel.to_lossless_int().map(ArgValue::Int)
        }
        _ => None,
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

/// The empty value of an optional argument that is not ours.
fn empty(kind: ArgKind) -> Option<ArgValue> {
    match kind {
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

/// Refuses a call that would lose the port or the parameter on its way.
fn ensure_carried(
    action: &Action,
    description: &ActionDescription,
    carried: &Carried,
) -> Result<(), Refused> {
    let parameter = match action {
        Action::Channel(_) => Some("channel"),
        Action::Number(_) => Some("digit"),
        Action::DiagnosticSignal(_) => Some("code"),
        Action::Input(_) => Some("input"),
        _ => None,
    };
    if let Some(name) = parameter
        && !carried.parameter
    {
        return Err(misfit(description, name));
    }
    if action.is_infrared() && !carried.port {
        return Err(misfit(description, "port"));
    }
    Ok(())
}

fn misfit(description: &ActionDescription, argument: &str) -> Refused {
    Refused::ArgumentsDoNotFit { service: description.name.clone(), argument: argument.to_owned() }
}

#[cfg(test)]
mod tests;
