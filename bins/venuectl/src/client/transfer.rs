//! Files to and from the daemon, which are not held in memory.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::Path,
};

use futures_util::stream;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::{
    Method, Request,
    body::{Bytes, Frame},
    client::conn::http1,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use snafu::ResultExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
    task::spawn_blocking,
    time::{Instant, timeout_at},
};
use venue_api::Problem;

use super::{Answer, Client};
use crate::{
    error::{Failure, FileSnafu, LostSnafu, NoAnswerSnafu, RequestSnafu, WriteSnafu},
    intent::Intent,
    server_url::Connection,
};

impl Client {
    /// Puts the file at `file` to `path`.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// It may have been put.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        file: &Path,
    ) -> Result<Answer<T>, Failure> {
        let open = File::open(file).and_then(|open| {
            let known = open.metadata()?;
            let is_file = known.is_file();
            is_file.then_some((known.len(), open)).ok_or_else(|| io::ErrorKind::IsADirectory.into())
        });
        let (size, open) = open.context(FileSnafu { path: file })?;
        let content = stream::try_unfold(open, |mut open| async move {
            let read = spawn_blocking(move || {
                let mut part = vec![0; PART];
                let count = open.read(&mut part)?;
                part.truncate(count);
                io::Result::Ok((part, open))
            });
            let (part, open) = read.await.map_err(io::Error::other)??;
            Ok::<_, io::Error>((!part.is_empty()).then(|| (Frame::data(Bytes::from(part)), open)))
        });
        let request = self
            .request(Method::PUT, path)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_LENGTH, size)
            .body(StreamBody::new(content).boxed_unsync());
        self.answer_to(request.context(RequestSnafu)?, Intent::Manages).await
    }

    /// Writes what is at `path` to `to`, which was opened under the name `name`; tells how many bytes came.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem; then what was written is not whole.
    ///
    /// # Cancel safety
    /// What was written is not whole.
    pub(crate) async fn download(
        &self,
        path: &str,
        to: &mut File,
        name: &Path,
    ) -> Result<u64, Failure> {
        let request = self.request(Method::GET, path).body(Full::default());
        let request = request.context(RequestSnafu)?;
        let (server, limit) = (&self.server, self.timeout);
        let deadline = Instant::now() + limit;
        let stream = self.connected(deadline).await?;
        let target = (to, name);
        let reading = async {
            match stream {
                Connection::Network(stream) => self.fetch(stream, request, target).await,
                Connection::Secure(stream) => self.fetch(stream, request, target).await,
                Connection::Local(stream) => self.fetch(stream, request, target).await,
            }
        };
        let Ok(fetched) = timeout_at(deadline, reading).await else {
            return NoAnswerSnafu { server: server.clone(), intent: Intent::Reads, limit }.fail();
        };
        fetched
    }

    async fn fetch(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        request: Request<Full<Bytes>>,
        (to, name): (&mut File, &Path),
    ) -> Result<u64, Failure> {
        let intent = Intent::Reads;
        let lost = |_: &mut hyper::Error| LostSnafu { server: self.server.clone(), intent };
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.with_context(lost)?;
        let mut reading = std::pin::pin!(async {
            let response = sender.send_request(request).await.with_context(lost)?;
            let status = response.status();
            let mut body = response.into_body();
            if !status.is_success() {
                let document = body.collect().await.with_context(lost)?.to_bytes();
                let problem = serde_json::from_slice::<Problem>(&document);
                let problem = problem.with_context(|_| self.unreadable(status, intent))?;
                return Err(Failure::Problem { problem: Box::new(problem), document, intent });
            }
            let mut count = 0;
            while let Some(frame) = body.frame().await {
                let Ok(data) = frame.with_context(lost)?.into_data() else { continue };
                to.write_all(&data).context(WriteSnafu { path: name })?;
                count += data.len() as u64;
            }
            Ok(count)
        });
        select! {
            read = reading.as_mut() => read,
            // The reader gets the error of the connection, and what came before it.
            _ = connection => reading.await,
        }
    }
}

/// Read and sent at once.
const PART: usize = 64 * 1024;
