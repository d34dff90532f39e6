//! Endpoints about what the venue is made of: shown, and edited one by one.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use venue_api::{ConfigItem, ConfigList, ConfigRevision, FieldError, KeyBody, KeyChanged};
use venue_auth::Need;
use venue_domain::Hostname;
use venue_registry::{Edit, EditError, Expected, Kind, Listed, NoMatch, Registry, Secret};

use crate::{
    api_error::{ApiError, IF_MATCH},
    app::{App, AppTypes},
    endpoint::{Endpoint, Header, Item, MergePatch, Request, delete, get, patch, post, put},
    handler::path::{OfDevice, OfItem, OfKind},
    query::ItemPage,
    reply::{ProblemBuilder, Reply, RequestContext, shortened},
    venue::{EditRejection, Edited},
};

/// What managers plan with ([`access::need`](crate::access::need)).
const PLANNED: &str = "Of presets and channels a manager may, too.";

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/config/{kind}", Need::Read, "The items of a kind")
            .path::<OfKind>()
            .query::<ItemPage>()
            .answers::<ConfigList>(StatusCode::OK)
            .to(list),
        post("/api/v1/config/{kind}", Need::Configure, "Create an item")
            .details(PLANNED)
            .path::<OfKind>()
            .body::<Item<AnyItem>>()
            .located()
            .tagged()
            .answers::<ConfigItem>(StatusCode::CREATED)
            .to(create),
        get("/api/v1/config/{kind}/{id}", Need::Read, "One item")
            .path::<OfItem>()
            .tagged()
            .answers::<ConfigItem>(StatusCode::OK)
            .to(item),
        put("/api/v1/config/{kind}/{id}", Need::Configure, "Replace an item")
            .details(PLANNED)
            .path::<OfItem>()
            .body::<Item<AnyItem>>()
            .header(Header::IfMatch)
            .tagged()
            .answers::<ConfigItem>(StatusCode::OK)
            .to(replace),
        patch("/api/v1/config/{kind}/{id}", Need::Configure, "Change some fields of an item")
            .details(PLANNED)
            .path::<OfItem>()
            .body::<MergePatch<AnyItem>>()
            .header(Header::IfMatch)
            .tagged()
            .answers::<ConfigItem>(StatusCode::OK)
            .to(merge),
        delete("/api/v1/config/{kind}/{id}", Need::Configure, "Remove an item")
            .details("Of presets and channels a manager may, too. `withdrawn` says how many commands that waited for a removed device were cancelled.")
            .path::<OfItem>()
            .header(Header::IfMatch)
            .answers::<ConfigRevision>(StatusCode::OK)
            .to(remove),
        put("/api/v1/config/devices/{hostname}/key", Need::Secrets, "Set a device's Noise key")
            .details("No endpoint returns it.")
            .path::<OfDevice>()
            .body::<KeyBody>()
            .answers::<KeyChanged>(StatusCode::OK)
            .to(set_key),
        delete("/api/v1/config/devices/{hostname}/key", Need::Secrets, "Remove a device's Noise key")
            .path::<OfDevice>()
            .answers::<KeyChanged>(StatusCode::OK)
            .to(remove_key),
    ]
}

/// An item of any kind, as it is written.
#[derive(Debug)]
enum AnyItem {}

/// `GET /api/v1/config/{kind}`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S, OfKind, ItemPage>) -> Result<Reply, ApiError> {
    let (app, kind) = (&*request.app, &*request.path.kind);
    let (kind, page) = (self::kind(kind)?, request.query()?);
    let registry = app.venue.registry();
    let after = |item: &ConfigItem| page.after.as_ref().is_none_or(|after| item.id > *after);
    let mut items = items(&registry, kind);
    items.retain(after);
    let next = items.len() > page.limit.get() as usize;
    items.truncate(page.limit.get() as usize);
    let next_cursor = items.last().filter(|_| next).map(|last| last.id.clone());
    Ok(Reply::ok(&ConfigList { items, next_cursor, revision: registry.revision() }))
}

/// `GET /api/v1/config/{kind}/{id}`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn item<S: AppTypes>(request: Request<S, OfItem>) -> Result<Reply, ApiError> {
    let (app, kind, id) = (&*request.app, &*request.path.kind, &*request.path.id);
    let kind = self::kind(kind)?;
    let found = found(&app.venue.registry(), kind, &stored_id(kind, id));
    let item =
        found.ok_or_else(|| ApiError::NoSuchItem { kind: kind.plural(), id: id.to_owned() })?;
    Ok(Reply::ok(&item).tagged(item.revision))
}

/// `POST /api/v1/config/{kind}`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn create<S: AppTypes>(
    request: Request<S, OfKind, (), Item<AnyItem>>,
) -> Result<Reply, ApiError> {
    let (app, kind, context) = (&*request.app, &*request.path.kind, &*request.context);
    let (kind, value) = (self::kind(kind)?, request.body()?.0);
    let id = value.get(kind.id_field()).and_then(Value::as_str).unwrap_or_default();
    let id = stored_id(kind, id);
    let edit = Edit::Create { kind, value };
    Ok(match edited(app, edit, "created", &id, context).await {
        Ok(Edited { registry, .. }) => {
            let path = format!("/api/v1/config/{kind}/{id}");
            shown(&registry, kind, &id, StatusCode::CREATED, context).located(path)
        }
        Err(refused) => refused,
    })
}

/// `PUT /api/v1/config/{kind}/{id}`: the whole item anew.
///
/// # Cancel safety
/// A change that was begun is made.
async fn replace<S: AppTypes>(
    request: Request<S, OfItem, (), Item<AnyItem>>,
) -> Result<Reply, ApiError> {
    let (app, kind, id, context) =
        (&*request.app, &*request.path.kind, request.path.id.clone(), &*request.context);
    let (kind, value) = (self::kind(kind)?, request.body()?.0);
    let (id, expected) = (stored_id(kind, &id), expected(context)?);
    let edit = Edit::Replace { kind, id: id.clone(), value, expected };
    Ok(answered(edited(app, edit, "replaced", &id, context).await, kind, &id, context))
}

/// `PATCH /api/v1/config/{kind}/{id}`: a JSON merge patch.
///
/// # Cancel safety
/// A change that was begun is made.
async fn merge<S: AppTypes>(
    request: Request<S, OfItem, (), MergePatch<AnyItem>>,
) -> Result<Reply, ApiError> {
    let (app, kind, id, context) =
        (&*request.app, &*request.path.kind, request.path.id.clone(), &*request.context);
    let (kind, patch) = (self::kind(kind)?, request.body()?.0);
    let (id, expected) = (stored_id(kind, &id), expected(context)?);
    let edit = Edit::Patch { kind, id: id.clone(), patch, expected };
    Ok(answered(edited(app, edit, "changed", &id, context).await, kind, &id, context))
}

/// `DELETE /api/v1/config/{kind}/{id}`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn remove<S: AppTypes>(request: Request<S, OfItem>) -> Result<Reply, ApiError> {
    let (app, kind, id, context) =
        (&*request.app, &*request.path.kind, request.path.id.clone(), &*request.context);
    let (kind, expected) = (self::kind(kind)?, expected(context)?);
    let id = stored_id(kind, &id);
    let edit = Edit::Remove { kind, id: id.clone(), expected };
    Ok(match edited(app, edit, "removed", &id, context).await {
        Ok(Edited { registry, withdrawn }) => {
            Reply::ok(&ConfigRevision { revision: registry.revision(), withdrawn })
        }
        Err(refused) => refused,
    })
}

/// `PUT /api/v1/config/devices/{hostname}/key`. The key comes in and never goes out.
///
/// # Cancel safety
/// A change that was begun is made.
async fn set_key<S: AppTypes>(
    request: Request<S, OfDevice, (), KeyBody>,
) -> Result<Reply, ApiError> {
    let device = device(&request.path.hostname)?;
    let key = Secret(request.body()?.noise_psk);
    Ok(change_key(&request.app, device, Some(key), &request.context).await)
}

/// `DELETE /api/v1/config/devices/{hostname}/key`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn remove_key<S: AppTypes>(request: Request<S, OfDevice>) -> Result<Reply, ApiError> {
    let device = device(&request.path.hostname)?;
    Ok(change_key(&request.app, device, None, &request.context).await)
}

async fn change_key<S: AppTypes>(
    app: &App<S>,
    device: Hostname,
    key: Option<Secret>,
    context: &RequestContext,
) -> Reply {
    let (has_key, hostname) = (key.is_some(), device.to_string());
    let edit = Edit::Key { device, key };
    match edited(app, edit, "given another key", &hostname, context).await {
        Ok(Edited { registry, .. }) => {
            Reply::ok(&KeyChanged { has_key, revision: registry.revision() })
        }
        Err(rejected) => rejected,
    }
}

fn device(hostname: &str) -> Result<Hostname, ApiError> {
    let unknown = |_| ApiError::NoSuchItem { kind: Kind::Device.plural(), id: hostname.to_owned() };
    hostname.parse().map_err(unknown)
}

/// Makes a change and logs it, or says why not.
pub(super) async fn edited<S: AppTypes>(
    app: &App<S>,
    edit: Edit,
    what: &'static str,
    id: &str,
    context: &RequestContext,
) -> Result<Edited, Reply> {
    edited_at(IF_MATCH, app, edit, (what, id), context).await
}

/// The same; the revision that was expected is said in `revision_field`.
///
/// # Cancel safety
/// A change that was begun is made.
pub(super) async fn edited_at<S: AppTypes>(
    revision_field: &str,
    app: &App<S>,
    edit: Edit,
    (what, id): (&'static str, &str),
    context: &RequestContext,
) -> Result<Edited, Reply> {
    match app.venue.edit(edit).await {
        Ok(edited) => {
            tracing::info!(
                item = ?id,
                revision = edited.registry.revision(),
                withdrawn = edited.withdrawn,
                user_ip = %context.user_ip,
                request_id = context.request_id,
                "the configuration was changed: {what}"
            );
            Ok(edited)
        }
        Err(refusal) => Err(refused_at(revision_field, &refusal, context)),
    }
}

fn answered(
    edited: Result<Edited, Reply>,
    kind: Kind,
    id: &str,
    context: &RequestContext,
) -> Reply {
    match edited {
        Ok(Edited { registry, .. }) => shown(&registry, kind, id, StatusCode::OK, context),
        Err(refused) => refused,
    }
}

fn shown(
    registry: &Registry,
    kind: Kind,
    id: &str,
    status: StatusCode,
    context: &RequestContext,
) -> Reply {
    match found(registry, kind, id) {
        Some(item) => Reply::json(status, &item).tagged(item.revision),
        // Somebody removed it meanwhile.
        None => {
            let error = ApiError::NoSuchItem { kind: kind.plural(), id: id.to_owned() };
            crate::reply::problem(&error, context)
        }
    }
}

/// A refusal, with every field that is wrong; the revision that was expected is said in `revision_field`.
pub(super) fn refused_at(
    revision_field: &str,
    refusal: &EditRejection,
    context: &RequestContext,
) -> Reply {
    let error = match refusal {
        EditRejection::Store { error } => {
            return crate::reply::problem(&ApiError::Store { error: error.clone() }, context);
        }
        EditRejection::Edit { error } => error,
    };
    let (status, code) = match error {
        EditError::NotFound { .. }
        | EditError::NotLocked { .. }
        | EditError::NotMaintained { .. } => (StatusCode::NOT_FOUND, "unknown_item"),
        EditError::Exists { .. } => (StatusCode::CONFLICT, "item_exists"),
        EditError::Fixed { .. } => (StatusCode::CONFLICT, "item_fixed"),
        EditError::AlreadyLocked { .. } => (StatusCode::CONFLICT, "already_locked"),
        EditError::InUse { .. } => (StatusCode::CONFLICT, "item_in_use"),
        EditError::Stale { .. } => (StatusCode::PRECONDITION_FAILED, "changed_since"),
        EditError::Renamed { .. }
        | EditError::Shape { .. }
        | EditError::Unfit { .. }
        | EditError::Document { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_item"),
    };
    let errors = wrong_fields(revision_field, error);
    let detail = error.to_string();
    let problem = ProblemBuilder {
        status,
        code,
        detail,
        errors,
        locked: None,
        command: None,
        retry_after: None,
    };
    problem.into_reply(context)
}

/// Every field that is wrong; the revision that was expected is said in `revision_field`.
fn wrong_fields(revision_field: &str, error: &EditError) -> Vec<FieldError> {
    let field = |field: String, detail: &str| FieldError {
        field,
        detail: detail.to_owned(),
        code: None,
        line: None,
        column: None,
    };
    match error {
        EditError::Shape { field: name, detail } => vec![field(name.clone(), detail)],
        EditError::Unfit { problems } | EditError::InUse { problems } => {
            let problems = problems.iter().take(MAX_ERRORS);
            let place = |problem: &venue_registry::Problem| match problem.field.as_str() {
                "" => problem.item.clone(),
                inner => format!("{}.{inner}", problem.item),
            };
            let code = |problem: &venue_registry::Problem| {
                problem.is_unknown_name.then(|| NoMatch::UnknownName.name().to_owned())
            };
            let told = |problem| FieldError {
                code: code(problem),
                ..field(place(problem), &problem.detail)
            };
            problems.map(told).collect()
        }
        EditError::Stale { .. } => vec![field(revision_field.to_owned(), &error.to_string())],
        EditError::Exists { kind, .. } | EditError::Renamed { kind, .. } => {
            vec![field(kind.id_field().to_owned(), &error.to_string())]
        }
        EditError::Document { .. } => vec![field("document".to_owned(), &error.to_string())],
        EditError::AlreadyLocked { .. } => vec![field("replace".to_owned(), &error.to_string())],
        EditError::NotFound { .. }
        | EditError::NotLocked { .. }
        | EditError::NotMaintained { .. }
        | EditError::Fixed { .. } => Vec::new(),
    }
}

/// Which revision a change is about: it must be said, lest the change of somebody else be lost.
pub(super) fn expected(context: &RequestContext) -> Result<Expected, ApiError> {
    let tag = context.if_match.as_deref().ok_or(ApiError::IfMatchMissing)?.trim();
    // A tag that is none of ours is of no revision that there ever was: it was not read here.
    if tag == "*" {
        return Ok(Expected::Any);
    }
    let bare = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let revision = bare.and_then(|tag| tag.parse().ok()).map(Expected::Revision);
    revision.ok_or_else(|| ApiError::InvalidIfMatch { tag: shortened(tag.to_owned()) })
}

fn kind(word: &str) -> Result<Kind, ApiError> {
    word.parse().map_err(|_| ApiError::NotFound)
}

/// An id as it is stored: the case of a hostname does not count.
fn stored_id(kind: Kind, id: &str) -> String {
    let hostname = (kind == Kind::Device).then(|| id.parse::<Hostname>().ok()).flatten();
    hostname.map_or_else(|| id.to_owned(), |hostname| hostname.to_string())
}

fn found(registry: &Registry, kind: Kind, id: &str) -> Option<ConfigItem> {
    items(registry, kind).into_iter().find(|item| item.id == id)
}

fn config_item<T: Serialize>(id: String, value: &T, revision: Option<u64>) -> ConfigItem {
    // What was read can be written.
    let item = serde_json::to_value(value).unwrap_or_default();
    ConfigItem { id, revision, fixed: revision.is_none(), has_key: None, item }
}

fn items(registry: &Registry, kind: Kind) -> Vec<ConfigItem> {
    fn of<T: Serialize>(id: String, listed: &Listed<T>) -> ConfigItem {
        config_item(id, &listed.value, listed.revision)
    }
    let device = |listed: &Listed<Arc<venue_registry::Device>>| {
        let hostname = &listed.value.hostname;
        let has_key = Some(registry.has_key(hostname));
        ConfigItem { has_key, ..config_item(hostname.to_string(), &*listed.value, listed.revision) }
    };
    match kind {
        Kind::Device => registry.devices().map(device).collect(),
        Kind::Zone => {
            let mut zones = registry.zones();
            zones.sort_by(|a, b| a.value.id.cmp(&b.value.id));
            zones.into_iter().map(|zone| of(zone.value.id.to_string(), zone)).collect()
        }
        Kind::Tag => registry.tags().map(|tag| of(tag.value.id.to_string(), tag)).collect(),
        Kind::Profile => registry.profiles().map(|one| of(one.value.id.to_string(), one)).collect(),
        Kind::Channel => registry.channels().map(|one| of(one.value.id.to_string(), one)).collect(),
        Kind::CodeSet => registry.codesets().map(|one| of(one.value.id.to_string(), one)).collect(),
        Kind::Source => {
            let mut sources = registry.sources();
            sources.sort_by(|a, b| a.value.id.cmp(&b.value.id));
            sources.into_iter().map(|one| of(one.value.id.to_string(), one)).collect()
        }
        Kind::Preset => {
            let mut presets = registry.presets();
            presets.sort_by(|a, b| a.value.id.cmp(&b.value.id));
            presets.into_iter().map(|one| of(one.value.id.to_string(), one)).collect()
        }
    }
}

/// Nobody reads more at once.
const MAX_ERRORS: usize = 50;

#[cfg(test)]
mod schema {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{Ref, RefOr, Schema, schema::AnyOf},
    };
    use venue_registry::{Channel, CodeSet, Device, Preset, Profile, Source, Tag, Zone};

    use super::AnyItem;

    impl PartialSchema for AnyItem {
        fn schema() -> RefOr<Schema> {
            let names = [
                Device::name(),
                Zone::name(),
                Tag::name(),
                Profile::name(),
                Channel::name(),
                CodeSet::name(),
                Source::name(),
                Preset::name(),
            ];
            let mut any = AnyOf::new();
            any.items.extend(names.map(|name| Ref::from_schema_name(name).into()));
            RefOr::T(Schema::AnyOf(any))
        }
    }

    impl ToSchema for AnyItem {
        fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
            crate::openapi::schema_of::<Device>(all);
            crate::openapi::schema_of::<Zone>(all);
            crate::openapi::schema_of::<Tag>(all);
            crate::openapi::schema_of::<Profile>(all);
            crate::openapi::schema_of::<Channel>(all);
            crate::openapi::schema_of::<CodeSet>(all);
            crate::openapi::schema_of::<Source>(all);
            crate::openapi::schema_of::<Preset>(all);
        }
    }
}
