//! Watching a batch to its end.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr},
};

use venue_domain::Reason;

use crate::{
    ctl::{Run, ctl, interrupt, interruptible},
    raw::{Deed, Raw, answer},
    stored::Stored,
};

/// A watch that is under way.
struct Watch {
    child: Child,
    talk: BufReader<ChildStderr>,
}

impl Watch {
    fn begin(stored: &Stored, words: &str) -> Self {
        let mut child = interruptible(&stored.venue.url, words).spawn().unwrap();
        let talk = BufReader::new(child.stderr.take().unwrap());
        Self { child, talk }
    }

    /// Waits for the next line of progress.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.talk.read_line(&mut line).unwrap();
        line
    }

    /// Waits for the end; `stderr` is what was not read yet.
    fn end(mut self) -> Run {
        let mut stderr = String::new();
        self.talk.read_to_string(&mut stderr).unwrap();
        let mut run = Run::from(self.child.wait_with_output().unwrap());
        run.stderr = stderr;
        run
    }
}

#[test]
fn a_watch_tells_each_change_and_ends_well_only_when_all_is_delivered() {
    let stored = Stored::open();
    stored.ctl("batch create on ir-1/2 ir-2/1 --id evening").good();
    let mut watch = Watch::begin(&stored, "batch watch evening");
    assert_eq!(watch.line(), "venuectl: evening: 0 of 2 ended: 2 pending\n");
    stored.serve("ir-1", Reason::Delivered);
    assert_eq!(watch.line(), "venuectl: evening: 1 of 2 ended: 1 delivered, 1 pending\n");
    stored.serve("ir-2", Reason::Delivered);
    let run = watch.end();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stderr, "venuectl: evening: 2 of 2 ended: 2 delivered\n");
    assert!(run.stdout.contains("commands    2: 2 delivered\n"), "{run:?}");
}

#[test]
fn some_delivered_is_partial_and_what_is_missing_is_listed_with_its_cause() {
    let stored = Stored::open();
    stored.ctl("batch create on ir-1/2 ir-2/1 ir-3/1 --id evening").good();
    stored.serve("ir-1", Reason::Delivered);
    stored.serve("ir-2", Reason::DeviceOffline);
    stored.serve("ir-3", Reason::NoEvidence);
    let run = stored.ctl("batch watch evening -q");
    assert_eq!((run.code, run.stdout.as_str()), (Some(7), ""));
    assert_eq!(run.stderr, "venuectl: 1 of 3 delivered: 1 delivered, 1 failed, 1 unknown\n");
    let run = stored.ctl("batch watch evening");
    assert!(run.stdout.contains("ir-2/1  power_on  failed   1 "), "{run:?}");
    assert!(run.stdout.contains("  device offline\n"), "{run:?}");
    assert!(!run.stdout.contains("ir-1/2"), "{run:?}");
}

#[test]
fn nothing_delivered_is_a_failure_or_unknown() {
    for (reason, code) in [(Reason::DeviceOffline, 1), (Reason::NoEvidence, 8)] {
        let stored = Stored::open();
        stored.ctl("batch create on ir-1/2 --id evening").good();
        stored.serve("ir-1", reason);
        let run = stored.ctl("batch watch evening -q");
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{run:?}");
        assert!(run.stderr.starts_with("venuectl: 0 of 1 delivered: "), "{run:?}");
    }
}

#[test]
fn a_watch_that_has_waited_long_enough_leaves_the_batch_alone() {
    let stored = Stored::open();
    stored.ctl("batch create on ir-1/2 --id evening").good();
    let run = stored.ctl("batch watch evening --wait 1ms -q");
    assert_eq!((run.code, run.stdout.as_str()), (Some(9), ""), "{run:?}");
    assert_eq!(run.stderr, "venuectl: evening is not finished, it goes on: 1 pending\n");
    stored.serve("ir-1", Reason::Delivered);
}

#[test]
fn a_new_batch_can_be_watched_at_once() {
    let stored = Stored::open();
    let words = "batch create off ir-1/2 ir-9/1 --id evening --watch -o json";
    let mut watch = Watch::begin(&stored, words);
    assert_eq!(watch.line(), "venuectl: evening: 0 of 1 ended: 1 pending\n");
    stored.serve("ir-1", Reason::Delivered);
    let run = watch.end();
    assert_eq!((run.code, &run.json()["rejected"]), (Some(7), &serde_json::json!(1)), "{run:?}");
    assert!(run.stderr.ends_with("1 delivered, and 1 target was rejected\n"), "{run:?}");
}

#[test]
fn an_interrupt_ends_the_watch_and_not_the_batch() {
    let stored = Stored::open();
    stored.ctl("batch create on ir-1/2 --id evening").good();
    let mut watch = Watch::begin(&stored, "batch watch evening");
    assert!(watch.line().contains("evening"), "its name was told");
    interrupt(&watch.child);
    assert_eq!(watch.end().code, None, "a shell shows this as 130");
    stored.serve("ir-1", Reason::Delivered);
    stored.ctl("batch watch evening -q").good();
}

#[test]
fn a_daemon_that_is_away_for_a_while_is_waited_for() {
    let raw = Raw::that_in_turn(vec![
        answer("200 OK", &batch(1, 1, false)),
        Deed::Close,
        answer("503 Service Unavailable", UNAVAILABLE),
        answer("200 OK", &batch(2, 0, true)),
    ]);
    let run = ctl(&raw.url, "batch watch evening");
    assert_eq!(run.code, Some(0), "{run:?}");
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines[0], "venuectl: evening: 1 of 2 ended: 1 delivered, 1 pending");
    assert!(lines[1].contains("broke") && lines[1].ends_with("; trying again"), "{run:?}");
    assert_eq!(lines[2], "venuectl: the store is away; trying again");
    assert_eq!(lines[3], "venuectl: evening: 2 of 2 ended: 2 delivered");
}

#[test]
fn a_daemon_that_was_never_there_is_told_at_once() {
    for (deed, code) in [(Deed::Close, 6), (answer("503 Service Unavailable", UNAVAILABLE), 1)] {
        let raw = Raw::that(deed);
        let run = ctl(&raw.url, "batch watch evening");
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{run:?}");
        assert!(!run.stderr.contains("trying again"), "{run:?}");
    }
}

#[test]
fn a_list_is_shown_anew_when_it_has_changed() {
    let list = |zones: &[&str]| {
        let lock = |zone: &&str| {
            let (id, since) = (format!("zone:{zone}"), "2026-09-21T14:13:20Z");
            serde_json::json!({"id": id, "zone": zone, "tvs": 1, "since": since})
        };
        let items: Vec<_> = zones.iter().map(lock).collect();
        answer("200 OK", &serde_json::json!({"items": items}).to_string())
    };
    let raw = Raw::that_in_turn(vec![list(&["a"]), Deed::Close, list(&["a", "b"])]);
    let mut child = interruptible(&raw.url, "lock list -w -o name").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for expected in ["zone:a", "zone:a", "zone:b"] {
        assert_eq!(lines.next().unwrap().unwrap(), expected);
    }
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), None, "a shell shows this as 130");
}

fn batch(completed: u64, pending: u64, finished: bool) -> String {
    let statuses = serde_json::json!({
        "pending": pending, "processing": 0, "completed": completed, "failed": 0, "expired": 0,
        "superseded": 0, "cancelled": 0, "unknown": 0,
    });
    serde_json::json!({
        "batch_id": "evening", "created_at": "2026-09-21T14:13:20Z", "finished": finished,
        "total": completed + pending, "statuses": statuses, "rejected": 0, "duplicates": 0,
        "commands": [],
    })
    .to_string()
}

const UNAVAILABLE: &str = r#"{"type":"t","title":"T","status":503,"detail":"the store is away",
    "instance":"/","code":"store_unavailable","request_id":"r"}"#;
