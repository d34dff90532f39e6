//! HTTP as curl speaks it: one request a connection.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Option<Value>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    /// The connection was refused, or ended before the answer.
    Cut,
    /// Nothing came, for longer than anything may take.
    Silence,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) json: Value,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), key: None, body: None }
    }

    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: "POST", path: path.into(), key: None, body: Some(body) }
    }

    pub(crate) fn line(&self) -> String {
        let Self { method, path, key, body } = self;
        let key = key.as_ref().map(|key| format!(" key={key:?}")).unwrap_or_default();
        let body = body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
        format!("{method} {path}{key}{body}")
    }

    pub(crate) async fn send(&self, address: SocketAddr) -> Reply {
        match timeout(PATIENCE, self.exchange(address)).await {
            Ok(Ok(text)) => read(&text).map_or(Reply::Cut, Reply::Answer),
            Ok(Err(_)) => Reply::Cut,
            Err(_) => Reply::Silence,
        }
    }

    async fn exchange(&self, address: SocketAddr) -> std::io::Result<String> {
        let Self { method, path, key, body } = self;
        let mut stream = TcpStream::connect(address).await?;
        let key = key.as_ref().map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
        // Whoever edits takes what there is.
        let any =
            if matches!(*method, "PATCH" | "PUT" | "DELETE") { "If-Match: *\r\n" } else { "" };
        let body = body.as_ref().map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{key}{any}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

impl Reply {
    pub(crate) const fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Cut | Self::Silence => None,
        }
    }

    pub(crate) fn line(&self) -> String {
        match self {
            Self::Answer(Answer { code, json }) => format!("{code} {}", brief(json)),
            Self::Cut => "the connection was cut".to_owned(),
            Self::Silence => "no answer".to_owned(),
        }
    }
}

/// What tells one answer from another, and nothing that can be told from the request.
fn brief(json: &Value) -> Value {
    let mut json = json.clone();
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|name, value| !NOISE.contains(&name.as_str()) && !value.is_null());
    }
    json
}

const NOISE: [&str; 12] = [
    "accepted_at",
    "class",
    "command",
    "channel",
    "hostname",
    "instance",
    "message",
    "port",
    "request_id",
    "success",
    "title",
    "type",
];

fn read(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let code = head.split(' ').nth(1)?.parse().ok()?;
    let json = if body.is_empty() { Value::Null } else { serde_json::from_str(body).ok()? };
    Some(Answer { code, json })
}

/// The daemon gives up a request after 15 s.
const PATIENCE: Duration = Duration::from_secs(20);
