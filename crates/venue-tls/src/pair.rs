//! A certificate with its key.

use std::{fmt, net::IpAddr, sync::Arc};

use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use snafu::{OptionExt, ResultExt};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName};

use crate::{
    authority::Subject,
    error::{CertificatePemSnafu, KeyPemSnafu, NoCertificateSnafu, PairSnafu, TlsError},
    provider,
};

/// A certificate, with those of its authorities behind it, and its key.
#[derive(Clone)]
pub struct Pair {
    pub(crate) certified: Arc<CertifiedKey>,
    ends_at: i64,
    names: Vec<String>,
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
        let names = chain.first().map_or_else(|| Ok(Vec::new()), |own| names_of(own))?;
        let certified = CertifiedKey::from_der(chain, key, &provider()).context(PairSnafu)?;
        Ok(Self { certified: Arc::new(certified), ends_at, names })
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

    /// The names that the certificate is for, such as `venue.lan`. Neither addresses nor wildcards are among them.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
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
    Ok(parsed(certificate)?.validity().not_after.timestamp())
}

fn names_of(certificate: &[u8]) -> Result<Vec<String>, TlsError> {
    let parsed = parsed(certificate)?;
    let names = parsed.subject_alternative_name().map_err(|error| unread(&error))?;
    let names = names.into_iter().flat_map(|names| &names.value.general_names);
    let name = |name: &GeneralName<'_>| {
        let GeneralName::DNSName(name) = name else { return None };
        (!name.contains('*')).then(|| (*name).to_owned())
    };
    Ok(names.filter_map(name).collect())
}

/// Everything that the first certificate of a text is for, wildcards and addresses included.
///
/// # Errors
/// [`TlsError`].
pub fn subject_of(certificate: &[u8]) -> Result<Subject, TlsError> {
    let chain = chain(certificate)?;
    let mut subject = Subject::default();
    let Some(own) = chain.first() else { return Ok(subject) };
    let parsed = parsed(own)?;
    let names = parsed.subject_alternative_name().map_err(|error| unread(&error))?;
    for name in names.into_iter().flat_map(|names| &names.value.general_names) {
        if let GeneralName::DNSName(name) = name {
            subject.names.push((*name).to_owned());
        } else if let GeneralName::IPAddress(bytes) = name {
            subject.addresses.extend(address(bytes));
        }
    }
    Ok(subject)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn parsed(certificate: &[u8]) -> Result<X509Certificate<'_>, TlsError> {
    match x509_parser::parse_x509_certificate(certificate) {
        Ok((_, parsed)) => Ok(parsed),
        Err(error) => Err(unread(&error)),
    }
}

fn unread(error: &impl fmt::Display) -> TlsError {
    TlsError::Certificate { detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Authority;

    const NOW: i64 = 1_790_000_000;

    #[test]
    fn a_pair_knows_its_end_and_what_does_not_belong_together_is_refused() {
        let authority = Authority::make("Venue", NOW).unwrap();
        let subject = Subject {
            names: vec!["localhost".into(), "*.venue.example".into()],
            addresses: vec![[10, 0, 0, 1].into()],
        };
        let (one, two) = (authority.issue(&subject, NOW).unwrap(), authority.issue(&subject, NOW));
        let pair = Pair::from_pem(one.certificate.as_bytes(), one.key.as_bytes()).unwrap();
        assert_eq!(pair.ends_at(), one.ends_at);
        assert_eq!(pair.names(), ["localhost"]);
        assert_eq!(subject_of(one.certificate.as_bytes()).unwrap(), subject);
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
