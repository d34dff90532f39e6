//! How a port is driven: by the actions of its board, by a code set, or by a mapping; and what follows from
//! that for the nature of its actions.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use venue_domain::{Action, CustomAction, EffectGroup, Nature, PortActions};
use venue_infrared::{CodeSet, KeyName, KeyNature};

/// Whether an appliance has codes of their own for on and off, where its board hides which codes it sends.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscretePower {
    /// It has.
    Yes,
    /// The board sends the toggle for `power_on` and `power_off`.
    No,
    /// Nobody has said: taken for what the names say, and shown as not known.
    #[default]
    Unknown,
}

/// How the digits of a channel are sent, by infrared that is encoded here.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typing {
    /// Frame by frame: for boards that time infrared by software.
    Frames,
    /// All in one message: for boards that time it by hardware.
    OneMessage,
}

/// What a board does for one action of a port: exactly one of `action`, `button` and `switch`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MappedAction {
    /// It runs the action that it advertises under this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The value of each argument of `action`. `{port}`, `{channel}`, `{digit}`, `{input}` and `{code}` stand for
    /// those of the command.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, String>,
    /// It presses the button entity of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
    /// It turns the switch entity of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub switch: Option<String>,
    /// Whether the switch is turned on or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
    /// What repeating it would do, of an action whose name does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nature: Option<KeyNature>,
}

/// The most actions of a mapping.
const MAX_MAPPED: usize = 200;

/// The longest name or argument in a mapping, in characters.
const MAX_TEXT: usize = 120;

/// What may stand in braces in an argument.
const PLACEHOLDERS: [&str; 5] = ["{port}", "{channel}", "{digit}", "{input}", "{code}"];

impl MappedAction {
    /// Whether both do the same on the board.
    fn is_same(&self, other: &Self) -> bool {
        let what = |one: &Self| {
            (
                one.action.clone(),
                one.arguments.clone(),
                one.button.clone(),
                one.switch.clone(),
                one.on,
            )
        };
        what(self) == what(other)
    }

    fn problem(&self, name: &str) -> Option<(&'static str, String)> {
        let given = [&self.action, &self.button, &self.switch];
        if given.into_iter().flatten().count() != 1 {
            return Some(("", "give exactly one of action, button and switch".to_owned()));
        }
        if self.switch.is_some() != self.on.is_some() {
            return Some(("on", "a switch, and nothing else, needs on: true or false".to_owned()));
        }
        if self.action.is_none() && !self.arguments.is_empty() {
            return Some(("arguments", "only an action has arguments".to_owned()));
        }
        let texts =
            given.into_iter().flatten().chain(self.arguments.iter().flat_map(|(k, v)| [k, v]));
        if texts.into_iter().any(|text| wrong_text(text)) {
            let detail = format!("names and arguments have 1 to {MAX_TEXT} characters in one line");
            return Some(("", detail));
        }
        if let Some(unknown) = self.arguments.values().find_map(|text| unknown_placeholder(text)) {
            let known = PLACEHOLDERS.join(", ");
            return Some(("arguments", format!("{unknown} stands for nothing: there are {known}")));
        }
        let may_say = is_own(name) && (name.starts_with("input_") || !KeyNature::is_fixed_by(name));
        if self.nature.is_some() && !may_say && discrete_of(name).is_none() {
            return Some((
                "nature",
                format!("the nature of {name} follows from its name: leave it out"),
            ));
        }
        None
    }
}

fn wrong_text(text: &str) -> bool {
    let count = text.chars().count();
    !(1..=MAX_TEXT).contains(&count) || text.chars().any(char::is_control)
}

/// A word in braces that means nothing.
fn unknown_placeholder(text: &str) -> Option<&str> {
    let mut words = text.match_indices('{').filter_map(|(at, _)| {
        let end = text.get(at..)?.find('}')?;
        text.get(at..=at + end)
    });
    words.find(|word| !PLACEHOLDERS.contains(word))
}

/// What is wrong with a mapping: the field below it, and what would be right.
pub(crate) fn mapping_problems(mapping: &BTreeMap<KeyName, MappedAction>) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    if mapping.len() > MAX_MAPPED {
        let detail = format!("{} actions are too many: at most {MAX_MAPPED}", mapping.len());
        problems.push((String::new(), detail));
    }
    for (name, mapped) in mapping {
        if name.is_other() {
            problems.push((format!(".{name}"), "call it as the action that it does".to_owned()));
        } else if let Some((field, detail)) = mapped.problem(name.as_str()) {
            let dot = if field.is_empty() { "" } else { "." };
            problems.push((format!(".{name}{dot}{field}"), detail));
        }
    }
    problems
}

/// Whether a name is no action of the table, nor an input or a digit.
pub(crate) fn is_own(name: &str) -> bool {
    !Action::NAMES.contains(&name) && !name.starts_with("digit_") && !name.starts_with("other:")
}

/// The opposite and the toggle of an action that claims to be discrete.
fn discrete_of(name: &str) -> Option<(&'static str, &'static str, Action)> {
    match name {
        "power_on" => Some(("power_off", "power", Action::Power)),
        "power_off" => Some(("power_on", "power", Action::Power)),
        "mute_on" => Some(("mute_off", "mute", Action::Mute)),
        "mute_off" => Some(("mute_on", "mute", Action::Mute)),
        _ => None,
    }
}

const DISCRETE: [&str; 4] = ["power_on", "power_off", "mute_on", "mute_off"];

/// The actions of a port that is driven by `set`.
pub(crate) fn of_set(set: &CodeSet) -> PortActions {
    let toggles = DISCRETE
        .into_iter()
        .filter(|name| set.code(name).is_some() && set.nature_of(name) == KeyNature::Toggle);
    let mut actions =
        lacking(toggled(PortActions::default(), toggles), |name| set.code(name).is_some());
    for key in set.keys.keys().filter(|key| !key.is_other() && is_own(key.as_str())) {
        actions = with_own(actions, key.as_str(), set.nature_of(key.as_str()));
    }
    actions.closed()
}

/// The actions of a port that is driven by `mapping`.
pub(crate) fn of_mapping(mapping: &BTreeMap<KeyName, MappedAction>) -> PortActions {
    let toggles = DISCRETE.into_iter().filter(|name| is_toggle(mapping, name));
    let has = |name: &str| mapping.keys().any(|key| key.as_str() == name);
    let mut actions = lacking(toggled(PortActions::default(), toggles), has);
    for (key, mapped) in mapping.iter().filter(|(key, _)| is_own(key.as_str())) {
        let nature = mapped.nature.unwrap_or_else(|| KeyNature::of_name(key.as_str()));
        actions = with_own(actions, key.as_str(), nature);
    }
    actions.closed()
}

/// What a board does for each action of a mapping, and for `power` or `mute` where only `power_on` or
/// `power_off` (`mute_on`, `mute_off`) does the toggle.
#[must_use]
pub fn sent_actions(mapping: &BTreeMap<KeyName, MappedAction>) -> BTreeMap<&str, &MappedAction> {
    let mut sent: BTreeMap<&str, &MappedAction> =
        mapping.iter().map(|(name, mapped)| (name.as_str(), mapped)).collect();
    for name in DISCRETE.into_iter().filter(|name| is_toggle(mapping, name)) {
        if let Some(((_, toggle, _), mapped)) = discrete_of(name).zip(mapping.get(name)) {
            sent.entry(toggle).or_insert(mapped);
        }
    }
    sent
}

/// The actions of a port of whose board only this is known.
pub(crate) fn of_board(discrete_power: DiscretePower) -> PortActions {
    match discrete_power {
        DiscretePower::No => toggled(PortActions::default(), ["power_on", "power_off"]),
        DiscretePower::Yes | DiscretePower::Unknown => PortActions::default(),
    }
}

/// Whether a mapping says so, or does the same for the opposite or for the toggle.
fn is_toggle(mapping: &BTreeMap<KeyName, MappedAction>, name: &str) -> bool {
    let Some((mapped, (opposite, toggle, _))) = mapping.get(name).zip(discrete_of(name)) else {
        return false;
    };
    let same = |other: &str| mapping.get(other).is_some_and(|other| other.is_same(mapped));
    let said = mapped.nature.is_some_and(|nature| nature != KeyNature::Absolute);
    said || same(opposite) || same(toggle)
}

fn toggled<'n>(actions: PortActions, names: impl IntoIterator<Item = &'n str>) -> PortActions {
    let with = |actions: PortActions, name: &str| match discrete_of(name) {
        Some((_, _, toggle)) => actions.with(name, toggle),
        None => actions,
    };
    names.into_iter().fold(actions, with)
}

/// Without those of the discrete actions that the port does not have.
fn lacking(actions: PortActions, has: impl Fn(&str) -> bool) -> PortActions {
    DISCRETE.into_iter().filter(|name| !has(name)).fold(actions, PortActions::without)
}

/// With an action that is not in the table; one that cannot be is left out.
fn with_own(actions: PortActions, name: &str, nature: KeyNature) -> PortActions {
    let input = name.strip_prefix("input_").and_then(|input| input.parse().ok());
    if let (Some(input), KeyNature::Absolute) = (input, nature) {
        return actions.with(name, Action::Input(input));
    }
    let (nature, group) = placed(nature, group_of(name));
    match CustomAction::new(name, nature, group) {
        Ok(action) => actions.with(name, action.into()),
        Err(_) => actions,
    }
}

/// The nature of an action whose key has `nature`, and the group that it can be in: keys of a sequence keep
/// their order with the other keys of the port.
pub(crate) fn placed(nature: KeyNature, group: EffectGroup) -> (Nature, EffectGroup) {
    let nature = match nature {
        KeyNature::Absolute => Nature::Absolute,
        KeyNature::Toggle => Nature::Toggle,
        KeyNature::Relative => Nature::Relative,
        KeyNature::Sequence => Nature::Sequence,
    };
    let is_misplaced = nature == Nature::Sequence && !group.may_have_keys();
    (nature, if is_misplaced { EffectGroup::Other } else { group })
}

/// What an action that is not in the table changes on the appliance.
pub(crate) fn group_of(name: &str) -> EffectGroup {
    match name {
        "source" => EffectGroup::Input,
        _ if name.starts_with("input_") => EffectGroup::Input,
        "previous_channel" | "enter" | "dash" => EffectGroup::Channel,
        "red" | "green" | "yellow" | "blue" => EffectGroup::Navigation,
        _ => EffectGroup::Other,
    }
}

impl fmt::Display for DiscretePower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests;
