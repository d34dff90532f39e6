//! The box that two screens show, presets, locks and steps, each in a story that is told on purpose.

use venue_domain::Status;

use super::{TV, log, log_of};
use crate::{
    cases::{in_memory, on_disk},
    story::{Fault, Redo, SCREENS, Step, THE_BOX, Tv},
    world::Outcome,
};

const BOX_LEAVES: Step = Step::Device(THE_BOX.device, Fault::Leaves);
const BOX_RETURNS: Step = Step::Device(THE_BOX.device, Fault::Returns);

fn press(tv: Tv, what: &str) -> Step {
    Step::Press(tv, what.to_owned())
}

/// What came of `steps`, over both stores.
fn tell(steps: &[Step]) -> [Outcome; 2] {
    [in_memory(steps, None).unwrap(), on_disk(steps, None).unwrap()]
}

fn preset(targets: &[(Tv, &[&str])]) -> Step {
    let target =
        |(tv, what): &(Tv, &[&str])| (*tv, what.iter().map(|what| (*what).to_owned()).collect());
    Step::Preset(targets.iter().map(target).collect())
}

#[test]
fn a_batch_through_both_screens_is_one_command_for_the_box_and_their_power_is_their_own() {
    let steps = [
        Step::Bulk(SCREENS.into(), "channel_up 3".to_owned()),
        Step::Pass(5_000),
        Step::Bulk(SCREENS.into(), "power".to_owned()),
        Step::Pass(60_000),
    ];
    for outcome in tell(&steps) {
        assert_eq!(log_of(THE_BOX, &outcome), ["channel_up 3"]);
        assert_eq!(SCREENS.map(|tv| log_of(tv, &outcome)), [["power"], ["power"]]);
    }
}

#[test]
fn the_newest_wish_is_what_the_box_shows_through_whichever_screen_it_came() {
    let steps = [
        BOX_LEAVES,
        press(SCREENS[0], "channel 5"),
        Step::Pass(100),
        BOX_RETURNS,
        press(SCREENS[1], "channel 7"),
        Step::Pass(60_000),
    ];
    for outcome in tell(&steps) {
        assert_eq!(log_of(THE_BOX, &outcome), ["channel 7"]);
    }
}

#[test]
fn a_preset_sends_a_shared_box_one_channel_and_leaves_a_screen_alone_that_wants_another() {
    let [first, second] = SCREENS;
    let wanted: [&[&str]; 2] = [&["power_on", "channel 5"], &["power_on", "channel 6"]];
    for (of_second, power) in [(wanted[0], vec!["power_on"]), (wanted[1], vec![])] {
        let steps = [preset(&[(first, wanted[0]), (second, of_second)]), Step::Pass(60_000)];
        for outcome in tell(&steps) {
            assert_eq!(log_of(THE_BOX, &outcome), ["channel 5"]);
            assert_eq!(log_of(first, &outcome), ["power_on"]);
            assert_eq!(log_of(second, &outcome), power);
        }
    }
}

#[test]
fn a_lock_of_one_screen_keeps_the_box_from_others_and_what_was_accepted_before_goes_on() {
    let [first, second] = SCREENS;
    let mut steps = vec![
        BOX_LEAVES,
        press(second, "channel 7"),
        Step::Pass(100),
        Step::Lock(first, None),
        press(second, "channel 8"),
        Step::Pass(100),
        BOX_RETURNS,
        Step::Pass(60_000),
    ];
    for outcome in tell(&steps) {
        assert_eq!(log_of(THE_BOX, &outcome), ["channel 7"]);
    }
    steps.insert(5, Step::PressByManager(second, "channel 9".to_owned()));
    for outcome in tell(&steps) {
        assert_eq!(log_of(THE_BOX, &outcome), ["channel 9"]);
    }
    steps.splice(3..4, [Step::Lock(first, None), Step::Unlock(first)]);
    steps.remove(6);
    for outcome in tell(&steps) {
        assert_eq!(log_of(THE_BOX, &outcome), ["channel 8"]);
    }
}

#[test]
fn a_batch_is_not_tried_anew_on_a_box_of_which_a_screen_was_locked_since() {
    let [first, second] = SCREENS;
    let story = |lock: Vec<Step>| {
        let failed =
            [BOX_LEAVES, Step::Bulk(vec![second], "channel 7".to_owned()), Step::Pass(60_000)];
        let again = [Step::Redo(Redo::Retry, 0, 1), BOX_RETURNS, Step::Pass(60_000)];
        [failed.to_vec(), lock, again.to_vec()].concat()
    };
    for outcome in tell(&story(vec![])) {
        assert_eq!(log_of(THE_BOX, &outcome), ["channel 7"], "it had failed");
    }
    for outcome in tell(&story(vec![Step::Lock(first, None)])) {
        assert_eq!(log_of(THE_BOX, &outcome), [""; 0]);
    }
}

#[test]
fn steps_end_unknown_at_the_first_press_without_an_answer_and_are_not_pressed_again() {
    let steps = [
        press(TV, "volume_up 5"),
        Step::Pass(150),
        Step::Device(0, Fault::Hangs),
        Step::Pass(9_000),
        Step::Device(0, Fault::Wakes),
        Step::Pass(60_000),
    ];
    for outcome in tell(&steps) {
        assert_eq!(log(&outcome), ["volume_up 5"]);
        assert_eq!(outcome.ended.first(), Some(&Status::Unknown));
    }
}
