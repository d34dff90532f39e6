//! What would be sent and when, without sending it.

use std::collections::HashMap;

use esphome_pool::{
    DeviceState,
    codec::{ActionDescription, ArgValue},
};
use tokio::time::Instant;
use venue_domain::{Action, Call, Hostname, PlannedCall, PortId, TimingProfile};

use crate::{
    Lanes, call,
    link::Link,
    pacing::{Pacing, Transmission},
};

impl<L: Link> Lanes<L> {
    /// What would be sent for each of `commands`, in this order, if they were accepted now. Nothing is
    /// sent, and nothing is known of what others send meanwhile.
    #[must_use]
    pub fn plan(&self, commands: &[(PortId, Action)]) -> Vec<PlannedCall> {
        let now = Instant::now();
        let mut pacing: HashMap<&Hostname, Pacing> = HashMap::new();
        let mut plan = Vec::with_capacity(commands.len());
        for (target, action) in commands {
            let (mut planned, timing) = self.planned(target, action);
            // The lane's own rules, from a lane at rest.
            let pacing = pacing.entry(&target.device).or_insert_with(|| Pacing::new(now));
            let starts = pacing.readiness(action, target.port, now).at;
            pacing.note_sent(action, target.port, &timing, Transmission::Underway, starts);
            planned.starts_in = starts - now;
            planned.ends_in = planned.starts_in + timing.air_time(action);
            plan.push(planned);
        }
        plan
    }

    fn planned(&self, target: &PortId, action: &Action) -> (PlannedCall, TimingProfile) {
        let Some(entry) = self.entry(&target.device) else { return Default::default() };
        let mut planned = PlannedCall {
            online: matches!(entry.link().state(), DeviceState::Online(_)),
            waiting: entry.snapshot.borrow().waiting,
            ..PlannedCall::default()
        };
        if let Some(session) = entry.link().latest_session() {
            match call::filled(action, target.port, &session.peer.listing) {
                Ok((description, values)) => planned.call = Some(shown(description, &values)),
                Err(refused) => planned.refused = Some(refused),
            }
        }
        (planned, entry.timing(target.port))
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
