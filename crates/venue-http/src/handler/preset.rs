//! Endpoints about presets: shown, run, captured. They are edited as items of the configuration.

mod preview;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use http::StatusCode;
use uuid::Uuid;
use venue_api::{
    BatchAccepted, PresetCaptureBody, PresetCaptured, PresetList, PresetPreview, PresetRunBody,
    PresetSummary, UnknownState,
};
use venue_auth::{Need, allows};
use venue_domain::{Action, BatchId, Clock, EffectGroup, PortId, PortStatus, QueueView, one_line};
use venue_registry::{
    Captured, Edit, Expansion, Expected, Kind, NoMatch, Preset, PresetPlan, Registry, Selector,
    Unmatched, forget_accepted, forget_open,
};
use venue_routing::{Firing, TargetSteps};

use crate::{
    access::{shared_within, zones_of},
    api_error::ApiError,
    app::{App, AppTypes},
    body,
    endpoint::{Body, Endpoint, Inspect, Limit, Presence, Request, Scope, get, post},
    handler::{
        command::actor,
        config,
        path::OfId,
        planned::{accepted, of_state, unmatched_selectors},
    },
    reply::{Reply, RequestContext},
    respond,
    venue::{EditRejection, Edited},
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/presets", Need::Read, "The presets")
            .details("They are edited as items: `/api/v1/config/presets`.")
            .answers::<PresetList>(StatusCode::OK)
            .to(list),
        get("/api/v1/presets/{id}", Need::Read, "What running a preset now would send")
            .path::<OfId>()
            .answers::<PresetPreview>(StatusCode::OK)
            .to(show),
        post("/api/v1/presets/{id}/run", Need::CommandBulk, "Run a preset, or a part of it, as a batch")
            .details("A dry run is answered 200, with what would be sent.")
            .path::<OfId>()
            .limit(Limit::Bulk)
            .scope(Scope::BodyPorts)
            .body::<PresetRunBody>()
            .located()
            .answers::<PresetPreview>(StatusCode::OK)
            .answers::<BatchAccepted>(StatusCode::ACCEPTED)
            .to(run),
        post("/api/v1/presets/capture", Need::Plan, "Make a preset of the assumed state of TVs")
            .details(
                "What is not known of a TV is left out of the preset, and `unknown` says so. Without `apply` nothing \
                 is saved.",
            )
            .body::<PresetCaptureBody>()
            .answers::<PresetCaptured>(StatusCode::OK)
            .to(capture),
    ]
}

/// An empty body runs all of it.
impl Body for PresetRunBody {
    const PRESENCE: Presence = Presence::Optional;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_optional(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for PresetRunBody {
    fn summary(&self) -> String {
        let part =
            if self.selectors.is_empty() { "all of it" } else { &*self.selectors.join(", ") };
        format!("run {part}{}", if self.dry_run { " (dry run)" } else { "" })
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn reached(&self, of: &str, registry: &Registry) -> Vec<(PortId, Vec<EffectGroup>)> {
        let Some(preset) = registry.preset(of) else { return Vec::new() };
        let Ok((only, _)) = part(&self.selectors, registry) else { return Vec::new() };
        let mut reached = preset_reach(&preset.value, registry);
        reached.retain(|(port, _)| only.as_ref().is_none_or(|only| only.contains(port)));
        reached
    }

    fn missing(&self, of: &str, registry: &Registry) -> Option<ApiError> {
        existing(of, registry).err()
    }

    fn ports(&self, of: &str, registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        let preset = registry.preset(of)?;
        let (only, _) = part(&self.selectors, registry).ok()?;
        let ports = ports(&preset.value, registry).into_iter();
        let meant = ports.filter(|port| only.as_ref().is_none_or(|only| only.contains(port)));
        let named = |port: PortId| (port.device.to_string(), Some(i64::from(port.port)));
        Some(meant.map(named).collect())
    }
}

impl Body for PresetCaptureBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for PresetCaptureBody {
    fn summary(&self) -> String {
        let dry = if self.apply { "" } else { " (dry run)" };
        format!("capture {} from {}{dry}", self.id, self.selectors.join(", "))
    }

    fn is_dry_run(&self) -> bool {
        !self.apply
    }

    fn ports(&self, _of: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

/// `GET /api/v1/presets`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let registry = request.app.venue.registry();
    let who = &request.context.who;
    let shown = |preset: &Preset| {
        let ports = ports(preset, &registry);
        let zones = zones_of(&ports, &registry);
        let may_run = zones.with(|targets| allows(who, Need::CommandBulk, targets).is_ok())
            && shared_within(who, &preset_reach(preset, &registry), &registry).is_ok();
        PresetSummary {
            id: preset.id.to_string(),
            name: preset.name.clone(),
            color: preset.color.clone(),
            order: preset.order,
            tvs: ports.len(),
            zones: zone_names(&ports, &registry),
            may_run,
        }
    };
    let items = registry.presets().into_iter().map(|listed| shown(&listed.value)).collect();
    Ok(Reply::ok(&PresetList { items }))
}

/// `GET /api/v1/presets/{id}`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn show<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, &*request.path.id);
    let registry = app.venue.registry();
    let preset = existing(id, &registry)?;
    let assumed = assumed(app).await?;
    let plan = preset.plan(&registry, None, |port| assumed.get(port).cloned());
    preview::preview(app, preset, plan, &assumed, &request.context)
}

/// `POST /api/v1/presets/{id}/run`.
///
/// # Cancel safety
/// A dropped future may or may not have stored the batch.
async fn run<S: AppTypes>(request: Request<S, OfId, (), PresetRunBody>) -> Result<Reply, ApiError> {
    let (app, context, id) = (&*request.app, &*request.context, &*request.path.id);
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let body = request.body()?;
    let registry = app.venue.registry();
    let preset = existing(id, &registry)?;
    let (only, mut unmatched) = part(&body.selectors, &registry)?;
    unmatched.extend(unnamed(&body.selectors, preset, &registry));
    // One after the other: what a run sends decides what the next one may press.
    let _turn = app.plan_turns.take().await.map_err(|error| ApiError::Store { error })?;
    let assumed = assumed(app).await?;
    let mut plan = preset.plan(&registry, only.as_ref(), |port| assumed.get(port).cloned());
    plan.unmatched.extend(unmatched);
    if body.dry_run {
        return preview::preview(app, preset, plan, &assumed, context);
    }
    if plan.targets.is_empty() && plan.undecided.is_empty() && !plan.unchanged.is_empty() {
        // All is as it should be.
        let as_it_is = preview::preview(app, preset, plan, &assumed, context);
        return as_it_is.map(Reply::without_effect);
    }
    let PresetPlan { targets, undecided, unchanged: _, unmatched } = plan;
    let undecided = of_state(undecided, targets.len());
    let unmatched = unmatched_selectors(unmatched);
    if targets.is_empty() {
        return Ok(respond::none_of_preset(&undecided, &unmatched, context));
    }
    let firing = firing(app, preset, targets, undecided.len(), body.notes, context)?;
    let ports: Vec<PortId> = firing.targets.iter().map(|one| one.target.clone()).collect();
    match app.router.fire(firing).await {
        Ok(answer) => Ok(accepted(&answer, &ports, undecided, unmatched, context)),
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

fn firing<S: AppTypes>(
    app: &App<S>,
    preset: &Preset,
    targets: Vec<(PortId, Vec<Action>)>,
    refused: usize,
    notes: Option<String>,
    context: &RequestContext,
) -> Result<Firing, ApiError> {
    let at_once = |(target, actions): (PortId, Vec<Action>)| {
        let steps = actions.into_iter().map(|action| (Duration::ZERO, action)).collect();
        TargetSteps { target, steps }
    };
    // The last bytes of a UUIDv7 are random.
    let random = Uuid::now_v7().as_u128() as u32;
    let batch = format!("preset_{}_{random:08x}", preset.id).parse::<BatchId>();
    Ok(Firing {
        batch: batch.map_err(|error| ApiError::InvalidBatchId { error })?,
        targets: targets.into_iter().map(at_once).collect(),
        refused,
        due: app.router.clock().now(),
        scheduled: false,
        actor: actor(context),
        notes: notes.or_else(|| Some(preset.name.clone())),
    })
}

/// `POST /api/v1/presets/capture`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn capture<S: AppTypes>(
    request: Request<S, (), (), PresetCaptureBody>,
) -> Result<Reply, ApiError> {
    let (app, context, body) = (&*request.app, &*request.context, request.body()?);
    let registry = app.venue.registry();
    let ports = all_matched(&body.selectors, &registry)?;
    let assumed = assumed(app).await?;
    let Captured { entries, unknown } =
        Captured::of(&ports, |port| assumed.get(port).cloned(), &registry);
    if entries.is_empty() {
        let detail =
            "nothing is known of these TVs yet: switch them once, or correct their assumed state";
        return Err(ApiError::InvalidItem {
            field: "selectors".to_owned(),
            detail: detail.to_owned(),
        });
    }
    // What is not said of a preset that is replaced stays as it was: its people know it by that.
    let before = body.revision.and_then(|_| registry.preset(&body.id)).map(|it| &it.value);
    let name = body.name.clone().or_else(|| before.map(|it| it.name.clone()));
    let value = serde_json::json!({
        "id": body.id,
        "name": name.as_deref().unwrap_or(&body.id),
        "color": body.color.clone().or_else(|| before.and_then(|it| it.color.clone())),
        "order": body.order.or_else(|| before.map(|it| it.order)).unwrap_or_default(),
        "entries": entries,
    });
    let unknown = unknown.into_iter().map(|(port, fields)| UnknownState {
        hostname: port.device.to_string(),
        port: port.port.number(),
        fields: fields.into_iter().map(str::to_owned).collect(),
    });
    let (preset, unknown) = (value.clone(), unknown.collect());
    if !body.apply {
        if let Err(error) = registry.accepts_preset(value, body.revision) {
            let refusal = EditRejection::Edit { error };
            return Ok(config::refused_at(REVISION, &refusal, context));
        }
        let revision = registry.revision();
        return Ok(Reply::ok(&PresetCaptured { preset, unknown, applied: false, revision }));
    }
    let kind = Kind::Preset;
    let edit = match body.revision {
        Some(revision) => {
            let expected = Expected::Revision(revision);
            Edit::Replace { kind, id: body.id.clone(), value, expected }
        }
        None => Edit::Create { kind, value },
    };
    let edited = config::edited_at(REVISION, app, edit, ("captured", &body.id), context).await;
    Ok(match edited {
        Ok(Edited { registry, .. }) => {
            let revision = registry.revision();
            Reply::ok(&PresetCaptured { preset, unknown, applied: true, revision })
        }
        Err(refused) => refused,
    })
}

/// The ports of selectors each of which has to match.
fn all_matched(selectors: &[String], registry: &Registry) -> Result<Vec<PortId>, ApiError> {
    let refused = |detail| ApiError::InvalidItem { field: "selectors".to_owned(), detail };
    let (ports, unmatched) = part(selectors, registry)?;
    if let Some(Unmatched { selector, reason, .. }) = unmatched.into_iter().next() {
        return Err(refused(format!("{selector}: {reason}")));
    }
    let ports =
        ports.ok_or_else(|| refused("names no TV: give selectors such as zone=bar".to_owned()))?;
    Ok(ports.into_iter().collect())
}

/// The field of the body that says which revision is replaced.
const REVISION: &str = "revision";

fn existing<'r>(id: &str, registry: &'r Registry) -> Result<&'r Preset, ApiError> {
    let found = registry.preset(id).map(|listed| &listed.value);
    found.ok_or_else(|| ApiError::NoSuchItem { kind: Kind::Preset.plural(), id: id.to_owned() })
}

/// What is assumed of every port.
async fn assumed<S: AppTypes>(app: &App<S>) -> Result<BTreeMap<PortId, PortStatus>, ApiError> {
    // In this order: what ends between the two reads was open, and is in the state besides.
    let open = app.queue.view.current_commands(MOST_OPEN).await;
    let open = open.map_err(|error| ApiError::Store { error })?;
    let lately = app.router.accepted_lately();
    let known = app.queue.view.port_status(None).await;
    let mut known = known.map_err(|error| ApiError::Store { error })?;
    forget_open(&mut known, &open);
    forget_accepted(&mut known, &lately);
    Ok(known.into_iter().map(|status| (status.port.clone(), status)).collect())
}

/// More than wait in any venue.
const MOST_OPEN: u32 = 20_000;

/// The ports that selectors mean, `None` for all; and the selectors that match nothing.
pub(super) fn part(
    selectors: &[String],
    registry: &Registry,
) -> Result<(Option<BTreeSet<PortId>>, Vec<Unmatched>), ApiError> {
    let read = |(place, text): (usize, &String)| {
        text.parse::<Selector>().map_err(|error| {
            let field = format!("selectors[{place}]");
            ApiError::InvalidItem { field, detail: one_line(&error) }
        })
    };
    let read: Result<Vec<Selector>, ApiError> = selectors.iter().enumerate().map(read).collect();
    let Expansion { ports, unmatched, .. } = Selector::expand(&read?, registry);
    Ok(((!selectors.is_empty()).then(|| ports.into_iter().collect()), unmatched))
}

/// The selectors of TVs that there are, and of which the preset says nothing.
fn unnamed(selectors: &[String], preset: &Preset, registry: &Registry) -> Vec<Unmatched> {
    let named = ports(preset, registry);
    let read = selectors.iter().filter_map(|text| text.parse::<Selector>().ok());
    let unnamed = read.filter(|selector| {
        let meant = Selector::expand(std::slice::from_ref(selector), registry).ports;
        !meant.is_empty() && !meant.iter().any(|port| named.contains(port))
    });
    let reason = || format!("the preset {} says nothing of these TVs", preset.id);
    let told = |selector| Unmatched { selector, reason: reason(), kind: NoMatch::NoTv };
    unnamed.map(told).collect()
}

/// The ports of a preset, whatever is assumed of them.
fn ports(preset: &Preset, registry: &Registry) -> BTreeSet<PortId> {
    let of = |entry: &venue_registry::PresetEntry| Selector::expand(&entry.targets, registry).ports;
    preset.entries.iter().flat_map(of).collect()
}

/// The ports of a preset, with the effect groups of what its entries say of them.
fn preset_reach(preset: &Preset, registry: &Registry) -> Vec<(PortId, Vec<EffectGroup>)> {
    let of_entry = |entry: &venue_registry::PresetEntry| {
        let channel = entry.channel.as_ref().map(|_| EffectGroup::Channel);
        let mute = entry.mute.map(|_| EffectGroup::Mute);
        let groups: Vec<EffectGroup> = channel.into_iter().chain(mute).collect();
        let ports = Selector::expand(&entry.targets, registry).ports.into_iter();
        ports.map(move |port| (port, groups.clone())).collect::<Vec<_>>()
    };
    preset.entries.iter().flat_map(of_entry).collect()
}

fn zone_names(ports: &BTreeSet<PortId>, registry: &Registry) -> Vec<String> {
    let zone = |port: &PortId| registry.device(&port.device)?.value.port(port.port)?.zone.clone();
    let zones: BTreeSet<String> =
        ports.iter().filter_map(zone).map(|zone| zone.to_string()).collect();
    zones.into_iter().collect()
}
