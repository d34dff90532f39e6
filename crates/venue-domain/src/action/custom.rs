//! Actions that a program brings of its own, beside those of the table.

use std::{fmt, sync::Arc};

use snafu::{Snafu, ensure};

use super::{Action, ActionSpec};
use crate::{
    effect::{EffectGroup, Nature},
    tried::TriedCode,
};

/// An action of a program's own, such as `picture_mode` or `app_news`.
///
/// Everything that is decided of a command follows from its nature and its effect group: whether it is
/// retried, what it supersedes, how long it lives, which classes it may have. So one of a program's own is
/// validated, ordered, queued, stored and shown like those of the table. What it carries is in its name: it has
/// no parameter. A lane with ESPHome sends it where the board advertises `tv_` and the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomAction {
    name: Arc<str>,
    nature: Nature,
    effect_group: EffectGroup,
    tried: Option<Arc<TriedCode>>,
}

/// Why there can be no such action.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum CustomActionError {
    /// Not 1 to 32 characters of a-z, 0-9 and `_`.
    #[snafu(display(
        "an action has a name of 1 to 32 characters of a-z, 0-9 and '_', not {name:?}"
    ))]
    Name {
        /// The name that was given.
        name: String,
    },
    /// The name is one of the table.
    #[snafu(display("{name} is an action already, with a nature and an effect group of its own"))]
    Known {
        /// The name that was given.
        name: String,
    },
    /// Immediate actions and reads concern the device itself, and what they do is known to the router.
    #[snafu(display("an action of one's own goes out through a port: it is not {}", nature.name()))]
    Nature {
        /// The nature that was given.
        nature: Nature,
    },
    /// Keys of a sequence keep their order with the other keys of their port, which are in these groups.
    #[snafu(display("keys of a sequence are in channel, navigation or other, not in {}", group.name()))]
    Keys {
        /// The group that was given.
        group: EffectGroup,
    },
}

impl CustomAction {
    /// An action that is called so, with what repeating it does and what it changes on an appliance.
    ///
    /// # Errors
    /// [`CustomActionError`] says what is wrong and what would be right.
    pub fn new(
        name: &str,
        nature: Nature,
        effect_group: EffectGroup,
    ) -> Result<Self, CustomActionError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let fits = (1..=32).contains(&name.len()) && name.bytes().all(allowed);
        ensure!(fits, NameSnafu { name });
        ensure!(!Action::NAMES.contains(&name), KnownSnafu { name });
        ensure!(nature.classes().own().is_none(), NatureSnafu { nature });
        let keeps_order = nature != Nature::Sequence || effect_group.may_have_keys();
        ensure!(keeps_order, KeysSnafu { group: effect_group });
        Ok(Self { name: name.into(), nature, effect_group, tried: None })
    }

    /// An action that sends `code` once. Whatever the code does, it is not repeated: what would be absolute
    /// counts as a toggle.
    ///
    /// # Errors
    /// As [`CustomAction::new`].
    pub fn trying(
        name: &str,
        code: TriedCode,
        nature: Nature,
        effect_group: EffectGroup,
    ) -> Result<Self, CustomActionError> {
        let nature = if nature.is_repeatable() { Nature::Toggle } else { nature };
        Ok(Self { tried: Some(Arc::new(code)), ..Self::new(name, nature, effect_group)? })
    }

    /// The name in rows and logs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What repeating it would do.
    #[must_use]
    pub const fn nature(&self) -> Nature {
        self.nature
    }

    /// What it changes on an appliance.
    #[must_use]
    pub const fn effect_group(&self) -> EffectGroup {
        self.effect_group
    }

    /// The code that it sends, if a person tries one.
    #[must_use]
    pub fn tried(&self) -> Option<&TriedCode> {
        self.tried.as_deref()
    }

    pub(super) fn spec(&self) -> ActionSpec<'_> {
        ActionSpec {
            name: &self.name,
            parameter: None,
            nature: self.nature,
            group: Some(self.effect_group),
            classes: self.nature.classes(),
        }
    }
}

impl fmt::Display for CustomAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action::Parameters, class::Class};

    #[test]
    fn an_action_of_ones_own_has_what_follows_from_nature_and_group() {
        let action: Action =
            CustomAction::new("picture_mode", Nature::Toggle, EffectGroup::Other).unwrap().into();
        assert_eq!((action.name(), action.to_string().as_str()), ("picture_mode", "picture_mode"));
        assert_eq!(action.nature(), Nature::Toggle);
        assert_eq!(action.effect_group(), Some(EffectGroup::Other));
        assert!(action.is_infrared() && action.own_class().is_none());
        assert_eq!(action.in_class(Class::Bulk), Action::Power.in_class(Class::Bulk));
        assert_eq!(action.parameters(), Parameters::default());
        let own = Some((Nature::Toggle, EffectGroup::Other));
        assert_eq!(Action::read_back("picture_mode", &Parameters::default(), own), Ok(action));
    }

    #[test]
    fn a_code_that_is_tried_is_never_repeated_whatever_it_does() {
        let code =
            TriedCode { code: "nec1:4,8".to_owned(), sends: None, emitter: Some("TV".to_owned()) };
        for (nature, becomes) in [
            (Nature::Absolute, Nature::Toggle),
            (Nature::AbsoluteFrames, Nature::Toggle),
            (Nature::Relative, Nature::Relative),
        ] {
            let group = EffectGroup::Input;
            let tried = CustomAction::trying("try_input_tv", code.clone(), nature, group).unwrap();
            assert_eq!((tried.nature(), tried.tried()), (becomes, Some(&code)), "{nature:?}");
            assert!(!tried.nature().is_repeatable());
        }
        let read = CustomAction::trying("try_power", code, Nature::Read, EffectGroup::Power);
        assert_eq!(read.unwrap().nature(), Nature::Toggle);
    }

    #[test]
    fn what_would_break_a_rule_is_no_action() {
        use CustomActionError as Error;
        let made = |name: &str, nature, group| CustomAction::new(name, nature, group).map(drop);
        let other = EffectGroup::Other;
        for name in ["", "Picture", "picture mode", &"a".repeat(33)] {
            let error = Error::Name { name: name.to_owned() };
            assert_eq!(made(name, Nature::Absolute, other), Err(error));
        }
        let known = Error::Known { name: "power".to_owned() };
        assert_eq!(made("power", Nature::Absolute, other), Err(known));
        for nature in [Nature::Immediate, Nature::Read] {
            assert_eq!(made("look", nature, other), Err(Error::Nature { nature }));
        }
        for group in EffectGroup::ALL {
            let key = made("red", Nature::Sequence, group);
            let has_keys = matches!(
                group,
                EffectGroup::Channel | EffectGroup::Navigation | EffectGroup::Other
            );
            assert_eq!(key.is_ok(), has_keys, "{group:?}");
            assert_eq!(made("red", Nature::Absolute, group), Ok(()));
        }
    }
}
