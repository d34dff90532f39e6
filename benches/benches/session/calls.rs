//! One call at a time: to its reply, and to the answer of the ping behind it.

use std::time::Duration;

use esphome_pool::{Call, CallEnd, CallRequest, DeviceHandle, EvidenceWanted, Pool, PoolConfig};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::Instant,
};
use venue_benches::{
    bare::{Bare, call_payload},
    board::{Board, CHANNEL, KEYS, QUIET},
    harness::{Goal, Pair, Run, Unit, median_us},
    pool,
    wire::Wire,
};

use crate::mode;

/// Client and board take turns in one thread.
pub(crate) async fn measure(run: Run, is_noise: bool) {
    let board = Board::new(is_noise, false);
    let address = board.listen().await;
    let devices = Pool::new(PoolConfig::default());
    let handle = pool::add(&devices, address, is_noise);
    let session = pool::online(&handle).await;
    let call = |name| CallRequest::Action(pool::action(&session.peer, name));
    let (replying, quiet) = (call(CHANNEL), call(QUIET));
    let mut bare = Bare::connect(address, is_noise).await;
    let mut echo = Echo::start(is_noise).await;

    let times = run.pick(2_000, 20);
    let (mut to_echo, mut to_bare, mut barrier) =
        (Pair::default(), Pair::default(), Pair::default());
    for _ in 0..run.rounds() {
        let ours = median_us(times, async || reply(&handle, &replying).await).await;
        to_echo.ours.push(ours);
        to_bare.ours.push(ours);
        to_echo.baseline.push(median_us(times, async || echo.turn().await).await);
        to_bare.baseline.push(median_us(times, async || bare.call().await).await);
        barrier.ours.push(median_us(times, async || passed(&handle, &quiet).await).await);
        barrier.baseline.push(median_us(times, async || bare.call_and_ping().await).await);
    }
    let name = |what: &str| format!("{what}, {}", mode(is_noise));
    // An echo encrypts nothing: through Noise it explains, and judges nothing.
    let goal = if is_noise { Goal::None } else { Goal::Ratio(1.15) };
    to_echo.print(&name("call to reply, against an echo"), Unit::Microseconds, goal);
    to_bare.print(&name("call to reply, against a bare client"), Unit::Microseconds, Goal::None);
    barrier.print(&name("call and ping to pong"), Unit::Microseconds, Goal::Ratio(1.1));
    assert!(devices.remove(handle.name()).await);
}

async fn reply(handle: &DeviceHandle, request: &CallRequest) {
    let call = Call::new(request.clone(), EvidenceWanted::Reply);
    let report = handle.call(call, Instant::now() + PATIENCE).await;
    assert!(matches!(report.end, CallEnd::Replied { success: true, .. }), "{report:?}");
}

async fn passed(handle: &DeviceHandle, request: &CallRequest) {
    let call = Call::new(request.clone(), EvidenceWanted::Barrier);
    let report = handle.call(call, Instant::now() + PATIENCE).await;
    assert!(matches!(report.end, CallEnd::Barrier), "{report:?}");
}

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes there and back, as many as a call and its reply.
struct Echo {
    stream: TcpStream,
    request: Vec<u8>,
    reply: Vec<u8>,
}

impl Echo {
    async fn start(is_noise: bool) -> Self {
        // Through Noise a frame has a tag of 16 bytes, a length of 2 and an inner header of 4.
        let frame = |id, payload: &[u8]| {
            let mut bytes = Vec::new();
            Wire::Plain.put(id, payload, &mut bytes);
            bytes.resize(if is_noise { 3 + 4 + payload.len() + 16 } else { bytes.len() }, 0);
            bytes
        };
        let request = frame(42, &call_payload(KEYS.0, b"\x18\xac\x02"));
        let reply = frame(131, b"\x08\xac\x02\x10\x01");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut peer, _) = listener.accept().await.unwrap();
        peer.set_nodelay(true).unwrap();
        let (mut room, answer) = (request.clone(), reply.clone());
        drop(tokio::spawn(async move {
            while peer.read_exact(&mut room).await.is_ok() {
                peer.write_all(&answer).await.unwrap();
            }
        }));
        Self { stream, request, reply }
    }

    async fn turn(&mut self) {
        self.stream.write_all(&self.request).await.unwrap();
        self.stream.read_exact(&mut self.reply).await.unwrap();
    }
}
