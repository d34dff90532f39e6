//! What the pool knows of a device, in the words of the venue.

use std::sync::Arc;

use esphome_pool::{
    DeviceState, Misconfiguration, SessionInfo,
    codec::{ActionDescription, EntityDescription, PeerDescription, SupportsResponse},
};
use venue_domain::{
    AdvertisedAction, AdvertisedArgument, AdvertisedEntity, Capabilities, Firmware, Misconfigured,
};

use crate::wire::{Connection, Session};

/// The connection, from the state of the session.
pub(super) fn connection(state: DeviceState) -> Connection<Arc<SessionInfo>> {
    match state {
        DeviceState::Online(session) => {
            let (epoch, since) = (session.epoch, session.since);
            Connection::Online(Session { epoch, since, peer: session })
        }
        DeviceState::Connecting { since, .. } => Connection::Connecting { since },
        DeviceState::Offline { since, cause, next_try, .. } => {
            Connection::Offline { since, cause, next_try }
        }
        DeviceState::Misconfigured { since, cause, .. } => {
            Connection::Misconfigured { since, cause: misconfigured(&cause) }
        }
        DeviceState::Stopped => Connection::Stopped,
    }
}

/// What a device advertised on its latest session.
pub(super) fn capabilities(peer: &PeerDescription) -> Capabilities {
    let listing = &peer.listing;
    Capabilities {
        firmware: firmware(peer),
        actions: listing.actions.iter().map(action).collect(),
        entities: listing.entities.iter().map(entity).collect(),
        omitted: listing.omitted,
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

/// What it runs.
pub(super) fn firmware(peer: &PeerDescription) -> Firmware {
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
