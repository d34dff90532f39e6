//! An authority of the venue's own, for those who have no other.
//!
//! A certificate that is its own authority is refused by much that connects. So there are two: the
//! authority, which tablets are told to trust once, and the certificate of the daemon, which it can renew
//! without anybody touching a tablet again.

use std::{fmt, net::IpAddr};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use snafu::{OptionExt, ResultExt};
use time::OffsetDateTime;

use crate::error::{MakeSnafu, TimeSnafu, TlsError};

/// An authority, with its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    key: String,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// Whom a certificate is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Names, such as `venue.lan`.
    pub names: Vec<String>,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
}

/// A certificate and its key, as text.
#[derive(Clone)]
pub struct Issued {
    /// The certificate, in PEM.
    pub certificate: String,
    /// Its key, in PEM.
    pub key: String,
    /// When it ends, in seconds since 1970.
    pub ends_at: i64,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("ends_at", &self.ends_at).finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes one, named after the venue; it lasts ten years. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`TlsError::Make`], [`TlsError::Time`].
    pub fn make(name: &str, now: i64) -> Result<Self, TlsError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = at(now - DAY)?;
        params.not_after = at(now + AUTHORITY_DAYS * DAY)?;
        let pair = KeyPair::generate().context(MakeSnafu)?;
        let certificate = params.self_signed(&pair).context(MakeSnafu)?.pem();
        let key = pair.serialize_pem();
        Ok(Self { issuer: Issuer::new(params, pair), certificate, key })
    }

    /// Reads one that was made before.
    ///
    /// # Errors
    /// [`TlsError::Make`].
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, TlsError> {
        let pair = KeyPair::from_pem(key).context(MakeSnafu)?;
        let issuer = Issuer::from_ca_cert_pem(certificate, pair).context(MakeSnafu)?;
        Ok(Self { issuer, certificate: certificate.to_owned(), key: key.to_owned() })
    }

    /// Its certificate, in PEM: what others are told to trust.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its key, in PEM: whoever has it is trusted by all who trust the authority.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Makes a certificate for a server; it lasts 820 days, as Apple's devices take none that lasts longer.
    ///
    /// # Errors
    /// [`TlsError::Make`], [`TlsError::Time`].
    pub fn issue(&self, subject: &Subject, now: i64) -> Result<Issued, TlsError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(subject.names.first().map_or("venued", String::as_str));
        for name in &subject.names {
            let name = name.clone().try_into().context(MakeSnafu)?;
            params.subject_alt_names.push(SanType::DnsName(name));
        }
        let addresses = subject.addresses.iter().copied().map(SanType::IpAddress);
        params.subject_alt_names.extend(addresses);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let ends_at = now + LEAF_DAYS * DAY;
        (params.not_before, params.not_after) = (at(now - DAY)?, at(ends_at)?);
        let pair = KeyPair::generate().context(MakeSnafu)?;
        let certificate = params.signed_by(&pair, &self.issuer).context(MakeSnafu)?;
        Ok(Issued { certificate: certificate.pem(), key: pair.serialize_pem(), ends_at })
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut all = DistinguishedName::new();
    all.push(DnType::CommonName, name);
    all
}

fn at(seconds: i64) -> Result<OffsetDateTime, TlsError> {
    OffsetDateTime::from_unix_timestamp(seconds).ok().context(TimeSnafu)
}

/// A day, in seconds. Certificates begin one earlier: clocks of tablets are not exact.
const DAY: i64 = 24 * 60 * 60;

const AUTHORITY_DAYS: i64 = 3_650;

const LEAF_DAYS: i64 = 820;

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Read, Write},
        sync::Arc,
    };

    use rustls::{ClientConnection, ServerConnection};

    use super::*;
    use crate::{Pair, Roots, Server, client, server_name};

    /// Shakes hands in memory; the client's error where it does not trust.
    fn shake(server: &Server, roots: &str, host: &str) -> Result<(), String> {
        let config = client(Roots::Only(roots.as_bytes())).unwrap();
        let mut client = ClientConnection::new(config, server_name(host).unwrap()).unwrap();
        let mut server = ServerConnection::new(server.config()).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut sent = Vec::new();
            client.write_tls(&mut sent).unwrap();
            server.read_tls(&mut &sent[..]).unwrap();
            server.process_new_packets().map_err(|error| format!("server: {error}"))?;
            let mut back = Vec::new();
            server.write_tls(&mut back).unwrap();
            client.read_tls(&mut &back[..]).unwrap();
            client.process_new_packets().map_err(|error| error.to_string())?;
        }
        client.writer().write_all(b"hello").unwrap();
        let mut sent = Vec::new();
        client.write_tls(&mut sent).unwrap();
        server.read_tls(&mut &sent[..]).unwrap();
        server.process_new_packets().unwrap();
        let mut got = [0; 5];
        server.reader().read_exact(&mut got).map_err(|error: io::Error| error.to_string())?;
        assert_eq!(&got, b"hello");
        Ok(())
    }

    /// rustls looks at the machine's clock.
    fn now() -> i64 {
        OffsetDateTime::now_utc().unix_timestamp()
    }

    fn subject() -> Subject {
        Subject {
            names: vec!["venue.lan".into(), "localhost".into()],
            addresses: vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
        }
    }

    #[test]
    fn whoever_trusts_the_authority_trusts_what_it_issues_by_name_and_by_address() {
        let authority = Authority::make("Venue", now()).unwrap();
        // As it is read back from its files, later.
        let authority = Authority::from_pem(authority.certificate(), authority.key()).unwrap();
        let issued = authority.issue(&subject(), now()).unwrap();
        let pair = Pair::from_pem(issued.certificate.as_bytes(), issued.key.as_bytes()).unwrap();
        let server = Server::new(&pair).unwrap();
        for host in ["venue.lan", "localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(shake(&server, authority.certificate(), host), Ok(()), "{host}");
        }
        let other = shake(&server, authority.certificate(), "other.lan").unwrap_err();
        assert!(other.contains("not valid for name"), "{other}");
        let stranger = Authority::make("Stranger", now()).unwrap();
        let told = shake(&server, stranger.certificate(), "venue.lan").unwrap_err();
        assert!(told.contains("UnknownIssuer") || told.contains("BadSignature"), "{told}");
    }

    #[test]
    fn a_new_pair_is_shown_to_whoever_connects_next() {
        let (old, new) = (Authority::make("Old", now()).unwrap(), Authority::make("New", now()));
        let new = new.unwrap();
        let pair = |authority: &Authority| {
            let issued = authority.issue(&subject(), now()).unwrap();
            Pair::from_pem(issued.certificate.as_bytes(), issued.key.as_bytes()).unwrap()
        };
        let server = Server::new(&pair(&old)).unwrap();
        let shared = Arc::new(server.clone());
        shake(&shared, old.certificate(), "localhost").unwrap();
        server.replace(&pair(&new));
        shake(&shared, new.certificate(), "localhost").unwrap();
        shake(&shared, old.certificate(), "localhost").unwrap_err();
    }
}
