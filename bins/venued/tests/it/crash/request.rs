//! Requests, how often each was sent, and what was said to it.

use std::{io, net::SocketAddr};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use venue_domain::CommandId;

use super::deck::Wish;

/// A request for one wish, or for the same on many ports.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) path: String,
    pub(super) body: Value,
    /// What it is repeated by, without being carried out twice.
    pub(super) key: Option<Key>,
    pub(super) wishes: Vec<Wish>,
    /// Each time that it was sent.
    pub(super) tries: Vec<Try>,
}

/// What makes a repeated request known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The header `Idempotency-Key`.
    Header(String),
    /// The name of its batch, which is in its body.
    Batch(String),
}

/// One time that a request was sent.
#[derive(Clone, Debug)]
pub(super) struct Try {
    /// In which run of the daemon.
    pub(super) run: usize,
    /// When it was asked for, and when that had ended; a count of such instants.
    pub(super) begun: u64,
    pub(super) ended: u64,
    /// `None` where the daemon died before it answered.
    pub(super) reply: Option<Reply>,
    /// What a look at its command showed straight after the answer, if there was time for one.
    pub(super) read: Option<Reply>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) json: Value,
}

/// What an answer says of one wish.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) code: u16,
    pub(super) command: Option<CommandId>,
    pub(super) status: Option<String>,
    pub(super) durable: bool,
}

impl Request {
    pub(super) fn is_bulk(&self) -> bool {
        self.body["targets"].is_array()
    }

    pub(super) fn is_scheduled(&self) -> bool {
        !self.body["scheduled_at"].is_null()
    }

    /// When it was first asked for.
    pub(super) fn begun(&self) -> u64 {
        self.tries.iter().map(|one| one.begun).min().unwrap_or(0)
    }

    /// When the last time that it was asked for had ended.
    pub(super) fn ended(&self) -> u64 {
        self.tries.iter().map(|one| one.ended).max().unwrap_or(u64::MAX)
    }

    /// The answer that says what became of it.
    pub(super) fn answer(&self) -> Option<&Reply> {
        self.tries.iter().filter_map(|one| one.reply.as_ref()).find(|reply| reply.is_final())
    }

    /// What its answer says of `wish`.
    pub(super) fn said(&self, wish: &Wish) -> Option<Said> {
        let Reply { code, json } = self.answer()?;
        let one = if self.is_bulk() {
            let is_it = |one: &&Value| {
                one["hostname"] == wish.target.device.as_str()
                    && one["port"] == wish.target.port.number()
            };
            json["accepted"].as_array().and_then(|all| all.iter().find(is_it)).unwrap_or(json)
        } else {
            json
        };
        let status = if *code < 300 { &json["status"] } else { &json["command_status"] };
        Some(Said {
            code: *code,
            command: one["command_id"].as_str().and_then(|id| id.parse().ok()),
            status: status.as_str().map(str::to_owned),
            durable: json["durable"] == true,
        })
    }

    pub(super) fn message(&self) -> Message {
        let key = match &self.key {
            Some(Key::Header(key)) => Some(key.clone()),
            Some(Key::Batch(_)) | None => None,
        };
        Message { method: "POST", path: self.path.clone(), key, body: Some(self.body.clone()) }
    }
}

impl Reply {
    /// The question for the first command that it names.
    pub(super) fn look(&self) -> Option<Message> {
        let batch = if self.json["accepted"].is_array() { &self.json } else { &self.json["batch"] };
        let of_batch = || batch["accepted"][0]["command_id"].as_str();
        let id = self.json["command_id"].as_str().or_else(of_batch)?;
        let path = format!("/api/v1/commands/{id}");
        Some(Message { method: "GET", path, key: None, body: None })
    }

    /// Whether it is told that the request with this key is still running.
    pub(super) fn is_running(&self) -> bool {
        self.code == 409 && self.json["code"] == "request_running"
    }

    /// Whether it is told that nobody knows what became of the request with this key.
    pub(super) fn is_interrupted(&self) -> bool {
        self.code == 504 && self.json["command_id"].is_null()
    }

    /// Whether it says what became of the request.
    pub(super) fn is_final(&self) -> bool {
        !self.is_running() && !self.is_interrupted()
    }
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) key: Option<String>,
    pub(super) body: Option<Value>,
}

impl Message {
    /// Sends it and reads the answer; one that is cut off is none.
    pub(super) async fn send(self, address: SocketAddr) -> io::Result<Reply> {
        let Self { method, path, key, body } = self;
        let mut stream = TcpStream::connect(address).await?;
        let key = key.map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{key}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        read(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

fn read(answer: &str) -> Option<Reply> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let code = head.split(' ').nth(1)?.parse().ok()?;
    Some(Reply { code, json: serde_json::from_str(body).ok()? })
}

/// The targets of `wishes`, as a bulk request names them.
pub(super) fn targets(wishes: &[Wish]) -> Vec<Value> {
    let target = |wish: &Wish| json!({"hostname": wish.target.device.as_str(), "port": wish.target.port.number()});
    wishes.iter().map(target).collect()
}
