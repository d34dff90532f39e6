//! What does not fit in a configuration.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong: where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// The item: `devices/ir-dc4516`.
    pub item: String,
    /// The field within it: `ports[2].zone`; empty for the item as a whole.
    pub field: String,
    /// What is wrong, and what would be right.
    pub detail: String,
    /// Whether it names what does not exist.
    #[serde(default)]
    pub is_unknown_name: bool,
}

impl Problem {
    pub(crate) fn new(
        item: impl Into<String>,
        field: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        let (item, field, detail) = (item.into(), field.into(), detail.into());
        Self { item, field, detail, is_unknown_name: false }
    }

    /// The same, of a name that does not exist.
    pub(crate) fn of_unknown_name(self) -> Self {
        Self { is_unknown_name: true, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            write!(f, "{}: {}", self.item, self.detail)
        } else {
            write!(f, "{}, {}: {}", self.item, self.field, self.detail)
        }
    }
}
