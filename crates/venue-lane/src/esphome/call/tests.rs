//! Calls from the listings of several firmware generations.

use esphome_pool::codec::{ReplyWanted, SupportsResponse};
use venue_domain::{CustomAction, EffectGroup, Nature, Parameters};

use super::*;

/// A listing of one action with these arguments; a `?` behind the name makes one optional.
fn board(service: &str, args: &[(&str, ArgKind)]) -> Listing {
    let argument = |(name, kind): &(&str, ArgKind)| ArgDescription {
        name: name.trim_end_matches('?').to_owned(),
        kind: *kind,
        optional: name.ends_with('?'),
    };
    let action = ActionDescription {
        name: service.to_owned(),
        key: 7,
        args: args.iter().map(argument).collect(),
        supports_response: SupportsResponse::None,
    };
    Listing { actions: vec![action], ..Listing::default() }
}

fn action(name: &str) -> Action {
    let parameters = Parameters {
        channel: (name == "channel").then(|| "501".to_owned()),
        digit: (name == "number").then_some(7),
        input: (name == "input").then(|| "hdmi1".to_owned()),
        ..Parameters::default()
    };
    Action::parse(name, &parameters).unwrap()
}

fn channel_of(digits: &str) -> Action {
    Action::Channel(digits.parse().unwrap())
}

fn port(index: i64) -> PortIndex {
    index.try_into().unwrap()
}

fn text(text: &str) -> ArgValue {
    ArgValue::Text(text.to_owned())
}

/// Asserts that `action` on port 2 becomes exactly `values` on this board.
fn assert_fills(listing: &Listing, action: &Action, values: Vec<ArgValue>) {
    let expected = listing.actions[0].call(values).unwrap();
    assert_eq!(build(action, port(2), listing), Ok(expected), "{action}");
}

/// Why `action` on `index` does not fit the action of this board.
fn misfit_of(listing: &Listing, action: &Action, index: i64) -> Misfit {
    match build(action, port(index), listing) {
        Err(Refused::ArgumentsDoNotFit { service, misfit }) => {
            assert_eq!(service, listing.actions[0].name);
            misfit
        }
        other => panic!("{other:?}"),
    }
}

fn wrong_type(argument: &str, found: &'static str, wanted: &'static str) -> Misfit {
    Misfit::WrongType { argument: argument.to_owned(), found, wanted }
}

fn no_value(argument: &str, found: &'static str) -> Misfit {
    Misfit::NoValue { argument: argument.to_owned(), found }
}

fn leading_zero() -> Misfit {
    Misfit::LeadingZero { argument: "channel".to_owned(), channel: "060".to_owned() }
}

#[test]
fn the_port_travels_as_port_or_as_box() {
    for name in ["port", "box"] {
        let board = board("tv_power", &[(name, ArgKind::Int)]);
        assert_fills(&board, &Action::Power, vec![ArgValue::Int(2)]);
    }
    let text_port = board("tv_power", &[("port", ArgKind::Text)]);
    assert_fills(&text_port, &Action::Power, vec![text("2")]);
    let float_port = board("tv_power", &[("port", ArgKind::Float)]);
    assert_fills(&float_port, &Action::Power, vec![ArgValue::Float(2.0)]);
}

#[test]
fn arguments_are_filled_in_the_order_of_the_listing() {
    let port_first = board("tv_channel", &[("port", ArgKind::Int), ("channel", ArgKind::Text)]);
    assert_fills(&port_first, &channel_of("060"), vec![ArgValue::Int(2), text("060")]);
    let port_last = board("tv_channel", &[("channel", ArgKind::Text), ("box", ArgKind::Int)]);
    assert_fills(&port_last, &channel_of("060"), vec![text("060"), ArgValue::Int(2)]);
}

#[test]
fn a_text_channel_without_a_port_argument_carries_the_port_in_front() {
    let board = board("tv_channel", &[("channel", ArgKind::Text)]);
    assert_fills(&board, &channel_of("501"), vec![text("2-501")]);
    assert_fills(&board, &channel_of("060"), vec![text("2-060")]);
}

#[test]
fn an_integer_channel_without_a_port_argument_is_for_port_1_only() {
    let board = board("tv_channel", &[("channel", ArgKind::Int)]);
    let expected = board.actions[0].call(vec![ArgValue::Int(501)]).unwrap();
    assert_eq!(build(&channel_of("501"), port(1), &board), Ok(expected));
    let misfit = misfit_of(&board, &channel_of("501"), 2);
    assert_eq!(misfit, Misfit::OnlyPortOne { argument: "channel".to_owned(), port: 2 });
    assert_eq!(misfit_of(&board, &channel_of("060"), 1), leading_zero());
}

#[test]
fn a_leading_zero_is_refused_where_an_integer_would_lose_it() {
    let board = board("tv_channel", &[("port", ArgKind::Int), ("channel", ArgKind::Int)]);
    assert_fills(&board, &channel_of("60"), vec![ArgValue::Int(2), ArgValue::Int(60)]);
    assert_eq!(misfit_of(&board, &channel_of("060"), 2), leading_zero());
}

#[test]
fn a_leading_zero_is_not_lost_in_an_optional_argument_either() {
    let board = board("tv_channel", &[("port", ArgKind::Int), ("channel?", ArgKind::Int)]);
    assert_eq!(misfit_of(&board, &channel_of("060"), 2), leading_zero());
}

#[test]
fn a_sub_channel_goes_where_the_board_can_take_it_and_nowhere_else() {
    let text_and_port = board("tv_channel", &[("port", ArgKind::Int), ("channel", ArgKind::Text)]);
    for channel in ["5.1", "5-1"] {
        let values = vec![ArgValue::Int(2), text(channel)];
        assert_fills(&text_and_port, &channel_of(channel), values);
    }
    let int = board("tv_channel", &[("port", ArgKind::Int), ("channel", ArgKind::Int)]);
    for channel in ["5.1", "5-1"] {
        let (argument, channel) = ("channel".to_owned(), channel.to_owned());
        let misfit = misfit_of(&int, &channel_of(&channel), 2);
        assert_eq!(misfit, Misfit::SubChannel { argument, channel });
    }
    // The board reads what stands in front of the `-` as the port.
    let in_front = board("tv_channel", &[("channel", ArgKind::Text)]);
    assert_fills(&in_front, &channel_of("5.1"), vec![text("2-5.1")]);
    let (argument, channel) = ("channel".to_owned(), "5-1".to_owned());
    let misfit = misfit_of(&in_front, &channel_of("5-1"), 2);
    assert_eq!(misfit, Misfit::PortBeforeSubChannel { argument, channel });
}

#[test]
fn an_action_of_ones_own_is_sent_where_the_board_advertises_it() {
    let own = CustomAction::new("picture_mode", Nature::Toggle, EffectGroup::Other).unwrap();
    let own = Action::from(own);
    let board = board("tv_picture_mode", &[("port", ArgKind::Int)]);
    assert_fills(&board, &own, vec![ArgValue::Int(2)]);
    let service = "tv_picture_mode".to_owned();
    let refused = build(&own, port(2), &Listing::default());
    assert_eq!(refused, Err(Refused::NotAdvertised { service }));
}

#[test]
fn a_digit_travels_as_digit_or_as_number() {
    for name in ["digit", "number"] {
        let board = board("tv_number", &[("port", ArgKind::Int), (name, ArgKind::Int)]);
        assert_fills(&board, &action("number"), vec![ArgValue::Int(2), ArgValue::Int(7)]);
    }
}

#[test]
fn a_diagnostic_code_travels_as_code_or_as_digit() {
    for name in ["code", "digit"] {
        let board = board("diagnostic_signal", &[("port", ArgKind::Int), (name, ArgKind::Int)]);
        let expected = board.actions[0].call(vec![ArgValue::Int(0), ArgValue::Int(1)]).unwrap();
        assert_eq!(build(&action("diagnostic_signal"), port(0), &board), Ok(expected));
    }
}

#[test]
fn an_input_is_text_or_refused() {
    let by_name = board("tv_input", &[("port", ArgKind::Int), ("input", ArgKind::Text)]);
    assert_fills(&by_name, &action("input"), vec![ArgValue::Int(2), text("hdmi1")]);
    let by_number = board("tv_input", &[("port", ArgKind::Int), ("input", ArgKind::Int)]);
    assert_eq!(misfit_of(&by_number, &action("input"), 2), wrong_type("input", "int", "string"));
}

#[test]
fn a_required_argument_that_nobody_knows_is_refused_by_name() {
    let board = board("tv_power", &[("port", ArgKind::Int), ("brand", ArgKind::Text)]);
    assert_eq!(misfit_of(&board, &Action::Power, 2), no_value("brand", "string"));
}

#[test]
fn an_argument_of_another_action_is_refused_unless_it_is_optional() {
    let required = board("tv_power", &[("port", ArgKind::Int), ("digit", ArgKind::Int)]);
    assert_eq!(misfit_of(&required, &Action::Power, 2), no_value("digit", "int"));
    let optional = board("tv_power", &[("port", ArgKind::Int), ("digit?", ArgKind::Int)]);
    assert_fills(&optional, &Action::Power, vec![ArgValue::Int(2), ArgValue::Int(0)]);
}

#[test]
fn optional_arguments_that_are_not_ours_are_filled_empty() {
    let kinds = [
        ("a?", ArgKind::Bool, ArgValue::Bool(false)),
        ("b?", ArgKind::Int, ArgValue::Int(0)),
        ("c?", ArgKind::Float, ArgValue::Float(0.0)),
        ("d?", ArgKind::Text, text("")),
        ("e?", ArgKind::Bools, ArgValue::Bools(vec![])),
        ("f?", ArgKind::Ints, ArgValue::Ints(vec![])),
        ("g?", ArgKind::Floats, ArgValue::Floats(vec![])),
        ("h?", ArgKind::Texts, ArgValue::Texts(vec![])),
    ];
    for (name, kind, value) in kinds {
        let board = board("tv_power", &[(name, kind), ("port", ArgKind::Int)]);
        assert_fills(&board, &Action::Power, vec![value, ArgValue::Int(2)]);
    }
    let strange = board("tv_power", &[("port", ArgKind::Int), ("x?", ArgKind::Unrecognised(42))]);
    assert_eq!(misfit_of(&strange, &Action::Power, 2), no_value("x", "unrecognised"));
}

#[test]
fn a_board_that_cannot_be_told_the_port_is_refused() {
    let missing = Misfit::Missing { what: "port", variable: "port: int" };
    assert_eq!(misfit_of(&board("tv_power", &[]), &Action::Power, 2), missing);
    for name in ["port", "port?"] {
        let flag = board("tv_power", &[(name, ArgKind::Bool)]);
        assert_eq!(misfit_of(&flag, &Action::Power, 2), wrong_type("port", "bool", "int"));
    }
}

#[test]
fn a_board_that_cannot_be_told_the_parameter_is_refused() {
    let missing = |what, variable| Misfit::Missing { what, variable };
    let parameters = [
        ("channel", missing("channel", "channel: string")),
        ("number", missing("digit", "digit: int")),
        ("input", missing("input", "input: string")),
    ];
    for (name, expected) in parameters {
        let board = board(&format!("tv_{name}"), &[("port", ArgKind::Int)]);
        assert_eq!(misfit_of(&board, &action(name), 2), expected);
    }
    let signal = board("diagnostic_signal", &[]);
    let misfit = misfit_of(&signal, &action("diagnostic_signal"), 0);
    assert_eq!(misfit, missing("code", "code: int"));
}

/// Every kind of refusal, as somebody at a remote reads it: what is wrong on this board, by the name
/// that the board uses, and what its YAML needs. Nothing is said of arguments that the board has not.
#[test]
fn every_refusal_names_the_true_reason_and_what_the_yaml_needs() {
    let number = action("number");
    let cases = [
        (board("tv_power", &[]), Action::Power, "takes no argument for the port", "`port: int`"),
        (
            board("tv_power", &[("box", ArgKind::Bool)]),
            Action::Power,
            "takes box as bool, which cannot hold the value",
            "`box: int`",
        ),
        (
            board("tv_power", &[("port", ArgKind::Int), ("brand", ArgKind::Text)]),
            Action::Power,
            "wants the argument brand (string), for which this command has no value",
            "leave it out",
        ),
        (
            board("tv_channel", &[("port", ArgKind::Int)]),
            channel_of("501"),
            "takes no argument for the channel",
            "`channel: string`",
        ),
        (
            board("tv_channel", &[("port", ArgKind::Int), ("channel", ArgKind::Int)]),
            channel_of("060"),
            "would lose the zero in front of 060",
            "`channel: string`",
        ),
        (
            board("tv_channel", &[("channel", ArgKind::Int)]),
            channel_of("501"),
            "reaches port 1 only, not port 2",
            "`port: int`",
        ),
        (
            board("tv_channel", &[("port", ArgKind::Int), ("channel", ArgKind::Float)]),
            channel_of("501"),
            "takes channel as float",
            "`channel: string`",
        ),
        (
            board("tv_number", &[("port", ArgKind::Int), ("number", ArgKind::Texts)]),
            number.clone(),
            "takes number as string[]",
            "`number: int`",
        ),
        (
            board("tv_number", &[("port", ArgKind::Int)]),
            number,
            "takes no argument for the digit",
            "`digit: int`",
        ),
        (
            board("tv_input", &[("port", ArgKind::Int), ("input", ArgKind::Int)]),
            action("input"),
            "takes input as int",
            "`input: string`",
        ),
    ];
    for (board, action, reason, yaml) in cases {
        let refused = build(&action, port(2), &board).unwrap_err().to_string();
        assert!(refused.starts_with(&board.actions[0].name), "{refused}");
        assert!(refused.contains(reason) && refused.contains(yaml), "{refused}");
    }
}

#[test]
fn every_action_that_is_not_advertised_is_refused_by_the_name_that_it_would_need() {
    for name in Action::NAMES {
        let service = match name {
            "diagnostic_signal" => name.to_owned(),
            "refresh_capabilities" => "report_capabilities".to_owned(),
            _ => format!("tv_{name}"),
        };
        let refused = build(&action(name), port(2), &Listing::default());
        assert_eq!(refused, Err(Refused::NotAdvertised { service }));
    }
}

#[test]
fn every_plain_infrared_action_is_found_under_its_own_name_and_no_other() {
    let everything =
        Action::NAMES.map(|name| board(&format!("tv_{name}"), &[("port", ArgKind::Int)]));
    for (name, board) in Action::NAMES.into_iter().zip(&everything) {
        let action = action(name);
        if action.is_infrared() && !["channel", "number", "input"].contains(&name) {
            assert_fills(board, &action, vec![ArgValue::Int(2)]);
            let found = everything.iter().filter(|board| build(&action, port(2), board).is_ok());
            assert_eq!(found.count(), 1, "{name}");
        }
    }
}

#[test]
fn an_action_without_arguments_is_called_with_none() {
    let board = board("report_capabilities", &[]);
    let expected = board.actions[0].call(vec![]).unwrap();
    assert_eq!(build(&Action::RefreshCapabilities, port(0), &board), Ok(expected));
}

#[test]
fn a_reply_is_asked_for_only_where_the_board_gives_one() {
    for (supports, reply) in [
        (SupportsResponse::None, ReplyWanted::No),
        (SupportsResponse::Status, ReplyWanted::Status),
        (SupportsResponse::Only, ReplyWanted::Data),
    ] {
        let mut board = board("tv_power", &[("port", ArgKind::Int)]);
        board.actions[0].supports_response = supports;
        assert_eq!(build(&Action::Power, port(1), &board).unwrap().reply, reply);
    }
}
