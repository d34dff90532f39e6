//! Which daemon is asked, and how that was found out.

use std::{fmt, io, path::PathBuf};

use snafu::ResultExt;

use crate::{
    cli::Global,
    contexts::Contexts,
    error::{ContextServerSnafu, Failure},
    server_url::{DEFAULT, SOCKET, ServerUrl},
};

/// A daemon, and what is needed to ask it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) server: ServerUrl,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) origin: Origin,
}

/// Why just this daemon is asked; tells what to do where it does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was named on the command line or in the environment.
    Given,
    /// It is that of a context.
    Context(String),
    /// Nothing was said, and it is where a daemon usually is; with what became of its socket.
    Usual(Option<io::ErrorKind>),
}

impl Place {
    /// What was said, then the context, then the socket of this machine, then the usual address.
    ///
    /// # Errors
    /// The contexts cannot be read, or there is none of the name that was given.
    pub(crate) fn find(global: &Global) -> Result<Self, Failure> {
        let (token_file, ca) = (global.token_file.clone(), global.ca.clone());
        if let Some(server) = &global.server {
            // The token of a context is for its own daemon, and for no other.
            return Ok(Self { server: server.clone(), token_file, ca, origin: Origin::Given });
        }
        let contexts = Contexts::load()?;
        let Some(name) = global.context.as_ref().or(contexts.current.as_ref()) else {
            let (server, socket) = usual();
            return Ok(Self { server, token_file, ca, origin: Origin::Usual(socket) });
        };
        let context = contexts.named(name)?;
        let server = context.server.parse().context(ContextServerSnafu { name })?;
        Ok(Self {
            server,
            token_file: token_file.or_else(|| context.token_file.clone()),
            ca: ca.or_else(|| context.ca.clone()),
            origin: Origin::Context(name.clone()),
        })
    }
}

/// The socket of the daemon on this machine, where somebody listens at it who lets us in, and otherwise the usual address.
fn usual() -> (ServerUrl, Option<io::ErrorKind>) {
    let local = ServerUrl::Local(PathBuf::from(SOCKET));
    match std::os::unix::net::UnixStream::connect(SOCKET) {
        Ok(_) => (local, None),
        Err(error) => (DEFAULT.parse().unwrap_or(local), Some(error.kind())),
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str(
                "check that venued runs there, and that --server or VENUECTL_SERVER is its address (`listen` in its \
                 configuration)",
            ),
            Self::Context(name) => write!(
                f,
                "check that venued runs there, and that the context {name} has its address (`venuectl context list`)"
            ),
            Self::Usual(Some(io::ErrorKind::PermissionDenied)) => write!(
                f,
                "its socket {SOCKET} is there, but not for you: become root or a member of http.admin_group, or give \
                 --server URL and --token-file FILE"
            ),
            Self::Usual(_) => write!(
                f,
                "nobody answers at {SOCKET} either: start the daemon (`systemctl start venued`), or say where it is: \
                 --server URL, or once and for all `venuectl context set NAME --server URL`"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_depends_on_how_the_daemon_was_found() {
        let table = [
            (Origin::Given, "VENUECTL_SERVER"),
            (Origin::Context("oak".into()), "the context oak"),
            (Origin::Usual(Some(io::ErrorKind::NotFound)), "systemctl start venued"),
            (
                Origin::Usual(Some(io::ErrorKind::NotFound)),
                "venuectl context set NAME --server URL",
            ),
            (Origin::Usual(Some(io::ErrorKind::PermissionDenied)), "http.admin_group"),
        ];
        for (origin, told) in table {
            assert!(origin.to_string().contains(told), "{origin:?}: {origin}");
        }
    }
}
