//! The assumed state of the appliance on a port: only what was delivered changes it.

use crate::{
    action::{Action, Step},
    effect::EffectGroup,
    parameter::{ChannelNumber, InputName},
    port::PortId,
    status::{Reason, Status},
    time::Timestamp,
};

/// The last known state of one port, as commands left it; nobody asked the TV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortStatus {
    /// The port.
    pub port: PortId,
    /// The channel, where the last channel command named one.
    pub channel: Option<ChannelNumber>,
    /// Whether it is on, where the last power command said so.
    pub power: Option<bool>,
    /// Whether it is muted, where the last mute command said so.
    pub muted: Option<bool>,
    /// The input that was selected last.
    pub input: Option<InputName>,
    /// The name of the last delivered command.
    pub last_command: String,
    /// When it was delivered.
    pub last_command_at: Timestamp,
    /// Who said so, where somebody corrected it last.
    pub corrected_by: Option<String>,
}

impl PortStatus {
    /// The status of `port` once `action` was delivered at `at`; `None` where nothing changes:
    /// at the board, and where something newer is known already.
    #[must_use]
    pub fn after(
        before: Option<Self>,
        port: &PortId,
        action: &Action,
        at: Timestamp,
    ) -> Option<Self> {
        let newer = before.as_ref().is_some_and(|before| before.last_command_at > at);
        if !action.is_infrared() || port.port.is_board() {
            return None;
        }
        if newer {
            return Self::after_late_toggle(before?, action);
        }
        let mut status = before.unwrap_or_else(|| Self::unknown(port, at));
        // A delivery that is recorded again is no second press.
        let is_recorded = status.last_command_at == at && status.last_command == action.name();
        if !is_recorded {
            let change = AssumedStateChange::by(action).toggling(action, &status);
            status.apply(&change);
        }
        action.name().clone_into(&mut status.last_command);
        status.last_command_at = at;
        status.corrected_by = None;
        Some(status)
    }

    /// The status once it is found that a toggle was delivered before what is known already: whether what is known of its
    /// part is from before it or from behind it, cannot be said, unless the last command says it. `None` where nothing
    /// changes.
    fn after_late_toggle(mut status: Self, action: &Action) -> Option<Self> {
        let says_it = match status.last_command.as_str() {
            CORRECTION => true,
            "power_on" | "power_off" => *action == Action::Power,
            "mute_on" | "mute_off" => *action == Action::Mute,
            _ => false,
        };
        if says_it || !matches!(action, Action::Power | Action::Mute) {
            return None;
        }
        let known = status.clone();
        status.apply(&AssumedStateChange::unsure(action));
        (status != known).then_some(status)
    }

    /// The status of `port` once an attempt at `action` ended at `at` for `reason`; `None` where nothing
    /// changes.
    #[must_use]
    pub fn attempt_ended(
        before: Option<Self>,
        port: &PortId,
        action: &Action,
        reason: Reason,
        at: Timestamp,
    ) -> Option<Self> {
        match reason.status() {
            Status::Completed => Self::after(before, port, action, at),
            Status::Unknown => Self::unsure_after(before, action, at),
            Status::Pending
            | Status::Processing
            | Status::Failed
            | Status::Expired
            | Status::Superseded
            | Status::Cancelled => None,
        }
    }

    /// The status once it is found that something newer was accepted for `group` of which nobody knows how it
    /// ended, such as a direct command at a kill; `None` where nothing changes.
    #[must_use]
    pub fn unaccounted(before: Option<Self>, group: EffectGroup) -> Option<Self> {
        let mut status = before?;
        let known = status.clone();
        status.apply(&AssumedStateChange::unsure_of(group));
        (status != known).then_some(status)
    }

    /// The status of `port` once `action` ended unknown at `at`: what it may have changed is not known
    /// any more. `None` where nothing changes.
    #[must_use]
    pub fn unsure_after(before: Option<Self>, action: &Action, at: Timestamp) -> Option<Self> {
        let mut status = before.filter(|before| before.last_command_at <= at)?;
        let known = status.clone();
        status.apply(&AssumedStateChange::unsure(action));
        (status != known).then_some(status)
    }

    /// The status of `port` once somebody who stands before the TV said at `at` what is so.
    ///
    /// It is newer than whatever was delivered before it, and is superseded by what is delivered next.
    #[must_use]
    pub fn corrected(
        before: Option<Self>,
        port: &PortId,
        change: &AssumedStateChange,
        by: Option<String>,
        at: Timestamp,
    ) -> Self {
        let mut status = before.unwrap_or_else(|| Self::unknown(port, at));
        CORRECTION.clone_into(&mut status.last_command);
        status.last_command_at = status.last_command_at.max(at);
        status.corrected_by = by;
        status.apply(change);
        status
    }

    /// The state of the screen at `port` whose TV shows a source: the channel is that of the source, and so is the
    /// mute if the source has the sound. Whatever channel the TV's own tuner is on, nobody sees it. What was done or said
    /// last is the newer of both.
    #[must_use]
    pub fn of_screen(
        port: &PortId,
        tv: Option<Self>,
        source: Option<&Self>,
        has_sound: bool,
    ) -> Option<Self> {
        let mut screen = match (tv, source) {
            (Some(tv), _) => tv,
            // What else is known of the box is not the TV's.
            (None, Some(source)) => {
                let known = source.clone();
                Self { port: port.clone(), power: None, muted: None, input: None, ..known }
            }
            (None, None) => return None,
        };
        screen.channel = source.and_then(|source| source.channel.clone());
        if has_sound {
            screen.muted = source.and_then(|source| source.muted);
        }
        if let Some(newer) = source.filter(|it| it.last_command_at >= screen.last_command_at) {
            screen.last_command.clone_from(&newer.last_command);
            screen.last_command_at = newer.last_command_at;
            screen.corrected_by.clone_from(&newer.corrected_by);
        }
        Some(screen)
    }

    fn unknown(port: &PortId, at: Timestamp) -> Self {
        Self {
            port: port.clone(),
            channel: None,
            power: None,
            muted: None,
            input: None,
            last_command: String::new(),
            last_command_at: at,
            corrected_by: None,
        }
    }

    fn apply(&mut self, change: &AssumedStateChange) {
        let AssumedStateChange { power, muted, input, channel } = change;
        if let Some(power) = power {
            self.power = *power;
        }
        if let Some(muted) = muted {
            self.muted = *muted;
        }
        if let Some(input) = input {
            self.input.clone_from(input);
        }
        if let Some(channel) = channel {
            self.channel.clone_from(channel);
        }
    }
}

/// What a status names as its last command where a person corrected it.
pub const CORRECTION: &str = "correction";

/// How the assumed state of a port changes: `None` leaves it, `Some(None)` makes it unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssumedStateChange {
    /// Whether the appliance is on.
    pub power: Option<Option<bool>>,
    /// Whether it is muted.
    pub muted: Option<Option<bool>>,
    /// Which input it shows.
    pub input: Option<Option<InputName>>,
    /// Which channel it shows.
    pub channel: Option<Option<ChannelNumber>>,
}

impl AssumedStateChange {
    /// What a delivered `action` changes, whatever was known before: behind a toggle nothing is.
    #[must_use]
    pub fn by(action: &Action) -> Self {
        let mut change = Self::default();
        match action {
            Action::PowerOn => change.power = Some(Some(true)),
            Action::PowerOff => change.power = Some(Some(false)),
            // What it is now depends on what it was.
            Action::Power => change.power = Some(None),
            Action::MuteOn => change.muted = Some(Some(true)),
            Action::MuteOff => change.muted = Some(Some(false)),
            Action::Mute => change.muted = Some(None),
            Action::Input(input) => change.input = Some(Some(input.clone())),
            Action::Channel(channel) => change.channel = Some(Some(channel.clone())),
            Action::DefaultChannel
            | Action::NamedChannel(_)
            | Action::ChannelUp
            | Action::ChannelDown
            | Action::Steps(Step::ChannelUp | Step::ChannelDown, _)
            | Action::Number(_) => change.channel = Some(None),
            // What it sets is known to whoever brought it, not here.
            Action::Custom(own) => change = Self::unsure_of(own.effect_group()),
            Action::VolumeUp
            | Action::VolumeDown
            | Action::Steps(Step::VolumeUp | Step::VolumeDown, _)
            | Action::Navigate(_)
            | Action::DiagnosticSignal(_)
            | Action::Ping
            | Action::Health
            | Action::Status
            | Action::Capabilities
            | Action::RefreshCapabilities
            | Action::HealthCheck
            | Action::FirmwareCheck
            | Action::CollectLogs
            | Action::Statistics => {}
        }
        change
    }
}

impl AssumedStateChange {
    /// The same, where a toggle was pressed on an appliance of this status: the opposite of what was known
    /// (docs/semantics.md, rule 7.35).
    fn toggling(mut self, action: &Action, before: &PortStatus) -> Self {
        let flipped = |known: Option<bool>| known.map(|known| !known);
        if *action == Action::Power {
            self.power = Some(flipped(before.power));
        }
        if *action == Action::Mute {
            self.muted = Some(flipped(before.muted));
        }
        self
    }

    /// What is not known any more when something of `group` may have been carried out.
    #[must_use]
    pub fn unsure_of(group: EffectGroup) -> Self {
        let mut change = Self::default();
        match group {
            EffectGroup::Power => change.power = Some(None),
            EffectGroup::Input => change.input = Some(None),
            EffectGroup::Channel => change.channel = Some(None),
            EffectGroup::Mute => change.muted = Some(None),
            EffectGroup::Volume | EffectGroup::Navigation | EffectGroup::Other => {}
        }
        change
    }

    /// What is not known any more after `action` that may have been carried out.
    #[must_use]
    pub fn unsure(action: &Action) -> Self {
        let Self { power, muted, input, channel } = Self::by(action);
        Self {
            power: power.map(|_| None),
            muted: muted.map(|_| None),
            input: input.map(|_| None),
            channel: channel.map(|_| None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Parameters;

    fn action(name: &str) -> Action {
        let parameters = Parameters {
            channel: (name == "channel").then(|| "060".to_owned()),
            digit: (name == "number").then_some(5),
            ..Parameters::default()
        };
        Action::parse(name, &parameters).unwrap()
    }

    /// The status after `names` were delivered one by one.
    fn after(names: &[&str]) -> PortStatus {
        let port: PortId = "ir-1/2".parse().unwrap();
        let mut status = None;
        for (at, name) in (0..).zip(names) {
            let at = Timestamp::from_unix_ms(at);
            status = PortStatus::after(status, &port, &action(name), at);
        }
        status.unwrap()
    }

    #[test]
    fn a_channel_is_known_until_a_step_or_a_digit_makes_it_unknown() {
        assert_eq!(after(&["channel"]).channel.unwrap().as_str(), "060");
        for name in ["channel_up", "channel_down", "number"] {
            let status = after(&["channel", name]);
            assert_eq!((status.channel, status.last_command.as_str()), (None, name));
        }
        assert!(after(&["channel", "volume_up"]).channel.is_some());
    }

    #[test]
    fn a_delivered_toggle_leads_from_a_known_state_to_its_opposite_and_from_no_other() {
        assert_eq!(after(&["power_on"]).power, Some(true));
        assert_eq!(after(&["power_on", "power"]).power, Some(false));
        assert_eq!(after(&["power_on", "power", "power"]).power, Some(true));
        assert_eq!(after(&["power_on", "power", "power_off"]).power, Some(false));
        assert_eq!(after(&["mute_on", "power_on", "mute"]).muted, Some(false));
        assert_eq!(after(&["power"]).power, None);
        assert_eq!(after(&["channel", "mute", "mute"]).muted, None);
    }

    #[test]
    fn a_toggle_that_is_recorded_again_is_no_second_press_and_one_without_evidence_no_press() {
        let at = Timestamp::from_unix_ms;
        let known = after(&["mute_on", "power_on"]);
        let port = known.port.clone();
        let off = PortStatus::after(Some(known.clone()), &port, &action("power"), at(9)).unwrap();
        let again = PortStatus::after(Some(off.clone()), &port, &action("power"), at(9));
        assert_eq!((off.power, again.as_ref()), (Some(false), Some(&off)));
        let unsure = PortStatus::unsure_after(Some(off), &action("power"), at(20)).unwrap();
        let next = PortStatus::after(Some(unsure), &port, &action("power"), at(30)).unwrap();
        assert_eq!((next.power, next.muted), (None, Some(true)));
    }

    #[test]
    fn a_toggle_that_is_recorded_late_leaves_nothing_known_but_what_was_said_behind_it() {
        let at = Timestamp::from_unix_ms;
        let late = |names: &[&str]| {
            let known = PortStatus { last_command_at: at(900), ..after(names) };
            PortStatus::after(Some(known.clone()), &known.port.clone(), &action("power"), at(500))
        };
        let status = late(&["power_on", "mute_on"]).unwrap();
        assert_eq!((status.power, status.muted), (None, Some(true)));
        assert_eq!((&*status.last_command, status.last_command_at), ("mute_on", at(900)));
        assert_eq!(late(&["power_on"]), None, "that is from behind it");
        assert_eq!(late(&["mute_on"]), None, "nothing was known");
    }

    #[test]
    fn a_screen_shows_the_channel_of_its_source_and_has_the_rest_of_its_tv() {
        let port: PortId = "ir-9/1".parse().unwrap();
        let (tv, source) = (after(&["channel", "power_on"]), after(&["mute_on", "channel"]));
        let other = PortStatus { channel: Some("7".parse().unwrap()), ..source.clone() };
        let screen = |tv: Option<&PortStatus>, source: Option<&PortStatus>, has_sound| {
            PortStatus::of_screen(&port, tv.cloned(), source, has_sound)
        };
        let shown = screen(Some(&tv), Some(&other), false).unwrap();
        assert_eq!((shown.power, shown.muted), (Some(true), None));
        assert_eq!(shown.channel.unwrap().as_str(), "7", "not the 060 of the TV's tuner");
        assert_eq!(screen(Some(&tv), Some(&other), true).unwrap().muted, Some(true));
        assert_eq!(screen(Some(&tv), None, false).unwrap().channel, None);
        let only_source = screen(None, Some(&source), false).unwrap();
        assert_eq!((only_source.port, only_source.muted), (port.clone(), None));
        assert_eq!(screen(None, None, true), None);
    }

    #[test]
    fn what_was_said_of_a_screen_last_is_the_newer_of_its_tv_and_its_source() {
        let (port, box_port): (PortId, PortId) =
            ("ir-1/1".parse().unwrap(), "ir-2/1".parse().unwrap());
        let at = Timestamp::from_unix_ms;
        let said = |port: &PortId, ms, by: &str| {
            let change = AssumedStateChange { power: Some(Some(true)), ..Default::default() };
            PortStatus::corrected(None, port, &change, Some(by.to_owned()), at(ms))
        };
        let by = |tv, source| {
            let (tv, source) = (said(&port, tv, "ann"), said(&box_port, source, "ben"));
            let screen = PortStatus::of_screen(&port, Some(tv), Some(&source), false).unwrap();
            (screen.corrected_by.unwrap(), screen.last_command_at.unix_ms())
        };
        assert_eq!(by(10, 20), ("ben".to_owned(), 20));
        assert_eq!(by(20, 10), ("ann".to_owned(), 20));
    }

    #[test]
    fn the_board_has_no_status_and_an_older_delivery_changes_nothing() {
        let board: PortId = "ir-1/0".parse().unwrap();
        let at = Timestamp::from_unix_ms;
        assert_eq!(PortStatus::after(None, &board, &action("diagnostic_signal"), at(1)), None);
        let known = PortStatus { last_command_at: at(9), ..after(&["channel"]) };
        let port = known.port.clone();
        assert_eq!(PortStatus::after(Some(known), &port, &action("power_on"), at(8)), None);
    }

    #[test]
    fn whoever_stands_before_the_tv_knows_better_until_the_next_delivery() {
        let at = Timestamp::from_unix_ms;
        let known = after(&["channel", "power_on"]);
        let port = known.port.clone();
        let off = AssumedStateChange { power: Some(Some(false)), ..AssumedStateChange::default() };
        let corrected = PortStatus::corrected(Some(known), &port, &off, Some("ann".into()), at(50));
        assert_eq!(corrected.corrected_by.as_deref(), Some("ann"));
        assert_eq!((corrected.power, corrected.last_command.as_str()), (Some(false), CORRECTION));
        assert_eq!(corrected.channel.as_ref().unwrap().as_str(), "060", "what was not said stays");
        let late = PortStatus::after(Some(corrected.clone()), &port, &action("power_on"), at(49));
        assert_eq!(late, None, "an older delivery changes nothing");
        let next = PortStatus::after(Some(corrected), &port, &action("power_on"), at(51));
        let next = next.unwrap();
        assert_eq!((next.power, next.corrected_by), (Some(true), None));
        let unknown = AssumedStateChange { power: Some(None), ..AssumedStateChange::default() };
        assert_eq!(PortStatus::corrected(None, &port, &unknown, None, at(1)).power, None);
    }

    #[test]
    fn what_may_have_been_carried_out_leaves_its_slot_unknown_and_the_rest_as_it_was() {
        let at = Timestamp::from_unix_ms;
        let known = after(&["channel", "power_on", "mute_on"]);
        let unsure = |name| PortStatus::unsure_after(Some(known.clone()), &action(name), at(900));
        let off = unsure("power_off").unwrap();
        assert_eq!((off.power, off.muted, off.channel.is_some()), (None, Some(true), true));
        assert_eq!(off.last_command, "mute_on", "nothing else was delivered");
        assert_eq!(unsure("number").unwrap().channel, None);
        assert_eq!(unsure("volume_up"), None);
        let newer = PortStatus { last_command_at: at(901), ..known.clone() };
        assert_eq!(PortStatus::unsure_after(Some(newer), &action("power_off"), at(900)), None);
    }
}
