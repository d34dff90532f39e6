//! Backups that the daemon makes.

use std::time::Duration;

use crate::{
    ctl::ctl,
    raw::{Raw, later},
    stored::Stored,
};

#[test]
fn the_daemon_makes_a_copy_and_lists_it() {
    let stored = Stored::open();
    let run = stored.ctl("backup create").good();
    assert!(run.stdout.contains("venue-1.db") && run.stdout.contains("4 KiB"), "{run:?}");
    let run = stored.ctl("backup list -o json").good();
    assert_eq!(run.json()["items"][0]["name"], "venue-1.db");
    stored.ctl("queue pause").good();
    let run = stored.ctl("backup create");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("full"), "{run:?}");
}

#[test]
fn a_copy_is_waited_for_longer_than_anything_else() {
    let made =
        r#"{"name":"venue-1.db","made_at":"2026-09-21T14:13:20Z","bytes":4096,"place":"made"}"#;
    let slow = Raw::that_in_turn(vec![
        later(Duration::from_millis(900), "201 Created", made),
        later(Duration::from_millis(900), "200 OK", r#"{"items":[]}"#),
    ]);
    let run = ctl(&slow.url, "--timeout 200ms backup create").good();
    assert!(run.stdout.contains("venue-1.db"), "{run:?}");
    // Of the list it would not be said that it takes its time.
    assert_eq!(ctl(&slow.url, "--timeout 200ms backup list").code, Some(8));
}
