//! One connection from its acceptance to its close.

use std::{convert::Infallible, pin::pin, sync::Arc};

use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{select, task::spawn_blocking};
use venue_auth::{LocalAdmins, PeerCredentials};

use crate::{
    app::AppTypes,
    auth::Peer,
    config::Config,
    groups::groups_of,
    listeners::Socket,
    service::{Site, serve_request},
    stream::{Stream, Traffic},
};

/// Serves a connection until it ends, or until the server stops and its request is answered.
///
/// # Cancel safety
/// The connection is closed; requests that it brought run on.
pub(crate) async fn serve_connection<S: AppTypes>(site: Arc<Site<S>>, stream: Socket, peer: Peer) {
    let app = &site.app;
    // Answers are small and waited for.
    if let Err(error) = stream.set_nodelay() {
        tracing::debug!(?peer, %error, "cannot disable Nagle's algorithm");
    }
    let is_encrypted = stream.is_encrypted();
    let peer = Arc::new(with_groups(peer, app.auth.local_admins).await);
    let traffic = Arc::<Traffic>::default();
    let stream = Stream::new(stream, Arc::clone(&traffic), app.config.write_timeout);
    let service = service_fn(|request: Request<Incoming>| {
        let peer = (Arc::clone(&peer), is_encrypted);
        let answer = serve_request(Arc::clone(&site), peer, Arc::clone(&traffic), request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let connection = builder(&app.config).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = select! {
        ended = connection.as_mut() => ended,
        () = app.stop.begun.cancelled() => {
            // Browsers open connections ahead of need: nothing is lost with one that has not
            // brought a byte, and the stop need not wait for it.
            if !traffic.is_touched() {
                return;
            }
            connection.as_mut().graceful_shutdown();
            select! {
                ended = connection => ended,
                () = app.stop.cut_off.cancelled() => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(?peer, %error, "connection ended");
    }
}

/// A local peer with all its groups, where it depends on them whether it administers.
async fn with_groups(peer: Peer, admins: LocalAdmins) -> Peer {
    let Peer::Local(credentials) = peer else { return peer };
    if admins.group.is_none() || admins.admit(&credentials).is_ok() {
        return Peer::Local(credentials);
    }
    let PeerCredentials { uid, gid, .. } = credentials;
    let groups = spawn_blocking(move || groups_of(uid, gid)).await.unwrap_or_default();
    Peer::Local(PeerCredentials { uid, gid, groups })
}

fn builder(config: &Config) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_read_timeout)
        .max_headers(config.max_header_count)
        .max_header_size(config.max_header_bytes)
        // hyper's parser reports an oversized head only once its buffer can hold the limit.
        .max_buf_size(config.max_header_bytes.max(MIN_BUFFER));
    builder
}

/// hyper refuses a smaller buffer (`MINIMUM_MAX_BUFFER_SIZE`).
const MIN_BUFFER: usize = 8192;
