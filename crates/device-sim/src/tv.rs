//! A TV: what it really shows after the keys that it really received. Pure; time passed in.

use std::time::Duration;

use tokio::time::Instant;

/// What a TV shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TvState {
    /// Whether it is on.
    pub power: Power,
    /// The channel that it is tuned to.
    pub channel: String,
    /// The volume, 0 to 100.
    pub volume: i32,
    /// Whether it is muted.
    pub muted: bool,
    /// The input.
    pub input: String,
    /// Everything that it received while it was listening, in order.
    pub keys: Vec<Key>,
}

/// Whether a TV is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It is.
    On,
    /// It is not: it hears power keys only.
    Off,
}

/// One infrared key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the keys")]
pub enum Key {
    Power,
    PowerOn,
    PowerOff,
    Mute,
    MuteOn,
    MuteOff,
    VolumeUp,
    VolumeDown,
    ChannelUp,
    ChannelDown,
    Digit(u8),
    Input(String),
    Navigate(&'static str),
    /// Tunes to what was typed at once.
    Enter,
    /// Stands between a channel and its sub-channel.
    Dash,
}

/// The TV itself.
#[derive(Debug)]
pub(crate) struct Tv {
    state: TvState,
    typed: String,
    /// When typed digits are taken as a channel.
    tunes_at: Option<Instant>,
    /// Until then it hears nothing: it was just switched on.
    deaf_until: Option<Instant>,
    digit_timeout: Duration,
    warm_up: Duration,
}

impl Tv {
    pub(crate) fn new(power: Power, digit_timeout: Duration, warm_up: Duration) -> Self {
        let state = TvState {
            power,
            channel: "1".to_owned(),
            volume: 10,
            muted: false,
            input: "tv".to_owned(),
            keys: Vec::new(),
        };
        let typed = String::new();
        Self { state, typed, tunes_at: None, deaf_until: None, digit_timeout, warm_up }
    }

    pub(crate) const fn state(&self) -> &TvState {
        &self.state
    }

    /// When [`Tv::settle`] has something to do.
    pub(crate) const fn settles_at(&self) -> Option<Instant> {
        self.tunes_at
    }

    /// Tunes to what was typed, once nothing more comes.
    pub(crate) fn settle(&mut self, now: Instant) {
        if self.tunes_at.is_some_and(|at| at <= now) {
            self.tune();
        }
    }

    /// Tunes to what was typed, if anything was.
    fn tune(&mut self) {
        if self.tunes_at.take().is_some() {
            self.state.channel = std::mem::take(&mut self.typed);
        }
    }

    /// A key arrives at `now`.
    pub(crate) fn press(&mut self, key: Key, now: Instant) {
        self.settle(now);
        let power_key = matches!(key, Key::Power | Key::PowerOn | Key::PowerOff);
        let deaf = self.deaf_until.is_some_and(|until| now < until);
        if (self.state.power == Power::Off || deaf) && !power_key {
            return;
        }
        self.state.keys.push(key.clone());
        match key {
            Key::Power if self.state.power == Power::On => self.switch_off(),
            Key::Power => self.switch_on(now),
            Key::PowerOn if self.state.power == Power::Off => self.switch_on(now),
            Key::PowerOn => {}
            Key::PowerOff => self.switch_off(),
            Key::Mute => self.state.muted = !self.state.muted,
            Key::MuteOn => self.state.muted = true,
            Key::MuteOff => self.state.muted = false,
            Key::VolumeUp => self.state.volume = (self.state.volume + 1).min(100),
            Key::VolumeDown => self.state.volume = (self.state.volume - 1).max(0),
            Key::ChannelUp => self.step(1),
            Key::ChannelDown => self.step(-1),
            Key::Digit(digit) => {
                self.typed.push(char::from(b'0' + digit.min(9)));
                self.tunes_at = Some(now + self.digit_timeout);
            }
            Key::Input(input) => self.state.input = input,
            Key::Enter => self.tune(),
            Key::Dash if !self.typed.is_empty() => {
                self.typed.push('-');
                self.tunes_at = Some(now + self.digit_timeout);
            }
            Key::Dash | Key::Navigate(_) => {}
        }
    }

    fn switch_on(&mut self, now: Instant) {
        self.state.power = Power::On;
        self.deaf_until = Some(now + self.warm_up);
    }

    fn switch_off(&mut self) {
        self.state.power = Power::Off;
        self.typed.clear();
        self.tunes_at = None;
    }

    fn step(&mut self, by: i64) {
        let channel = self.state.channel.parse::<i64>().unwrap_or(1);
        self.state.channel = (channel + by).max(1).to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tv(power: Power) -> Tv {
        Tv::new(power, Duration::from_secs(1), Duration::from_secs(8))
    }

    fn seconds(base: Instant, seconds: f64) -> Instant {
        base + Duration::from_secs_f64(seconds)
    }

    #[test]
    fn digits_join_up_within_the_timeout_and_only_then() {
        let base = Instant::now();
        let mut tv = tv(Power::On);
        for (at, digit) in [(0.0, 5), (0.3, 0), (0.6, 1)] {
            tv.press(Key::Digit(digit), seconds(base, at));
        }
        tv.settle(seconds(base, 1.0));
        assert_eq!(tv.state().channel, "1", "it still waits for more");
        tv.settle(seconds(base, 1.6));
        assert_eq!(tv.state().channel, "501");
        tv.press(Key::Digit(7), seconds(base, 9.0));
        tv.settle(seconds(base, 10.0));
        assert_eq!(tv.state().channel, "7");
    }

    #[test]
    fn a_toggle_flips_and_discrete_keys_do_not() {
        let base = Instant::now();
        let mut tv = tv(Power::Off);
        tv.press(Key::Power, base);
        assert_eq!(tv.state().power, Power::On);
        tv.press(Key::Power, base);
        assert_eq!(tv.state().power, Power::Off);
        for _ in 0..2 {
            tv.press(Key::PowerOn, base);
            assert_eq!(tv.state().power, Power::On);
        }
    }

    #[test]
    fn a_tv_that_is_off_or_warming_up_hears_nothing_else() {
        let base = Instant::now();
        let mut tv = tv(Power::Off);
        tv.press(Key::VolumeUp, base);
        tv.press(Key::PowerOn, base);
        tv.press(Key::VolumeUp, seconds(base, 7.9));
        assert_eq!(tv.state().volume, 10);
        tv.press(Key::VolumeUp, seconds(base, 8.0));
        assert_eq!(tv.state().volume, 11);
        assert_eq!(tv.state().keys, [Key::PowerOn, Key::VolumeUp]);
    }
}
