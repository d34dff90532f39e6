//! The board: runs actions the way its firmware does.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use esphome_codec::proto;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    ActionRecord, TvState,
    generation::{ActionSpec, ArgType, Effect, key_of},
    record::Log,
    tv::{Key, Tv},
};

/// What one action came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    /// Nothing: the key is unknown or the number of arguments is wrong. Nobody is told.
    Nothing,
    /// It ran.
    Yes {
        /// Whether the port exists.
        success: bool,
    },
}

/// The board and the TVs on its ports.
#[derive(Debug)]
pub(crate) struct Board {
    actions: Vec<ActionSpec>,
    tvs: Vec<Mutex<Tv>>,
    shown: Vec<watch::Sender<TvState>>,
    ran: Mutex<Log<ActionRecord>>,
    ran_total: watch::Sender<usize>,
    /// The globals of the channel script, shared by all ports: a new run ends the one before.
    script: AtomicU64,
    digit_gap: Duration,
    capabilities: watch::Sender<String>,
    stop: CancellationToken,
}

/// The arguments of a call, as the board reads them.
struct Arguments {
    port: i32,
    number: i32,
    text: String,
    record: BTreeMap<String, String>,
}

impl Board {
    pub(crate) fn new(
        actions: Vec<ActionSpec>,
        tvs: Vec<Tv>,
        digit_gap: Duration,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let shown = tvs.iter().map(|tv| watch::Sender::new(tv.state().clone())).collect();
        Arc::new(Self {
            actions,
            tvs: tvs.into_iter().map(Mutex::new).collect(),
            shown,
            ran: Mutex::default(),
            ran_total: watch::Sender::new(0),
            script: AtomicU64::new(0),
            digit_gap,
            capabilities: watch::Sender::new(String::new()),
            stop,
        })
    }

    /// Dispatches a call.
    pub(crate) fn run(self: &Arc<Self>, call: &proto::ExecuteServiceRequest) -> Ran {
        let Some(spec) = self.actions.iter().find(|spec| key_of(&spec.name) == call.key) else {
            return Ran::Nothing;
        };
        if spec.args.len() != call.args.len() {
            return Ran::Nothing;
        }
        let arguments = read(spec, call);
        let record = arguments.record;
        self.record(ActionRecord { at: Instant::now(), action: spec.name.clone(), args: record });
        let port = u8::try_from(arguments.port).unwrap_or(u8::MAX);
        match &spec.effect {
            Effect::Key(key) => self.press(port, key.clone()),
            Effect::Number => {
                if let Ok(digit @ 0..=9) = u8::try_from(arguments.number) {
                    self.press(port, Key::Digit(digit));
                }
            }
            Effect::Channel => self.start_script(port, &arguments.text),
            Effect::Input => self.press(port, Key::Input(arguments.text)),
            Effect::Diagnostic => {}
            Effect::Report => {
                self.capabilities.send_replace(CAPABILITIES.to_owned());
            }
        }
        Ran::Yes { success: usize::from(port) <= self.tvs.len() }
    }

    /// The TV of a port, from 1.
    pub(crate) fn tv(&self, port: u8) -> Option<watch::Receiver<TvState>> {
        let index = usize::from(port).checked_sub(1)?;
        self.shown.get(index).map(watch::Sender::subscribe)
    }

    /// How many TVs there are.
    pub(crate) fn ports(&self) -> u8 {
        u8::try_from(self.tvs.len()).unwrap_or(u8::MAX)
    }

    /// The actions that it has.
    pub(crate) fn actions(&self) -> &[ActionSpec] {
        &self.actions
    }

    pub(crate) fn ran(&self) -> Vec<ActionRecord> {
        lock(&self.ran).to_vec()
    }

    /// What was run behind the first `seen` actions, and how many there are in all.
    pub(crate) fn ran_since(&self, seen: usize) -> (Vec<ActionRecord>, usize) {
        let ran = lock(&self.ran);
        (ran.since(seen), ran.total())
    }

    pub(crate) fn ran_total(&self) -> watch::Receiver<usize> {
        self.ran_total.subscribe()
    }

    pub(crate) fn capabilities(&self) -> watch::Receiver<String> {
        self.capabilities.subscribe()
    }

    fn record(&self, record: ActionRecord) {
        let mut ran = lock(&self.ran);
        ran.push(record);
        self.ran_total.send_replace(ran.total());
    }

    /// Types a channel, digit by digit, in the background; the call has long returned.
    fn start_script(self: &Arc<Self>, port: u8, channel: &str) {
        let run = self.script.fetch_add(1, Ordering::Relaxed) + 1;
        let digits: Vec<u8> =
            channel.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
        let board = Arc::clone(self);
        self.spawn(async move {
            for (index, digit) in digits.into_iter().enumerate() {
                if index > 0 {
                    sleep(board.digit_gap).await;
                }
                // Another run has taken the globals: the rest is never sent.
                if board.script.load(Ordering::Relaxed) != run {
                    return;
                }
                board.press(port, Key::Digit(digit));
            }
        });
    }

    /// A key arrives at the TV of a port; nothing happens where there is none.
    pub(crate) fn press(self: &Arc<Self>, port: u8, key: Key) {
        let Some(index) = usize::from(port).checked_sub(1).filter(|i| *i < self.tvs.len()) else {
            return;
        };
        let settles_at = self.change(index, |tv| tv.press(key, Instant::now()));
        if let Some(at) = settles_at {
            let board = Arc::clone(self);
            self.spawn(async move {
                sleep_until(at).await;
                board.change(index, |tv| tv.settle(Instant::now()));
            });
        }
    }

    fn change(&self, index: usize, change: impl FnOnce(&mut Tv)) -> Option<Instant> {
        let (Some(tv), Some(shown)) = (self.tvs.get(index), self.shown.get(index)) else {
            return None;
        };
        let mut tv = lock(tv);
        change(&mut tv);
        shown.send_if_modified(|state| {
            let modified = state != tv.state();
            if modified {
                state.clone_from(tv.state());
            }
            modified
        });
        tv.settles_at()
    }

    fn spawn(&self, script: impl Future<Output = ()> + Send + 'static) {
        // Scripts end by themselves or with the board, whichever comes first.
        drop(tokio::spawn(self.stop.clone().run_until_cancelled_owned(script)));
    }
}

/// Reads the arguments as the firmware does: by position, and a wrong type is 0 or empty.
fn read(spec: &ActionSpec, call: &proto::ExecuteServiceRequest) -> Arguments {
    let mut read = Arguments { port: 0, number: 0, text: String::new(), record: BTreeMap::new() };
    for ((name, kind), argument) in spec.args.iter().zip(&call.args) {
        let number = if argument.legacy_int == 0 { argument.int_ } else { argument.legacy_int };
        match (*name, kind) {
            ("port" | "box", _) => read.port = number,
            (_, ArgType::Int) => read.number = number,
            (_, ArgType::Text) => read.text.clone_from(&argument.string_),
        }
        let shown = match kind {
            ArgType::Int => number.to_string(),
            ArgType::Text => argument.string_.clone(),
        };
        read.record.insert((*name).to_owned(), shown);
    }
    // Old boards: the port in front of the channel.
    let split = read.text.split_once('-').map(|(port, rest)| (port.to_owned(), rest.to_owned()));
    if let Some((port, channel)) = split
        && spec.args.iter().all(|(name, _)| !matches!(*name, "port" | "box"))
    {
        read.port = port.parse().unwrap_or(0);
        read.text = channel;
    }
    read
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Never held across an await; a poisoned lock still guards a usable simulation.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const CAPABILITIES: &str = r#"{"project":"smartvenue.ir_blaster","schema":1,"ports":[{"port":1,"lib":"samsung"},{"port":2,"lib":"samsung"},{"port":3,"lib":"lg"},{"port":4,"lib":"lg"},{"port":5,"lib":"sony"}],"libs":["samsung","lg","sony"]}"#;
