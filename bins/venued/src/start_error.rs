//! Why a daemon cannot start.

use std::{io, net::SocketAddr, path::PathBuf};

use esphome_pool::AddError;
use snafu::Snafu;
use venue_auth::ListenError;
use venue_queue::LockError;
use venue_tls::TlsError;

use crate::service_manager::NoListener;

/// Why the daemon cannot start.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum StartError {
    /// The HTTP address cannot be used.
    #[snafu(display(
        "cannot listen on http.listen = {address}, where another venued may be running"
    ))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The address of HTTPS cannot be used.
    #[snafu(display("cannot listen on http.tls.listen = {address}"))]
    ListenTls {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// HTTPS cannot be set up.
    #[snafu(display("cannot serve HTTPS"))]
    Tls {
        /// Why.
        source: TlsError,
    },
    /// The socket unit listens where the configuration does not allow it.
    #[snafu(display("the address of the socket unit is not allowed"))]
    PublicSocket {
        /// Why.
        source: ListenError,
    },
    /// What a socket unit hands over cannot be taken.
    #[snafu(display("cannot take over the sockets of the socket unit"))]
    HandOver {
        /// Why.
        source: io::Error,
    },
    /// A socket unit hands over what cannot be served.
    #[snafu(transparent)]
    HandedOver {
        /// Which.
        source: NoListener,
    },
    /// The unix socket cannot be used.
    #[snafu(display("cannot listen at http.unix_socket = {}", path.display()))]
    LocalSocket {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address that was bound cannot be read.
    #[snafu(display("cannot read the address of the HTTP listener"))]
    LocalAddress {
        /// Why.
        source: io::Error,
    },
    /// The database cannot be had.
    #[snafu(display("cannot use store.path"))]
    Store {
        /// Why.
        source: LockError,
    },
    /// A device could not be added.
    #[snafu(display("cannot add a device"))]
    Device {
        /// Why.
        source: AddError,
    },
}
