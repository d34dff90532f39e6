//! The accept loop and the stop.

use std::{future::Future, io, pin::pin, sync::Arc};

use snafu::ResultExt;
use tokio::{
    select,
    sync::Semaphore,
    time::{sleep, timeout},
};
use venue_domain::{
    AssumedStateStore, BackupControl, Clock, CommandQueue, DirectTransport, Directory, Probe,
    QueueControl, QueueView, RequestKeys,
};
use venue_routing::Router;

use crate::{
    app::{App, AppTypes},
    auth::Peer,
    config::Config,
    connection::serve_connection,
    error::{LimitSnafu, LocalAddressSnafu, ServeError},
    handshake::Handshakes,
    idempotency,
    listeners::{Incoming, Listeners, Socket},
    origin_check::HostPolicy,
    service::Site,
    services::Services,
};

/// Serves `router` on `listeners` until `shutdown` completes; then it stops accepting, finishes
/// what is in flight within [`Config::grace`], cuts the rest off, and returns. `sides` is all
/// that it shows and asks beside the router; [`Services::bare`] where there is nothing.
///
/// Must be called on a Tokio runtime with I/O and time enabled.
///
/// # Errors
/// [`ServeError::Limit`] and [`ServeError::LocalAddress`] at the start. A failed accept is no error: it is logged and tried
/// again after [`Config::accept_backoff`].
///
/// # Cancel safety
/// A dropped future stops accepting at once; connections and requests run on without anybody who
/// waits for them. Complete `shutdown` instead.
pub async fn serve<T, D, C, Q, V, K, F>(
    listeners: impl Into<Listeners>,
    router: Arc<Router<T, D, C, Q>>,
    services: Services<V, K>,
    config: Config,
    shutdown: F,
) -> Result<(), ServeError>
where
    T: DirectTransport + Probe + 'static,
    D: Directory + 'static,
    C: Clock + 'static,
    Q: CommandQueue + 'static,
    V: QueueView + AssumedStateStore + RequestKeys + Clone + 'static,
    K: QueueControl + BackupControl + 'static,
    F: Future<Output = ()>,
{
    if let Some((limit, rule)) = config.invalid_limit() {
        return LimitSnafu { limit, rule }.fail();
    }
    let listeners: Listeners = listeners.into();
    let addresses = listeners.addresses().context(LocalAddressSnafu)?;
    let secure = listeners.secure_addresses().context(LocalAddressSnafu)?;
    let all = [&addresses[..], &secure[..]].concat();
    let hosts = HostPolicy::of_listeners(&all, &config.allowed_hosts);
    let app = Arc::new(App::<(T, D, C, Q, V, K)>::new(router, services, config, hosts));
    let site = Arc::new(Site::new(Arc::clone(&app)));
    for address in &addresses {
        tracing::info!(%address, mode = app.router.mode().name(), "serving HTTP");
    }
    for address in &secure {
        tracing::info!(%address, "serving HTTPS");
    }
    // Owned by the tracker: it ends when the stop begins.
    app.stop.tasks.spawn(idempotency::store_kept_keys(Arc::clone(&app)));
    accept_until(&listeners, &site, shutdown).await;
    drop(listeners);
    stop(&app).await;
    tracing::info!("HTTP stopped");
    Ok(())
}

async fn accept_until<S: AppTypes, F>(listeners: &Listeners, site: &Arc<Site<S>>, shutdown: F)
where
    F: Future<Output = ()>,
{
    let app = &site.app;
    let places = Arc::new(Semaphore::new(app.config.max_connections));
    let handshakes = Arc::new(Handshakes::new(&app.config));
    let mut shutdown = pin!(shutdown);
    let mut turn = 0_usize;
    loop {
        turn = turn.wrapping_add(1);
        let accepted = select! {
            biased;
            () = shutdown.as_mut() => return,
            accepted = accept(listeners, turn, &app.config) => accepted,
        };
        let Some((incoming, peer)) = accepted else { continue };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            turn_away(&incoming, &peer);
            continue;
        };
        let (site, handshakes) = (Arc::clone(site), Arc::clone(&handshakes));
        let tasks = app.stop.tasks.clone();
        // Owned by the tracker: the stop ends and awaits it.
        tasks.spawn(async move {
            if let Some(stream) = opened(&site.app, &handshakes, incoming).await {
                serve_connection(site, stream, peer).await;
            }
            drop(place);
        });
    }
}

/// What can be served of a client that has come in; `None` where it does not agree on TLS, or the stop has begun.
async fn opened<S: AppTypes>(
    app: &App<S>,
    handshakes: &Handshakes,
    incoming: Incoming,
) -> Option<Socket> {
    let (stream, tls) = match incoming {
        Incoming::Plain(socket) => return Some(socket),
        Incoming::Secure(stream, tls) => (stream, tls),
    };
    select! {
        biased;
        () = app.stop.begun.cancelled() => None,
        shaken = handshakes.shake(stream, tls) => shaken,
    }
}

/// The next connection; `None` after a failed accept and its pause, so that running out of file
/// descriptors is no busy loop.
async fn accept(listeners: &Listeners, turn: usize, config: &Config) -> Option<(Incoming, Peer)> {
    match listeners.accept(turn).await {
        Ok(accepted) => Some(accepted),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            sleep(config.accept_backoff).await;
            None
        }
    }
}

/// Tells a client above the cap so, as far as its socket takes it at once; one that wants TLS is only closed.
fn turn_away(incoming: &Incoming, peer: &Peer) {
    const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
        content-length: 0\r\nconnection: close\r\n\r\n";
    let told: io::Result<usize> = match incoming {
        Incoming::Plain(stream) => stream.try_write(FULL),
        Incoming::Secure(..) => Err(io::ErrorKind::WouldBlock.into()),
    };
    tracing::debug!(?peer, told = told.is_ok(), "too many connections: turned away");
}

/// Finishes what is in flight within the grace, and cuts the rest off.
async fn stop<S: AppTypes>(app: &App<S>) {
    let stop = &app.stop;
    stop.begun.cancel();
    stop.tasks.close();
    if timeout(app.config.grace, stop.tasks.wait()).await.is_err() {
        tracing::warn!(tasks = stop.tasks.len(), "the grace is over: cutting off what still runs");
        stop.cut_off.cancel();
        stop.tasks.wait().await;
    }
}
