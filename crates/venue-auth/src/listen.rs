//! Where the daemon may listen, and who somebody without a token is there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use snafu::{Snafu, ensure};

use crate::{AuthError, Principal};

/// What it takes to be let in at a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A token.
    Tokens,
    /// Nothing: only this machine gets here, and no tokens are configured.
    OpenLoopback,
    /// Nothing, although others get here: the configuration says that the network is trusted.
    OpenLan,
}

/// The daemon must not listen there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ListenError {
    /// An address on the network, without any protection.
    #[snafu(display(
        "http.listen = {listen} is reachable from the network, and anybody there could switch \
         every TV: set http.require_tokens = true, or use a loopback address, or, where everybody \
         on the network may do so, set http.allow_insecure_lan = true"
    ))]
    Unprotected {
        /// The address.
        listen: SocketAddr,
    },
    /// No network that anybody could trust.
    #[snafu(display(
        "http.listen = {listen} is an address of the internet, where http.allow_insecure_lan is \
         not enough: set http.require_tokens = true, or use an address of the local network"
    ))]
    Internet {
        /// The address.
        listen: SocketAddr,
    },
}

/// What it takes to be let in at `listen`. A choice to be insecure never weakens tokens.
///
/// # Errors
/// [`ListenError`] names the key and what would be right.
pub fn access(
    listen: SocketAddr,
    tokens_configured: bool,
    allow_insecure_lan: bool,
) -> Result<Access, ListenError> {
    let ip = listen.ip().to_canonical();
    if tokens_configured {
        return Ok(Access::Tokens);
    }
    if ip.is_loopback() {
        return Ok(Access::OpenLoopback);
    }
    ensure!(allow_insecure_lan, UnprotectedSnafu { listen });
    ensure!(ip.is_unspecified() || is_local(ip), InternetSnafu { listen });
    Ok(Access::OpenLan)
}

impl Access {
    /// Who somebody without a token is.
    ///
    /// # Errors
    /// [`AuthError::Missing`] where it takes one.
    pub const fn without_token(self) -> Result<Principal, AuthError> {
        match self {
            Self::Tokens => Err(AuthError::Missing),
            Self::OpenLoopback | Self::OpenLan => Ok(Principal::Open),
        }
    }
}

/// Whether `ip` is of this machine or of a local network, and not of the internet.
///
/// Where no tokens are needed, nobody else may be let in: a daemon that listens on all addresses
/// (`0.0.0.0`) may have one of the internet among them.
#[must_use]
pub fn is_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared(ip)
        }
        IpAddr::V6(ip) => ip.is_loopback() || is_local_v6(ip),
    }
}

/// 100.64.0.0/10 (RFC 6598), where overlay networks live as well.
const fn is_shared(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [100, 64..=127, ..])
}

const fn is_local_v6(ip: Ipv6Addr) -> bool {
    ip.is_unique_local() || ip.is_unicast_link_local()
}
