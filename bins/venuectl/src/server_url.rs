//! Where the daemon is.

use std::{fmt, io, path::PathBuf, str::FromStr};

use hyper::{Uri, http::uri::Authority};
use snafu::{OptionExt, ResultExt, Snafu, ensure};
use tokio::net::{TcpStream, UnixStream};

/// Where the daemon is: `http://127.0.0.1:8080`, or `unix:/run/venued/venued.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerUrl {
    /// On the network.
    Network(Authority),
    /// At a unix socket of this machine.
    Local(PathBuf),
}

/// A connection of either kind.
pub(crate) enum Connection {
    Network(TcpStream),
    Local(UnixStream),
}

/// Why a text is no URL of the daemon.
#[derive(Debug, Snafu)]
pub(crate) enum ServerUrlError {
    #[snafu(display("{source}; give a URL such as {DEFAULT}"))]
    Syntax { source: hyper::http::uri::InvalidUri },
    #[snafu(display(
        "the daemon speaks plain HTTP: give a URL such as {DEFAULT}; for TLS, use a tunnel"
    ))]
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
    /// As the `Host` header has it.
    pub(crate) fn authority(&self) -> &str {
        match self {
            Self::Network(authority) => authority.as_str(),
            Self::Local(_) => "localhost",
        }
    }

    /// Where the daemon of this machine is if nothing is said: its socket, where somebody listens at it
    /// who lets us in, and otherwise its usual address.
    pub(crate) fn usual() -> Self {
        let usable = std::os::unix::net::UnixStream::connect(SOCKET).is_ok();
        let local = Self::Local(PathBuf::from(SOCKET));
        if usable { local } else { DEFAULT.parse().unwrap_or(local) }
    }

    /// Connects, to the first address of the host that takes the connection.
    ///
    /// # Errors
    /// The host has no address, or none that takes it.
    ///
    /// # Cancel safety
    /// Safe; a lookup of a name runs on until the runtime is dropped.
    pub(crate) async fn connect(&self) -> io::Result<Connection> {
        let authority = match self {
            Self::Network(authority) => authority,
            Self::Local(path) => return UnixStream::connect(path).await.map(Connection::Local),
        };
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let port = authority.port_u16().unwrap_or(HTTP_PORT);
        let stream = TcpStream::connect((bare.unwrap_or(host), port)).await?;
        stream.set_nodelay(true)?;
        Ok(Connection::Network(stream))
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
        ensure!(uri.scheme_str() == Some("http"), SchemeSnafu);
        let bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        ensure!(bare, PathSnafu);
        let authority = uri.authority().context(HostSnafu)?;
        ensure!(!authority.as_str().contains('@'), UserSnafu);
        ensure!(!authority.host().is_empty(), HostSnafu);
        // `Authority` takes any digits for a port, and none.
        let has_port = authority.as_str().len() > authority.host().len();
        ensure!(!has_port || authority.port_u16().is_some_and(|port| port > 0), HostSnafu);
        Ok(Self::Network(authority.clone()))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(authority) => write!(f, "http://{authority}"),
            Self::Local(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Where the daemon listens unless it is configured otherwise.
pub(crate) const DEFAULT: &str = "http://127.0.0.1:8080";

/// Where the daemon of a package listens for the administrators of its machine.
pub(crate) const SOCKET: &str = "/run/venued/venued.sock";

const HTTP_PORT: u16 = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_reads_back_as_it_was_given() {
        for text in [
            DEFAULT,
            "unix:/run/x.sock",
            "http://venue.lan",
            "http://[::1]:8080",
            "http://localhost:1",
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().to_string(), text);
        }
        assert_eq!("http://a:1/".parse::<ServerUrl>().unwrap().authority(), "a:1");
    }

    #[test]
    fn a_wrong_server_is_refused_with_what_would_be_right() {
        let table = [
            ("", "URL such as http://127.0.0.1:8080"),
            ("127.0.0.1:8080", "such as http://127.0.0.1:8080"),
            ("localhost", "plain HTTP"),
            ("https://venue.lan", "plain HTTP"),
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
