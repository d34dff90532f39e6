//! Set-up of a new venue: offered with a code while there is neither a token nor a person, claimed once, and closed for
//! good with that.
//!
//! The code is a file beside the database. It is made with a new database and with no other, so a venue that was there
//! before is never open to be claimed; and it goes with the first token or person, so one that has lost them all is not
//! open again. A claim is one change of the configuration: after a kill there is all of it, or nothing.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use snafu::{ResultExt, Snafu, ensure};
use tokio::{task::spawn_blocking, time::sleep};
use venue_auth::{
    IssueError, NewToken, PersonRecord, Rights, Role, SecretHash, SessionOf, SetupCode, TokenName,
    TokenRecord, TokenSet,
};
use venue_domain::{BoxFuture, Configuration, ItemChange, StoreError, Timestamp};
use venue_http::{
    PeopleRejection, SetupClaim, SetupControl, SetupPerson, SetupRejection, SetupState,
};
use venue_registry::{Document, Edit, EditError, Expected};

use crate::{
    clock::SystemClock,
    config::{Config, Tls},
    config_path::given_configuration,
    configuration::{ChangeError, Changed, ConfigService},
    people::{self, LivePeople},
    registry::LiveRegistry,
    tls_init,
    tokens::{self, LiveTokens},
};

pub(crate) mod files;

use files::{Prepared, PreparedPerson};

/// The set-up, alive. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct LiveSetup(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The database, beside which the files are.
    store: PathBuf,
    /// The code; `None` where there is nothing to claim.
    code: Mutex<Option<SetupCode>>,
    parts: SetupParts,
}

/// What set-up changes.
#[derive(Clone, Debug)]
struct SetupParts {
    tokens: LiveTokens,
    people: LivePeople,
    registry: LiveRegistry,
    config_service: ConfigService,
    /// Where the page is, for who reads the log.
    places: Vec<String>,
    /// Where tablets open it.
    tablets: Option<String>,
    /// How set-up is run in a terminal.
    command: String,
}

/// What is offered of set-up, before there is a database.
#[derive(Debug)]
pub(crate) struct NewVenue {
    store: PathBuf,
    code: Option<SetupCode>,
    places: Vec<String>,
    tablets: Option<String>,
    command: String,
}

impl NewVenue {
    /// What `config` offers, where HTTP is served at `address`. To be asked before the database is made.
    pub(crate) fn offered(config: &Config, address: SocketAddr) -> Option<Self> {
        let store = config.store.as_ref()?.path.clone();
        let code = config.offers_setup.then(|| files::offered(&store)).flatten();
        let places = places(address, config.tls.as_ref());
        let secure = config.tls.as_ref().map(|tls| tls.listen);
        let tablets = secure.filter(|at| !at.ip().is_loopback()).map(tls_init::page_at);
        let given = config.file.as_deref().and_then(given_configuration);
        let given = given.map_or_else(String::new, |path| format!(" --config {path}"));
        let command = format!("`sudo venued setup{given}`");
        Some(Self { store, code, places, tablets, command })
    }

    /// The set-up, alive.
    pub(crate) fn set_up(
        self,
        tokens: &LiveTokens,
        people: &LivePeople,
        registry: &LiveRegistry,
        config_service: ConfigService,
    ) -> LiveSetup {
        let (tokens, people, registry) = (tokens.clone(), people.clone(), registry.clone());
        let Self { store, code, places, tablets, command } = self;
        let parts =
            SetupParts { tokens, people, registry, config_service, places, tablets, command };
        LiveSetup(Arc::new(Inner { store, code: Mutex::new(code), parts }))
    }
}

/// Where the page is, for who sets up the venue.
fn places(address: SocketAddr, tls: Option<&Tls>) -> Vec<String> {
    let at = |address: SocketAddr, scheme: &str| match address.ip().is_unspecified() {
        true => format!("{scheme}://HOST:{}/", address.port()),
        false => format!("{scheme}://{address}/"),
    };
    let secure = tls.map(|tls| at(tls.listen, "https"));
    // From elsewhere nothing is claimed over plain HTTP.
    let plain = match address.ip().is_loopback() {
        true => format!("{} on this machine", at(address, "http")),
        false => format!("http://127.0.0.1:{}/ on this machine", address.port()),
    };
    secure.into_iter().chain([plain]).collect()
}

/// Why a claim does not fit.
#[derive(Debug, Snafu)]
enum Unfit {
    #[snafu(display("the venue is claimed"))]
    Claimed,
    #[snafu(display("what is said of the venue does not fit"))]
    Document { source: EditError },
}

/// Why nothing was claimed.
type Refused = ChangeError<Unfit>;

impl From<Refused> for SetupRejection {
    fn from(refused: Refused) -> Self {
        match refused {
            ChangeError::Refused { source: Unfit::Claimed } => Self::Closed,
            ChangeError::Refused { source: Unfit::Document { source } } => {
                Self::Edit { error: source }
            }
            ChangeError::Store { source } => Self::Store { error: source },
        }
    }
}

impl LiveSetup {
    /// Carries out what `venued setup` has prepared, tells the code, and closes with the first token or person.
    pub(crate) async fn follow(&self) {
        let config_service = &self.0.parts.config_service;
        let (mut changes, mut is_told, mut is_first) = (config_service.watch(), false, true);
        changes.mark_changed();
        while changes.changed().await.is_ok() {
            changes.mark_unchanged();
            if !config_service.is_known() {
                continue;
            }
            if std::mem::take(&mut is_first) {
                self.carry_out_prepared().await;
            }
            match self.state() {
                SetupState::Open if !is_told => {
                    is_told = true;
                    self.announce();
                }
                SetupState::Open | SetupState::Unknown => {}
                SetupState::Closed => self.close().await,
            }
        }
    }

    /// The one secret that a log has: it is worth something only until the venue is claimed, and whoever reads the log
    /// of a new daemon is who sets it up.
    fn announce(&self) {
        let code = self.code_now().as_ref().map(SetupCode::reveal);
        let Some(code) = code else { return };
        let (places, command) = (self.0.parts.places.join(" or "), &self.0.parts.command);
        tracing::info!(
            "the venue is not set up yet: open {places} and give the code {code}, or run {command}"
        );
    }

    fn code_now(&self) -> MutexGuard<'_, Option<SetupCode>> {
        // A std lock: held for a look, never across an await.
        self.0.code.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known now: the snapshot of those who are let in may be a moment behind.
    fn known(&self) -> TokenSet {
        let config_service = &self.0.parts.config_service;
        if config_service.is_known() {
            tokens::read(&config_service.now())
        } else {
            TokenSet::unread()
        }
    }

    /// Forgets the code, here and in its file.
    async fn close(&self) {
        if self.code_now().take().is_none() {
            return;
        }
        tracing::info!("the venue is set up: nobody can claim it any more");
        let store = self.0.store.clone();
        if let Ok(Err(error)) = spawn_blocking(move || files::forget_code(&store)).await {
            // It opens nothing: there are people or tokens now.
            tracing::warn!(%error, "the file with the code of set-up cannot be removed");
        }
    }

    /// Makes the venue and its people in one change, unless somebody has been there.
    async fn make(
        &self,
        document: Box<Document>,
        people: Vec<PersonRecord>,
        session: Option<TokenRecord>,
    ) -> Result<(), Refused> {
        let parts = &self.0.parts;
        let base = parts.registry.base();
        let decide = move |known: &Configuration| -> Result<Vec<ItemChange>, Unfit> {
            ensure!(tokens::read(known).is_empty(), ClaimedSnafu);
            let edit = Edit::Apply { document, prune: false, expected: Expected::Any };
            let mut changes: Vec<ItemChange> = edit.decide(known, &base).context(DocumentSnafu)?;
            changes.extend(people.iter().map(people::put));
            changes.extend(session.iter().map(tokens::put));
            Ok(changes)
        };
        let Changed { configuration, .. } = parts.config_service.change(decide).await?;
        parts.tokens.replace(&configuration);
        // Whoever is answered finds the venue in place; the sender lives as long as the registry.
        let _in_place = parts.registry.in_place(configuration.revision).await;
        self.close().await;
        Ok(())
    }

    async fn claimed(&self, claim: SetupClaim) -> Result<(NewToken, TokenRecord), SetupRejection> {
        let SetupClaim { code, document, admin, staff } = claim;
        self.check(&code)?;
        let admin = self.person(admin).await?;
        let staff = match staff {
            Some(staff) => Some(self.person(staff).await?),
            None => None,
        };
        let of = SessionOf::Person(admin.id);
        let (name, rights) = (admin.name.clone(), admin.rights.clone());
        let begun = TokenRecord::begin_session(of, name, rights, None, now());
        let (text, session) = begun.map_err(|error| SetupRejection::Issue { error })?;
        let people = [admin].into_iter().chain(staff).collect();
        self.make(document, people, Some(session.clone())).await?;
        Ok((text, session))
    }

    async fn person(&self, person: SetupPerson) -> Result<PersonRecord, SetupRejection> {
        let SetupPerson { name, rights, pin } = person;
        let hash = self.0.parts.people.hashed(pin).await.map_err(|error| {
            let is_busy = matches!(error, PeopleRejection::Busy);
            if is_busy { SetupRejection::Busy } else { SetupRejection::Hashing }
        })?;
        let made = PersonRecord::with_secret(name, rights, hash, now());
        made.map_err(|error| SetupRejection::Issue { error })
    }

    /// What `venued setup` was told while it could not be asked: carried out as a claim is, and then gone.
    async fn carry_out_prepared(&self) {
        let store = self.0.store.clone();
        let read = spawn_blocking(move || files::read_prepared(&store)).await;
        let prepared = match read {
            Ok(Ok(Some(prepared))) => prepared,
            Ok(Ok(None)) | Err(_) => return,
            Ok(Err(error)) => {
                let command = &self.0.parts.command;
                return tracing::error!(%error, "what `venued setup` prepared cannot be read: run {command} again");
            }
        };
        if self.state() == SetupState::Open {
            self.make_prepared(prepared).await;
        } else {
            tracing::warn!(
                "the venue is set up: what `venued setup` prepared is left aside; `venuectl person add` adds people"
            );
        }
        let store = self.0.store.clone();
        if let Ok(Err(error)) = spawn_blocking(move || files::forget_prepared(&store)).await {
            tracing::warn!(%error, "what `venued setup` prepared cannot be removed");
        }
    }

    async fn make_prepared(&self, prepared: Prepared) {
        let Prepared { venue, admin, staff } = prepared;
        let people = [(Some(admin), Role::Admin), (staff, Role::Operator)];
        let people: Result<Vec<PersonRecord>, IssueError> = people
            .into_iter()
            .filter_map(|(person, role)| Some((person?, role)))
            .map(|(PreparedPerson { name, secret }, role)| recorded(name, role, secret))
            .collect();
        let people = match people {
            Ok(people) => people,
            Err(error) => return tracing::error!(%error, "the venue could not be set up"),
        };
        let document = Box::new(Document { venue: Some(venue), ..Document::default() });
        loop {
            match self.make(document.clone(), people.clone(), None).await {
                Ok(()) => return tracing::info!("the venue is set up as `venued setup` was told"),
                // It is being opened.
                Err(ChangeError::Store { source: StoreError::Unavailable }) => sleep(AGAIN).await,
                Err(error) => {
                    let error = venue_domain::one_line(&error);
                    let command = &self.0.parts.command;
                    return tracing::error!(
                        error,
                        "the venue could not be set up: run {command} again"
                    );
                }
            }
        }
    }
}

fn recorded(name: TokenName, role: Role, secret: SecretHash) -> Result<PersonRecord, IssueError> {
    PersonRecord::with_secret(name, Rights::everywhere(role), secret, now())
}

/// So soon a store that is being opened is asked again.
const AGAIN: Duration = Duration::from_millis(200);

fn now() -> Timestamp {
    SystemClock.wall().for_calendar()
}

impl SetupControl for LiveSetup {
    fn state(&self) -> SetupState {
        if self.code_now().is_none() {
            return SetupState::Closed;
        }
        let known = self.known();
        match (known.is_unread(), known.is_empty()) {
            (true, _) => SetupState::Unknown,
            (false, true) => SetupState::Open,
            (false, false) => SetupState::Closed,
        }
    }

    fn tablets(&self) -> Option<String> {
        self.0.parts.tablets.clone()
    }

    fn code(&self) -> Result<String, SetupRejection> {
        match self.state() {
            SetupState::Open => {
                let code = self.code_now().as_ref().map(SetupCode::reveal);
                code.ok_or(SetupRejection::Closed)
            }
            SetupState::Closed => Err(SetupRejection::Closed),
            SetupState::Unknown => Err(SetupRejection::Store { error: StoreError::Unavailable }),
        }
    }

    fn check(&self, code: &SetupCode) -> Result<(), SetupRejection> {
        match self.state() {
            SetupState::Open if self.code_now().as_ref() == Some(code) => Ok(()),
            SetupState::Open => Err(SetupRejection::WrongCode),
            SetupState::Closed => Err(SetupRejection::Closed),
            SetupState::Unknown => Err(SetupRejection::Store { error: StoreError::Unavailable }),
        }
    }

    fn claim(
        &self,
        claim: SetupClaim,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), SetupRejection>> {
        Box::pin(self.claimed(claim))
    }
}
