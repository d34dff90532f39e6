//! How often somebody may guess a PIN: for each name from each address, so that nobody who guesses keeps anybody else
//! from signing in.

use std::{collections::HashMap, hash::Hash, time::Duration};

/// So many tries are free: people mistype.
const FREE: u32 = 5;

/// The first wait; each further try doubles it.
const FIRST: Duration = Duration::from_secs(2);

/// No wait is longer: 96 tries a day, of at least a million PINs.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// After so long without a try it is as if there had been none.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// The tries of one name from one address that did not succeed.
#[derive(Clone, Copy, Debug)]
struct Tries {
    count: u32,
    last: Duration,
}

impl Tries {
    /// When the next one is allowed.
    fn free_at(self) -> Duration {
        let Some(doublings) = self.count.checked_sub(FREE) else { return Duration::ZERO };
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST);
        self.last.saturating_add(wait)
    }
}

/// The tries of a bounded number of keys; the oldest go first.
#[derive(Debug)]
pub(crate) struct Guesses<K> {
    tries: HashMap<K, Tries>,
    max: usize,
}

impl<K: Clone + Eq + Hash> Guesses<K> {
    pub(crate) fn new(max: usize) -> Self {
        Self { tries: HashMap::new(), max: max.max(1) }
    }

    /// Counts a try before it is known how it ends, so that many at once are no way around; or says how long to wait.
    pub(crate) fn begin(&mut self, key: K, now: Duration) -> Result<(), Duration> {
        let known = self.tries.get(&key).copied();
        let known = known.filter(|tries| now < tries.last.saturating_add(FORGOTTEN));
        if let Some(wait) = known.map(|tries| tries.free_at().saturating_sub(now))
            && !wait.is_zero()
        {
            return Err(wait);
        }
        if self.tries.len() >= self.max && !self.tries.contains_key(&key) {
            self.make_room();
        }
        let count = known.map_or(0, |tries| tries.count).saturating_add(1);
        self.tries.insert(key, Tries { count, last: now });
        Ok(())
    }

    /// It was no guess.
    pub(crate) fn succeeded(&mut self, key: &K) {
        self.tries.remove(key);
    }

    fn make_room(&mut self) {
        let oldest = self.tries.iter().min_by_key(|(_, tries)| tries.last);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.tries.remove(&key);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.tries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guesser_waits_longer_and_longer_and_nobody_else_does() {
        let mut guesses = Guesses::new(10);
        let (mut now, mut made) = (Duration::ZERO, 0);
        while now < Duration::from_secs(24 * 60 * 60) {
            match guesses.begin("anna", now) {
                Ok(()) => made += 1,
                Err(wait) => now += wait,
            }
        }
        assert!((90..130).contains(&made), "{made} tries in a day");
        assert_eq!(guesses.begin("ben", now), Ok(()));
        assert!(guesses.begin("anna", now).is_err() || guesses.begin("anna", now).is_err());
        guesses.succeeded(&"anna");
        assert_eq!(guesses.begin("anna", now), Ok(()));
    }

    #[test]
    fn five_are_free_and_a_day_later_again() {
        let mut guesses = Guesses::new(10);
        for _ in 0..FREE {
            assert_eq!(guesses.begin("anna", Duration::ZERO), Ok(()));
        }
        assert_eq!(guesses.begin("anna", Duration::ZERO), Err(FIRST));
        assert_eq!(guesses.begin("anna", FORGOTTEN), Ok(()));
        assert_eq!(guesses.begin("anna", FORGOTTEN), Ok(()));
    }

    #[test]
    fn its_memory_is_bounded_and_the_oldest_goes_first() {
        let mut guesses = Guesses::new(3);
        for (place, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
            guesses.begin(name, Duration::from_secs(place as u64)).unwrap();
        }
        assert_eq!(guesses.len(), 3);
        assert!(!guesses.tries.contains_key("a") && guesses.tries.contains_key("d"));
    }
}
