//! TLS: certificates and keys, who is trusted, and an authority of the venue's own.
//!
//! * One provider of cryptography for everything: ring (docs/decisions/0006-tls.md).
//! * [`Server`] is what a listener shows; a new [`Pair`] takes its place while connections go on.
//! * [`client()`] is whom we trust when we connect.
//! * [`authority`] makes certificates for venues that have no other.
//!
//! Reads no file but the system's own list of authorities, and opens no socket: it is given bytes and times.

pub mod authority;
mod client;
mod error;
mod pair;
mod server;

pub use client::{Roots, client, server_name};
pub use error::TlsError;
pub use pair::{Pair, subject_of};
pub use server::Server;

/// The provider of cryptography.
fn provider() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    std::sync::Arc::new(rustls::crypto::ring::default_provider())
}
