//! What a board that was not made for us does for an action: one of its own actions, a button, a switch.

use std::borrow::Cow;

use esphome_pool::{
    CallRequest, EvidenceWanted,
    codec::{
        ActionDescription, ArgDescription, ArgKind, ArgValue, EntityCommand, EntityId, EntityKind,
        Listing,
    },
};
use venue_domain::{Action, CannotDrive, PortIndex, Refused, TimingProfile};
use venue_infrared::ChannelEntry;

use super::{
    call,
    driving::{Mapped, Mapping},
    flight::{Flight, FlightKind, Press},
    keys::{exact, keys},
};

/// One thing that the board does.
pub(super) enum Step<'a> {
    /// It runs this action with these values.
    Action(&'a ActionDescription, Vec<ArgValue>),
    /// It does this with an entity of this name.
    Entity(EntityCommand, &'a str),
}

/// What `action` is on this port and board. A channel that is not mapped as a whole is typed, if its digits are.
///
/// # Errors
/// [`Refused`] names what the mapping or the board is missing.
pub(super) fn steps<'a>(
    action: &Action,
    port: PortIndex,
    mapping: &'a Mapping,
    listing: &'a Listing,
) -> Result<Vec<Step<'a>>, Refused> {
    let named = [exact(action), Some(Cow::Borrowed(action.name()))];
    let own =
        named.into_iter().flatten().find_map(|name| Some((mapping.0.get(name.as_ref())?, name)));
    if let Some((mapped, name)) = own {
        let is_exact = name != action.name();
        let one = || step(mapped, &Values { action, port, is_exact }, listing);
        return (0..super::presses(action)).map(|_| one()).collect();
    }
    let not_mapped = || cannot(CannotDrive::NotMapped { action: action.name().to_owned() });
    if !action.is_channel() {
        return Err(not_mapped());
    }
    let enter_key = mapping.0.contains_key(super::keys::ENTER);
    let digits = keys(action, &ChannelEntry { enter_key, ..ChannelEntry::default() });
    let digit = |key: &Cow<'_, str>| {
        let mapped = mapping.0.get(key.as_ref()).ok_or_else(not_mapped)?;
        step(mapped, &Values { action, port, is_exact: true }, listing)
    };
    digits.iter().map(digit).collect()
}

/// What is sent for these steps.
///
/// # Errors
/// [`Refused`], if there is none, or its values do not fit after all.
pub(super) fn flight(
    steps: Vec<Step<'_>>,
    epoch: u64,
    kind: FlightKind,
    profile: &TimingProfile,
) -> Result<Flight, Refused> {
    // What the board does with a step is not known; a key takes one frame.
    let air_time = (steps.len() > 1).then_some(profile.frame);
    let mut presses = Vec::with_capacity(steps.len());
    for step in steps {
        let (request, evidence) = match step {
            Step::Action(description, values) => {
                let call = call::made(description, values)?;
                let evidence = call::evidence(&call);
                (CallRequest::Action(call), evidence)
            }
            Step::Entity(command, _) => (CallRequest::Entity(command), EvidenceWanted::Barrier),
        };
        presses.push(Press { request, evidence, air_time, pause: kind.gap(profile), toggle: None });
    }
    let mut presses = presses.into_iter();
    let nothing = || cannot(CannotDrive::NotMapped { action: String::new() });
    let first = presses.next().ok_or_else(nothing)?;
    Ok(Flight { epoch, first, rest: presses.collect(), toggle: None, kind })
}

fn step<'a>(
    mapped: &'a Mapped,
    values: &Values<'_>,
    listing: &'a Listing,
) -> Result<Step<'a>, Refused> {
    match mapped {
        Mapped::Action { name, arguments } => {
            let Some(description) = listing.action(name) else {
                return Err(Refused::NotAdvertised { service: name.clone() });
            };
            let unknown = arguments.iter().find(|(argument, _)| {
                description.args.iter().all(|known| known.name != **argument)
            });
            if let Some((argument, _)) = unknown {
                return Err(cannot(CannotDrive::NoArgument {
                    service: name.clone(),
                    argument: argument.clone(),
                }));
            }
            values.ensure_carried(arguments.values())?;
            let given = description.args.iter().map(|argument| {
                let template = arguments.get(&argument.name);
                values.of(description, argument, template)
            });
            Ok(Step::Action(description, given.collect::<Result<_, _>>()?))
        }
        Mapped::Button { name } => {
            values.ensure_carried([])?;
            let id = entity("button", name, listing, |kind| matches!(kind, EntityKind::Button))?;
            Ok(Step::Entity(EntityCommand::PressButton(id), name))
        }
        Mapped::Switch { name, on } => {
            values.ensure_carried([])?;
            let is_switch = |kind: &EntityKind| matches!(kind, EntityKind::Switch);
            let id = entity("switch", name, listing, is_switch)?;
            Ok(Step::Entity(EntityCommand::SetSwitch(id, *on), name))
        }
    }
}

fn entity(
    kind: &'static str,
    name: &str,
    listing: &Listing,
    is_kind: impl Fn(&EntityKind) -> bool,
) -> Result<EntityId, Refused> {
    let named =
        listing.entities.iter().filter(|entity| entity.name == name && is_kind(&entity.kind));
    let named: Vec<_> = named.collect();
    match named.as_slice() {
        [entity] => Ok(entity.id()),
        _ => Err(cannot(CannotDrive::NoEntity { kind, name: name.to_owned() })),
    }
}

/// What the placeholders of a mapping stand for.
struct Values<'a> {
    action: &'a Action,
    port: PortIndex,
    /// The parameter is in the name of the entry: nothing need take it.
    is_exact: bool,
}

impl Values<'_> {
    /// The placeholder of the action's parameter, and its value.
    fn parameter(&self) -> Option<(&'static str, String)> {
        let parameters = self.action.parameters();
        let digit = if matches!(self.action, Action::Number(_)) { "{digit}" } else { "{code}" };
        parameters
            .channel
            .map(|channel| ("{channel}", channel))
            .or_else(|| parameters.input.map(|input| ("{input}", input)))
            .or_else(|| parameters.digit.map(|number| (digit, number.to_string())))
    }

    /// Refuses a step that would lose the parameter on its way.
    fn ensure_carried<'t>(
        &self,
        templates: impl IntoIterator<Item = &'t String>,
    ) -> Result<(), Refused> {
        let Some((placeholder, _)) = self.parameter().filter(|_| !self.is_exact) else {
            return Ok(());
        };
        let carried = templates.into_iter().any(|template| template.contains(placeholder));
        let action = self.action.name().to_owned();
        carried.then_some(()).ok_or_else(|| cannot(CannotDrive::ParameterLost { action }))
    }

    /// The value of one argument.
    fn of(
        &self,
        description: &ActionDescription,
        argument: &ArgDescription,
        template: Option<&String>,
    ) -> Result<ArgValue, Refused> {
        let text = template.map(|template| self.filled(template));
        let value = match &text {
            Some(text) => value(argument.kind, text),
            None => call::empty(argument),
        };
        value.ok_or_else(|| {
            cannot(CannotDrive::WrongValue {
                service: description.name.clone(),
                argument: argument.name.clone(),
                wanted: argument.kind.name(),
                value: text,
            })
        })
    }

    fn filled(&self, template: &str) -> String {
        let filled = template.replace("{port}", &self.port.to_string());
        match self.parameter() {
            Some((placeholder, value)) => filled.replace(placeholder, &value),
            None => filled,
        }
    }
}

/// A text as a value of this type, if nothing of it is lost.
fn value(kind: ArgKind, text: &str) -> Option<ArgValue> {
    match kind {
        ArgKind::Text => Some(ArgValue::Text(text.to_owned())),
        ArgKind::Int => {
            let number: i32 = text.parse().ok()?;
            (number.to_string() == text).then_some(ArgValue::Int(number))
        }
        ArgKind::Float => {
            let number = text.parse().ok().filter(|number: &f32| number.is_finite())?;
            // A channel may begin with a zero, which a number would lose.
            let keeps = !text.starts_with('0') || number == 0.0 || text.starts_with("0.");
            keeps.then_some(ArgValue::Float(number))
        }
        ArgKind::Bool => text.parse().ok().map(ArgValue::Bool),
        ArgKind::Bools
        | ArgKind::Ints
        | ArgKind::Floats
        | ArgKind::Texts
        | ArgKind::Unrecognised(_) => None,
    }
}

const fn cannot(cause: CannotDrive) -> Refused {
    Refused::CannotDrive { cause }
}

#[cfg(test)]
mod tests;
