//! Set-up of a new venue, as HTTP sees it: offered until it is claimed, once.

use std::{fmt, future::ready};

use http::StatusCode;
use snafu::Snafu;
use venue_auth::{IssueError, NewPin, NewToken, Rights, SetupCode, TokenName, TokenRecord};
use venue_domain::{BoxFuture, StoreError};
use venue_registry::{Document, EditError};

/// Whether a venue can be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupState {
    /// With the code, by whoever has it.
    Open,
    /// It has people or tokens, or it was there before there was such a thing.
    Closed,
    /// It is not known yet what an earlier run has left.
    Unknown,
}

/// What is made of a venue by whoever claims it.
#[derive(Debug)]
pub struct SetupClaim {
    /// The code that was given.
    pub code: SetupCode,
    /// The name and the time zone of the venue, and its zones.
    pub document: Box<Document>,
    /// Its first admin.
    pub admin: SetupPerson,
    /// Whoever signs in beside the admin.
    pub staff: Option<SetupPerson>,
}

/// Somebody who signs in from now on.
#[derive(Debug)]
pub struct SetupPerson {
    /// What they sign in with.
    pub name: TokenName,
    /// What they may do, and where.
    pub rights: Rights,
    /// Their PIN or password.
    pub pin: NewPin,
}

/// Why a venue was not claimed. Nothing was changed.
#[derive(Debug)]
pub enum SetupRejection {
    /// It was claimed before, or cannot be.
    Closed,
    /// It is another code.
    WrongCode,
    /// What was said of the venue does not fit.
    Edit {
        /// Why.
        error: EditError,
    },
    /// Too many PINs are hashed at this moment.
    Busy,
    /// A session could not be made.
    Issue {
        /// Why.
        error: IssueError,
    },
    /// A hash could not be made.
    Hashing,
    /// It cannot be stored.
    Store {
        /// Why.
        error: StoreError,
    },
}

/// Why a request about set-up is refused. Its display is the problem's `detail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
pub(crate) enum SetupProblem {
    #[snafu(display(
        "the venue is set up: sign in, or have an admin invite you; on the daemon's machine root is an admin: \
         `sudo venuectl person list`"
    ))]
    Closed,
    #[snafu(display(
        "this is not the code: it is in the daemon's log, and `sudo venuectl setup code` on its machine shows it"
    ))]
    WrongCode,
    #[snafu(display(
        "set-up takes passwords, and this connection can be read on the way: open the page with https:// (`sudo \
         venued setup` switches that on), on the daemon's machine itself, or through `ssh -L 8080:127.0.0.1:8080 HOST`"
    ))]
    NotPrivate,
    #[snafu(display(
        "the code is shown at the unix socket of the daemon's machine alone: run `sudo venuectl setup code` there"
    ))]
    Elsewhere,
}

impl SetupProblem {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Closed => StatusCode::CONFLICT,
            Self::WrongCode | Self::NotPrivate | Self::Elsewhere => StatusCode::FORBIDDEN,
        }
    }

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Closed => "setup_closed",
            Self::WrongCode => "wrong_code",
            Self::NotPrivate => "not_encrypted",
            Self::Elsewhere => "denied",
        }
    }
}

/// Keeps the code, and makes a venue of a new daemon.
pub trait SetupControl: fmt::Debug + Send + Sync {
    /// Whether it can be claimed now.
    fn state(&self) -> SetupState;

    /// Where tablets open the page over HTTPS of the daemon; `None` where it serves none on the network.
    fn tablets(&self) -> Option<String>;

    /// The text of the code, for an admin of the machine.
    ///
    /// # Errors
    /// [`SetupRejection::Closed`], and the store where it is not known yet.
    fn code(&self) -> Result<String, SetupRejection>;

    /// Whether `code` is the code.
    ///
    /// # Errors
    /// As [`SetupControl::code`], and [`SetupRejection::WrongCode`].
    fn check(&self, code: &SetupCode) -> Result<(), SetupRejection>;

    /// Makes all of it or nothing, and begins a session of the admin. From the answer on nobody claims it again.
    ///
    /// # Cancel safety
    /// It may have been claimed, and nobody knows the session; the admin signs in.
    fn claim(
        &self,
        claim: SetupClaim,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), SetupRejection>>;
}

/// Where there is nothing to claim.
#[derive(Clone, Copy, Debug)]
pub struct NoSetup;

impl SetupControl for NoSetup {
    fn state(&self) -> SetupState {
        SetupState::Closed
    }

    fn tablets(&self) -> Option<String> {
        None
    }

    fn code(&self) -> Result<String, SetupRejection> {
        Err(SetupRejection::Closed)
    }

    fn check(&self, _: &SetupCode) -> Result<(), SetupRejection> {
        Err(SetupRejection::Closed)
    }

    fn claim(
        &self,
        _: SetupClaim,
    ) -> BoxFuture<'_, Result<(NewToken, TokenRecord), SetupRejection>> {
        Box::pin(ready(Err(SetupRejection::Closed)))
    }
}
