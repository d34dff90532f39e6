//! The queue, single commands in it, why they are there, and the history.

use serde_json::json;
use venue_domain::Reason;

use crate::{ctl::ctl, stored::Stored, venue::Venue};

/// Queues `on` for a TV, and gives the command's id.
fn queued(stored: &Stored, target: &str) -> String {
    let run = stored.ctl(&format!("batch create on {target} -o json")).good();
    run.json()["accepted"][0]["command_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_command_that_went_into_the_queue_is_not_done() {
    let stored = Stored::open();
    let run = stored.ctl("tv on ir-1/2");
    assert_eq!(run.code, Some(9), "{run:?}");
    assert!(run.stderr.starts_with("venuectl: pending: "), "{run:?}");
    assert_eq!(stored.ctl("queue list -o json").good().json()["items"][0]["status"], "pending");
}

#[test]
fn stats_show_the_queue_and_pause_and_resume_it() {
    let stored = Stored::open();
    queued(&stored, "ir-1/2");
    let run = stored.ctl("queue stats").good();
    for line in [
        "state                                     running\n",
        "due                                       1\n",
    ] {
        assert!(run.stdout.contains(line), "{run:?}");
    }
    assert!(run.stdout.contains("permits in use                            25 %\n"), "{run:?}");

    let run = stored.ctl("queue pause").good();
    assert!(run.stdout.contains("paused: nothing is sent from the queue\n"), "{run:?}");
    assert_eq!(stored.ctl("queue stats -o json").good().json()["paused"], true);
    let run = stored.ctl("queue resume").good();
    assert!(run.stdout.contains("running\n"), "{run:?}");
}

#[test]
fn list_shows_what_waits_of_one_device_or_all() {
    let stored = Stored::open();
    let (first, second) = (queued(&stored, "ir-1/2"), queued(&stored, "ir-2/1"));
    let run = stored.ctl("queue list").good();
    let at = "2026-09-21T14:13:20Z";
    let row = format!("{first}  ir-1/2  power_on  pending  0         {at}  -\n");
    assert!(run.stdout.contains(&row) && run.stdout.contains(&second), "{run:?}");
    let run = stored.ctl("queue list --device ir-2").good();
    assert!(run.stdout.contains(&second) && !run.stdout.contains(&first), "{run:?}");
    let run = stored.ctl("queue list --limit 1").good();
    assert!(run.stdout.contains("\nmore with --cursor "), "{run:?}");
}

#[test]
fn an_empty_list_of_a_device_that_does_not_exist_is_not_found() {
    let stored = Stored::open();
    assert_eq!(stored.ctl("queue list --device ir-2").good().stdout.lines().count(), 1);
    stored.ctl("history --device ir-2").good();
    for words in ["queue list --device ir-9", "history --device ir-9"] {
        let run = stored.ctl(words);
        assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{words}: {run:?}");
        assert_eq!(run.stderr, "venuectl: --device: device ir-9 not found\n", "{words}");
    }
}

#[test]
fn a_command_is_shown_by_id_and_by_number_with_its_attempts_and_why() {
    let stored = Stored::open();
    let id = queued(&stored, "ir-1/2");
    let number = stored.ctl(&format!("command get {id} -o json")).good().json()["queue_id"].clone();
    stored.serve("ir-1", Reason::NoEvidence);
    for name in [id.clone(), number.to_string()] {
        let run = stored.ctl(&format!("command get {name}")).good();
        assert!(run.stdout.contains(&format!("  {id}\n")), "{run:?}");
        assert!(run.stdout.contains("status                   unknown\n"), "{run:?}");
        let attempt = "2026-09-21T14:13:20Z  40 ms  yes             no confirmation came in time\n";
        assert!(run.stdout.contains(attempt), "{run:?}");

        let run = stored.ctl(&format!("why {name}")).good();
        let sentence = "power_on for ir-1/2 may have been sent and is not repeated";
        assert!(run.stdout.starts_with(sentence) && run.stdout.contains(attempt), "{run:?}");
    }
    let why = stored.ctl(&format!("why {id} -o json")).good().json();
    assert_eq!((&why["status"], &why["command_id"]), (&json!("unknown"), &json!(id)));
}

#[test]
fn cancel_withdraws_a_command_once_and_never_one_in_flight() {
    let stored = Stored::open();
    let id = queued(&stored, "ir-1/2");
    let run = stored.ctl(&format!("command cancel {id}")).good();
    assert!(run.stdout.ends_with(&format!("{id}  cancelled: it was not delivered\n")), "{run:?}");
    let run = stored.ctl(&format!("command cancel {id}"));
    assert_eq!((run.code, run.stdout.as_str()), (Some(5), ""), "{run:?}");

    let id = queued(&stored, "ir-1/3");
    let _ticket = stored.claim("ir-1");
    let run = stored.ctl(&format!("command cancel {id}"));
    assert_eq!((run.code, run.stdout.as_str()), (Some(5), ""), "{run:?}");
    assert!(!run.stderr.contains("outcome unknown"), "{run:?}");
}

#[test]
fn history_shows_the_newest_first_and_of_one_device() {
    let stored = Stored::open();
    for (target, reason) in [("ir-1/2", Reason::Delivered), ("ir-2/1", Reason::DeviceOffline)] {
        queued(&stored, target);
        stored.serve(&target[..4], reason);
    }
    let run = stored.ctl("history").good();
    let rows: Vec<_> = run.stdout.lines().skip(1).collect();
    assert!(rows[0].contains("ir-2/1  power_on  failed") && rows[0].ends_with("device offline"));
    assert!(rows[1].contains("ir-1/2  power_on  delivered") && rows[1].ends_with("  -"), "{run:?}");
    let run = stored.ctl("history --device ir-1 --limit 5").good();
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    let page = stored.ctl("history --limit 1 -o json").good().json();
    let next = page["next_cursor"].as_str().unwrap();
    let run = stored.ctl(&format!("history --cursor {next}")).good();
    assert!(run.stdout.contains("ir-1/2") && !run.stdout.contains("ir-2/1"), "{run:?}");
}

#[test]
fn the_last_commands_of_a_device_are_those_that_wait_and_then_those_that_ended() {
    let stored = Stored::open();
    queued(&stored, "ir-1/2");
    stored.serve("ir-1", Reason::DeviceOffline);
    let waits = queued(&stored, "ir-1/3");
    queued(&stored, "ir-2/1");
    let run = stored.ctl("device commands ir-1").good();
    let rows: Vec<_> = run.stdout.lines().skip(1).collect();
    assert!(
        rows[0].starts_with(&waits) && rows[0].contains("ir-1/3  power_on  pending"),
        "{run:?}"
    );
    assert!(rows[1].contains("ir-1/2  power_on  failed"), "{run:?}");
    assert_eq!(rows.len(), 2, "{run:?}");
    let page = stored.ctl("device commands ir-1 --limit 1 -o json").good().json();
    let ids: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|one| &one["command_id"]).collect();
    assert_eq!(ids, [&json!(waits)]);
    assert_eq!(stored.ctl("device commands ir-9").code, Some(3));
}

#[test]
fn what_is_not_there_is_not_found_and_without_a_store_it_is_said() {
    let (stored, bare) = (Stored::open(), Venue::open());
    for words in ["command get 7", "command cancel 7", "why 7"] {
        let run = stored.ctl(words);
        assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{words}: {run:?}");
    }
    let every = ["queue stats", "queue list", "queue pause", "queue resume", "history", "why 7"];
    for words in every {
        let run = ctl(&bare.url, words);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{words}: {run:?}");
        assert!(run.stderr.starts_with("venuectl: "), "{words}: {run:?}");
    }
}
