//! Keyed requests in memory: those in progress, and those that the store could not take.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, futures::OwnedNotified};
use venue_domain::{
    DirectRecord, EndedRequest, IdempotencyState, KeyedRequest, StoredAnswer, Timestamp,
};

/// The keyed requests of this process that are in progress or whose answers are not in the store.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    known: Mutex<HashMap<Name, Known>>,
    /// Told when an answer is kept.
    kept: Notify,
}

/// Who asked, and the key.
type Name = (String, String);

#[derive(Debug)]
struct Known {
    fingerprint: String,
    at: Timestamp,
    expires_at: Timestamp,
    progress: Progress,
    /// Told when it is no longer only asked about.
    asked: Arc<Notify>,
}

#[derive(Debug)]
enum Progress {
    /// The store is being asked whether it knows the key.
    Asking,
    Running,
    Answered(Kept),
    Interrupted,
}

/// What is to be stored of a request that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// What it was answered.
    pub(crate) answer: StoredAnswer,
    /// The direct command that the answer names, if it does.
    pub(crate) record: Option<DirectRecord>,
}

/// What memory knows of a keyed request.
#[derive(Debug)]
pub(crate) enum Taken {
    /// Nothing: the store is to be asked, and nobody else asks it meanwhile.
    New(Running),
    /// Somebody asks the store about it; when that has ended, take it again.
    Asking(OwnedNotified),
    /// This.
    Known(IdempotencyState),
    /// There is no room for another one.
    Full,
}

/// A keyed request in progress. Dropped without an end it counts as interrupted.
#[derive(Debug)]
pub(crate) struct Running {
    keys: Arc<Keys>,
    name: Option<Name>,
}

impl Keys {
    /// Takes `request` in hand, unless something is known of its key.
    pub(crate) fn take(self: &Arc<Self>, request: &KeyedRequest) -> Taken {
        let mut known = self.lock();
        if known.len() >= MOST {
            known.retain(|_, known| known.expires_at > request.at);
        }
        let is_full = known.len() >= MOST;
        let name = (request.actor.clone(), request.key.clone());
        let fresh = Known {
            fingerprint: request.fingerprint.clone(),
            at: request.at,
            expires_at: request.expires_at,
            progress: Progress::Asking,
            asked: Arc::default(),
        };
        match known.entry(name.clone()) {
            Entry::Occupied(old) if old.get().expires_at > request.at => {
                old.get().as_seen_by(request)
            }
            Entry::Occupied(mut old) => {
                old.insert(fresh);
                Taken::New(Running { keys: Arc::clone(self), name: Some(name) })
            }
            Entry::Vacant(_) if is_full => Taken::Full,
            Entry::Vacant(vacant) => {
                vacant.insert(fresh);
                Taken::New(Running { keys: Arc::clone(self), name: Some(name) })
            }
        }
    }

    /// Waits until an answer is kept that was not before.
    pub(crate) async fn one_is_kept(&self) {
        self.kept.notified().await;
    }

    /// The requests whose answers are kept here.
    pub(crate) fn kept(&self) -> Vec<(KeyedRequest, Kept)> {
        let request = |((actor, key), known): (&Name, &Known)| {
            let Progress::Answered(kept) = &known.progress else { return None };
            let request = KeyedRequest {
                actor: actor.clone(),
                key: key.clone(),
                fingerprint: known.fingerprint.clone(),
                at: known.at,
                expires_at: known.expires_at,
            };
            Some((request, kept.clone()))
        };
        self.lock().iter().filter_map(request).collect()
    }

    /// Forgets a request whose answer is in the store now.
    pub(crate) fn is_stored(&self, request: &KeyedRequest) {
        let name = (request.actor.clone(), request.key.clone());
        let mut known = self.lock();
        // The same key may have come again since, when this one was over.
        if known.get(&name).is_some_and(|known| known.at == request.at) {
            known.remove(&name);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Known>> {
        // A std lock: held for a few instructions, never across an await; entries are whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// As it is stored of `request`.
    pub(crate) fn of(self, request: &KeyedRequest) -> EndedRequest {
        let Self { answer, record } = self;
        let (actor, key) = (request.actor.clone(), request.key.clone());
        EndedRequest { actor, key, answer, records: Vec::from_iter(record) }
    }
}

impl Known {
    fn as_seen_by(&self, request: &KeyedRequest) -> Taken {
        let begun = match &self.progress {
            // Which request has the key is not known yet.
            Progress::Asking => return Taken::Asking(Arc::clone(&self.asked).notified_owned()),
            Progress::Running => IdempotencyState::Running,
            Progress::Answered(kept) => IdempotencyState::Answered(kept.answer.clone()),
            Progress::Interrupted => IdempotencyState::Interrupted,
        };
        let is_same = self.fingerprint == request.fingerprint;
        Taken::Known(if is_same { begun } else { IdempotencyState::OtherRequest })
    }
}

impl Running {
    /// The store knows nothing of it, or cannot be asked: it is carried out.
    pub(crate) fn carry_out(&self) {
        if let Some(name) = &self.name {
            self.set(name, Progress::Running);
        }
    }

    /// Forgets the request: the store knows what became of it.
    pub(crate) fn forget(mut self) {
        if let Some(name) = self.name.take() {
            let known = self.keys.lock().remove(&name);
            if let Some(known) = known {
                known.asked.notify_waiters();
            }
        }
    }

    /// Keeps the answer here, because the store cannot.
    pub(crate) fn keep(mut self, kept: Kept) {
        if let Some(name) = self.name.take() {
            self.set(&name, Progress::Answered(kept));
            self.keys.kept.notify_one();
        }
    }

    fn set(&self, name: &Name, progress: Progress) {
        if let Some(known) = self.keys.lock().get_mut(name) {
            known.progress = progress;
            known.asked.notify_waiters();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            self.set(&name, Progress::Interrupted);
        }
    }
}

/// So many are remembered here: far more than an outage of the store should bring.
const MOST: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: &str, fingerprint: &str, at: i64) -> KeyedRequest {
        KeyedRequest {
            actor: "127.0.0.1".into(),
            key: key.into(),
            fingerprint: fingerprint.into(),
            at: Timestamp::from_unix_ms(at),
            expires_at: Timestamp::from_unix_ms(at + 100),
        }
    }

    fn new(keys: &Arc<Keys>, request: &KeyedRequest) -> Running {
        match keys.take(request) {
            Taken::New(running) => running,
            Taken::Asking(_) | Taken::Known(_) | Taken::Full => panic!("it is new"),
        }
    }

    fn known(keys: &Arc<Keys>, request: &KeyedRequest) -> IdempotencyState {
        match keys.take(request) {
            Taken::Known(begun) => begun,
            Taken::New(_) | Taken::Asking(_) | Taken::Full => panic!("it is known"),
        }
    }

    #[test]
    fn a_key_is_running_then_answered_and_free_again_when_it_expires() {
        let keys = Arc::<Keys>::default();
        let running = new(&keys, &request("k", "one", 0));
        running.carry_out();
        assert_eq!(known(&keys, &request("k", "one", 1)), IdempotencyState::Running);
        assert_eq!(known(&keys, &request("k", "two", 1)), IdempotencyState::OtherRequest);
        let answer = StoredAnswer { code: 200, head: String::new(), body: "{}".into() };
        running.keep(Kept { answer: answer.clone(), record: None });
        assert_eq!(known(&keys, &request("k", "one", 99)), IdempotencyState::Answered(answer));
        new(&keys, &request("k", "two", 100)).forget();
        new(&keys, &request("k", "three", 100)).forget();
    }

    #[tokio::test]
    async fn while_the_store_is_asked_nobody_says_that_the_request_runs() {
        let keys = Arc::<Keys>::default();
        let asking = || match keys.take(&request("k", "one", 1)) {
            Taken::Asking(end) => end,
            Taken::New(_) | Taken::Known(_) | Taken::Full => panic!("the store is asked"),
        };
        let first = new(&keys, &request("k", "one", 0));
        let end = asking();
        // The store knows its answer.
        first.forget();
        end.await;
        let second = new(&keys, &request("k", "one", 1));
        let end = asking();
        second.carry_out();
        end.await;
        assert_eq!(known(&keys, &request("k", "one", 1)), IdempotencyState::Running);
    }

    #[test]
    fn what_nobody_ended_counts_as_interrupted() {
        let keys = Arc::<Keys>::default();
        drop(new(&keys, &request("k", "one", 0)));
        assert_eq!(known(&keys, &request("k", "one", 1)), IdempotencyState::Interrupted);
    }

    #[test]
    fn a_full_memory_takes_no_more_before_something_expires() {
        let keys = Arc::<Keys>::default();
        for number in 0..MOST {
            let answer = StoredAnswer { code: 200, head: String::new(), body: String::new() };
            new(&keys, &request(&number.to_string(), "one", 0)).keep(Kept { answer, record: None });
        }
        assert!(matches!(keys.take(&request("one more", "one", 99)), Taken::Full));
        assert!(matches!(known(&keys, &request("7", "one", 99)), IdempotencyState::Answered(_)));
        new(&keys, &request("one more", "one", 100)).forget();
    }
}
