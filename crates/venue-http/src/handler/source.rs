//! The endpoint about sources, and what is shown of the source of a screen.

use std::collections::HashMap;

use http::StatusCode;
use venue_api::{SourceList, SourceView};
use venue_auth::Need;
use venue_domain::{Hostname, PortId, PortStatus, Presence, QueueView, ScreenSource};
use venue_registry::{Registry, VolumeAt};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    endpoint::{Endpoint, Request, get},
    reply::Reply,
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/sources", Need::Read, "The sources, with the screens that show each")
            .details(
                "A source is what screens show where that is not the tuner of the TV, such as a set-top box. They are \
                 edited as items: `/api/v1/config/sources`.",
            )
            .answers::<SourceList>(StatusCode::OK)
            .to(sources),
    ]
}

/// What is assumed of each port, and whether its device is there.
pub(super) struct Assumed {
    pub(super) assumed: HashMap<PortId, PortStatus>,
    pub(super) presence: HashMap<Hostname, Presence>,
}

pub(super) fn presence<S: AppTypes>(app: &App<S>) -> HashMap<Hostname, Presence> {
    let statuses = app.router.statuses().into_iter();
    statuses.map(|status| (status.entry.hostname.clone(), status.snapshot.presence)).collect()
}

impl Assumed {
    fn channel(&self, port: &PortId) -> Option<String> {
        let channel = self.assumed.get(port)?.channel.as_ref()?;
        Some(channel.to_string())
    }

    /// What a screen shows.
    pub(super) fn shown(
        &self,
        shown: &ScreenSource,
        registry: &Registry,
    ) -> venue_api::ScreenSource {
        let source = &shown.source;
        let listed = registry.source_item(&source.id);
        let presence = self.presence.get(&source.port.device);
        venue_api::ScreenSource {
            id: source.id.to_string(),
            name: source.name.clone(),
            hostname: source.port.device.to_string(),
            port: source.port.port.number(),
            via: listed.and_then(|source| source.via.clone()),
            channel: self.channel(&source.port),
            presence: presence.map_or(venue_api::Presence::Offline, wire::presence),
            volume: if shown.has_sound { VolumeAt::Source } else { VolumeAt::Tv }.name().to_owned(),
        }
    }
}

/// `GET /api/v1/sources`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn sources<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let (assumed, store) = match app.queue.view.port_status(None).await {
        Ok(assumed) => (assumed, None),
        Err(error) => (Vec::new(), Some(error.code().to_owned())),
    };
    let assumed = assumed.into_iter().map(|status| (status.port.clone(), status)).collect();
    let assumed = Assumed { assumed, presence: presence(app) };
    let registry = app.venue.registry();
    let view = |source: &venue_registry::Source| {
        let port = source.port_id();
        SourceView {
            id: source.id.to_string(),
            name: source.name.clone(),
            hostname: port.device.to_string(),
            port: port.port.number(),
            via: source.via.clone(),
            order: source.order,
            platform: registry.port(&port).and_then(|port| port.platform.clone()),
            presence: assumed.presence.get(&port.device).map(wire::presence),
            channel: assumed.channel(&port),
            screens: registry
                .source(&source.id)
                .map_or_else(Vec::new, |entry| wire::reach::screens(entry)),
        }
    };
    let items = registry.sources().into_iter().map(|listed| view(&listed.value)).collect();
    Ok(Reply::ok(&SourceList { items, store }))
}
