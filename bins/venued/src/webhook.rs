//! Tells events to others over HTTP, signed, behind everything else.
//!
//! Each hook has a place of its own in the stream of events, and at most so many of them wait: one that
//! is slow or away loses the oldest, and is told how many.

use std::{fmt, pin::pin, time::Duration};

use hmac::{Hmac, Mac};
use http_body_util::Full;
use hyper::{
    Method, Request, Uri,
    body::Bytes,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha2::Sha256;
use snafu::{OptionExt, ResultExt, Snafu, ensure};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;
use venue_api::UtcTime;
use venue_backoff::{Backoff, Jitter};
use venue_domain::{Timestamp, one_line};
use venue_http::{Event, EventKind, Hub};
use venue_tls::TlsError;

use crate::clock::SystemClock;

/// Where to, and what.
#[derive(Clone)]
pub struct Webhook {
    /// `http://HOST[:PORT]/PATH` or `https://HOST[:PORT]/PATH`.
    pub url: Uri,
    /// What the body is signed with; nothing for no signature.
    pub secret: Option<Vec<u8>>,
    /// Which events; alerts unless others are named.
    pub events: Vec<EventKind>,
    /// For `https://`: who is trusted.
    pub tls: Option<TlsConnector>,
}

impl fmt::Debug for Webhook {
    /// Without the secret, and without what may be one in the path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.url.host()).finish_non_exhaustive()
    }
}

/// Why a try failed.
#[derive(Debug, Snafu)]
enum HookError {
    #[snafu(display("the URL has no host"))]
    NoHost,
    #[snafu(display("cannot connect"))]
    Connect { source: std::io::Error },
    #[snafu(display("no TLS with it"))]
    Handshake { source: std::io::Error },
    #[snafu(transparent)]
    Tls { source: TlsError },
    #[snafu(display("the request failed"))]
    Http { source: hyper::Error },
    #[snafu(display("the request cannot be formed"))]
    Form { source: hyper::http::Error },
    #[snafu(display("it answered {status}"))]
    Refused { status: u16 },
    #[snafu(display("no answer in time"))]
    Late,
}

/// A try takes so long at the most.
const PATIENCE: Duration = Duration::from_secs(5);

/// An event is tried so often.
const TRIES: u32 = 6;

/// The waits between tries, so that the hooks of several daemons do not come back to their receiver all at once.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(2),
    longest: Duration::from_secs(32),
    jitter: Jitter::HALF,
};

impl Webhook {
    /// Tells events for good.
    pub(crate) async fn run(&self, hub: &Hub) {
        let mut subscription = hub.subscribe(None);
        let mut lost = 0_u64;
        loop {
            let Some(event) = subscription.next().await else {
                lost += 1;
                tracing::warn!(hook = ?self, lost, "a webhook is too slow: events were left out");
                subscription = hub.subscribe(None);
                continue;
            };
            if self.events.contains(&event.kind) {
                self.deliver(&event).await;
            }
        }
    }

    async fn deliver(&self, event: &Event) {
        let body = json!({
            "id": event.id.to_string(),
            "type": event.kind.name(),
            "time": UtcTime(event.at),
            "data": event.data,
        })
        .to_string();
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(BACKOFF.wait(attempt, fastrand::f64())).await;
            }
            let error = match timeout(PATIENCE, self.post(&body, SystemClock.wall().for_calendar()))
                .await
            {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(_) => HookError::Late,
            };
            let error = one_line(&error);
            tracing::info!(hook = ?self, event = %event.id, attempt, error, "a webhook failed");
        }
        tracing::warn!(hook = ?self, event = %event.id, "a webhook was given up for this event");
    }

    async fn post(&self, body: &str, now: Timestamp) -> Result<(), HookError> {
        let host = self.url.host().context(NoHostSnafu)?;
        let usual = if self.tls.is_some() { 443 } else { 80 };
        let port = self.url.port_u16().unwrap_or(usual);
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await;
        let stream = stream.context(ConnectSnafu)?;
        let Some(tls) = &self.tls else { return self.exchange(stream, body, now).await };
        let stream = tls.connect(venue_tls::server_name(host)?, stream).await;
        self.exchange(stream.context(HandshakeSnafu)?, body, now).await
    }

    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin,
        body: &str,
        now: Timestamp,
    ) -> Result<(), HookError> {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.context(HttpSnafu)?;
        let request = self.request(body, now).context(FormSnafu)?;
        let mut answering = pin!(sender.send_request(request));
        let answer = tokio::select! {
            answer = answering.as_mut() => answer,
            // What it failed by, it has told the request; what it had read is still to be taken.
            _ = connection => answering.await,
        };
        let status = answer.context(HttpSnafu)?.status();
        ensure!(status.is_success(), RefusedSnafu { status: status.as_u16() });
        Ok(())
    }

    fn request(
        &self,
        body: &str,
        now: Timestamp,
    ) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.url.authority().map_or("", |authority| authority.as_str());
        let time = now.unix_ms().div_euclid(1_000).to_string();
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, authority)
            .header(USER_AGENT, concat!("venued/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-timestamp", &time);
        if let Some(secret) = &self.secret {
            request = request.header("webhook-signature", signature(secret, &time, body));
        }
        request.body(Full::from(body.to_owned()))
    }
}

/// `sha256=` and the HMAC of `TIME.BODY`, in hexadecimal digits.
fn signature(secret: &[u8], time: &str, body: &str) -> String {
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let digits = mac.finalize().into_bytes();
    let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_openssl_says() {
        // printf '1.{}' | openssl dgst -sha256 -hmac key
        let expected = "sha256=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224";
        let made = signature(b"key", "1", "{}");
        assert_eq!(made, expected);
        assert_ne!(made, signature(b"key", "2", "{}"), "the time is signed as well");
        assert_ne!(made, signature(b"other", "1", "{}"));
    }

    #[test]
    fn the_pauses_double_and_no_two_daemons_keep_step() {
        let pauses =
            |random| (1..TRIES).map(|n| BACKOFF.wait(n, random).as_millis()).collect::<Vec<_>>();
        assert_eq!(pauses(0.0), [1_000, 2_000, 4_000, 8_000, 16_000]);
        assert_eq!(pauses(1.0), [2_000, 4_000, 8_000, 16_000, 32_000]);
    }
}
