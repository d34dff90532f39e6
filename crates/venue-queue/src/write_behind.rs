//! What the writer knows of a table by key: each key is read once, and written once in a group of changes, however
//! often it changes in it.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

/// Values by key as the table has them, but for those that are still to be written.
///
/// Whoever asks the table itself has what is to be written written first
/// ([`WriteTxn::write_behind`](crate::txn::WriteTxn::write_behind)). After a rollback all of it is forgotten.
#[derive(Debug)]
pub(crate) struct WriteBehind<K, V> {
    known: HashMap<K, V>,
    /// What the table does not have yet: each is in `known`.
    changed: BTreeSet<K>,
}

/// So many keys are remembered: all that a thousand TVs use.
const KEPT: usize = 8_192;

impl<K: Clone + Ord + Hash, V> WriteBehind<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.known.get(key)
    }

    /// The table has `value`.
    pub(crate) fn note(&mut self, key: K, value: V) {
        if self.known.len() >= KEPT {
            // Cheaper than to know which were used last, and rare: most venues are smaller.
            self.known.retain(|key, _| self.changed.contains(key));
        }
        self.known.insert(key, value);
    }

    /// The table is to have `value`.
    pub(crate) fn change(&mut self, key: K, value: V) {
        self.note(key.clone(), value);
        self.changed.insert(key);
    }

    /// Has all that changed written by `write`, in the order of the keys.
    pub(crate) fn write<E>(
        &mut self,
        write: impl FnOnce(&[(&K, &V)]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let changed: Vec<_> =
            self.changed.iter().filter_map(|key| self.known.get_key_value(key)).collect();
        write(&changed)?;
        self.changed.clear();
        Ok(())
    }

    /// Nobody knows what the table has.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.changed.clear();
    }
}

impl<K, V> Default for WriteBehind<K, V> {
    fn default() -> Self {
        Self { known: HashMap::new(), changed: BTreeSet::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(behind: &mut WriteBehind<u32, u32>) -> Vec<(u32, u32)> {
        let mut all = Vec::new();
        behind
            .write(|changed| {
                all.extend(changed.iter().map(|(key, value)| (**key, **value)));
                Ok::<_, ()>(())
            })
            .unwrap();
        all
    }

    #[test]
    fn what_changes_often_is_written_once_and_what_was_read_is_not() {
        let mut behind = WriteBehind::default();
        behind.note(1, 10);
        behind.change(3, 30);
        behind.change(2, 20);
        behind.change(2, 21);
        assert_eq!(written(&mut behind), [(2, 21), (3, 30)]);
        assert_eq!(written(&mut behind), []);
        assert_eq!(behind.get(&2), Some(&21), "it is still known");
    }

    #[test]
    fn what_could_not_be_written_is_still_to_be_written() {
        let mut behind = WriteBehind::default();
        behind.change(1, 10);
        assert_eq!(behind.write(|_| Err("a full disk")), Err("a full disk"));
        assert_eq!(written(&mut behind), [(1, 10)]);
    }

    #[test]
    fn what_is_to_be_written_is_kept_however_much_is_known() {
        let mut behind = WriteBehind::default();
        behind.change(0, 7);
        for key in 1..=2 * KEPT as u32 {
            behind.note(key, 1);
        }
        assert!(behind.known.len() <= KEPT + 1);
        assert_eq!(written(&mut behind), [(0, 7)]);
    }

    #[test]
    fn after_a_rollback_nothing_is_known_or_written() {
        let mut behind = WriteBehind::default();
        behind.change(1, 10);
        behind.forget();
        assert_eq!(behind.get(&1), None);
        assert_eq!(written(&mut behind), []);
    }
}
