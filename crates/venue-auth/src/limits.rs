//! How often somebody may do something.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use snafu::Snafu;

use crate::{
    AuthError, PersonId, Presented, Principal, SessionOf, TokenId,
    guesses::Guesses,
    token::TokenHash,
    window::{SlidingLog, SlidingLogs, WINDOW},
};

/// How many of each in any 60 seconds, exactly: each use is given back a minute after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitConfig {
    /// Commands for one TV, per actor.
    pub commands: NonZeroU32,
    /// Bulk requests, per actor; each counts once, however many TVs it is for.
    pub bulk: NonZeroU32,
    /// Failed authentications with one text of a token from one address, and different wrong texts from
    /// one address.
    pub failures: NonZeroU32,
    /// Commands and bulk requests of all actors together.
    pub global: NonZeroU32,
    /// How many actors, and how many addresses, are kept in mind.
    pub actors: usize,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            commands: A_HUNDRED,
            bulk: TEN,
            failures: TEN,
            global: A_HUNDRED.saturating_mul(SIXTY),
            actors: 4096,
        }
    }
}

const TEN: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
const SIXTY: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
const A_HUNDRED: NonZeroU32 = NonZeroU32::MIN.saturating_add(99);

/// Which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitName {
    /// Commands of one actor.
    Commands,
    /// Bulk requests of one actor.
    Bulk,
    /// Failed authentications with one text, or different texts, from one address.
    Failures,
    /// Commands and bulk requests of all.
    Global,
    /// PINs that were tried for one name from one address.
    SignIns,
}

impl LimitName {
    /// The name in header fields, metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Bulk => "bulk",
            Self::Failures => "failures",
            Self::Global => "global",
            Self::SignIns => "sign_ins",
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Commands => "commands a minute",
            Self::Bulk => "bulk requests a minute",
            Self::Failures => "failed authentications a minute",
            Self::Global => "requests of all callers together a minute",
            Self::SignIns => "wrong PINs for one name without a wait",
        }
    }
}

/// How far a limit is used up: what the fields `RateLimit-Policy` (name, limit, window) and
/// `RateLimit` (name, remaining, reset) say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which limit.
    pub name: LimitName,
    /// How many there are in a window.
    pub limit: u32,
    /// The window.
    pub window: Duration,
    /// How many are left now.
    pub remaining: u32,
    /// After which time, at the latest, all of them are back if none is used.
    pub reset: Duration,
}

impl Standing {
    const fn new(name: LimitName, limit: NonZeroU32, remaining: u32, reset: Duration) -> Self {
        Self { name, limit: limit.get(), window: WINDOW, remaining, reset }
    }

    /// `reset` in whole seconds, rounded up.
    #[must_use]
    pub const fn reset_seconds(&self) -> u64 {
        whole_seconds(self.reset)
    }
}

/// A limit is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "no more than {} {}: try again in {} s",
    standing.limit,
    standing.name.noun(),
    self.retry_after_seconds()
))]
pub struct Exceeded {
    /// Which limit, and when it is back.
    pub standing: Standing,
    /// After which time one is back.
    pub retry_after: Duration,
}

impl Exceeded {
    const fn new(name: LimitName, limit: NonZeroU32, wait: Duration, reset: Duration) -> Self {
        Self { standing: Standing::new(name, limit, 0, reset), retry_after: wait }
    }

    /// The value of `Retry-After`: in whole seconds, rounded up, at least one.
    #[must_use]
    pub const fn retry_after_seconds(&self) -> u64 {
        let seconds = whole_seconds(self.retry_after);
        if seconds == 0 { 1 } else { seconds }
    }
}

const fn whole_seconds(time: Duration) -> u64 {
    let more = if time.subsec_nanos() > 0 { 1 } else { 0 };
    time.as_secs().saturating_add(more)
}

/// Steps of one selection that follow each other within this time are one operation: somebody holds
/// a button.
const STEP_PAUSE: Duration = Duration::from_secs(2);

/// All limits. Its memory is bounded by [`LimitConfig::actors`], whoever asks and however many.
pub struct Limits {
    config: LimitConfig,
    start: Instant,
    /// Held for the arithmetic of one question.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The latest instant that was handed in, since the start: it never goes back.
    now: Duration,
    commands: SlidingLogs<ActorKey>,
    bulk: SlidingLogs<ActorKey>,
    /// Of one text from one address: who goes on with an old token is nobody else's trouble.
    failures: SlidingLogs<(AddressKey, TextKey)>,
    /// Different texts from one address: somebody guesses.
    guesses: SlidingLogs<AddressKey>,
    /// PINs that were tried for a name from an address.
    pins: Guesses<(Option<AddressKey>, TokenHash)>,
    global: SlidingLog,
}

impl Limits {
    /// With all allowances full. No later `now` may be earlier than this one.
    #[must_use]
    pub fn new(config: LimitConfig, now: Instant) -> Self {
        let state = Mutex::new(State {
            now: Duration::ZERO,
            commands: SlidingLogs::new(config.actors),
            bulk: SlidingLogs::new(config.actors),
            failures: SlidingLogs::new(config.actors),
            guesses: SlidingLogs::new(config.actors),
            pins: Guesses::new(config.actors),
            global: SlidingLog::default(),
        });
        Self { config, start: now, state }
    }

    /// Whether somebody at `address` who came with `presented`, which is not valid, is told so. Takes
    /// nothing. One whose token is valid need not be asked about: behind a proxy all have one address.
    ///
    /// What failed before with the same text counts, and how many other texts failed from there.
    ///
    /// # Errors
    /// [`Exceeded`] where too many failed.
    pub fn may_authenticate(
        &self,
        address: IpAddr,
        presented: Option<&Presented>,
        now: Instant,
    ) -> Result<(), Exceeded> {
        let mut state = self.at(now);
        let (now, address) = (state.now, AddressKey::of(address));
        let limit = self.config.failures;
        let text = state.failures.known(&(address, TextKey::of(presented)));
        if let Some(text) = text.filter(|text| !text.is_unused(now)) {
            return check(LimitName::Failures, limit, text, now);
        }
        let guesses = state.guesses.known(&address);
        guesses.map_or(Ok(()), |guesses| check(LimitName::Failures, limit, guesses, now))
    }

    /// Counts a failed authentication against its text and `address`, if it was a guess.
    pub fn failed(
        &self,
        address: IpAddr,
        presented: Option<&Presented>,
        error: &AuthError,
        now: Instant,
    ) {
        if !error.is_guess() {
            return;
        }
        let State { now, failures, guesses, .. } = &mut *self.at(now);
        let address = AddressKey::of(address);
        let text = failures.of((address, TextKey::of(presented)), *now);
        // Of several at the same time some may come when nothing is left, and that is all
        // there is to say of them.
        if text.is_unused(*now) {
            let _ = guesses.of(address, *now).take(self.config.failures, *now);
        }
        let _ = text.take(self.config.failures, *now);
    }

    /// Counts a try to sign in as `name` from `address`, before it is known how it ends. Five are free; then each waits
    /// twice as long as the one before, up to a quarter of an hour. Who is called otherwise, or tries elsewhere, waits
    /// for nobody.
    ///
    /// # Errors
    /// [`Exceeded`] where the next try has to wait.
    pub fn sign_in(
        &self,
        name: &str,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<(), Exceeded> {
        let State { now, pins, .. } = &mut *self.at(now);
        let begun = pins.begin(pin_key(name, address), *now);
        begun.map_err(|wait| Exceeded::new(LimitName::SignIns, FREE_SIGN_INS, wait, wait))
    }

    /// The try was no guess.
    pub fn signed_in(&self, name: &str, address: Option<IpAddr>) {
        self.state().pins.succeeded(&pin_key(name, address));
    }

    /// Takes one command for one TV. Nothing is taken where it is refused.
    ///
    /// # Errors
    /// [`Exceeded`]: this actor's or the global limit is used up.
    pub fn command(
        &self,
        principal: &Principal,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<Standing, Exceeded> {
        let State { now, commands, global, .. } = &mut *self.at(now);
        let own = commands.of(ActorKey::of(principal, address), *now);
        self.take(LimitName::Commands, self.config.commands, own, global, *now)
    }

    /// Takes one bulk request. Nothing is taken where it is refused.
    ///
    /// # Errors
    /// [`Exceeded`]: this actor's or the global limit is used up.
    pub fn bulk(
        &self,
        principal: &Principal,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<Standing, Exceeded> {
        let State { now, bulk, global, .. } = &mut *self.at(now);
        let own = bulk.of(ActorKey::of(principal, address), *now);
        self.take(LimitName::Bulk, self.config.bulk, own, global, *now)
    }

    /// Takes one step (louder, a key) of the TVs that `selection` stands for. The first is a bulk
    /// request; those that follow within 2 s of the one before belong to it and count as commands,
    /// so that somebody who holds a button is not stopped, and a flood is.
    ///
    /// # Errors
    /// [`Exceeded`]: this actor's or the global limit is used up.
    pub fn step(
        &self,
        principal: &Principal,
        address: Option<IpAddr>,
        selection: u64,
        now: Instant,
    ) -> Result<Standing, Exceeded> {
        let State { now, commands, bulk, global, .. } = &mut *self.at(now);
        let actor = ActorKey::of(principal, address);
        let bulk = bulk.of(actor, *now);
        let taken = if bulk.goes_on(selection, STEP_PAUSE, *now) {
            let own = commands.of(actor, *now);
            self.take(LimitName::Commands, self.config.commands, own, global, *now)
        } else {
            self.take(LimitName::Bulk, self.config.bulk, bulk, global, *now)
        };
        if taken.is_ok() {
            bulk.note_step(selection, *now);
        }
        taken
    }

    /// How many actors and addresses are kept in mind, for metrics.
    #[must_use]
    pub fn kept(&self) -> usize {
        let state = self.state();
        let failures = state.failures.len() + state.guesses.len() + state.pins.len();
        state.commands.len() + state.bulk.len() + failures
    }

    /// Whoever is refused for itself uses up nothing of the others', and whoever is refused for the
    /// others keeps its own.
    fn take(
        &self,
        name: LimitName,
        limit: NonZeroU32,
        own: &mut SlidingLog,
        global: &mut SlidingLog,
        now: Duration,
    ) -> Result<Standing, Exceeded> {
        check(name, limit, own, now)?;
        check(LimitName::Global, self.config.global, global, now)?;
        let exceeded = |wait| Exceeded::new(name, limit, wait, wait);
        global.take(self.config.global, now).map_err(exceeded)?;
        let remaining = own.take(limit, now).map_err(exceeded)?;
        Ok(Standing::new(name, limit, remaining, own.reset(now)))
    }

    /// The state, with its clock set.
    fn at(&self, now: Instant) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.now = state.now.max(now.saturating_duration_since(self.start));
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("config", &self.config).finish_non_exhaustive()
    }
}

fn check(
    name: LimitName,
    limit: NonZeroU32,
    log: &SlidingLog,
    now: Duration,
) -> Result<(), Exceeded> {
    let wait = log.wait(limit, now);
    if wait.is_zero() { Ok(()) } else { Err(Exceeded::new(name, limit, wait, log.reset(now))) }
}

/// Whose commands are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ActorKey {
    Token(TokenId),
    /// On all of their tablets together.
    Person(PersonId),
    Local(u32),
    /// Nobody signs in: all that comes from one address; `None` where there is none.
    Unnamed(Option<AddressKey>),
}

impl ActorKey {
    fn of(principal: &Principal, address: Option<IpAddr>) -> Self {
        match principal {
            Principal::Token(holder) => match holder.session {
                None => Self::Token(holder.id),
                Some(SessionOf::Token(id)) => Self::Token(id),
                Some(SessionOf::Person(id)) => Self::Person(id),
            },
            Principal::LocalAdmin { uid, .. } => Self::Local(*uid),
            Principal::Open | Principal::Anonymous => Self::Unnamed(address.map(AddressKey::of)),
        }
    }
}

fn pin_key(name: &str, address: Option<IpAddr>) -> (Option<AddressKey>, TokenHash) {
    (address.map(AddressKey::of), TokenHash::of_text(&name.trim().to_lowercase()))
}

/// So many tries to sign in are free.
const FREE_SIGN_INS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

/// An address, or, as every IPv6 host can take as many as it likes, its network of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct AddressKey(IpAddr);

impl AddressKey {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            v4 @ IpAddr::V4(_) => Self(v4),
            IpAddr::V6(v6) => Self(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & NETWORK))),
        }
    }
}

/// The text of a token that was not valid, as its hash; `None` for what cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TextKey(Option<TokenHash>);

impl TextKey {
    fn of(presented: Option<&Presented>) -> Self {
        Self(presented.map(Presented::hash))
    }
}

/// The bits of an IPv6 address that name its network.
const NETWORK: u128 = !0 << 64;
