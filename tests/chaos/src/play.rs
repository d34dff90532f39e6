//! Plays a script: every step at its time, whatever came of those before.

mod asking;
mod blows;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use tokio::{sync::Mutex as Turn, task::JoinSet, time::sleep_until};

use crate::{
    daemon::{Daemon, within},
    disturbance::{Edit, Ill},
    harm::Disk,
    http::Request,
    ledger::{Kind, Ledger, Span, Whom},
    script::{Script, What},
    venue::Venue,
};

/// The venue with its daemon, for all rounds.
pub(crate) struct Stage {
    pub(crate) venue: Venue,
    pub(crate) address: SocketAddr,
    pub(crate) daemon: Turn<Daemon>,
    pub(crate) disk: Disk,
    pub(crate) clock: crate::clock::Clock,
    ledger: Mutex<Ledger>,
    /// Since when a board keeps what it is sent.
    deaf: Mutex<HashMap<usize, u64>>,
    /// How often each board was written otherwise.
    edits: Mutex<HashMap<usize, usize>>,
    /// How many actions of each board are known.
    pub(crate) seen: Mutex<Vec<usize>>,
    /// One thing at a time befalls the store.
    store: Turn<()>,
    /// The names that the answers gave to batches and commands, by the requests of the script.
    named: Mutex<HashMap<usize, String>>,
    /// When what is for later is due, in our time and as it was written.
    dues: Mutex<HashMap<usize, (u64, String)>>,
    /// The schedules of the round.
    plans: Mutex<Vec<(usize, String)>>,
}

impl Stage {
    pub(crate) fn new(
        venue: Venue,
        daemon: Daemon,
        disk: Disk,
        clock: crate::clock::Clock,
    ) -> Self {
        Self {
            seen: Mutex::new(vec![0; venue.boards.len()]),
            venue,
            address: daemon.address,
            daemon: Turn::new(daemon),
            disk,
            clock,
            ledger: Mutex::new(Ledger::new(Instant::now())),
            deaf: Mutex::default(),
            edits: Mutex::default(),
            store: Turn::default(),
            named: Mutex::default(),
            dues: Mutex::default(),
            plans: Mutex::default(),
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// Begins a round with an empty ledger.
    pub(crate) fn begin(&self) {
        let mut ledger = Ledger::new(Instant::now());
        ledger.jumped = self.clock.is_doubted();
        *self.ledger() = ledger;
        self.named.lock().unwrap().clear();
        self.dues.lock().unwrap().clear();
    }

    /// Plays `script` to its end, answers included.
    pub(crate) async fn play(self: &Arc<Self>, script: Arc<Script>) {
        let begun = Instant::now();
        let mut players = JoinSet::new();
        for step in script.steps.clone() {
            sleep_until((begun + Duration::from_millis(step.at)).into()).await;
            let (stage, script) = (Arc::clone(self), Arc::clone(&script));
            if let What::Board(index, ill) = step.what {
                // At once, so that they stay in their order.
                self.befall(index, ill);
            } else {
                players.spawn(async move { stage.take(step.what, &script).await });
            }
            while let Some(ended) = players.try_join_next() {
                ended.unwrap();
            }
        }
        players.join_all().await;
    }

    async fn take(self: &Arc<Self>, what: What, script: &Script) {
        match what {
            What::Ask(index) | What::Repeat(index) => self.ask(index, &script.asks[index]).await,
            What::Manage(order, index) => self.manage(order, index).await,
            What::Look(path) => {
                self.exchange(Request::get(path), Kind::Look, Vec::new()).await;
            }
            What::Rule(path) => {
                let request = Request::post(path, serde_json::json!({}));
                self.exchange(request, Kind::Rule, Vec::new()).await;
            }
            What::Board(index, ill) => self.befall(index, ill),
            What::Edit(index, edit) => self.edit(index, edit).await,
            What::Daemon(blow) => self.strike(blow).await,
        }
    }

    pub(crate) fn befall(&self, index: usize, ill: Ill) {
        let board = &self.venue.boards[index];
        let name = board.name().to_owned();
        let mut ledger = self.ledger();
        ledger.note(Whom::Board(name.clone()), format!("{ill:?}"));
        let now = ledger.now();
        let keeps = matches!(ill, Ill::Hung | Ill::Delay(_) | Ill::HalfOpen);
        let ends = matches!(ill, Ill::Well) || keeps;
        let mut deaf = self.deaf.lock().unwrap();
        if ends && let Some(from) = deaf.remove(&index) {
            ledger.deaf.push((name, Span { from, to: now }));
        }
        if keeps {
            deaf.insert(index, now);
        }
        drop((deaf, ledger));
        board.befall(ill);
    }

    pub(crate) async fn edit(&self, index: usize, edit: Edit) {
        let board = &self.venue.boards[index];
        let turn = {
            let mut edits = self.edits.lock().unwrap();
            let turn = edits.entry(index).or_default();
            *turn += 1;
            *turn
        };
        if edit == Edit::Remove {
            board.sim.forget_calls();
        }
        self.exchange(board.edit(edit, turn), Kind::Edit, Vec::new()).await;
    }

    /// Everything is well again: boards, store, daemon, configuration.
    pub(crate) async fn heal(self: &Arc<Self>) -> Result<(), String> {
        for index in 0..self.venue.boards.len() {
            self.befall(index, Ill::Well);
        }
        self.disk.empty();
        if !self.daemon.lock().await.is_started() {
            return Err("no daemon".to_owned());
        }
        if !Daemon::wait_for_mode(self.address, "normal", SOON).await {
            return Err("the store is not used again although all is well".to_owned());
        }
        let last = self.venue.boards.len() - 1;
        Request::post("/api/v1/queue/resume", serde_json::json!({})).send(self.address).await;
        let added = self.venue.boards[last].edit(Edit::Add, 0).send(self.address).await;
        let mut left = String::new();
        let all_online = async || {
            let reply = Request::get("/api/v1/devices").send(self.address).await;
            let Some(answer) = reply.answer() else { return false };
            let devices = answer.json["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let away = devices.iter().filter(|device| device["online"] != true);
            left = away.map(|device| format!("\n  {device}")).collect();
            devices.len() == self.venue.boards.len() && left.is_empty()
        };
        if within(SOON, all_online).await {
            Ok(())
        } else {
            let added = added.line();
            Err(format!("boards that are well have no session:{left}\n  added again: {added}"))
        }
    }
}

/// Far longer than anything takes to get well.
const SOON: Duration = Duration::from_secs(40);
