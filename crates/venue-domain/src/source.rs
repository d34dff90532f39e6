//! Sources: what a screen shows where that is not the TV's own tuner, such as a set-top box that several TVs share.

use std::sync::Arc;

use crate::{action::Action, effect::EffectGroup, port::PortId};

/// A source as the router has to know it: its port, and the screens that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceEntry {
    /// Its id.
    pub id: Arc<str>,
    /// What people call it.
    pub name: Option<String>,
    /// The port to which it listens.
    pub port: PortId,
    /// The screens that show it, ordered by port.
    pub screens: Vec<Screen>,
}

/// One screen that shows a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Screen {
    /// The port of its TV.
    pub port: PortId,
    /// What people call the TV.
    pub name: Option<String>,
}

/// The source of a screen, and which of the two has the sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenSource {
    /// The source.
    pub source: Arc<SourceEntry>,
    /// Whether volume and mute go to the source; otherwise they go to the TV.
    pub has_sound: bool,
}

impl ScreenSource {
    /// Whether a command of `group` for the screen goes to its source (docs/semantics.md, rule 7.23): channels and
    /// the keys of the remote control do, power and input go to the TV.
    #[must_use]
    pub const fn takes(&self, group: EffectGroup) -> bool {
        takes(group, self.has_sound)
    }

    /// Whether `action` for the screen goes to its source. `at_source` says what an action of a port's own means
    /// there, if the source has it: one that it does not have is the TV's.
    #[must_use]
    pub fn receives<'a>(
        &self,
        action: &'a Action,
        at_source: impl FnOnce(&str) -> Option<&'a Action>,
    ) -> bool {
        // What is tried is a code for the port that was named.
        if action.tried().is_some() {
            return false;
        }
        let meant = if action.own().is_some() { at_source(action.name()) } else { Some(action) };
        meant.and_then(Action::effect_group).is_some_and(|group| self.takes(group))
    }
}

/// A source that a screen names and that is not registered: nobody knows where its box listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSource {
    /// Its id.
    pub id: Arc<str>,
    /// Whether volume and mute would go to it.
    pub has_sound: bool,
}

impl UnknownSource {
    /// Whether `action` for the screen would go to the source. An action of a port's own would if the source had it,
    /// and nobody knows whether it does.
    #[must_use]
    pub fn receives(&self, action: &Action) -> bool {
        let group = action.effect_group().filter(|_| action.tried().is_none());
        group.is_some_and(|group| takes(group, self.has_sound))
    }
}

/// Whether a command of `group` for a screen goes to its source, where that has the sound or not.
const fn takes(group: EffectGroup, has_sound: bool) -> bool {
    match group {
        EffectGroup::Power | EffectGroup::Input => false,
        EffectGroup::Channel | EffectGroup::Navigation | EffectGroup::Other => true,
        EffectGroup::Volume | EffectGroup::Mute => has_sound,
    }
}

impl SourceEntry {
    /// The screens that show it, without the one at `asked`: what a command for that one changes beside it.
    pub fn other_screens<'s>(&'s self, asked: &'s PortId) -> impl Iterator<Item = &'s Screen> {
        self.screens.iter().filter(move |screen| screen.port != *asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Nature, Parameters, action::CustomAction};

    fn source(has_sound: bool) -> ScreenSource {
        let screen = |port: &str| Screen { port: port.parse().unwrap(), name: None };
        let source = SourceEntry {
            id: "dtv-1".into(),
            name: None,
            port: "ir-rack/1".parse().unwrap(),
            screens: vec![screen("ir-1/1"), screen("ir-1/2")],
        };
        ScreenSource { source: Arc::new(source), has_sound }
    }

    fn goes_to_source(action: &str, has_sound: bool) -> bool {
        let parameters = Parameters {
            channel: (action == "channel").then(|| "501".to_owned()),
            digit: (action == "number").then_some(5),
            input: (action == "input").then(|| "hdmi1".to_owned()),
            steps: None,
        };
        let action = Action::parse(action, &parameters).unwrap();
        source(has_sound).receives(&action, |_| None)
    }

    #[test]
    fn power_and_input_are_the_tvs_channels_and_keys_the_sources_and_sound_is_a_choice() {
        for action in ["power", "power_on", "power_off", "input", "diagnostic_signal"] {
            assert!(!goes_to_source(action, true), "{action}");
        }
        let keys = ["up", "down", "left", "right", "ok", "back", "home", "menu", "guide", "info"];
        let channels = ["channel", "default_channel", "channel_up", "channel_down", "number"];
        for action in keys.into_iter().chain(channels).chain(["exit"]) {
            assert!(goes_to_source(action, false), "{action}");
        }
        for action in ["volume_up", "volume_down", "mute", "mute_on", "mute_off"] {
            assert!(!goes_to_source(action, false) && goes_to_source(action, true), "{action}");
        }
    }

    #[test]
    fn an_action_of_a_ports_own_goes_to_the_source_if_the_source_has_it() {
        let own =
            |name, nature, group| Action::from(CustomAction::new(name, nature, group).unwrap());
        let red = own("red", Nature::Sequence, EffectGroup::Navigation);
        let asked = own("red", Nature::Sequence, EffectGroup::Other);
        assert!(source(false).receives(&asked, |name| (name == "red").then_some(&red)));
        assert!(!source(false).receives(&asked, |_| None), "then it is one of the TV");
        let sleep = own("sleep", Nature::Sequence, EffectGroup::Other);
        let switch_off = own("sleep", Nature::Absolute, EffectGroup::Power);
        assert!(!source(false).receives(&sleep, |_| Some(&switch_off)), "power is the TV's");
    }

    #[test]
    fn the_other_screens_of_a_source_are_those_that_were_not_asked() {
        let source = source(false).source;
        let asked = "ir-1/1".parse().unwrap();
        let others: Vec<String> =
            source.other_screens(&asked).map(|screen| screen.port.to_string()).collect();
        assert_eq!(others, ["ir-1/2"]);
        assert_eq!(source.other_screens(&source.port).count(), 2, "the box itself was asked");
    }
}
