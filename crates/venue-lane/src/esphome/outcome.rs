//! What the pool reports, as the outcome of an attempt.

use esphome_pool::{CallEnd, Written};
use venue_domain::{Evidence, NotSent, Outcome, Refused, Unknown};

use super::advertise::connection;

/// The outcome of an attempt; `None` if it was withdrawn before its first byte.
pub(super) fn outcome_of(end: CallEnd) -> Option<Outcome> {
    let outcome = match end {
        CallEnd::Replied { success: true, .. } => Outcome::Delivered(Evidence::Reply),
        CallEnd::Replied { success: false, error_message, .. } => {
            Outcome::Refused(Refused::ByDevice { words: error_message })
        }
        CallEnd::InfraredDone { success: true } => Outcome::Delivered(Evidence::InfraredComplete),
        // Our checks let it go out, so it is no refusal: another client of the board may have
        // displaced our answer while our frame was on the air.
        CallEnd::InfraredDone { success: false } => Outcome::Unknown(Unknown::NoEvidence),
        CallEnd::Barrier => Outcome::Delivered(Evidence::PingBarrier),
        CallEnd::NothingInTime { written: Written::Started } => {
            Outcome::Unknown(Unknown::NoEvidence)
        }
        CallEnd::NothingInTime { written: Written::Skipped } => Outcome::NotSent(NotSent::Stalled),
        CallEnd::SessionLost { written: Written::Started, .. } => {
            Outcome::Unknown(Unknown::SessionLost)
        }
        CallEnd::SessionLost { written: Written::Skipped, .. } => {
            Outcome::NotSent(NotSent::Offline)
        }
        CallEnd::NotConnected { state } => {
            Outcome::NotSent(connection(state).absence().unwrap_or(NotSent::Offline))
        }
        CallEnd::Invalid(_) => Outcome::Refused(Refused::ByDevice {
            words: "the call does not fit this session".to_owned(),
        }),
        CallEnd::Stopped => Outcome::NotSent(NotSent::Stopping),
        CallEnd::Withdrawn => return None,
    };
    Some(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_infrared_completion_without_success_tells_nothing() {
        let ended = |success| outcome_of(CallEnd::InfraredDone { success });
        assert_eq!(ended(false), Some(Outcome::Unknown(Unknown::NoEvidence)));
        assert_eq!(ended(true), Some(Outcome::Delivered(Evidence::InfraredComplete)));
    }
}
