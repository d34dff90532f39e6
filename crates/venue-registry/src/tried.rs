//! The action that a code is which a person tries on an appliance.

use venue_domain::{Action, CustomAction, CustomActionError, EffectGroup, Parameters, TriedCode};
use venue_infrared::KeyNature;

use crate::driving;

/// Its name where no key is known, or where a file calls the key something that is no name of an action.
const NO_KEY: &str = "try_code";

/// The action that sends `code` once. It is called `try_` and the key, and competes with what changes the same
/// on the appliance; of a code without a key nothing is known.
///
/// # Errors
/// None that is known: every nature of a key has its place in every group.
pub fn tried_action(
    key: Option<&str>,
    nature: KeyNature,
    code: TriedCode,
) -> Result<Action, CustomActionError> {
    let group = key.map_or(EffectGroup::Other, group_of);
    let (nature, group) = driving::placed(nature, group);
    let named = key.map(|key| format!("try_{key}"));
    let named =
        named.and_then(|name| CustomAction::trying(&name, code.clone(), nature, group).ok());
    let tried = named.map_or_else(|| CustomAction::trying(NO_KEY, code, nature, group), Ok);
    tried.map(Action::Custom)
}

fn group_of(key: &str) -> EffectGroup {
    if key.starts_with("digit_") {
        return EffectGroup::Channel;
    }
    let known = Action::parse(key, &Parameters::default()).ok();
    known.and_then(|action| action.effect_group()).unwrap_or_else(|| driving::group_of(key))
}

#[cfg(test)]
mod tests {
    use venue_domain::Nature;

    use super::*;

    #[test]
    fn a_tried_key_competes_with_what_changes_the_same_and_is_never_repeated() {
        let code = TriedCode { code: "nec1:4,2".to_owned(), sends: None, emitter: None };
        for (key, name, nature, group) in [
            (Some("volume_up"), "try_volume_up", Nature::Relative, EffectGroup::Volume),
            (Some("power_on"), "try_power_on", Nature::Toggle, EffectGroup::Power),
            (Some("digit_5"), "try_digit_5", Nature::Sequence, EffectGroup::Channel),
            (Some("input_hdmi1"), "try_input_hdmi1", Nature::Toggle, EffectGroup::Input),
            (Some("menu"), "try_menu", Nature::Sequence, EffectGroup::Navigation),
            (Some("netflix"), "try_netflix", Nature::Sequence, EffectGroup::Other),
            (Some("other:TV/Video"), "try_code", Nature::Sequence, EffectGroup::Other),
            (None, "try_code", Nature::Sequence, EffectGroup::Other),
        ] {
            let of_key = key.map_or(KeyNature::Sequence, KeyNature::of_name);
            let action = tried_action(key, of_key, code.clone()).unwrap();
            let own = (action.name(), action.nature(), action.effect_group());
            assert_eq!(own, (name, nature, Some(group)), "{key:?}");
            assert_eq!(action.tried(), Some(&code));
        }
    }
}
