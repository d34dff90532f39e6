//! The endpoint that sends one infrared code once, so that a person sees whether an appliance reacts.

use std::time::Duration;

use http::StatusCode;
use venue_api::{TryAnswer, TryBody};
use venue_auth::Need;
use venue_domain::{
    Action, AssumedStateChange, AssumedStateStore, CORRECTION, Clock, Delivery, Outcome, PortId,
    PortStatus, QueueView, TriedCode,
};
use venue_infrared::{Code, CodeSet, KeyName, KeyNature, is_power_key, power_of};
use venue_registry::{Registry, tried_action};
use venue_routing::{Answer, CommandOptions, Handling, Reach};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    body,
    endpoint::{Body, Endpoint, Inspect, Limit, Request, Scope, post},
    events::{EventKind, PortUpdated},
    handler::{
        code_sets::{self, wrong},
        command,
        path::OfPort,
        targets,
    },
    read,
    reply::{Reply, RequestContext},
    respond,
    waits::Moment,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        post(
            "/api/v1/ports/{hostname}/{port}/try",
            Need::CommandOne,
            "Send one infrared code once, to see whether a TV reacts; answered within 3 s",
        )
        .details(
            "Whatever drives the port. With `emitter` it is a command of the port whose TV that transmitter reaches, as \
             far as the registration says so. Never queued and never repeated, whatever the code does. A code for power is \
             refused without `allow_power`, be it by its key or because a known code set sends it for power; what no \
             set knows cannot be recognised. Delivered says that the board sent it: only somebody who sees the TV \
             knows whether it reacted. With `dry_run` nothing is sent.",
        )
        .path::<OfPort>()
        .limit(Limit::Command)
        .scope(Scope::PathPort)
        .without_store()
        .body::<TryBody>()
        .answers::<TryAnswer>(StatusCode::OK)
        .to(try_code),
    ]
}

impl Body for TryBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for TryBody {
    fn summary(&self) -> String {
        let key = self.key.as_deref().map(|key| format!("{key} ")).unwrap_or_default();
        let of = match (&self.code, &self.codeset, &self.file) {
            (Some(code), ..) => code.as_str(),
            (None, Some(set), _) => set.as_str(),
            (None, None, file) => file.as_deref().unwrap_or("nothing"),
        };
        let by = self.emitter.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
        let power = if self.allow_power { ", power allowed" } else { "" };
        let dry = if self.dry_run { " (dry run)" } else { "" };
        format!("try {key}{of}{by}{power}{dry}")
    }

    fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    fn presses_once(&self) -> bool {
        true
    }

    fn concerns_board(&self) -> bool {
        // A transmitter that is named may be in front of another TV.
        self.emitter.is_some()
    }

    fn ports(&self, _hostname: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

/// What is tried.
struct Tried {
    key: Option<String>,
    code: Code,
    nature: KeyNature,
    sends: Option<u8>,
    /// The set that it is from, if that is not among those that are known.
    of_file: Option<CodeSet>,
}

/// `POST /api/v1/ports/{hostname}/{port}/try`.
///
/// # Cancel safety
/// A dropped future withdraws the command if no byte of it has left.
async fn try_code<S: AppTypes>(
    request: Request<S, OfPort, (), TryBody>,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let body = request.body()?;
    let registry = app.venue.registry();
    let target = in_front(target(&request.path)?, body.emitter.as_deref(), &registry);
    let tried = tried(app, &registry, &body).await?;
    refuse_power(&tried, &registry, body.allow_power)?;
    let tried = called_power(tried, &registry);
    let emitter = body.emitter.clone();
    let (code, sends) = (tried.code.to_string(), tried.sends);
    let sent = TriedCode { code: code.clone(), sends, emitter };
    let action = tried_action(tried.key.as_deref(), tried.nature, sent);
    let action = action.map_err(|error| wrong("key", error.to_string()))?;
    if let Err(rejection) =
        app.router.check(target.clone(), action.clone(), command::locks(context))
    {
        return Ok(respond::rejection(&rejection, context));
    }
    let planned = planned(app, &target, &action);
    let answer = TryAnswer { dry_run: body.dry_run, key: tried.key, code, planned, command: None };
    if body.dry_run {
        return Ok(Reply::ok(&answer));
    }
    let options = CommandOptions {
        actor: command::actor(context),
        since: Some(context.begun_at),
        direct_only: request.key_in_memory,
        locks: command::locks(context),
        ..CommandOptions::default()
    };
    match app.router.submit(target, action, options).await {
        Ok(sent) => {
            forget_beside(app, &registry, &sent, body.emitter.as_deref(), context).await;
            Ok(told(app, &request, &sent, &answer))
        }
        Err(rejection) => {
            command::log_rejected(rejection.code(), rejection.field(), context);
            Ok(respond::rejection(&rejection, context))
        }
    }
}

/// The light of a transmitter that several ports share reaches the appliances of all of them, and a code that is tried may
/// be one of any: what it may have changed is not known of the others either.
async fn forget_beside<S: AppTypes>(
    app: &App<S>,
    registry: &Registry,
    sent: &Answer,
    emitter: Option<&str>,
    context: &RequestContext,
) {
    let may_have_left = match &sent.handling {
        Handling::Direct(Delivery::Ended { outcome, .. }) => {
            matches!(outcome, Outcome::Delivered(_) | Outcome::Unknown(_))
        }
        Handling::Overtaken { .. } => true,
        Handling::Direct(_) | Handling::PerhapsQueued { .. } | Handling::Queued { .. } => false,
    };
    let (target, group) = (&sent.command.target, sent.command.action.effect_group());
    let listed = registry.device(&target.device).filter(|_| may_have_left);
    let Some((device, group)) = listed.map(|listed| &listed.value).zip(group) else { return };
    let own = device.port(target.port).and_then(|port| port.emitter.as_deref());
    let Some(name) = emitter.or(own) else { return };
    let shares = |port: &PortId| {
        let emitter = device.port(port.port).and_then(|port| port.emitter.as_deref());
        port.port != target.port && emitter == Some(name)
    };
    // Without a store nothing is assumed of any.
    let known = app.queue.view.port_status(Some(target.device.clone())).await.unwrap_or_default();
    for status in known.into_iter().filter(|status| shares(&status.port)) {
        let (port, change) = (status.port.clone(), AssumedStateChange::unsure_of(group));
        if PortStatus::unaccounted(Some(status), group).is_none() {
            continue;
        }
        let by = context.who.name();
        if app.queue.view.correct(port.clone(), change.clone(), by, app.now()).await.is_ok() {
            let told = PortUpdated { port: &port, last_command: Some(CORRECTION), change: &change };
            app.watch.hub.publish(EventKind::PortUpdated, app.wall().shown(app.now()), &told);
        }
    }
}

/// What became of it, to the caller and to the log.
fn told<S: AppTypes>(
    app: &App<S>,
    request: &Request<S, OfPort, (), TryBody>,
    sent: &Answer,
    answer: &TryAnswer,
) -> Reply {
    let context = &*request.context;
    let now = app.router.clock().instant();
    let elapsed: Duration = now.saturating_duration_since(context.begun_at);
    let took = respond::took(sent, elapsed);
    command::log(sent, took, context);
    let moment = Moment::of(app, &sent.command.target, &sent.command.action);
    let shown =
        |status, facts| Reply::json(status, &TryAnswer { command: Some(facts), ..answer.clone() });
    let mode = app.router.mode();
    let reply = respond::answer_as(sent, mode, (took, &moment), context, shown);
    reply.recording(sent.record.clone())
}

fn target(path: &OfPort) -> Result<PortId, ApiError> {
    let unknown =
        || ApiError::NoSuchItem { kind: "ports", id: format!("{}/{}", path.hostname, path.port) };
    let port = path.port.parse::<i64>().map_err(|_| unknown())?;
    read::target(&path.hostname, Some(port)).map_err(ApiError::from)
}

/// The port whose TV the transmitter reaches: what is sent changes that TV, and has its place among its commands.
fn in_front(target: PortId, emitter: Option<&str>, registry: &Registry) -> PortId {
    let device = registry.device(&target.device);
    let reached = device.zip(emitter).and_then(|(listed, name)| listed.value.port_of_emitter(name));
    match reached {
        Some(port) => PortId { port: port.index, ..target },
        None => target,
    }
}

fn planned<S: AppTypes>(
    app: &App<S>,
    target: &PortId,
    action: &Action,
) -> venue_api::PlannedTarget {
    let command = (target.clone(), action.clone());
    let call = app.venue.plan(std::slice::from_ref(&command)).pop().unwrap_or_default();
    targets::planned(&Reach::itself(target.clone()), action, &call)
}

/// What the body means, from where it says.
async fn tried<S: AppTypes>(
    app: &App<S>,
    registry: &Registry,
    body: &TryBody,
) -> Result<Tried, ApiError> {
    let given = [&body.code, &body.codeset, &body.file].into_iter().flatten().count();
    if given != 1 {
        return Err(wrong("code", "give exactly one of code, codeset and file".to_owned()));
    }
    if body.remote.is_some() && body.file.is_none() {
        return Err(wrong("remote", "only a file has several remotes: leave it out".to_owned()));
    }
    if body.sends.is_some_and(|sends| !(1..=MAX_SENDS).contains(&sends)) {
        return Err(wrong("sends", format!("give a number from 1 to {MAX_SENDS}")));
    }
    let key = body.key.as_deref().map(str::parse::<KeyName>).transpose();
    let key = key.map_err(|error| wrong("key", error.to_string()))?;
    if let Some(code) = &body.code {
        let code: Code = code
            .parse()
            .map_err(|error: venue_infrared::CodeError| wrong("code", error.to_string()))?;
        let nature =
            key.as_ref().map_or(KeyNature::Sequence, |key| KeyNature::of_name(key.as_str()));
        let key = key.map(|key| key.to_string());
        return Ok(Tried { key, code, nature, sends: body.sends, of_file: None });
    }
    let key =
        key.ok_or_else(|| wrong("key", "name the key of the set that is tried".to_owned()))?;
    if let Some(id) = &body.codeset {
        let set = code_sets::named(registry, id)?;
        return of_set(set, &key, body.sends);
    }
    let path = body.file.as_deref().unwrap_or_default();
    let (_, import) = code_sets::of_file(app, path, None, body.remote.as_deref()).await?;
    let set = CodeSet { overrides: import.overrides(), ..CodeSet::unnamed(import.keys, None) };
    let tried = of_set(&set, &key, body.sends)?;
    Ok(Tried { of_file: Some(set), ..tried })
}

/// More is no press.
const MAX_SENDS: u8 = 20;

fn of_set(set: &CodeSet, key: &KeyName, sends: Option<u8>) -> Result<Tried, ApiError> {
    let Some(code) = set.code(key.as_str()) else {
        let keys: Vec<&str> = set.keys.keys().map(KeyName::as_str).collect();
        let detail = format!("the set has no key {key}: it has {}", keys.join(", "));
        return Err(wrong("key", detail));
    };
    let (nature, sends) =
        (set.nature_of(key.as_str()), sends.or_else(|| set.sends_of(key.as_str())));
    let (key, code) = (Some(key.to_string()), code.clone());
    Ok(Tried { key, code, nature, sends, of_file: None })
}

/// What is known to be power counts as that: how the TV is, nobody knows behind it.
fn called_power(tried: Tried, registry: &Registry) -> Tried {
    if tried.key.as_deref().is_some_and(is_power_key) {
        return tried;
    }
    let known = code_sets::known(registry).map(|(set, _)| set).chain(&tried.of_file);
    let Some(key) = power_of(&tried.code, known).map(|(_, key)| key.to_string()) else {
        return tried;
    };
    Tried { nature: KeyNature::of_name(&key), key: Some(key), ..tried }
}

/// Refuses what is known to be power, unless it is meant: another TV may be watched.
fn refuse_power(tried: &Tried, registry: &Registry, is_allowed: bool) -> Result<(), ApiError> {
    if is_allowed {
        return Ok(());
    }
    const ALLOW: &str = "say allow_power: true if that is meant";
    if let Some(key) = tried.key.as_deref().filter(|key| is_power_key(key)) {
        return Err(wrong("key", format!("{key} may switch power: {ALLOW}")));
    }
    let known = code_sets::known(registry).map(|(set, _)| set).chain(&tried.of_file);
    if let Some((set, key)) = power_of(&tried.code, known) {
        let of = if tried.of_file.as_ref() == Some(set) { "the file" } else { set.id.as_str() };
        return Err(wrong(
            "code",
            format!("it is the key {key} of {of}, which may switch power: {ALLOW}"),
        ));
    }
    Ok(())
}
