//! HTTP as curl speaks it: one request a connection.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::soon;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) json: Value,
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Response {
    exchange(address, "GET", path, "", "").await
}

pub(crate) async fn post(address: SocketAddr, path: &str, body: &Value) -> Response {
    exchange(address, "POST", path, "", &body.to_string()).await
}

/// `POST` with an `Idempotency-Key`.
pub(crate) async fn post_keyed(
    address: SocketAddr,
    path: &str,
    key: &str,
    body: &Value,
) -> Response {
    let header = format!("Idempotency-Key: {key}\r\n");
    exchange(address, "POST", path, &header, &body.to_string()).await
}

/// Any method, with headers that each end in a line break.
pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &Value,
) -> Response {
    exchange(address, method, path, headers, &body.to_string()).await
}

async fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    header: &str,
    body: &str,
) -> Response {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let size = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}\
         Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("an answer", stream.read_to_string(&mut answer)).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Response { status, head: head.to_owned(), json: serde_json::from_str(body).unwrap() }
}
