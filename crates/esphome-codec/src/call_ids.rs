//! The numbers by which calls and their replies find each other.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Numbers calls (`call_id` of `ExecuteServiceRequest`). Clones go on counting where the others are.
///
/// A board may answer a call of one session on the next one: firmware that keeps the id and asks for
/// its client only when it answers does so. Were the ids to begin again with each session, such a
/// reply would pass for that of another call. So sessions that follow each other share one counter,
/// and whoever starts one anew begins at a random number.
#[derive(Clone, Debug)]
pub struct CallIds(Arc<AtomicU32>);

impl CallIds {
    /// The first id is `first`, or 1 if that is 0, which firmware reads as "no reply wanted".
    #[must_use]
    pub fn starting_at(first: u32) -> Self {
        Self(Arc::new(AtomicU32::new(first)))
    }

    /// The next id: never 0, and the same again only after 2^32 - 1 others.
    pub(crate) fn next(&self) -> u32 {
        // Zero comes up once in 2^32 and is passed over.
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => self.0.fetch_add(1, Ordering::Relaxed).max(1),
            id => id,
        }
    }
}

impl Default for CallIds {
    fn default() -> Self {
        Self::starting_at(1)
    }
}

/// All are equal: how calls are numbered changes nothing that a session does.
impl PartialEq for CallIds {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for CallIds {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_on_over_clones_and_are_never_zero() {
        let ids = CallIds::starting_at(u32::MAX);
        let others = ids.clone();
        assert_eq!([ids.next(), others.next(), ids.next()], [u32::MAX, 1, 2]);
        assert_eq!(CallIds::starting_at(0).next(), 1);
    }
}
