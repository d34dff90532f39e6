//! One or two devices with their lanes, and the commands that people send them.

use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::{JoinHandle, yield_now},
    time::{Instant, timeout},
};
use venue_domain::{
    Class, Command, CommandId, Delivery, DirectTransport, Fences, LaneObserver, LaneSnapshot,
    NotSent, Outcome, Probe, Promoter, Timestamp, testing,
};
use venue_lane::{Lanes, LanesConfig, PortTimings, esphome::Esphome};

use crate::fake::Fake;

/// The budget of an interactive command.
pub(crate) const BUDGET: Duration = Duration::from_secs(3);

/// A venue with the device `ir-1`.
pub(crate) struct Floor {
    pub(crate) lanes: Arc<Lanes<Esphome<Fake>>>,
    pub(crate) device: Arc<Fake>,
    fences: Arc<Fences>,
    accepted: AtomicU64,
    heard: Arc<Heard>,
}

/// What the lanes did by themselves.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl LaneObserver for Heard {
    fn cleared(&self, commands: Vec<CommandId>) {
        self.0.lock().unwrap().push(format!("cleared {}", commands.len()));
    }

    fn reasserted(&self, command: &Command, outcome: &Outcome, _took: Duration) {
        let not = if matches!(outcome, Outcome::Delivered(_)) { "" } else { "in vain " };
        self.0.lock().unwrap().push(format!("again {not}{}", command.action));
    }
}

impl Floor {
    pub(crate) fn new() -> Self {
        Self::with_capacity(LanesConfig::default().capacity.get())
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let capacity = capacity.try_into().unwrap();
        Self::with(LanesConfig { capacity, ..LanesConfig::default() })
    }

    pub(crate) fn with(config: LanesConfig) -> Self {
        Self::of(Fake::online(), config)
    }

    /// With this device.
    pub(crate) fn of(device: Arc<Fake>, config: LanesConfig) -> Self {
        let fences = Arc::new(Fences::new());
        let lanes = Arc::new(Lanes::new(Arc::clone(&fences), config));
        let heard = Arc::<Heard>::default();
        lanes.observe(Arc::clone(&heard) as Arc<dyn LaneObserver>);
        let floor = Self { lanes, device, fences, accepted: AtomicU64::new(0), heard };
        floor.open("ir-1", &floor.device);
        floor
    }

    /// What the lanes did by themselves since it was last asked.
    pub(crate) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.0.lock().unwrap())
    }

    /// A second device.
    pub(crate) fn add(&self, name: &str) -> Arc<Fake> {
        let device = Fake::online();
        self.open(name, &device);
        device
    }

    fn open(&self, name: &str, device: &Arc<Fake>) {
        let wire = Arc::new(Esphome::new(Arc::clone(device)));
        self.lanes.add(name.parse().unwrap(), wire, PortTimings::default());
    }

    /// The timing of `ir-1` is edited.
    pub(crate) fn pace(&self, timings: PortTimings) {
        let name = "ir-1".parse().unwrap();
        let wire = self.lanes.wire(&name).unwrap();
        self.lanes.add(name, wire, timings);
    }

    /// Accepts a command such as `mute@2` or `channel 501@1`, raising its fences.
    pub(crate) fn accept(&self, what: &str, class: Class) -> Arc<Command> {
        self.accept_for("ir-1", what, class)
    }

    pub(crate) fn accept_for(&self, device: &str, what: &str, class: Class) -> Arc<Command> {
        let command = self.command(device, what, class);
        self.fences.raise(&command);
        Arc::new(command)
    }

    fn command(&self, device: &str, what: &str, class: Class) -> Command {
        let (what, port) = what.split_once('@').unwrap();
        let target = format!("{device}/{port}");
        let sequence = self.accepted.fetch_add(1, Ordering::Relaxed) + 1;
        let at = Timestamp::from_unix_ms(0);
        Command { class, ..testing::command(what, &target, at, sequence) }
    }

    /// `what` was scheduled and is due: whoever looks at the fences finds it.
    pub(crate) fn becomes_due(&self, what: &str) -> Arc<OnLook> {
        let command = self.command("ir-1", what, Class::Interactive);
        let fences = Arc::downgrade(&self.fences);
        let on_look = Arc::new(OnLook { command: Mutex::new(Some(command)), fences });
        self.fences.set_promoter(Arc::clone(&on_look) as Arc<dyn Promoter>);
        on_look
    }

    /// Hands `command` to its lane; returns once it is there.
    pub(crate) async fn hand(&self, command: &Arc<Command>, budget: Duration) -> Handed {
        let lanes = Arc::clone(&self.lanes);
        let deadline = (Instant::now() + budget).into_std();
        let command = Arc::clone(command);
        let handed = tokio::spawn(async move { lanes.deliver(command, deadline).await });
        settle().await;
        Handed(handed)
    }

    /// Accepts an interactive command and hands it to its lane.
    pub(crate) async fn send(&self, what: &str) -> Handed {
        self.hand(&self.accept(what, Class::Interactive), BUDGET).await
    }

    /// Likewise, and waits for its outcome.
    pub(crate) async fn outcome(&self, what: &str) -> Outcome {
        self.send(what).await.outcome().await
    }

    /// The lane as others see it.
    pub(crate) fn lane(&self) -> LaneSnapshot {
        self.lanes.snapshot(&"ir-1".parse().unwrap()).unwrap().lane
    }
}

/// Promotes one command when somebody looks.
pub(crate) struct OnLook {
    command: Mutex<Option<Command>>,
    fences: Weak<Fences>,
}

impl OnLook {
    pub(crate) fn is_promoted(&self) -> bool {
        self.command.lock().unwrap().is_none()
    }
}

impl Promoter for OnLook {
    fn promote_due(&self) {
        let due = self.command.lock().unwrap().take();
        if let (Some(due), Some(fences)) = (due, self.fences.upgrade()) {
            fences.raise(&due);
        }
    }
}

/// A command in a lane.
#[derive(Debug)]
pub(crate) struct Handed(JoinHandle<Delivery>);

impl Handed {
    pub(crate) async fn delivery(self) -> Delivery {
        self.0.await.unwrap()
    }

    pub(crate) async fn outcome(self) -> Outcome {
        match self.delivery().await {
            Delivery::Ended { outcome, .. } => outcome,
            superseded @ Delivery::Superseded { .. } => panic!("{superseded:?}"),
        }
    }

    /// Why it was not sent.
    pub(crate) async fn not_sent(self) -> NotSent {
        match self.outcome().await {
            Outcome::NotSent(reason) => reason,
            other @ (Outcome::Delivered(_) | Outcome::Refused(_) | Outcome::Unknown(_)) => {
                panic!("{other:?}")
            }
        }
    }

    /// Whether it was delivered.
    pub(crate) async fn delivered(self) -> bool {
        matches!(self.outcome().await, Outcome::Delivered(_))
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.0.is_finished()
    }

    /// The caller goes away.
    pub(crate) async fn drop_caller(self) {
        self.0.abort();
        drop(self.0.await);
    }
}

/// Lets everybody do what can be done without time passing.
pub(crate) async fn settle() {
    for _ in 0..64 {
        yield_now().await;
    }
}

/// Time passes; every timer fires in its turn.
pub(crate) async fn pass(span: Duration) {
    drop(timeout(span, std::future::pending::<()>()).await);
    settle().await;
}

/// Milliseconds.
pub(crate) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
