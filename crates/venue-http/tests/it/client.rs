//! A client that sends exactly the bytes that it is told to.

use std::{collections::HashMap, net::SocketAddr};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One answer, read to the end of its body.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and code of a problem answer.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status, "{json}");
        (self.status, json["code"].as_str().unwrap().to_owned())
    }
}

/// A connection that bytes are written to and answers read from.
pub(crate) struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), unread: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads one answer with its body.
    pub(crate) async fn read(&mut self) -> Response {
        let head = self.read_head().await;
        let length = head.headers.get("content-length").map_or(0, |text| text.parse().unwrap());
        while self.unread.len() < length {
            assert!(self.more().await, "the answer ended early: {head:?}");
        }
        Response { body: self.unread.drain(..length).collect(), ..head }
    }

    /// Reads one answer without the body, as the answer to HEAD.
    pub(crate) async fn read_head(&mut self) -> Response {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.more().await, "no answer: {:?}", String::from_utf8_lossy(&self.unread));
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let fields = lines.filter_map(|line| line.split_once(": "));
        let headers = fields.map(|(k, v)| (k.to_ascii_lowercase(), v.to_owned())).collect();
        Response { status, headers, body: Vec::new() }
    }

    /// Whether the server closes without another byte. A reset is a close as well.
    pub(crate) async fn is_closed(&mut self) -> bool {
        assert!(self.unread.is_empty(), "{:?}", String::from_utf8_lossy(&self.unread));
        !self.more().await
    }

    /// The status of `/livez`, or `None` where the server hangs up first.
    pub(crate) async fn status_of_livez(mut self) -> Option<u16> {
        let asked = b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
        self.stream.write_all(asked).await.ok()?;
        if self.more().await { Some(self.read_head().await.status) } else { None }
    }

    /// Whether the server closes, with or without the answer that the command was cut off.
    pub(crate) async fn ends_cut_off(mut self) -> bool {
        while self.more().await {}
        self.unread.is_empty() || self.read_head().await.status == 504
    }

    async fn more(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.unread.extend_from_slice(&buffer[..count]);
        count > 0
    }
}

/// Sends `bytes` on a connection of its own and reads one answer.
pub(crate) async fn exchange(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Response {
    let mut client = Client::connect(address).await;
    client.send(bytes).await;
    client.read().await
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Response {
    exchange(address, format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")).await
}

pub(crate) async fn post(address: SocketAddr, path: &str, json: &str) -> Response {
    exchange(address, post_bytes(path, json)).await
}

pub(crate) fn post_bytes(path: &str, json: &str) -> String {
    let length = json.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{json}"
    )
}
