//! One board on a socket.

use std::{
    io,
    net::SocketAddr,
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use snafu::{ResultExt, Snafu};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{broadcast, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    ActionRecord, Actions, BlasterConfig, Fault, FrameRecord, InfraredConfig, TvState,
    board::Board,
    infrared::Air,
    session,
    shared::{Farewell, Kick, Shared},
    tv::Tv,
};

/// Why a board cannot be simulated.
#[derive(Debug, Snafu)]
#[non_exhaustive]
pub enum SimError {
    /// It cannot listen.
    #[snafu(display("{name} cannot listen on {address}"))]
    Listen {
        /// The board.
        name: String,
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// A running board. It stops when it is dropped.
#[derive(Debug)]
pub struct Blaster {
    pub(crate) shared: Arc<Shared>,
    tasks: TaskTracker,
}

impl Blaster {
    /// Starts a board. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`SimError`].
    ///
    /// # Cancel safety
    /// Nothing is left behind.
    pub async fn start(config: BlasterConfig) -> Result<Self, SimError> {
        let (name, address) = (config.name.clone(), config.listen);
        let listener =
            TcpListener::bind(address).await.context(ListenSnafu { name: &name, address })?;
        let address = listener.local_addr().context(ListenSnafu { name: &name, address })?;
        let stop = CancellationToken::new();
        let tv = || Tv::new(config.power, config.digit_timeout, config.warm_up);
        let own = || InfraredConfig::of_the_family(config.generation);
        let infrared = config.infrared.clone().unwrap_or_else(own);
        let ports = config.infrared.as_ref().map_or(PORTS, |infrared| infrared.emitters.len());
        let tvs = (0..ports).map(|_| tv()).collect();
        let actions = match infrared.actions {
            Actions::Family => config.generation.actions(),
            Actions::None => Vec::new(),
        };
        let board = Board::new(actions, tvs, config.digit_gap, stop.clone());
        let air = Air::new(infrared, Arc::clone(&board), stop.clone());
        let shared = Arc::new(Shared {
            fault: watch::Sender::new(config.fault.clone()),
            config,
            address,
            board,
            air: Arc::new(air),
            kick: watch::Sender::new(Kick::default()),
            stop,
            half_open_up_to: AtomicU64::new(0),
            frames: Mutex::default(),
            frames_live: broadcast::Sender::new(LIVE_FRAMES),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            sessions: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            had: Mutex::default(),
        });
        let tasks = TaskTracker::new();
        tasks.spawn(listen(Arc::clone(&shared), listener, tasks.clone()));
        Ok(Self { shared, tasks })
    }

    /// The node name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.config.name
    }

    /// What it is.
    #[must_use]
    pub fn config(&self) -> &BlasterConfig {
        &self.shared.config
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The ports that it has: 1 to 5, or one for each emitter of [`BlasterConfig::infrared`].
    #[must_use]
    pub fn ports(&self) -> RangeInclusive<u8> {
        1..=self.shared.board.ports()
    }

    /// What the TV of a port (see [`Blaster::ports`]) shows.
    ///
    /// # Panics
    /// If there is no such port: a mistake of the test.
    #[must_use]
    pub fn tv(&self, port: u8) -> TvState {
        self.watch_tv(port).borrow().clone()
    }

    /// What the TV of a port shows, and its changes.
    ///
    /// # Panics
    /// As [`Blaster::tv`].
    #[must_use]
    #[expect(clippy::expect_used, reason = "documented: a mistake of the test")]
    pub fn watch_tv(&self, port: u8) -> watch::Receiver<TvState> {
        self.shared.board.tv(port).expect("a port of the board")
    }

    /// Waits until the TV of a port shows what is wished.
    ///
    /// # Panics
    /// As [`Blaster::tv`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn wait_for_tv(&self, port: u8, wished: impl FnMut(&TvState) -> bool) -> TvState {
        let mut tv = self.watch_tv(port);
        let shown = tv.wait_for(wished).await.map(|state| state.clone());
        // The board, which holds the sender, lives as long as `self`.
        shown.unwrap_or_else(|_| self.tv(port))
    }

    /// The actions that it has run, oldest first.
    #[must_use]
    pub fn actions(&self) -> Vec<ActionRecord> {
        self.shared.board.ran()
    }

    /// The actions that it has run behind the first `seen` ones, and how many there are in all.
    #[must_use]
    pub fn actions_since(&self, seen: usize) -> (Vec<ActionRecord>, usize) {
        self.shared.board.ran_since(seen)
    }

    /// How many actions it has run, and when that changes.
    #[must_use]
    pub fn watch_actions(&self) -> watch::Receiver<usize> {
        self.shared.board.ran_total()
    }

    /// Waits until it has run `count` actions since it started.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn wait_for_actions(&self, count: usize) -> Vec<ActionRecord> {
        let mut total = self.watch_actions();
        let _reached = total.wait_for(|total| *total >= count).await;
        self.actions()
    }

    /// Every frame that it has seen, oldest first.
    #[must_use]
    pub fn frames(&self) -> Vec<FrameRecord> {
        self.shared.frames.lock().unwrap_or_else(PoisonError::into_inner).to_vec()
    }

    /// Every frame from now on. A slow reader misses the oldest ones, and is told how many.
    #[must_use]
    pub fn watch_frames(&self) -> broadcast::Receiver<FrameRecord> {
        self.shared.frames_live.subscribe()
    }

    /// How many sessions are open.
    #[must_use]
    pub fn sessions_open(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }

    /// How many sessions were ever open at the same time.
    #[must_use]
    pub fn most_sessions_open(&self) -> usize {
        self.shared.most_open.load(Ordering::Relaxed)
    }

    /// How many sessions there ever were.
    #[must_use]
    pub fn sessions_total(&self) -> u64 {
        self.shared.sessions.load(Ordering::Relaxed)
    }

    /// Makes something wrong, from now on.
    pub fn set_fault(&self, fault: Fault) {
        if fault == Fault::HalfOpen {
            self.shared.half_open_up_to.store(self.sessions_total(), Ordering::Relaxed);
        }
        self.shared.fault.send_replace(fault);
    }

    /// Makes everything right again.
    pub fn clear_fault(&self) {
        self.set_fault(Fault::None);
    }

    /// Cuts all open sessions without a word, as a power cut does, and ends what is on the air; it
    /// goes on listening.
    pub fn cut(&self) {
        self.kick(Farewell::Cut);
    }

    /// Closes all open sessions as before a reboot, and ends what is on the air; it goes on listening.
    pub fn reboot(&self) {
        self.kick(Farewell::Announced);
    }

    /// Forgets the calls that [`Fault::OldReplies`] replies to once more.
    pub fn forget_calls(&self) {
        self.shared.had.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Stops the board and waits for its tasks.
    ///
    /// # Cancel safety
    /// Safe: it goes on stopping by itself.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn kick(&self, how: Farewell) {
        self.shared.air.restart();
        self.shared.kick.send_modify(|kick| *kick = Kick { count: kick.count + 1, how });
    }
}

impl Drop for Blaster {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// Listens for clients, for as long as the board is there.
async fn listen(shared: Arc<Shared>, listener: TcpListener, tasks: TaskTracker) {
    let mut fault = shared.fault.subscribe();
    let mut listener = Some(listener);
    loop {
        let refuses = *fault.borrow_and_update() == Fault::RefuseConnect;
        if refuses {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(shared.address).await.ok();
        }
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => return,
            _ = fault.changed() => {}
            accepted = accept(listener.as_ref()) => {
                if let Some(stream) = accepted {
                    admit(&shared, stream, &tasks);
                }
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.ok().map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

/// Gives a client a slot, or closes its connection without a byte.
fn admit(shared: &Arc<Shared>, stream: TcpStream, tasks: &TaskTracker) {
    let open = shared.open.load(Ordering::Relaxed);
    if *shared.fault.borrow() == Fault::SlotsFull || open >= shared.config.slots {
        return;
    }
    shared.open.fetch_add(1, Ordering::Relaxed);
    shared.most_open.fetch_max(open + 1, Ordering::Relaxed);
    let number = shared.sessions.fetch_add(1, Ordering::Relaxed) + 1;
    let shared = Arc::clone(shared);
    tasks.spawn(async move {
        let stop = shared.stop.clone();
        stop.run_until_cancelled(session::serve(&shared, stream, number)).await;
        shared.open.fetch_sub(1, Ordering::Relaxed);
    });
}

/// The ports of the family's board.
const PORTS: usize = 5;

/// Room for a burst of frames until a watcher has taken them.
const LIVE_FRAMES: usize = 1_024;
