//! A lock of a TV: who has it, and until when.

use std::fmt;

use crate::time::WallTime;

/// A lock that holds for a TV, as whoever may not command it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortLock {
    /// Which one, such as `zone:bar`.
    pub id: String,
    /// Who locked it; `None` where nobody signs in.
    pub by: Option<String>,
    /// When it ends by itself; `None` for one that somebody has to remove.
    pub until: Option<WallTime>,
    /// Why, in words for people.
    pub reason: Option<String>,
}

impl PortLock {
    /// Whether it holds when the wall clock shows `at`: one that has ended is as if it were not there.
    #[must_use]
    pub fn holds_at(&self, at: WallTime) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// `locked by anna until 2026-11-30T23:00:00Z (private party)`.
impl fmt::Display for PortLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("locked")?;
        if let Some(by) = &self.by {
            write!(f, " by {by}")?;
        }
        match self.until {
            Some(until) => write!(f, " until {until}")?,
            None => f.write_str(" until somebody unlocks it")?,
        }
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, " ({reason})"))
    }
}

/// Whether the locks of TVs hold for a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locks {
    /// A command for a locked TV is refused.
    #[default]
    Hold,
    /// Locked or not: for those who may lock.
    Pass,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(by: Option<&str>, until: Option<i64>, reason: Option<&str>) -> PortLock {
        PortLock {
            id: "zone:bar".to_owned(),
            by: by.map(str::to_owned),
            until: until.map(WallTime::from_unix_ms),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn a_lock_holds_until_its_end_and_one_without_for_good() {
        let party = lock(None, Some(1_000), None);
        assert!(party.holds_at(WallTime::from_unix_ms(999)));
        assert!(!party.holds_at(WallTime::from_unix_ms(1_000)));
        assert!(lock(None, None, None).holds_at(WallTime::from_unix_ms(i64::MAX)));
    }

    #[test]
    fn a_lock_says_who_has_it_until_when_and_why() {
        let told = |by, until, reason| lock(by, until, reason).to_string();
        let words = "locked by anna until 2026-11-30T23:00:00Z (private party)";
        assert_eq!(told(Some("anna"), Some(1_796_079_600_000), Some("private party")), words);
        assert_eq!(told(None, None, None), "locked until somebody unlocks it");
    }
}
