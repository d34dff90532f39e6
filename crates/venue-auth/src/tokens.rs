//! The tokens that are known, and whose a presented one is.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};

use event_listener::{Event, EventListener};
use snafu::{OptionExt, Snafu, ensure};
use venue_domain::Timestamp;

use crate::{
    AuthError, Presented, Principal, Role, SESSION_NOTED, TokenHash, TokenHolder, TokenId,
    TokenRecord,
    error::{ExpiredSnafu, RevokedSnafu, UnknownSnafu, UnreadSnafu},
    session,
};

/// The tokens of one moment. It does not change, but for when each was last used.
#[derive(Debug, Default)]
pub struct TokenSet {
    /// By hash: what it takes to find one depends on the hash of what was presented, and nobody
    /// can choose that.
    entries: HashMap<TokenHash, Entry>,
    /// There may be tokens that nobody can read.
    is_sealed: bool,
    /// The tokens of an earlier run were not read yet.
    is_unread: bool,
}

/// Two records that cannot both be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum TokenSetError {
    /// It would be open whom to revoke.
    #[snafu(display("two tokens have the id {id}"))]
    DuplicateId {
        /// The id.
        id: TokenId,
    },
    /// It would be open whose it is.
    #[snafu(display("the token {id} has the hash of another one"))]
    DuplicateHash {
        /// The second of the two.
        id: TokenId,
    },
}

#[derive(Debug)]
struct Entry {
    record: TokenRecord,
    holder: Arc<TokenHolder>,
    last_used: Arc<LastUsed>,
}

impl TokenSet {
    /// A set beside which there may be tokens that nobody can read: it lets nobody in without one.
    #[must_use]
    pub fn sealed(self) -> Self {
        Self { is_sealed: true, ..self }
    }

    /// What is known before the tokens of an earlier run are read: nobody is let in, and nothing is said of a token
    /// that is shown.
    #[must_use]
    pub fn unread() -> Self {
        Self { is_sealed: true, is_unread: true, ..Self::default() }
    }

    /// Whether the tokens of an earlier run were not read yet.
    #[must_use]
    pub const fn is_unread(&self) -> bool {
        self.is_unread
    }

    /// A set of these tokens, revoked and expired ones among them.
    ///
    /// # Errors
    /// [`TokenSetError`] where two have one id or one hash.
    pub fn new(records: impl IntoIterator<Item = TokenRecord>) -> Result<Self, TokenSetError> {
        let mut set = Self::default();
        let mut ids = HashSet::new();
        for record in records {
            let id = record.id;
            ensure!(ids.insert(id), DuplicateIdSnafu { id });
            let replaced = set.entries.insert(record.hash, Entry::of(record));
            ensure!(replaced.is_none(), DuplicateHashSnafu { id });
        }
        Ok(set)
    }

    /// All tokens with when they were last used, ordered by when they were made.
    #[must_use]
    pub fn records(&self) -> Vec<TokenRecord> {
        let mut records: Vec<_> = self.entries.values().map(Entry::as_of_now).collect();
        records.sort_by_key(|record| (record.created_at, record.id));
        records
    }

    /// Whether there is none, not even a dead one: then no authentication is configured.
    ///
    /// A set whose tokens are all revoked is not empty. Taking back the last token must lock the
    /// door and not open it. Nor is a sealed one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.is_sealed
    }

    /// The token `id`, revoked or expired ones among them.
    #[must_use]
    pub fn record(&self, id: TokenId) -> Option<&TokenRecord> {
        self.entries.values().map(|entry| &entry.record).find(|record| record.id == id)
    }

    /// Whether without the token `id` the venue would be administered for a shorter time than with it:
    /// it is an admin's that is valid at `now`, and no other one is valid as long.
    #[must_use]
    pub fn is_last_admin(&self, id: TokenId, now: Timestamp) -> bool {
        let is_admin = |record: &TokenRecord| {
            record.is_valid(now) && record.session.is_none() && record.rights.role() == Role::Admin
        };
        let end = |record: &TokenRecord| record.expires_at.map_or(i64::MAX, Timestamp::unix_ms);
        let Some(taken) = self.record(id).filter(|record| is_admin(record)) else { return false };
        let mut others = self.entries.values().map(|entry| &entry.record);
        !others.any(|other| other.id != id && is_admin(other) && end(other) >= end(taken))
    }

    /// Whether an admin's token is valid at `now` that does not expire.
    #[must_use]
    pub fn has_lasting_admin(&self, now: Timestamp) -> bool {
        let mut records = self.entries.values().map(|entry| &entry.record);
        records.any(|record| {
            record.is_valid(now)
                && record.expires_at.is_none()
                && record.rights.role() == Role::Admin
        })
    }

    fn authenticate(&self, presented: &Presented, now: Timestamp) -> Result<Principal, AuthError> {
        let hash = presented.hash();
        ensure!(!self.is_unread, UnreadSnafu);
        let entry = self.entries.get(&hash).context(UnknownSnafu)?;
        let TokenRecord { id, expires_at, revoked_at, created_at, .. } = entry.record;
        // What a browser keeps in a cookie is worth nothing in a header, and the other way round.
        ensure!(entry.record.session.is_some() == presented.is_session(), UnknownSnafu);
        let used = entry.last_used.get().unwrap_or(created_at);
        ensure!(!presented.is_session() || !session::is_idle(used, now), ExpiredSnafu { id });
        ensure!(revoked_at.is_none(), RevokedSnafu { id });
        ensure!(expires_at.is_none_or(|end| now < end), ExpiredSnafu { id });
        entry.last_used.note(now);
        Ok(Principal::Token(Arc::clone(&entry.holder)))
    }

    /// Whether what is kept of the last use of the session `id` is so old that it is to be kept anew.
    #[must_use]
    pub fn is_unnoted(&self, id: TokenId, now: Timestamp) -> bool {
        let record = self.record(id).filter(|record| record.session.is_some());
        record.is_some_and(|record| {
            now >= record.last_used.unwrap_or(record.created_at).plus(SESSION_NOTED)
        })
    }

    /// Whether the session of `record` is over at `now`: by its end, or because it was not used.
    #[must_use]
    pub fn is_over(record: &TokenRecord, now: Timestamp) -> bool {
        !record.is_valid(now)
            || session::is_idle(record.last_used.unwrap_or(record.created_at), now)
    }

    /// Goes on counting where `before` is: a use that is noted there while the sets change places
    /// is not lost.
    fn take_over(&mut self, before: &Self) {
        for (hash, entry) in &mut self.entries {
            if let Some(old) = before.entries.get(hash) {
                let given = entry.last_used.get();
                entry.last_used = Arc::clone(&old.last_used);
                if let Some(given) = given {
                    entry.last_used.note(given);
                }
            }
        }
    }
}

impl Entry {
    fn of(record: TokenRecord) -> Self {
        let TokenRecord { id, name, rights, last_used, session, .. } = record.clone();
        let holder = Arc::new(TokenHolder { id, name, rights, session });
        Self { record, holder, last_used: Arc::new(LastUsed::at(last_used)) }
    }

    fn as_of_now(&self) -> TokenRecord {
        TokenRecord { last_used: self.last_used.get(), ..self.record.clone() }
    }
}

/// When a token was last recognised, in milliseconds; the least value for never.
#[derive(Debug)]
struct LastUsed(AtomicI64);

impl LastUsed {
    fn at(time: Option<Timestamp>) -> Self {
        Self(AtomicI64::new(time.map_or(i64::MIN, Timestamp::unix_ms)))
    }

    fn note(&self, now: Timestamp) {
        self.0.fetch_max(now.unix_ms(), Relaxed);
    }

    fn get(&self) -> Option<Timestamp> {
        let ms = self.0.load(Relaxed);
        (ms != i64::MIN).then(|| Timestamp::from_unix_ms(ms))
    }
}

/// The current set. All requests share it; a change of tokens puts another set in its place.
#[derive(Debug, Default)]
pub struct Tokens {
    /// Held for as long as it takes to clone the `Arc` or to put another there.
    current: RwLock<Arc<TokenSet>>,
    changed: Event,
}

impl Tokens {
    /// Starts with this set.
    #[must_use]
    pub fn new(set: TokenSet) -> Self {
        Self { current: RwLock::new(Arc::new(set)), changed: Event::new() }
    }

    /// The set of this moment.
    #[must_use]
    pub fn current(&self) -> Arc<TokenSet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends with the next change of the set, for whoever serves a token for longer than one answer:
    /// listen first, then look at [`Tokens::current`], and no change is missed.
    #[must_use]
    pub fn next_change(&self) -> EventListener {
        self.changed.listen()
    }

    /// Puts `set` in place of the current one: from the return on, what is revoked in it is
    /// revoked. Tokens that stay keep when they were last used.
    pub fn replace(&self, mut set: TokenSet) {
        {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            set.take_over(&current);
            *current = Arc::new(set);
        }
        self.changed.notify(usize::MAX);
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// [`AuthError`]: unknown, revoked, or expired at `now`; or not read yet.
    pub fn authenticate(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Principal, AuthError> {
        self.current().authenticate(presented, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{PersonRecord, Rights, SESSION_IDLE, SESSION_LIFE, SessionOf};

    #[test]
    fn a_session_ends_when_it_is_not_used_and_after_a_month() {
        let noon = Timestamp::from_unix_ms(1_790_000_000_000);
        let rights = Rights::everywhere(Role::Operator);
        let (_, anna) =
            PersonRecord::invite("Anna".parse().unwrap(), rights.clone(), noon).unwrap();
        let (of, name) = (SessionOf::Person(anna.id), anna.name);
        let begun = TokenRecord::begin_session(of, name, rights, None, noon).unwrap();
        let (text, record) = begun;
        let tokens = Tokens::new(TokenSet::new([record.clone()]).unwrap());
        let session = Presented::session(text.reveal()).unwrap();
        let asked = |at| tokens.authenticate(&session, at).is_ok();
        let moment = Duration::from_millis(1);
        let mut used = noon;
        while used.plus(SESSION_IDLE) < noon.plus(SESSION_LIFE) {
            used = used.plus(SESSION_IDLE.saturating_sub(moment));
            assert!(asked(used) && tokens.current().is_unnoted(record.id, used));
        }
        assert!(!asked(noon.plus(SESSION_LIFE)));
        let kept = tokens.current().record(record.id).cloned().unwrap();
        assert!(
            !TokenSet::is_over(&kept, noon) && TokenSet::is_over(&kept, noon.plus(SESSION_IDLE))
        );
        let again = Tokens::new(TokenSet::new([record]).unwrap());
        assert!(again.authenticate(&session, noon.plus(SESSION_IDLE)).is_err(), "it was not used");
        let header = format!("Bearer {}", text.reveal());
        assert!(Presented::from_headers([header.as_bytes()]).is_err(), "and no header brings it");
    }
}
