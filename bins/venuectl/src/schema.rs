//! What the daemon's description of its API (OpenAPI) says of a field, in plain words.

use serde_json::{Map, Value};

/// The description, as the daemon serves it.
#[derive(Debug)]
pub(crate) struct Description(Value);

/// One field of an item, or an item as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// Such as `port.zone`.
    pub(crate) path: String,
    /// Such as `text` or `list of whole numbers`.
    pub(crate) kind: String,
    /// What it may be, where that is limited; empty otherwise.
    pub(crate) allowed: String,
    /// Whether it must be given.
    pub(crate) is_required: bool,
    /// What it means.
    pub(crate) meaning: String,
    /// Its own fields, if it has any.
    pub(crate) fields: Vec<Self>,
}

/// What people set up or look at, each with its schema.
pub(crate) const ITEMS: [(&str, &str); 19] = [
    ("alert", "Alert"),
    ("backup", "Backup"),
    ("batch", "BatchStatus"),
    ("channel", "ChannelItem"),
    ("codeset", "CodesetItem"),
    ("command", "CommandRecord"),
    ("device", "DeviceItem"),
    ("lock", "Lock"),
    ("maintenance", "Maintenance"),
    ("person", "Person"),
    ("port", "PortItem"),
    ("preset", "PresetItem"),
    ("profile", "ProfileItem"),
    ("schedule", "ScheduleItem"),
    ("source", "SourceItem"),
    ("tag", "TagItem"),
    ("token", "Token"),
    ("venue", "Venue"),
    ("zone", "ZoneItem"),
];

impl Description {
    pub(crate) const fn new(document: Value) -> Self {
        Self(document)
    }

    /// What `path` means, such as `zone`, `port.zone` or, of every item that has such a field, `default_channel`.
    pub(crate) fn explain(&self, path: &str) -> Vec<Field> {
        let mut parts = path.split('.').map(str::trim);
        let first = parts.next().unwrap_or_default();
        if let Some((name, schema)) = item(first) {
            let parts: Vec<&str> = parts.collect();
            return self.at(name, schema, &parts).into_iter().collect();
        }
        let parts: Vec<&str> = path.split('.').map(str::trim).collect();
        ITEMS.iter().filter_map(|(name, schema)| self.at(name, schema, &parts)).collect()
    }

    /// An item in one line: what it is.
    pub(crate) fn summary(&self, schema: &str) -> String {
        meaning(&self.schema(schema))
    }

    /// The field at `parts` of an item.
    fn at(&self, item: &str, schema: &str, parts: &[&str]) -> Option<Field> {
        let (mut node, mut path, mut is_required) = (self.schema(schema), item.to_owned(), true);
        for part in parts {
            let part = part.split('[').next().unwrap_or_default();
            let object = self.inner(&node);
            let found = object["properties"].get(part).or_else(|| {
                object.get("additionalProperties").filter(|values| values.is_object())
            })?;
            is_required = is_in(&object, part);
            (node, path) = (found.clone(), format!("{path}.{part}"));
        }
        let object = self.inner(&node);
        let own = object["properties"].as_object();
        let fields = own.into_iter().flatten().map(|(name, node)| {
            let path = format!("{path}.{name}");
            self.field(path, node, is_in(&object, name))
        });
        Some(Field { fields: fields.collect(), ..self.field(path, &node, is_required) })
    }

    fn field(&self, path: String, node: &Value, is_required: bool) -> Field {
        let own = meaning(node);
        let one = self.whole(node);
        let meaning = if own.is_empty() { meaning(&one) } else { own };
        let (kind, allowed) = (self.kind(node), self.allowed(&one));
        Field { path, kind, allowed, is_required, meaning, fields: Vec::new() }
    }

    fn schema(&self, name: &str) -> Value {
        self.0["components"]["schemas"][name].clone()
    }

    /// What a reference leads to, and what may be null without that it may be.
    fn whole(&self, node: &Value) -> Value {
        if let Some(name) = node["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return self.whole(&self.schema(name));
        }
        let choices = ["oneOf", "anyOf"].iter().find_map(|choice| node[*choice].as_array());
        let is_null = |one: &&Value| one["type"] == "null";
        match choices.map(|all| all.iter().filter(|one| !is_null(one)).collect::<Vec<_>>()) {
            Some(one) if one.len() == 1 => one.first().map_or(Value::Null, |one| self.whole(one)),
            Some(_) | None => node.clone(),
        }
    }

    /// The object that has the fields: that of each item of a list, too.
    fn inner(&self, node: &Value) -> Value {
        let whole = self.whole(node);
        match whole.get("items") {
            Some(items) => self.inner(items),
            None => whole,
        }
    }

    /// What kind of value it is.
    fn kind(&self, node: &Value) -> String {
        let whole = self.whole(node);
        let may_be_null = whole["type"].as_array().is_some_and(|all| all.contains(&"null".into()))
            || ["oneOf", "anyOf"].iter().any(|choice| {
                node[*choice]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one["type"] == "null"))
            });
        let kind = match type_of(&whole) {
            "string" => match whole["format"].as_str() {
                Some("date-time") => "time".to_owned(),
                _ => "text".to_owned(),
            },
            "integer" => "whole number".to_owned(),
            "number" => "number".to_owned(),
            "boolean" => "true or false".to_owned(),
            "array" => format!("list of {}", plural(&self.kind(&whole["items"]))),
            "object" => match whole.get("additionalProperties").filter(|values| values.is_object())
            {
                Some(values) => format!("names with a {} each", self.kind(values)),
                None => "object".to_owned(),
            },
            _ => "anything".to_owned(),
        };
        if may_be_null { format!("{kind}, or none") } else { kind }
    }

    /// The values and the bounds that are allowed.
    fn allowed(&self, whole: &Value) -> String {
        if let Some(items) = whole.get("items") {
            return self.allowed(&self.whole(items));
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Some(values) = whole["enum"].as_array() {
            return values
                .iter()
                .filter(|one| !one.is_null())
                .map(text)
                .collect::<Vec<_>>()
                .join(", ");
        }
        let constants = whole["oneOf"].as_array().into_iter().flatten();
        let constants: Vec<String> = constants
            .filter_map(|one| one.get("const").or_else(|| one["enum"].get(0)))
            .map(text)
            .collect();
        if !constants.is_empty() {
            return constants.join(", ");
        }
        match (whole.get("minimum"), whole.get("maximum")) {
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (Some(least), None) => format!("{least} or more"),
            (None, Some(most)) => format!("at most {most}"),
            (None, None) => whole["pattern"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

/// An item by its name, also in the plural.
fn item(name: &str) -> Option<(&'static str, &'static str)> {
    let name = name.to_lowercase();
    let is_it = |one: &str| {
        name == one
            || name == format!("{one}s")
            || name == format!("{one}es")
            || (name == "people" && one == "person")
    };
    ITEMS.into_iter().find(move |(one, _)| is_it(one))
}

fn is_in(object: &Value, field: &str) -> bool {
    object["required"].as_array().is_some_and(|all| all.iter().any(|one| one == field))
}

/// The type that is not null.
fn type_of(node: &Value) -> &str {
    let kinds = node["type"].as_array();
    let first = kinds.and_then(|all| all.iter().find(|one| *one != "null"));
    first.unwrap_or_else(|| &node["type"]).as_str().unwrap_or_default()
}

fn meaning(node: &Value) -> String {
    let own = node["description"].as_str();
    let of_choice = || {
        let choices = node["oneOf"].as_array().into_iter().flatten();
        choices.filter_map(|one| one["description"].as_str()).next()
    };
    own.or_else(of_choice).unwrap_or_default().replace('\n', " ")
}

fn plural(kind: &str) -> String {
    match kind {
        "text" => "texts".to_owned(),
        "object" => "objects".to_owned(),
        "whole number" => "whole numbers".to_owned(),
        other => other.to_owned(),
    }
}

impl Field {
    /// The same as a document.
    pub(crate) fn document(&self) -> Value {
        let fields = self.fields.iter().map(Self::document).collect();
        let texts = [
            ("field", &self.path),
            ("type", &self.kind),
            ("allowed", &self.allowed),
            ("meaning", &self.meaning),
        ];
        let mut document: Map<String, Value> = texts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| (name.to_owned(), Value::from(text.as_str())))
            .collect();
        document.insert("required".to_owned(), self.is_required.into());
        document.insert("fields".to_owned(), Value::Array(fields));
        Value::Object(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The description that the daemon serves.
    fn served() -> Description {
        let text = include_str!("../../../docs/openapi.json");
        Description::new(serde_json::from_str(text).unwrap())
    }

    fn one(path: &str) -> Field {
        let mut found = served().explain(path);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        found.remove(0)
    }

    #[test]
    fn every_item_is_explained_with_all_its_fields() {
        for (item, schema) in ITEMS {
            let explained = one(item);
            assert!(!explained.fields.is_empty() && !explained.meaning.is_empty(), "{item}");
            assert_eq!(explained.meaning, served().summary(schema));
            for field in explained.fields {
                assert!(
                    !field.meaning.is_empty() && field.kind != "anything"
                        || field.path.ends_with(".result"),
                    "{field:?}"
                );
                assert_eq!(one(&field.path).meaning, field.meaning);
            }
        }
    }

    #[test]
    fn a_field_is_told_with_its_type_and_what_it_may_be() {
        let order = one("zones.order");
        assert_eq!((order.path.as_str(), order.kind.as_str()), ("zone.order", "whole number"));
        assert_eq!(order.meaning, "Position among the zones; lower comes first.");
        assert!(!order.is_required && one("zone.id").is_required);
        assert_eq!(one("zone.name").kind, "text, or none");
        assert_eq!(one("port.volume").allowed, "tv, source");
        assert_eq!(one("schedule.steps").kind, "list of texts");
        assert_eq!(one("preset.entries.power").allowed, "on, off");
        assert_eq!(one("preset.entries[0].power").kind, "text, or none");
        assert_eq!(one("channel.numbers").kind, "names with a text each");
        assert_eq!(one("person.last_used").kind, "time, or none");
        assert_eq!(one("profile.timing.frame_ms").allowed, "0 or more");
    }

    #[test]
    fn a_field_alone_is_explained_of_each_item_that_has_it() {
        let found = served().explain("platform");
        let paths: Vec<&str> = found.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths, ["channel.platform", "port.platform"]);
        for nothing in ["zone.nothing", "nothing", "", ".", "zone.id.more"] {
            assert_eq!(served().explain(nothing), [], "{nothing}");
        }
    }
}
