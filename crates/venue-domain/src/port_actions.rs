//! What the actions are on one port, where that is not what their names say.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use snafu::{Snafu, ensure};

use crate::{action::Action, effect::Nature};

/// What the actions are on one port.
///
/// "Discrete" is a claim: many appliances and boards have one code for on and off. Where that is known of a
/// port, `power_on` *is* the power toggle there, so a command for it becomes [`Action::Power`] when it is
/// accepted, and is routed, retried, ordered and shown as one (docs/semantics.md, rule 1.16). Likewise an input
/// that is only reached by going through all of them, and a program's own action, which is what the port says.
///
/// By default an action is what its name says, and any of a program's own is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortActions {
    /// By the name of the action; of an input by `input_` and its name.
    meant: Arc<BTreeMap<String, Action>>,
    is_closed: bool,
    lacking: Arc<BTreeSet<String>>,
}

/// The port has no such action.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("the port has no action {action}"))]
pub struct NoSuchAction {
    /// Its name.
    pub action: String,
}

impl PortActions {
    /// Says what the action of this name is here; an input is called `input_` and its name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, action: Action) -> Self {
        Arc::make_mut(&mut self.meant).insert(name.into(), action);
        self
    }

    /// Says that there are no other actions of a program's own than those that were said.
    #[must_use]
    pub fn closed(self) -> Self {
        Self { is_closed: true, ..self }
    }

    /// Says that the port has no action of this name: nothing is sent for it.
    #[must_use]
    pub fn without(mut self, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.lacking).insert(name.into());
        self
    }

    /// Whether it is known that the port has no such action.
    #[must_use]
    pub fn lacks(&self, action: &Action) -> bool {
        self.lacking.contains(action.name())
    }

    /// The names beside those of the table that the port understands.
    pub fn own_names(&self) -> impl Iterator<Item = &str> {
        let names = self.meant.keys().map(String::as_str);
        names.filter(|name| !Action::NAMES.contains(name))
    }

    /// What the port says that the action of this name is; `None` where it says nothing of it.
    #[must_use]
    pub fn meaning(&self, name: &str) -> Option<&Action> {
        self.meant.get(name)
    }

    /// What `action` is on this port.
    ///
    /// # Errors
    /// [`NoSuchAction`] if it is one of a program's own that the port does not have.
    pub fn resolve(&self, action: Action) -> Result<Action, NoSuchAction> {
        // What is tried is the code that it carries, whatever the port has under the name.
        if action.tried().is_some() {
            return Ok(action);
        }
        let found = if let Action::Input(input) = &action {
            self.meant.get(&format!("input_{}", input.as_str()))
        } else {
            self.meant.get(action.name())
        };
        if let Some(meant) = found {
            // Several presses of what is something else there, nobody has thought of.
            let is_several = matches!(action, Action::Steps(..));
            ensure!(!is_several, NoSuchActionSnafu { action: action.to_string() });
            return Ok(meant.clone());
        }
        let is_own = action.own().is_some();
        ensure!(!(is_own && self.is_closed), NoSuchActionSnafu { action: action.name() });
        Ok(action)
    }

    /// What repeating `action` would do on this port.
    #[must_use]
    pub fn nature(&self, action: &Action) -> Nature {
        let resolved = self.resolve(action.clone());
        resolved.map_or_else(|_| action.nature(), |resolved| resolved.nature())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action::CustomAction, effect::EffectGroup, tried::TriedCode};

    fn own(name: &str, nature: Nature, group: EffectGroup) -> Action {
        CustomAction::new(name, nature, group).unwrap().into()
    }

    #[test]
    fn an_action_is_what_its_name_says_unless_the_port_says_otherwise() {
        let port = PortActions::default();
        let own = own("netflix", Nature::Sequence, EffectGroup::Other);
        for action in [Action::PowerOn, Action::Power, own] {
            assert_eq!(port.resolve(action.clone()), Ok(action));
        }
        assert_eq!(port.own_names().count(), 0);
    }

    #[test]
    fn what_a_port_is_known_to_lack_is_told_and_nothing_else() {
        let port = PortActions::default().without("mute_off");
        assert!(port.lacks(&Action::MuteOff) && !port.lacks(&Action::Mute));
        assert!(!PortActions::default().lacks(&Action::MuteOff), "nothing is known of it");
    }

    #[test]
    fn power_on_of_a_port_without_discrete_power_is_the_toggle() {
        let port = PortActions::default().with("power_on", Action::Power);
        assert_eq!(port.resolve(Action::PowerOn), Ok(Action::Power));
        assert_eq!(port.resolve(Action::PowerOff), Ok(Action::PowerOff));
        assert_eq!(port.nature(&Action::PowerOn), Nature::Toggle);
        assert_eq!(port.nature(&Action::PowerOff), Nature::Absolute);
    }

    #[test]
    fn an_input_that_is_gone_through_is_a_step() {
        let step = own("input_hdmi1", Nature::Relative, EffectGroup::Input);
        let port = PortActions::default().with("input_hdmi1", step.clone());
        let hdmi = |number: u8| Action::Input(format!("hdmi{number}").parse().unwrap());
        assert_eq!(port.resolve(hdmi(1)), Ok(step));
        assert_eq!(port.resolve(hdmi(2)), Ok(hdmi(2)));
    }

    #[test]
    fn several_presses_of_what_is_something_else_on_the_port_are_refused() {
        let five =
            Action::parse("volume_up", &crate::Parameters { steps: Some(5), ..Default::default() });
        let five = five.unwrap();
        assert_eq!(PortActions::default().closed().resolve(five.clone()), Ok(five.clone()));
        let louder = own("louder", Nature::Absolute, EffectGroup::Volume);
        let port = PortActions::default().with("volume_up", louder.clone());
        assert_eq!(port.resolve(Action::VolumeUp), Ok(louder));
        assert_eq!(port.resolve(five).unwrap_err().action, "volume_up 5");
    }

    #[test]
    fn a_code_that_is_tried_is_an_action_of_every_port() {
        let port = PortActions::default().with("try_mute", Action::Mute).closed();
        let code = TriedCode { code: "nec1:4,9".to_owned(), sends: None, emitter: None };
        let tried = CustomAction::trying("try_mute", code, Nature::Toggle, EffectGroup::Mute);
        let tried = Action::from(tried.unwrap());
        assert_eq!(port.resolve(tried.clone()), Ok(tried));
    }

    #[test]
    fn a_programs_own_action_is_what_the_port_says_it_is() {
        let asked = own("netflix", Nature::Sequence, EffectGroup::Other);
        let known = own("netflix", Nature::Absolute, EffectGroup::Input);
        let port = PortActions::default().with("netflix", known.clone()).closed();
        assert_eq!(port.resolve(asked), Ok(known));
        assert_eq!(port.own_names().collect::<Vec<_>>(), ["netflix"]);
        let other = own("youtube", Nature::Sequence, EffectGroup::Other);
        assert_eq!(port.resolve(other).unwrap_err().to_string(), "the port has no action youtube");
        assert_eq!(
            port.resolve(Action::VolumeUp),
            Ok(Action::VolumeUp),
            "the lane knows the board"
        );
    }
}
