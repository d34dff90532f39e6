//! How long an appliance and its board need: the timing profile of a port.

use std::time::Duration;

use crate::action::Action;

/// The times that commands for one port must respect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimingProfile {
    /// One infrared frame on air.
    pub frame: Duration,
    /// The board's pause between two digits of a channel.
    pub digit_gap: Duration,
    /// The pause between two commands of one port.
    pub command_gap: Duration,
    /// After power-on, until the appliance takes a channel.
    pub warm_up: Duration,
    /// After digits, until the appliance has taken them as a channel: digits of another channel
    /// that came sooner would join up with them.
    pub entry_gap: Duration,
    /// After a channel of unknown outcome, until half-typed digits are gone.
    pub quiet_gap: Duration,
}

impl TimingProfile {
    /// How long `action` keeps the board's transmitter, from its dispatch to its last frame.
    ///
    /// Zero for what sends no infrared.
    #[must_use]
    pub fn air_time(&self, action: &Action) -> Duration {
        if let Action::Steps(_, count) = action {
            return self.steps_air_time(count.number().into());
        }
        self.digits_air_time(action.frames())
    }

    /// How long so many presses of one key keep the board's transmitter.
    #[must_use]
    pub fn steps_air_time(&self, presses: u32) -> Duration {
        self.frame * presses + self.command_gap * presses.saturating_sub(1)
    }

    /// How long a channel of that many digits keeps the board's transmitter.
    #[must_use]
    pub fn digits_air_time(&self, digits: u32) -> Duration {
        self.frame * digits + self.digit_gap * digits.saturating_sub(1)
    }

    /// The shorter of each time.
    #[must_use]
    pub fn least(self, other: Self) -> Self {
        Self {
            frame: self.frame.min(other.frame),
            digit_gap: self.digit_gap.min(other.digit_gap),
            command_gap: self.command_gap.min(other.command_gap),
            warm_up: self.warm_up.min(other.warm_up),
            entry_gap: self.entry_gap.min(other.entry_gap),
            quiet_gap: self.quiet_gap.min(other.quiet_gap),
        }
    }
}

impl Default for TimingProfile {
    /// NEC frames of 68 ms and the 300 ms digit gaps of the stock firmware: 0.8 s for 3 digits. With
    /// the entry gap a second channel is sent 2.3 s after the first, which is still interactive.
    fn default() -> Self {
        Self {
            frame: Duration::from_millis(68),
            digit_gap: Duration::from_millis(300),
            command_gap: Duration::from_millis(100),
            warm_up: Duration::from_secs(8),
            entry_gap: Duration::from_millis(1_500),
            quiet_gap: Duration::from_secs(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn air_time_grows_with_the_digits() {
        let profile = TimingProfile::default();
        let channel = |text: &str| Action::Channel(text.parse().unwrap());
        assert_eq!(profile.air_time(&channel("5")), Duration::from_millis(68));
        assert_eq!(profile.air_time(&channel("501")), Duration::from_millis(3 * 68 + 2 * 300));
        assert_eq!(profile.air_time(&Action::Power), Duration::from_millis(68));
        let louder = crate::Step::VolumeUp.times(5_i64.try_into().unwrap());
        assert_eq!(profile.air_time(&louder), Duration::from_millis(5 * 68 + 4 * 100));
        assert_eq!(profile.air_time(&Action::Ping), Duration::ZERO);
    }
}
