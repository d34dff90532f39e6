//! What is fixed for an action, and the classes of its nature with the life, the priority and the attempts that
//! a command has in each.

use std::time::Duration;

use crate::{
    class::Class,
    effect::{EffectGroup, Nature},
    priority::{MaxAttempts, Priority},
};

/// What is fixed for an action, whatever its parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionSpec<'a> {
    /// The name in requests, rows, logs and, behind `tv_`, on boards.
    pub name: &'a str,
    /// The field of a request that it takes.
    pub parameter: Option<Parameter>,
    /// What repeating it would do.
    pub nature: Nature,
    /// What it changes on an appliance; `None` where nothing reaches one.
    pub group: Option<EffectGroup>,
    /// The classes that its commands may have, and what follows from each.
    pub classes: Classes,
}

/// What commands of an action have in one of its classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassSpec {
    /// The class.
    pub class: Class,
    /// How long a command lives from its acceptance, or from its due time (docs/semantics.md, rules 1.9
    /// and 1.10); then it is expired and never sent.
    pub life: Duration,
    /// Its priority in the queue, unless the request names one or it is scheduled (rule 4.8).
    pub priority: Priority,
    /// How often it is attempted from the queue, unless the request says so (rule 4.9).
    pub attempts: MaxAttempts,
}

/// The classes that an action may have: one that it always has, or two between which the endpoint decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    /// The class of its commands where none is named.
    pub usual: ClassSpec,
    /// The other one that may be named.
    pub other: Option<ClassSpec>,
}

impl Classes {
    /// The class that follows from the action alone, where it does.
    #[must_use]
    pub const fn own(&self) -> Option<Class> {
        if self.other.is_some() { None } else { Some(self.usual.class) }
    }

    /// What commands have in `class`; `None` where the action has it never.
    #[must_use]
    pub fn of(&self, class: Class) -> Option<ClassSpec> {
        let all = [Some(self.usual), self.other];
        all.into_iter().flatten().find(|spec| spec.class == class)
    }

    const fn only(usual: ClassSpec) -> Self {
        Self { usual, other: None }
    }
}

impl Nature {
    /// The classes that commands of this nature may have.
    #[must_use]
    pub const fn classes(self) -> Classes {
        match self {
            Self::Absolute | Self::AbsoluteFrames => to_an_appliance(30, 10 * 60),
            Self::Toggle | Self::Relative | Self::Sequence => to_an_appliance(10, 2 * 60),
            // "The request": the longest that an immediate one is waited for.
            Self::Immediate => {
                Classes::only(spec(Class::Immediate, 5, Priority::INTERACTIVE, MaxAttempts::USUAL))
            }
            Self::Read => {
                Classes::only(spec(Class::System, 60 * 60, Priority::SYSTEM, MaxAttempts::ONCE))
            }
        }
    }
}

/// What lives so many seconds as an interactive and as a bulk command.
const fn to_an_appliance(interactive: u64, bulk: u64) -> Classes {
    let usual = spec(Class::Interactive, interactive, Priority::INTERACTIVE, MaxAttempts::USUAL);
    Classes { usual, other: Some(spec(Class::Bulk, bulk, Priority::BULK, MaxAttempts::USUAL)) }
}

const fn spec(class: Class, seconds: u64, priority: Priority, attempts: MaxAttempts) -> ClassSpec {
    ClassSpec { class, life: Duration::from_secs(seconds), priority, attempts }
}

/// A field of a request that an action takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `channel`.
    Channel,
    /// `digit`; for `diagnostic_signal` the code, which may be left out.
    Digit,
    /// `input`.
    Input,
    /// `steps`, which may be left out.
    Steps,
}

impl Parameter {
    /// The name of the field.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Digit => "digit",
            Self::Input => "input",
            Self::Steps => "steps",
        }
    }
}
