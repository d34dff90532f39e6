//! Calls in a row, many or one per write; a ping behind the last one tells when all have come.

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    time::Instant,
};

use esphome_codec::{ActionCall, ClientConfig, ClientEvent, ClientSession};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use venue_benches::{
    bare::{Bare, call_payload},
    board::{Board, KEYS, QUIET},
    harness::{Goal, Pair, Run, Unit},
    pool,
    wire::Wire,
};

use crate::mode;

/// Many calls a write, and one.
pub(crate) async fn measure(run: Run, is_noise: bool) {
    let goal = if is_noise { 420e3 } else { 3e6 };
    let many = run.pick(if is_noise { 1_000 } else { 5_000 }, 10);
    row(run, is_noise, (64, many), Goal::AtLeast(goal)).await;
    row(run, is_noise, (1, run.pick(20_000, 10)), Goal::None).await;
}

/// `size` calls a write, and how many writes there are.
async fn row(run: Run, is_noise: bool, (size, writes): (u32, u32), goal: Goal) {
    let board = Board::new(is_noise, false);
    let address = in_a_thread(Arc::clone(&board));
    let mut ours = Client::connect(address, is_noise).await;
    let mut bare = Bare::connect(address, is_noise).await;
    let mut pair = Pair::default();
    let mut expected = 0;
    for _ in 0..run.rounds() {
        let calls = f64::from(size * writes);
        let begun = Instant::now();
        ours.call_all(size, writes).await;
        pair.ours.push(calls / begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        bare_calls(&mut bare, size, writes).await;
        pair.baseline.push(calls / begun.elapsed().as_secs_f64());
        expected += 2 * u64::from(size * writes);
        assert_eq!(board.calls(), expected, "every call has come");
    }
    let name = format!("calls in a row, {size} a write, {}", mode(is_noise));
    pair.print(&name, Unit::PerSecond, goal);
}

/// Runs the board on a core of its own; the thread ends with the process.
fn in_a_thread(board: Arc<Board>) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap().block_on(async {
            tell.send(board.listen().await).unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

/// The bytes of a write are the same each time: in the clear they are made once.
async fn bare_calls(bare: &mut Bare, size: u32, writes: u32) {
    let payload = call_payload(KEYS.1, b"");
    let mut bytes = Vec::new();
    for turn in 0..writes {
        if turn == 0 || matches!(bare.wire(), Wire::Noise(_)) {
            bytes.clear();
            (0..size).for_each(|_| bare.wire().put(42, &payload, &mut bytes));
        }
        bare.write(&bytes).await;
    }
    bare.ping().await;
}

/// Our session on a socket, as the simplest program would drive it.
struct Client {
    stream: TcpStream,
    session: ClientSession,
    call: ActionCall,
}

impl Client {
    async fn connect(address: SocketAddr, is_noise: bool) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let config =
            ClientConfig { encryption: pool::encryption(is_noise), ..ClientConfig::default() };
        let mut session = ClientSession::new(Arc::new(config), Instant::now());
        loop {
            if let ClientEvent::Ready(peer) = turn(&mut stream, &mut session).await {
                let call = pool::action(&peer, QUIET);
                return Self { stream, session, call };
            }
        }
    }

    async fn call_all(&mut self, size: u32, writes: u32) {
        for _ in 0..writes {
            for _ in 0..size {
                self.session.call(&self.call).unwrap();
            }
            let bytes = self.session.poll_transmit().unwrap();
            self.stream.write_all(&bytes).await.unwrap();
        }
        let ping = self.session.ping(Instant::now()).unwrap();
        let is_over = |event| matches!(event, ClientEvent::Pong { id, .. } if id == ping);
        while !is_over(turn(&mut self.stream, &mut self.session).await) {}
    }
}

/// Writes what waits and reads until something has happened.
async fn turn(stream: &mut TcpStream, session: &mut ClientSession) -> ClientEvent {
    let mut room = [0; 4_096];
    loop {
        if let Some(event) = session.poll_event() {
            return event;
        }
        if let Some(bytes) = session.poll_transmit() {
            stream.write_all(&bytes).await.unwrap();
        }
        let read = stream.read(&mut room).await.unwrap();
        assert!(read > 0, "the board is there");
        session.receive(&room[..read], Instant::now()).unwrap();
    }
}
