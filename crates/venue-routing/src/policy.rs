//! The routing policy: one exhaustive match that a reader holds against the specification.
//!
//! | class | store up | store down |
//! |---|---|---|
//! | immediate | direct, 5 s | direct, 5 s |
//! | interactive | direct, 3 s, then the queue if the outcome allows | direct, 3 s |
//! | bulk | queue | refused |
//! | system | queue, deferred 30 s | refused |
//!
//! (docs/semantics.md, rule 4.1.)

use std::time::Duration;

use venue_domain::{Action, Class, Delivery, FIRST_RETRY_WAIT, RetryDecision};

/// Whether commands can be stored durably.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// The queue takes commands.
    Up,
    /// There is no queue, or its database fails.
    Down,
}

/// The way that is chosen for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To the device, and told at once how it ended.
    Direct {
        /// From accept to answer.
        timeout: Duration,
    },
    /// To the device; into the queue if it was not delivered and may be repeated.
    DirectThenQueue {
        /// From accept to the fallback.
        timeout: Duration,
    },
    /// Into the queue.
    Queue,
    /// Into the queue, due later.
    QueueDeferred {
        /// How much later.
        delay: Duration,
    },
    /// Nowhere: what cannot be stored durably is not accepted.
    RefuseStoreDown,
}

/// The times of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Direct try of an immediate command: 5 s.
    pub immediate: Duration,
    /// Direct try of an interactive command, waiting in the lane included: 3 s.
    pub interactive: Duration,
    /// How long system commands are deferred: 30 s.
    pub system_delay: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            immediate: Duration::from_secs(5),
            interactive: Duration::from_secs(3),
            system_delay: Duration::from_secs(30),
        }
    }
}

/// Chooses the route of a command.
#[must_use]
pub const fn route(class: Class, store: Store, timeouts: &Timeouts) -> Route {
    match (class, store) {
        (Class::Immediate, Store::Up | Store::Down) => {
            Route::Direct { timeout: timeouts.immediate }
        }
        (Class::Interactive, Store::Up) => Route::DirectThenQueue { timeout: timeouts.interactive },
        (Class::Interactive, Store::Down) => Route::Direct { timeout: timeouts.interactive },
        (Class::Bulk, Store::Up) => Route::Queue,
        (Class::System, Store::Up) => Route::QueueDeferred { delay: timeouts.system_delay },
        (Class::Bulk | Class::System, Store::Down) => Route::RefuseStoreDown,
    }
}

/// What follows a direct try of an interactive command while the store is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: it has ended.
    Answer,
    /// Into the queue; the try counts as the direct one before the queued attempts.
    Retry {
        /// From now to the first queued attempt.
        after: Duration,
    },
    /// Into the queue in its place; nothing was tried.
    Wait {
        /// From now until it may be tried.
        for_at_least: Duration,
    },
}

/// Chooses what follows a direct try (docs/semantics.md, rule 4.3): what was provably not sent is
/// retried, what may have been sent only where a repeat changes nothing.
#[must_use]
pub const fn fallback(action: &Action, delivery: &Delivery) -> Fallback {
    let Delivery::Ended { outcome, .. } = delivery else { return Fallback::Answer };
    match RetryDecision::after(action.nature(), outcome) {
        RetryDecision::Finish => Fallback::Answer,
        RetryDecision::Retry | RetryDecision::RetryAfterQuietGap => {
            Fallback::Retry { after: FIRST_RETRY_WAIT }
        }
        RetryDecision::Release { for_at_least } => Fallback::Wait { for_at_least },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use venue_domain::{NotSent, Outcome};

    #[test]
    fn the_policy_is_the_table_of_the_specification() {
        let timeouts = Timeouts::default();
        let direct = |seconds| Route::Direct { timeout: Duration::from_secs(seconds) };
        let table = [
            (Class::Immediate, Store::Up, direct(5)),
            (Class::Immediate, Store::Down, direct(5)),
            (
                Class::Interactive,
                Store::Up,
                Route::DirectThenQueue { timeout: Duration::from_secs(3) },
            ),
            (Class::Interactive, Store::Down, direct(3)),
            (Class::Bulk, Store::Up, Route::Queue),
            (Class::Bulk, Store::Down, Route::RefuseStoreDown),
            (Class::System, Store::Up, Route::QueueDeferred { delay: Duration::from_secs(30) }),
            (Class::System, Store::Down, Route::RefuseStoreDown),
        ];
        for (class, store, expected) in table {
            assert_eq!(route(class, store, &timeouts), expected, "{class} {store:?}");
        }
    }

    #[test]
    fn only_what_may_be_repeated_falls_back_after_unknown() {
        let unknown = Delivery::Ended {
            outcome: Outcome::Unknown(venue_domain::Unknown::NoEvidence),
            took: Duration::ZERO,
        };
        let retry = Fallback::Retry { after: Duration::from_secs(2) };
        for action in [Action::PowerOn, Action::PowerOff, Action::MuteOn] {
            assert_eq!(fallback(&action, &unknown), retry, "{action}");
        }
        for action in [Action::Power, Action::Mute, Action::VolumeUp, Action::ChannelDown] {
            assert_eq!(fallback(&action, &unknown), Fallback::Answer, "{action}");
        }
    }

    #[test]
    fn what_was_not_sent_falls_back_whatever_it_is() {
        let not_sent =
            |reason| Delivery::Ended { outcome: Outcome::NotSent(reason), took: Duration::ZERO };
        let wait = Duration::from_secs(6);
        let table = [
            (NotSent::Offline, Fallback::Retry { after: Duration::from_secs(2) }),
            (NotSent::Unconfirmed, Fallback::Retry { after: Duration::from_secs(2) }),
            (NotSent::LaneBusy, Fallback::Wait { for_at_least: Duration::ZERO }),
            (NotSent::NotBefore { wait }, Fallback::Wait { for_at_least: wait }),
        ];
        for (reason, expected) in table {
            assert_eq!(fallback(&Action::Power, &not_sent(reason)), expected, "{reason:?}");
        }
    }
}
