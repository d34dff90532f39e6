//! What a preset means for the venue as it is, and what a preset of the venue as it is would be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use venue_domain::{
    Action, ChannelNumber, CommandRecord, EffectGroup, InputName, Nature, PortActions, PortId,
    PortStatus, Slot, Step, StepCount, Timestamp,
};

use crate::{
    Channel, Driven, Expansion, Label, OnOff, Preset, PresetEntry, Registry, Selector, Unmatched,
};

/// What a preset means, for the venue as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresetPlan {
    /// The ports, ordered, with what is to be sent to each, in its order.
    pub targets: Vec<(PortId, Vec<Action>)>,
    /// The ports to which nothing is sent, with the field of the preset: `power` or `mute`, which they can only
    /// toggle and of which it is not known how it is; `channel`, which they do not receive; or [`DISABLED_CHANNEL`].
    pub undecided: Vec<(PortId, &'static str)>,
    /// The ports to which nothing has to be sent: they can only toggle, and are assumed to be as the preset says.
    pub unchanged: Vec<PortId>,
    /// The selectors that match nothing.
    pub unmatched: Vec<Unmatched>,
}

/// Stands for the field of a preset where its channel is one of the line-up that is switched off.
pub const DISABLED_CHANNEL: &str = "disabled channel";

/// What was found when a preset was captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The entries: ports of one state together.
    pub entries: Vec<PresetEntry>,
    /// The ports of which something is not known, with what that is; it is left out of the entries.
    pub unknown: Vec<(PortId, Vec<&'static str>)>,
}

/// What entries say of one port.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    power: Option<bool>,
    input: Option<InputName>,
    channel: Option<String>,
    mute: Option<bool>,
    volume: Option<i64>,
}

impl Preset {
    /// What it means for the venue as `registry` knows it: for all of its ports, or for those of `only`.
    ///
    /// What is sent is in the order power, input, channel, mute, volume: an input is chosen on a TV that is on, and a
    /// channel on the input that shows it. Where a port can only toggle (rule 1.16), nothing is sent if it is
    /// `assumed` to be as it should, and nothing to the whole port if that is not known.
    #[must_use]
    pub fn plan(
        &self,
        registry: &Registry,
        only: Option<&BTreeSet<PortId>>,
        assumed: impl Fn(&PortId) -> Option<PortStatus>,
    ) -> PresetPlan {
        let (mut states, mut unmatched) = (BTreeMap::<PortId, State>::new(), Vec::new());
        for entry in &self.entries {
            let Expansion { ports, unmatched: none, .. } =
                Selector::expand(&entry.targets, registry);
            unmatched.extend(none);
            let meant =
                ports.into_iter().filter(|port| only.is_none_or(|only| only.contains(port)));
            for port in meant {
                states.entry(port).or_default().take(entry);
            }
        }
        let mut plan = PresetPlan { unmatched, ..PresetPlan::default() };
        for (port, state) in states {
            let remote = Remote::of(&port, registry);
            let state = state.without_toggles(&remote, &assumed);
            match state.and_then(|state| state.actions(&remote, registry)) {
                Ok(actions) if actions.is_empty() => plan.unchanged.push(port),
                Ok(actions) => plan.targets.push((port, actions)),
                Err(field) => plan.undecided.push((port, field)),
            }
        }
        plan
    }
}

/// Forgets of the `assumed` state what an open command is about to change: nobody knows how a TV is that is being
/// switched, and a toggle must not be pressed on a guess.
pub fn forget_open(assumed: &mut [PortStatus], open: &[CommandRecord]) {
    let mut assumed = by_port(assumed);
    for record in open {
        let Some(group) = record.action.effect_group() else { continue };
        if let Some(status) = assumed.get_mut(&record.target) {
            forget(status, group);
        }
    }
}

/// Forgets of the `assumed` state what a command may have changed that was accepted lately, after what the state
/// knows: it is in flight, or what became of it is not stored yet.
pub fn forget_accepted(assumed: &mut [PortStatus], lately: &[(Slot, Timestamp)]) {
    let mut assumed = by_port(assumed);
    for (slot, at) in lately {
        let of_port = assumed.get_mut(&slot.port);
        if let Some(status) = of_port.filter(|status| status.last_command_at <= *at) {
            forget(status, slot.group);
        }
    }
}

/// A whole venue may be switched at once: each port is looked up, not searched for.
fn by_port(assumed: &mut [PortStatus]) -> HashMap<PortId, &mut PortStatus> {
    assumed.iter_mut().map(|status| (status.port.clone(), status)).collect()
}

/// Forgets of a port what can only be toggled and is being changed.
fn forget(status: &mut PortStatus, group: EffectGroup) {
    match group {
        EffectGroup::Power => status.power = None,
        EffectGroup::Mute => status.muted = None,
        EffectGroup::Input
        | EffectGroup::Channel
        | EffectGroup::Volume
        | EffectGroup::Navigation
        | EffectGroup::Other => {}
    }
}

impl Captured {
    /// The assumed state of `ports`, as entries of a preset: what is not known is left out, and told.
    #[must_use]
    pub fn of(
        ports: &[PortId],
        assumed: impl Fn(&PortId) -> Option<PortStatus>,
        registry: &Registry,
    ) -> Self {
        let mut groups: BTreeMap<State, Vec<Selector>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for port in ports {
            let platform = platform_of(&registry.receiver(port, EffectGroup::Channel), registry);
            let shown = registry.screen_status(port, &assumed);
            let state = State::assumed(shown, platform, registry);
            let missing = state.missing();
            if !missing.is_empty() {
                unknown.push((port.clone(), missing));
            }
            if state != State::default() {
                groups.entry(state).or_default().push(Selector::port(port.clone()));
            }
        }
        let entries = groups.into_iter().map(|(state, targets)| state.entry(targets)).collect();
        Self { entries, unknown }
    }
}

impl State {
    fn take(&mut self, entry: &PresetEntry) {
        let PresetEntry { targets: _, power, input, channel, mute, volume } = entry;
        // A TV that is off shows nothing: whichever entry comes later says which of both is meant.
        if *power == Some(OnOff::Off) || self.power == Some(false) {
            *self = Self::default();
        }
        self.power = power.map(OnOff::is_on).or(self.power);
        self.input = input.clone().or_else(|| self.input.take());
        self.channel = channel.clone().or_else(|| self.channel.take());
        self.mute = mute.map(OnOff::is_on).or(self.mute);
        self.volume = volume.or(self.volume);
    }

    /// Without what the port is already, where it can only toggle it; which field is not known, if one is not.
    fn without_toggles(
        mut self,
        remote: &Remote<'_>,
        assumed: impl Fn(&PortId) -> Option<PortStatus>,
    ) -> Result<Self, &'static str> {
        if self.power.is_some_and(|is_on| remote.tv.toggles(&remote.power(is_on))) {
            let known = assumed(&remote.tv.port).and_then(|status| status.power).ok_or("power")?;
            self.power = self.power.filter(|wanted| *wanted != known);
        }
        if self.mute.is_some_and(|is_on| remote.sound.toggles(&remote.mute(is_on))) {
            let known = assumed(&remote.sound.port).and_then(|status| status.muted);
            let known = known.ok_or("mute")?;
            self.mute = self.mute.filter(|wanted| *wanted != known);
        }
        Ok(self)
    }

    /// What is sent for it; which field a port of this platform does not have, if there is one.
    fn actions(
        self,
        remote: &Remote<'_>,
        registry: &Registry,
    ) -> Result<Vec<Action>, &'static str> {
        let Self { power, input, channel, mute, volume } = self;
        let power = power.map(|is_on| remote.power(is_on));
        let mute = mute.map(|is_on| remote.mute(is_on));
        let number = |channel: String| number(&channel, remote.platform, registry);
        let channel = channel.map(number).transpose()?.map(Action::Channel);
        let all = [power, input.map(Action::Input), channel, mute, volume.and_then(louder)];
        Ok(all.into_iter().flatten().collect())
    }

    /// What is assumed of a port. Of one that is off nothing else counts.
    fn assumed(status: Option<PortStatus>, platform: Option<&str>, registry: &Registry) -> Self {
        let Some(PortStatus { channel, power, muted, input, .. }) = status else {
            return Self::default();
        };
        if power == Some(false) {
            return Self { power, ..Self::default() };
        }
        let channel = channel.map(|number| name_of(&number, platform, registry));
        Self { power, input, channel, mute: muted, volume: None }
    }

    fn missing(&self) -> Vec<&'static str> {
        let is_off = self.power == Some(false);
        let known = [
            ("power", self.power.is_some()),
            ("input", self.input.is_some() || is_off),
            ("channel", self.channel.is_some() || is_off),
            ("mute", self.mute.is_some() || is_off),
        ];
        known.into_iter().filter(|(_, is_known)| !is_known).map(|(field, _)| field).collect()
    }

    fn entry(self, targets: Vec<Selector>) -> PresetEntry {
        let Self { power, input, channel, mute, volume } = self;
        let (power, mute) = (power.map(OnOff::of), mute.map(OnOff::of));
        PresetEntry { targets, power, input, channel, mute, volume }
    }
}

/// What there is to switch a screen with: power and input are the TV's, channel and sound may be its source's.
struct Remote<'r> {
    tv: Keys<'r>,
    sound: Keys<'r>,
    /// Of what receives the channel.
    platform: Option<&'r str>,
}

impl<'r> Remote<'r> {
    fn of(port: &PortId, registry: &'r Registry) -> Self {
        let sound = registry.receiver(port, EffectGroup::Mute);
        let platform = platform_of(&registry.receiver(port, EffectGroup::Channel), registry);
        Self { tv: Keys::of(port.clone(), registry), sound: Keys::of(sound, registry), platform }
    }

    fn power(&self, is_on: bool) -> Action {
        self.tv.or_toggle(if is_on { Action::PowerOn } else { Action::PowerOff }, Action::Power)
    }

    fn mute(&self, is_on: bool) -> Action {
        self.sound.or_toggle(if is_on { Action::MuteOn } else { Action::MuteOff }, Action::Mute)
    }
}

/// What one port can send.
struct Keys<'r> {
    port: PortId,
    actions: PortActions,
    driven: Option<Driven<'r>>,
}

impl<'r> Keys<'r> {
    fn of(port: PortId, registry: &'r Registry) -> Self {
        let known = registry.port(&port);
        let actions = known.map_or_else(PortActions::default, |port| registry.actions(port));
        let driven = known.map(|port| registry.driven(port));
        Self { port, actions, driven }
    }

    /// The action of its own, or the toggle where the port has no other.
    fn or_toggle(&self, own: Action, toggle: Action) -> Action {
        let has_toggle_only = !self.has(own.name()) && self.has(toggle.name());
        if has_toggle_only { toggle } else { own }
    }

    /// Whether it may have `key`: what a board of the family has, only its session knows.
    fn has(&self, key: &str) -> bool {
        match &self.driven {
            Some(Driven::CodeSet { set: Some(set), .. }) => set.code(key).is_some(),
            Some(Driven::Mapping { mapping }) => mapping.contains_key(key),
            Some(Driven::Actions { .. } | Driven::CodeSet { set: None, .. }) | None => true,
        }
    }

    fn toggles(&self, action: &Action) -> bool {
        self.actions.nature(action) == Nature::Toggle
    }
}

fn platform_of<'r>(port: &PortId, registry: &'r Registry) -> Option<&'r str> {
    registry.port(port)?.platform.as_deref()
}

/// The number on `platform` of a channel that is named by its id or its number; or what is wrong with it.
fn number(
    channel: &str,
    platform: Option<&str>,
    registry: &Registry,
) -> Result<ChannelNumber, &'static str> {
    // A number is a number, also where a channel has such an id: as in a command.
    if let Ok(number) = channel.parse() {
        return Ok(number);
    }
    let named = named(channel, registry).ok_or("channel")?;
    if !named.enabled {
        return Err(DISABLED_CHANNEL);
    }
    named.number_on(platform).cloned().ok_or("channel")
}

fn named<'r>(channel: &str, registry: &'r Registry) -> Option<&'r Channel> {
    let id = channel.parse::<Label>().ok()?;
    registry.channels.get(&id).map(|listed| &listed.value)
}

/// So many steps louder, or quieter where it is less than nothing.
fn louder(steps: i64) -> Option<Action> {
    let way = if steps > 0 { Step::VolumeUp } else { Step::VolumeDown };
    Some(way.times(steps.checked_abs()?.try_into().ok()?))
}

/// The id of the one channel of the line-up that has this number on `platform`, or the number.
fn name_of(number: &ChannelNumber, platform: Option<&str>, registry: &Registry) -> String {
    let channels = registry.channels().map(|listed| &listed.value).filter(|one| one.enabled);
    let is_name = |channel: &&Channel| channel.id.as_str().parse::<ChannelNumber>().is_err();
    let mut named =
        channels.filter(is_name).filter(|channel| channel.number_on(platform) == Some(number));
    match (named.next(), named.next()) {
        (Some(only), None) => only.id.to_string(),
        _ => number.to_string(),
    }
}

/// What is wrong with `entry`, by field.
pub(crate) fn problems(entry: &PresetEntry, registry: &Registry) -> Vec<(&'static str, String)> {
    let PresetEntry { targets, power, input, channel, mute, volume } = entry;
    let mut problems = Vec::new();
    if targets.is_empty() {
        problems.push(("targets", "names no TV: give selectors such as zone=bar".to_owned()));
    }
    let sets_more = input.is_some() || channel.is_some() || mute.is_some() || volume.is_some();
    if *power == Some(OnOff::Off) && sets_more {
        let detail = "off sets nothing else: leave out input, channel, mute and volume".to_owned();
        problems.push(("power", detail));
    }
    if power.is_none() && !sets_more {
        let detail = "sets nothing: give power, input, channel, mute or volume".to_owned();
        problems.push(("", detail));
    }
    if let Some(steps) = volume.filter(|steps| louder(*steps).is_none()) {
        let most = StepCount::MAX;
        let detail = format!("is 1 to {most} steps louder, or -1 to -{most} quieter, not {steps}");
        problems.push(("volume", detail));
    }
    let is_known = |channel: &str| {
        named(channel, registry).is_some() || channel.parse::<ChannelNumber>().is_ok()
    };
    let unknown = channel.as_ref().filter(|channel| !is_known(channel));
    if let Some(channel) = unknown {
        let detail = format!(
            "{channel:?} is neither the id of a channel nor a channel number such as 501 or 5.1"
        );
        problems.push(("channel", detail));
    }
    problems
}

#[cfg(test)]
mod tests;
