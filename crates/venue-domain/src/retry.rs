//! Whether a command is tried again: the one decision, for the router, the scheduler and the stores
//! (docs/semantics.md, rules 1.3, 1.4, 1.5, 4.3, 4.12 and 4.13).

use std::time::Duration;

use crate::{
    effect::Nature,
    outcome::{NotSent, Outcome},
    record::CommandRecord,
    status::{Reason, Status},
};

/// What follows when an attempt has ended, as long as attempts are left and the command is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// The command has ended.
    Finish,
    /// It is tried again after the usual wait; the attempt counts.
    Retry,
    /// The same, but not before the quiet gap of its port is over: digits may be half typed.
    RetryAfterQuietGap,
    /// Nothing was tried, so that no attempt counts: it waits in its place in the order.
    Release {
        /// From now until it may be tried.
        for_at_least: Duration,
    },
}

impl RetryDecision {
    /// What follows when an attempt at a command of this nature ended with `outcome`.
    ///
    /// | outcome | decision |
    /// |---|---|
    /// | delivered, refused | finish |
    /// | not sent: not before, lane busy, lane full, stopping | release |
    /// | not sent: offline, misconfigured, unconfirmed, stalled | retry, whatever its nature |
    /// | unknown, absolute or a read | retry; what is typed in several frames after the quiet gap |
    /// | unknown, everything else | finish: it may have been carried out |
    #[must_use]
    pub const fn after(nature: Nature, outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Delivered(_) | Outcome::Refused(_) => Self::Finish,
            Outcome::NotSent(NotSent::NotBefore { wait }) => Self::Release { for_at_least: *wait },
            Outcome::NotSent(NotSent::LaneBusy | NotSent::LaneFull | NotSent::Stopping) => {
                Self::Release { for_at_least: Duration::ZERO }
            }
            Outcome::NotSent(
                NotSent::Offline | NotSent::Misconfigured | NotSent::Unconfirmed | NotSent::Stalled,
            ) => Self::Retry,
            Outcome::Unknown(_) => match nature {
                Nature::Absolute | Nature::Read => Self::Retry,
                Nature::AbsoluteFrames => Self::RetryAfterQuietGap,
                Nature::Toggle | Nature::Relative | Nature::Sequence | Nature::Immediate => {
                    Self::Finish
                }
            },
        }
    }
}

/// Whether a command of this nature may be tried again after an attempt that ended for `reason`: what stores
/// hold to, whatever they are asked.
#[must_use]
pub const fn may_be_retried(nature: Nature, reason: Reason) -> bool {
    match reason.status() {
        Status::Unknown => nature.is_repeatable(),
        Status::Failed => !matches!(reason, Reason::Refused),
        Status::Pending
        | Status::Processing
        | Status::Completed
        | Status::Expired
        | Status::Superseded
        | Status::Cancelled => false,
    }
}

/// Why a command of a batch is not sent anew when the batch is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRetryable {
    /// It was delivered.
    Delivered,
    /// It still waits or is in flight.
    Open,
    /// It was withdrawn.
    Withdrawn,
    /// A newer command replaced it.
    Superseded,
    /// It may have been carried out, and a repeat would do something else.
    MayHaveActed,
}

impl CommandRecord {
    /// Whether it may be sent anew on request: it failed or expired, or it is repeatable and ended unknown.
    ///
    /// # Errors
    /// Why not.
    pub fn retryable(&self) -> Result<(), NotRetryable> {
        // What was replaced or withdrawn is not wanted any more, whatever it may have done.
        match self.fate() {
            Status::Completed => Err(NotRetryable::Delivered),
            Status::Pending | Status::Processing => Err(NotRetryable::Open),
            Status::Cancelled => Err(NotRetryable::Withdrawn),
            Status::Superseded => Err(NotRetryable::Superseded),
            Status::Failed | Status::Expired | Status::Unknown => {
                let repeatable = self.action.nature().is_repeatable();
                let safe = repeatable || !self.may_have_acted();
                safe.then_some(()).ok_or(NotRetryable::MayHaveActed)
            }
        }
    }

    /// Whether some byte of it may have reached the appliance without evidence.
    #[must_use]
    pub fn may_have_acted(&self) -> bool {
        self.unknown_seen || self.status == Status::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Evidence, Refused, Unknown};

    const NATURES: [Nature; 7] = [
        Nature::Absolute,
        Nature::AbsoluteFrames,
        Nature::Toggle,
        Nature::Relative,
        Nature::Sequence,
        Nature::Immediate,
        Nature::Read,
    ];

    fn outcomes() -> Vec<Outcome> {
        let wait = Duration::from_secs(8);
        let mut outcomes: Vec<Outcome> = [
            NotSent::NotBefore { wait },
            NotSent::LaneBusy,
            NotSent::LaneFull,
            NotSent::Stopping,
            NotSent::Offline,
            NotSent::Misconfigured,
            NotSent::Unconfirmed,
            NotSent::Stalled,
        ]
        .map(Outcome::NotSent)
        .into();
        outcomes.extend(Evidence::ALL.map(Outcome::Delivered));
        outcomes.push(Outcome::Unknown(Unknown::NoEvidence));
        outcomes.push(Outcome::Refused(Refused::ByDevice { words: "no".to_owned() }));
        outcomes
    }

    #[test]
    fn a_store_allows_every_retry_that_is_decided_and_no_other() {
        for nature in NATURES {
            for outcome in outcomes() {
                let decision = RetryDecision::after(nature, &outcome);
                let tried =
                    matches!(decision, RetryDecision::Retry | RetryDecision::RetryAfterQuietGap);
                let released = matches!(decision, RetryDecision::Release { .. });
                let allowed = may_be_retried(nature, Reason::from(&outcome));
                assert_eq!(tried, allowed && !released, "{nature:?} {outcome:?} {decision:?}");
            }
        }
    }

    #[test]
    fn what_may_have_been_carried_out_is_repeated_only_where_that_changes_nothing() {
        let unknown = Outcome::Unknown(Unknown::NoEvidence);
        for nature in NATURES {
            let again = RetryDecision::after(nature, &unknown) != RetryDecision::Finish;
            assert_eq!(again, nature.is_repeatable(), "{nature:?}");
            let offline = Outcome::NotSent(NotSent::Offline);
            assert_eq!(RetryDecision::after(nature, &offline), RetryDecision::Retry, "{nature:?}");
        }
        let typed = RetryDecision::after(Nature::AbsoluteFrames, &unknown);
        assert_eq!(typed, RetryDecision::RetryAfterQuietGap);
    }
}
