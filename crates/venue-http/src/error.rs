//! Why serving failed.

use std::io;

use snafu::Snafu;

/// Why a listener could not be served.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum ServeError {
    /// A limit is zero, and nothing could ever be answered; or larger than there can be.
    #[snafu(display("{limit} of the HTTP surface {rule}"))]
    Limit {
        /// The field of [`Config`](crate::Config).
        limit: &'static str,
        /// What would be right.
        rule: &'static str,
    },
    /// The listener does not know its own address.
    #[snafu(display("cannot read the listener's address"))]
    LocalAddress {
        /// Why.
        source: io::Error,
    },
}
