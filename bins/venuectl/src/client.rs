//! One question or command to the daemon: one connection, one request, one bounded answer.

mod lines;
mod sign_in;
mod transfer;

use std::{error::Error, fmt, pin::pin, rc::Rc, time::Duration};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, StatusCode,
    body::{Body, Bytes},
    client::conn::http1,
    header::{ACCEPT, CONTENT_TYPE, HOST, HeaderName, HeaderValue, IF_MATCH, USER_AGENT},
    http::{request::Builder, response::Parts},
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use snafu::ResultExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
    time::{Instant, timeout_at},
};
use tokio_rustls::TlsConnector;
use venue_api::{PortList, Problem};

use crate::{
    error::{
        ConnectSnafu, ConnectTimeoutSnafu, Failure, LostSnafu, NoAnswerSnafu, RequestBodySnafu,
        RequestSnafu, TooLargeSnafu, UnreadableSnafu,
    },
    intent::Intent,
    origin::Origin,
    query::encoded,
    server_url::{Connection, ServerUrl},
    token_file::Credential,
    view::View,
};

/// A way to the daemon.
pub(crate) struct Client {
    server: ServerUrl,
    timeout: Duration,
    /// Who one is.
    credential: Option<Credential>,
    /// Who is trusted, for `https://`.
    tls: Option<TlsConnector>,
    view: Rc<View>,
    /// How the server was found.
    origin: Origin,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A good answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    /// The daemon's document, as it came.
    pub(crate) document: Bytes,
    /// What it says.
    pub(crate) value: T,
}

impl Client {
    /// Waits up to `timeout` for each answer, connecting included.
    pub(crate) fn new(
        server: ServerUrl,
        timeout: Duration,
        credential: Option<Credential>,
        tls: Option<TlsConnector>,
    ) -> Self {
        let (view, origin) = (Rc::new(View::new(None)), Origin::Given);
        Self { server, timeout, credential, tls, view, origin }
    }

    /// The same, for answers that are shown so.
    pub(crate) fn showing(self, view: View) -> Self {
        Self { view: Rc::new(view), ..self }
    }

    /// The same, found in this way.
    pub(crate) fn found_by(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// How its answers are shown.
    pub(crate) fn view(&self) -> &View {
        &self.view
    }

    /// Where the daemon is on the network, as a browser opens it; `None` at a unix socket.
    pub(crate) fn address(&self) -> Option<String> {
        match &self.server {
            ServerUrl::Network(authority) => Some(format!("http://{authority}")),
            ServerUrl::Secure(authority) => Some(format!("https://{authority}")),
            ServerUrl::Local(_) => None,
        }
    }

    /// The same way to the daemon, for what takes as long as there is to do: `timeout` is then what
    /// nothing takes.
    pub(crate) fn patient(&self, timeout: Duration) -> Self {
        self.waiting(self.timeout.max(timeout))
    }

    /// The same way to the daemon, for what does not have to be known: `timeout` is then the longest wait.
    pub(crate) fn impatient(&self, timeout: Duration) -> Self {
        self.waiting(self.timeout.min(timeout))
    }

    fn waiting(&self, timeout: Duration) -> Self {
        let (server, credential, tls) =
            (self.server.clone(), self.credential.clone(), self.tls.clone());
        let (view, origin) = (Rc::clone(&self.view), self.origin.clone());
        Self { server, timeout, credential, tls, view, origin }
    }

    /// How the daemon was found.
    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) const fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// Asks for the document at `path`.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// Safe: nothing was changed.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, Failure> {
        let request = self.request(Method::GET, path).body(Full::default());
        self.answer_to(request.context(RequestSnafu)?, Intent::Reads).await
    }

    /// Sends `body` to `path`, where it is acted on.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// The command may have been sent; the daemon does not withdraw it.
    pub(crate) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        intent: Intent,
    ) -> Result<Answer<T>, Failure> {
        let body = serde_json::to_vec(body).context(RequestBodySnafu)?;
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body));
        self.answer_to(request.context(RequestSnafu)?, intent).await
    }

    /// Makes what `body` says, below `path`.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// It may have been made.
    pub(crate) async fn create<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Answer<T>, Failure> {
        self.post(path, body, Intent::Manages).await
    }

    /// Puts `body` at `path`, whatever is there.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// It may have been put.
    pub(crate) async fn put<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Answer<T>, Failure> {
        self.change(Method::PUT, path, None, body).await
    }

    /// Changes the fields of the item at `path` that `body` names, if it has this revision.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// It may have been changed.
    pub(crate) async fn patch<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        revision: Option<u64>,
        body: &B,
    ) -> Result<Answer<T>, Failure> {
        self.change(Method::PATCH, path, revision, body).await
    }

    /// Removes the item at `path`, if it has this revision.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// It may have been removed.
    pub(crate) async fn remove<T: DeserializeOwned>(
        &self,
        path: &str,
        revision: Option<u64>,
    ) -> Result<Answer<T>, Failure> {
        self.change(Method::DELETE, path, revision, &serde_json::Map::new()).await
    }

    async fn change<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        revision: Option<u64>,
        body: &B,
    ) -> Result<Answer<T>, Failure> {
        let body = serde_json::to_vec(body).context(RequestBodySnafu)?;
        // What the file fixes has no revision: the daemon says why it is not changed.
        let tag = revision.map_or_else(|| "*".to_owned(), |revision| format!("\"{revision}\""));
        let request = self
            .request(method, path)
            .header(CONTENT_TYPE, "application/json")
            .header(IF_MATCH, tag)
            .body(Full::from(body));
        self.answer_to(request.context(RequestSnafu)?, Intent::Manages).await
    }

    /// Sends a request as it is given, and returns the body of a good answer, whatever it is.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// Unless it only reads, it may have been done.
    pub(crate) async fn raw(
        &self,
        method: &Method,
        path: &str,
        headers: &[(HeaderName, HeaderValue)],
        body: Option<Bytes>,
    ) -> Result<Bytes, Failure> {
        let intent = if method == Method::GET { Intent::Reads } else { Intent::Manages };
        let mut request = self.request(method.clone(), path);
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::from(body.unwrap_or_default())).context(RequestSnafu)?;
        let (head, document) = self.exchange(request, intent).await?;
        if head.status.is_success() { Ok(document) } else { self.problem(&head, document, intent) }
    }

    /// Has the daemon do what `path` says by itself.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// It may have been done.
    pub(crate) async fn post_empty<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Answer<T>, Failure> {
        let request = self.request(Method::POST, path).body(Full::default());
        self.answer_to(request.context(RequestSnafu)?, Intent::Manages).await
    }

    /// The ports that `selectors` mean, or all.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem, as it does for a selector without a match.
    ///
    /// # Cancel safety
    /// Safe: nothing was changed.
    pub(crate) async fn ports(&self, selectors: &[String]) -> Result<Answer<PortList>, Failure> {
        let encoded = |text: &String| format!("selector={}", encoded(text));
        let query: Vec<String> = selectors.iter().map(encoded).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        self.get(&format!("/api/v1/ports{mark}{}", query.join("&"))).await
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.server.authority())
            .header(USER_AGENT, concat!("venuectl/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json, application/problem+json");
        for (name, value) in self.credential.iter().flat_map(Credential::headers) {
            request = request.header(name, value);
        }
        request
    }

    async fn answer_to<T: DeserializeOwned, B: Sendable>(
        &self,
        request: Request<B>,
        intent: Intent,
    ) -> Result<Answer<T>, Failure> {
        let (head, document) = self.exchange(request, intent).await?;
        self.read(&head, document, intent)
    }

    fn read<T: DeserializeOwned>(
        &self,
        head: &Parts,
        document: Bytes,
        intent: Intent,
    ) -> Result<Answer<T>, Failure> {
        if !head.status.is_success() {
            return self.problem(head, document, intent);
        }
        let value = serde_json::from_slice(&document);
        let value = value.with_context(|_| self.unreadable(head.status, intent))?;
        Ok(Answer { document, value })
    }

    fn problem<T>(&self, head: &Parts, document: Bytes, intent: Intent) -> Result<T, Failure> {
        let problem = serde_json::from_slice::<Problem>(&document);
        let problem = problem.with_context(|_| self.unreadable(head.status, intent))?;
        Err(Failure::Problem { problem: Box::new(problem), document, intent })
    }

    async fn exchange<B: Sendable>(
        &self,
        request: Request<B>,
        intent: Intent,
    ) -> Result<(Parts, Bytes), Failure> {
        let (server, limit) = (&self.server, self.timeout);
        let deadline = Instant::now() + limit;
        let stream = self.connected(deadline).await?;
        let talking = async {
            match stream {
                Connection::Network(stream) => talk(stream, request).await,
                Connection::Secure(stream) => talk(stream, request).await,
                Connection::Local(stream) => talk(stream, request).await,
            }
        };
        let Ok(answered) = timeout_at(deadline, talking).await else {
            return NoAnswerSnafu { server: server.clone(), intent, limit }.fail();
        };
        match answered {
            Ok(answer) => Ok(answer),
            Err(Break::Lost(error)) => {
                Err(error).with_context(|_| LostSnafu { server: server.clone(), intent })
            }
            Err(Break::TooLarge) => {
                TooLargeSnafu { server: server.clone(), intent, limit: MAX_ANSWER_BYTES }.fail()
            }
        }
    }

    async fn connected(&self, deadline: Instant) -> Result<Connection, Failure> {
        let (server, origin) = (self.server.clone(), self.origin.clone());
        match timeout_at(deadline, self.server.connect(self.tls.as_ref())).await {
            Ok(connected) => connected.with_context(|_| ConnectSnafu { server, origin }),
            Err(_) => ConnectTimeoutSnafu { server, origin, limit: self.timeout }.fail(),
        }
    }

    fn unreadable(
        &self,
        status: StatusCode,
        intent: Intent,
    ) -> UnreadableSnafu<ServerUrl, Intent, u16> {
        UnreadableSnafu { server: self.server.clone(), intent, status: status.as_u16() }
    }
}

/// How a conversation ends early.
enum Break {
    Lost(hyper::Error),
    TooLarge,
}

/// What a request may carry.
trait Sendable:
    Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin + Send + 'static
{
}

impl<B> Sendable for B where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin + Send + 'static
{
}

async fn talk<B: Sendable>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<B>,
) -> Result<(Parts, Bytes), Break> {
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(Break::Lost)?;
    let mut answer = pin!(async {
        let response = sender.send_request(request).await.map_err(Break::Lost)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        Ok((head, body.map_err(broken_body)?.to_bytes()))
    });
    select! {
        answer = answer.as_mut() => answer,
        // The request gets the error of the connection, and what was read before it.
        _ = connection => answer.await,
    }
}

fn broken_body(error: Box<dyn Error + Send + Sync>) -> Break {
    match error.downcast::<hyper::Error>() {
        Ok(error) => Break::Lost(*error),
        Err(other) => {
            debug_assert!(other.is::<LengthLimitError>(), "the body has no third error: {other}");
            Break::TooLarge
        }
    }
}

/// Ten times what a thousand devices with five TVs each take.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
