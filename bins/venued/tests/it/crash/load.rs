//! Several clients that wish at the same time, and boards that fail under them.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use device_sim::{Blaster, Fault};
use fastrand::Rng;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use venue_domain::CommandId;

use super::deck::{Deck, Wish};
use crate::support::soon;

/// A wish, and what was said to it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) wish: Wish,
    /// In which run of the daemon.
    pub(super) run: usize,
    /// When it was asked for, and when that had ended; a count of such instants.
    pub(super) begun: u64,
    pub(super) ended: u64,
    /// `None` where the daemon died before it answered.
    pub(super) answer: Option<Said>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) code: u16,
    pub(super) command: Option<CommandId>,
    pub(super) status: Option<String>,
    pub(super) durable: bool,
}

/// The clients of a story.
#[derive(Debug)]
pub(super) struct Clients {
    shared: Mutex<Shared>,
    boards: Vec<Arc<Blaster>>,
}

#[derive(Debug)]
struct Shared {
    deck: Deck,
    rng: Rng,
    clock: u64,
    asked: Vec<Asked>,
}

impl Clients {
    pub(super) fn new(deck: Deck, rng: Rng, boards: Vec<Arc<Blaster>>) -> Arc<Self> {
        let shared = Shared { deck, rng, clock: 0, asked: Vec::new() };
        Arc::new(Self { shared: Mutex::new(shared), boards })
    }

    /// Everything that was asked for so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.shared.lock().unwrap().asked.clone()
    }

    /// Wishes until the daemon at `address` is no more.
    pub(super) fn load(self: &Arc<Self>, address: SocketAddr, run: usize) -> JoinSet<()> {
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let all = Arc::clone(self);
            clients.spawn(async move {
                loop {
                    let (index, wish) = all.begin(run);
                    let said = soon("an answer or an end", ask(address, &wish)).await.ok();
                    let alive = said.is_some();
                    all.end(index, said);
                    if !alive {
                        return;
                    }
                }
            });
        }
        clients
    }

    fn begin(&self, run: usize) -> (usize, Wish) {
        let mut shared = self.shared.lock().unwrap();
        let Shared { deck, rng, clock, asked } = &mut *shared;
        if rng.u8(..6) == 0 {
            harm(&self.boards[rng.usize(..self.boards.len())], rng);
        }
        if rng.u8(..12) == 0 {
            deck.heat_another(rng);
        }
        *clock += 1;
        let (wish, index) = (deck.next(rng), asked.len());
        asked.push(Asked { wish: wish.clone(), run, begun: *clock, ended: u64::MAX, answer: None });
        (index, wish)
    }

    fn end(&self, index: usize, answer: Option<Said>) {
        let mut shared = self.shared.lock().unwrap();
        shared.clock += 1;
        let ended = shared.clock;
        let asked = &mut shared.asked[index];
        (asked.ended, asked.answer) = (ended, answer);
    }
}

/// Something happens to a board; about half of the time it gets well.
fn harm(board: &Blaster, rng: &mut Rng) {
    let fault = match rng.u8(..16) {
        0..=1 => Fault::Hung,
        2 => Fault::Silent,
        3 => Fault::DropReplies,
        4 => Fault::NoPong,
        5..=6 => Fault::CloseAfterAction,
        7 => Fault::SlotsFull,
        8 => Fault::RefuseConnect,
        _ => Fault::None,
    };
    let away = matches!(fault, Fault::SlotsFull | Fault::RefuseConnect);
    board.set_fault(fault);
    if away || rng.u8(..8) == 0 {
        board.cut();
    }
}

/// Asks for one wish. An answer that is cut off is none.
async fn ask(address: SocketAddr, wish: &Wish) -> io::Result<Said> {
    let mut stream = TcpStream::connect(address).await?;
    let (host, body) = (&wish.target.device, wish.body().to_string());
    let request = format!(
        "POST /{host}/command HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    read(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn read(answer: &str) -> Option<Said> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let json: Value = serde_json::from_str(body).ok()?;
    let code = head.split(' ').nth(1)?.parse().ok()?;
    let status = if code < 300 { &json["status"] } else { &json["command_status"] };
    Some(Said {
        code,
        command: json["command_id"].as_str().and_then(|id| id.parse().ok()),
        status: status.as_str().map(str::to_owned),
        durable: json["durable"] == true,
    })
}

/// How many wish at the same time.
const CLIENTS: usize = 8;
