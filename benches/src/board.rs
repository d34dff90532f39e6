//! The cheapest board there can be: the peer of ours and of the baseline alike.
//!
//! It greets, lists what a board of the current generation lists, answers pings and calls, and
//! counts calls. Its answers are encoded once. One that is slow takes its time for each call.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use esphome_codec::{Message, proto};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::wire::{Handshake, Wire, noise_frame, put_noise_frame, varint};

/// The action that replies; it takes a number and a text.
pub const CHANNEL: &str = "tv_channel";

/// As [`CHANNEL`], and does not reply.
pub const QUIET: &str = "tv_quiet";

/// Two of the other actions, which take a port and reply.
const POWER_ON: &str = "tv_power_on";
const MUTE_ON: &str = "tv_mute_on";

/// The keys of [`CHANNEL`] and [`QUIET`].
pub const KEYS: (u32, u32) = (0x0a0b_0c0d, 0x0a0b_0c0e);

/// What boards say, and how many calls they have got.
#[derive(Debug)]
pub struct Board {
    is_noise: bool,
    listing: Vec<(u16, Vec<u8>)>,
    latency: Duration,
    calls: AtomicU64,
    started: Instant,
    /// Nanoseconds from `started` to the last call.
    called: AtomicU64,
}

impl Board {
    /// A board that lists 27 actions and 8 entities, as the simulated boards do; or, if
    /// `is_short`, only the two actions that are called here.
    #[must_use]
    pub fn new(is_noise: bool, is_short: bool) -> Arc<Self> {
        Self::with_latency(is_noise, is_short, Duration::ZERO)
    }

    /// As [`Board::new`] in the clear, and takes `latency` for whatever calls come in one piece.
    #[must_use]
    pub fn slow(latency: Duration) -> Arc<Self> {
        Self::with_latency(false, false, latency)
    }

    fn with_latency(is_noise: bool, is_short: bool, latency: Duration) -> Arc<Self> {
        let encode = |message: &Message| {
            let mut payload = Vec::new();
            message.encode_payload(&mut payload);
            (message.id(), payload)
        };
        let listing = listing(is_short).iter().map(encode).collect();
        let (calls, called) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { is_noise, listing, latency, calls, started: Instant::now(), called })
    }

    /// When the last call came, on any connection.
    #[must_use]
    pub fn called_at(&self) -> Instant {
        self.started + Duration::from_nanos(self.called.load(Ordering::Acquire))
    }

    /// How many calls have come, on all connections.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Acquire)
    }

    /// Serves everybody who connects to a free port, in tasks of this runtime.
    ///
    /// A board is named after the address that it was reached at ([`name_at`]), so that one
    /// listener is a thousand boards.
    pub async fn listen(self: &Arc<Self>) -> SocketAddr {
        let listener = TcpListener::bind("0.0.0.0:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let board = Arc::clone(self);
        drop(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(tokio::spawn(Arc::clone(&board).serve(stream)));
            }
        }));
        SocketAddr::from(([127, 0, 0, 1], address.port()))
    }

    async fn serve(self: Arc<Self>, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let name = name_at(stream.local_addr()?);
        let mut session = Session { board: &self, name, wire: Opening::new(self.is_noise) };
        let (mut kept, mut out) = (Vec::new(), Vec::new());
        while stream.read_buf(&mut kept).await? > 0 {
            let (taken, calls) = session.take_all(&kept, &mut out);
            kept.drain(..taken);
            if calls > 0 && !self.latency.is_zero() {
                sleep(self.latency).await;
            }
            stream.write_all(&out).await?;
            out.clear();
        }
        Ok(())
    }
}

/// The address of board `index` behind `listener`.
///
/// # Panics
/// From 65,536 boards on.
#[must_use]
pub fn address_of(index: usize, listener: SocketAddr) -> SocketAddr {
    let [high, low] = u16::try_from(index).expect("fewer boards").to_be_bytes();
    SocketAddr::from(([127, 1, high, low], listener.port()))
}

/// The name of the board that is reached at `address`.
#[must_use]
pub fn name_at(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) => format!("ir-{:06x}", v4.ip().to_bits() & 0xff_ffff),
        SocketAddr::V6(_) => "ir-000000".to_owned(),
    }
}

/// The MAC address of the board of that name: each has its own.
fn mac_of(name: &str) -> String {
    let own = name.trim_start_matches("ir-").as_bytes().chunks(2);
    own.fold("02:00:00".to_owned(), |mac, byte| mac + ":" + &String::from_utf8_lossy(byte))
}

/// One connection.
struct Session<'a> {
    board: &'a Board,
    name: String,
    wire: Opening,
}

enum Opening {
    Hello,
    Handshake,
    Open(Wire),
}

impl Opening {
    const fn new(is_noise: bool) -> Self {
        if is_noise { Self::Hello } else { Self::Open(Wire::Plain) }
    }
}

impl Session<'_> {
    /// Takes all complete frames of `input`; returns how many bytes they were, and how many of the
    /// frames were calls.
    fn take_all(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, u64) {
        let (mut taken, mut calls) = (0, 0);
        while let Some(rest) = input.get(taken..).filter(|rest| !rest.is_empty()) {
            let size = match &mut self.wire {
                Opening::Hello | Opening::Handshake => self.open(rest, out),
                Opening::Open(wire) => {
                    let mut scratch = [0; 256];
                    wire.take(rest, &mut scratch).map_or(0, |frame| {
                        calls += u64::from(frame.id == 42);
                        answer(self.board, &self.name, wire, (frame.id, frame.payload), out);
                        frame.size
                    })
                }
            };
            if size == 0 {
                break;
            }
            taken += size;
        }
        if calls > 0 {
            let since = u64::try_from(self.board.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.board.called.store(since, Ordering::Release);
            self.board.calls.fetch_add(calls, Ordering::Release);
        }
        (taken, calls)
    }

    fn open(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let Some((body, size)) = noise_frame(input) else { return 0 };
        if matches!(self.wire, Opening::Hello) {
            let mut hello = vec![0x01];
            hello.extend_from_slice(self.name.as_bytes());
            hello.extend_from_slice(
                format!("\0{}\0", mac_of(&self.name).replace(':', "")).as_bytes(),
            );
            put_noise_frame(&hello, out);
            self.wire = Opening::Handshake;
        } else {
            let mut handshake = Handshake::responder();
            handshake.read(body);
            handshake.write(out);
            self.wire = Opening::Open(handshake.finish());
        }
        size
    }
}

/// Appends what a board says to one message.
fn answer(board: &Board, name: &str, wire: &mut Wire, message: (u16, &[u8]), out: &mut Vec<u8>) {
    match message {
        (1, _) => {
            let mut hello = vec![0x08, 1, 0x10, 19, 0x22, name.len() as u8];
            hello.extend_from_slice(name.as_bytes());
            wire.put(2, &hello, out);
        }
        (5, _) => wire.put(6, &[], out),
        (7, _) => wire.put(8, &[], out),
        (9, _) => {
            // Field 2 is the name, 3 the MAC address, without which nobody is commanded, 4 the version.
            let (mut info, mac) = (vec![0x12, name.len() as u8], mac_of(name));
            info.extend_from_slice(name.as_bytes());
            info.extend_from_slice(&[0x1a, mac.len() as u8]);
            info.extend_from_slice(mac.as_bytes());
            info.extend_from_slice(b"\x22\x092026.10.0");
            wire.put(10, &info, out);
        }
        (11, _) => board.listing.iter().for_each(|(id, payload)| wire.put(*id, payload, out)),
        (42, call) => {
            if let Some(call_id) = call_id(call) {
                let mut reply = vec![0x08];
                reply.extend_from_slice(call_id);
                reply.extend_from_slice(&[0x10, 1]);
                wire.put(131, &reply, out);
            }
        }
        (_, _) => {}
    }
}

/// The bytes of field 3 of a call, which lie behind the key and the arguments.
fn call_id(call: &[u8]) -> Option<&[u8]> {
    // The key: one byte of tag, four of value.
    let mut at = 5;
    while call.get(at) == Some(&0x12) {
        let (size, start) = varint(call, at + 1)?;
        at = start + size;
    }
    (call.get(at) == Some(&0x18)).then(|| call.get(at + 1..)).flatten()
}

fn listing(is_short: bool) -> Vec<Message> {
    let argument = |name: &str, kind| proto::ListEntitiesServicesArgument {
        name: name.to_owned(),
        r#type: kind,
        optional: false,
    };
    let action = |name: &str, key, args, supports_response| {
        let (name, description) = (name.to_owned(), String::new());
        proto::ListEntitiesServicesResponse { name, key, args, supports_response, description }
    };
    let two = || vec![argument("port", 1), argument("channel", 3)];
    let mut listing: Vec<Message> = Vec::new();
    if !is_short {
        listing.extend((1..=8).map(|key| {
            let name = format!("IR Capabilities {key}");
            let object_id = String::new();
            let listed = proto::ListEntitiesTextSensorResponse {
                object_id,
                key,
                name,
                ..Default::default()
            };
            listed.into()
        }));
        let unused = (1..=23).map(|key| format!("tv_volume_{key}"));
        let names = unused.chain([POWER_ON, MUTE_ON].map(str::to_owned));
        listing.extend(
            names
                .zip(1..)
                .map(|(name, key)| action(&name, key, vec![argument("port", 1)], 100).into()),
        );
    }
    listing.push(action(CHANNEL, KEYS.0, two(), 100).into());
    listing.push(action(QUIET, KEYS.1, two(), 0).into());
    listing.push(proto::ListEntitiesDoneResponse {}.into());
    listing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_call_is_found_behind_its_arguments() {
        let golden =
            b"\x0d\xef\xcd\xab\x89\x12\x02\x28\x06\x12\x05\x22\x03\x35\x2d\x31\x18\xac\x02";
        assert_eq!(call_id(golden), Some(&b"\xac\x02"[..]));
        assert_eq!(call_id(&golden[..16]), None);
    }

    #[test]
    fn each_address_is_a_board_of_its_own() {
        let listener = SocketAddr::from(([127, 0, 0, 1], 7));
        let names = [0, 1, 999].map(|index| name_at(address_of(index, listener)));
        assert_eq!(names, ["ir-010000", "ir-010001", "ir-0103e7"]);
        assert_eq!(mac_of(&names[2]), "02:00:00:01:03:e7");
    }
}
