//! Who may do what, and how often.
//!
//! Pure: no socket, no header type, no clock, no file. Time comes in as an argument; the only thing
//! asked of the system is randomness, when a token is made. Whoever serves requests does four
//! things, in this order:
//!
//! 1. [`Presented::from_headers`] and [`Tokens::authenticate`]: who is it? Without a token it is
//!    what [`Access::without_token`] says.
//! 2. Where the token is not valid, [`Limits::may_authenticate`]: has this address failed too often?
//! 3. [`allows`]: may they do that, there?
//! 4. [`Limits::command`] or [`Limits::bulk`]: not too often?
//!
//! ```
//! use std::{net::IpAddr, time::Instant};
//! use venue_auth::{
//!     Denied, LimitConfig, Limits, Need, Presented, Rights, Role, Targets, TokenName,
//!     TokenRecord, TokenSet, Tokens, allows,
//! };
//! use venue_domain::Timestamp;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (now, instant) = (Timestamp::from_unix_ms(0), Instant::now());
//! // An admin makes a token for the tablet at the bar; its text is shown this once.
//! let rights = Rights::in_zones(Role::Operator, ["bar"])?;
//! let (token, record) = TokenRecord::issue("tablet".parse::<TokenName>()?, rights, None, now)?;
//! let tokens = Tokens::new(TokenSet::new([record])?);
//!
//! // A request comes with it.
//! let header = format!("Bearer {}", token.reveal());
//! let address: IpAddr = "192.0.2.7".parse()?;
//! let limits = Limits::new(LimitConfig::default(), instant);
//! let presented = Presented::from_headers([header.as_bytes()])?;
//! let tablet = tokens.authenticate(&presented, now)?;
//!
//! assert_eq!(allows(&tablet, Need::CommandOne, Targets::Ports(&[Some("bar")])), Ok(()));
//! let elsewhere = allows(&tablet, Need::CommandOne, Targets::Ports(&[Some("lobby")]));
//! assert_eq!(elsewhere, Err(Denied::OutsideZones));
//! assert_eq!(limits.command(&tablet, Some(address), instant)?.remaining, 99);
//! # Ok(())
//! # }
//! ```

mod access;
mod error;
mod guesses;
mod limits;
mod listen;
mod person;
mod principal;
mod record;
mod rights;
mod secret;
mod session;
mod setup_code;
mod snapshot;
mod token;
mod token_id;
mod tokens;
mod window;

pub use access::{Denied, Need, Targets, allows};
pub use error::AuthError;
pub use limits::{Exceeded, LimitConfig, LimitName, Limits, Standing};
pub use listen::{Access, ListenError, access, is_local};
pub use person::{INVITATION_LIFE, Invitation, PersonRecord};
pub use principal::{LocalAdmins, NotLocalAdmin, PeerCredentials, Principal, TokenHolder};
pub use record::{IssueError, TokenName, TokenNameError, TokenRecord};
pub use rights::{Rights, RightsError, Role, UnknownRole};
pub use secret::{NewPin, NewPinError, SecretHash, SecretHashError};
pub use session::{SESSION_IDLE, SESSION_LIFE, SESSION_NOTED, SessionOf};
pub use setup_code::SetupCode;
pub use snapshot::{SnapshotError, TokenSnapshot};
pub use token::{NewToken, Presented, TokenHash, TokenHashError};
pub use token_id::{PersonId, PersonIdError, TokenId, TokenIdError};
pub use tokens::{TokenSet, TokenSetError, Tokens};
