//! Commands that act: what reaches the transport, and what is told of its outcome.

use std::time::Duration;

use serde_json::json;
use venue_api::CommandAnswer;
use venue_domain::{
    CommandId, Delivery, Evidence, NotSent, OrderKey, Outcome, Refused, SupersededBy, Timestamp,
    Unknown,
};
use venue_http::Config;

use crate::{
    ctl::{ctl, interrupt, interruptible},
    venue::Venue,
};

#[test]
fn every_command_reaches_its_tv_as_what_was_meant() {
    let venue = Venue::open();
    let table = [
        ("tv on ir-1/2", "power_on", "ir-1/2"),
        ("tv off ir-1/5", "power_off", "ir-1/5"),
        ("tv power ir-1/1", "power", "ir-1/1"),
        ("tv mute ir-1/2", "mute", "ir-1/2"),
        ("tv vol-up ir-1/2", "volume_up", "ir-1/2"),
        ("tv vol-down ir-1/2", "volume_down", "ir-1/2"),
        ("tv ch-up ir-1/2", "channel_up", "ir-1/2"),
        ("tv ch-down ir-1/2", "channel_down", "ir-1/2"),
        ("tv channel 060 ir-1/2", "channel 060", "ir-1/2"),
        ("tv key ok ir-1/2", "ok", "ir-1/2"),
        ("tv key guide ir-1/2", "guide", "ir-1/2"),
        ("tv key 0 ir-1/2", "number 0", "ir-1/2"),
        ("tv key 9 IR-1/2", "number 9", "ir-1/2"),
        ("device identify ir-1", "diagnostic_signal 1", "ir-1/0"),
        ("device identify ir-1/4 --code 0", "diagnostic_signal 0", "ir-1/0"),
    ];
    for (words, action, target) in table {
        let name = action.split(' ').next().unwrap();
        let run = ctl(&venue.url, words).good();
        assert_eq!(venue.received(), format!("{action} {target}"), "{words}");
        let row: Vec<_> = run.stdout.lines().nth(1).unwrap().split_whitespace().collect();
        let told = "delivered: the device replied reply 7 ms";
        assert_eq!(row.join(" "), format!("{target} {action} {told}"), "{words}");

        let run = ctl(&venue.url, &format!("-o json {words}")).good();
        venue.received();
        let answer: CommandAnswer = serde_json::from_value(run.json()).unwrap();
        assert_eq!((answer.command.as_str(), answer.delivered), (name, true), "{words}");
        assert_eq!(format!("{}/{}", answer.hostname, answer.port), target, "{words}");
    }
    assert!(venue.received_nothing(), "each command was sent once");
}

#[test]
fn weaker_evidence_is_told_as_what_it_is() {
    for (evidence, words) in [
        (Evidence::InfraredComplete, "delivered: the device has sent the infrared signal"),
        (Evidence::PingBarrier, "delivered: the device took it"),
    ] {
        let venue = Venue::open().answering(Outcome::Delivered(evidence));
        let run = ctl(&venue.url, "tv on ir-1/2").good();
        assert!(run.stdout.contains(words), "{run:?}");
        assert!(run.stdout.contains(evidence.name()), "{run:?}");
    }
}

#[test]
fn every_outcome_has_its_exit_code_and_its_sentence() {
    let by = SupersededBy {
        key: OrderKey::at(Timestamp::from_unix_ms(9), 2),
        command: CommandId::generate(),
    };
    let ended = |outcome| Delivery::Ended { outcome, took: Duration::from_millis(7) };
    let table = [
        (
            ended(Outcome::Refused(Refused::ByDevice { words: "no".into() })),
            1,
            "failed",
            "ir-1 refused it: no",
        ),
        (
            ended(Outcome::NotSent(NotSent::Offline)),
            1,
            "failed",
            "ir-1 is offline: nothing was sent",
        ),
        (
            Delivery::Superseded { by },
            5,
            "superseded",
            "a newer command for ir-1/2 replaced it while it waited: nothing was sent",
        ),
        (
            ended(Outcome::Unknown(Unknown::NoEvidence)),
            8,
            "unknown",
            "outcome unknown: the command may have been sent to ir-1 and is not repeated: no \
             confirmation came in time",
        ),
    ];
    for (delivery, code, status, words) in table {
        let venue = Venue::open().delivering(delivery);
        let run = ctl(&venue.url, "tv on ir-1/2");
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""));
        assert_eq!(run.stderr, format!("venuectl: {words}\n"));

        let run = ctl(&venue.url, "tv on ir-1/2 -o json");
        assert_eq!((run.code, run.stderr), (Some(code), format!("venuectl: {words}\n")));
        let expected = (&json!(status), &json!(false));
        let problem: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&problem["command_status"], &problem["delivered"]), expected);
    }
}

#[test]
fn a_daemon_that_gives_up_leaves_the_outcome_unknown() {
    let request_timeout = Duration::from_millis(50);
    let venue = Venue::held(Config { request_timeout, ..Config::default() });
    let run = ctl(&venue.url, "tv on ir-1/2");
    assert_eq!((run.code, run.stdout.as_str()), (Some(8), ""));
    assert!(run.stderr.starts_with("venuectl: outcome unknown: no answer in time"), "{run:?}");
}

#[test]
fn an_interrupt_ends_the_run_and_not_the_command() {
    let venue = Venue::held(Config::default());
    let child = interruptible(&venue.url, "tv on ir-1/2 --timeout 1m").spawn().unwrap();
    assert_eq!(venue.received(), "power_on ir-1/2");
    interrupt(&child);
    let status = child.wait_with_output().unwrap().status;
    // A shell shows this as 130.
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(2));
    venue.release();
}
