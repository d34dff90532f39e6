//! The four classes of commands.

use std::{fmt, str::FromStr};

use snafu::Snafu;

/// How a command is routed; stored and shown by name, never by letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A: straight to the device, never queued.
    Immediate,
    /// B: one port; direct first, then the queue if the outcome allows it.
    Interactive,
    /// C: many ports; always queued.
    Bulk,
    /// D: automated work; queued, low priority, deferred.
    System,
}

/// The name is none of the four classes.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("a class is immediate, interactive, bulk or system, not {name:?}"))]
pub struct UnknownClass {
    /// The name that was given.
    pub name: String,
}

impl Class {
    /// All classes, in the order of the design document.
    pub const ALL: [Self; 4] = [Self::Immediate, Self::Interactive, Self::Bulk, Self::System];

    /// The name in code, SQL, HTTP, command line and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
            Self::System => "system",
        }
    }
}

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(name: &str) -> Result<Self, UnknownClass> {
        let known = Self::ALL.into_iter().find(|class| class.name() == name);
        known.ok_or_else(|| UnknownClass { name: name.to_owned() })
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_reads_back_and_an_unknown_one_is_an_error() {
        for class in Class::ALL {
            assert_eq!(class.to_string().parse(), Ok(class));
        }
        assert_eq!("a".parse::<Class>(), Err(UnknownClass { name: "a".into() }));
    }
}
