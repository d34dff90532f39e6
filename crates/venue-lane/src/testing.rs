//! Commands for the unit tests of this crate.

use std::sync::Arc;

use venue_domain::{Action, Actor, Class, Command, CommandId, OrderKey, Parameters, Timestamp};

/// The command `name` on `port` of `ir-1`, with its place in the order.
pub(crate) fn command(name: &str, port: u8, class: Class, sequence: u64) -> Arc<Command> {
    let parameters = Parameters {
        channel: (name == "channel").then(|| "501".to_owned()),
        digit: (name == "number").then_some(7),
        input: (name == "input").then(|| "hdmi1".to_owned()),
    };
    let at = Timestamp::from_unix_ms(0);
    Arc::new(Command {
        id: CommandId::generate(),
        action: Action::parse(name, &parameters).unwrap(),
        target: format!("ir-1/{port}").parse().unwrap(),
        class,
        actor: Actor::default(),
        accepted_at: at,
        key: OrderKey { instant: at, sequence },
        expires_at: Timestamp::from_unix_ms(30_000),
    })
}
