//! Why an edit is refused.

use snafu::Snafu;
use venue_domain::{PortLock, misplaced};

use crate::{Kind, Problem};

/// Why an edit is refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
pub enum EditError {
    /// There is no such item.
    #[snafu(display("there is no {id} in {kind}"))]
    NotFound {
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: String,
    },
    /// There is one of the same name.
    #[snafu(display("{id} already exists in {kind}"))]
    Exists {
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: String,
    },
    /// The configuration file fixes it.
    #[snafu(display("{id} is in the daemon's configuration file: change it there"))]
    Fixed {
        /// Which one.
        id: String,
    },
    /// It was changed since.
    #[snafu(display("it was changed in the meantime: it has revision {found}, not {expected}"))]
    Stale {
        /// Its revision.
        found: u64,
        /// What was expected.
        expected: u64,
    },
    /// The item has another name than its path.
    #[snafu(display(
        "the item has the id {found}, but its path the id {id}: an id cannot be changed"
    ))]
    Renamed {
        /// Of what kind.
        kind: Kind,
        /// Its name in the path.
        id: String,
        /// Its name in itself.
        found: String,
    },
    /// It is no item of this kind.
    #[snafu(display("{field}: {detail}"))]
    Shape {
        /// The field.
        field: String,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// It does not fit with the rest.
    #[snafu(display("{}", listed(problems)))]
    Unfit {
        /// What does not fit.
        problems: Vec<Problem>,
    },
    /// Others refer to it.
    #[snafu(display("it is in use: {}", first_of(problems)))]
    InUse {
        /// What would be left without it.
        problems: Vec<Problem>,
    },
    /// Somebody has locked it.
    #[snafu(display("{id} is already {lock}: say replace to lock it otherwise", id = lock.id))]
    AlreadyLocked {
        /// The lock that holds.
        lock: PortLock,
    },
    /// There is no such lock, or it has ended.
    #[snafu(display("there is no lock {id}"))]
    NotLocked {
        /// Its id.
        id: String,
    },
    /// There is no such maintenance, or it is over.
    #[snafu(display("there is no maintenance {id}"))]
    NotMaintained {
        /// Its id.
        id: String,
    },
    /// The document cannot be used.
    #[snafu(display("{source}"))]
    Document {
        /// Why.
        source: DocumentError,
    },
}

fn listed(problems: &[Problem]) -> String {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// A zone is in use by every TV in it: a few say as much.
fn first_of(problems: &[Problem]) -> String {
    const SHOWN: usize = 3;
    match problems.len().saturating_sub(SHOWN) {
        0 => listed(problems),
        more => format!("{}; and {more} more", listed(&problems[..SHOWN])),
    }
}

/// Which field is wrong, and why.
pub(crate) fn shape(error: &serde_path_to_error::Error<serde_json::Error>) -> EditError {
    let (field, detail) = misplaced(&error.path().to_string(), &error.inner().to_string());
    EditError::Shape { field, detail }
}

/// Why a document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum DocumentError {
    /// An item is there twice.
    #[snafu(display("{id} is in {kind} twice"))]
    Twice {
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: String,
    },
}
