//! Where the daemon is.

use std::{fmt, io, str::FromStr};

use hyper::{Uri, http::uri::Authority};
use snafu::{OptionExt, ResultExt, Snafu, ensure};
use tokio::net::TcpStream;

/// The URL of the daemon, such as `http://127.0.0.1:8080`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerUrl(Authority);

/// Why a text is no URL of the daemon.
#[derive(Debug, Snafu)]
pub(crate) enum ServerUrlError {
    #[snafu(display("{source}; a server is a URL such as {DEFAULT}"))]
    Syntax { source: hyper::http::uri::InvalidUri },
    #[snafu(display(
        "the daemon speaks plain HTTP: a server is a URL such as {DEFAULT}; for TLS, put a tunnel \
         in between"
    ))]
    Scheme,
    #[snafu(display("a server is a URL with nothing behind host and port, such as {DEFAULT}"))]
    Path,
    #[snafu(display("a server has no user and no password, as in {DEFAULT}"))]
    User,
    #[snafu(display("a server has a host, and perhaps a port from 1 to 65535, as in {DEFAULT}"))]
    Host,
}

impl ServerUrl {
    /// As the `Host` header has it.
    pub(crate) fn authority(&self) -> &str {
        self.0.as_str()
    }

    /// Connects, to the first address of the host that takes the connection.
    ///
    /// # Errors
    /// The host has no address, or none that takes it.
    ///
    /// # Cancel safety
    /// Safe; a lookup of a name runs on until the runtime is dropped.
    pub(crate) async fn connect(&self) -> io::Result<TcpStream> {
        let host = self.0.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let port = self.0.port_u16().unwrap_or(HTTP_PORT);
        let stream = TcpStream::connect((bare.unwrap_or(host), port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, ServerUrlError> {
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
        Ok(Self(authority.clone()))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.0)
    }
}

/// Where the daemon listens unless it is configured otherwise.
pub(crate) const DEFAULT: &str = "http://127.0.0.1:8080";

const HTTP_PORT: u16 = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_reads_back_as_it_was_given() {
        for text in [DEFAULT, "http://venue.lan", "http://[::1]:8080", "http://localhost:1"] {
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
            ("unix:/run/venued.sock", "such as http://127.0.0.1:8080"),
            ("http://venue.lan/api/v1", "nothing behind host and port"),
            ("http://venue.lan?x", "nothing behind host and port"),
            ("http://admin:secret@venue.lan", "no user"),
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
