//! Why there is no session.

use std::{io, net::SocketAddr};

use esphome_codec::ProtocolError;
use snafu::Snafu;

/// Why a session could not be opened, or ended.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum ConnectError {
    /// The host has no address, or the resolver failed.
    #[snafu(display("cannot resolve {address}: {source}"))]
    Resolve {
        /// `host:port` as configured.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The host resolved to nothing.
    #[snafu(display("{address} has no address"))]
    NoAddress {
        /// `host:port` as configured.
        address: String,
    },
    /// The connect was refused, or found no route.
    #[snafu(display("cannot connect to {address}: {source}"))]
    Connect {
        /// Where to.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Nobody answered the connect in time: powered off, or not there.
    #[snafu(display("no answer from {address}"))]
    ConnectTimeout {
        /// `host:port` as configured.
        address: String,
    },
    /// The session broke the protocol, timed out, or was closed.
    #[snafu(display("{source}"))]
    Protocol {
        /// How.
        source: ProtocolError,
    },
    /// The device said that it would go: a reboot, an update, or deep sleep.
    #[snafu(display("the device announced that it would disconnect"))]
    Announced,
    /// Bytes of a request were stuck in our buffer when its time was up, or its caller had gone;
    /// the session was closed, so that they can never arrive later.
    #[snafu(display("the connection took no bytes in time"))]
    Stalled,
    /// The device sent far more than any board does ([`crate::InboundLimit`]); the session was closed.
    #[snafu(display("the device floods: it sent far more than a board does"))]
    Flooded,
    /// The task of the device ended by a fault of this program; it was started anew.
    #[snafu(display("a fault of this program ended the session"))]
    Crashed,
    /// The pool closed the session.
    #[snafu(display("the session was closed here"))]
    Closed,
}
