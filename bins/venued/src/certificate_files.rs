//! The files of a certificate.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use snafu::{ResultExt, Snafu};
use venue_tls::{Pair, TlsError};

/// Where a certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, with its chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, Snafu)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file cannot be read.
    #[snafu(display("cannot read {}", path.display()))]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in them cannot be used.
    #[snafu(display("cannot use {} with {}", certificate.display(), key.display()))]
    Unusable {
        /// The certificate.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
        /// Why.
        source: TlsError,
    },
}

impl CertificateFiles {
    /// Reads both.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn read(&self) -> Result<Pair, CertificateError> {
        let Self { certificate, key } = self;
        let read = |path: &Path| fs::read(path).context(ReadFileSnafu { path });
        let pair = Pair::from_pem(&read(certificate)?, &read(key)?);
        pair.context(UnusableSnafu { certificate, key })
    }
}
