//! Batches, scheduled commands and what the venue asks by itself: always queued.

use super::*;

#[test]
fn every_target_of_a_batch_is_answered_for() {
    let venue = Queued::answering(OFFLINE);
    let targets = ["ir-1/2", "ir-9/1", "ir-1/2", "ir-1/6", "ir-1/3"];
    let answer = venue.bulk(bulk("power_on", &targets)).unwrap();
    let accepted: Vec<_> = answer.accepted.iter().map(|one| one.target.to_string()).collect();
    assert_eq!(accepted, ["ir-1/2", "ir-1/3"]);
    let rejected: Vec<_> =
        answer.rejected.iter().map(|(index, why)| (*index, why.code())).collect();
    assert_eq!(rejected, [(1, "unknown_device"), (3, "invalid_port")]);
    assert_eq!(answer.duplicates, [2]);
    let log = venue.log.lock().unwrap();
    let batch = &log.batches[0];
    assert_eq!((batch.commands.len(), batch.rejected, batch.duplicates), (2, 2, 1));
    assert_eq!(batch.commands[0].priority.number(), 5);
    assert!(batch.commands[0].command.key < batch.commands[1].command.key);
    assert!(venue.asked.lock().unwrap().is_empty(), "bulk is always queued");
}

#[test]
fn what_the_caller_could_not_read_counts_among_the_rejected_of_the_batch() {
    let venue = Queued::answering(OFFLINE);
    let unread = BulkRequest { unread: 2, ..bulk("power_on", &["ir-1/2", "ir-1/6"]) };
    assert_eq!(venue.bulk(unread).unwrap().rejected.len(), 1, "of those that it was given");
    assert_eq!(venue.log.lock().unwrap().batches[0].rejected, 3);
    let nothing_else = venue.bulk(BulkRequest { unread: 1, ..bulk("power_on", &[]) }).unwrap();
    assert!(nothing_else.accepted.is_empty());
    assert_eq!(venue.log.lock().unwrap().batches.len(), 1, "nothing was stored");
}

#[test]
fn a_bulk_request_that_makes_no_sense_is_refused_as_a_whole() {
    let venue = Queued::answering(OFFLINE);
    let one = ["ir-1/2"];
    let noted = |length| BulkRequest {
        queue: QueueOptions { notes: Some("é".repeat(length)), ..QueueOptions::default() },
        ..bulk("mute", &one)
    };
    let cases = [
        (bulk("mute", &[]), "targets"),
        (bulk("diagnostic_signal", &one), "command"),
        (noted(501), "notes"),
    ];
    for (request, field) in cases {
        let rejection = venue.bulk(request).unwrap_err();
        assert_eq!(rejection.field(), Some(field), "{rejection}");
    }
    assert!(venue.log.lock().unwrap().batches.is_empty());
    assert!(venue.bulk(noted(500)).is_ok());
}

#[test]
fn a_scheduled_command_raises_no_fence_before_it_is_due_and_lives_from_then() {
    let venue = Queued::answering(Outcome::Delivered(Evidence::Reply));
    let at = venue.now().plus(Duration::from_secs(3_600));
    let wish = venue.router.clock().offset().shown(at);
    let queue = QueueOptions { scheduled_at: Some(wish), ..QueueOptions::default() };
    let options = CommandOptions { queue, ..CommandOptions::default() };
    let scheduled = Request { options, ..request("channel") };
    assert_eq!(venue.submit(scheduled).unwrap().status(), Status::Pending);
    assert_eq!(venue.send("channel").status(), Status::Completed, "nothing newer is known");
    let log = venue.log.lock().unwrap();
    assert_eq!(log.enqueued[0].due, Due::Scheduled { at, wish: Some(wish) });
    let life = Duration::from_secs(600);
    assert_eq!(log.enqueued[0].command.expires_at, at.plus(life), "whatever its action");
    assert_eq!(log.enqueued[0].priority, Priority::SCHEDULED);
}

#[test]
fn what_is_wished_for_an_instant_goes_by_the_wall_clock_and_by_the_priority_that_is_named() {
    let venue = Queued::answering(OFFLINE);
    let at = venue.now().plus(Duration::from_secs(60));
    let wish = WallTime::from_unix_ms(at.unix_ms() - 7_200_000);
    let priority = Some(7.try_into().unwrap());
    let queue = QueueOptions { scheduled_at: Some(wish), priority, ..QueueOptions::default() };
    let options = CommandOptions { queue, ..CommandOptions::default() };
    venue.submit(Request { options, ..request("ok") }).unwrap();
    let log = venue.log.lock().unwrap();
    assert_eq!(log.enqueued[0].due, Due::Scheduled { at, wish: Some(wish) });
    assert_eq!(log.enqueued[0].command.expires_at, at.plus(Duration::from_secs(600)));
    assert_eq!(log.enqueued[0].priority.number(), 7);
}

#[test]
fn a_refresh_asks_the_devices_that_are_online_once_later_and_with_low_priority() {
    let venue = Queued::answering(OFFLINE);
    let count = venue.router.refresh_capabilities(Actor::default()).now_or_never().unwrap();
    assert_eq!(count, Ok(1));
    let log = venue.log.lock().unwrap();
    let task = &log.enqueued[0];
    assert_eq!(task.due, Due::At(venue.now().plus(Duration::from_secs(30))));
    assert_eq!((task.priority.number(), task.max_attempts.number()), (-10, 1));
    assert!(task.command.target.port.is_board());
}

#[test]
fn what_the_venue_asks_of_all_devices_is_of_the_system_class_or_is_not_queued() {
    let venue = Queued::answering(OFFLINE);
    let queue = |action: &Action| {
        let queued = venue.router.queue_system(action, Duration::from_secs(4), Actor::default());
        queued.now_or_never().unwrap()
    };
    for (action, code) in [
        (Action::Power, "invalid_class"),
        (Action::Ping, "invalid_class"),
        (Action::Statistics, "not_a_command"),
    ] {
        assert_eq!(queue(&action).unwrap_err().code(), code, "{action}");
    }
    assert!(venue.log.lock().unwrap().enqueued.is_empty());
    let queued = queue(&Action::HealthCheck).unwrap();
    let log = venue.log.lock().unwrap();
    assert_eq!((queued.len(), queued[0].is_new), (1, true));
    assert_eq!(queued[0].command, log.enqueued[0].command.id);
}

#[test]
fn what_is_due_gets_its_place_before_a_newer_command_gets_one() {
    /// Notes how many slots had fences when it was asked.
    struct Looks(Mutex<Vec<usize>>, Weak<Fences>);
    impl Promoter for Looks {
        fn promote_due(&self) {
            let raised = self.1.upgrade().unwrap().entries().len();
            self.0.lock().unwrap().push(raised);
        }
    }
    let venue = Queued::answering(Outcome::Delivered(Evidence::Reply));
    let looks = Arc::new(Looks(Mutex::default(), Arc::downgrade(&venue.fences)));
    venue.fences.set_promoter(Arc::clone(&looks) as Arc<dyn Promoter>);
    venue.send("channel");
    assert_eq!(looks.0.lock().unwrap().first(), Some(&0));
}

#[test]
fn what_fires_late_keeps_its_due_time_as_its_place_however_it_is_late() {
    let second = Duration::from_secs(1);
    // How long ago it was due, and whether each step is behind what was wished half a second ago.
    let table = [
        (second / 2, [Some(false), None]),
        (second * 2, [Some(true), None]),
        (second * 29, [Some(true), Some(false)]),
        (second * 40, [Some(true), Some(true)]),
    ];
    for (ago, expected) in table {
        let venue = Queued::answering(Outcome::Delivered(Evidence::Reply));
        let now = venue.now();
        let wished = OrderKey::at(now.minus(second / 2), 1);
        let steps = ["channel", "mute"].map(|name| {
            let offset = if name == "mute" { second * 29 } else { Duration::ZERO };
            (offset, fake::action(name))
        });
        let firing = Firing {
            batch: "sched_opening_2027-03-02T10:00".parse().unwrap(),
            targets: vec![TargetSteps { target: "ir-1/2".parse().unwrap(), steps: steps.into() }],
            refused: 0,
            due: now.minus(ago),
            scheduled: true,
            actor: Actor::default(),
            notes: None,
        };
        venue.router.fire(firing).now_or_never().unwrap().unwrap();
        let log = venue.log.lock().unwrap();
        let behind = log.batches[0].commands.iter().map(|new| {
            let fires = matches!(new.due, Due::Now);
            fires.then_some(new.command.key < wished)
        });
        assert_eq!(behind.collect::<Vec<_>>(), expected, "{ago:?}");
    }
}
