//! The tokens as they are written into a file, to be known again without the store.

use serde::{Deserialize, Serialize};
use snafu::{ResultExt, Snafu, ensure};

use crate::{TokenRecord, TokenSet, TokenSetError};

/// The tokens at one moment, in a form to be stored: hashes, never texts.
///
/// A field that is not known makes it unreadable: it may be a limit that a newer version wrote,
/// and a limit that is overlooked is a right that nobody gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSnapshot {
    version: u32,
    tokens: Vec<TokenRecord>,
}

/// A snapshot that cannot be used; then nobody is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Another form.
    #[snafu(display("the snapshot of tokens has version {found}, and {VERSION} can be read"))]
    Version {
        /// Its version.
        found: u32,
    },
    /// It contradicts itself.
    #[snafu(display("the snapshot of tokens contradicts itself"))]
    Set {
        /// How.
        source: TokenSetError,
    },
}

/// Counted up when an older daemon would misread it.
const VERSION: u32 = 1;

impl TokenSnapshot {
    /// What is to be stored of `set`.
    #[must_use]
    pub fn of(set: &TokenSet) -> Self {
        Self { version: VERSION, tokens: set.records() }
    }

    /// The set that was stored.
    ///
    /// # Errors
    /// [`SnapshotError`]: another version, or two tokens that cannot both be.
    pub fn into_set(self) -> Result<TokenSet, SnapshotError> {
        ensure!(self.version == VERSION, VersionSnafu { found: self.version });
        TokenSet::new(self.tokens).context(SetSnafu)
    }
}
