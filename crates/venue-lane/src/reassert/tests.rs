use venue_domain::Class;

use super::*;
use crate::testing::command;

const GAP: Duration = Duration::from_secs(4);
const SECOND: Duration = Duration::from_secs(1);

fn channel(sequence: u64) -> Arc<Command> {
    command("channel", 1, Class::Interactive, sequence)
}

fn due(late: &LateCommands, now: Instant) -> Option<u64> {
    let due = late.due(now, |_| now, |_| false);
    due.map(|command| command.key.sequence)
}

/// What is sent once more, `after` the others were delivered, if `lost` may come to life.
fn again(lost: &Arc<Command>, delivered: &[Arc<Command>], after: Duration) -> Option<u64> {
    let now = Instant::now();
    let mut late = LateCommands::default();
    late.note_lost(lost, GAP, now);
    for command in delivered {
        late.note_delivered(command, GAP, now);
    }
    due(&late, now + after)
}

#[test]
fn a_newer_command_is_due_once_more_after_the_quiet_gap() {
    let delivered = [channel(2)];
    assert_eq!(again(&channel(1), &delivered, GAP), Some(2));
    assert_eq!(again(&channel(1), &delivered, GAP - Duration::from_millis(1)), None);
}

#[test]
fn it_is_due_until_it_was_delivered_once_more() {
    let now = Instant::now();
    let mut late = LateCommands::default();
    let lost = channel(1);
    late.note_lost(&lost, GAP, now);
    assert!(late.note_delivered(&channel(2), GAP, now).is_empty());
    assert_eq!(due(&late, now + GAP), Some(2));
    assert_eq!(due(&late, now + 2 * GAP), Some(2), "as long as it has to wait for a warm-up");
    assert_eq!(late.note_delivered(&channel(2), GAP, now + 2 * GAP), [lost.id]);
    assert_eq!(due(&late, now + 9 * GAP), None);
}

#[test]
fn the_newest_of_several_is_the_one_that_is_sent() {
    assert_eq!(again(&channel(1), &[channel(2), channel(3)], GAP), Some(3));
}

#[test]
fn a_second_command_after_the_quiet_gap_ends_the_memory() {
    let now = Instant::now();
    let mut late = LateCommands::default();
    let lost = channel(1);
    late.note_lost(&lost, GAP, now);
    // Its own retry is delivered: nothing to be sent again, and the device has been at work.
    late.note_delivered(&lost, GAP, now);
    assert_eq!(due(&late, now + GAP), None);
    assert_eq!(late.note_delivered(&channel(2), GAP, now + GAP), [lost.id]);
    assert_eq!(due(&late, now + 3 * GAP), None);
}

#[test]
fn nothing_comes_to_life_after_150_seconds() {
    let now = Instant::now();
    let mut late = LateCommands::default();
    let lost = channel(1);
    late.note_lost(&lost, GAP, now);
    assert!(late.expire(now + LATE_COMMAND_LIFE - SECOND).is_empty());
    assert_eq!(late.expire(now + LATE_COMMAND_LIFE), [lost.id]);
    late.note_delivered(&channel(2), GAP, now + LATE_COMMAND_LIFE);
    assert_eq!(due(&late, now + 2 * LATE_COMMAND_LIFE), None);
}

#[test]
fn a_step_in_between_does_not_end_the_memory() {
    let up = command("channel_up", 1, Class::Interactive, 2);
    assert_eq!(again(&channel(1), &[up, channel(3)], GAP), Some(3));
}

#[test]
fn a_toggle_or_a_step_is_never_sent_again() {
    let on = command("power_on", 1, Class::Interactive, 1);
    let toggle = command("power", 1, Class::Interactive, 2);
    assert_eq!(again(&on, &[toggle], GAP), None);
    let up = command("channel_up", 1, Class::Interactive, 2);
    assert_eq!(again(&channel(1), &[up], GAP), None);
}

#[test]
fn a_lost_toggle_makes_nothing_be_sent_again() {
    let toggle = command("power", 1, Class::Interactive, 1);
    let on = command("power_on", 1, Class::Interactive, 2);
    assert_eq!(again(&toggle, &[on], GAP), None);
}

#[test]
fn a_retry_that_was_lost_as_well_does_not_hide_the_older_one() {
    let now = Instant::now();
    let mut late = LateCommands::default();
    late.note_lost(&channel(1), GAP, now);
    late.note_lost(&channel(2), GAP, now);
    late.note_delivered(&channel(2), GAP, now);
    assert_eq!(due(&late, now + GAP), Some(2));
}

#[test]
fn what_is_lost_when_it_is_sent_once_more_leaves_only_itself() {
    let now = Instant::now();
    let mut late = LateCommands::default();
    late.note_lost(&channel(1), GAP, now);
    let newer = channel(2);
    late.note_delivered(&newer, GAP, now);
    late.note_lost(&newer, GAP, now + GAP);
    assert_eq!(due(&late, now + GAP), Some(2), "digits of it may have been left");
    late.note_delivered(&newer, GAP, now + 2 * GAP);
    assert_eq!(due(&late, now + 9 * GAP), None);
}

#[test]
fn other_slots_are_left_alone() {
    let mute = command("mute_on", 1, Class::Interactive, 2);
    let elsewhere = command("channel", 2, Class::Interactive, 3);
    assert_eq!(again(&channel(1), &[mute, elsewhere], GAP), None);
}

#[test]
fn what_is_outdated_is_not_sent_again() {
    let now = Instant::now();
    let mut late = LateCommands::default();
    late.note_lost(&channel(1), GAP, now);
    late.note_delivered(&channel(2), GAP, now);
    let asked = |command: &Command| command.key == channel(2).key;
    assert_eq!(late.due(now + GAP, |_| now, asked), None);
    assert_eq!(due(&late, now + GAP), Some(2));
}

#[test]
fn what_was_stored_goes_on_where_it_ended() {
    let (at, now) = (Timestamp::from_unix_ms(1_000_000), Instant::now() + LATE_COMMAND_LIFE);
    let (lost, newer) = (channel(1), channel(2));
    let stored = |age: u64, answered: Option<u64>| {
        let ago = |seconds| at.minus(Duration::from_secs(seconds));
        let late = LateCommand {
            id: lost.id,
            slot: lost.slot().unwrap(),
            key: lost.key,
            ended_at: ago(age),
            answered_at: answered.map(ago),
            desired: answered.map(|_| newer.id),
        };
        let desired = answered.map(|_| Arc::clone(&newer));
        let mut recalled = LateCommands::default();
        let remembered = [RememberedCommand { late, command: Arc::clone(&lost), desired }];
        recalled.recall(&remembered, |_| GAP, (at, now));
        recalled
    };
    assert_eq!(due(&stored(10, Some(1)), now + 2 * SECOND), None);
    assert_eq!(due(&stored(10, Some(1)), now + 3 * SECOND), Some(2));
    assert_eq!(stored(10, Some(1)).unanswered().count(), 0);
    assert_eq!(stored(10, None).unanswered().count(), 1);
    assert_eq!(stored(149, None).expire(now + SECOND), [lost.id]);
}

#[test]
fn what_was_lost_when_it_was_sent_once_more_leaves_only_itself_after_a_restart_too() {
    let (at, now) = (Timestamp::from_unix_ms(1_000_000), Instant::now() + LATE_COMMAND_LIFE);
    let (lost, newer) = (channel(1), channel(2));
    let ago = |seconds| at.minus(Duration::from_secs(seconds));
    let stored = |command: &Arc<Command>, ended_at, answered_at, desired: Option<&Arc<Command>>| {
        let (id, slot, key) = (command.id, command.slot().unwrap(), command.key);
        let desired_id = desired.map(|desired| desired.id);
        let late = LateCommand { id, slot, key, ended_at, answered_at, desired: desired_id };
        RememberedCommand { late, command: Arc::clone(command), desired: desired.map(Arc::clone) }
    };
    let remembered =
        [stored(&lost, ago(20), Some(ago(15)), Some(&newer)), stored(&newer, ago(1), None, None)];
    let mut recalled = LateCommands::default();
    recalled.recall(&remembered, |_| GAP, (at, now));
    assert_eq!(due(&recalled, now + GAP), Some(2), "digits of it may have been left");
    recalled.note_delivered(&newer, GAP, now + GAP);
    assert_eq!(due(&recalled, now + 9 * GAP), None, "nothing older comes to life behind it");
}
