//! A certificate with its key.

use std::{fmt, sync::Arc};

use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use snafu::{OptionExt, ResultExt};

use crate::{
    error::{CertificatePemSnafu, KeyPemSnafu, NoCertificateSnafu, PairSnafu, TlsError},
    provider,
};

/// A certificate, with those of its authorities behind it, and its key.
#[derive(Clone)]
pub struct Pair {
    pub(crate) certified: Arc<CertifiedKey>,
    ends_at: i64,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("ends_at", &self.ends_at).finish_non_exhaustive()
    }
}

impl Pair {
    /// Reads a certificate with its chain, and the key that belongs to it.
    ///
    /// One that has ended is a pair as well: a page that warns is better than none.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = chain(certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).context(KeyPemSnafu)?;
        let mut ends_at = i64::MAX;
        for one in &chain {
            ends_at = ends_at.min(end_of(one)?);
        }
        let certified = CertifiedKey::from_der(chain, key, &provider()).context(PairSnafu)?;
        Ok(Self { certified: Arc::new(certified), ends_at })
    }

    /// Whether both are the same certificate.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.certified.cert == other.certified.cert
    }

    /// When the first certificate of the chain ends, in seconds since 1970.
    #[must_use]
    pub const fn ends_at(&self) -> i64 {
        self.ends_at
    }
}

/// The certificates of a text, at least one.
pub(crate) fn chain(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
    let chain = read.context(CertificatePemSnafu)?;
    chain.first().context(NoCertificateSnafu)?;
    Ok(chain)
}

fn end_of(certificate: &[u8]) -> Result<i64, TlsError> {
    let parsed = x509_parser::parse_x509_certificate(certificate);
    let (_, parsed) =
        parsed.map_err(|error| TlsError::Certificate { detail: error.to_string() })?;
    Ok(parsed.validity().not_after.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Authority, Subject};

    const NOW: i64 = 1_790_000_000;

    #[test]
    fn a_pair_knows_its_end_and_what_does_not_belong_together_is_refused() {
        let authority = Authority::make("Venue", NOW).unwrap();
        let subject = Subject { names: vec!["localhost".into()], addresses: Vec::new() };
        let (one, two) = (authority.issue(&subject, NOW).unwrap(), authority.issue(&subject, NOW));
        let pair = Pair::from_pem(one.certificate.as_bytes(), one.key.as_bytes()).unwrap();
        assert_eq!(pair.ends_at(), one.ends_at);
        let other = two.unwrap();
        let mixed = Pair::from_pem(one.certificate.as_bytes(), other.key.as_bytes()).unwrap_err();
        assert!(matches!(mixed, TlsError::Pair { .. }), "{mixed:?}");
    }

    #[test]
    fn what_is_no_pem_is_told_with_what_would_be_right() {
        let authority = Authority::make("Venue", NOW).unwrap();
        let subject = Subject { names: vec!["localhost".into()], addresses: Vec::new() };
        let good = authority.issue(&subject, NOW).unwrap();
        let (certificate, key) = (good.certificate.as_bytes(), good.key.as_bytes());
        for (certificate, key, told) in [
            (&b""[..], key, "BEGIN CERTIFICATE"),
            (key, key, "BEGIN CERTIFICATE"),
            (certificate, certificate, "BEGIN PRIVATE KEY"),
            (
                b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                key,
                "cannot be read",
            ),
        ] {
            let error = Pair::from_pem(certificate, key).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
