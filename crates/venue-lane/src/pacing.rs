//! When a command may be sent: air time, gaps, warm-up and the quiet gap. Pure; time passed in.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;
use venue_domain::{
    Action, Class, DeviceEntry, EffectGroup, LATE_COMMAND_LIFE, Nature, PortIndex, PortRest,
    Timestamp, TimingProfile,
};

use crate::{port_timings::PortTimings, reassert::past};

/// What the board and its ports are busy with.
#[derive(Clone, Debug)]
pub(crate) struct Pacing {
    board_free_at: Instant,
    ports: BTreeMap<PortIndex, PortPacing>,
    /// Every port that is not among `ports`.
    others: PortPacing,
    /// The ports on which digits of before the start may be typed when the board wakes: until there is a session.
    perhaps_typed: BTreeSet<PortIndex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PortPacing {
    next_command_at: Instant,
    warm_at: Instant,
    quiet_at: Instant,
    /// When the digits of a channel that was sent have been taken.
    channel_taken_at: Instant,
    /// When digits that were sent one by one have been taken.
    digits_taken_at: Instant,
}

/// When a command may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Readiness {
    /// The earliest instant, all considered.
    pub(crate) at: Instant,
    /// The earliest instant as far as the port's cooldown (warm-up, entry gap, quiet gap) is concerned:
    /// a time that is known, while air time passes by itself.
    pub(crate) cooldown_until: Instant,
}

/// How long the transmitter is still busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transmission {
    /// For the air time of the action, by the timing profile.
    Underway,
    /// For this long, as the wire knows.
    Busy(Duration),
}

impl Transmission {
    /// The device reported completion.
    pub(crate) const COMPLETE: Self = Self::Busy(Duration::ZERO);
}

impl Pacing {
    /// Everything is free.
    pub(crate) const fn new(now: Instant) -> Self {
        let others = PortPacing {
            next_command_at: now,
            warm_at: now,
            quiet_at: now,
            channel_taken_at: now,
            digits_taken_at: now,
        };
        Self { board_free_at: now, ports: BTreeMap::new(), others, perhaps_typed: BTreeSet::new() }
    }

    /// Nothing is known of what was sent before `now`: anything may have been, to any port.
    pub(crate) fn assumed(timings: &PortTimings, now: Instant) -> Self {
        let mut assumed = Self::new(now);
        assumed.others = PortPacing::assumed(&timings.others, now);
        let profiles = timings.ports.iter();
        let ports = profiles.map(|(port, profile)| (*port, PortPacing::assumed(profile, now)));
        assumed.ports = ports.collect();
        for profile in timings.ports.values().chain([&timings.others]) {
            let typing = profile.digits_air_time(LONG_CHANNEL);
            assumed.board_free_at = assumed.board_free_at.max(now + typing);
        }
        assumed
    }

    /// What is stored of a port; `clocks` is the present on both.
    pub(crate) fn recall(
        &mut self,
        known: &venue_domain::PortPacing,
        profile: &TimingProfile,
        clocks: (Timestamp, Instant),
    ) {
        let channel_sent = known.channel_at == Some(known.sent_at);
        let digits = if channel_sent { known.channel_digits } else { 1 };
        let done = past(known.sent_at, clocks) + profile.digits_air_time(digits);
        self.board_free_at = self.board_free_at.max(done);
        let after = |at: Option<Timestamp>, gap| at.map_or(clocks.1, |at| past(at, clocks) + gap);
        // They may come to life with the session that is being opened.
        let perhaps_typed = known.unsure_at.is_some_and(|at| at.plus(LATE_COMMAND_LIFE) > clocks.0);
        if perhaps_typed {
            self.perhaps_typed.insert(known.port.port);
        }
        let unsure_at = if perhaps_typed { Some(clocks.0) } else { known.unsure_at };
        let typing = profile.digits_air_time(known.channel_digits);
        let pacing = PortPacing {
            next_command_at: done + profile.command_gap,
            warm_at: after(known.power_on_at, profile.warm_up),
            quiet_at: after(unsure_at, profile.quiet_gap),
            channel_taken_at: after(known.channel_at, typing + profile.entry_gap),
            digits_taken_at: after(known.digit_at, profile.frame + profile.entry_gap),
        };
        self.ports.insert(known.port.port, pacing);
    }

    /// There is a session: digits of before the start that may come to life do so now.
    pub(crate) fn start_session(&mut self, timings: &PortTimings, now: Instant) {
        for port in std::mem::take(&mut self.perhaps_typed) {
            let quiet_gap = timings.of(port).quiet_gap;
            let pacing = self.of_mut(port);
            pacing.quiet_at = pacing.quiet_at.max(now + quiet_gap);
        }
    }

    /// The later of both, for each.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let both = self.ports.keys().chain(other.ports.keys());
        Self {
            board_free_at: self.board_free_at.max(other.board_free_at),
            ports: both.map(|port| (*port, self.of(*port).and(other.of(*port)))).collect(),
            others: self.others.and(&other.others),
            perhaps_typed: self.perhaps_typed.union(&other.perhaps_typed).copied().collect(),
        }
    }

    /// The same with what is assumed of the time before, where something is.
    pub(crate) fn with(&self, assumed: Option<&Self>) -> Cow<'_, Self> {
        assumed.map_or(Cow::Borrowed(self), |assumed| Cow::Owned(self.and(assumed)))
    }

    fn of(&self, port: PortIndex) -> &PortPacing {
        self.ports.get(&port).unwrap_or(&self.others)
    }

    fn of_mut(&mut self, port: PortIndex) -> &mut PortPacing {
        self.ports.entry(port).or_insert(self.others)
    }

    /// When `action`, of a command of this class, may be sent to `port`.
    pub(crate) fn readiness(
        &self,
        action: &Action,
        class: Class,
        port: PortIndex,
        now: Instant,
    ) -> Readiness {
        if action.nature() == Nature::Immediate {
            return Readiness { at: now, cooldown_until: now };
        }
        let port = self.of(port);
        let mut cooldown_until = now;
        if waits_for_warm_up(action, class) {
            cooldown_until = cooldown_until.max(port.warm_at);
        }
        if action.is_channel() {
            // Digits that somebody types one by one belong
            // together, a channel does not.
            cooldown_until = cooldown_until.max(port.digits_taken_at);
        }
        if action.types_digits() {
            // They would join up with half-typed ones.
            cooldown_until = cooldown_until.max(port.quiet_at).max(port.channel_taken_at);
        }
        let at = cooldown_until.max(port.next_command_at).max(self.board_free_at);
        Readiness { at, cooldown_until }
    }

    /// The ports that take no channel yet: among those that were sent something, and the five of a blaster.
    pub(crate) fn resting(&self, now: Instant) -> Vec<PortRest> {
        let rest = |port: PortIndex| {
            let pacing = self.of(port);
            let digits = pacing.digits_taken_at.max(pacing.channel_taken_at);
            let until = pacing.warm_at.max(pacing.quiet_at).max(digits);
            (until > now).then(|| PortRest { port, until: until.into_std() })
        };
        let blaster = PortIndex::first(DeviceEntry::BLASTER_OUTPUTS);
        let others = self.ports.keys().copied();
        let others =
            others.filter(|port| !(1..=DeviceEntry::BLASTER_OUTPUTS).contains(&port.number()));
        blaster.chain(others).filter_map(rest).collect()
    }

    /// The device took `action`, or is assumed to have run it just now.
    pub(crate) fn note_sent(
        &mut self,
        action: &Action,
        port: PortIndex,
        profile: &TimingProfile,
        transmission: Transmission,
        now: Instant,
    ) {
        if !action.is_infrared() {
            return;
        }
        let air_time = match transmission {
            Transmission::Busy(left) => left,
            Transmission::Underway => profile.air_time(action),
        };
        let done = now + air_time;
        self.board_free_at = self.board_free_at.max(done);
        let pacing = self.of_mut(port);
        pacing.next_command_at = pacing.next_command_at.max(done + profile.command_gap);
        if action.is_channel() {
            pacing.channel_taken_at = pacing.channel_taken_at.max(done + profile.entry_gap);
        } else if action.types_digits() {
            pacing.digits_taken_at = pacing.digits_taken_at.max(done + profile.entry_gap);
        } else if action.may_switch_on() {
            pacing.warm_at = now + profile.warm_up;
        }
    }

    /// It is not known whether the device took `action`; if it did, then at the latest `now`.
    pub(crate) fn note_unknown(
        &mut self,
        action: &Action,
        port: PortIndex,
        profile: &TimingProfile,
        transmission: Transmission,
        now: Instant,
    ) {
        self.note_sent(action, port, profile, transmission, now);
        if action.types_digits() {
            let pacing = self.of_mut(port);
            pacing.quiet_at = pacing.quiet_at.max(now + profile.quiet_gap);
        }
    }
}

impl PortPacing {
    /// Nothing is known of what the port was sent before `now`.
    fn assumed(profile: &TimingProfile, now: Instant) -> Self {
        let typing = profile.digits_air_time(LONG_CHANNEL);
        Self {
            next_command_at: now + typing + profile.command_gap,
            warm_at: now + profile.warm_up,
            quiet_at: now + profile.quiet_gap,
            channel_taken_at: now + typing + profile.entry_gap,
            digits_taken_at: now + typing + profile.entry_gap,
        }
    }

    /// The later of both, for each.
    fn and(&self, other: &Self) -> Self {
        Self {
            next_command_at: self.next_command_at.max(other.next_command_at),
            warm_at: self.warm_at.max(other.warm_at),
            quiet_at: self.quiet_at.max(other.quiet_at),
            channel_taken_at: self.channel_taken_at.max(other.channel_taken_at),
            digits_taken_at: self.digits_taken_at.max(other.digits_taken_at),
        }
    }
}

/// Whether an appliance that warms up would ignore it, so that it has to wait. What a person presses goes out at once:
/// they see what becomes of it, and press again. What a batch, a preset or a schedule sets nobody sets again. Keys do not
/// wait there either, because the keys that a person presses would have to wait behind them.
fn waits_for_warm_up(action: &Action, class: Class) -> bool {
    let is_set_by_many = class == Class::Bulk
        && action.nature() != Nature::Sequence
        && action.effect_group().is_some_and(|group| group != EffectGroup::Power);
    action.is_channel() || is_set_by_many
}

/// The digits of a channel of which nothing is known.
const LONG_CHANNEL: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn port(index: i64) -> PortIndex {
        PortIndex::try_from(index).unwrap()
    }

    fn channel() -> Action {
        Action::Channel("501".parse().unwrap())
    }

    fn wait(pacing: &Pacing, action: &Action, index: i64, now: Instant) -> u128 {
        wait_of(pacing, action, Class::Interactive, index, now)
    }

    fn wait_of(pacing: &Pacing, action: &Action, class: Class, index: i64, now: Instant) -> u128 {
        (pacing.readiness(action, class, port(index), now).at - now).as_millis()
    }

    const PROFILE: TimingProfile = TimingProfile {
        frame: Duration::from_millis(68),
        digit_gap: Duration::from_millis(300),
        command_gap: Duration::from_millis(100),
        warm_up: Duration::from_secs(8),
        entry_gap: Duration::from_millis(1_500),
        quiet_gap: Duration::from_secs(4),
    };

    #[test]
    fn a_channel_holds_the_whole_board_for_its_air_time() {
        let now = Instant::now();
        let mut pacing = Pacing::new(now);
        assert_eq!(wait(&pacing, &channel(), 1, now), 0);
        pacing.note_sent(&channel(), port(1), &PROFILE, Transmission::Underway, now);
        assert_eq!(wait(&pacing, &Action::Mute, 2, now), 804);
        assert_eq!(wait(&pacing, &Action::Mute, 1, now), 904);
    }

    #[test]
    fn reported_completion_frees_the_board_at_once() {
        let now = Instant::now();
        let mut pacing = Pacing::new(now);
        pacing.note_sent(&channel(), port(1), &PROFILE, Transmission::COMPLETE, now);
        assert_eq!(wait(&pacing, &channel(), 2, now), 0);
        assert_eq!(wait(&pacing, &Action::Mute, 1, now), 100);
    }

    #[test]
    fn of_what_a_person_sends_only_channels_of_that_port_wait_for_the_warm_up() {
        let now = Instant::now();
        let mut pacing = Pacing::new(now);
        pacing.note_sent(&Action::PowerOn, port(2), &PROFILE, Transmission::Underway, now);
        assert_eq!(wait(&pacing, &channel(), 2, now), 8_000);
        assert_eq!(wait(&pacing, &Action::VolumeUp, 2, now), 168);
        assert_eq!(wait(&pacing, &channel(), 3, now), 68);
        let cooldown_until = pacing.readiness(&channel(), Class::Bulk, port(2), now).cooldown_until;
        assert_eq!(cooldown_until - now, PROFILE.warm_up);
    }

    #[test]
    fn a_toggle_may_have_switched_the_appliance_on_and_is_followed_by_the_warm_up_too() {
        let now = Instant::now();
        let mut pacing = Pacing::new(now);
        pacing.note_sent(&Action::Power, port(2), &PROFILE, Transmission::Underway, now);
        assert_eq!(wait(&pacing, &channel(), 2, now), 8_000);
        assert_eq!(wait_of(&pacing, &Action::MuteOn, Class::Bulk, 2, now), 8_000);
        assert_eq!(wait(&pacing, &Action::Power, 2, now), 168, "power does not wait");
        let mut off = Pacing::new(now);
        off.note_sent(&Action::PowerOff, port(2), &PROFILE, Transmission::Underway, now);
        assert_eq!(wait(&off, &channel(), 2, now), 168);
    }

    #[test]
    fn what_a_batch_sets_behind_power_on_waits_for_the_warm_up_but_for_power_and_keys() {
        let now = Instant::now();
        let mut pacing = Pacing::new(now);
        pacing.note_sent(&Action::PowerOn, port(2), &PROFILE, Transmission::Underway, now);
        let bulk = |action: &Action, index| wait_of(&pacing, action, Class::Bulk, index, now);
        let input = Action::Input("hdmi1".parse().unwrap());
        let louder = venue_domain::Step::VolumeUp.times(5.try_into().unwrap());
        let menu = Action::Navigate(venue_domain::NavigationKey::Menu);
        for action in [input, Action::MuteOn, Action::Mute, Action::ChannelUp, louder] {
            assert_eq!(bulk(&action, 2), 8_000, "{action}");
            assert_eq!(bulk(&action, 3), 68, "{action} of another port");
            assert_eq!(wait(&pacing, &action, 2, now), 168, "{action} of a person");
        }
        for action in [Action::PowerOff, Action::Power, menu] {
            assert_eq!(bulk(&action, 2), 168, "{action}");
        }
    }

    #[test]
    fn a_channel_does_not_join_up_with_digits_that_the_appliance_still_collects() {
        let now = Instant::now();
        let digit = Action::Number(5.try_into().unwrap());
        let mut pacing = Pacing::new(now);
        pacing.note_sent(&channel(), port(1), &PROFILE, Transmission::Underway, now);
        assert_eq!(wait(&pacing, &channel(), 1, now), 804 + 1_500);
        assert_eq!(wait(&pacing, &digit, 1, now), 804 + 1_500);
        assert_eq!(wait(&pacing, &channel(), 2, now), 804);
        assert_eq!(wait(&pacing, &Action::VolumeUp, 1, now), 904);

        let mut typing = Pacing::new(now);
        typing.note_sent(&digit, port(1), &PROFILE, Transmission::Underway, now);
        assert_eq!(wait(&typing, &digit, 1, now), 168, "typed digits are to join up");
        assert_eq!(wait(&typing, &channel(), 1, now), 68 + 1_500);
    }

    #[test]
    fn after_an_unknown_channel_digits_of_that_port_wait_for_the_quiet_gap() {
        let now = Instant::now();
        let mut pacing = Pacing::new(now);
        pacing.note_unknown(&channel(), port(4), &PROFILE, Transmission::Underway, now);
        let digit = Action::Number(5.try_into().unwrap());
        assert_eq!(wait(&pacing, &channel(), 4, now), 4_000);
        assert_eq!(wait(&pacing, &digit, 4, now), 4_000);
        assert_eq!(wait(&pacing, &Action::Power, 4, now), 904);
        assert_eq!(wait(&pacing, &channel(), 5, now), 804);
    }

    #[test]
    fn ports_above_five_are_paced_like_any_other() {
        let now = Instant::now();
        let slow = TimingProfile { warm_up: Duration::from_secs(20), ..PROFILE };
        let timings = PortTimings::all(PROFILE).with(port(255), slow);
        let assumed = Pacing::assumed(&timings, now);
        assert_eq!(wait(&assumed, &channel(), 254, now), 8_000);
        assert_eq!(wait(&assumed, &channel(), 255, now), 20_000);
        let mut pacing = Pacing::new(now);
        pacing.note_sent(&Action::Mute, port(200), &PROFILE, Transmission::COMPLETE, now);
        let both = pacing.and(&assumed);
        assert_eq!(wait(&both, &channel(), 200, now), 8_000);
        assert_eq!(wait(&both, &channel(), 255, now), 20_000);
    }

    #[test]
    fn the_diagnostic_signal_waits_for_nothing_and_holds_nothing() {
        let now = Instant::now();
        let mut pacing = Pacing::new(now);
        pacing.note_sent(&channel(), port(1), &PROFILE, Transmission::Underway, now);
        let signal = Action::DiagnosticSignal(venue_domain::SignalCode::On);
        assert_eq!(wait(&pacing, &signal, 0, now), 0);
        let mut idle = Pacing::new(now);
        idle.note_sent(&signal, port(0), &PROFILE, Transmission::Underway, now);
        assert_eq!(wait(&idle, &channel(), 1, now), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn digits_of_before_a_start_may_be_typed_as_long_as_a_board_may_wake_and_then_no_more() {
        let now = Instant::now();
        let (at, timings) = (Timestamp::from_unix_ms(1_000_000), PortTimings::all(PROFILE));
        let digit = Action::Number(9.try_into().unwrap());
        let target: venue_domain::PortId = "ir-1/2".parse().unwrap();
        let known = venue_domain::PortPacing::after(
            None,
            &target,
            &digit,
            venue_domain::Reason::SessionLost,
            at,
        );
        let quiet = PROFILE.quiet_gap.as_millis();
        for (ago, waits) in [(Duration::from_secs(100), quiet), (LATE_COMMAND_LIFE, 0)] {
            let mut pacing = Pacing::new(now);
            let clocks = (at.plus(ago), now);
            pacing.recall(known.as_ref().unwrap(), &PROFILE, clocks);
            let woken = now + Duration::from_secs(20);
            pacing.start_session(&timings, woken);
            assert_eq!(wait(&pacing, &channel(), 2, woken), waits, "{ago:?}");
            // Those of this start are known.
            let again = woken + Duration::from_secs(20);
            pacing.start_session(&timings, again);
            assert_eq!(wait(&pacing, &channel(), 2, again), 0, "{ago:?}");
        }
    }
}
