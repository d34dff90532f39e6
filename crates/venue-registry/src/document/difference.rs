//! What differs between two versions of an item, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Its path in the item, such as `name` or `ports[2].zone`, where 2 is the number of the port.
    pub field: String,
    /// What it was; null where it was not there.
    pub old: Value,
    /// What it would be; null where it would not be there.
    pub new: Value,
}

/// The fields in which two versions of an item differ, ordered by path.
#[must_use]
pub fn field_changes(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare(String::new(), old, new, &mut changes);
    changes
}

fn compare(path: String, old: &Value, new: &Value, changes: &mut Vec<FieldChange>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(inner, field(old, name), field(new, name), changes);
            }
        }
        (Value::Array(before), Value::Array(after)) => match (ports(before), ports(after)) {
            (Some(before), Some(after)) if !(before.is_empty() && after.is_empty()) => {
                let numbers: BTreeSet<&u64> = before.keys().chain(after.keys()).collect();
                for number in numbers {
                    let port = |ports: &BTreeMap<u64, &Value>| {
                        ports.get(number).map_or(Value::Null, |port| (*port).clone())
                    };
                    compare(format!("{path}[{number}]"), &port(&before), &port(&after), changes);
                }
            }
            _ => changes.push(change(path, old, new)),
        },
        _ => changes.push(change(path, old, new)),
    }
}

fn change(field: String, old: &Value, new: &Value) -> FieldChange {
    FieldChange { field, old: old.clone(), new: new.clone() }
}

fn field<'a>(object: &'a Map<String, Value>, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// The ports of a device by number; `None` for another kind of list.
fn ports(list: &[Value]) -> Option<BTreeMap<u64, &Value>> {
    list.iter().map(|item| Some((item.get("index")?.as_u64()?, item))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_names_the_field_its_old_value_and_its_new_one() {
        let old = json!({"name": "Bar", "mac": "aa", "tags": ["a"], "ports": [
            {"index": 1, "zone": "bar"}, {"index": 2, "zone": "bar", "name": "Left"}]});
        let new = json!({"name": "Main bar", "tags": ["a", "b"], "ports": [
            {"index": 2, "zone": "patio", "name": "Left"}, {"index": 3}]});
        let shown: Vec<String> = field_changes(&old, &new)
            .iter()
            .map(|change| format!("{} {} {}", change.field, change.old, change.new))
            .collect();
        let expected = [
            r#"mac "aa" null"#,
            r#"name "Bar" "Main bar""#,
            r#"ports[1] {"index":1,"zone":"bar"} null"#,
            r#"ports[2].zone "bar" "patio""#,
            r#"ports[3] null {"index":3}"#,
            r#"tags ["a"] ["a","b"]"#,
        ];
        assert_eq!(shown, expected);
        assert_eq!(field_changes(&old, &old), []);
    }
}
