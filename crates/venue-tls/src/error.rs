//! What is wrong with certificates and keys.

use rustls::pki_types::pem;
use snafu::Snafu;

/// Why a certificate, a key or an authority cannot be used. No variant shows any part of a key.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum TlsError {
    /// The text of a certificate has none.
    #[snafu(display("there is no certificate in it: give PEM, with -----BEGIN CERTIFICATE-----"))]
    NoCertificate,
    /// The text of a certificate is damaged.
    #[snafu(display("the certificate is no PEM"))]
    CertificatePem {
        /// Why.
        source: pem::Error,
    },
    /// The text of a key has none, or one that is locked with a passphrase.
    #[snafu(display(
        "there is no key in it: give PEM, with -----BEGIN PRIVATE KEY-----, and without passphrase"
    ))]
    KeyPem {
        /// Why.
        source: pem::Error,
    },
    /// The certificate cannot be read.
    #[snafu(display("the certificate cannot be read: {detail}"))]
    Certificate {
        /// Why.
        detail: String,
    },
    /// The two do not belong together, or the key is of a kind that is not spoken.
    #[snafu(display(
        "certificate and key do not belong together, or the key is of an unknown kind"
    ))]
    Pair {
        /// Why.
        source: rustls::Error,
    },
    /// The provider offers no version of TLS that is wanted.
    #[snafu(display("TLS cannot be set up"))]
    Setup {
        /// Why.
        source: rustls::Error,
    },
    /// An authority that is to be trusted cannot be.
    #[snafu(display("the authority cannot be trusted"))]
    Root {
        /// Why.
        source: rustls::Error,
    },
    /// The system has no list of authorities.
    #[snafu(display(
        "this machine has no list of authorities (package ca-certificates): name the one to trust"
    ))]
    NoRoots,
    /// What is connected to is neither a name nor an address.
    #[snafu(display("{text:?} is no name that a certificate could have"))]
    Name {
        /// What was given.
        text: String,
    },
    /// A certificate cannot be made.
    #[snafu(display("cannot make a certificate"))]
    Make {
        /// Why.
        source: rcgen::Error,
    },
    /// A point in time that no certificate can have.
    #[snafu(display("the clock shows a time that no certificate can have"))]
    Time,
}
