//! The floor: hyper, and an open session for each board. It reads the body and does not look at it.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::Mutex};
use venue_benches::bare::Bare;

use crate::server::{Server, runtime};

/// What it answers, as long as what the daemon says.
const ANSWER: &[u8] = &[b' '; 330];

type Sessions = Arc<Vec<Mutex<Bare>>>;

/// Starts it on a thread of its own, with a session for each of `boards`.
pub(crate) fn start(boards: Vec<SocketAddr>) -> Server {
    let count = boards.len();
    let (sender, bound) = std::sync::mpsc::channel();
    drop(std::thread::spawn(move || runtime().block_on(serve(boards, sender))));
    let address = bound.recv().unwrap();
    let command = |index| {
        let body = r#"{"command":"channel","port":1,"channel":"5"}"#;
        let length = body.len();
        let text = format!(
            "POST /{index} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        text.into_bytes()
    };
    let status = b"GET /0 HTTP/1.1\r\nhost: localhost\r\n\r\n".to_vec();
    Server { address, commands: (0..count).map(command).collect(), status }
}

async fn serve(boards: Vec<SocketAddr>, bound: std::sync::mpsc::Sender<SocketAddr>) {
    let mut sessions = Vec::new();
    for board in boards {
        sessions.push(Mutex::new(Bare::connect(board, false).await));
    }
    let sessions: Sessions = Arc::new(sessions);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    bound.send(listener.local_addr().unwrap()).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let sessions = Arc::clone(&sessions);
        let service = service_fn(move |request| answer(request, Arc::clone(&sessions)));
        drop(tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service)));
    }
}

async fn answer(
    request: Request<Incoming>,
    sessions: Sessions,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let index: usize = request.uri().path()[1..].parse().unwrap();
    if request.method() == Method::POST {
        drop(request.into_body().collect().await.unwrap());
        sessions[index].lock().await.call().await;
    }
    Ok(Response::new(Full::new(Bytes::from_static(ANSWER))))
}
