//! One endpoint as an operation of the description.

use utoipa::{
    IntoParams,
    openapi::{
        Content as MediaType, ContentBuilder, HeaderBuilder, Required, ResponseBuilder,
        path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
        security::SecurityRequirement,
    },
};
use venue_api as api;
use venue_auth::Need;
use venue_domain::SystemTask;
use venue_registry::Kind;

use super::{Schemas, schema_of};
use crate::{
    backups::BINARY,
    endpoint::{Content, Header, Idempotency, Limit, Presence, Shape, SizeLimit, Spec},
};

/// What tests know of an endpoint beside its [`Spec`].
#[derive(Clone, Debug)]
pub(crate) struct Description {
    /// Its query.
    pub(crate) query: fn() -> Vec<Parameter>,
    /// Its body.
    pub(crate) body: Option<Shape>,
}

impl Default for Description {
    fn default() -> Self {
        Self { query: Vec::new, body: None }
    }
}

/// The parameters that `Q` is read from.
pub(crate) fn query_of<Q: IntoParams>() -> Vec<Parameter> {
    Q::into_params(|| Some(ParameterIn::Query))
}

/// Its name: `post_api_v1_batches_by_id_cancel`.
pub(super) fn id(spec: &Spec) -> String {
    let path = shown_path(spec).replace('{', "by_").replace(['}', '.', '-'], "").replace('/', "_");
    format!("{}{path}", spec.method.as_str().to_lowercase())
}

/// Its path, as people write it.
pub(crate) fn shown_path(spec: &Spec) -> String {
    spec.path.replace("{*", "{")
}

pub(super) fn method(spec: &Spec) -> HttpMethod {
    match spec.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

pub(super) fn of(spec: &Spec, schemas: &mut Schemas) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(id(spec)))
        .tag(spec.group)
        .summary(Some(spec.summary))
        .description(Some(about(spec)));
    for name in spec.path_names() {
        operation = operation.parameter(path_parameter(name));
    }
    for parameter in (spec.description.query)() {
        operation = operation.parameter(parameter);
    }
    for parameter in headers(spec) {
        operation = operation.parameter(parameter);
    }
    if let Some(body) = spec.description.body {
        let content = ContentBuilder::new().schema(Some((body.schema)(schemas))).build();
        let required =
            if spec.presence == Presence::Required { Required::True } else { Required::False };
        let body = RequestBodyBuilder::new().content("application/json", content);
        operation = operation.request_body(Some(body.required(Some(required)).build()));
    }
    if spec.size_limit == SizeLimit::Backup {
        let bytes = ObjectBuilder::new().schema_type(Type::String);
        let bytes = bytes.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        let content = ContentBuilder::new().schema(Some(bytes)).build();
        let body = RequestBodyBuilder::new().content(BINARY, content);
        operation = operation.request_body(Some(body.required(Some(Required::True)).build()));
    }
    if spec.need != Need::Public {
        // Where there is no token yet, nobody needs one.
        operation = operation.security(SecurityRequirement::default());
        for scheme in ["token", "session"] {
            operation = operation.security(SecurityRequirement::new(scheme, [] as [&str; 0]));
        }
    }
    for (status, content) in &spec.answers {
        operation = operation.response(status.as_str(), response(spec, *content, schemas));
    }
    operation.response("default", problem(spec, schemas))
}

/// What a caller should know before.
fn about(spec: &Spec) -> String {
    let needs = format!(
        "Needs {}.",
        role(spec.need).map_or_else(|| "nothing".to_owned(), |role| format!("the role {role}"))
    );
    let counts = match spec.limit {
        Limit::Free => "",
        Limit::Command => "Counts as a command.",
        Limit::Bulk => "Counts as a bulk request.",
    };
    let parts = [spec.details, &needs, counts];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The least role with `need`.
pub(crate) const fn role(need: Need) -> Option<&'static str> {
    match need {
        Need::Public => None,
        Need::Read => Some("viewer"),
        Need::CommandOne | Need::CommandBulk | Need::ManageQueue => Some("operator"),
        Need::Plan | Need::People => Some("manager"),
        Need::Configure | Need::Secrets | Need::System => Some("admin"),
    }
}

fn path_parameter(name: &'static str) -> ParameterBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
    let schema = match name {
        "hostname" => text.max_length(Some(31)).pattern(Some(HOSTNAME)),
        "port" => {
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(u8::MAX))
        }
        "kind" => text.enum_values(Some(Kind::ALL.map(Kind::plural))),
        "task" => text.enum_values(Some(SystemTask::ALL.map(SystemTask::name))),
        _ => text,
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
}

/// As names of ESPHome nodes are; upper case is folded.
const HOSTNAME: &str = "^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$";

fn headers(spec: &Spec) -> Vec<Parameter> {
    let key = (spec.idempotency != Idempotency::None).then(|| {
        let key = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
        let key = key.max_length(Some(255)).pattern(Some("^[!-~]+$"));
        let about = "The request is carried out once per key, and answered each time.";
        header("Idempotency-Key", Required::False, key, about)
    });
    let others = spec.headers.iter().map(|one| {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
        match one {
            Header::IfMatch => {
                let about = "The ETag of the item as it was read, or * for any revision.";
                header("If-Match", Required::True, text, about)
            }
            Header::IfNoneMatch => {
                let about = "The ETag of the file that the caller has.";
                header("If-None-Match", Required::False, text, about)
            }
            Header::LastEventId => {
                let about = "Continue after this event.";
                header("Last-Event-ID", Required::False, text, about)
            }
        }
    });
    key.into_iter().chain(others).collect()
}

fn header(name: &str, required: Required, schema: ObjectBuilder, about: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

fn response(spec: &Spec, content: Content, schemas: &mut Schemas) -> utoipa::openapi::Response {
    let text = || ContentBuilder::new().schema(Some(string())).build();
    let response = ResponseBuilder::new().description("The request was carried out");
    let mut response = match content {
        Content::Json(shape) => {
            let json: MediaType =
                ContentBuilder::new().schema(Some((shape.schema)(schemas))).build();
            response.content("application/json", json)
        }
        Content::Text(EVENTS) => response.description(ABOUT_EVENTS).content(EVENTS, text()),
        Content::Text(kind) => response.content(kind, text()),
        Content::Nothing => response,
    };
    let located = spec.located.then_some(("Location", "The path of what was made or begun."));
    let tagged = spec.tagged.then_some(("ETag", "The revision of what is shown."));
    for (name, about) in located.into_iter().chain(tagged).chain(limit_headers(spec)) {
        let header = HeaderBuilder::new().schema(Some(string())).description(Some(about)).build();
        response = response.header(name, header);
    }
    response.build()
}

fn problem(spec: &Spec, schemas: &mut Schemas) -> utoipa::openapi::Response {
    let problem = ContentBuilder::new().schema(Some(schema_of::<api::Problem>(schemas))).build();
    let about = "After so many seconds it makes sense to ask again.";
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let retry = HeaderBuilder::new().schema(Some(seconds)).description(Some(about)).build();
    let mut response = ResponseBuilder::new()
        .description("A problem; its code says which")
        .content("application/problem+json", problem)
        .header("Retry-After", retry);
    for (name, about) in limit_headers(spec) {
        let header = HeaderBuilder::new().schema(Some(string())).description(Some(about)).build();
        response = response.header(name, header);
    }
    response.build()
}

fn limit_headers(spec: &Spec) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let fields = [
        ("RateLimit", "What is left of the caller's allowance."),
        ("RateLimit-Policy", "The caller's allowance."),
    ];
    fields.into_iter().filter({
        let counts = spec.limit != Limit::Free;
        move |_| counts
    })
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

const EVENTS: &str = "text/event-stream";
const ABOUT_EVENTS: &str = "A stream of events. The data of each is a JSON object: that of the event's \
                            name in the schema Events";
