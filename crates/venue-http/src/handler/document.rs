//! Endpoints about the whole configuration as one document: exported, compared, applied.

use http::StatusCode;
use serde_json::Value;
use venue_api::{
    ApplyBody, ConfigChange, ConfigChanges, ConfigDocument, ConfigValue, ConfigWarning,
    ConfigWarnings, FieldError,
};
use venue_auth::Need;
use venue_registry::{Change, ChangeKind, Document, EditError, Expected, FieldChange, Problem};
use venue_schedule::{VenueDocument, VenueDocumentError};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    endpoint::{Endpoint, Request, get, post},
    handler::config,
    reply::{self, ProblemBuilder, Reply, RequestContext},
    venue::{Applied, Apply, ApplyRejection, EditRejection},
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/config", Need::Read, "The configuration of the venue as one document")
            .details("Keys and tokens are never in it.")
            .tagged()
            .answers::<ConfigDocument>(StatusCode::OK)
            .to(show),
        get("/api/v1/config/warnings", Need::Read, "What a person should know of the configuration")
            .details(
                "The configuration is in use as it is, and may do what nobody wants: two makes at one board that answer \
                 to the same codes, `power_on` that is a toggle, a platform that no channel has, two channels of one name, \
                 two boards at one address.",
            )
            .answers::<ConfigWarnings>(StatusCode::OK)
            .to(warnings),
        post("/api/v1/config/diff", Need::Configure, "What applying a document would change")
            .body::<ApplyBody>()
            .changes_nothing()
            .answers::<ConfigChanges>(StatusCode::OK)
            .to(diff),
        post(
            "/api/v1/config/apply",
            Need::Configure,
            "Change the configuration to what a document says: all of it, or nothing",
        )
        .body::<ApplyBody>()
        .answers::<ConfigChanges>(StatusCode::OK)
        .to(apply),
    ]
}

/// `GET /api/v1/config`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn show<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let registry = app.venue.registry();
    let document =
        VenueDocument::of(&registry, &app.schedules.schedules(), app.calendar()).into_value();
    let revision = registry.revision();
    Ok(Reply::ok(&ConfigDocument { revision, document }).tagged(Some(revision)))
}

/// `GET /api/v1/config/warnings`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn warnings<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let registry = request.app.venue.registry();
    let told = |problem: Problem| ConfigWarning {
        item: problem.item,
        field: problem.field,
        detail: problem.detail,
    };
    let items = registry.warnings().into_iter().map(told).collect();
    Ok(Reply::ok(&ConfigWarnings { items, revision: registry.revision() }))
}

/// `POST /api/v1/config/diff`: what applying a document would change, or why it cannot be applied.
///
/// # Cancel safety
/// Safe: it only reads.
async fn diff<S: AppTypes>(request: Request<S, (), (), ApplyBody>) -> Result<Reply, ApiError> {
    carry_out(request, true).await
}

/// `POST /api/v1/config/apply`: all of it, or nothing.
///
/// # Cancel safety
/// A change that was begun is made.
async fn apply<S: AppTypes>(request: Request<S, (), (), ApplyBody>) -> Result<Reply, ApiError> {
    carry_out(request, false).await
}

async fn carry_out<S: AppTypes>(
    request: Request<S, (), (), ApplyBody>,
    dry_run: bool,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let body = request.body()?;
    let document = match VenueDocument::read(body.document.clone()) {
        Ok(document) => document,
        Err(error) => return unreadable(error, body.document, context),
    };
    let (registry, schedules) = (app.venue.registry(), app.schedules.schedules());
    let changes = document.diff(&registry, &schedules, body.prune);
    let changes = changes.map_err(|error| wrong("document", error.to_string()))?;
    // What was just compared is what is changed, also where nobody said a revision.
    let expected = Expected::Revision(body.revision.unwrap_or_else(|| registry.revision()));
    let apply = Apply { document, prune: body.prune, expected, dry_run };
    Ok(match app.schedules.apply(apply).await {
        Ok(Applied { revision, withdrawn }) => {
            if !dry_run {
                let (user_ip, request_id) = (&context.user_ip, &context.request_id);
                tracing::info!(revision, %user_ip, request_id, "a document was applied");
            }
            let changes = changes.into_iter().map(shown).collect();
            Reply::ok(&ConfigChanges { changes, applied: !dry_run, revision, withdrawn })
        }
        Err(refusal) => refused(refusal, context),
    })
}

fn wrong(field: &str, detail: String) -> ApiError {
    ApiError::InvalidItem { field: field.to_owned(), detail }
}

fn unreadable(
    error: VenueDocumentError,
    mut document: Value,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    match error {
        VenueDocumentError::Registry { source: EditError::Shape { .. } } => {
            if let Some(fields) = document.as_object_mut() {
                fields.remove("schedules");
            }
            Ok(unreadable_fields(Document::unreadable_fields(document), context))
        }
        VenueDocumentError::Schedules { detail } => Err(wrong("document.schedules", detail)),
        error @ (VenueDocumentError::Registry { .. } | VenueDocumentError::Schedule { .. }) => {
            Err(wrong("document", error.to_string()))
        }
    }
}

/// A sentence for each field; the first of them is that of the whole.
fn unreadable_fields(fields: Vec<(String, String)>, context: &RequestContext) -> Reply {
    let error = |(field, detail): (String, String)| {
        let inner = if field.is_empty() { field } else { format!(".{field}") };
        FieldError {
            field: format!("document{inner}"),
            detail,
            code: None,
            line: None,
            column: None,
        }
    };
    let errors: Vec<FieldError> = fields.into_iter().map(error).collect();
    let first = errors.first().map(|one| format!("{}: {}", one.field, one.detail));
    let more = match errors.len() {
        0 | 1 => String::new(),
        count => format!("; {} more fields cannot be read", count - 1),
    };
    invalid(first.unwrap_or_default() + &more, errors, context)
}

fn invalid(detail: String, errors: Vec<FieldError>, context: &RequestContext) -> Reply {
    let problem = ProblemBuilder {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        code: "invalid_item",
        detail,
        errors,
        locked: None,
        command: None,
        retry_after: None,
    };
    problem.into_reply(context)
}

pub(super) fn shown(Change { item, change, fields, values }: Change) -> ConfigChange {
    let change = match change {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Removed => "removed",
    };
    let value = |FieldChange { field, old, new }: FieldChange| ConfigValue { field, old, new };
    let values = values.into_iter().map(value).collect();
    ConfigChange { item, change: change.to_owned(), fields, values }
}

fn refused(refusal: ApplyRejection, context: &RequestContext) -> Reply {
    let error = match refusal {
        ApplyRejection::Store { error } => {
            return reply::problem(&ApiError::Store { error }, context);
        }
        ApplyRejection::Document { error } => error,
    };
    let (field, detail, code) = match error {
        VenueDocumentError::Registry { source: error } => {
            return config::refused_at("revision", &EditRejection::Edit { error }, context);
        }
        VenueDocumentError::Schedule { id, source } => {
            let field = source.field().map(|field| format!(".{field}")).unwrap_or_default();
            let code = source.no_match().map(|kind| kind.name().to_owned());
            (format!("schedules/{id}{field}"), source.to_string(), code)
        }
        VenueDocumentError::Schedules { detail } => ("document.schedules".to_owned(), detail, None),
    };
    let error =
        FieldError { field: field.clone(), detail: detail.clone(), code, line: None, column: None };
    invalid(format!("{field}: {detail}"), vec![error], context)
}
