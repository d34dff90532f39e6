use super::*;

fn complete(name: &str) -> Parameters {
    match name {
        "channel" => Parameters { channel: Some("501".into()), ..Parameters::default() },
        "number" => Parameters { digit: Some(7), ..Parameters::default() },
        "input" => Parameters { input: Some("hdmi1".into()), ..Parameters::default() },
        _ => Parameters::default(),
    }
}

#[test]
fn every_name_of_the_allow_list_reads_back() {
    for name in Action::NAMES {
        let action = Action::parse(name, &complete(name)).unwrap();
        assert_eq!(action.name(), name);
    }
}

#[test]
fn a_name_off_the_list_is_refused_with_the_list() {
    let error = Action::parse("reboot; rm", &Parameters::default()).unwrap_err();
    assert_eq!(error, ActionError::UnknownName { name: "reboot; rm".into() });
    assert_eq!(error.field(), "command");
    assert!(error.to_string().contains("volume_up"));
}

#[test]
fn a_missing_wrong_or_stray_parameter_names_its_field() {
    let none = Parameters::default();
    let missing = Action::parse("channel", &none).unwrap_err();
    assert_eq!(missing, ActionError::Missing { action: "channel", field: "channel" });

    let wrong = Parameters { channel: Some("abc".into()), ..Parameters::default() };
    assert_eq!(Action::parse("channel", &wrong).unwrap_err().field(), "channel");

    let stray = Parameters { digit: Some(1), ..Parameters::default() };
    let error = Action::parse("power", &stray).unwrap_err();
    assert_eq!(error, ActionError::Superfluous { action: "power", field: "digit" });
}

#[test]
fn the_diagnostic_signal_switches_on_unless_told_otherwise() {
    let none = Parameters::default();
    let on = Action::parse("diagnostic_signal", &none).unwrap();
    assert_eq!(on, Action::DiagnosticSignal(SignalCode::On));
    let off = Parameters { digit: Some(0), ..Parameters::default() };
    let off = Action::parse("diagnostic_signal", &off).unwrap();
    assert_eq!(off, Action::DiagnosticSignal(SignalCode::Off));
}

#[test]
fn nature_group_and_class_follow_the_table() {
    use EffectGroup::{Channel, Input, Mute, Navigation, Power, Volume};
    use Nature::{Absolute, AbsoluteFrames, Immediate, Read, Relative, Sequence, Toggle};
    let table: [(Nature, Option<EffectGroup>, &[&str]); 12] = [
        (Absolute, Some(Power), &["power_on", "power_off"]),
        (Toggle, Some(Power), &["power"]),
        (Absolute, Some(Input), &["input"]),
        (AbsoluteFrames, Some(Channel), &["channel", "default_channel"]),
        (Relative, Some(Channel), &["channel_up", "channel_down"]),
        (Sequence, Some(Channel), &["number"]),
        (Relative, Some(Volume), &["volume_up", "volume_down"]),
        (Absolute, Some(Mute), &["mute_on", "mute_off"]),
        (Toggle, Some(Mute), &["mute"]),
        (
            Sequence,
            Some(Navigation),
            &["up", "down", "left", "right", "ok", "back", "home", "menu", "guide", "info", "exit"],
        ),
        (Immediate, None, &["diagnostic_signal", "ping", "health", "status", "capabilities"]),
        (
            Read,
            None,
            &[
                "refresh_capabilities",
                "health_check",
                "firmware_check",
                "collect_logs",
                "statistics",
            ],
        ),
    ];
    let mut told = Vec::new();
    for (nature, group, names) in table {
        let class = match nature {
            Immediate => Some(Class::Immediate),
            Read => Some(Class::System),
            Absolute | AbsoluteFrames | Toggle | Relative | Sequence => None,
        };
        for name in names {
            let action = Action::parse(name, &complete(name)).unwrap();
            assert_eq!((action.nature(), action.effect_group()), (nature, group), "{name}");
            assert_eq!(action.own_class(), class, "{name}");
            assert_eq!(action.is_infrared(), group.is_some(), "{name}");
        }
        told.extend_from_slice(names);
    }
    told.sort_unstable();
    let mut all = Action::NAMES;
    all.sort_unstable();
    assert_eq!(told, all, "each name has its place");
}

#[test]
fn lives_priorities_and_attempts_are_those_of_the_table() {
    let of = |name: &str, class| {
        let action = Action::parse(name, &complete(name)).unwrap();
        let spec = action.spec().classes.of(class)?;
        Some((spec.life.as_secs(), spec.priority.number(), spec.attempts.number()))
    };
    let table = [
        ("power_on", Class::Interactive, (30, 10, 3)),
        ("channel", Class::Bulk, (600, 5, 3)),
        ("power", Class::Interactive, (10, 10, 3)),
        ("ok", Class::Bulk, (120, 5, 3)),
        ("ping", Class::Immediate, (5, 10, 3)),
        ("statistics", Class::System, (3600, -10, 1)),
    ];
    for (name, class, expected) in table {
        assert_eq!(of(name, class), Some(expected), "{name}");
    }
    for (name, never) in
        [("power_on", Class::Immediate), ("ok", Class::System), ("ping", Class::Bulk)]
    {
        assert_eq!(of(name, never), None, "{name}");
    }
}

#[test]
fn only_absolute_actions_and_reads_may_be_sent_twice() {
    for name in Action::NAMES {
        let action = Action::parse(name, &complete(name)).unwrap();
        let harmless = matches!(
            name,
            "power_on"
                | "power_off"
                | "input"
                | "mute_on"
                | "mute_off"
                | "channel"
                | "default_channel"
                | "refresh_capabilities"
                | "health_check"
                | "firmware_check"
                | "collect_logs"
                | "statistics"
        );
        assert_eq!(action.nature().is_repeatable(), harmless, "{name}");
    }
}

#[test]
fn an_action_is_read_back_from_its_name_and_parameters() {
    let parameters = |name: &str| Parameters {
        channel: (name == "channel").then(|| "060".to_owned()),
        digit: matches!(name, "number" | "diagnostic_signal").then_some(0),
        input: (name == "input").then(|| "hdmi1".to_owned()),
        steps: matches!(name, "volume_up" | "channel_down").then_some(20),
    };
    for name in Action::NAMES {
        let action = Action::parse(name, &parameters(name)).unwrap();
        assert_eq!(action.parameters(), parameters(name));
        assert_eq!(Action::parse(action.name(), &action.parameters()), Ok(action));
    }
}

#[test]
fn several_presses_are_the_same_step_several_times() {
    let steps = |name: &str, count| {
        Action::parse(name, &Parameters { steps: Some(count), ..Parameters::default() })
    };
    let five = steps("volume_up", 5).unwrap();
    assert_eq!(
        (five.to_string(), five.name(), five.frames()),
        ("volume_up 5".into(), "volume_up", 5)
    );
    assert_eq!(five.nature(), Action::VolumeUp.nature());
    assert_eq!(five.effect_group(), Action::VolumeUp.effect_group());
    assert_eq!(steps("volume_up", 1), Ok(Action::VolumeUp), "one form of one press");
    assert_eq!(steps("channel_down", 2).unwrap().spec(), Action::ChannelDown.spec());
    for count in [0, 21, -5] {
        let error = steps("volume_down", count).unwrap_err();
        assert_eq!(error.field(), "steps");
        assert_eq!(
            error,
            ActionError::Parameter {
                field: "steps",
                source: ParameterError::Steps { number: count }
            }
        );
    }
    let stray = ActionError::Superfluous { action: "mute", field: "steps" };
    assert_eq!(steps("mute", 2), Err(stray));
}
