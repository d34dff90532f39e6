//! A call as people read it.

use esphome_pool::codec::{ActionDescription, ArgValue, Listing};
use venue_domain::{Action, Call, PortIndex, Refused};

use super::call::filled;

/// The call that would be made for `action`.
///
/// # Errors
/// As [`filled`].
pub(super) fn call(action: &Action, port: PortIndex, listing: &Listing) -> Result<Call, Refused> {
    let (description, values) = filled(action, port, listing)?;
    Ok(shown(description, &values))
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
