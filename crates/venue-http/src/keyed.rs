//! Requests with an `Idempotency-Key`: the same one is carried out once, and answered each time.

use http::{HeaderMap, StatusCode};
use venue_auth::Standing;
use venue_domain::{Begun, Clock, KeyedRequest, RequestKeys, StoreError, StoredAnswer};

use crate::{
    app::{App, Site},
    fault::Fault,
    handler,
    keys::{Running, Taken},
    reply::{self, Asked, Reply},
    route::Endpoint,
};

/// Serves one request, once per key where it has one.
///
/// The key is noted durably before anything is done. While the store is down it is noted in memory:
/// then the answers say `durable: false` anyway.
///
/// # Cancel safety
/// A dropped future leaves its key behind as interrupted: nobody knows how far it came.
pub(crate) async fn serve<S: Site>(
    app: &App<S>,
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: &[u8],
    asked: &Asked,
) -> Result<Reply, Fault> {
    let Some(key) = key_of(&endpoint, headers, body)? else {
        let standing = count(app, &endpoint, asked)?;
        return Ok(handler::handle(app, endpoint, body, asked).await?.counted(standing));
    };
    // What is not begun need not be remembered as refused.
    if app.stop.begun.is_cancelled() {
        return Err(Fault::Stopping);
    }
    let request = keyed(app, key, body, asked);
    let running = loop {
        match app.keys.take(&request) {
            Taken::New(running) => break running,
            Taken::Asking(end) => end.await,
            Taken::Known(begun) => return known(begun, asked),
            Taken::Full => return Err(Fault::TooManyKeys),
        }
    };
    let (actor, key) = (request.actor.clone(), request.key.clone());
    let stored = match app.queue.view.begin_request(request).await {
        Ok(Begun::New) => true,
        Ok(begun) => {
            running.forget();
            return known(begun, asked);
        }
        Err(error) if error.is_down() && !matches!(error, StoreError::Interrupted) => false,
        Err(error) => {
            running.forget();
            return Err(Fault::Store { error });
        }
    };
    // What was answered before does not count, and what counts too often is not begun.
    let standing = match count(app, &endpoint, asked) {
        Ok(standing) => standing,
        Err(fault) => {
            let forgotten = app.queue.view.forget_request(actor, key).await;
            if let Err(error) = forgotten.or_else(|error| if stored { Err(error) } else { Ok(()) })
            {
                tracing::warn!(%error, "a key of a request that was not begun stays behind");
            }
            running.forget();
            return Err(fault);
        }
    };
    running.carry_out();
    let handled = handler::handle(app, endpoint, body, asked).await;
    let reply = handled.unwrap_or_else(|fault| reply::fault(&fault, asked));
    end(app, running, stored, actor, key, reply.to_stored()).await;
    Ok(reply.counted(standing))
}

fn count<S: Site>(
    app: &App<S>,
    endpoint: &Endpoint,
    asked: &Asked,
) -> Result<Option<Standing>, Fault> {
    app.guard.count(&asked.who, endpoint, asked.user_ip, app.router.clock().instant())
}

/// Keeps the answer where its key is, or here if it cannot be kept there.
async fn end<S: Site>(
    app: &App<S>,
    running: Running,
    stored: bool,
    actor: String,
    key: String,
    answer: StoredAnswer,
) {
    if !stored {
        // Nothing was done, and the caller was told to try again: the key must not stand in the way.
        if answer.code == StatusCode::SERVICE_UNAVAILABLE.as_u16() {
            return running.forget();
        }
        return running.keep(answer);
    }
    match app.queue.view.end_request(actor, key, answer.clone()).await {
        Ok(()) => running.forget(),
        Err(error) => {
            tracing::warn!(%error, "the answer to a keyed request is kept in memory only");
            running.keep(answer);
        }
    }
}

/// The answer to a request that was made before.
fn known(begun: Begun, asked: &Asked) -> Result<Reply, Fault> {
    match begun {
        Begun::Answered(answer) => Ok(Reply::from_stored(answer)),
        Begun::New | Begun::Running => Err(Fault::KeyRunning),
        Begun::OtherRequest => Err(Fault::KeyReused),
        Begun::Interrupted => {
            tracing::info!(
                request_id = asked.request_id,
                "a repeated request was interrupted once"
            );
            Err(Fault::KeyInterrupted)
        }
    }
}

/// The key that a request goes by: its header, or the name that it gives to its batch.
fn key_of(endpoint: &Endpoint, headers: &HeaderMap, body: &[u8]) -> Result<Option<String>, Fault> {
    if !endpoint.acts() {
        return Ok(None);
    }
    let mut given = headers.get_all("idempotency-key").iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(handler::batch_id(endpoint, body).map(|id| format!("batch:{id}"))),
        (Some(key), None) => match key.to_str().ok().filter(|key| is_key(key)) {
            Some(key) => Ok(Some(format!("key:{key}"))),
            None => Err(Fault::InvalidKey),
        },
        (Some(_), Some(_)) => Err(Fault::InvalidKey),
    }
}

fn is_key(key: &str) -> bool {
    (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

fn keyed<S: Site>(app: &App<S>, key: String, body: &[u8], asked: &Asked) -> KeyedRequest {
    let at = app.now();
    KeyedRequest {
        // Keys of different callers never meet, also where somebody is called like an address.
        actor: asked
            .who
            .name()
            .map_or_else(|| asked.user_ip.to_string(), |name| format!("name:{name}")),
        key,
        fingerprint: fingerprint(&asked.instance, body),
        at,
        expires_at: at.plus(KEPT_FOR),
    }
}

/// What is asked for, as a digest (FNV-1a, 128 bits): the same in every version of this software.
///
/// Keys of different callers never meet, so nobody gains from two bodies with one digest.
fn fingerprint(path: &str, body: &[u8]) -> String {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let path = path.strip_suffix('/').unwrap_or(path);
    let bytes = path.bytes().chain([0]).chain(body.iter().copied());
    let digest = bytes.fold(BASIS, |hash, b| (hash ^ u128::from(b)).wrapping_mul(PRIME));
    format!("{digest:032x}")
}

impl Reply {
    /// As it is kept for a repeated request.
    fn to_stored(&self) -> StoredAnswer {
        let body = String::from_utf8_lossy(self.body()).into_owned();
        StoredAnswer { code: self.status().as_u16(), body }
    }

    fn from_stored(answer: StoredAnswer) -> Self {
        // Only codes of ours are stored.
        let status = StatusCode::from_u16(answer.code).unwrap_or(StatusCode::OK);
        Self::raw(status, answer.body.into())
    }
}

/// How long an answer is kept.
const KEPT_FOR: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_tells_path_and_body_apart_and_stays_what_it_is() {
        // FNV-1a of one zero byte: its basis times its prime.
        assert_eq!(fingerprint("", b""), "d228cb69101a8caf78912b704e4a147f");
        assert_eq!(fingerprint("/a/", b"x"), fingerprint("/a", b"x"));
        assert_ne!(fingerprint("/a", b"x"), fingerprint("/ax", b""));
        assert_ne!(fingerprint("/a", b"x"), fingerprint("/b", b"x"));
    }

    #[test]
    fn a_key_is_visible_text() {
        for key in ["1", "a b", "\"8e03978e\"", &"x".repeat(255)] {
            assert!(is_key(key), "{key:?}");
        }
        for key in ["", "\u{7f}", "ä", &"x".repeat(256)] {
            assert!(!is_key(key), "{key:?}");
        }
    }
}
