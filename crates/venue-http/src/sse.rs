//! Events as a stream of Server-Sent Events.
//!
//! A stream that was cut goes on behind its `Last-Event-ID`, if that is still known, and begins with
//! `reset` otherwise. Where it stands is told at once and with each heartbeat, so that whoever was cut
//! off before anything happened misses nothing either. A watcher that does not keep up is dropped: it
//! comes back and is told.

use std::{io, sync::Arc, time::Duration};

use crate::events::{Event, EventId, EventKind, Subscription};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::{BodyExt, Either, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use tokio::{
    select,
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{backups::BackupDownload, token_watch::TokenWatch};

/// The body of an answer: all at once, or as it happens.
pub(crate) type Body = Either<Full<Bytes>, UnsyncBoxBody<Bytes, io::Error>>;

/// After so long without a frame a stream says that it lives: often enough for a page to know within 8 s
/// that its network is frozen, and for a proxy not to cut it.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// What a stream shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(Vec<String>);

impl Filter {
    /// Names of events, with `*` at the end for all that begin so; commas between. `None` if one of
    /// them fits no event.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let patterns: Vec<String> = text
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
        let known = |pattern: &String| EventKind::ALL.iter().any(|kind| fits(pattern, kind.name()));
        (!patterns.is_empty() && patterns.iter().all(known)).then_some(Self(patterns))
    }

    fn shows(&self, kind: EventKind) -> bool {
        self.0.is_empty()
            || kind == EventKind::Reset
            || self.0.iter().any(|pattern| fits(pattern, kind.name()))
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}

/// What a stream is made of.
pub(crate) struct Watching {
    pub(crate) subscription: Subscription,
    pub(crate) filter: Filter,
    /// The stream ends with the service.
    pub(crate) stop: CancellationToken,
    /// And with the token of whoever watches.
    pub(crate) token: TokenWatch,
    /// One of so many at the same time.
    pub(crate) _place: OwnedSemaphorePermit,
}

/// A file as a body, as it is read.
pub(crate) fn file(download: BackupDownload) -> Body {
    Either::Right(StreamBody::new(download.content.map_ok(Frame::data)).boxed_unsync())
}

/// The stream as a body.
pub(crate) fn body(watching: Watching) -> Body {
    let frames = frames(watching).map(|bytes| Ok(Frame::data(bytes)));
    Either::Right(StreamBody::new(frames).boxed_unsync())
}

fn frames(watching: Watching) -> impl Stream<Item = Bytes> + Send + 'static {
    // At once, so that whoever watches knows that it does; and how soon to come back.
    let mut hello = format!("retry: 1000\nid: {}\n\n", watching.subscription.position());
    if watching.subscription.gap {
        hello.push_str("event: reset\ndata: {}\n\n");
    }
    let live = stream::unfold(watching, |mut watching| async move {
        // Counted from the frame before, whatever is hidden meanwhile: what nobody sees is no sign of life.
        let heartbeat = Instant::now() + HEARTBEAT;
        loop {
            select! {
                biased;
                () = watching.stop.cancelled() => return None,
                () = watching.token.ended() => return None,
                () = sleep_until(heartbeat) => {
                    return Some((heartbeat_at(watching.subscription.position()), watching));
                }
                event = watching.subscription.next() => {
                    let event = event?;
                    if watching.filter.shows(event.kind) {
                        return Some((written(&event), watching));
                    }
                }
            }
        }
    });
    stream::iter([Bytes::from(hello)]).chain(live)
}

/// No event: an id alone only moves the position of whoever reads it, past what was hidden, too.
fn heartbeat_at(position: EventId) -> Bytes {
    format!("id: {position}\n\n").into()
}

fn written(event: &Arc<Event>) -> Bytes {
    let Event { id, kind, data, .. } = &**event;
    // JSON has no line breaks of its own.
    format!("id: {id}\nevent: {}\ndata: {data}\n\n", kind.name()).into()
}

#[cfg(test)]
mod tests {
    use crate::events::Hub;
    use serde_json::json;
    use tokio::{sync::Semaphore, time::interval};
    use venue_auth::{Principal, Tokens};
    use venue_domain::{Timestamp, WallTime};

    use super::*;

    fn watching(hub: &Hub, after: Option<EventId>, filter: &str) -> Watching {
        Watching {
            subscription: hub.subscribe(after),
            filter: Filter::parse(filter).unwrap_or_default(),
            stop: CancellationToken::new(),
            token: TokenWatch::of(
                &Principal::Open,
                &Arc::<Tokens>::default(),
                Timestamp::default(),
            ),
            _place: Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap(),
        }
    }

    #[test]
    fn a_filter_names_events_or_their_beginnings() {
        for text in ["batch.progress", "batch.*, device.state", "*"] {
            assert!(Filter::parse(text).is_some(), "{text}");
        }
        for text in ["", "batch", "batches.*", "batch.*,x"] {
            assert!(Filter::parse(text).is_none(), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_says_hello_what_happens_and_that_it_lives() {
        let hub = Hub::new(0x1f, 8);
        let watching = watching(&hub, None, "device.*");
        let stop = watching.stop.clone();
        let mut frames = std::pin::pin!(frames(watching));
        assert_eq!(frames.next().await.unwrap(), "retry: 1000\nid: 1f-0\n\n");
        hub.publish(EventKind::QueueHealth, WallTime::default(), &json!({}));
        hub.publish(EventKind::DeviceState, WallTime::default(), &json!({"a": 1}));
        let event = "id: 1f-2\nevent: device.state\ndata: {\"a\":1}\n\n";
        assert_eq!(frames.next().await.unwrap(), event);
        assert_eq!(frames.next().await.unwrap(), "id: 1f-2\n\n", "after a while of nothing");
        stop.cancel();
        assert_eq!(frames.next().await, None);
    }

    /// A daemon at work, of which a watcher wants to see little.
    #[tokio::test(start_paused = true)]
    async fn what_a_filter_hides_keeps_no_heartbeat_back() {
        let hub = Arc::new(Hub::new(1, 8));
        let mut frames = std::pin::pin!(frames(watching(&hub, None, "device.*")));
        assert_eq!(frames.next().await.unwrap(), "retry: 1000\nid: 1-0\n\n");
        let busy = Arc::clone(&hub);
        let hidden = tokio::spawn(async move {
            let mut often = interval(Duration::from_secs(1));
            loop {
                often.tick().await;
                busy.publish(EventKind::QueueHealth, WallTime::default(), &json!({}));
            }
        });
        let began = Instant::now();
        for beats in 1..=20 {
            let beat = frames.next().await.unwrap();
            assert_eq!(began.elapsed(), HEARTBEAT * beats);
            // It stands behind what it hid, so that whoever comes back is not told of a gap.
            let number: u32 =
                str::from_utf8(&beat).unwrap()["id: 1-".len()..].trim().parse().unwrap();
            assert!((2 * beats - 1..=2 * beats + 1).contains(&number), "{number} after {beats}");
        }
        hidden.abort();
    }

    #[tokio::test]
    async fn who_missed_something_is_told_first() {
        let hub = Hub::new(1, 1);
        let mut frames =
            std::pin::pin!(frames(watching(&hub, Some(EventId { run: 9, number: 3 }), "")));
        let hello = "retry: 1000\nid: 1-0\n\nevent: reset\ndata: {}\n\n";
        assert_eq!(frames.next().await.unwrap(), hello);
    }
}
