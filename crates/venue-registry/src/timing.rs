//! A timing profile, or the part of one that differs from another.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use venue_domain::TimingProfile;

/// The times that differ, in milliseconds.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// Duration of one infrared frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_ms: Option<u32>,
    /// The board's pause between two digits of a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digit_gap_ms: Option<u32>,
    /// The pause between two commands of one port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_gap_ms: Option<u32>,
    /// Pause after power-on, until the appliance accepts a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up_ms: Option<u32>,
    /// Pause after the digits of a channel, until the appliance has taken them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_gap_ms: Option<u32>,
    /// Pause after a channel with unknown outcome, until the appliance has dropped half-typed digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_gap_ms: Option<u32>,
}

impl Timing {
    /// The longest time that a profile may have, in milliseconds: nobody waits longer for a TV.
    pub const MAX_MS: u32 = 60_000;

    /// What is said here, over what `base` says.
    #[must_use]
    pub fn over(&self, base: TimingProfile) -> TimingProfile {
        let or = |ms: Option<u32>, base| ms.map_or(base, |ms| Duration::from_millis(ms.into()));
        TimingProfile {
            frame: or(self.frame_ms, base.frame),
            digit_gap: or(self.digit_gap_ms, base.digit_gap),
            command_gap: or(self.command_gap_ms, base.command_gap),
            warm_up: or(self.warm_up_ms, base.warm_up),
            entry_gap: or(self.entry_gap_ms, base.entry_gap),
            quiet_gap: or(self.quiet_gap_ms, base.quiet_gap),
        }
    }

    /// The name of a time that is too long, if there is one.
    #[must_use]
    pub fn too_long(&self) -> Option<&'static str> {
        let times = [
            ("frame_ms", self.frame_ms),
            ("digit_gap_ms", self.digit_gap_ms),
            ("command_gap_ms", self.command_gap_ms),
            ("warm_up_ms", self.warm_up_ms),
            ("entry_gap_ms", self.entry_gap_ms),
            ("quiet_gap_ms", self.quiet_gap_ms),
        ];
        let long = |(_, ms): &(&str, Option<u32>)| ms.is_some_and(|ms| ms > Self::MAX_MS);
        times.into_iter().find(long).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_below() {
        let base = TimingProfile::default();
        let timing: Timing = serde_json::from_str(r#"{"warm_up_ms": 12000}"#).unwrap();
        let over = timing.over(base);
        assert_eq!(over.warm_up, Duration::from_secs(12));
        assert_eq!(TimingProfile { warm_up: base.warm_up, ..over }, base);
        assert_eq!(serde_json::to_string(&timing).unwrap(), r#"{"warm_up_ms":12000}"#);
    }

    #[test]
    fn a_time_that_nobody_waits_for_is_named() {
        let timing = Timing { quiet_gap_ms: Some(Timing::MAX_MS + 1), ..Timing::default() };
        assert_eq!(timing.too_long(), Some("quiet_gap_ms"));
        assert_eq!(Timing::default().too_long(), None);
    }
}
