//! One sentence for every state that a command can be in.

use venue_domain::{
    Action, Actor, Attempt, Class, CommandId, MaxAttempts, OrderKey, Priority, QueueId,
    RoutingMethod, Timestamp, WallOffset,
};

use super::*;

const NOW: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

fn attempt(reason: Reason) -> Attempt {
    let took = std::time::Duration::from_millis(40);
    Attempt { started_at: NOW, took, reason, evidence: None, detail: None }
}

/// A bulk command with these attempts.
pub(crate) fn account(status: Status, reasons: &[Reason]) -> CommandWithAttempts {
    let record = CommandRecord {
        id: CommandId::generate(),
        queue_id: Some(QueueId::new(7)),
        target: "ir-1/2".parse().unwrap(),
        action: Action::Channel("060".parse().unwrap()),
        class: Class::Bulk,
        batch: None,
        status,
        reason: reasons.last().copied(),
        detail: None,
        evidence: None,
        superseded_by: None,
        priority: Priority::BULK,
        scheduled_at: None,
        due_at: NOW,
        attempts: 1,
        max_attempts: MaxAttempts::default(),
        last_attempt_at: None,
        completed_at: None,
        execution_time: None,
        queue_wait: None,
        routing_method: RoutingMethod::Queued,
        created_at: NOW,
        actor: Actor::default(),
        notes: None,
        key: Some(OrderKey::at(NOW, 1)),
        expires_at: NOW,
        unknown_seen: false,
        waits_until: None,
    };
    CommandWithAttempts { record, attempts: reasons.iter().copied().map(attempt).collect() }
}

fn moment(is_paused: bool) -> Moment {
    Moment { now: NOW, wall: WallOffset::default(), is_paused, presence: None, rests_until: None }
}

fn told(account: &CommandWithAttempts) -> String {
    sentence(account, &moment(false))
}

#[test]
fn what_waits_says_for_what() {
    let fresh = account(Status::Pending, &[]);
    assert_eq!(told(&fresh), "channel 060 for ir-1/2 waits: it is sent when its turn comes.");
    let paused = sentence(&fresh, &moment(true));
    assert!(
        paused.starts_with("channel 060 for ir-1/2 waits: the queue is paused: it"),
        "{paused}"
    );
    let mut retried = account(Status::Pending, &[Reason::DeviceOffline]);
    retried.record.due_at = Timestamp::from_unix_ms(1_790_000_002_000);
    retried.record.expires_at = Timestamp::from_unix_ms(1_790_000_030_000);
    assert_eq!(
        told(&retried),
        "channel 060 for ir-1/2 waits after one attempt: the device was offline, nothing was sent; \
         it may be tried from 2026-09-21T14:13:22Z on, and if its device stays away it is given up at \
         about 2026-09-21T14:13:26Z."
    );
    let mut scheduled = account(Status::Pending, &[]);
    scheduled.record.key = None;
    assert_eq!(
        told(&scheduled),
        "channel 060 for ir-1/2 waits: it waits for its time, 2026-09-21T14:13:20Z."
    );
}

#[test]
fn delivered_promises_nothing_about_the_tv_and_unknown_no_repeat() {
    let sent = told(&account(Status::Completed, &[Reason::Delivered]));
    assert!(sent.contains("the device took it; whether the TV changed is not known"), "{sent}");
    let unknown = told(&account(Status::Unknown, &[Reason::NoEvidence]));
    assert_eq!(
        unknown,
        "channel 060 for ir-1/2 may have been sent and is not repeated: no confirmation came \
         in time."
    );
}

#[test]
fn what_failed_says_how_often_it_was_tried_and_why() {
    let failed = account(Status::Failed, &[Reason::LaneBusy, Reason::DeviceOffline]);
    assert_eq!(
        told(&failed),
        "channel 060 for ir-1/2 was tried twice: the device was offline, nothing was sent."
    );
    let mut refused = account(Status::Failed, &[Reason::Refused]);
    refused.record.detail = Some("tv_channel is not advertised".to_owned());
    let text = told(&refused);
    assert!(
        text.ends_with("refused by or for the device: tv_channel is not advertised."),
        "{text}"
    );
}

#[test]
fn what_was_too_late_or_not_wanted_any_more_says_so() {
    let expired = account(Status::Expired, &[Reason::Expired]);
    let never = CommandWithAttempts { attempts: Vec::new(), ..expired };
    assert!(told(&never).ends_with("2026-09-21T14:13:20Z and was not delivered: never tried."));
    let mut superseded = account(Status::Superseded, &[Reason::Superseded]);
    let newer = CommandId::generate();
    superseded.record.superseded_by = Some(newer);
    assert!(told(&superseded).contains(&newer.to_string()));
    let cancelled = told(&account(Status::Cancelled, &[Reason::Cancelled]));
    assert!(cancelled.ends_with("was cancelled before it was delivered."));
    let dropped = told(&account(Status::Expired, &[Reason::UncleanStop]));
    assert!(dropped.contains("the service was not stopped cleanly"), "{dropped}");
}

#[test]
fn what_may_have_acted_never_reads_as_if_it_had_not() {
    let newer = CommandId::generate();
    let unknown = |reason| {
        let mut account = account(Status::Unknown, &[Reason::NoEvidence]);
        account.record.reason = Some(reason);
        account.record.superseded_by = (reason == Reason::Superseded).then_some(newer);
        told(&account)
    };
    for (reason, words) in [
        (Reason::Superseded, format!("the newer command {newer} superseded it.")),
        (Reason::Expired, "it expired.".to_owned()),
        (Reason::Cancelled, "it was cancelled.".to_owned()),
        (Reason::DeviceRemoved, "its device was removed.".to_owned()),
        (Reason::Refused, "it was refused: the device cannot do it.".to_owned()),
    ] {
        let told = unknown(reason);
        assert!(told.contains("may have been sent and is not repeated"), "{told}");
        assert!(told.ends_with(&format!("and then {words}")), "{told}");
    }
}

#[test]
fn every_status_has_one_sentence_and_every_failure_its_words() {
    for status in Status::ALL {
        for reason in Reason::ALL {
            let account = account(status, &[reason]);
            let text = told(&account);
            assert!(text.starts_with("channel 060 for ir-1/2 ") && text.ends_with('.'), "{text}");
            assert_eq!(text.matches(". ").count(), 0, "one sentence: {text}");
            let has_failed = status.is_terminal() && status != Status::Completed;
            let told = not_delivered(&account.record).is_some();
            assert_eq!(told, has_failed || status == Status::Pending, "{status}");
        }
    }
}

#[test]
fn what_is_left_of_a_port_is_listed() {
    let [input, mute, volume] = [EffectGroup::Input, EffectGroup::Mute, EffectGroup::Volume];
    let told = |groups: &[EffectGroup]| left(groups);
    assert!(told(&[input]).contains("but for input: how"));
    assert!(told(&[input, mute, volume]).contains("but for input, mute and volume: how"));
}

#[test]
fn every_skip_has_its_own_words() {
    let words: std::collections::HashSet<_> = Skip::ALL.into_iter().map(skipped).collect();
    assert_eq!(words.len(), Skip::ALL.len());
}
