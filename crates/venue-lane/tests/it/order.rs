//! Who goes first, and who never goes.

use std::sync::Arc;

use tokio::{sync::Notify, time::Instant};
use venue_domain::{Class, Command, Delivery};

use crate::{
    fake::Reaction,
    floor::{BUDGET, Floor, Handed, ms, pass, settle},
};

const LONG: std::time::Duration = ms(60_000);

/// Whether `handed` was replaced by `winner` without being sent.
async fn is_superseded_by(handed: Handed, winner: &Command) -> bool {
    matches!(handed.delivery().await, Delivery::Superseded { by } if by.command == winner.id)
}

#[tokio::test(start_paused = true)]
async fn two_commands_to_a_device_never_overlap() {
    let floor = Floor::new();
    let mut handed = Vec::new();
    for class in [Class::Bulk, Class::Interactive, Class::Immediate, Class::Bulk] {
        for what in ["mute@1", "volume_up@2", "ok@3", "channel 501@4", "power_on@5"] {
            let what = if class == Class::Immediate { "diagnostic_signal 1@0" } else { what };
            handed.push(floor.hand(&floor.accept(what, class), LONG).await);
        }
    }
    for handed in handed {
        handed.delivery().await;
    }
    let sent = floor.device.sent();
    assert!(sent.len() >= 15, "{sent:?}");
    assert!(sent.is_sorted_by(|one, next| one.end.is_some_and(|end| end <= next.start)));
}

#[tokio::test(start_paused = true)]
async fn interactive_goes_before_waiting_bulk_and_the_signal_before_all() {
    let floor = Floor::new();
    let first = Arc::new(Notify::new());
    floor.device.will([Reaction::Held(Arc::clone(&first))]);
    let mut handed = vec![floor.hand(&floor.accept("up@5", Class::Bulk), LONG).await];
    for (what, class) in [
        ("mute_on@1", Class::Bulk),
        ("mute_on@2", Class::Bulk),
        ("volume_up@3", Class::Interactive),
        ("diagnostic_signal 1@0", Class::Immediate),
    ] {
        handed.push(floor.hand(&floor.accept(what, class), LONG).await);
    }
    first.notify_one();
    for handed in handed {
        assert!(handed.delivered().await);
    }
    let expected = ["up@5", "diagnostic_signal 1@0", "volume_up@3", "mute_on@1", "mute_on@2"];
    assert_eq!(floor.device.words(), expected);
}

#[tokio::test(start_paused = true)]
async fn an_older_wish_that_waits_is_superseded_and_told_by_whom() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(1_000))]);
    let busy = floor.send("mute@2").await;
    let old = floor.send("channel 5@1").await;
    let newer = floor.accept("channel 7@1", Class::Interactive);
    let new = floor.hand(&newer, BUDGET).await;
    assert!(old.is_answered() && !busy.is_answered(), "at once, not when its turn comes");
    assert!(is_superseded_by(old, &newer).await);
    assert!(busy.delivered().await && new.delivered().await);
    assert_eq!(floor.device.words(), ["mute@2", "channel 7@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_is_newer_than_the_call_supersedes_it_until_the_first_byte() {
    let floor = Floor::new();
    let first_byte = Arc::new(Notify::new());
    floor.device.will([Reaction::Held(Arc::clone(&first_byte))]);
    let old = floor.send("channel 5@1").await;
    assert!(floor.lane().in_flight.is_some());
    let newer = floor.accept("channel 7@1", Class::Interactive);
    first_byte.notify_one();
    assert!(is_superseded_by(old, &newer).await);
    assert!(floor.device.words().is_empty());
    assert!(floor.hand(&newer, BUDGET).await.delivered().await);
    assert_eq!(floor.device.words(), ["channel 7@1"]);
}

#[tokio::test(start_paused = true)]
async fn what_has_become_due_supersedes_a_call_until_the_first_byte() {
    let floor = Floor::new();
    let first_byte = Arc::new(Notify::new());
    floor.device.will([Reaction::Held(Arc::clone(&first_byte))]);
    let old = floor.send("channel 5@1").await;
    assert!(floor.lane().in_flight.is_some());
    let due = floor.becomes_due("channel 7@1");
    first_byte.notify_one();
    assert!(matches!(old.delivery().await, Delivery::Superseded { .. }));
    assert!(due.is_promoted() && floor.device.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_newer_wish_comes_too_late_once_the_first_byte_has_left() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500))]);
    let old = floor.send("channel 5@1").await;
    floor.device.wait_for_sent(1).await;
    let new = floor.send("channel 7@1").await;
    assert!(old.delivered().await && new.delivered().await);
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 7@1"]);
}

#[tokio::test(start_paused = true)]
async fn switching_off_supersedes_everything_older_that_waits_for_the_port() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500))]);
    let busy = floor.send("mute@2").await;
    let mut older = Vec::new();
    for what in ["channel 5@1", "volume_up@1", "ok@1", "power_on@1"] {
        older.push(floor.send(what).await);
    }
    let off = floor.accept("power_off@1", Class::Interactive);
    let switched = floor.hand(&off, BUDGET).await;
    for handed in older {
        assert!(is_superseded_by(handed, &off).await);
    }
    assert!(busy.delivered().await && switched.delivered().await);
    assert_eq!(floor.device.words(), ["mute@2", "power_off@1"]);
}

#[tokio::test(start_paused = true)]
async fn keys_keep_their_order_although_one_came_as_bulk() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500))]);
    let mut handed = vec![floor.send("mute@2").await];
    handed.push(floor.hand(&floor.accept("number 5@1", Class::Bulk), LONG).await);
    handed.push(floor.send("number 7@1").await);
    for handed in handed {
        assert!(handed.delivered().await);
    }
    assert_eq!(floor.device.words(), ["mute@2", "number 5@1", "number 7@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_held_up_is_not_sent_after_a_later_one() {
    let floor = Floor::new();
    let held_up = floor.accept("number 1@1", Class::Interactive);
    let later = floor.accept("number 2@1", Class::Interactive);
    assert!(floor.hand(&later, BUDGET).await.delivered().await);
    assert!(is_superseded_by(floor.hand(&held_up, BUDGET).await, &later).await);
    assert_eq!(floor.device.words(), ["number 2@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_hangs_does_not_delay_another_one() {
    let floor = Floor::new();
    let healthy = floor.add("ir-2");
    floor.device.will([Reaction::Hangs]);
    let hanging = floor.send("mute@1").await;
    floor.device.wait_for_sent(1).await;
    let started = Instant::now();
    let command = floor.accept_for("ir-2", "mute@1", Class::Interactive);
    assert!(floor.hand(&command, BUDGET).await.delivered().await);
    assert_eq!(started.elapsed(), ms(10), "as fast as alone");
    assert!(!hanging.is_answered());
    assert_eq!(healthy.words(), ["mute@1"]);
    hanging.delivery().await;
}

#[tokio::test(start_paused = true)]
async fn the_lane_tells_what_is_in_flight_and_how_many_wait() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500))]);
    let first = floor.accept("mute@1", Class::Interactive);
    let handed = floor.hand(&first, BUDGET).await;
    let other = floor.send("mute@2").await;
    assert_eq!(floor.lane().in_flight, Some(first.id));
    assert_eq!(floor.lane().waiting, 1);
    assert!(handed.delivered().await && other.delivered().await);
    pass(ms(1)).await;
    settle().await;
    assert_eq!(floor.lane(), venue_domain::LaneSnapshot::default());
}
