//! Who asks, whether they may, how often, and that it is remembered.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use http::{HeaderMap, Method, header::AUTHORIZATION};
use venue_auth::{
    AuthError, IssueError, LimitConfig, Limits, LocalAdmins, Need, NewToken, PeerCredentials,
    Presented, Principal, Rights, Role, Standing, TokenId, TokenName, TokenRecord, TokenSet,
    Tokens, allows,
};
use venue_domain::{AuditPage, AuditQuery, AuditRecord, BoxFuture, StoreError, Timestamp};

use crate::{
    access::{AuthScope, Counted},
    api_error::ApiError,
    cookie,
    people::{Nobody, PeopleControl},
    setup::{NoSetup, SetupControl},
};

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Somebody on the network.
    Network(SocketAddr),
    /// A process on this machine, at the unix socket.
    Local(PeerCredentials),
}

/// From where a request came, as history, audit and logs say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Address(IpAddr),
    Local,
}

impl Origin {
    pub(crate) const fn address(self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address),
            Self::Local => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Local => f.write_str("local"),
        }
    }
}

impl Peer {
    /// An IPv4 client of a dual-stack listener is shown as IPv4.
    pub(crate) const fn origin(&self) -> Origin {
        match self {
            Self::Network(address) => Origin::Address(address.ip().to_canonical()),
            Self::Local(_) => Origin::Local,
        }
    }
}

/// Why no token was made or taken back.
#[derive(Debug)]
pub enum TokenRejection {
    /// It could not be made.
    Issue {
        /// Why.
        error: IssueError,
    },
    /// There is no such token.
    NotFound,
    /// Nobody could administer the venue without it.
    LastAdmin,
    /// It cannot be stored.
    Store {
        /// Why.
        error: StoreError,
    },
}

/// Makes tokens and takes them back.
pub trait TokenControl: fmt::Debug + Send + Sync {
    /// Makes one; its text is known only here and now.
    ///
    /// # Cancel safety
    /// It may have been made, and nobody knows its text.
    fn issue(
        &self,
        name: TokenName,
        rights: Rights,
        expires_at: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), TokenRejection>>;

    /// Takes one back: from the answer on it is worth nothing.
    ///
    /// # Cancel safety
    /// It may have been taken back.
    fn revoke(&self, id: TokenId) -> BoxFuture<'_, Result<TokenRecord, TokenRejection>>;
}

/// Remembers who did what.
pub trait AuditTrail: fmt::Debug + Send + Sync {
    /// Hands over a record, without waiting.
    fn note(&self, record: AuditRecord);

    /// What is remembered, the newest first.
    fn read(&self, query: AuditQuery) -> BoxFuture<'_, Result<AuditPage, StoreError>>;
}

/// What stands before the router.
#[derive(Clone)]
pub struct Auth {
    /// The tokens that are recognised.
    pub tokens: Arc<Tokens>,
    /// How often who may do what.
    pub limits: Arc<Limits>,
    /// Whether a token is needed also where there is none yet; otherwise anybody may do everything
    /// until there is one.
    pub require_tokens: bool,
    /// Who administers the venue at the unix socket.
    pub local_admins: LocalAdmins,
    /// Who makes tokens.
    pub control: Arc<dyn TokenControl>,
    /// Who knows people, and begins and ends sessions.
    pub people: Arc<dyn PeopleControl>,
    /// Who makes a venue of a new daemon.
    pub setup: Arc<dyn SetupControl>,
    /// Who did what.
    pub audit: Arc<dyn AuditTrail>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("require_tokens", &self.require_tokens)
            .finish_non_exhaustive()
    }
}

impl Auth {
    /// Lets everybody do everything within the usual limits, and remembers nothing: of a service that
    /// stands behind something that checks this.
    ///
    /// `now` is the time of the clock that is asked later.
    #[must_use]
    pub fn open(limits: LimitConfig, now: Instant) -> Self {
        Self {
            tokens: Arc::new(Tokens::new(TokenSet::default())),
            limits: Arc::new(Limits::new(limits, now)),
            require_tokens: false,
            local_admins: LocalAdmins { own_uid: 0, group: None },
            control: Arc::new(Unguarded),
            people: Arc::new(Nobody),
            setup: Arc::new(NoSetup),
            audit: Arc::new(Unguarded),
        }
    }

    /// Who asks.
    pub(crate) fn who(
        &self,
        peer: &Peer,
        method: &Method,
        headers: &HeaderMap,
        (now, instant): (Timestamp, Instant),
    ) -> Result<Principal, ApiError> {
        // A browser that is signed in would sign in anew, and a script give up, for a token that is good.
        if matches!(peer, Peer::Network(_)) && self.tokens.current().is_unread() {
            return Err(ApiError::Store { error: StoreError::Unavailable });
        }
        let values: Vec<&[u8]> =
            headers.get_all(AUTHORIZATION).iter().map(http::HeaderValue::as_bytes).collect();
        match (peer, values.is_empty()) {
            (Peer::Local(credentials), true) => self
                .local_admins
                .admit(credentials)
                .map_err(|error| ApiError::NotLocalAdmin { error }),
            (Peer::Local(_), false) => self.token(&values, None, now, instant),
            (Peer::Network(address), false) => {
                self.token(&values, Some(address.ip()), now, instant)
            }
            (Peer::Network(address), true) => {
                let without = || match self.is_open_to(address.ip()) {
                    true => Principal::Open,
                    false => Principal::Anonymous,
                };
                match cookie::session(headers) {
                    Some(session) => self.session(&session, method, headers, now, without()),
                    None => Ok(without()),
                }
            }
        }
    }

    /// Who a browser is signed in as; `without` a session that holds it is nobody, or anybody.
    fn session(
        &self,
        session: &Presented,
        method: &Method,
        headers: &HeaderMap,
        now: Timestamp,
        without: Principal,
    ) -> Result<Principal, ApiError> {
        let found = self.tokens.authenticate(session, now);
        match (found, cookie::is_from_own_page(method, headers)) {
            (Ok(principal), true) => {
                if let Some((id, _)) = principal.session()
                    && self.tokens.current().is_unnoted(id, now)
                {
                    self.people.note_use(id);
                }
                Ok(principal)
            }
            // Another site's page may ask nothing with it, and reads what anybody reads.
            (Ok(_), false) if *method == Method::GET || *method == Method::HEAD => Ok(without),
            (Ok(_), false) => Err(ApiError::CrossSite),
            (Err(_), _) if matches!(without, Principal::Open) => Ok(without),
            (Err(_), _) => Err(ApiError::Unauthenticated { error: AuthError::SessionOver }),
        }
    }

    /// Whether a token for `rights`, asked for by `principal`, would leave the venue without anybody
    /// who can administer it over the network: from the first token on, who has none is let in no
    /// more. A local admin can always come back.
    pub(crate) fn would_lock_out(
        &self,
        principal: &Principal,
        role: Role,
        expires: bool,
        now: Timestamp,
    ) -> bool {
        let lasting_admin =
            (role == Role::Admin && !expires) || self.tokens.current().has_lasting_admin(now);
        matches!(principal, Principal::Open) && !lasting_admin
    }

    /// Whether somebody at `address` needs no token. Somebody on the internet always does.
    fn is_open_to(&self, address: IpAddr) -> bool {
        !self.require_tokens && self.tokens.current().is_empty() && venue_auth::is_local(address)
    }

    fn token(
        &self,
        values: &[&[u8]],
        address: Option<IpAddr>,
        now: Timestamp,
        instant: Instant,
    ) -> Result<Principal, ApiError> {
        let presented = Presented::from_headers(values.iter().copied());
        let found = presented.and_then(|presented| self.tokens.authenticate(&presented, now));
        let error = match found {
            // However many wrong ones came from there: behind a proxy all have one address.
            Ok(principal) => return Ok(principal),
            Err(error) => error,
        };
        if error == AuthError::Unread {
            return Err(ApiError::Store { error: StoreError::Unavailable });
        }
        if let Some(address) = address {
            let text = presented.as_ref().ok();
            let told = self.limits.may_authenticate(address, text, instant);
            told.map_err(|exceeded| ApiError::TooMany { exceeded })?;
            self.limits.failed(address, text, &error, instant);
            tracing::info!(%address, reason = error.reason(), "a token was refused");
        }
        Err(ApiError::Unauthenticated { error })
    }

    /// Whether `principal` may use an endpoint that needs `need`; before its body is read as far as that can be
    /// said.
    pub(crate) fn may(principal: &Principal, need: Need) -> Result<(), ApiError> {
        // Those who have not all zones are asked again when it is known what it is about.
        let scope = if principal.zones().is_some() {
            let zones = principal.zones().into_iter().flatten().cloned();
            AuthScope::Ports(zones.map(Some).collect())
        } else {
            AuthScope::Venue
        };
        Self::may_there(principal, need, &scope)
    }

    /// Whether `principal` may use an endpoint that needs `need` for what is in `scope`.
    pub(crate) fn may_there(
        principal: &Principal,
        need: Need,
        scope: &AuthScope,
    ) -> Result<(), ApiError> {
        let allowed = scope.with(|targets| allows(principal, need, targets));
        allowed.map_err(|denied| match denied {
            venue_auth::Denied::Unauthenticated => {
                ApiError::Unauthenticated { error: AuthError::Missing }
            }
            denied @ (venue_auth::Denied::Role { .. } | venue_auth::Denied::OutsideZones) => {
                ApiError::Denied { denied }
            }
        })
    }

    /// Takes what a request counts as from the allowance of `principal`.
    pub(crate) fn count(
        &self,
        principal: &Principal,
        counted: Option<Counted>,
        origin: Origin,
        now: Instant,
    ) -> Result<Option<Standing>, ApiError> {
        let Some(counted) = counted else { return Ok(None) };
        let (limits, address) = (&self.limits, origin.address());
        let standing = match counted {
            Counted::Command => limits.command(principal, address, now),
            Counted::Bulk => limits.bulk(principal, address, now),
            Counted::Step { selection } => limits.step(principal, address, selection, now),
        };
        standing.map(Some).map_err(|exceeded| ApiError::TooMany { exceeded })
    }
}

/// Nobody is remembered, and there are no tokens.
#[derive(Clone, Copy, Debug)]
struct Unguarded;

impl TokenControl for Unguarded {
    fn issue(
        &self,
        _: TokenName,
        _: Rights,
        _: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), TokenRejection>> {
        Box::pin(async { Err(TokenRejection::Store { error: StoreError::Unavailable }) })
    }

    fn revoke(&self, _: TokenId) -> BoxFuture<'_, Result<TokenRecord, TokenRejection>> {
        Box::pin(async { Err(TokenRejection::Store { error: StoreError::Unavailable }) })
    }
}

impl AuditTrail for Unguarded {
    fn note(&self, _: AuditRecord) {}

    fn read(&self, _: AuditQuery) -> BoxFuture<'_, Result<AuditPage, StoreError>> {
        Box::pin(async { Err(StoreError::Unavailable) })
    }
}
