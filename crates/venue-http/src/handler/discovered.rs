//! The endpoints about boards: those that announce themselves on the network, and which one a device is.

use http::StatusCode;
use venue_api::{BoardAccepted, BoardBody, Discovered, DiscoveredBoard, Discovery};
use venue_auth::Need;
use venue_domain::Hostname;
use venue_registry::{DiscoveredDevice, Kind, Known, MacAddress, Registry};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    endpoint::{Endpoint, Request, get, put},
    handler::path::OfDevice,
    reply::Reply,
    venue::BoardRejection,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        put("/api/v1/config/devices/{hostname}/board", Need::Secrets, "Accept the board that answers in place of the previous one")
            .details(
                "409 unless exactly this board answers now. The new board inherits nothing: commands that wait for \
                 the previous one are cancelled (`withdrawn` says how many), and the assumed state of its ports is \
                 forgotten.",
            )
            .path::<OfDevice>()
            .body::<BoardBody>()
            .answers::<BoardAccepted>(StatusCode::OK)
            .to(accept),
        get("/api/v1/discovered", Need::Read, "Boards that announce themselves on the network, and how each is registered")
            .details("`state` is `new`, `registered`, `other_mac` or `other_name`.")
            .answers::<Discovered>(StatusCode::OK)
            .to(list),
    ]
}

/// `GET /api/v1/discovered`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let registry = app.venue.registry();
    let seen = app.discovery.seen();
    let enabled = seen.is_some();
    let items = seen.unwrap_or_default().into_iter().map(|one| board(one, &registry)).collect();
    Ok(Reply::ok(&Discovered { enabled, items }))
}

fn board(seen: DiscoveredDevice, registry: &Registry) -> DiscoveredBoard {
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

/// `PUT /api/v1/config/devices/{hostname}/board`: another board answers, and is accepted. It is named,
/// so that nobody accepts one that they have not seen.
///
/// # Cancel safety
/// What waits for the board before may have been withdrawn although this one is not accepted.
async fn accept<S: AppTypes>(
    request: Request<S, OfDevice, (), BoardBody>,
) -> Result<Reply, ApiError> {
    let (app, hostname) = (&*request.app, &*request.path.hostname);
    let no_such = || ApiError::NoSuchItem { kind: Kind::Device.plural(), id: hostname.to_owned() };
    let device: Hostname = hostname.parse().map_err(|_| no_such())?;
    let BoardBody { mac: given } = request.body()?;
    let mac: MacAddress = given.parse().map_err(|error: venue_registry::MacAddressError| {
        ApiError::InvalidItem { field: "mac".to_owned(), detail: error.to_string() }
    })?;
    let registry = app.venue.registry();
    let registered = registry.device(&device).ok_or_else(no_such)?.value.mac;
    let hostname = device.to_string();
    if let Some(registered) = registered.map(|mac| mac.to_string()) {
        return Err(ApiError::BoardRegistered { hostname, registered });
    }
    match app.discovery.accept_board(&device, mac).await {
        Ok(withdrawn) => {
            Ok(Reply::ok(&BoardAccepted { hostname, mac: mac.to_string(), withdrawn }))
        }
        Err(BoardRejection::Store { error }) => Err(ApiError::Store { error }),
        Err(BoardRejection::NoOther) => Err(ApiError::NoOtherBoard { hostname }),
        Err(BoardRejection::Another { found }) => {
            Err(ApiError::AnotherBoard { hostname, found, given: mac.to_string() })
        }
    }
}
