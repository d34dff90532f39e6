//! Endpoints about ports: all of them as a wall shows them, and what people know better.

use std::collections::{HashMap, HashSet};

use crate::events::{EventKind, PortUpdated};
use http::StatusCode;
use venue_api::{self as api, AssumedStateBody, DrivenBy, PortCommand, PortList, PortView};
use venue_auth::Need;
use venue_domain::{
    AssumedStateChange, AssumedStateStore, CORRECTION, ChannelNumber, CommandRecord, EffectGroup,
    HistoryQuery, Hostname, PortId, PortIndex, PortStatus, QueueControl, QueueView, Status,
    StoreError,
};
use venue_registry::{Driven, Expansion, Registry, Selector, Unmatched};

use crate::{
    access::shared_within,
    api_error::ApiError,
    app::{App, AppTypes},
    endpoint::{Endpoint, Request, Scope, get, put},
    handler::{
        path::OfPort,
        source::{Assumed, presence},
    },
    query::PortFilter,
    reply::Reply,
    waits::Moment,
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/ports", Need::Read, "All TVs, or those that selectors name, as a wall of TVs shows them")
            .details(
                "The assumed state, the newest waiting command, and the last command that ended (superseded and \
                 cancelled ones do not count). A selector may be given several times; \
                 one that matches no TV is 422 and says why.",
            )
            .query::<PortFilter>()
            .answers::<PortList>(StatusCode::OK)
            .to(list),
        put("/api/v1/ports/{hostname}/{port}/assumed-state", Need::CommandOne, "Correct the assumed state of a TV, for somebody who sees it")
            .path::<OfPort>()
            .scope(Scope::PathPort)
            .body::<AssumedStateBody>()
            .answers::<api::PortStatus>(StatusCode::OK)
            .to(correct),
    ]
}

/// So many open commands, and so many of those that ended last, are looked through for a wall.
const LOOKED_THROUGH: u32 = 2_000;

/// What the store knows of all ports.
#[derive(Debug, Default)]
struct Known {
    assumed: HashMap<PortId, PortStatus>,
    waiting: HashMap<PortId, CommandRecord>,
    last: HashMap<PortId, CommandRecord>,
}

/// `GET /api/v1/ports?selector=`: all ports, or those that the selectors mean. Without a store it tells
/// what is there, and that nothing else is known.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S, (), PortFilter>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let selectors: Vec<Selector> =
        request.query()?.selector.into_iter().map(|selector| selector.0).collect();
    let wanted = meant(&selectors, &app.venue.registry())?;
    let (mut known, store) = match known(app).await {
        Ok(known) => (known, None),
        Err(error) => (Known::default(), Some(error.code().to_owned())),
    };
    let (registry, wall) = (app.venue.registry(), app.wall());
    let at = wall.shown(app.now());
    let sources = Assumed { assumed: std::mem::take(&mut known.assumed), presence: presence(app) };
    let is_paused = app.queue.control.is_paused();
    let moment = Moment { now: app.now(), wall, is_paused, presence: None, rests_until: None };
    let view = |(id, port): (PortId, &venue_registry::Port)| {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&id)) {
            return None;
        }
        let presence = wire::presence(sources.presence.get(&id.device)?);
        Some(PortView {
            hostname: id.device.to_string(),
            port: id.port.number(),
            name: port.name.clone(),
            appliance: port.appliance.clone(),
            zone: port.zone.as_ref().map(ToString::to_string),
            tags: port.tags.iter().map(ToString::to_string).collect(),
            profile: port.profile.as_ref().map(ToString::to_string),
            default_channel: registry
                .port(&registry.receiver(&id, EffectGroup::Channel))
                .and_then(|port| port.default_channel.as_ref().map(ToString::to_string)),
            platform: port.platform.clone(),
            source: registry.screen_source(port).map(|shown| sources.shown(&shown, &registry)),
            port_of_source: registry.source_at(&id).map(|source| source.id.to_string()),
            feeds: registry.source_at(&id).map_or_else(Vec::new, |one| wire::reach::screens(one)),
            driven_by: driven_by(registry.driven(port)),
            codeset: port.codeset.as_ref().map(ToString::to_string),
            presence,
            maintenance: registry.maintenance_at(&id, at).map(wire::maintenance),
            locked: registry.lock_of(&id, at).map(|lock| wire::port_lock(&lock.told())),
            assumed: registry
                .screen_status(&id, |port| sources.assumed.get(port).cloned())
                .as_ref()
                .map(|status| wire::stored::port_status(status, wall)),
            waiting: known.waiting.remove(&id).as_ref().map(|record| command(record, &moment)),
            last: known.last.remove(&id).as_ref().map(|record| command(record, &moment)),
        })
    };
    Ok(Reply::ok(&PortList { items: registry.ports().filter_map(view).collect(), store }))
}

fn driven_by(driven: Driven<'_>) -> DrivenBy {
    match driven {
        Driven::CodeSet { .. } => DrivenBy::Codeset,
        Driven::Mapping { .. } => DrivenBy::Mapping,
        Driven::Actions { .. } | _ => DrivenBy::Actions,
    }
}

/// The ports that `selectors` mean; `None` for all.
fn meant(selectors: &[Selector], registry: &Registry) -> Result<Option<HashSet<PortId>>, ApiError> {
    let Expansion { ports, unmatched, .. } = Selector::expand(selectors, registry);
    if let Some(Unmatched { reason, kind, .. }) = unmatched.into_iter().next() {
        return Err(ApiError::QueryNoMatch { field: "selector".to_owned(), reason, kind });
    }
    Ok((!selectors.is_empty()).then(|| ports.into_iter().collect()))
}

async fn known<S: AppTypes>(app: &App<S>) -> Result<Known, StoreError> {
    let view = &app.queue.view;
    let assumed = view.port_status(None).await?;
    let open = view.current_commands(LOOKED_THROUGH).await?;
    let ended = HistoryQuery { device: None, before: None, limit: LOOKED_THROUGH };
    let ended = view.history(ended).await?.items;
    let mut known = Known::default();
    known.assumed.extend(assumed.into_iter().map(|status| (status.port.clone(), status)));
    for record in open {
        // The newest of a port comes first.
        known.waiting.entry(record.target.clone()).or_insert(record);
    }
    for record in ended {
        if !matches!(record.status, Status::Superseded | Status::Cancelled) {
            known.last.entry(record.target.clone()).or_insert(record);
        }
    }
    Ok(known)
}

fn command(record: &CommandRecord, moment: &Moment) -> PortCommand {
    let wall = moment.wall;
    PortCommand {
        command_id: record.id.to_string(),
        command: record.action.name().to_owned(),
        channel: record.action.parameters().channel,
        batch_id: record.batch.as_ref().map(ToString::to_string),
        status: wire::status(record.status),
        tried_until: match record.status {
            Status::Pending | Status::Processing => moment.tried_until(record.patience(moment.now)),
            Status::Completed
            | Status::Failed
            | Status::Expired
            | Status::Superseded
            | Status::Cancelled
            | Status::Unknown => None,
        },
        reason: record.reason.map(|reason| reason.name().to_owned()),
        at: wire::utc(wall, record.completed_at.unwrap_or(record.created_at)),
    }
}

/// `PUT /api/v1/ports/{hostname}/{port}/assumed-state`.
///
/// # Cancel safety
/// A dropped future may or may not have stored it.
async fn correct<S: AppTypes>(
    request: Request<S, OfPort, (), AssumedStateBody>,
) -> Result<Reply, ApiError> {
    let (app, hostname, port, context) =
        (&*request.app, &*request.path.hostname, &*request.path.port, &*request.context);
    let port = registered(app, hostname, port)?;
    let registry = app.venue.registry();
    let change = change(request.body()?)?;
    // Whoever says what a source shows says it of all screens that show it.
    shared_within(&context.who, &[(port.clone(), groups(&change))], &registry)?;
    let changes = by_receiver(change, &port, &registry);
    let mut corrected = HashMap::new();
    for (receiver, change) in changes {
        let by = context.who.name();
        let status = app.queue.view.correct(receiver.clone(), change.clone(), by, app.now()).await;
        let status = status.map_err(|error| ApiError::Store { error })?;
        let told = PortUpdated { port: &receiver, last_command: Some(CORRECTION), change: &change };
        app.watch.hub.publish(EventKind::PortUpdated, app.wall().shown(app.now()), &told);
        tracing::info!(
            hostname = %receiver.device,
            port = receiver.port.number(),
            power = status.power,
            user_ip = %context.user_ip,
            request_id = context.request_id,
            "assumed state corrected"
        );
        corrected.insert(receiver, status);
    }
    if registry.port(&port).is_some_and(|port| port.source.is_some()) {
        // Of the TV or of its source nothing may have been corrected now.
        let stored = app.queue.view.port_status(None).await;
        for status in stored.map_err(|error| ApiError::Store { error })? {
            corrected.entry(status.port.clone()).or_insert(status);
        }
    }
    let shown = registry.screen_status(&port, |port| corrected.get(port).cloned());
    // Something was corrected: of that something is known.
    let shown = shown.ok_or(ApiError::Internal)?;
    Ok(Reply::ok(&wire::stored::port_status(&shown, app.wall())))
}

/// What somebody saw on a screen, by the port of which it is said: the channel is its source's, if it has one.
/// Which effect groups a correction is about.
fn groups(change: &AssumedStateChange) -> Vec<EffectGroup> {
    let AssumedStateChange { power, muted, input, channel } = change;
    let parts = [
        (power.is_some() || input.is_some(), EffectGroup::Power),
        (muted.is_some(), EffectGroup::Mute),
        (channel.is_some(), EffectGroup::Channel),
    ];
    parts.into_iter().filter_map(|(is_said, group)| is_said.then_some(group)).collect()
}

fn by_receiver(
    change: AssumedStateChange,
    port: &PortId,
    registry: &Registry,
) -> Vec<(PortId, AssumedStateChange)> {
    let AssumedStateChange { power, muted, input, channel } = change;
    let nothing = AssumedStateChange::default;
    let parts = [
        (EffectGroup::Power, AssumedStateChange { power, input, ..nothing() }),
        (EffectGroup::Mute, AssumedStateChange { muted, ..nothing() }),
        (EffectGroup::Channel, AssumedStateChange { channel, ..nothing() }),
    ];
    let mut of_ports: Vec<(PortId, AssumedStateChange)> = Vec::new();
    for (group, part) in parts.into_iter().filter(|(_, part)| *part != nothing()) {
        let receiver = registry.receiver(port, group);
        match of_ports.iter_mut().find(|(known, _)| *known == receiver) {
            Some((_, known)) => {
                known.power = known.power.take().or(part.power);
                known.muted = known.muted.take().or(part.muted);
                known.input = known.input.take().or(part.input);
                known.channel = known.channel.take().or(part.channel);
            }
            None => of_ports.push((receiver, part)),
        }
    }
    of_ports
}

fn registered<S: AppTypes>(app: &App<S>, hostname: &str, port: &str) -> Result<PortId, ApiError> {
    let unknown = || ApiError::NoSuchItem { kind: "ports", id: format!("{hostname}/{port}") };
    let device: Hostname = hostname.parse().map_err(|_| unknown())?;
    let index = port.parse::<i64>().ok().and_then(|number| PortIndex::try_from(number).ok());
    let port = index.ok_or_else(unknown)?;
    let registry = app.venue.registry();
    let listed = registry.device(&device).ok_or_else(unknown)?;
    listed.value.port(port).ok_or_else(unknown)?;
    Ok(PortId { device, port })
}

fn change(body: AssumedStateBody) -> Result<AssumedStateChange, ApiError> {
    let AssumedStateBody { power, muted, channel } = body;
    let wrong = |field: &str, detail: &str| ApiError::InvalidItem {
        field: field.to_owned(),
        detail: detail.to_owned(),
    };
    if power.is_none() && muted.is_none() && channel.is_none() {
        return Err(wrong("power", "say power, muted or channel: nothing is corrected"));
    }
    let power = power.map(|power| match power.as_str() {
        "on" => Ok(Some(true)),
        "off" => Ok(Some(false)),
        _ => Err(wrong("power", "power is on or off")),
    });
    let channel = channel.map(|channel| {
        let number = channel.parse::<ChannelNumber>().map(Some);
        number.map_err(|error| wrong("channel", &error.to_string()))
    });
    Ok(AssumedStateChange {
        power: power.transpose()?,
        muted: muted.map(Some),
        channel: channel.transpose()?,
        input: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_says_something_and_what_is_wrong_with_it_names_its_field() {
        let parse = |text: &[u8]| change(crate::body::parse::<AssumedStateBody>(text).unwrap());
        let off = parse(br#"{"power": "off"}"#).unwrap();
        assert_eq!(
            off,
            AssumedStateChange { power: Some(Some(false)), ..AssumedStateChange::default() }
        );
        for (text, field) in [
            (&br#"{}"#[..], "power"),
            (br#"{"power": "perhaps"}"#, "power"),
            (br#"{"channel": "five"}"#, "channel"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.field().unwrap().0, field);
            assert_eq!(error.status().as_u16(), 422);
        }
    }
}
