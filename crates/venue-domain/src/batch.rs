//! The commands of one bulk request, and how far they are.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};
use uuid::Uuid;

use crate::status::Status;

/// Names one batch: 1 to 64 characters of `A-Z a-z 0-9 _ - . :`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BatchId(Arc<str>);

/// The text names no batch.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("a batch id is 1 to 64 characters of A-Z, a-z, 0-9, '_', '-', '.' and ':'"))]
pub struct BatchIdError;

impl BatchId {
    /// How names begin that the daemon gives itself, to what schedules, people who run one by hand,
    /// and presets start: nobody else gives such a name.
    pub const RESERVED: [&str; 3] = ["sched_", "manual_", "preset_"];

    /// A new id in the document's form: `batch_` and 8 hexadecimal digits.
    #[must_use]
    pub fn generate() -> Self {
        // The last bytes of a UUIDv7 are random.
        let random = Uuid::now_v7().as_u128() as u32;
        Self(format!("batch_{random:08x}").into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BatchId {
    type Err = BatchIdError;

    fn from_str(text: &str) -> Result<Self, BatchIdError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.:".contains(&b);
        ensure!((1..=64).contains(&text.len()) && text.bytes().all(allowed), BatchIdSnafu);
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for BatchId {
    type Error = BatchIdError;

    fn try_from(text: String) -> Result<Self, BatchIdError> {
        text.parse()
    }
}

impl From<BatchId> for String {
    fn from(id: BatchId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many commands of a batch have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchCounts([u64; 8]);

impl BatchCounts {
    /// How many have `status`.
    #[must_use]
    pub const fn of(&self, status: Status) -> u64 {
        self.0[status.place()]
    }

    /// Sets how many have `status`.
    pub const fn set(&mut self, status: Status, count: u64) {
        self.0[status.place()] = count;
    }

    /// Counts one more command of `status`.
    pub const fn add(&mut self, status: Status) {
        self.0[status.place()] += 1;
    }

    /// Counts those of `other` as well.
    pub fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more);
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// How many are not terminal: the document's `pending`.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.of(Status::Pending) + self.of(Status::Processing)
    }

    /// How many ended without being delivered: the document's `failed`, so that completed, failed
    /// and pending add up to the total.
    #[must_use]
    pub fn not_completed(&self) -> u64 {
        self.total() - self.open() - self.of(Status::Completed)
    }

    /// Whether all of them are terminal.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.open() == 0
    }
}

impl FromIterator<Status> for BatchCounts {
    fn from_iter<I: IntoIterator<Item = Status>>(statuses: I) -> Self {
        let mut counts = Self::default();
        statuses.into_iter().for_each(|status| counts.add(status));
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_id_has_the_form_of_the_document() {
        let id = BatchId::generate();
        let hex = id.as_str().strip_prefix("batch_").unwrap();
        assert!(hex.len() == 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_ne!(id, BatchId::generate());
    }

    #[test]
    fn an_id_that_could_break_a_path_or_a_log_is_refused() {
        for text in ["", "a/b", "a b", "ä", "a\n", &"a".repeat(65)] {
            assert_eq!(text.parse::<BatchId>(), Err(BatchIdError), "{text:?}");
        }
    }

    #[test]
    fn completed_failed_and_pending_of_the_document_add_up() {
        let counts: BatchCounts = Status::ALL.into_iter().chain([Status::Completed]).collect();
        assert_eq!(counts.total(), 9);
        assert_eq!(
            (counts.of(Status::Completed), counts.not_completed(), counts.open()),
            (2, 5, 2)
        );
        assert!(!counts.is_finished());
        assert!(BatchCounts::from_iter([Status::Superseded]).is_finished());
    }
}
