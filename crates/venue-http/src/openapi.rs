//! The description of the API (OpenAPI 3.1), made of the endpoints and of the types that travel. Made by tests
//! alone: the program serves docs/openapi.json, which is compared with it here.

mod operation;
mod reference;
mod schema;

use serde_json::{Value, json};
use utoipa::openapi::{
    ComponentsBuilder, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Schema,
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
};
use venue_api as api;

use crate::{cookie, endpoint::Spec, handler, routes::Routes, test_types::TestTypes};

pub(crate) use self::{
    operation::{Description, query_of},
    schema::{SchemaOf, Schemas, schema_of},
};

/// What is declared of every endpoint.
pub(crate) fn specs() -> Vec<Spec> {
    Routes::<TestTypes>::new(handler::endpoints()).specs().cloned().collect()
}

/// The whole description.
pub(crate) fn description() -> Value {
    let mut value = serde_json::to_value(build()).unwrap();
    relax(&mut value);
    for parameter in parameters_of(&mut value) {
        not_null(&mut parameter["schema"]);
    }
    value
}

/// The parameters of all operations.
fn parameters_of(description: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = description["paths"].as_object_mut().into_iter().flat_map(|all| all.values_mut());
    let operations = paths.filter_map(Value::as_object_mut).flat_map(|all| all.values_mut());
    let parameters = operations.filter_map(|one| one.get_mut("parameters")?.as_array_mut());
    parameters.flatten()
}

/// A parameter is there or not, and never null: the generator takes what may be left out for what may be null.
fn not_null(schema: &mut Value) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(Value::Array(either)) = schema.get_mut("oneOf") {
        either.retain(|one| one["type"] != "null");
        if let [only] = either.as_slice() {
            *schema = only.clone();
        }
    }
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

fn build() -> OpenApi {
    let mut schemas = Schemas::new();
    let mut paths = PathsBuilder::new();
    // Beside what endpoints take and answer: what goes wrong, and what streams carry.
    schema_of::<api::Problem>(&mut schemas);
    schema_of::<api::Events>(&mut schemas);
    for spec in specs() {
        let item = PathItem::new(operation::method(&spec), operation::of(&spec, &mut schemas));
        paths = paths.path(operation::shown_path(&spec), item);
    }
    let mut info = Info::new("venue", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let session = ApiKey::Cookie(ApiKeyValue::with_description(cookie::NAME, SESSION));
    let components = schemas.into_iter().fold(
        ComponentsBuilder::new()
            .security_scheme("token", token)
            .security_scheme("session", SecurityScheme::ApiKey(session)),
        |components, (name, schema): (String, RefOr<Schema>)| components.schema(name, schema),
    );
    OpenApiBuilder::new()
        .info(info)
        .paths(paths.build())
        .components(Some(components.build()))
        .build()
}

const SESSION: &str = "What signing in answers a browser. It is taken only where the browser shows that the page \
                       of the daemon itself asks: what changes something needs `Sec-Fetch-Site: same-origin` or a \
                       matching `Origin`.";

const ABOUT: &str = "Switches the TVs of a venue over infrared. Delivered says that a board took a \
                     command, never that a TV changed. Problems are RFC 9457 documents.";

#[cfg(test)]
mod tests;
