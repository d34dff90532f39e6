//! The formats of `-o`.

use serde_json::Value;

use crate::{ctl::ctl, stored::Stored, venue::Venue};

#[test]
fn names_are_what_other_commands_take() {
    let venue = Venue::open();
    let run = ctl(&venue.url, "device list -o name").good();
    assert_eq!(run.stdout, "ir-1\nir-2\nir-3\nir-4\n");
    let stored = Stored::open();
    stored.ctl("batch create on ir-1/2 ir-2/1 --id evening -q").good();
    assert_eq!(stored.ctl("batch list -o name").good().stdout, "evening\n");
    let commands = stored.ctl("queue list -o name").good().stdout;
    assert_eq!(commands.lines().count(), 2, "{commands}");
    for command in commands.lines() {
        stored.ctl(&format!("command get {command} -q")).good();
    }
}

#[test]
fn a_list_in_parts_says_so_in_every_format() {
    let stored = Stored::open();
    stored.ctl("batch create on ir-1/2 ir-2/1 -q").good();
    for format in ["table", "wide", "json", "jsonl", "yaml", "name"] {
        let run = stored.ctl(&format!("queue list --limit 1 -o {format}"));
        assert_eq!(run.code, Some(0), "{run:?}");
        let told = format!("{}{}", run.stdout, run.stderr);
        assert!(told.contains("cursor"), "{format}: {run:?}");
    }
}

#[test]
fn a_line_of_jsonl_is_one_item() {
    let venue = Venue::open();
    let all = ctl(&venue.url, "device list -o json").good().json();
    let lines = ctl(&venue.url, "device list -o jsonl").good().stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(&Value::from(lines), &all["items"]);
}

#[test]
fn wide_has_the_columns_of_the_table_and_more() {
    let venue = Venue::open();
    let header = |format: &str| {
        let run = ctl(&venue.url, &format!("device list -o {format}")).good();
        run.stdout.lines().next().unwrap().to_owned()
    };
    let (table, wide) = (header("table"), header("wide"));
    for column in table.split_whitespace() {
        assert!(wide.contains(column), "{column}: {wide}");
    }
    assert!(wide.contains("ADDRESS") && !table.contains("ADDRESS"), "{table}\n{wide}");
}

#[test]
fn a_failure_is_a_document_where_documents_are_printed() {
    let venue = Venue::open();
    for (format, start) in
        [("json", "{"), ("jsonl", "{"), ("yaml", "code:"), ("table", ""), ("name", "")]
    {
        let run = ctl(&venue.url, &format!("device get ir-9 -o {format}"));
        assert_eq!(run.code, Some(3), "{run:?}");
        assert!(
            run.stdout.starts_with(start) && run.stdout.is_empty() == start.is_empty(),
            "{run:?}"
        );
    }
}

#[test]
fn a_raw_request_is_sent_as_it_is_and_its_answer_printed_as_it_came() {
    let venue = Venue::open();
    let run = ctl(&venue.url, "api get /api/v1/devices").good();
    assert_eq!(run.stdout, ctl(&venue.url, "device list -o json").good().stdout);
    let body = r#"{"command":"mute","port":2}"#;
    ctl(&venue.url, &format!("api POST /api/v1/devices/ir-1/command {body}")).good();
    assert_eq!(venue.received(), "mute ir-1/2");
    let run = ctl(&venue.url, "api GET /api/v1/devices/ir-9");
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{run:?}");
    for (words, told) in [
        ("api FETCH /api/v1/devices", "GET, POST, PUT, PATCH or DELETE"),
        ("api GET devices", "give a path such as /api/v1/devices"),
        ("api GET /api/v1/devices -H x", "a name and a value"),
    ] {
        let run = ctl(&venue.url, words);
        assert!(run.code == Some(2) && run.stderr.contains(told), "{words}: {run:?}");
    }
    assert!(venue.received_nothing());
}

#[test]
fn a_field_is_explained_by_the_daemon_that_is_asked() {
    let venue = Venue::open();
    let run = ctl(&venue.url, "explain port.volume").good();
    for told in ["field     port.volume\n", "allowed   tv, source\n", "required  no\n"] {
        assert!(run.stdout.contains(told), "{told}: {run:?}");
    }
    let items = ctl(&venue.url, "explain -o name").good().stdout;
    assert!(items.contains("zone\n") && items.contains("schedule\n"), "{items}");
    let run = ctl(&venue.url, "explain zone.colour");
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{run:?}");
    assert!(run.stderr.contains("there is no item or field zone.colour"), "{run:?}");
}
