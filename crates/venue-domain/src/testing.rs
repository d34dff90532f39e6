//! Actions and commands for tests, from the words that people use for them.
//!
//! With the feature `test-util`, for the tests of whoever uses this crate.

#![allow(
    clippy::expect_used,
    reason = "a test that has no such action, port or device fails by panicking"
)]

use std::time::Duration;

use crate::{
    action::{Action, Parameters},
    class::Class,
    command::{Actor, Command, CommandId},
    order::OrderKey,
    time::Timestamp,
};

/// Commands that are made for tests live so long.
pub const LIFE: Duration = Duration::from_secs(30);

/// An action from its text, such as `power_on`, `channel 501`, `number 3` or `input hdmi1`; without its parameter
/// channel 5, digit 5 and input hdmi1. `volume_up 5` is five presses.
///
/// # Panics
/// If there is no such action.
#[must_use]
pub fn action(text: &str) -> Action {
    let (name, value) = text.split_once(' ').unwrap_or((text, ""));
    let value = |usual: &str| if value.is_empty() { usual } else { value }.to_owned();
    let parameters = Parameters {
        channel: (name == "channel").then(|| value("5")),
        digit: (name == "number").then(|| value("5").parse().expect("a digit")),
        input: (name == "input").then(|| value("hdmi1")),
        steps: (name.starts_with("volume_") || name.starts_with("channel_"))
            .then(|| value("1").parse().expect("a number")),
    };
    Action::parse(name, &parameters).expect("an action")
}

/// A command that was accepted `at`, as the one of this number in the order: `text` as in [`action`], `target` such
/// as `ir-1/2`. Of the action's own class, or interactive; of nobody in particular; alive for [`LIFE`].
///
/// What is to be otherwise is set by struct update: `Command { class: Class::Bulk, ..command(..) }`.
///
/// # Panics
/// If there is no such action or port.
#[must_use]
pub fn command(text: &str, target: &str, at: Timestamp, sequence: u64) -> Command {
    let action = action(text);
    Command {
        id: CommandId::generate(),
        class: action.own_class().unwrap_or(Class::Interactive),
        action,
        target: target.parse().expect("a port"),
        actor: Actor::default(),
        accepted_at: at,
        key: OrderKey::at(at, sequence),
        expires_at: at.plus(LIFE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_named_with_its_parameter_or_without() {
        for (text, same) in
            [("channel", "channel 5"), ("number", "number 5"), ("input", "input hdmi1")]
        {
            assert_eq!(action(text), action(same));
        }
        assert_ne!(action("channel 060"), action("channel"));
        assert_eq!(action("power_on"), Action::PowerOn);
    }
}
