//! Brings the keys that an outage of the store left in memory into the store when it is back: a restart
//! then knows them too.

use std::{sync::Arc, time::Duration};

use crate::events::EventKind;
use tokio::{select, time::timeout};
use venue_domain::{EndedCommands, IdempotencyState, KeyedRequest, RequestKeys, StoreError};
use venue_routing::Mode;

use crate::{
    app::{App, AppTypes},
    request_keys::Kept,
};

/// Runs until a stop begins. Sleeps while no key is kept in memory, and while the store is down.
///
/// # Cancel safety
/// Safe: what was not stored is still in memory.
pub(crate) async fn run<S: AppTypes>(app: Arc<App<S>>) {
    let stop = app.stop.begun.clone();
    select! {
        () = stop.cancelled() => {}
        () = store_whenever(&app) => {}
    }
}

async fn store_whenever<S: AppTypes>(app: &App<S>) {
    loop {
        app.keys.one_is_kept().await;
        let mut events = app.watch.hub.subscribe(None);
        while !store(app).await {
            loop {
                match events.next().await {
                    Some(event) if event.kind == EventKind::QueueHealth => break,
                    Some(_) => {}
                    None => {
                        // Too slow: the event may have been among those that are missing.
                        events = app.watch.hub.subscribe(None);
                        break;
                    }
                }
            }
        }
    }
}

/// Stores what is kept; tells whether that is done.
async fn store<S: AppTypes>(app: &App<S>) -> bool {
    let kept = app.keys.kept();
    let count = kept.len();
    for (request, kept) in kept {
        if app.router.mode() != Mode::Normal {
            return false;
        }
        let stored = timeout(WAIT, store_one(&app.queue.view, request.clone(), kept)).await;
        match stored.unwrap_or(Err(StoreError::Interrupted)) {
            Ok(ended) => {
                app.router.recorder().ended(ended);
                app.keys.is_stored(&request);
            }
            Err(error) => {
                tracing::warn!(%error, "a keyed request is still known in memory only");
                return false;
            }
        }
    }
    if count > 0 {
        tracing::info!(count, "keyed requests that were known in memory only are stored");
    }
    true
}

async fn store_one(
    keys: &impl RequestKeys,
    request: KeyedRequest,
    kept: Kept,
) -> Result<EndedCommands, StoreError> {
    let ended = kept.of(&request);
    match keys.begin_request(request).await? {
        IdempotencyState::New | IdempotencyState::Running => keys.end_request(ended).await,
        // What is stored is what a restart would answer.
        IdempotencyState::Answered(_)
        | IdempotencyState::Interrupted
        | IdempotencyState::OtherRequest => Ok(EndedCommands::default()),
    }
}

/// A store that takes longer is tried again when it is known to work.
const WAIT: Duration = Duration::from_secs(5);
