//! The people of the running daemon, and the sessions of their browsers: kept with the configuration, as tokens are.

use std::sync::Arc;

use snafu::{OptionExt, ResultExt, Snafu, ensure};
use tokio::{
    sync::{Semaphore, mpsc},
    task::spawn_blocking,
};
use venue_auth::{
    IssueError, NewPin, NewToken, PersonId, PersonRecord, Presented, Principal, Rights,
    RightsError, Role, SecretHash, SessionOf, TokenId, TokenName, TokenRecord, TokenSet,
};
use venue_domain::{BoxFuture, Configuration, ItemChange, ItemKind, StoreError, Timestamp};
use venue_http::{Ending, PeopleControl, PeopleRejection, Proof, RightsChange};

use crate::{
    clock::SystemClock,
    configuration::{ChangeError, ConfigService},
    tokens::{self, LiveTokens, removal},
};

/// More than any venue employs.
const MAX_PEOPLE: usize = 200;

/// More browsers than anybody uses: with one more the one that was used longest ago is signed out.
const MAX_SESSIONS: usize = 20;

/// So many PINs are hashed at a time: one, so that whoever guesses takes 19 MiB and one core at most, and commands go on.
const HASHINGS: usize = 1;

/// So many may wait for that.
const MAX_WAITING: usize = 16;

/// The people, alive. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct LivePeople {
    tokens: LiveTokens,
    /// `None` where nothing is stored: then there is nobody.
    config_service: Option<ConfigService>,
    hashing: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    uses: mpsc::Sender<TokenId>,
}

/// Why a change does not fit.
#[derive(Debug, Snafu)]
enum Unfit {
    Exists,
    NotFound,
    NotBelow { role: Role },
    Sense { source: RightsError },
    Full,
    Wrong,
    LastAdmin,
}

impl From<Unfit> for PeopleRejection {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Exists => Self::Exists,
            Unfit::NotFound => Self::NotFound,
            Unfit::NotBelow { role } => Self::NotBelow { role },
            Unfit::Sense { source: error } => Self::Rights { error },
            Unfit::Full => Self::Full,
            Unfit::Wrong => Self::Wrong,
            Unfit::LastAdmin => Self::LastAdmin,
        }
    }
}

/// What begins with a session.
struct Begun {
    of: SessionOf,
    name: TokenName,
    rights: Rights,
    ends_at: Option<Timestamp>,
}

type Made = Result<(NewToken, PersonRecord), PeopleRejection>;

impl LivePeople {
    /// Those that are kept, and what has to be told of sessions that are used ([`UsesKeeper::run`]).
    pub(crate) fn new(
        tokens: LiveTokens,
        config_service: Option<ConfigService>,
    ) -> (Self, UsesKeeper) {
        let (uses, inbox) = mpsc::channel(64);
        let keeper = UsesKeeper { inbox, tokens: tokens.clone() };
        let (hashing, waiting) = (Semaphore::new(HASHINGS), Semaphore::new(MAX_WAITING));
        let (hashing, waiting) = (Arc::new(hashing), Arc::new(waiting));
        (Self { tokens, config_service, hashing, waiting, uses }, keeper)
    }

    /// Makes a change, and has it true before the answer.
    async fn change(
        &self,
        decide: impl FnOnce(&Configuration) -> Result<Vec<ItemChange>, Unfit> + Send + 'static,
    ) -> Result<(), PeopleRejection> {
        let down = || PeopleRejection::Store { error: StoreError::Unavailable };
        let config_service = self.config_service.as_ref().ok_or_else(down)?;
        let changed = config_service.change(decide).await.map_err(|error| match error {
            ChangeError::Refused { source } => source.into(),
            ChangeError::Store { source } => PeopleRejection::Store { error: source },
        })?;
        self.tokens.replace(&changed.configuration);
        Ok(())
    }

    async fn added(&self, name: TokenName, rights: Rights, by: Role) -> Made {
        let issued = PersonRecord::invite(name, rights, now()).map_err(issue)?;
        let (text, person) = issued;
        let new = person.clone();
        self.change(move |known| {
            below(by, &new)?;
            let people = read(known);
            ensure!(people.len() < MAX_PEOPLE, FullSnafu);
            let is_called = |other: &PersonRecord| other.is_called(new.name.as_str());
            // Who is called as a token could manage what that did.
            let tokens = tokens::read(known).records();
            let mut valid =
                tokens.iter().filter(|one| one.session.is_none() && one.is_valid(now()));
            let is_token = valid.any(|token| new.is_called(token.name.as_str()));
            ensure!(!people.iter().any(is_called) && !is_token, ExistsSnafu);
            Ok(vec![put(&new)])
        })
        .await?;
        Ok((text, person))
    }

    async fn invited(&self, id: PersonId, by: Role) -> Made {
        let person = self.person(id).ok_or(PeopleRejection::NotFound)?;
        let (text, person) = person.invited(now()).map_err(issue)?;
        let invitation = person.invitation.clone();
        self.change(move |known| {
            let person = find(known, id)?;
            below(by, &person)?;
            Ok(vec![put(&PersonRecord { invitation, ..person })])
        })
        .await?;
        Ok((text, person))
    }

    async fn changed(
        &self,
        id: PersonId,
        change: RightsChange,
        by: Role,
    ) -> Result<PersonRecord, PeopleRejection> {
        self.person(id).ok_or(PeopleRejection::NotFound)?;
        let live = self.tokens.tokens().current().records();
        let has_socket = self.tokens.has_socket();
        self.change(move |known| {
            let person = find(known, id)?;
            below(by, &person)?;
            let rights = change.applied(&person.rights).context(SenseSnafu)?;
            let stays = rights.role() == Role::Admin;
            ensure!(stays || has_socket || !is_last_admin(known, &person), LastAdminSnafu);
            let changed = PersonRecord { rights: rights.clone(), ..person };
            below(by, &changed)?;
            let sessions = sessions_of(&tokens::read(known), SessionOf::Person(id));
            let sessions = sessions.into_iter().map(|kept| {
                // When it was last used is known here better than in the store.
                let used = live.iter().find(|one| one.id == kept.id).cloned().unwrap_or(kept);
                tokens::put(&TokenRecord { rights: rights.clone(), ..used })
            });
            Ok(sessions.chain([put(&changed)]).collect())
        })
        .await?;
        self.person(id).ok_or(PeopleRejection::NotFound)
    }

    async fn removed(&self, id: PersonId, by: Role) -> Result<PersonRecord, PeopleRejection> {
        let person = self.person(id).ok_or(PeopleRejection::NotFound)?;
        let has_socket = self.tokens.has_socket();
        self.change(move |known| {
            let person = find(known, id)?;
            below(by, &person)?;
            ensure!(has_socket || !is_last_admin(known, &person), LastAdminSnafu);
            let gone = ItemChange::Remove { kind: ItemKind::Person, id: id.to_string() };
            let sessions = sessions_of(&tokens::read(known), SessionOf::Person(id));
            Ok(sessions.iter().map(removal).chain([gone]).collect())
        })
        .await?;
        Ok(person)
    }

    async fn signed_in(
        &self,
        proof: Proof,
        replaces: Option<Presented>,
    ) -> Result<(NewToken, TokenRecord), PeopleRejection> {
        // Before anything is known of an earlier run, a right PIN is not a wrong one.
        let is_known = self.config_service.as_ref().is_none_or(ConfigService::is_known);
        if !is_known {
            return Err(PeopleRejection::Store { error: StoreError::Unavailable });
        }
        match proof {
            Proof::Pin { name, pin } => {
                let person = self.people_now().into_iter().find(|person| person.is_called(&name));
                let kept = person.as_ref().and_then(|person| person.secret.clone());
                let hash = kept.unwrap_or_else(SecretHash::nobodys);
                let matches = self.slowly(move || hash.matches(&pin.0)).await?;
                let person = person.filter(|_| matches).ok_or(PeopleRejection::Wrong)?;
                let same = person.clone();
                let check = move |known: &Configuration| {
                    // Not removed, the PIN not set anew, and as much allowed, while it was hashed.
                    let is_same =
                        |now: PersonRecord| now.secret == same.secret && now.rights == same.rights;
                    let still = find(known, same.id).is_ok_and(is_same);
                    ensure!(still, WrongSnafu);
                    Ok(Vec::new())
                };
                self.begin(begun(&person), replaces, check).await
            }
            Proof::Token(presented) => {
                let tokens = self.tokens.tokens().current();
                let known = self.tokens.tokens().authenticate(&presented, now());
                let Ok(Principal::Token(holder)) = known else {
                    return Err(PeopleRejection::Wrong);
                };
                let id = holder.id;
                let ends_at = tokens.record(id).and_then(|record| record.expires_at);
                let (name, rights) = (holder.name.clone(), holder.rights.clone());
                let begun = Begun { of: SessionOf::Token(id), name, rights, ends_at };
                let check = move |known: &Configuration| {
                    let tokens = tokens::read(known);
                    let is_valid = tokens.record(id).is_some_and(|record| record.is_valid(now()));
                    ensure!(is_valid, WrongSnafu);
                    Ok(Vec::new())
                };
                self.begin(begun, replaces, check).await
            }
            Proof::Invitation { presented, pin } => self.accepted(presented, pin, replaces).await,
        }
    }

    async fn accepted(
        &self,
        presented: Presented,
        pin: NewPin,
        replaces: Option<Presented>,
    ) -> Result<(NewToken, TokenRecord), PeopleRejection> {
        let is_invited = move |person: &PersonRecord| person.is_invited_by(&presented, now());
        let person = self.people_now().into_iter().find(is_invited);
        let person = person.ok_or(PeopleRejection::Wrong)?;
        let hash = self.hashed(pin).await?;
        let (id, rights) = (person.id, person.rights.clone());
        let check = move |known: &Configuration| {
            // It is good once.
            let person = find(known, id).ok().filter(is_invited).context(WrongSnafu)?;
            ensure!(person.rights == rights, WrongSnafu);
            let put = put(&PersonRecord { secret: Some(hash), invitation: None, ..person });
            let sessions = sessions_of(&tokens::read(known), SessionOf::Person(id));
            Ok([put].into_iter().chain(sessions.iter().map(removal)).collect())
        };
        self.begin(begun(&person), replaces, check).await
    }

    /// Begins a session, if `check` agrees at that moment; with it go those that are over, the one that it replaces, and
    /// of very many the oldest.
    async fn begin(
        &self,
        begun: Begun,
        replaces: Option<Presented>,
        check: impl FnOnce(&Configuration) -> Result<Vec<ItemChange>, Unfit> + Send + 'static,
    ) -> Result<(NewToken, TokenRecord), PeopleRejection> {
        let Begun { of, name, rights, ends_at } = begun;
        let (text, record) =
            TokenRecord::begin_session(of, name, rights, ends_at, now()).map_err(issue)?;
        let new = record.clone();
        let live = self.tokens.tokens().current().records();
        self.change(move |known| {
            let mut changes = check(known)?;
            let mut kept = Vec::new();
            for record in
                tokens::read(known).records().into_iter().filter(|one| one.session.is_some())
            {
                // When it was last used is known here better than in the store.
                let used = live.iter().find(|one| one.id == record.id).cloned();
                let record = used.unwrap_or(record);
                let is_replaced = replaces.is_some_and(|presented| record.is_shown_by(&presented));
                if is_replaced || TokenSet::is_over(&record, now()) {
                    changes.push(removal(&record));
                } else if record.session == Some(of) {
                    kept.push(record);
                }
            }
            kept.sort_by_key(|record| record.last_used.unwrap_or(record.created_at));
            let surplus = (kept.len() + 1).saturating_sub(MAX_SESSIONS);
            changes.extend(kept.iter().take(surplus).map(removal));
            changes.push(tokens::put(&new));
            Ok(changes)
        })
        .await?;
        Ok((text, record))
    }

    async fn ended(&self, ending: Ending) -> Result<u64, PeopleRejection> {
        let of_whom = move |record: &TokenRecord| match ending {
            Ending::One(id) => record.id == id && record.session.is_some(),
            Ending::All(of) => record.session == Some(of),
        };
        let records = self.tokens.tokens().current().records();
        let count = records.iter().filter(|record| of_whom(record)).count();
        self.change(move |known| {
            let records = tokens::read(known).records();
            Ok(records.iter().filter(|record| of_whom(record)).map(removal).collect())
        })
        .await?;
        Ok(count as u64)
    }

    /// The hash of what somebody chose.
    pub(crate) async fn hashed(&self, pin: NewPin) -> Result<SecretHash, PeopleRejection> {
        let hash = self.slowly(move || SecretHash::of(&pin)).await?;
        hash.map_err(|_| PeopleRejection::Hashing)
    }

    /// Does what is slow on purpose, when it is its turn, on a thread that serves nobody.
    async fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PeopleRejection> {
        let busy = |_| PeopleRejection::Busy;
        let _place = Arc::clone(&self.waiting).try_acquire_owned().map_err(busy)?;
        let turn = Arc::clone(&self.hashing).acquire_owned().await;
        let turn = turn.map_err(|_| PeopleRejection::Busy)?;
        // The turn goes with the work: a client that leaves does not let the next one in beside it.
        let work = spawn_blocking(move || (work(), turn));
        work.await.map(|(done, _)| done).map_err(|_| PeopleRejection::Hashing)
    }

    fn people_now(&self) -> Vec<PersonRecord> {
        self.config_service.as_ref().map(|service| read(&service.now())).unwrap_or_default()
    }

    fn person(&self, id: PersonId) -> Option<PersonRecord> {
        self.people_now().into_iter().find(|person| person.id == id)
    }
}

fn begun(person: &PersonRecord) -> Begun {
    let (of, name) = (SessionOf::Person(person.id), person.name.clone());
    Begun { of, name, rights: person.rights.clone(), ends_at: None }
}

fn now() -> Timestamp {
    SystemClock.wall().for_calendar()
}

fn issue(error: IssueError) -> PeopleRejection {
    PeopleRejection::Issue { error }
}

/// Whether somebody of the role `by` may have to do with `person`.
fn below(by: Role, person: &PersonRecord) -> Result<(), Unfit> {
    let role = person.rights.role();
    ensure!(by == Role::Admin || role < by, NotBelowSnafu { role });
    Ok(())
}

/// Whether nobody but `person` could administer the venue: no other admin can sign in, and no token of one is valid.
fn is_last_admin(known: &Configuration, person: &PersonRecord) -> bool {
    let is_token = |one: &TokenRecord| {
        one.session.is_none() && one.rights.role() == Role::Admin && one.is_valid(now())
    };
    signs_in_as_admin(person)
        && !read(known).iter().any(|other| other.id != person.id && signs_in_as_admin(other))
        && !tokens::read(known).records().iter().any(is_token)
}

fn signs_in_as_admin(person: &PersonRecord) -> bool {
    person.rights.role() == Role::Admin && person.secret.is_some()
}

fn find(configuration: &Configuration, id: PersonId) -> Result<PersonRecord, Unfit> {
    read(configuration).into_iter().find(|person| person.id == id).context(NotFoundSnafu)
}

/// The people, ordered by name. Whoever cannot be read signs in nowhere.
fn read(configuration: &Configuration) -> Vec<PersonRecord> {
    let items = configuration.items.iter().filter(|item| item.kind == ItemKind::Person);
    let mut people: Vec<PersonRecord> = Vec::new();
    for item in items {
        match serde_json::from_str(&item.body) {
            Ok(person) => people.push(person),
            Err(_) => {
                tracing::error!(person = item.id, "a person cannot be read: nobody signs in so");
            }
        }
    }
    people.sort_by(|a, b| a.name.cmp(&b.name));
    people
}

/// The change that keeps a person.
pub(crate) fn put(person: &PersonRecord) -> ItemChange {
    ItemChange::Put {
        kind: ItemKind::Person,
        id: person.id.to_string(),
        // It is made of numbers and texts.
        body: serde_json::to_string(person).unwrap_or_default(),
    }
}

fn sessions_of(tokens: &TokenSet, of: SessionOf) -> Vec<TokenRecord> {
    tokens.records().into_iter().filter(|record| record.session == Some(of)).collect()
}

/// Keeps when sessions were used, once a day for each, so that a restart does not end those in use.
#[derive(Debug)]
pub(crate) struct UsesKeeper {
    inbox: mpsc::Receiver<TokenId>,
    tokens: LiveTokens,
}

impl UsesKeeper {
    /// Keeps them for good.
    ///
    /// # Cancel safety
    /// What was about to be kept may be.
    pub(crate) async fn run(&mut self) {
        while let Some(id) = self.inbox.recv().await {
            // Several requests of a page say the same.
            if self.tokens.tokens().current().is_unnoted(id, now()) {
                self.tokens.keep_use(id).await;
            }
        }
    }
}

impl PeopleControl for LivePeople {
    fn people(&self) -> Vec<PersonRecord> {
        self.people_now()
    }

    fn add(&self, name: TokenName, rights: Rights, by: Role) -> BoxFuture<'_, Made> {
        Box::pin(self.added(name, rights, by))
    }

    fn invite(&self, id: PersonId, by: Role) -> BoxFuture<'_, Made> {
        Box::pin(self.invited(id, by))
    }

    fn change(
        &self,
        id: PersonId,
        change: RightsChange,
        by: Role,
    ) -> BoxFuture<'_, Result<PersonRecord, PeopleRejection>> {
        Box::pin(self.changed(id, change, by))
    }

    fn remove(
        &self,
        id: PersonId,
        by: Role,
    ) -> BoxFuture<'_, Result<PersonRecord, PeopleRejection>> {
        Box::pin(self.removed(id, by))
    }

    fn sign_in(
        &self,
        proof: Proof,
        replaces: Option<Presented>,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), PeopleRejection>> {
        Box::pin(self.signed_in(proof, replaces))
    }

    fn end(&self, ending: Ending) -> BoxFuture<'_, Result<u64, PeopleRejection>> {
        Box::pin(self.ended(ending))
    }

    fn note_use(&self, id: TokenId) {
        // With a full inbox the next request says it again.
        let _full = self.uses.try_send(id);
    }
}
