//! What would be sent and when, without sending it.

use std::collections::HashMap;

use tokio::time::Instant;
use venue_domain::{Action, Class, Hostname, PlannedCall, PortId, TimingProfile};

use crate::{
    Lanes,
    pacing::{Pacing, Transmission},
    wire::Wire,
};

impl<W: Wire> Lanes<W> {
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
            let starts = pacing.readiness(action, Class::Bulk, target.port, now).at;
            pacing.note_sent(action, target.port, &timing, Transmission::Underway, starts);
            planned.starts_in = starts - now;
            planned.ends_in = planned.starts_in + timing.air_time(action);
            plan.push(planned);
        }
        plan
    }

    fn planned(&self, target: &PortId, action: &Action) -> (PlannedCall, TimingProfile) {
        let Some(entry) = self.entry(&target.device) else { return Default::default() };
        let wire = entry.wire();
        let mut planned = PlannedCall {
            online: wire.connection().is_online(),
            waiting: entry.snapshot.borrow().waiting,
            ..PlannedCall::default()
        };
        let timing = entry.timing(target.port);
        match wire.preview(action, target.port, &timing) {
            Some(Ok(call)) => planned.call = Some(call),
            Some(Err(refused)) => planned.refused = Some(refused),
            None => {}
        }
        (planned, timing)
    }
}
