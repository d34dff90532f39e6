//! From the router's values to the types that travel.

pub(crate) mod reach;
pub(crate) mod stored;

use std::time::Duration;

use venue_api as api;
use venue_domain::{
    Capabilities, DeviceSnapshot, Evidence, Firmware, LaneSnapshot, Misconfigured, OrderDurability,
    PortEntry, PortLock, Presence, ProbeOutcome, RoutingMethod, Status, Timestamp, WallOffset,
};
use venue_registry::{Lock, LockTarget, Maintenance, MaintenanceTarget, Registry};
use venue_routing::{DeviceStatus, HealthReport, Method, Mode};

/// What is shown of a point in venue time.
pub(crate) const fn utc(wall: WallOffset, at: Timestamp) -> api::UtcTime {
    api::UtcTime(wall.shown(at))
}

/// Said only where a kill would lose something of the order.
pub(crate) const fn order(memory: OrderDurability) -> Option<api::OrderNote> {
    match memory {
        OrderDurability::Stored | OrderDurability::Marked => None,
        OrderDurability::MemoryOnly => Some(api::OrderNote::MemoryOnly),
    }
}

pub(crate) fn device_status(
    status: &DeviceStatus,
    registry: &Registry,
    now: Timestamp,
    wall: WallOffset,
) -> api::DeviceStatus {
    let DeviceStatus { entry, snapshot, .. } = status;
    let registered = registry.device(&entry.hostname);
    let since = snapshot.presence.since();
    api::DeviceStatus {
        hostname: entry.hostname.to_string(),
        name: entry.name.clone(),
        presence: presence(&snapshot.presence),
        online: snapshot.presence.is_online(),
        since: utc(wall, now.minus(since)),
        since_ms: ms(since),
        cause: cause(snapshot),
        found: found_instead(&snapshot.presence),
        next_try_ms: next_try(&snapshot.presence).map(ms),
        last_contact: snapshot.last_contact.map(|age| utc(wall, now.minus(age))),
        last_contact_ms: snapshot.last_contact.map(ms),
        address: snapshot.address.map(|address| address.to_string()),
        registered_address: registered.map(|device| device.value.address.to_string()),
        maintenance: registry.maintenance_of(&entry.hostname, wall.shown(now)).map(maintenance),
        firmware: snapshot.firmware.as_ref().map(firmware),
        lane: lane(&snapshot.lane),
        ports: entry.ports.iter().map(port).collect(),
    }
}

pub(crate) fn health(report: &HealthReport, now: Timestamp, wall: WallOffset) -> api::Health {
    let DeviceStatus { entry, snapshot, .. } = &report.status;
    let (found, round_trip) = match report.probe {
        ProbeOutcome::Answered { round_trip } => (api::Found::Answered, Some(round_trip)),
        ProbeOutcome::Silent => (api::Found::Silent, None),
        ProbeOutcome::NoSession => (api::Found::NoSession, None),
    };
    let healthy = round_trip.is_some();
    api::Health {
        hostname: entry.hostname.to_string(),
        online: healthy,
        healthy,
        is_healthy: healthy,
        method: api::Method::Direct,
        found,
        round_trip_ms: round_trip.map(ms),
        execution_time_ms: ms(report.took),
        last_checked: utc(wall, now),
        presence: presence(&snapshot.presence),
        cause: cause(snapshot),
        last_contact_ms: snapshot.last_contact.map(ms),
    }
}

pub(crate) fn capabilities(hostname: &str, capabilities: Capabilities) -> api::Capabilities {
    let action = |action: venue_domain::AdvertisedAction| api::Action {
        name: action.name,
        arguments: action
            .arguments
            .into_iter()
            .map(|argument| api::ActionArgument {
                name: argument.name,
                r#type: argument.kind.to_owned(),
            })
            .collect(),
        replies: action.replies,
    };
    let entity = |entity: venue_domain::AdvertisedEntity| api::Entity {
        kind: entity.kind.to_owned(),
        name: entity.name,
        object_id: entity.object_id,
    };
    api::Capabilities {
        hostname: hostname.to_owned(),
        firmware: firmware(&capabilities.firmware),
        actions: capabilities.actions.into_iter().map(action).collect(),
        entities: capabilities.entities.into_iter().map(entity).collect(),
        omitted: capabilities.omitted,
    }
}

pub(crate) fn counts(statuses: &[DeviceStatus]) -> api::DeviceCounts {
    let mut counts = api::DeviceCounts { total: statuses.len(), ..api::DeviceCounts::default() };
    for status in statuses {
        match status.snapshot.presence {
            Presence::Online { .. } => counts.online += 1,
            Presence::Connecting { .. } => counts.connecting += 1,
            Presence::Offline { .. } => counts.offline += 1,
            Presence::Misconfigured { .. } => counts.misconfigured += 1,
        }
    }
    counts
}

pub(crate) const fn status(status: Status) -> api::CommandStatus {
    match status {
        Status::Pending => api::CommandStatus::Pending,
        Status::Processing => api::CommandStatus::Processing,
        Status::Completed => api::CommandStatus::Completed,
        Status::Failed => api::CommandStatus::Failed,
        Status::Unknown => api::CommandStatus::Unknown,
        Status::Expired => api::CommandStatus::Expired,
        Status::Superseded => api::CommandStatus::Superseded,
        Status::Cancelled => api::CommandStatus::Cancelled,
    }
}

pub(crate) const fn evidence(evidence: Evidence) -> api::Evidence {
    match evidence {
        Evidence::Reply => api::Evidence::Reply,
        Evidence::InfraredComplete => api::Evidence::InfraredComplete,
        Evidence::PingBarrier => api::Evidence::PingBarrier,
    }
}

pub(crate) const fn method(method: Method) -> api::Method {
    match method {
        Method::Direct => api::Method::Direct,
        Method::Queued => api::Method::Queued,
    }
}

pub(crate) const fn routing_method(method: RoutingMethod) -> api::RoutingMethod {
    match method {
        RoutingMethod::DirectSuccess => api::RoutingMethod::DirectSuccess,
        RoutingMethod::DirectFailed => api::RoutingMethod::DirectFailed,
        RoutingMethod::DirectFailedQueued => api::RoutingMethod::DirectFailedQueued,
        RoutingMethod::Queued => api::RoutingMethod::Queued,
    }
}

pub(crate) const fn mode(mode: Mode) -> api::Mode {
    match mode {
        Mode::Normal => api::Mode::Normal,
        Mode::DirectOnly => api::Mode::DirectOnly,
    }
}

/// Milliseconds as they travel.
pub(crate) fn ms(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

pub(crate) const fn presence(presence: &Presence) -> api::Presence {
    match presence {
        Presence::Online { .. } => api::Presence::Online,
        Presence::Connecting { .. } => api::Presence::Connecting,
        Presence::Offline { .. } => api::Presence::Offline,
        Presence::Misconfigured { .. } => api::Presence::Misconfigured,
    }
}

fn cause(snapshot: &DeviceSnapshot) -> Option<String> {
    match &snapshot.presence {
        Presence::Online { .. } | Presence::Connecting { .. } => None,
        Presence::Offline { cause, .. } => Some(cause.clone()),
        Presence::Misconfigured { cause, .. } => Some(cause.name().to_owned()),
    }
}

fn found_instead(presence: &Presence) -> Option<String> {
    let Presence::Misconfigured { cause, .. } = presence else { return None };
    match cause {
        Misconfigured::WrongDevice { found } | Misconfigured::Incompatible { found } => {
            Some(found.clone())
        }
        Misconfigured::WrongKey
        | Misconfigured::Flooding
        | Misconfigured::NoIdentity
        | Misconfigured::EncryptionRequired
        | Misconfigured::EncryptionNotOffered => None,
    }
}

/// A lock, with how many TVs of `registry` it locks.
#[must_use]
pub fn lock(lock: &Lock, registry: &Registry) -> api::Lock {
    let (zone, port) = match &lock.id {
        LockTarget::Zone(zone) => (Some(zone.to_string()), None),
        LockTarget::Port(port) => (None, Some(port)),
    };
    api::Lock {
        id: lock.id.to_string(),
        zone,
        hostname: port.map(|port| port.device.to_string()),
        port: port.map(|port| port.port.number()),
        by: lock.by.clone(),
        since: api::UtcTime(lock.since()),
        until: lock.until().map(api::UtcTime),
        reason: lock.reason.clone(),
        tvs: registry.locked_ports(&lock.id).count(),
    }
}

/// The maintenance of a zone or of a board.
#[must_use]
pub fn maintenance(one: &Maintenance) -> api::Maintenance {
    let (zone, hostname) = match &one.id {
        MaintenanceTarget::Zone(zone) => (Some(zone.to_string()), None),
        MaintenanceTarget::Device(device) => (None, Some(device.to_string())),
    };
    api::Maintenance {
        id: one.id.to_string(),
        zone,
        hostname,
        by: one.by.clone(),
        since: api::UtcTime(one.since()),
        until: one.until().map(api::UtcTime),
        reason: one.reason.clone(),
    }
}

/// The lock that holds for a TV.
pub(crate) fn port_lock(lock: &PortLock) -> api::PortLock {
    api::PortLock {
        id: lock.id.clone(),
        by: lock.by.clone(),
        until: lock.until.map(api::UtcTime),
        reason: lock.reason.clone(),
    }
}

const fn next_try(presence: &Presence) -> Option<Duration> {
    match presence {
        Presence::Offline { next_try, .. } => Some(*next_try),
        Presence::Online { .. } | Presence::Connecting { .. } | Presence::Misconfigured { .. } => {
            None
        }
    }
}

fn firmware(firmware: &Firmware) -> api::Firmware {
    let (major, minor) = firmware.api_version;
    api::Firmware {
        esphome_version: firmware.esphome_version.clone(),
        api_version: format!("{major}.{minor}"),
        model: firmware.model.clone(),
        project_name: firmware.project_name.clone(),
        project_version: firmware.project_version.clone(),
        compilation_time: firmware.compilation_time.clone(),
        mac: firmware.mac.clone(),
        friendly_name: firmware.friendly_name.clone(),
    }
}

fn lane(lane: &LaneSnapshot) -> api::Lane {
    api::Lane {
        waiting: lane.waiting,
        in_flight: lane.in_flight.map(|id| id.to_string()),
        unconfirmed: lane.unconfirmed,
    }
}

fn port(port: &PortEntry) -> api::Port {
    api::Port {
        port: port.index.number(),
        name: port.name.clone(),
        zone: port.zone.clone(),
        default_channel: port.default_channel.as_ref().map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn router_and_wire_use_the_same_words() {
        for status in Status::ALL {
            assert_eq!(self::status(status).name(), status.name());
        }
        for routing in RoutingMethod::ALL {
            assert_eq!(routing_method(routing).name(), routing.name());
        }
        for mode in [Mode::Normal, Mode::DirectOnly] {
            assert_eq!(self::mode(mode).name(), mode.name());
        }
        for method in [Method::Direct, Method::Queued] {
            assert_eq!(self::method(method).name(), method.name());
        }
        let presences = [
            Presence::Online { since: Duration::ZERO },
            Presence::Connecting { since: Duration::ZERO },
            Presence::Offline {
                since: Duration::ZERO,
                cause: String::new(),
                next_try: Duration::ZERO,
            },
            Presence::Misconfigured { since: Duration::ZERO, cause: Misconfigured::WrongKey },
        ];
        for presence in presences {
            assert_eq!(self::presence(&presence).name(), presence.name());
        }
    }
}
