//! Where clients come in: what a socket unit hands over, and what the configuration says.

use std::{net::SocketAddr, path::Path};

use snafu::ResultExt;
use tokio::net::{TcpListener, UnixListener};
use venue_http::{Listeners, Secure};
use venue_tls::Server;

use crate::{
    certificates::Certificates,
    config::Config,
    local_socket::LocalSocket,
    service_manager::{self, HandedOver},
    start_error::{
        HandOverSnafu, ListenSnafu, ListenTlsSnafu, LocalAddressSnafu, LocalSocketSnafu,
        PublicSocketSnafu, StartError, TlsSnafu,
    },
};

/// Where clients come in.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(crate) listeners: Listeners,
    /// The first of those of the network.
    pub(crate) address: SocketAddr,
    /// The file of the socket, which goes when nobody listens at it any more.
    pub(crate) local: Option<LocalSocket>,
    /// What HTTPS shows.
    pub(crate) certificates: Option<Certificates>,
}

/// Opens everything that is listened at. The address of the configuration counts unless a socket unit hands
/// over one of the network; unix sockets of both are served.
pub(crate) async fn open(config: &Config) -> Result<Entrance, StartError> {
    let HandedOver { network, local } = service_manager::listeners()?;
    let mut listeners = Listeners::default();
    for listener in network {
        listener.set_nonblocking(true).context(HandOverSnafu)?;
        listeners.network.push(TcpListener::from_std(listener).context(HandOverSnafu)?);
    }
    for listener in local {
        listener.set_nonblocking(true).context(HandOverSnafu)?;
        listeners.local.push(UnixListener::from_std(listener).context(HandOverSnafu)?);
    }
    if listeners.network.is_empty() {
        let address = config.listen;
        let listener = TcpListener::bind(address).await.context(ListenSnafu { address })?;
        listeners.network.push(listener);
    }
    // A socket unit says where, and the configuration whether that is allowed.
    let mut addresses = Vec::new();
    for listener in &listeners.network {
        let address = listener.local_addr().context(LocalAddressSnafu)?;
        venue_auth::access(address, config.require_tokens, config.allow_insecure_lan)
            .context(PublicSocketSnafu)?;
        addresses.push(address);
    }
    let local = match &config.unix_socket {
        // The socket unit has it already.
        Some(path) if listeners.local.iter().any(|own| is_at(own, path)) => None,
        Some(path) => {
            let bound = LocalSocket::bind(path, config.admin_group.is_some()).await;
            let (listener, file) = bound.context(LocalSocketSnafu { path })?;
            listeners.local.push(listener);
            Some(file)
        }
        None => None,
    };
    let certificates = secure(config, &mut listeners).await?;
    let address = addresses.first().copied().unwrap_or(config.listen);
    Ok(Entrance { listeners, address, local, certificates })
}

/// Opens HTTPS, where the configuration has it.
async fn secure(
    config: &Config,
    listeners: &mut Listeners,
) -> Result<Option<Certificates>, StartError> {
    let Some(tls) = &config.tls else { return Ok(None) };
    let address = tls.listen;
    let listener = TcpListener::bind(address).await.context(ListenTlsSnafu { address })?;
    let server = Server::new(&tls.pair).context(TlsSnafu)?;
    listeners.secure.push(Secure { listener, tls: server.clone() });
    let (files, pair) = (tls.files.clone(), tls.pair.clone());
    Ok(Some(Certificates { files, server, pair }))
}

fn is_at(listener: &UnixListener, path: &Path) -> bool {
    listener.local_addr().is_ok_and(|address| address.as_pathname() == Some(path))
}
