//! Which daemon is asked, and how that was found out.

use std::{io, path::PathBuf};

use snafu::ResultExt;

use crate::{
    cli::Global,
    contexts::Contexts,
    error::{ContextServerSnafu, Failure},
    origin::Origin,
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
