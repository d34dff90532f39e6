//! Servers that misbehave: each does one thing with each request.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::mpsc::{self, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

/// What is done with the request.
pub(crate) enum Deed {
    /// Nothing, until the test ends.
    Stall,
    /// The connection is closed.
    Close,
    /// These bytes are sent, then the connection is closed.
    Answer(Vec<u8>),
    /// These bytes are sent so much later, then the connection is closed.
    Later(Duration, Vec<u8>),
    /// These bytes are sent, then nothing happens until the test ends.
    AnswerThenStall(Vec<u8>),
}

/// A server for so many requests as it has deeds; the test ends it by dropping it.
pub(crate) struct Raw {
    pub(crate) url: String,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Raw {
    pub(crate) fn that(deed: Deed) -> Self {
        Self::that_in_turn(vec![deed])
    }

    /// Does one deed after the other, each with a request of its own.
    pub(crate) fn that_in_turn(deeds: Vec<Deed>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (end, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            for deed in deeds {
                let (mut stream, _) = listener.accept().unwrap();
                read_request(&mut stream);
                if let Deed::Later(wait, _) = deed {
                    // Nothing is told meanwhile.
                    ended.recv_timeout(wait).unwrap_err();
                }
                if deed.stalls_after(&mut stream) {
                    ended.recv().unwrap_err();
                }
                let _closed: std::io::Result<()> = stream.shutdown(Shutdown::Both);
            }
        });
        Self { url, end: Some(end), thread: Some(thread) }
    }
}

impl Deed {
    /// Does it; whether the connection is to stay open until the test ends.
    fn stalls_after(self, stream: &mut TcpStream) -> bool {
        match self {
            Self::Stall => true,
            Self::Close => false,
            Self::Answer(bytes) | Self::Later(_, bytes) => {
                // A client that has seen enough may be gone.
                let _sent: std::io::Result<()> = stream.write_all(&bytes);
                false
            }
            Self::AnswerThenStall(bytes) => {
                stream.write_all(&bytes).unwrap();
                true
            }
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        drop(self.end.take());
        let ended = self.thread.take().unwrap().join();
        assert!(thread::panicking() || ended.is_ok(), "the server failed");
    }
}

/// An answer of `status` with `body`, whole.
pub(crate) fn answer(status: &str, body: &str) -> Deed {
    Deed::Answer(bytes(status, body))
}

/// The same, so much later.
pub(crate) fn later(wait: Duration, status: &str, body: &str) -> Deed {
    Deed::Later(wait, bytes(status, body))
}

fn bytes(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}").into()
}

/// Reads a head and the body that it announces.
fn read_request(stream: &mut TcpStream) {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
    let head = String::from_utf8(read).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
}
