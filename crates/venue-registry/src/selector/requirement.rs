//! Requirements on the labels of a port: all of them have to be met.

use std::fmt;

use snafu::{OptionExt, ensure};
use venue_domain::PortId;

use super::{RequirementSnafu, SelectorError, label};
use crate::{Label, Port};

/// What a requirement looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Zone,
    Tag,
    Device,
    Profile,
    Source,
}

/// One requirement: the port has one of the values, or none of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Requirement {
    pub(crate) key: Key,
    pub(crate) values: Vec<Label>,
    /// Whether it has to have one of them; otherwise it must have none.
    pub(super) wanted: bool,
}

impl Key {
    const ALL: [Self; 5] = [Self::Zone, Self::Tag, Self::Device, Self::Profile, Self::Source];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Zone => "zone",
            Self::Tag => "tag",
            Self::Device => "device",
            Self::Profile => "profile",
            Self::Source => "source",
        }
    }
}

impl Requirement {
    /// Whether `port` meets it; `serves` is the id of the source whose port it is.
    pub(crate) fn is_met(&self, id: &PortId, port: &Port, serves: Option<&str>) -> bool {
        let has = |value: &Label| match self.key {
            Key::Zone => port.zone.as_ref() == Some(value),
            Key::Tag => port.tags.contains(value),
            Key::Device => id.device.as_str() == value.as_str(),
            Key::Profile => port.profile.as_ref() == Some(value),
            Key::Source => serves == Some(value.as_str()),
        };
        self.values.iter().any(has) == self.wanted
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<&str> = self.values.iter().map(Label::as_str).collect();
        let key = self.key.name();
        match (values.as_slice(), self.wanted) {
            ([value], true) => write!(f, "{key}={value}"),
            ([value], false) => write!(f, "{key}!={value}"),
            (values, true) => write!(f, "{key} in ({})", values.join(",")),
            (values, false) => write!(f, "{key} notin ({})", values.join(",")),
        }
    }
}

/// Reads requirements with commas between them.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, SelectorError> {
    split(text).into_iter().map(one).collect()
}

/// Splits at the commas outside of parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let at_top = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth <= 0
    };
    text.split(at_top).collect()
}

fn one(text: &str) -> Result<Requirement, SelectorError> {
    let text = text.trim();
    let (key, rest) = Key::ALL
        .into_iter()
        .find_map(|key| text.strip_prefix(key.name()).map(|rest| (key, rest)))
        .context(RequirementSnafu { text })?;
    let trimmed = rest.trim_start();
    // A word needs a space before it: `zonein` is no requirement.
    let spaced = trimmed.len() < rest.len();
    let (wanted, values) = if let Some(value) = trimmed.strip_prefix("!=") {
        (false, vec![label(value)?])
    } else if let Some(value) = trimmed.strip_prefix('=') {
        (true, vec![label(value.strip_prefix('=').unwrap_or(value))?])
    } else if let Some(values) = trimmed.strip_prefix("notin").filter(|_| spaced) {
        (false, in_parentheses(text, values)?)
    } else if let Some(values) = trimmed.strip_prefix("in").filter(|_| spaced) {
        (true, in_parentheses(text, values)?)
    } else {
        return RequirementSnafu { text }.fail();
    };
    Ok(Requirement { key, values, wanted })
}

fn in_parentheses(text: &str, values: &str) -> Result<Vec<Label>, SelectorError> {
    let inner = values.trim().strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let inner = inner.context(RequirementSnafu { text })?;
    ensure!(!inner.contains(['(', ')']), RequirementSnafu { text });
    inner.split(',').map(label).collect()
}
