//! What is known of all devices, from the sessions that there are.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use venue_domain::Presence;

use super::Tasks;

impl Tasks {
    pub(super) fn health_sweep(&self) -> Value {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut not_online = Vec::new();
        for status in self.0.router.statuses() {
            let presence = &status.snapshot.presence;
            let (word, cause) = match presence {
                Presence::Online { .. } => ("online", None),
                Presence::Connecting { .. } => ("connecting", None),
                Presence::Offline { cause, .. } => ("offline", Some(cause.clone())),
                Presence::Misconfigured { cause, .. } => {
                    ("misconfigured", Some(cause.name().to_owned()))
                }
            };
            *counts.entry(word).or_default() += 1;
            if word != "online" {
                let contact = status.snapshot.last_contact.map(|age| age.as_millis() as u64);
                not_online.push(json!({
                    "hostname": status.entry.hostname,
                    "presence": word,
                    "since_ms": presence.since().as_millis() as u64,
                    "last_contact_ms": contact,
                    "cause": cause,
                }));
            }
        }
        json!({"devices": counts, "not_online": not_online})
    }
}
