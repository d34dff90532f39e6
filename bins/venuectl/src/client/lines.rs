//! An answer that goes on for as long as somebody reads it: one line after the other.

use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use snafu::ResultExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
    time::Instant,
};
use venue_api::Problem;

use super::Client;
use crate::{
    error::{Failure, LostSnafu, RequestSnafu},
    intent::Intent,
    lines::LineBuffer,
    server_url::Connection,
};

impl Client {
    /// Hands each line that comes from `path` to `take`, until that says no or the stream ends. The
    /// timeout is for the beginning of the answer.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem; a stream that ends is none.
    ///
    /// # Cancel safety
    /// Safe: nothing was changed.
    pub(crate) async fn lines(
        &self,
        path: &str,
        last_event_id: Option<&str>,
        take: &mut (dyn FnMut(&str) -> bool + Send),
    ) -> Result<(), Failure> {
        let mut request = self.request(Method::GET, path);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let request = request.body(Full::default()).context(RequestSnafu)?;
        let limit = self.timeout;
        let stream = self.connected(Instant::now() + limit).await?;
        match stream {
            Connection::Network(stream) => self.read_lines(stream, request, take).await,
            Connection::Secure(stream) => self.read_lines(stream, request, take).await,
            Connection::Local(stream) => self.read_lines(stream, request, take).await,
        }
    }

    async fn read_lines(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        request: Request<Full<Bytes>>,
        take: &mut (dyn FnMut(&str) -> bool + Send),
    ) -> Result<(), Failure> {
        let lost =
            |_: &mut hyper::Error| LostSnafu { server: self.server.clone(), intent: Intent::Reads };
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.with_context(lost)?;
        let reading = async {
            let response = sender.send_request(request).await.with_context(lost)?;
            let status = response.status();
            let mut body = response.into_body();
            if !status.is_success() {
                let document = body.collect().await.with_context(lost)?.to_bytes();
                let problem = serde_json::from_slice::<Problem>(&document);
                let problem = problem.with_context(|_| self.unreadable(status, Intent::Reads))?;
                let intent = Intent::Reads;
                return Err(Failure::Problem { problem: Box::new(problem), document, intent });
            }
            let mut unread = LineBuffer::default();
            while let Some(Ok(frame)) = body.frame().await {
                let Ok(data) = frame.into_data() else { continue };
                unread.push(&data);
                while let Some(line) = unread.next_line() {
                    if !take(&line) {
                        return Ok(());
                    }
                }
            }
            Ok(())
        };
        select! {
            read = reading => read,
            // Its end is that of the stream.
            _ = connection => Ok(()),
        }
    }
}
