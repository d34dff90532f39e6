//! Batches: what is queued, rejected, withdrawn, tried anew and taken back.

use serde_json::json;
use venue_domain::Reason;

use crate::{
    ctl::ctl,
    raw::{Deed, Raw, answer},
    stored::Stored,
    venue::Venue,
};

#[test]
fn a_new_batch_is_queued_and_says_that_nothing_is_delivered_yet() {
    let stored = Stored::open();
    let words = "batch create channel 060 ir-1/2 ir-2/1 ir-1/2 --id evening --notes quiz";
    let run = stored.ctl(words).good();
    let facts = "batch       evening\n\
                 queued      2, nothing is delivered yet\n\
                 rejected    0\n\
                 duplicates  1\n\n";
    assert!(run.stdout.starts_with(facts), "{run:?}");
    assert!(
        run.stdout.contains("\nir-1/2  duplicate  named more than once, queued once\n"),
        "{run:?}"
    );
    assert!(stored.venue.received_nothing(), "it waits in the queue");

    let run = stored.ctl("batch get evening").good();
    for line in ["state       not finished\n", "commands    2: 2 pending\n", "notes       quiz\n"] {
        assert!(run.stdout.contains(line), "{line}: {run:?}");
    }
    assert_eq!(run.stdout.matches("  channel 060  pending  0 ").count(), 2, "{run:?}");
    assert_eq!(stored.ctl("batch get evening -o json").good().json()["total"], 2);

    let run = stored.ctl("batch get evening --limit 1").good();
    let cursor = run.stdout.lines().last().unwrap().strip_prefix("more with ").unwrap();
    let rest = stored.ctl(&format!("batch get evening {cursor}")).good();
    assert!(rest.stdout.contains("ir-2/1") && !rest.stdout.contains("more with"), "{rest:?}");
}

#[test]
fn priority_and_instant_reach_the_queue() {
    let stored = Stored::open();
    let words = "batch create --priority -3 --at 2026-09-22T01:00:00+10:00 off ir-1/2 -o json";
    let id = stored.ctl(words).good().json()["batch_id"].as_str().unwrap().to_owned();
    let batch = stored.ctl(&format!("batch get {id} -o json")).good().json();
    let command = &batch["commands"][0];
    assert_eq!((&command["command"], &command["priority"]), (&json!("power_off"), &json!(-3)));
    assert_eq!(command["scheduled_at"], "2026-09-21T15:00:00Z");
}

#[test]
fn rejected_targets_are_partial_and_none_accepted_is_a_failure() {
    let stored = Stored::open();
    let run = stored.ctl("batch create on ir-1/2 ir-9/1");
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(7), "venuectl: 1 of 2 targets were rejected\n")
    );
    assert!(run.stdout.contains("ir-9/1  rejected  device ir-9 not found\n"), "{run:?}");

    let run = stored.ctl("batch create on ir-9/1 ir-8/1");
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""));
    assert!(run.stderr.contains("no target was accepted"), "{run:?}");
    for target in ["SELECTOR: device ir-9", "SELECTOR: device ir-8"] {
        assert!(run.stderr.contains(target), "{run:?}");
    }
}

#[test]
fn a_name_that_is_taken_queues_nothing_twice() {
    let stored = Stored::open();
    let first = stored.ctl("batch create on ir-1/2 --id evening").good();
    let again = stored.ctl("batch create on ir-1/2 --id evening").good();
    assert_eq!(first.stdout, again.stdout, "the same request has the same answer");
    let run = stored.ctl("batch create off ir-1/3 --id evening");
    assert_eq!((run.code, run.stdout.as_str()), (Some(5), ""), "{run:?}");
    assert!(run.stderr.contains("there is already a batch evening"), "{run:?}");
    let open = stored.ctl("queue list -o json").good().json();
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
}

#[test]
fn an_answer_that_is_lost_tells_where_the_batch_is_found() {
    let raw = Raw::that(Deed::Close);
    let run = ctl(&raw.url, "batch create on ir-1/2 --id evening");
    assert_eq!((run.code, run.stdout.as_str()), (Some(8), ""));
    assert!(run.stderr.contains("outcome unknown, the daemon may have done it"), "{run:?}");
    assert!(run.stderr.ends_with("`venuectl batch get evening` shows whether it was accepted\n"));

    let problem = r#"{"type":"t","title":"T","status":500,"detail":"d","instance":"/","code":"c",
        "request_id":"r"}"#
        .replace('\n', "");
    let raw = Raw::that(answer("500 Internal Server Error", &problem));
    let run = ctl(&raw.url, "batch create on ir-1/2 --id evening -o json");
    assert_eq!((run.code, &run.json()["code"]), (Some(8), &json!("c")));
    assert!(run.stderr.contains("outcome unknown: d; `venuectl batch get evening`"), "{run:?}");
}

#[test]
fn cancel_withdraws_what_waits_and_says_what_is_in_flight() {
    let stored = Stored::open();
    stored.ctl("batch create on ir-1/2 ir-2/1 ir-3/1 --id evening").good();
    let ticket = stored.claim("ir-1");
    let run = stored.ctl("batch cancel evening");
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(7), "venuectl: 1 in flight: too late to cancel\n")
    );
    assert_eq!(run.stdout, "batch      evening\ncancelled  2\nin flight  1\n");
    assert_eq!(stored.ctl("batch cancel evening").code, Some(1), "it withdraws nothing");
    stored.end(ticket, Reason::Delivered);
    let run = stored.ctl("batch cancel evening").good();
    assert!(run.stdout.contains("cancelled  0\n"), "{run:?}");
}

#[test]
fn retry_queues_what_failed_and_leaves_a_toggle_that_may_have_been_sent() {
    let stored = Stored::open();
    stored.ctl("batch create mute ir-1/2 ir-2/1 ir-3/1 --id evening").good();
    stored.serve("ir-1", Reason::Delivered);
    stored.serve("ir-2", Reason::DeviceOffline);
    stored.serve("ir-3", Reason::NoEvidence);
    let run = stored.ctl("batch retry evening");
    assert_eq!((run.code, run.stderr.as_str()), (Some(7), "venuectl: 1 skipped\n"));
    assert!(run.stdout.contains("queued    1, nothing is delivered yet\n"), "{run:?}");
    assert!(run.stdout.contains("\nir-2/1  queued  "), "{run:?}");
    let toggle =
        "\nir-3/1   its command may have been sent, and a repeat would do something else\n";
    assert!(run.stdout.contains(toggle), "{run:?}");
    assert!(!run.stdout.contains("ir-1/2"), "{run:?}");
}

#[test]
fn undo_withdraws_what_waits_and_restores_what_was_known() {
    let stored = Stored::open();
    stored.ctl("batch create on ir-1/2 --id before").good();
    stored.serve("ir-1", Reason::Delivered);
    stored.ctl("batch create off ir-1/2 ir-2/1 ir-3/1 --id evening").good();
    stored.serve("ir-1", Reason::Delivered);
    stored.serve("ir-2", Reason::Delivered);
    let run = stored.ctl("batch undo evening");
    assert_eq!((run.code, run.stderr.as_str()), (Some(7), "venuectl: 1 skipped\n"), "{run:?}");
    assert!(run.stdout.contains("cancelled before they were sent  1\n"), "{run:?}");
    assert!(run.stdout.contains("\nir-2/1        what was there before is not known\n"), "{run:?}");
    let open = stored.ctl("queue list").good();
    assert!(open.stdout.contains("  ir-1/2  power_on  pending"), "{open:?}");
}

#[test]
fn a_batch_that_is_not_there_is_not_found_and_without_a_store_nothing_is_queued() {
    let (stored, bare) = (Stored::open(), Venue::open());
    for words in ["get", "watch", "cancel", "retry", "undo"] {
        let run = stored.ctl(&format!("batch {words} nothing"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{words}: {run:?}");
        assert!(run.stderr.contains("nothing"), "{words}: {run:?}");
        let run = ctl(&bare.url, &format!("batch {words} nothing"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{words}: {run:?}");
    }
    let run = ctl(&bare.url, "batch create on ir-1/2");
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
    assert!(run.stderr.contains("the store is not open"), "{run:?}");
}
