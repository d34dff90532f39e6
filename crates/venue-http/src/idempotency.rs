//! Requests with an `Idempotency-Key`: the same one is carried out once, and answered each time.

mod flush;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, StatusCode};
use tokio::time::timeout;
use venue_auth::Standing;
use venue_domain::{
    Clock, EndedRequest, IdempotencyState, KeyedRequest, QueueControl, QueueView, RequestKeys,
    StoreError, StoredAnswer,
};
use venue_routing::Mode;

use crate::{
    access,
    api_error::ApiError,
    app::{App, AppTypes},
    body,
    endpoint::{Call, Endpoint},
    query,
    reply::{self, Reply, RequestContext},
    request_keys::{Kept, Running, Taken},
    spec::{Idempotency, Inspect, Presence, Spec},
};

pub(crate) use self::flush::run as store_kept_keys;

/// Serves one request, once per key where it has one.
///
/// The key is noted durably before anything is done. While that cannot be, it is read all the same, and
/// noted in memory; then nothing durable may come of the request, which a restart would know nothing of: what
/// needs the database is refused, and a command is direct only. Where the key cannot even be read, nothing is
/// pressed that must not be pressed twice.
///
/// # Cancel safety
/// A dropped future leaves its key behind as interrupted: nobody knows how far it came.
pub(crate) async fn serve<S: AppTypes>(
    endpoint: &Endpoint<S>,
    headers: &HeaderMap,
    body: Option<&dyn Inspect>,
    mut call: Call<S>,
) -> Result<Reply, ApiError> {
    let (app, context) = (&Arc::clone(&call.app), &Arc::clone(&call.context));
    let spec = &endpoint.spec;
    fits(spec, &call)?;
    let Some(key) = key_of(spec, headers, body)? else {
        let standing = count(app, spec, body, context)?;
        return Ok(handled(endpoint, call).await?.counted(standing));
    };
    // What is not begun need not be remembered as refused.
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    // A reused name of a batch is told as that: nobody sent a key.
    let known = {
        let batch = key.strip_prefix("batch:").map(str::to_owned);
        move |begun| match (begun, &batch) {
            (IdempotencyState::OtherRequest, Some(id)) => {
                Err(ApiError::BatchExists { id: id.clone() })
            }
            (begun, _) => known(begun, context),
        }
    };
    let request = keyed_request(app, key, &call.body, context);
    let running = loop {
        match app.keys.take(&request) {
            Taken::New(running) => break running,
            Taken::Asking(end) => end.await,
            Taken::Known(begun) => return known(begun),
            Taken::Full => return Err(ApiError::TooManyKeys),
        }
    };
    let wanted = if spec.idempotency == Idempotency::Stored {
        Wanted::Stored
    } else if body.is_some_and(Inspect::presses_once) {
        Wanted::Known
    } else {
        Wanted::Noted
    };
    let place = match note(app, &request, wanted).await {
        Ok(Noted::Here(place)) => place,
        // Its process ended, and the store knows that nothing came of it.
        Ok(Noted::Known(IdempotencyState::Interrupted)) if was_not_stored(app, body).await => {
            Place::Store
        }
        Ok(Noted::Known(begun)) => {
            running.forget();
            return known(begun);
        }
        Err(error) => {
            running.forget();
            return Err(error);
        }
    };
    // What was answered before does not count, and what counts too often is not begun.
    let standing = match count(app, spec, body, context) {
        Ok(standing) => standing,
        Err(error) => {
            if place != Place::Memory {
                let _told = abandon(app, &request).await;
            }
            running.forget();
            return Err(error);
        }
    };
    running.carry_out();
    call.key_in_memory = place != Place::Store;
    let handled = handled(endpoint, call).await;
    let reply = handled.unwrap_or_else(|error| reply::problem(&error, context));
    end(app, running, place, &request, &reply, context).await;
    Ok(reply.counted(standing))
}

/// Refuses what an endpoint would not look at: a field or parameter that is not heeded asks for something else
/// than what would be done or answered.
fn fits<S: AppTypes>(spec: &Spec, call: &Call<S>) -> Result<(), ApiError> {
    if let Some(known) = spec.query {
        query::only(call.context.query.as_deref(), known)?;
    }
    let takes_none = spec.acts() && spec.presence == Presence::None;
    if takes_none { body::nothing(&call.body) } else { Ok(()) }
}

async fn handled<S: AppTypes>(endpoint: &Endpoint<S>, call: Call<S>) -> Result<Reply, ApiError> {
    let reply = (endpoint.handler)(call).await?;
    debug_assert!(
        reply.shape().is_none_or(|shape| endpoint.spec.answers_with(reply.status(), shape)),
        "{} {} answers {:?}, which is not declared",
        endpoint.spec.method,
        endpoint.spec.path,
        reply.shape()
    );
    Ok(reply)
}

fn count<S: AppTypes>(
    app: &App<S>,
    spec: &Spec,
    body: Option<&dyn Inspect>,
    context: &RequestContext,
) -> Result<Option<Standing>, ApiError> {
    let counted = access::counted(spec, body, &app.venue.registry());
    app.auth.count(&context.who, counted, context.user_ip, app.router.clock().instant())
}

/// What came of noting a key.
enum Noted {
    /// It is new, and noted.
    Here(Place),
    /// It was used before.
    Known(IdempotencyState),
}

/// Where a key is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the store, durably.
    Store,
    /// In memory, and the store may have it too, sooner or later.
    Both,
    /// In memory.
    Memory,
}

/// What a request needs to be true of its key before it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// The store has it.
    Stored,
    /// It is known whether it was used before.
    Known,
    /// It is noted, at least in memory.
    Noted,
}

/// Notes the key of `request`, or tells what is known of it.
async fn note<S: AppTypes>(
    app: &App<S>,
    request: &KeyedRequest,
    wanted: Wanted,
) -> Result<Noted, ApiError> {
    app.router.store_settled().await;
    let mode = app.router.mode();
    let wait = match mode {
        Mode::Normal => NOTE_WAIT,
        Mode::DirectOnly => NOTE_WAIT_WHILE_DOWN,
    };
    let error = match within(wait, app.queue.view.begin_request(request.clone())).await {
        Ok(begun) => return Ok(noted(begun)),
        Err(error) => error,
    };
    if !error.is_down() {
        return Err(ApiError::Store { error });
    }
    if mode == Mode::Normal {
        // The command has only so much time: it must not find out once more.
        app.router.note_failure(&error);
        app.queue.control.store_failed();
    }
    let place = if error == StoreError::Interrupted { Place::Both } else { Place::Memory };
    let refusal = match within(READ_WAIT, app.queue.view.find_request(request.clone())).await {
        Ok(Some(begun)) => return Ok(noted(begun)),
        Ok(None) | Err(_) if wanted == Wanted::Stored => ApiError::NeedsStore { error },
        // Nobody knows whether it was pressed before.
        Err(error) if wanted == Wanted::Known => ApiError::KeyUnavailable { error },
        Ok(None) | Err(_) => return Ok(Noted::Here(place)),
    };
    if place == Place::Both {
        let _told = abandon(app, request).await;
    }
    Err(refusal)
}

fn noted(begun: IdempotencyState) -> Noted {
    match begun {
        IdempotencyState::New => Noted::Here(Place::Store),
        // Memory would know what this process carries out.
        IdempotencyState::Running => Noted::Known(IdempotencyState::Interrupted),
        begun @ (IdempotencyState::Answered(_)
        | IdempotencyState::Interrupted
        | IdempotencyState::OtherRequest) => Noted::Known(begun),
    }
}

/// Whether the store knows that nothing came of an interrupted request: a batch of a name is stored as a
/// whole, and there is none of this name.
async fn was_not_stored<S: AppTypes>(app: &App<S>, body: Option<&dyn Inspect>) -> bool {
    let name = body.and_then(Inspect::batch_name);
    let Some(Ok(id)) = name.map(str::parse) else { return false };
    matches!(within(READ_WAIT, app.queue.view.batch(id)).await, Ok(None))
}

/// Forgets the key of a request of which nothing was done; tells whether the store has.
async fn abandon<S: AppTypes>(app: &App<S>, request: &KeyedRequest) -> bool {
    let (actor, key) = (request.actor.clone(), request.key.clone());
    // Handed over when it is asked for the first time, behind what it takes back.
    let forgotten = within(END_WAIT, app.queue.view.forget_request(actor, key)).await;
    if let Err(error) = &forgotten {
        tracing::warn!(%error, "a key of a request of which nothing came may stay behind");
    }
    forgotten.is_ok()
}

/// Frees the key of a request of which nothing was accepted: whoever asks again with it asks anew, and is not told how
/// things were then. Whatever was done keeps its key, which is given back.
async fn free<S: AppTypes>(
    app: &App<S>,
    running: Running,
    place: Place,
    request: &KeyedRequest,
    reply: &Reply,
) -> Option<Running> {
    // What could be done without the store only, and was not: the caller was told to try again.
    let is_away = place != Place::Store && reply.status() == StatusCode::SERVICE_UNAVAILABLE;
    if !reply.is_without_effect() && !is_away {
        return Some(running);
    }
    let is_free = place == Place::Memory || abandon(app, request).await;
    // A key that stays behind is told what came of it.
    if place == Place::Store && !is_free {
        return Some(running);
    }
    running.forget();
    None
}

/// Keeps the answer where its key is, or here if it cannot be kept there.
async fn end<S: AppTypes>(
    app: &App<S>,
    running: Running,
    place: Place,
    request: &KeyedRequest,
    reply: &Reply,
    context: &RequestContext,
) {
    let Some(running) = free(app, running, place, request, reply).await else { return };
    let kept = reply.to_kept();
    if place == Place::Memory {
        return running.keep(kept);
    }
    let storing = store_end(app, kept.clone().of(request));
    // The caller waits no longer than it was promised; what was handed over is stored all the same.
    let waited = app.router.clock().instant().saturating_duration_since(context.begun_at);
    let left = PROMISE.saturating_sub(waited).max(END_WAIT);
    match within(left, storing).await {
        Ok(()) if place == Place::Store => running.forget(),
        Ok(()) => running.keep(kept),
        Err(error) => {
            tracing::warn!(%error, "the answer to a keyed request is kept in memory only");
            running.keep(kept);
        }
    }
}

/// Stores the end of a request, on a task of its own: what ends with it is told however long that takes.
fn store_end<S: AppTypes>(
    app: &App<S>,
    ended: EndedRequest,
) -> impl Future<Output = Result<(), StoreError>> + use<S> {
    let (view, recorder) = (app.queue.view.clone(), Arc::clone(app.router.recorder()));
    let storing = tokio::spawn(async move {
        recorder.ended(view.end_request(ended).await?);
        Ok(())
    });
    async { storing.await.unwrap_or(Err(StoreError::Interrupted)) }
}

/// What is not answered in time may be done or not.
async fn within<T>(
    wait: Duration,
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout(wait, answer).await.unwrap_or(Err(StoreError::Interrupted))
}

/// The answer to a request that was made before.
fn known(begun: IdempotencyState, context: &RequestContext) -> Result<Reply, ApiError> {
    match begun {
        IdempotencyState::Answered(answer) => Ok(Reply::from_stored(answer)),
        IdempotencyState::New | IdempotencyState::Running => Err(ApiError::KeyRunning),
        IdempotencyState::OtherRequest => Err(ApiError::KeyReused),
        IdempotencyState::Interrupted => {
            tracing::info!(
                request_id = context.request_id,
                "a repeated request was interrupted once"
            );
            Err(ApiError::KeyInterrupted)
        }
    }
}

/// The key that a request goes by: its header, or the name that it gives to its batch.
fn key_of(
    spec: &Spec,
    headers: &HeaderMap,
    body: Option<&dyn Inspect>,
) -> Result<Option<String>, ApiError> {
    if spec.idempotency == Idempotency::None || body.is_some_and(Inspect::is_dry_run) {
        return Ok(None);
    }
    let mut given = headers.get_all("idempotency-key").iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(body.and_then(Inspect::batch_name).map(|name| format!("batch:{name}"))),
        (Some(key), None) => match key.to_str().ok().filter(|key| is_key(key)) {
            Some(key) => Ok(Some(format!("key:{key}"))),
            None => Err(ApiError::InvalidKey),
        },
        (Some(_), Some(_)) => Err(ApiError::InvalidKey),
    }
}

fn is_key(key: &str) -> bool {
    (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
}

fn keyed_request<S: AppTypes>(
    app: &App<S>,
    key: String,
    body: &[u8],
    context: &RequestContext,
) -> KeyedRequest {
    let at = app.now();
    KeyedRequest {
        // Keys of different callers never meet, also where somebody is called like an address.
        actor: context
            .who
            .name()
            .map_or_else(|| context.user_ip.to_string(), |name| format!("name:{name}")),
        key,
        fingerprint: fingerprint(&context.instance, body),
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
    /// As it is kept for a repeated request: never with a secret in it.
    fn to_kept(&self) -> Kept {
        let shown = self.repeated().unwrap_or(self);
        let body = String::from_utf8_lossy(shown.body()).into_owned();
        let answer = StoredAnswer { code: shown.status().as_u16(), head: shown.head(), body };
        Kept { answer, record: self.record().cloned() }
    }

    fn from_stored(answer: StoredAnswer) -> Self {
        // Only codes of ours are stored.
        let status = StatusCode::from_u16(answer.code).unwrap_or(StatusCode::OK);
        Self::raw(status, answer.body.into()).with_head(&answer.head)
    }
}

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Within this time a command is answered; noting its key counts in it.
const PROMISE: Duration = Duration::from_secs(3);

/// So long the store may take to note a key: most of the time is for the command.
const NOTE_WAIT: Duration = Duration::from_secs(1);

/// So long where it is known to be down, and only may be back.
const NOTE_WAIT_WHILE_DOWN: Duration = Duration::from_millis(250);

/// So long a key is looked for.
const READ_WAIT: Duration = Duration::from_millis(500);

/// So long the answer waits for its key at least.
const END_WAIT: Duration = Duration::from_millis(100);

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
        for key in ["1", "\"8e03978e\"", &"x".repeat(255)] {
            assert!(is_key(key), "{key:?}");
        }
        for key in ["", "a b", " ", "\u{7f}", "ä", &"x".repeat(256)] {
            assert!(!is_key(key), "{key:?}");
        }
    }
}
