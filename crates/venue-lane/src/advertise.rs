//! What the pool knows of a device, in the words of the venue.

use std::time::Duration;

use esphome_pool::{
    DeviceState, Misconfiguration,
    codec::{ActionDescription, EntityDescription, PeerDescription, SupportsResponse},
};
use tokio::time::Instant;
use venue_domain::{
    AdvertisedAction, AdvertisedArgument, AdvertisedEntity, Capabilities, DeviceSnapshot, Firmware,
    Hostname, LaneSnapshot, Misconfigured, Presence,
};

use crate::link::Link;

/// Everything that can be told of a device without asking it.
pub(crate) fn snapshot<L: Link>(
    device: &Hostname,
    link: &L,
    lane: LaneSnapshot,
    now: Instant,
) -> DeviceSnapshot {
    let session = link.latest_session();
    DeviceSnapshot {
        device: device.clone(),
        presence: presence(&link.state(), now),
        last_contact: link.last_contact().map(|at| now.saturating_duration_since(at)),
        address: session.as_ref().map(|session| session.address),
        firmware: session.map(|session| firmware(&session.peer)),
        lane,
    }
}

/// What a device advertised on its latest session.
pub(crate) fn capabilities<L: Link>(link: &L) -> Option<Capabilities> {
    let session = link.latest_session()?;
    let listing = &session.peer.listing;
    Some(Capabilities {
        firmware: firmware(&session.peer),
        actions: listing.actions.iter().map(action).collect(),
        entities: listing.entities.iter().map(entity).collect(),
        omitted: listing.omitted,
    })
}

fn presence(state: &DeviceState, now: Instant) -> Presence {
    let age = |since: &Instant| now.saturating_duration_since(*since);
    match state {
        DeviceState::Online(session) => Presence::Online { since: age(&session.since) },
        DeviceState::Connecting { since, .. } => Presence::Connecting { since: age(since) },
        DeviceState::Offline { since, cause, next_try, .. } => Presence::Offline {
            since: age(since),
            cause: cause.to_string(),
            next_try: next_try.saturating_duration_since(now),
        },
        DeviceState::Misconfigured { since, cause, .. } => {
            Presence::Misconfigured { since: age(since), cause: misconfigured(cause) }
        }
        DeviceState::Stopped => Presence::Offline {
            since: Duration::ZERO,
            cause: "the service is stopping".to_owned(),
            next_try: Duration::ZERO,
        },
    }
}

fn misconfigured(cause: &Misconfiguration) -> Misconfigured {
    match cause {
        Misconfiguration::WrongKey => Misconfigured::WrongKey,
        Misconfiguration::EncryptionRequired => Misconfigured::EncryptionRequired,
        Misconfiguration::EncryptionNotOffered => Misconfigured::EncryptionNotOffered,
        Misconfiguration::WrongDevice { name, mac } => {
            let mac = mac.map(|mac| mac.to_string());
            let told = [name.clone(), mac].into_iter().flatten().collect::<Vec<_>>();
            Misconfigured::WrongDevice { found: told.join(" ") }
        }
        Misconfiguration::NoIdentity => Misconfigured::NoIdentity,
        Misconfiguration::Flooding => Misconfigured::Flooding,
        Misconfiguration::Incompatible { found } => {
            Misconfigured::Incompatible { found: found.clone() }
        }
    }
}

fn firmware(peer: &PeerDescription) -> Firmware {
    let info = &peer.device_info;
    Firmware {
        esphome_version: info.esphome_version.clone(),
        api_version: peer.api_version,
        model: info.model.clone(),
        project_name: info.project_name.clone(),
        project_version: info.project_version.clone(),
        compilation_time: info.compilation_time.clone(),
        mac: peer.mac.map(|mac| mac.to_string()),
        friendly_name: info.friendly_name.clone(),
    }
}

fn action(description: &ActionDescription) -> AdvertisedAction {
    let argument = |arg: &esphome_pool::codec::ArgDescription| AdvertisedArgument {
        name: arg.name.clone(),
        kind: arg.kind.name(),
    };
    AdvertisedAction {
        name: description.name.clone(),
        arguments: description.args.iter().map(argument).collect(),
        replies: description.supports_response != SupportsResponse::None,
    }
}

fn entity(description: &EntityDescription) -> AdvertisedEntity {
    AdvertisedEntity {
        kind: description.kind.name(),
        name: description.name.clone(),
        object_id: description.object_id.clone(),
    }
}
