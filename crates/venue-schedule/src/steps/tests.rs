use super::*;

#[test]
fn steps_become_actions_with_offsets_from_the_firing() {
    let steps = Steps::parse(&[
        "on",
        "wait 10 s",
        "channel 060",
        "mute_on",
        "wait 1500 ms",
        "preset game-day",
    ]);
    let planned = steps.unwrap().planned();
    let work = |step: &PlannedStep| match &step.work {
        StepWork::Action(action) => action.to_string(),
        StepWork::Preset(id) => format!("preset {id}"),
    };
    let shown: Vec<_> = planned.iter().map(|step| (step.offset.as_millis(), work(step))).collect();
    let expected = [
        (0, "power_on"),
        (10_000, "channel 060"),
        (10_000, "mute_on"),
        (11_500, "preset game-day"),
    ];
    let expected = expected.map(|(offset, work)| (offset, work.to_owned()));
    assert_eq!(shown, expected);
}

#[test]
fn a_step_is_read_back_from_its_text_and_has_one_form() {
    let texts = [
        "on",
        "off",
        "wait 10 s",
        "channel 501",
        "input hdmi1",
        "number 7",
        "preset game-day",
        "channel fox-1",
    ];
    for text in texts.into_iter().chain(["default_channel", "refresh_capabilities"]) {
        assert_eq!(text.parse::<ScheduleStep>().unwrap().to_string(), text);
    }
    let volume = ["volume +5", "volume -3", "volume +1", "channel-up 2"];
    let read = volume.map(|text| text.parse::<ScheduleStep>().unwrap().to_string());
    assert_eq!(read, ["volume_up 5", "volume_down 3", "volume_up", "channel_up 2"]);
    assert_eq!("volume_up 5".parse::<ScheduleStep>().unwrap().to_string(), "volume_up 5");
    assert_eq!("power_on".parse(), Ok(ScheduleStep::On));
    assert_eq!(" wait  2 min".parse(), Ok(ScheduleStep::Wait(Duration::from_secs(120))));
}

#[test]
fn what_is_no_step_is_refused_by_its_place() {
    let texts = [
        "",
        "wait",
        "wait 10",
        "wait 0 s",
        "channel",
        "channel Fox 1",
        "channel 5 0",
        "number",
        "number 10",
        "number x",
        "input",
        "on now",
        "mute 3",
        "volume",
        "volume 5",
        "volume +0",
        "volume +21",
        "volume_up x",
        "dance!",
        "preset",
        "preset Game Day",
        "ping",
        "diagnostic_signal",
    ];
    for text in texts {
        let error = Steps::parse(&["on", text]).unwrap_err();
        assert!(matches!(error, StepsError::ScheduleStep { index: 1, .. }), "{text}: {error}");
    }
}

#[test]
fn a_list_is_not_empty_too_long_or_waiting_in_vain() {
    assert_eq!(Steps::parse::<&str>(&[]), Err(StepsError::Empty));
    let index = 1;
    assert_eq!(Steps::parse(&["on", "wait 1 s"]), Err(StepsError::TrailingWait { index }));
    let total = Duration::from_secs(3_601);
    let long = Steps::parse(&["wait 1 h", "on", "wait 1 s", "off"]);
    assert_eq!(long, Err(StepsError::TooLong { total }));
    assert!(Steps::parse(&["on", "wait 1 h", "off"]).is_ok());
    let huge = Steps::new(vec![
        ScheduleStep::Wait(Duration::MAX),
        ScheduleStep::Wait(Duration::MAX),
        ScheduleStep::On,
    ]);
    assert!(matches!(huge, Err(StepsError::TooLong { .. })));
    assert!(Steps::new(vec![ScheduleStep::On; MAX_STEPS]).is_ok());
    assert!(Steps::new(vec![ScheduleStep::On; MAX_STEPS + 1]).is_err());
    let immediate = Steps::new(vec![ScheduleStep::Action(Action::Ping)]);
    assert!(matches!(immediate, Err(StepsError::ScheduleStep { index: 0, .. })));
}
