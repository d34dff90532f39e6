//! Why serving failed.

use std::io;

use snafu::Snafu;

/// Why a listener could not be served.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum ServeError {
    /// The listener does not know its own address.
    #[snafu(display("cannot read the listener's address"))]
    LocalAddress {
        /// Why.
        source: io::Error,
    },
}
