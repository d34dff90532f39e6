//! What a run found, once its commands have ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};
use venue_api::{DeviceFirmware, FirmwareInventory};
use venue_domain::{Ended, Hostname, Presence, Reason};

use super::{Tasks, running::RunningTask};

/// A device whose sign of life takes longer is not well.
const SLOW: Duration = Duration::from_secs(1);

impl Tasks {
    pub(super) fn refreshed(running: &RunningTask) -> Value {
        json!({
            "queued_count": running.queued,
            "completed": running.completed().count(),
            "not_completed": running.not_completed().map(why).collect::<Vec<_>>(),
        })
    }

    /// How all devices are: from their sessions, and from the sign of life that those gave that were asked.
    pub(super) fn swept(&self, running: &RunningTask) -> Value {
        let is_slow = |ended: &&Ended| ended.took.is_some_and(|took| took > SLOW);
        // One that was never tried, cancelled or expired in a paused queue, says nothing of its device.
        let (tried, not_tried): (Vec<_>, Vec<_>) =
            running.not_completed().partition(|ended| ended.took.is_some());
        let unwell = tried.into_iter().chain(running.completed().filter(is_slow));
        let unwell: BTreeMap<&Hostname, &Ended> =
            unwell.map(|ended| (&ended.target.device, ended)).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut degraded, mut not_online) = (Vec::new(), Vec::new());
        for status in self.0.router.statuses() {
            let presence = &status.snapshot.presence;
            let check = unwell.get(&status.entry.hostname);
            let (word, cause) = match presence {
                Presence::Online { .. } if check.is_some() => ("degraded", None),
                Presence::Online { .. } => ("online", None),
                Presence::Connecting { .. } => ("connecting", None),
                Presence::Offline { cause, .. } => ("offline", Some(cause.clone())),
                Presence::Misconfigured { cause, .. } => {
                    ("misconfigured", Some(cause.name().to_owned()))
                }
            };
            *counts.entry(word).or_default() += 1;
            if let (Presence::Online { .. }, Some(check)) = (presence, check) {
                degraded.push(why(check));
            } else if word != "online" {
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
        json!({
            "devices": counts,
            "degraded": degraded,
            "not_checked": not_tried.into_iter().map(why).collect::<Vec<_>>(),
            "not_online": not_online,
        })
    }

    /// Asks the boards that know of it what is offered for them, and tells which firmware runs where.
    pub(super) async fn firmware_check(&self) -> Result<Value, String> {
        let online = self.0.router.statuses().into_iter();
        let online = online.filter(|status| status.snapshot.presence.is_online());
        let online = online.map(|status| status.entry.hostname.clone()).collect();
        self.0.transport.look_for_updates(online).await;
        self.inventory()
    }

    /// Which firmware runs where, as it was told when the session began; and what is offered.
    fn inventory(&self) -> Result<Value, String> {
        let mut inventory = FirmwareInventory::default();
        for status in self.0.router.statuses() {
            let hostname = &status.entry.hostname;
            let mut device =
                DeviceFirmware { hostname: hostname.to_string(), ..DeviceFirmware::default() };
            if let Some(firmware) = status.snapshot.firmware {
                *inventory.versions.entry(firmware.esphome_version.clone()).or_default() += 1;
                device.known = true;
                device.esphome_version = Some(firmware.esphome_version);
                device.project_name = Some(firmware.project_name);
                device.project_version = Some(firmware.project_version);
                device.compilation_time = Some(firmware.compilation_time);
                device.model = Some(firmware.model);
                device.update = self.0.transport.update(hostname);
            }
            inventory.devices.push(device);
        }
        serde_json::to_value(inventory).map_err(|error| error.to_string())
    }

    pub(super) fn collected(&self, running: &RunningTask) -> Value {
        let read: BTreeSet<&Hostname> =
            running.completed().map(|ended| &ended.target.device).collect();
        let lines: usize = read.iter().map(|device| self.0.transport.lines(device)).sum();
        let all = self.0.router.statuses();
        let all = all.iter().map(|status| &status.entry.hostname);
        let not_read: Vec<_> = all.filter(|device| !read.contains(device)).collect();
        json!({"devices": read.len(), "lines": lines, "not_read": not_read})
    }
}

/// How a check ended that did not end well, or took too long.
fn why(ended: &Ended) -> Value {
    let reason = if ended.reason == Reason::Delivered { "slow" } else { ended.reason.name() };
    json!({
        "hostname": ended.target.device,
        "reason": reason,
        "took_ms": ended.took.map(|took| took.as_millis() as u64),
    })
}
