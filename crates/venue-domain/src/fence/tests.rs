//! What a fence lets through, action by action.

use super::*;
use crate::{testing, time::Timestamp};

fn command(name: &str, sequence: u64) -> Command {
    on_port(name, sequence, "ir-1/2")
}

fn on_port(name: &str, sequence: u64, port: &str) -> Command {
    testing::command(name, port, Timestamp::from_unix_ms(0), sequence)
}

/// Whether `older` is superseded once `newer` has been accepted.
fn supersedes(newer: &str, older: &str) -> bool {
    let fences = Fences::new();
    let old = command(older, 1);
    fences.raise(&old);
    assert_eq!(fences.superseded_by(&old), None, "a command never supersedes itself");
    let new = command(newer, 2);
    fences.raise(&new);
    assert_eq!(fences.superseded_by(&new), None);
    let winner = fences.superseded_by(&old);
    assert!(winner.is_none_or(|winner| winner.command == new.id));
    winner.is_some()
}

#[test]
fn a_newer_wish_supersedes_an_older_one_of_its_slot() {
    assert!(supersedes("channel", "channel"));
    assert!(supersedes("power_on", "power_off"));
    assert!(supersedes("mute_off", "mute"));
}

#[test]
fn a_second_press_of_a_toggle_replaces_the_one_that_waits() {
    assert!(supersedes("power", "power"));
    assert!(supersedes("mute", "mute"));
}

#[test]
fn a_key_pressed_later_outranks_an_older_wish() {
    assert!(supersedes("channel_up", "channel"));
    assert!(supersedes("number", "channel"));
    assert!(supersedes("channel", "number"));
}

#[test]
fn steps_and_keys_never_supersede_each_other() {
    assert!(!supersedes("volume_up", "volume_down"));
    assert!(!supersedes("number", "number"));
    assert!(!supersedes("channel_up", "number"));
    assert!(!supersedes("up", "ok"));
}

#[test]
fn groups_do_not_touch_each_other_except_through_power_off() {
    assert!(!supersedes("channel", "mute"));
    assert!(!supersedes("power_on", "channel"));
    for older in ["channel", "mute", "volume_up", "ok", "number", "power_on", "power"] {
        assert!(supersedes("power_off", older), "{older}");
    }
}

#[test]
fn another_port_is_another_slot() {
    let fences = Fences::new();
    let old = command("channel", 1);
    fences.raise(&on_port("channel", 2, "ir-1/3"));
    fences.raise(&on_port("channel", 3, "ir-2/2"));
    assert_eq!(fences.superseded_by(&old), None);
}

#[test]
fn a_fence_never_falls() {
    let fences = Fences::new();
    fences.raise(&command("channel", 9));
    fences.raise(&command("channel", 3));
    assert!(fences.superseded_by(&command("channel", 5)).is_some());
}

#[test]
fn fences_that_were_stored_are_merged_and_none_falls() {
    let before = Fences::new();
    before.raise(&command("channel", 9));
    let after = Fences::new();
    after.raise(&command("volume_up", 2));
    after.merge(&before.entries());
    assert!(after.superseded_by(&command("channel", 5)).is_some());
    after.raise(&command("channel", 12));
    after.merge(&before.entries());
    assert_eq!(after.superseded_by(&command("channel", 11)).unwrap().key.sequence, 12);
    assert_eq!(after.entries().len(), 2);
}

#[test]
fn a_key_that_passed_the_queue_outranks_what_waits_there_and_nothing_that_was_sent_like_it() {
    let fences = Fences::new();
    let (old, new) = (command("ok", 1), command("number", 2));
    for key in [&old, &new] {
        fences.raise(key);
        fences.bypass_queue(key);
    }
    assert_eq!(fences.superseded_by(&old), None);
    assert_eq!(fences.bypassed_by(&old).map(|winner| winner.command), Some(new.id));
    assert_eq!((fences.bypassed_by(&new), fences.bypassed_by(&command("power", 1))), (None, None));
    let stored = Fences::new();
    stored.merge(&fences.entries());
    for waiting in [&old, &command("number", 1), &command("channel", 1)] {
        assert_eq!(stored.superseded_by(waiting).map(|winner| winner.command), Some(new.id));
    }
    for other in ["volume_up", "power", "mute_on"] {
        assert_eq!(stored.superseded_by(&command(other, 1)), None, "{other}");
    }
    assert_eq!(stored.superseded_by(&command("ok", 3)), None);
}

#[test]
fn a_key_that_passed_the_queue_outranks_no_channel_that_was_wished_last() {
    let fences = Fences::new();
    let (channel, key) = (command("channel", 1), command("ok", 2));
    fences.raise(&channel);
    fences.raise(&key);
    fences.bypass_queue(&key);
    let stored = Fences::new();
    stored.merge(&fences.entries());
    assert_eq!(stored.superseded_by(&channel), None);
}

#[test]
fn a_key_knows_whether_a_later_one_of_its_port_was_accepted() {
    let fences = Fences::new();
    let (old, new) = (command("ok", 1), command("number", 2));
    fences.raise(&old);
    assert!(!fences.has_later_key(&old));
    fences.raise(&command("channel_up", 2));
    fences.raise(&on_port("ok", 2, "ir-1/3"));
    assert!(!fences.has_later_key(&old), "a step or another port is no later key");
    fences.raise(&new);
    assert!(fences.has_later_key(&old) && !fences.has_later_key(&new));
    assert!(!fences.has_later_key(&command("power", 1)));
}

#[test]
fn a_key_that_comes_after_a_later_one_has_left_is_too_late() {
    let fences = Fences::new();
    let (old, new) = (command("number", 1), command("ok", 2));
    fences.raise(&old);
    fences.raise(&new);
    assert_eq!(fences.superseded_by(&old), None, "keys do not supersede each other");
    assert!(!fences.begin(&new, Sending::First, || false), "its caller has withdrawn it");
    assert_eq!(fences.superseded_by(&old), None, "what did not leave is not late for anything");
    assert!(fences.begin(&new, Sending::First, || true));
    assert_eq!(fences.superseded_by(&old).map(|by| by.command), Some(new.id));
    assert!(!fences.begin(&old, Sending::First, || panic!("what is too late asks nobody")));
    assert_eq!(fences.superseded_by(&new), None);
    for other in [command("channel_up", 1), on_port("ok", 1, "ir-1/3")] {
        assert_eq!(fences.superseded_by(&other), None, "{:?}", other.action);
    }
}

#[test]
fn what_is_due_raises_its_fences_before_anybody_looks() {
    struct Due(Mutex<Option<Command>>, std::sync::Weak<Fences>);
    impl Promoter for Due {
        fn promote_due(&self) {
            if let (Some(due), Some(fences)) = (self.0.lock().unwrap().take(), self.1.upgrade()) {
                fences.raise(&due);
            }
        }
    }
    for look in [Fences::superseded_by, Fences::newer_in_slot] {
        let fences = Arc::new(Fences::new());
        let waiting = command("channel", 1);
        fences.raise(&waiting);
        let due = command("channel", 2);
        let of_due = Arc::new(Due(Mutex::new(Some(due.clone())), Arc::downgrade(&fences)));
        fences.set_promoter(Arc::clone(&of_due) as Arc<dyn Promoter>);
        assert_eq!(look(&fences, &waiting).map(|winner| winner.command), Some(due.id));
    }
}

#[test]
fn the_board_has_no_fences() {
    let fences = Fences::new();
    fences.raise(&on_port("diagnostic_signal", 2, "ir-1/0"));
    assert_eq!(fences.superseded_by(&on_port("diagnostic_signal", 1, "ir-1/0")), None);
}
