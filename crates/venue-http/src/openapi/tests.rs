//! What is checked in is what is declared.

use std::{collections::BTreeSet, env, fs, path::Path};

use super::*;
use crate::EventKind;

/// With this in the environment the test writes the file instead.
const WRITE: &str = "VENUE_WRITE_OPENAPI";

/// The width of a line, where something is written on one line or on several.
const WIDTH: usize = 100;

#[test]
fn the_description_that_is_checked_in_is_this_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut shown = String::new();
    write(&description(), 0, &mut shown);
    shown.push('\n');
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), description());
    if env::var_os(WRITE).is_some() {
        fs::write(&file, &shown).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    let differs = || kept.lines().zip(shown.lines()).position(|(kept, shown)| kept != shown);
    assert!(
        kept == shown,
        "docs/openapi.json is not what the endpoints declare, from line {}. Renew it with\n  \
         {WRITE}=1 cargo test -p venue-http --lib checked_in",
        differs().map_or(1, |line| line + 1)
    );
}

/// Writes `value` on one line if it fits, for people who read it and for a program that holds it.
fn write(value: &Value, indent: usize, text: &mut String) {
    let whole = value.to_string();
    let (fields, items) = (value.as_object(), value.as_array());
    if indent + whole.len() <= WIDTH || (fields.is_none() && items.is_none()) {
        return text.push_str(&whole);
    }
    let fields = fields.into_iter().flatten();
    let fields = fields.map(|(name, value)| (format!("{}: ", Value::from(&**name)), value));
    let items = items.into_iter().flatten().map(|item| (String::new(), item));
    let parts: Vec<(String, &Value)> = fields.chain(items).collect();
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    text.push(open);
    let last = parts.len().saturating_sub(1);
    for (place, (name, part)) in parts.iter().enumerate() {
        text.push('\n');
        text.push_str(&" ".repeat(indent + 1));
        text.push_str(name);
        write(part, indent + 1, text);
        if place < last {
            text.push(',');
        }
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

#[test]
fn every_event_has_its_data() {
    let description = description();
    let events = &description["components"]["schemas"]["Events"]["properties"];
    let described: BTreeSet<&str> =
        events.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(described, EventKind::ALL.iter().map(|kind| kind.name()).collect());
}

#[test]
fn an_item_of_every_kind_is_described() {
    let description = description();
    let any = description["components"]["schemas"]["AnyItem"]["anyOf"].as_array().unwrap();
    let described: BTreeSet<&str> = any.iter().map(|item| item["$ref"].as_str().unwrap()).collect();
    // `DeviceItem` is of `devices`.
    let kinds = venue_registry::Kind::ALL.map(|kind| {
        let (first, rest) = kind.plural().trim_end_matches('s').split_at(1);
        format!("#/components/schemas/{}{rest}Item", first.to_uppercase())
    });
    assert_eq!(described, kinds.iter().map(String::as_str).collect());
}

#[test]
fn a_merge_patch_of_an_item_names_the_fields_that_may_be_changed() {
    let schemas = &description()["components"]["schemas"];
    let any = schemas["AnyItemPatch"]["anyOf"].as_array().unwrap();
    assert_eq!(any.len(), venue_registry::Kind::ALL.len());
    for patch in any {
        let name = patch["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        let patch = &schemas[name];
        let item = &schemas[name.trim_end_matches("Patch")];
        let fields = |of: &Value| -> Vec<String> {
            of["properties"].as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(fields(patch), fields(item), "{name}");
        assert!(patch["required"].as_array().is_none_or(Vec::is_empty), "{name}");
    }
}

#[test]
fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let document = description();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
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
fn every_operation_has_a_name_of_its_own_and_says_what_it_answers() {
    let specs = specs();
    let ids: BTreeSet<String> = specs.iter().map(operation::id).collect();
    assert_eq!(ids.len(), specs.len());
    for spec in &specs {
        assert!(!spec.answers.is_empty(), "{}", spec.path);
        assert!(!spec.summary.ends_with('.'), "{}: a summary is no sentence", spec.path);
        assert!(spec.details.is_empty() || spec.details.ends_with('.'), "{}", spec.path);
    }
}
