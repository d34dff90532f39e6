//! The baseline of sessions: a bare tokio client that knows what it will be told.

use std::{
    future::poll_fn, mem::MaybeUninit, net::SocketAddr, pin::Pin, task::ready, time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::{
    board::KEYS,
    wire::{Handshake, Wire, noise_frame, put_noise_frame},
};

/// One connection. It checks nothing, keeps nothing of what it is told, and waits for one answer
/// at a time.
#[derive(Debug)]
pub struct Bare {
    stream: TcpStream,
    wire: Wire,
    kept: Vec<u8>,
}

impl Bare {
    /// Connects, greets as `esphome-codec` does, and reads to the end of the listing.
    ///
    /// # Panics
    /// If anything fails.
    pub async fn connect(address: SocketAddr, is_noise: bool) -> Self {
        let stream = TcpStream::connect(address).await.expect("the board listens");
        stream.set_nodelay(true).expect("a socket takes it");
        let mut bare = Self { stream, wire: Wire::Plain, kept: Vec::new() };
        if is_noise {
            bare.shake_hands().await;
        }
        let mut out = Vec::new();
        bare.wire.put(1, b"\x0a\x0cesphome-pool\x10\x01\x18\x13", &mut out);
        for id in [3, 9, 11] {
            bare.wire.put(id, &[], &mut out);
        }
        bare.write(&out).await;
        bare.wait_for(19).await;
        bare
    }

    async fn shake_hands(&mut self) {
        let mut handshake = Handshake::initiator();
        let mut out = Vec::new();
        put_noise_frame(&[], &mut out);
        handshake.write(&mut out);
        self.write(&out).await;
        let mut bytes = Vec::new();
        loop {
            self.read(|read| bytes.extend_from_slice(read)).await;
            let Some((_, hello)) = noise_frame(&bytes) else { continue };
            if let Some((body, _)) = bytes.get(hello..).and_then(noise_frame) {
                handshake.read(body);
                break;
            }
        }
        self.wire = handshake.finish();
    }

    /// Calls the action that replies, and waits for the reply.
    pub async fn call(&mut self) {
        let mut out = Vec::new();
        self.wire.put(42, &call_payload(KEYS.0, b"\x18\xac\x02"), &mut out);
        self.write(&out).await;
        self.wait_for(131).await;
    }

    /// Calls the action that does not reply, pings in the same write, and waits for the answer.
    pub async fn call_and_ping(&mut self) {
        let mut out = Vec::new();
        self.wire.put(42, &call_payload(KEYS.1, b""), &mut out);
        self.wire.put(7, &[], &mut out);
        self.write(&out).await;
        self.wait_for(8).await;
    }

    /// Pings, and waits for the answer.
    pub async fn ping(&mut self) {
        let mut out = Vec::new();
        self.wire.put(7, &[], &mut out);
        self.write(&out).await;
        self.wait_for(8).await;
    }

    /// Keeps the session as the pool does: a ping after `interval` of silence, one timer.
    pub async fn keep_alive(mut self, interval: Duration) {
        let timer = sleep(interval);
        tokio::pin!(timer);
        loop {
            tokio::select! {
                biased;
                () = self.wait_for(8) => {}
                () = &mut timer => {
                    let mut out = Vec::new();
                    self.wire.put(7, &[], &mut out);
                    self.write(&out).await;
                }
            }
            timer.as_mut().reset(Instant::now() + interval);
        }
    }

    /// How frames are wrapped.
    pub const fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// Writes bytes as they are.
    ///
    /// # Panics
    /// If the connection is gone.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the board is there");
    }

    /// Reads frames up to the first one of `id`. There is nothing behind it.
    pub async fn wait_for(&mut self, id: u16) {
        let mut has_come = false;
        while !has_come {
            let Self { stream, wire, kept } = self;
            read(stream, |bytes| {
                if kept.is_empty() {
                    let taken = take_all(wire, bytes, id, &mut has_come);
                    kept.extend_from_slice(&bytes[taken..]);
                } else {
                    kept.extend_from_slice(bytes);
                    let taken = take_all(wire, kept, id, &mut has_come);
                    kept.drain(..taken);
                }
            })
            .await;
        }
        if self.kept.is_empty() {
            // An idle session keeps no buffer.
            self.kept = Vec::new();
        }
    }

    async fn read(&mut self, take: impl FnMut(&[u8])) {
        read(&mut self.stream, take).await;
    }
}

/// The payload of a call of `key` with a number and a text; `end` is what follows the arguments.
#[must_use]
pub fn call_payload(key: u32, end: &[u8]) -> Vec<u8> {
    let key = key.to_le_bytes();
    [&[0x0d], &key[..], b"\x12\x02\x28\x06\x12\x05\x22\x03\x35\x2d\x31", end].concat()
}

/// Reads once, into a buffer on the stack of the poll, as the pool does.
async fn read(stream: &mut TcpStream, mut take: impl FnMut(&[u8])) {
    poll_fn(|cx| {
        let mut room = [MaybeUninit::uninit(); 4_096];
        let mut buffer = ReadBuf::uninit(&mut room);
        let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
        assert!(read.is_ok() && !buffer.filled().is_empty(), "the board is there");
        take(buffer.filled());
        std::task::Poll::Ready(())
    })
    .await;
}

fn take_all(wire: &mut Wire, input: &[u8], id: u16, has_come: &mut bool) -> usize {
    let mut taken = 0;
    let mut scratch = [0; 256];
    while let Some(frame) = input
        .get(taken..)
        .filter(|rest| !rest.is_empty())
        .and_then(|rest| wire.take(rest, &mut scratch))
    {
        *has_come |= frame.id == id;
        taken += frame.size;
    }
    taken
}
