//! What follows from the end of an attempt, with its times: [`RetryDecision`] says what, this says when
//! (docs/semantics.md, rules 1.5 and 4.12). Pure; time and jitter are passed in.

use std::time::Duration;

use venue_domain::{
    Attempt, Claim, Delivery, Outcome, Reason, RetryDecision, Settlement, Timestamp,
};

use crate::{
    config::SchedulerConfig,
    timing::{backoff, no_sooner},
};

/// What is known besides the claim and its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryContext<'a> {
    pub(crate) started_at: Timestamp,
    pub(crate) now: Timestamp,
    /// The device's recent replies.
    pub(crate) p95: Option<Duration>,
    /// Between 0 and 1.
    pub(crate) jitter: f64,
    /// The port's: after an unknown channel, until half-typed digits are gone.
    pub(crate) quiet_gap: Duration,
    pub(crate) config: &'a SchedulerConfig,
}

/// What follows from `delivery`.
pub(crate) fn settlement(
    claim: &Claim,
    delivery: &Delivery,
    context: &RetryContext<'_>,
) -> Settlement {
    let (outcome, took) = match delivery {
        Delivery::Superseded { by } => return Settlement::Superseded { by: *by },
        Delivery::Ended { outcome, took } => (outcome, *took),
    };
    let RetryContext { now, p95, jitter, quiet_gap, config, .. } = *context;
    let backoff = backoff(claim, p95, jitter, config);
    let wait = match RetryDecision::after(claim.command.action.nature(), outcome) {
        RetryDecision::Finish => None,
        RetryDecision::Retry => Some(backoff),
        RetryDecision::RetryAfterQuietGap => Some(backoff.max(no_sooner(quiet_gap, jitter))),
        RetryDecision::Release { for_at_least } => {
            return Settlement::Release { due_at: now.plus(for_at_least.max(LANE_REST)) };
        }
    };
    let attempt = attempt(outcome, took, context.started_at);
    match wait.filter(|_| claim.attempt < claim.max_attempts.number()) {
        Some(after) => Settlement::Retry { attempt, due_at: now.plus(after) },
        None => Settlement::Finish { attempt },
    }
}

/// An attempt as it is recorded.
fn attempt(outcome: &Outcome, took: Duration, started_at: Timestamp) -> Attempt {
    Attempt {
        started_at,
        took,
        reason: Reason::from(outcome),
        evidence: outcome.evidence(),
        detail: outcome.detail(),
    }
}

/// So long a lane that could not take a command is left alone, so that nothing spins.
const LANE_REST: Duration = Duration::from_millis(100);

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use venue_domain::{
        ClaimTicket, Class, Command, CommandId, Evidence, MaxAttempts, NotSent, Priority, QueueId,
        Refused, RoutingMethod, Status, SupersededBy, Unknown, testing,
    };

    /// The first of three attempts of a bulk command.
    pub(crate) fn claim(name: &str) -> Claim {
        let command = Command {
            class: Class::Bulk,
            expires_at: Timestamp::from_unix_ms(600_000),
            ..testing::command(name, "ir-1/2", Timestamp::from_unix_ms(0), 1)
        };
        Claim {
            ticket: ClaimTicket { queue_id: QueueId::new(1), number: 1 },
            command: Arc::new(command),
            batch: None,
            priority: Priority::BULK,
            attempt: 1,
            max_attempts: MaxAttempts::default(),
            unknown_seen: false,
            routing_method: RoutingMethod::Queued,
            waits_until: Timestamp::default(),
        }
    }

    /// In words: `finish REASON`, `retry MS`, `release MS` or `superseded`.
    fn follows(claim: &Claim, outcome: Outcome) -> String {
        let config = SchedulerConfig::default();
        let context = RetryContext {
            started_at: Timestamp::from_unix_ms(0),
            now: Timestamp::from_unix_ms(0),
            p95: None,
            jitter: 0.5,
            quiet_gap: Duration::from_secs(4),
            config: &config,
        };
        let delivery = Delivery::Ended { outcome, took: Duration::ZERO };
        match settlement(claim, &delivery, &context) {
            Settlement::Finish { attempt } => format!("finish {}", attempt.reason),
            Settlement::Retry { due_at, .. } => format!("retry {}", due_at.unix_ms()),
            Settlement::Release { due_at } => format!("release {}", due_at.unix_ms()),
            Settlement::Superseded { .. } => "superseded".to_owned(),
        }
    }

    const NATURES: [&str; 6] =
        ["power_on", "channel", "power", "volume_up", "number", "statistics"];

    #[test]
    fn what_was_delivered_or_refused_is_finished() {
        for name in NATURES {
            let delivered = Outcome::Delivered(Evidence::PingBarrier);
            assert_eq!(follows(&claim(name), delivered), "finish delivered", "{name}");
            let refused = Outcome::Refused(Refused::ByDevice { words: "no".to_owned() });
            assert_eq!(follows(&claim(name), refused), "finish refused", "{name}");
        }
    }

    #[test]
    fn what_was_not_sent_is_tried_again_whatever_it_is() {
        let reasons =
            [NotSent::Offline, NotSent::Misconfigured, NotSent::Unconfirmed, NotSent::Stalled];
        for name in NATURES {
            for reason in reasons {
                let follows = follows(&claim(name), Outcome::NotSent(reason));
                assert_eq!(follows, "retry 2000", "{name} {reason:?}");
            }
        }
    }

    #[test]
    fn what_was_not_tried_is_released() {
        let wait = Duration::from_secs(6);
        let table = [
            (NotSent::NotBefore { wait }, "release 6000"),
            (NotSent::LaneBusy, "release 100"),
            (NotSent::LaneFull, "release 100"),
            (NotSent::Stopping, "release 100"),
        ];
        for (reason, expected) in table {
            let last = Claim { attempt: 3, ..claim("power") };
            assert_eq!(follows(&last, Outcome::NotSent(reason)), expected, "{reason:?}");
        }
    }

    #[test]
    fn after_unknown_only_what_repeating_does_not_change_is_tried_again() {
        let table = [
            ("power_on", "retry 2000"),
            ("power_off", "retry 2000"),
            ("mute_off", "retry 2000"),
            ("statistics", "retry 2000"),
            ("channel", "retry 4400"),
            ("power", "finish no_evidence"),
            ("mute", "finish no_evidence"),
            ("volume_up", "finish no_evidence"),
            ("channel_down", "finish no_evidence"),
            ("number", "finish no_evidence"),
            ("ok", "finish no_evidence"),
        ];
        for (name, expected) in table {
            let unknown = Outcome::Unknown(Unknown::NoEvidence);
            assert_eq!(follows(&claim(name), unknown), expected, "{name}");
        }
    }

    #[test]
    fn after_the_last_attempt_it_is_finished() {
        let last = Claim { attempt: 3, ..claim("power_on") };
        let offline = Outcome::NotSent(NotSent::Offline);
        assert_eq!(follows(&last, offline.clone()), "finish device_offline");
        let unknown = Outcome::Unknown(Unknown::SessionLost);
        assert_eq!(follows(&last, unknown), "finish session_lost");
        let once = Claim { max_attempts: MaxAttempts::ONCE, ..claim("statistics") };
        assert_eq!(follows(&once, offline), "finish device_offline");
    }

    #[test]
    fn what_was_replaced_in_its_lane_is_superseded_by_the_newer_one() {
        let claim = claim("power");
        let by = SupersededBy { key: claim.command.key, command: CommandId::generate() };
        let config = SchedulerConfig::default();
        let at = Timestamp::from_unix_ms(0);
        let quiet_gap = Duration::ZERO;
        let (p95, jitter, config) = (None, 0.5, &config);
        let context = RetryContext { started_at: at, now: at, p95, jitter, quiet_gap, config };
        let settled = settlement(&claim, &Delivery::Superseded { by }, &context);
        assert_eq!(settled, Settlement::Superseded { by });
    }

    #[test]
    fn a_refusal_keeps_its_words_for_people() {
        let outcome = Outcome::Refused(Refused::NotAdvertised { service: "tv_menu".to_owned() });
        let attempt = attempt(&outcome, Duration::ZERO, Timestamp::from_unix_ms(5));
        assert_eq!(attempt.detail.as_deref(), Some("tv_menu is not advertised"));
        assert_eq!(attempt.reason.status(), Status::Failed);
    }
}
