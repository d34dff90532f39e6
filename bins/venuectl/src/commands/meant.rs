//! Which TVs are meant; what a selector or a name means is for the daemon to say.

use venue_api::PortView;
use venue_domain::PortId;

use crate::{
    client::Client,
    error::{Failure, InputError},
    parse::{OneTv, TvTarget},
};

/// Where the one TV is that is meant.
pub(super) async fn resolved(client: &Client, target: &TvTarget) -> Result<PortId, Failure> {
    let ports = meant(client, target).await?;
    match (&ports[..], target) {
        ([port], _) => Ok(port.clone()),
        (_, TvTarget::One(tv)) => Err(which(tv, &ports)),
        (_, TvTarget::Selected(selector)) => Err(which(&OneTv::Named(selector.clone()), &ports)),
    }
}

/// Where a TV is.
pub(super) async fn place(client: &Client, tv: &OneTv) -> Result<PortId, Failure> {
    resolved(client, &TvTarget::One(tv.clone())).await
}

/// The ports that are meant; which ones a selector means is for the daemon to say.
pub(super) async fn meant(client: &Client, target: &TvTarget) -> Result<Vec<PortId>, Failure> {
    let selector = match target {
        TvTarget::One(OneTv::Port(port)) => return Ok(vec![port.clone()]),
        TvTarget::One(OneTv::Named(selector)) | TvTarget::Selected(selector) => {
            selector.to_string()
        }
    };
    let found = client.ports(std::slice::from_ref(&selector)).await?.value.items;
    let place = |port: &PortView| format!("{}/{}", port.hostname, port.port).parse().ok();
    Ok(found.iter().filter_map(place).collect())
}

/// It is not clear which TV is meant.
pub(super) fn which(tv: &OneTv, ports: &[PortId]) -> Failure {
    let tv = match tv {
        OneTv::Port(port) => port.to_string(),
        OneTv::Named(selector) => selector.to_string(),
    };
    let places = ports.iter().map(ToString::to_string).collect();
    Failure::from(InputError::WhichTv { tv, places })
}
