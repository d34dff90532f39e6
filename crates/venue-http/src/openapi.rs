//! The description of the API (OpenAPI 3.1), made of the table of routes and the types that travel.

use std::sync::OnceLock;

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, ContentBuilder, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder,
        Ref, RefOr, Required, ResponseBuilder, Schema,
        path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{AnyOf, ObjectBuilder, Type},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use venue_api as api;
use venue_auth::Need;
use venue_registry::{Channel, Device, Kind, Profile, Tag, Zone};
use venue_schedule::ScheduleDefinition;

use crate::route_table::{Answer, ROUTES, Route};

/// The description as JSON; made once.
pub(crate) fn json() -> &'static str {
    static JSON: OnceLock<String> = OnceLock::new();
    // It is made of texts and maps.
    JSON.get_or_init(|| value().to_string())
}

fn value() -> Value {
    let mut value = serde_json::to_value(description()).unwrap_or_default();
    relax(&mut value);
    value
}

/// Fields that are flattened where there are some: the generator asks for all of them or for null, and
/// an object is never null. They may be there.
fn relax(value: &mut Value) {
    if let Some(Value::Array(parts)) = value.get_mut("allOf") {
        for part in parts {
            let Some(Value::Array(either)) = part.get("oneOf") else { continue };
            if either.iter().any(|one| one["type"] == "null") {
                let some = either.iter().filter(|one| one["type"] != "null").cloned();
                let any: Vec<Value> = some.chain([json!({"type": "object"})]).collect();
                *part = json!({ "anyOf": any });
            }
        }
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(relax),
        Value::Array(all) => all.iter_mut().for_each(relax),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn description() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for route in ROUTES {
        let item = PathItem::new(method(route.method), operation(route));
        paths = paths.path(route.path, item);
    }
    let mut info = Info::new("venue", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = schemas().into_iter().fold(
        ComponentsBuilder::new().security_scheme("token", token),
        |components, (name, schema)| components.schema(name, schema),
    );
    OpenApiBuilder::new()
        .info(info)
        .paths(paths.build())
        .components(Some(components.build()))
        .build()
}

const ABOUT: &str = "Switches the TVs of a venue over infrared. Delivered says that a board took a \
                     command, never that a TV changed. Problems are RFC 9457 documents.";

fn operation(route: &Route) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(route.id()))
        .summary(Some(route.summary))
        .description(Some(format!("Needs {}.", who(route.need()))));
    for name in route.parameters() {
        let parameter = parameter(name, ParameterIn::Path, Required::True);
        operation = operation.parameter(match name {
            "kind" => parameter.schema(Some(kinds())),
            _ => parameter,
        });
    }
    for name in route.query {
        operation = operation.parameter(parameter(name, ParameterIn::Query, Required::False));
    }
    if route.if_match {
        operation =
            operation.parameter(parameter("If-Match", ParameterIn::Header, Required::False));
    }
    if let Some(body) = route.body {
        let content = ContentBuilder::new().schema(Some(schema_of(body))).build();
        let required = if route.body_optional { Required::False } else { Required::True };
        let body = RequestBodyBuilder::new().content("application/json", content);
        operation = operation.request_body(Some(body.required(Some(required)).build()));
    }
    if route.need() != Need::Public {
        // Where there is no token yet, nobody needs one.
        operation = operation.security(SecurityRequirement::default());
        operation = operation.security(SecurityRequirement::new("token", [] as [&str; 0]));
    }
    for (status, answer) in route.answers {
        operation = operation.response(status.to_string(), response(*answer));
    }
    let problem = ContentBuilder::new().schema(Some(schema_of("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description("A problem; its code says which")
        .content("application/problem+json", problem);
    operation.response("default", problem.build())
}

fn response(answer: Answer) -> utoipa::openapi::Response {
    let response = ResponseBuilder::new().description("As asked");
    match answer {
        Answer::Text(EVENTS) => {
            let text = ObjectBuilder::new().schema_type(Type::String);
            let content = ContentBuilder::new().schema(Some(text)).build();
            response.description(ABOUT_EVENTS).content(EVENTS, content).build()
        }
        Answer::Json(name) => {
            let content = ContentBuilder::new().schema(Some(schema_of(name))).build();
            response.content("application/json", content).build()
        }
        Answer::Nothing => response.build(),
        Answer::Text(kind) => {
            let text = ObjectBuilder::new().schema_type(Type::String);
            let content = ContentBuilder::new().schema(Some(text)).build();
            response.content(kind, content).build()
        }
    }
}

const EVENTS: &str = "text/event-stream";
const ABOUT_EVENTS: &str = "A stream of events. The data of each is a JSON object: that of the event's \
                            name in the schema Events";

/// `object` is any object: its shape is told by the resource that it is of.
fn schema_of(name: &str) -> RefOr<Schema> {
    if name == "object" {
        return ObjectBuilder::new().schema_type(Type::Object).into();
    }
    Ref::from_schema_name(name).into()
}

fn parameter(name: &str, place: ParameterIn, required: Required) -> ParameterBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(text))
}

/// The kinds of items of a configuration, as they stand in paths.
fn kinds() -> ObjectBuilder {
    let names = Kind::ALL.map(Kind::plural);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names))
}

/// An item of one of these kinds.
fn any_item() -> AnyOf {
    let names = [Device::name(), Zone::name(), Tag::name(), Profile::name(), Channel::name()];
    names.into_iter().fold(AnyOf::new(), |mut any, name| {
        any.items.push(Ref::from_schema_name(name).into());
        any
    })
}

const fn who(need: Need) -> &'static str {
    match need {
        Need::Public => "nothing",
        Need::Read => "the role viewer",
        Need::CommandOne | Need::CommandBulk | Need::ManageQueue => "the role operator",
        Need::Configure | Need::Secrets | Need::System => "the role admin",
    }
}

fn method(name: &str) -> HttpMethod {
    match name {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// The schemas of types with all that they refer to: of those that travel, and behind the semicolon of those
/// that are written.
macro_rules! schemas {
($($name:ident),+ ; $($item:ident),+ $(,)?) => {{
        let mut all: Vec<(String, RefOr<Schema>)> = Vec::new();
        $(
            all.push((api::$name::name().into_owned(), api::$name::schema()));
            api::$name::schemas(&mut all);
        )+
        $(
            all.push(($item::name().into_owned(), $item::schema()));
            $item::schemas(&mut all);
        )+
        all
    }};
}

fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut all = schemas!(
        AlertList,
        ApplyBody,
        AuditPage,
        Backup,
        BackupList,
        BatchAccepted,
        BatchCancelled,
        BatchPlan,
        BatchRedone,
        BatchPage,
        BatchStatus,
        BeliefBody,
        PortList,
        BulkBody,
        BulkStatus,
        Capabilities,
        CommandAccount,
        CommandAnswer,
        CommandBody,
        CommandCancelled,
        CommandPage,
        ConfigChanges,
        ConfigDocument,
        ConfigItem,
        ConfigList,
        ConfigRevision,
        DeviceList,
        DeviceLog,
        DeviceStatus,
        DiagnosticBody,
        DocumentAnswer,
        DocumentBulk,
        Health,
        BoardAccepted,
        BoardBody,
        KeyBody,
        KeyChanged,
        Live,
        NewToken,
        NextRuns,
        PortStatuses,
        Problem,
        QueueHealth,
        QueueMetrics,
        QueueStats,
        Ready,
        RefreshQueued,
        Schedule,
        ScheduleList,
        ScheduleRemoved,
        ScheduleRuns,
        ServiceStatus,
        FirmwareInventory,
        DeviceFirmware,
        FirmwareUpdate,
        Discovered,
        DiscoveredBoard,
        Statistics,
        SystemTaskList,
        SystemTaskStatus,
        Token,
        TokenBody,
        TokenList,
        WhoAmI,
        Why,
        Events;
        ScheduleDefinition,
        Device,
        Zone,
        Tag,
        Profile,
        Channel,
    );
    all.push(("AnyItem".to_owned(), RefOr::T(Schema::AnyOf(any_item()))));
    all
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs, path::Path};

    use crate::EventKind;

    use super::*;

    /// With this in the environment the test writes the file instead.
    const WRITE: &str = "VENUE_WRITE_OPENAPI";

    #[test]
    fn the_description_that_is_checked_in_is_this_one() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        let shown = format!("{:#}\n", value());
        if env::var_os(WRITE).is_some() {
            fs::write(&file, &shown).unwrap();
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        let differs = || kept.lines().zip(shown.lines()).position(|(kept, shown)| kept != shown);
        assert!(
            kept == shown,
            "docs/openapi.json is not what the daemon answers, from line {}. Renew it with\n  \
             {WRITE}=1 cargo test -p venue-http --lib checked_in",
            differs().map_or(1, |line| line + 1)
        );
    }

    #[test]
    fn every_event_has_its_data() {
        let description = value();
        let events = &description["components"]["schemas"]["Events"]["properties"];
        let described: BTreeSet<&str> =
            events.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(described, EventKind::ALL.iter().map(|kind| kind.name()).collect());
    }

    #[test]
    fn an_item_of_every_kind_is_described() {
        let description = value();
        let any = description["components"]["schemas"]["AnyItem"]["anyOf"].as_array().unwrap();
        let described: BTreeSet<&str> =
            any.iter().map(|item| item["$ref"].as_str().unwrap()).collect();
        // `DeviceItem` is of `devices`.
        let kinds = Kind::ALL.map(|kind| {
            let (first, rest) = kind.plural().trim_end_matches('s').split_at(1);
            format!("#/components/schemas/{}{rest}Item", first.to_uppercase())
        });
        assert_eq!(described, kinds.iter().map(String::as_str).collect());
    }

    #[test]
    fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
        let document: Value = serde_json::from_str(json()).unwrap();
        assert!(
            document["openapi"].as_str().unwrap().starts_with("3.1"),
            "{}",
            document["openapi"]
        );
        let known: BTreeSet<&String> =
            document["components"]["schemas"].as_object().unwrap().keys().collect();
        let mut referred = Vec::new();
        collect(&document, &mut referred);
        assert!(referred.len() > 100);
        for reference in referred {
            let name = reference.strip_prefix("#/components/schemas/").unwrap().to_owned();
            assert!(known.contains(&name), "{name}");
        }
    }

    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    found.push(reference.clone());
                }
                fields.values().for_each(|value| collect(value, found));
            }
            Value::Array(all) => all.iter().for_each(|value| collect(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let ids: BTreeSet<String> = ROUTES.iter().map(Route::id).collect();
        assert_eq!(ids.len(), ROUTES.len());
    }
}
