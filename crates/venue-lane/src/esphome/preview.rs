//! A call as people read it.

use esphome_pool::codec::{ActionDescription, ArgValue, EntityCommand, PeerDescription};
use venue_domain::{Action, Call, CommandId, PortIndex, Refused, TimingProfile};

use super::{
    call::filled,
    driving::{Driving, InfraredPort},
    flight::FlightKind,
    infrared,
    mapping::{self, Step},
    toggle::Toggles,
};

/// What would be sent for the action.
///
/// # Errors
/// What the wire would refuse.
pub(super) fn call(
    driving: &Driving,
    action: &Action,
    port: PortIndex,
    (peer, profile): (&PeerDescription, &TimingProfile),
) -> Result<Call, Refused> {
    match driving {
        Driving::Actions => {
            let (description, values) = filled(action, port, &peer.listing)?;
            Ok(and_more(
                shown(description, &values),
                super::presses(action).saturating_sub(1).into(),
            ))
        }
        Driving::Infrared(infrared) => shown_infrared(infrared, action, port, (peer, profile)),
        Driving::Mapping(mapping) => {
            let steps = mapping::steps(action, port, mapping, &peer.listing)?;
            let mut calls = steps.iter().map(shown_step);
            let first = calls.next().unwrap_or_default();
            // Digits that are typed, or presses of one key: the first one, and how many follow.
            Ok(and_more(first, calls.len()))
        }
    }
}

/// The first of several calls, and how many follow.
fn and_more(mut first: Call, more: usize) -> Call {
    first.arguments.extend((more > 0).then(|| ("and_more".to_owned(), more.to_string())));
    first
}

/// Infrared has no action on the board: what is sent, by whom, and how long it takes.
fn shown_infrared(
    port: &InfraredPort,
    action: &Action,
    index: PortIndex,
    (peer, profile): (&PeerDescription, &TimingProfile),
) -> Result<Call, Refused> {
    let (id, toggles) = (CommandId::generate(), Toggles::default());
    let sent = infrared::transmissions((action, id), (index, port), peer, &toggles)
        .map_err(|cause| Refused::CannotDrive { cause })?;
    let emitter = peer.listing.entity(sent.emitter).map(|entity| entity.name.clone());
    let codes = sent.presses.iter().filter_map(|press| port.codes.code(&press.key));
    let codes = codes.map(ToString::to_string).collect::<Vec<_>>();
    let protocol = codes.first().and_then(|code| code.split(':').next()).unwrap_or_default();
    let carrier = sent.presses.first().map_or(0, |press| press.sent.carrier().hz());
    let frames: u32 = sent.presses.iter().map(|press| u32::from(press.sent.sends())).sum();
    let pauses = FlightKind::of(action, profile).gap(profile)
        * u32::try_from(sent.presses.len().saturating_sub(1)).unwrap_or(0);
    let air: std::time::Duration =
        sent.presses.iter().map(|press| press.sent.air_time() + press.rest).sum();
    let in_one = sent.presses.len() > 1 && infrared::is_one_message(port.typing, peer);
    let arguments = [
        ("emitter", emitter.unwrap_or_default()),
        ("protocol", protocol.to_owned()),
        ("codes", codes.join(" ")),
        ("carrier_hz", carrier.to_string()),
        ("frames", frames.to_string()),
        ("milliseconds", (air + pauses).as_millis().to_string()),
        ("messages", if in_one { 1 } else { sent.presses.len() }.to_string()),
    ];
    let arguments = arguments.map(|(name, value)| (name.to_owned(), value));
    Ok(Call { action: "infrared".to_owned(), arguments: arguments.into() })
}

fn shown_step(step: &Step<'_>) -> Call {
    let entity = |action: &str, name: &str| Call {
        action: action.to_owned(),
        arguments: vec![("entity".to_owned(), name.to_owned())],
    };
    match step {
        Step::Action(description, values) => shown(description, values),
        Step::Entity(EntityCommand::SetSwitch(_, true), name) => entity("turn on", name),
        Step::Entity(EntityCommand::SetSwitch(_, false), name) => entity("turn off", name),
        Step::Entity(_, name) => entity("press", name),
    }
}

fn shown(description: &ActionDescription, values: &[ArgValue]) -> Call {
    let arguments = description.args.iter().zip(values);
    let arguments = arguments.map(|(argument, value)| (argument.name.clone(), text(value)));
    Call { action: description.name.clone(), arguments: arguments.collect() }
}

fn text(value: &ArgValue) -> String {
    match value {
        ArgValue::Bool(value) => value.to_string(),
        ArgValue::Int(value) => value.to_string(),
        ArgValue::Float(value) => value.to_string(),
        ArgValue::Text(value) => value.clone(),
        ArgValue::Bools(values) => format!("{values:?}"),
        ArgValue::Ints(values) => format!("{values:?}"),
        ArgValue::Floats(values) => format!("{values:?}"),
        ArgValue::Texts(values) => format!("{values:?}"),
    }
}
