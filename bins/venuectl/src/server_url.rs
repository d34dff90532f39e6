//! Where the daemon is.

use std::{fmt, io, path::PathBuf, str::FromStr};

use hyper::{Uri, http::uri::Authority};
use snafu::{OptionExt, ResultExt, Snafu, ensure};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{CertificateError, Error as TlsFault},
};

/// Where the daemon is: `http://127.0.0.1:8080`, `https://venue.lan:8443`, or `unix:/run/venued/venued.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerUrl {
    /// On the network.
    Network(Authority),
    /// On the network, encrypted.
    Secure(Authority),
    /// At a unix socket of this machine.
    Local(PathBuf),
}

/// A connection of either kind.
pub(crate) enum Connection {
    Network(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
    Local(UnixStream),
}

/// Why a text is no URL of the daemon.
#[derive(Debug, Snafu)]
pub(crate) enum ServerUrlError {
    #[snafu(display("{source}; give a URL such as {DEFAULT}"))]
    Syntax { source: hyper::http::uri::InvalidUri },
    #[snafu(display("give a URL such as {DEFAULT}, https://HOST:8443 or unix:{SOCKET}"))]
    Scheme,
    #[snafu(display("give the absolute path of the unix socket, as in unix:{SOCKET}"))]
    Socket,
    #[snafu(display("give a URL that ends after host and port, such as {DEFAULT}"))]
    Path,
    #[snafu(display("give the URL without user and password, such as {DEFAULT}"))]
    User,
    #[snafu(display("give a host, and perhaps a port from 1 to 65535, as in {DEFAULT}"))]
    Host,
}

impl ServerUrl {
    /// Whether what is sent there can be read on the way.
    pub(crate) fn is_readable(&self) -> bool {
        let Self::Network(authority) = self else { return false };
        let host = authority.host().trim_matches(['[', ']']);
        let is_here = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        !is_here && !host.eq_ignore_ascii_case("localhost")
    }

    /// As the `Host` header has it.
    pub(crate) fn authority(&self) -> &str {
        match self {
            Self::Network(authority) | Self::Secure(authority) => authority.as_str(),
            Self::Local(_) => "localhost",
        }
    }

    /// Connects, to the first address of the host that takes the connection; `tls` is for `https://`.
    ///
    /// # Errors
    /// The host has no address, or none that takes it, or it cannot show that it is the daemon.
    ///
    /// # Cancel safety
    /// Safe; a lookup of a name runs on until the runtime is dropped.
    pub(crate) async fn connect(&self, tls: Option<&TlsConnector>) -> io::Result<Connection> {
        let (authority, usual) = match self {
            Self::Network(authority) => (authority, HTTP_PORT),
            Self::Secure(authority) => (authority, HTTPS_PORT),
            Self::Local(path) => return UnixStream::connect(path).await.map(Connection::Local),
        };
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let port = authority.port_u16().unwrap_or(usual);
        let stream = TcpStream::connect((bare.unwrap_or(host), port)).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = tls.filter(|_| matches!(self, Self::Secure(_))) else {
            return Ok(Connection::Network(stream));
        };
        let name = venue_tls::server_name(host).map_err(io::Error::other)?;
        let stream = tls.connect(name, stream).await.map_err(explained)?;
        Ok(Connection::Secure(Box::new(stream)))
    }
}

/// What to do about a certificate that is not trusted.
fn explained(error: io::Error) -> io::Error {
    let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsFault>());
    match fault {
        Some(TlsFault::InvalidCertificate(CertificateError::UnknownIssuer)) => io::Error::other(
            "its certificate is not of an authority that is trusted here: give --ca with the file of the \
             venue's authority (ca.pem of `venued tls init`)",
        ),
        Some(TlsFault::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => io::Error::other(
            "its certificate is not for this name or address: ask with one that it is for, or run `sudo venued tls init \
             --renew NAME` on its machine with this one",
        ),
        Some(TlsFault::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => io::Error::other(
            "its certificate has ended: run `sudo venued tls init --renew` on its machine; and is the clock of this one \
             right (`timedatectl`)?",
        ),
        Some(TlsFault::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        )) => io::Error::other(
            "its certificate is not good yet: is the clock of this machine right (`timedatectl`)?",
        ),
        Some(TlsFault::InvalidMessage(_)) => {
            io::Error::other("it does not speak TLS: ask with http:// in place of https://")
        }
        Some(_) | None => error,
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, ServerUrlError> {
        if let Some(path) = text.strip_prefix("unix:") {
            ensure!(path.starts_with('/'), SocketSnafu);
            return Ok(Self::Local(PathBuf::from(path)));
        }
        let uri: Uri = text.parse().context(SyntaxSnafu)?;
        let is_secure = uri.scheme_str() == Some("https");
        ensure!(is_secure || uri.scheme_str() == Some("http"), SchemeSnafu);
        let bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        ensure!(bare, PathSnafu);
        let authority = uri.authority().context(HostSnafu)?;
        ensure!(!authority.as_str().contains('@'), UserSnafu);
        ensure!(!authority.host().is_empty(), HostSnafu);
        // `Authority` takes any digits for a port, and none.
        let has_port = authority.as_str().len() > authority.host().len();
        ensure!(!has_port || authority.port_u16().is_some_and(|port| port > 0), HostSnafu);
        let authority = authority.clone();
        Ok(if is_secure { Self::Secure(authority) } else { Self::Network(authority) })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(authority) => write!(f, "http://{authority}"),
            Self::Secure(authority) => write!(f, "https://{authority}"),
            Self::Local(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Where the daemon listens unless it is configured otherwise.
pub(crate) const DEFAULT: &str = "http://127.0.0.1:8080";

/// Where the daemon of a package listens for the administrators of its machine.
pub(crate) const SOCKET: &str = "/run/venued/venued.sock";

const HTTP_PORT: u16 = 80;

const HTTPS_PORT: u16 = 443;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_reads_back_as_it_was_given() {
        for text in [
            DEFAULT,
            "unix:/run/x.sock",
            "http://venue.lan",
            "https://venue.lan:8443",
            "http://[::1]:8080",
            "http://localhost:1",
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().to_string(), text);
        }
        assert_eq!("http://a:1/".parse::<ServerUrl>().unwrap().authority(), "a:1");
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_with_what_helps() {
        let told = |fault: CertificateError| {
            let fault = TlsFault::InvalidCertificate(fault);
            explained(io::Error::new(io::ErrorKind::InvalidData, fault)).to_string()
        };
        assert!(told(CertificateError::UnknownIssuer).contains("--ca"));
        assert!(told(CertificateError::NotValidForName).contains("--renew NAME"));
        assert!(told(CertificateError::Expired).contains("venued tls init --renew"));
        assert!(told(CertificateError::NotValidYet).contains("timedatectl"));
    }

    #[test]
    fn a_wrong_server_is_refused_with_what_would_be_right() {
        let table = [
            ("", "URL such as http://127.0.0.1:8080"),
            ("127.0.0.1:8080", "such as http://127.0.0.1:8080"),
            ("localhost", "https://HOST:8443"),
            ("ftp://venue.lan", "https://HOST:8443"),
            ("unix:venued.sock", "absolute path"),
            ("http://venue.lan/api/v1", "ends after host and port"),
            ("http://venue.lan?x", "ends after host and port"),
            ("http://admin:secret@venue.lan", "without user"),
            ("http://venue.lan:70000", "as in http://127.0.0.1:8080"),
            ("http://venue.lan:0", "as in http://127.0.0.1:8080"),
            ("http://venue.lan:", "as in http://127.0.0.1:8080"),
        ];
        for (text, expected) in table {
            let told = text.parse::<ServerUrl>().unwrap_err().to_string();
            assert!(told.contains(expected), "{text:?}: {told}");
        }
    }
}
