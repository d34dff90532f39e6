//! The daemon's document in the shapes that programs read.

use hyper::body::Bytes;
use serde_json::Value;

/// The fields that name an item, those that name it alone first.
const NAMES: [&str; 6] = ["id", "command_id", "batch_id", "task", "hostname", "name"];

/// The fields in which a document has its items.
const LISTS: [&str; 4] = ["items", "devices", "lines", "findings"];

/// The document as it came, on one line.
pub(super) fn json(document: &Bytes) -> String {
    ended(&String::from_utf8_lossy(document))
}

/// One item a line; a document that is no list is one line.
pub(super) fn json_lines(document: &Bytes) -> String {
    let Some(value) = read(document) else { return json(document) };
    match items(&value) {
        Some(items) => items.iter().map(|item| format!("{item}\n")).collect(),
        None => format!("{value}\n"),
    }
}

/// The document as YAML. What is no JSON, such as a script, stays as it came.
pub(super) fn yaml(document: &Bytes) -> String {
    let yaml = read(document).and_then(|value| serde_saphyr::to_string(&value).ok());
    yaml.map_or_else(|| json(document), |yaml| ended(&yaml))
}

/// What the items are called, one a line, as commands take them; `None` if nothing in the document has a name.
pub(super) fn names(document: &Bytes) -> Option<String> {
    let value = read(document)?;
    let Some(items) = items(&value) else { return name(&value).map(|name| format!("{name}\n")) };
    let names: Vec<String> =
        items.iter().filter_map(name).map(|name| format!("{name}\n")).collect();
    (names.len() == items.len()).then(|| names.concat())
}

/// Where a list goes on, if this is not all of it.
pub(super) fn next_cursor(document: &Bytes) -> Option<String> {
    read(document)?["next_cursor"].as_str().map(str::to_owned)
}

fn read(document: &Bytes) -> Option<Value> {
    serde_json::from_slice(document).ok()
}

fn items(value: &Value) -> Option<&Vec<Value>> {
    LISTS.iter().find_map(|list| value[*list].as_array())
}

/// `HOST/PORT` for a TV, otherwise the first field that names the item.
fn name(item: &Value) -> Option<String> {
    let text = |field: &&str| item[*field].as_str();
    match (NAMES.iter().find(|field| text(field).is_some())?, item["port"].as_u64()) {
        (&"hostname", Some(port)) => Some(format!("{}/{port}", text(&"hostname")?)),
        (field, _) => text(field).map(str::to_owned),
    }
}

fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(value: &Value) -> Bytes {
        Bytes::from(value.to_string())
    }

    #[test]
    fn a_list_is_one_item_a_line_and_another_document_is_one_line() {
        let list = document(&json!({"items": [{"id": "a"}, {"id": "b\nc"}], "next_cursor": "x"}));
        assert_eq!(json_lines(&list), "{\"id\":\"a\"}\n{\"id\":\"b\\nc\"}\n");
        assert_eq!(json_lines(&document(&json!({"mode": "normal"}))), "{\"mode\":\"normal\"}\n");
        assert_eq!(json_lines(&document(&json!({"items": []}))), "");
        assert_eq!(next_cursor(&list).as_deref(), Some("x"));
        assert_eq!(next_cursor(&document(&json!({"items": [], "next_cursor": null}))), None);
    }

    #[test]
    fn an_item_is_named_as_commands_take_it() {
        let table = [
            (json!({"hostname": "ir-1", "port": 2, "name": "Left"}), "ir-1/2\n"),
            (json!({"hostname": "ir-1", "ports": []}), "ir-1\n"),
            (json!({"command_id": "c", "batch_id": "b", "hostname": "ir-1", "port": 2}), "c\n"),
            (json!({"batch_id": "b", "command": "power_on"}), "b\n"),
            (json!({"id": "dtv-1", "hostname": "ir-1", "port": 2}), "dtv-1\n"),
            (json!({"name": "venue-1.db"}), "venue-1.db\n"),
        ];
        for (item, expected) in table {
            assert_eq!(names(&document(&item)).as_deref(), Some(expected), "{item}");
            let list = document(&json!({"items": [item, item]}));
            assert_eq!(names(&list), Some(expected.repeat(2)), "{item}");
        }
        assert_eq!(names(&document(&json!({"items": [{"at": 1}]}))), None);
        assert_eq!(names(&document(&json!({"items": []}))).as_deref(), Some(""));
        assert_eq!(names(&Bytes::from_static(b"# a script")), None);
    }

    #[test]
    fn yaml_reads_back_as_the_same_document() {
        let value = json!({"channel": "060", "power": "on", "muted": "no", "empty": "", "a": [1, null],
            "text": "two\nlines: # x", "number": 5.5, "date": "2026-12-01", "tilde": "~", "hex": "0x1F",
            "sexagesimal": "12:30", "exponent": "1e3", "large": u64::MAX});
        let text = yaml(&document(&value));
        assert_eq!(serde_saphyr::from_str::<Value>(&text).unwrap(), value, "{text}");
        assert!(text.contains("channel: \"060\"") || text.contains("channel: '060'"), "{text}");
        assert_eq!(yaml(&Bytes::from_static(b"# a script {")), "# a script {\n");
    }
}
