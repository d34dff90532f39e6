//! Several clients that wish, repeat themselves and change their minds at the same time, and boards
//! that fail under them.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use device_sim::{Blaster, Fault};
use fastrand::Rng;
use serde_json::Value;
use tokio::task::JoinSet;
use venue_domain::{BatchId, CommandId};

use super::{
    clock::Clock,
    deck::Deck,
    manage::{Managed, Order},
    request::{Message, Reply, Request, Try},
    write,
};
use crate::support::soon;

/// The clients of a story.
#[derive(Debug)]
pub(super) struct Clients {
    shared: Mutex<Shared>,
    boards: Vec<Arc<Blaster>>,
    clock: Clock,
}

#[derive(Debug)]
struct Shared {
    deck: Deck,
    rng: Rng,
    clock: u64,
    past: Past,
    /// Batches and waiting commands that were acknowledged: what can be managed.
    batches: Vec<BatchId>,
    waiting: Vec<CommandId>,
    is_paused: bool,
}

/// What has been asked for so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    pub(super) requests: Vec<Request>,
    pub(super) managed: Vec<Managed>,
}

/// What a client does next.
enum Job {
    /// A request, by its place and that of the try.
    Request(usize, usize),
    /// An order about what was asked for before, by its place.
    Order(usize),
}

impl Clients {
    pub(super) fn new(deck: Deck, rng: Rng, boards: Vec<Arc<Blaster>>, clock: Clock) -> Arc<Self> {
        let shared = Shared {
            deck,
            rng,
            clock: 0,
            past: Past::default(),
            batches: Vec::new(),
            waiting: Vec::new(),
            is_paused: false,
        };
        Arc::new(Self { shared: Mutex::new(shared), boards, clock })
    }

    /// Everything that was asked for so far.
    pub(super) fn past(&self) -> Past {
        self.shared.lock().unwrap().past.clone()
    }

    /// Wishes until the daemon at `address` is no more.
    pub(super) fn load(self: &Arc<Self>, address: SocketAddr, run: usize) -> JoinSet<()> {
        // A pause ends with the daemon.
        self.shared.lock().unwrap().is_paused = false;
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let all = Arc::clone(self);
            clients.spawn(async move {
                loop {
                    let (job, message) = all.begin(run);
                    let reply = soon("an answer or an end", message.send(address)).await.ok();
                    let alive = reply.is_some();
                    let look = reply.as_ref().and_then(Reply::look);
                    let read = match look {
                        Some(look) => soon("a look or an end", look.send(address)).await.ok(),
                        None => None,
                    };
                    all.end(&job, reply, read);
                    if !alive {
                        return;
                    }
                }
            });
        }
        clients
    }

    fn begin(&self, run: usize) -> (Job, Message) {
        let mut shared = self.shared.lock().unwrap();
        let shared = &mut *shared;
        if shared.rng.u8(..6) == 0 {
            harm(&self.boards[shared.rng.usize(..self.boards.len())], &mut shared.rng);
        }
        if shared.rng.u8(..12) == 0 {
            shared.deck.heat_another(&mut shared.rng);
        }
        shared.clock += 1;
        if let Some(job) = shared.repeat(run) {
            return job;
        }
        if shared.rng.u8(..8) == 0
            && let Some(order) = shared.order()
        {
            let message = order.message();
            shared.past.managed.push(Managed { order, begun: shared.clock, reply: None });
            return (Job::Order(shared.past.managed.len() - 1), message);
        }
        let serial = shared.past.requests.len();
        let request = if shared.rng.u8(..6) == 0 {
            let wishes = shared.deck.next_for_many(&mut shared.rng);
            write::bulk(wishes, serial, &self.clock, &mut shared.rng)
        } else {
            let wish = shared.deck.next(&mut shared.rng);
            write::single(wish, serial, &self.clock, &mut shared.rng)
        };
        shared.past.requests.push(request);
        shared.send(serial, run)
    }

    fn end(&self, job: &Job, reply: Option<Reply>, read: Option<Reply>) {
        let mut shared = self.shared.lock().unwrap();
        shared.clock += 1;
        let ended = shared.clock;
        if let Some(reply) = &reply {
            shared.learn(&reply.json);
        }
        match *job {
            Job::Request(index, number) => {
                let one = &mut shared.past.requests[index].tries[number];
                (one.ended, one.reply, one.read) = (ended, reply, read);
            }
            Job::Order(index) => shared.past.managed[index].reply = reply,
        }
    }
}

impl Shared {
    /// Sends a request, for the first time or again.
    fn send(&mut self, index: usize, run: usize) -> (Job, Message) {
        let request = &mut self.past.requests[index];
        request.tries.push(Try {
            run,
            begun: self.clock,
            ended: u64::MAX,
            reply: None,
            read: None,
        });
        (Job::Request(index, request.tries.len() - 1), request.message())
    }

    /// A keyed request again: mostly one that an earlier run left without an answer.
    fn repeat(&mut self, run: usize) -> Option<(Job, Message)> {
        let keyed = |request: &Request| request.key.is_some();
        let is_open = |request: &Request| {
            let last = request.tries.last();
            keyed(request) && last.is_some_and(|last| last.reply.is_none() && last.run < run)
        };
        let requests = &self.past.requests;
        let index = match self.rng.u8(..16) {
            0..=7 => requests.iter().rposition(is_open)?,
            8 => {
                let from = self.rng.usize(..requests.len().max(1));
                from + requests[from..].iter().position(keyed)?
            }
            _ => return None,
        };
        Some(self.send(index, run))
    }

    /// An order about what was asked for before.
    fn order(&mut self) -> Option<Order> {
        let batch = self.rng.choice(recent(&self.batches)).cloned();
        let order = match self.rng.u8(..16) {
            0..=1 => Order::CancelBatch(batch?),
            2..=5 => Order::Retry(batch?),
            6..=9 => Order::Undo(batch?),
            10..=11 => Order::Cancel(*self.rng.choice(recent(&self.waiting))?),
            12..=13 => Order::Look(batch?, self.rng.bool()),
            _ => {
                self.is_paused = !self.is_paused;
                if self.is_paused { Order::Pause } else { Order::Resume }
            }
        };
        Some(order)
    }

    /// Remembers the names of what was acknowledged.
    fn learn(&mut self, json: &Value) {
        let created = [json, &json["batch"]];
        let batch = created.iter().find(|one| one["accepted"].is_array());
        if let Some(batch) = batch {
            self.batches.extend(batch["batch_id"].as_str().and_then(|id| id.parse().ok()));
        } else if json["status"] == "pending" {
            self.waiting
                .extend(json["command_id"].as_str().and_then(|id| id.parse::<CommandId>().ok()));
        }
    }
}

/// The newest: of the others there is hardly anything left to be managed.
fn recent<T>(all: &[T]) -> &[T] {
    &all[all.len().saturating_sub(RECENT)..]
}

/// Something happens to a board; about half of the time it gets well.
fn harm(board: &Blaster, rng: &mut Rng) {
    let fault = match rng.u8(..18) {
        0..=1 => Fault::Hung,
        2 => Fault::Silent,
        3 => Fault::DropReplies,
        4 => Fault::NoPong,
        5..=6 => Fault::CloseAfterAction,
        7 => Fault::SlotsFull,
        8 => Fault::RefuseConnect,
        9 => Fault::Displaced,
        10 => Fault::HungAfter(rng.usize(..3)),
        _ => Fault::None,
    };
    let away = matches!(fault, Fault::SlotsFull | Fault::RefuseConnect);
    board.set_fault(fault);
    if away || rng.u8(..8) == 0 {
        board.cut();
    }
}

/// How many wish at the same time.
const CLIENTS: usize = 8;

/// Of so many, the newest, one is chosen to be managed.
const RECENT: usize = 48;
