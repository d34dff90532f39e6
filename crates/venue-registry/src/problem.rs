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
}

impl Problem {
    pub(crate) fn new(
        item: impl Into<String>,
        field: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { item: item.into(), field: field.into(), detail: detail.into() }
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
