//! The endpoint about boards that announce themselves on the network.

use venue_api::{Discovered, DiscoveredBoard, Discovery};
use venue_registry::{Known, Registry, Sighting};

use crate::{
    app::{App, Site},
    reply::Reply,
};

/// `GET /api/v1/discovered`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) fn list<S: Site>(app: &App<S>) -> Reply {
    let registry = app.venue.registry();
    let seen = app.discovery.seen();
    let enabled = seen.is_some();
    let items = seen.unwrap_or_default().into_iter().map(|one| board(one, &registry)).collect();
    Reply::ok(&Discovered { enabled, items })
}

fn board(seen: Sighting, registry: &Registry) -> DiscoveredBoard {
    let (state, registered) = match registry.known(&seen) {
        Known::New => (Discovery::New, None),
        Known::Registered => (Discovery::Registered, None),
        Known::OtherMac { registered } => (Discovery::OtherMac, Some(registered.to_string())),
        Known::OtherName { registered } => (Discovery::OtherName, Some(registered.to_string())),
    };
    DiscoveredBoard {
        hostname: seen.hostname.to_string(),
        address: seen.address.to_string(),
        mac: seen.mac.map(|mac| mac.to_string()),
        friendly_name: seen.friendly_name,
        esphome_version: seen.esphome_version,
        board: seen.board,
        project_name: seen.project,
        encrypted: seen.is_encrypted,
        state,
        registered,
    }
}
