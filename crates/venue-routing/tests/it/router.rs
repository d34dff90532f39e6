//! What is accepted, how it is routed, and what the caller is told.

use std::time::Duration;

use futures_util::FutureExt;
use venue_routing::{
    Answer, CommandOptions, Mode, Rejection,
    domain::{
        Action, Class, Evidence, NotSent, Outcome, Presence, ProbeOutcome, Refused, RoutingMethod,
        Status, Unknown,
    },
};

use crate::fake::{self, Request, Venue};

fn request(command: &str, port: u8) -> Request {
    fake::request(command, &format!("ir-1/{port}"))
}

fn submit(venue: &Venue, request: Request) -> Result<Answer, Rejection> {
    let Request { target, action, options } = request;
    let submitted = venue.router.submit(target, action, options);
    submitted.now_or_never().expect("the scripted transport never waits")
}

#[test]
fn only_delivered_is_completed() {
    let refused = Refused::NotAdvertised { service: "tv_power_on".into() };
    let table = [
        (Outcome::Delivered(Evidence::Reply), Status::Completed, RoutingMethod::DirectSuccess),
        (Outcome::Refused(refused), Status::Failed, RoutingMethod::DirectFailed),
        (Outcome::NotSent(NotSent::Offline), Status::Failed, RoutingMethod::DirectFailed),
        (Outcome::Unknown(Unknown::NoEvidence), Status::Unknown, RoutingMethod::DirectFailed),
    ];
    for (outcome, status, method) in table {
        let answer = submit(&Venue::answering(outcome.clone()), request("power", 1)).unwrap();
        assert_eq!(answer.status(), status, "{outcome:?}");
        assert_eq!(answer.routing_method(), method, "{outcome:?}");
        assert!(!answer.durable, "nothing is durable in direct-only mode");
    }
}

#[test]
fn an_unknown_outcome_is_not_advised_to_be_repeated() {
    let venue = Venue::answering(Outcome::Unknown(Unknown::SessionLost));
    assert_eq!(submit(&venue, request("power", 1)).unwrap().retry_after, None);
}

#[test]
fn what_was_not_sent_says_when_to_try_again() {
    let offline = Presence::Offline {
        since: Duration::from_secs(90),
        cause: "refused".into(),
        next_try: Duration::from_secs(17),
    };
    let not_sent = Outcome::NotSent(NotSent::Offline);
    let venue = Venue::with(not_sent, ProbeOutcome::NoSession, offline);
    let answer = submit(&venue, request("power", 1)).unwrap();
    assert_eq!(answer.retry_after, Some(Duration::from_secs(17)));

    let wait = Duration::from_secs(8);
    let venue = Venue::answering(Outcome::NotSent(NotSent::NotBefore { wait }));
    assert_eq!(submit(&venue, request("power", 1)).unwrap().retry_after, Some(wait));
}

#[test]
fn an_interactive_command_is_answered_within_three_seconds_an_immediate_one_within_five() {
    let venue = Venue::answering(Outcome::Delivered(Evidence::Reply));
    submit(&venue, request("power", 1)).unwrap();
    submit(&venue, request("diagnostic_signal", 0)).unwrap();
    let asked = venue.asked.lock().unwrap();
    let budget = |index: usize| asked[index].deadline - venue.start;
    assert!(budget(0) >= Duration::from_millis(2_900) && budget(0) < Duration::from_secs(3));
    assert!(budget(1) >= Duration::from_millis(4_900) && budget(1) < Duration::from_secs(5));
    assert_eq!(asked[0].command.class, Class::Interactive);
    assert_eq!(asked[1].command.class, Class::Immediate);
}

#[test]
fn what_the_caller_waited_before_counts_in_the_three_seconds() {
    let venue = Venue::answering(Outcome::Delivered(Evidence::Reply));
    let since = venue.start - Duration::from_secs(1);
    let options = CommandOptions { since: Some(since), ..CommandOptions::default() };
    submit(&venue, Request { options, ..request("power", 1) }).unwrap();
    let deadline = venue.asked.lock().unwrap()[0].deadline;
    assert_eq!(deadline - since, Duration::from_millis(2_900));
}

#[test]
fn without_a_queue_bulk_and_system_commands_are_refused_and_nothing_is_sent() {
    let venue = Venue::answering(Outcome::Delivered(Evidence::Reply));
    assert_eq!(venue.router.mode(), Mode::DirectOnly);
    let options = CommandOptions { class: Some(Class::Bulk), ..CommandOptions::default() };
    let bulk = Request { options, ..request("power", 1) };
    for (request, class) in [(bulk, Class::Bulk), (request("firmware_check", 0), Class::System)] {
        assert_eq!(submit(&venue, request).unwrap_err(), Rejection::StoreDown { class });
    }
    assert!(venue.asked.lock().unwrap().is_empty());
}

#[test]
fn an_accepted_command_raises_its_fences_whatever_becomes_of_it() {
    let venue = Venue::answering(Outcome::NotSent(NotSent::Offline));
    let older = submit(&venue, request("power_on", 1)).unwrap().command;
    let newer = submit(&venue, request("power_off", 1)).unwrap().command;
    assert_eq!(venue.fences.superseded_by(&older).map(|by| by.command), Some(newer.id));
    assert_eq!(venue.fences.superseded_by(&newer), None);
}

#[test]
fn a_rejected_command_raises_nothing() {
    let venue = Venue::answering(Outcome::Delivered(Evidence::Reply));
    let accepted = submit(&venue, request("power_on", 1)).unwrap().command;
    let rejected = submit(&venue, request("power_off", 6)).unwrap_err();
    assert_eq!((rejected.code(), rejected.field()), ("invalid_port", Some("port")));
    assert_eq!(venue.fences.superseded_by(&accepted), None);
}

#[test]
fn order_keys_grow_although_the_clock_stands_still() {
    let venue = Venue::answering(Outcome::Delivered(Evidence::Reply));
    let keys: Vec<_> =
        (0..5).map(|_| submit(&venue, request("volume_up", 3)).unwrap().command.key).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
}

#[test]
fn the_default_channel_is_sent_as_the_channel_that_it_means() {
    let venue = Venue::answering(Outcome::Delivered(Evidence::PingBarrier));
    submit(&venue, request("default_channel", 2)).unwrap();
    let asked = venue.asked.lock().unwrap();
    assert_eq!(asked[0].command.action, Action::Channel("060".parse().unwrap()));
}

#[test]
fn a_ping_tells_what_was_found_and_does_not_enter_the_lane() {
    let table = [
        (ProbeOutcome::Answered { round_trip: Duration::ZERO }, Status::Completed),
        (ProbeOutcome::Silent, Status::Unknown),
        (ProbeOutcome::NoSession, Status::Failed),
    ];
    for (probe, status) in table {
        let online = Presence::Online { since: Duration::ZERO };
        let venue = Venue::with(Outcome::NotSent(NotSent::Stopping), probe, online);
        assert_eq!(submit(&venue, request("ping", 0)).unwrap().status(), status);
        assert!(venue.asked.lock().unwrap().is_empty());
    }
}

#[test]
fn an_unknown_device_is_told_by_its_name() {
    let venue = Venue::answering(Outcome::Delivered(Evidence::Reply));
    let rejection = submit(&venue, fake::request("power", "ir-9/1")).unwrap_err();
    assert_eq!((rejection.code(), rejection.field()), ("unknown_device", Some("hostname")));
    assert_eq!(rejection.to_string(), "device ir-9 not found");
}

#[test]
fn health_reports_the_probe_and_the_device() {
    let online = Presence::Online { since: Duration::from_secs(3) };
    let probe = ProbeOutcome::Answered { round_trip: Duration::from_millis(4) };
    let venue = Venue::with(Outcome::NotSent(NotSent::Offline), probe, online.clone());
    let report = venue.router.health(&"ir-1".parse().unwrap()).now_or_never().unwrap().unwrap();
    assert_eq!(report.probe, probe);
    assert_eq!(report.status.snapshot.presence, online);
    assert_eq!(venue.router.statuses().len(), 1);
}
