//! What somebody should look at: raised when it has lasted, cleared when it is over.
//!
//! Nobody polls: the task looks when something stirred, and again when what it saw would be an alert.

mod depth;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};
use venue_api::{Alert, UtcTime};
use venue_domain::{Clock, Misconfigured, Presence, QueueControl, QueueView, Timestamp};
use venue_http::EventKind;
use venue_routing::Mode;
use venue_scheduler::Scheduler;

use crate::{
    StoreHandle, VenueRouter,
    clock::{Jump, SystemClock},
    durable::Control,
    registry::LiveRegistry,
    watch::{Concern, EventPublisher},
};

use depth::{DepthWatch, Standing};

/// The document's figures.
const TOO_DEEP: u64 = 1_000;
const TOO_DEEP_FOR: Duration = Duration::from_secs(60);

/// While something is in flight, so often it is asked whether it is stuck.
const STUCK_LOOK: Duration = Duration::from_secs(60);

/// Shorter gaps are none: a store that is back within this was never away.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

/// After something stirred, so long at the least until the next look.
const REST: Duration = Duration::from_millis(500);

/// Watches for what somebody should know.
pub(crate) struct AlertMonitor {
    pub(crate) publisher: EventPublisher,
    pub(crate) router: Arc<VenueRouter>,
    pub(crate) registry: LiveRegistry,
    pub(crate) store: StoreHandle,
    pub(crate) control: Control,
    pub(crate) scheduler: Arc<Scheduler>,
    pub(crate) device_patience: Duration,
    pub(crate) jumps: watch::Receiver<Option<Jump>>,
    pub(crate) active_alerts: watch::Sender<Arc<Vec<Alert>>>,
}

/// Something that is the matter now, and from when on it is an alert.
struct Condition {
    kind: &'static str,
    about: Option<String>,
    critical: bool,
    summary: String,
    advice: &'static str,
    /// How long it has lasted, as far as others say so.
    lasted: Option<Duration>,
    /// Since when it is so, where that is known exactly.
    since: Option<Timestamp>,
    patience: Duration,
}

impl Condition {
    fn id(&self) -> String {
        match &self.about {
            Some(about) => format!("{}:{about}", self.kind),
            None => self.kind.to_owned(),
        }
    }
}

impl From<Concern> for Condition {
    fn from(concern: Concern) -> Self {
        let Concern { kind, about, critical, summary, advice } = concern;
        let patience = Duration::ZERO;
        Self { kind, about, critical, summary, advice, lasted: None, since: None, patience }
    }
}

impl AlertMonitor {
    /// Watches for good.
    pub(crate) async fn run(&self) {
        let mut since: BTreeMap<String, Instant> = BTreeMap::new();
        let mut begun: BTreeMap<String, Timestamp> = BTreeMap::new();
        let mut depth = DepthWatch::default();
        loop {
            let (conditions, look_again) = self.look(&mut depth).await;
            let now = Instant::now();
            since.retain(|id, _| conditions.iter().any(|condition| condition.id() == *id));
            begun.retain(|id, _| conditions.iter().any(|condition| condition.id() == *id));
            let mut next = look_again.map(|wait| now + wait);
            let mut active = Vec::new();
            for condition in &conditions {
                let first = *since.entry(condition.id()).or_insert(now);
                let lasted = condition.lasted.unwrap_or_default().max(now - first);
                if lasted >= condition.patience {
                    // What is known already keeps its beginning.
                    let known = *begun
                        .entry(condition.id())
                        .or_insert_with(|| SystemClock.now().minus(lasted));
                    active.push(alert(condition, condition.since.unwrap_or(known)));
                } else {
                    let due = now + (condition.patience - lasted);
                    next = Some(next.map_or(due, |next| next.min(due)));
                }
            }
            self.show(active);
            select! {
                () = self.publisher.stirred() => {}
                () = async {
                    match next {
                        Some(at) => sleep_until(at).await,
                        None => std::future::pending().await,
                    }
                } => {}
            }
            // A flood of events is one reason to look; what somebody switched is told at once.
            let _ = timeout_at(now + REST, self.publisher.switched()).await;
        }
    }

    /// What is the matter, and when to look again whatever happens.
    async fn look(&self, watched: &mut DepthWatch) -> (Vec<Condition>, Option<Duration>) {
        let mut conditions = self.devices();
        let jump = self.jump();
        let jump_over = jump.as_ref().map(|(_, left)| *left);
        conditions.extend(jump.map(|(condition, _)| condition));
        if self.control.is_paused() {
            conditions.push(paused());
        }
        conditions.extend(self.publisher.concerns().into_iter().map(Condition::from));
        conditions.extend(self.scheduler());
        if self.router.mode() == Mode::DirectOnly {
            conditions.push(store_down());
            return (conditions, jump_over);
        }
        let depth = self.store.depth();
        let standing = watched.look(depth.due, Instant::now());
        let mut look_again = jump_over;
        if depth.due > TOO_DEEP {
            conditions.push(overloaded(depth.due));
        }
        match standing {
            Standing::Deep => conditions.push(deep(depth.due)),
            Standing::Fine { look_again: again } => look_again = sooner(look_again, again),
        }
        if depth.processing == 0 {
            return (conditions, look_again);
        }
        let count = self.store.metrics(SystemClock.now()).await.map_or(0, |figures| figures.stuck);
        if count > 0 {
            conditions.push(stuck(count));
        }
        (conditions, sooner(look_again, Some(STUCK_LOOK)))
    }

    fn scheduler(&self) -> Option<Condition> {
        let panics = self.scheduler.stats().panics;
        (panics > 0).then(|| {
            Condition::from(Concern {
                kind: "task_restarted",
                about: Some("the scheduler".to_owned()),
                critical: false,
                summary: format!("a fault in the scheduler was caught, {panics} times so far"),
                advice: "report it, with the log lines before it: this should not happen",
            })
        })
    }

    /// That the wall clock was set, and how long that still matters.
    fn jump(&self) -> Option<(Condition, Duration)> {
        let jump = (*self.jumps.borrow())?;
        let now = SystemClock.now();
        let ms = |from: Timestamp, to: Timestamp| to.unix_ms().saturating_sub(from.unix_ms());
        let left = u64::try_from(ms(now, jump.until)).ok().filter(|left| *left > 0)?;
        let lasted = u64::try_from(ms(jump.at, now)).unwrap_or(0);
        let (by, to) =
            (jump.by_ms.unsigned_abs() / 1_000, if jump.by_ms < 0 { "back" } else { "forward" });
        let summary = if jump.is_far() {
            format!("the clock was set {to} by {by} s: for a day, nothing old is deleted")
        } else {
            format!("the clock was set {to} by {by} s")
        };
        let condition = Condition {
            kind: "clock_jumped",
            about: None,
            critical: false,
            summary,
            advice: "check that the clock of the machine is right and \
                     synchronized (`timedatectl`): schedules follow it",
            lasted: Some(Duration::from_millis(lasted)),
            since: Some(jump.at),
            patience: Duration::ZERO,
        };
        Some((condition, Duration::from_millis(left)))
    }

    fn devices(&self) -> Vec<Condition> {
        let condition = |status: venue_routing::DeviceStatus| {
            let hostname = status.entry.hostname.to_string();
            let presence = status.snapshot.presence;
            let lasted = presence.since();
            let (summary, advice) = match presence {
                Presence::Online { .. } => return None,
                Presence::Connecting { .. } | Presence::Offline { .. } => (
                    format!("{hostname} cannot be reached"),
                    "check its power and network; `venuectl device get` shows the state",
                ),
                Presence::Misconfigured { cause: Misconfigured::Flooding, .. } => (
                    format!(
                        "{hostname} floods: it sends far more than a board does and is cut off"
                    ),
                    "take it off the network, and look at its firmware or who answers in its place",
                ),
                Presence::Misconfigured {
                    cause: Misconfigured::WrongDevice { .. } | Misconfigured::NoIdentity,
                    ..
                } => return None,
                Presence::Misconfigured { cause, .. } => (
                    format!("{hostname} is reached and refused: {}", cause.name()),
                    "compare its name, its MAC address and its Noise key with what is registered",
                ),
            };
            Some(Condition {
                kind: "device_offline",
                about: Some(hostname),
                critical: false,
                summary,
                advice,
                lasted: Some(lasted),
                since: None,
                patience: self.device_patience,
            })
        };
        let (statuses, registry, at) =
            (self.router.statuses(), self.registry.registry(), SystemClock.wall());
        let others = statuses.iter().filter_map(other_board).collect::<Vec<_>>();
        // Its end is an event, after which it is looked again.
        let is_worked_on = |status: &venue_routing::DeviceStatus| {
            registry.maintenance_of(&status.entry.hostname, at).is_some()
        };
        let told = statuses.into_iter().filter(|status| !is_worked_on(status));
        told.filter_map(condition).chain(others).collect()
    }

    /// Tells what is new and what is over.
    fn show(&self, mut active: Vec<Alert>) {
        active.sort_by(|a, b| (a.severity.as_str(), &a.id).cmp(&(b.severity.as_str(), &b.id)));
        let before = Arc::clone(&self.active_alerts.borrow());
        for alert in active.iter().filter(|alert| before.iter().all(|old| old.id != alert.id)) {
            tracing::warn!(alert = alert.id, severity = alert.severity, "{}", alert.summary);
            self.publisher.publish(EventKind::AlertRaised, alert);
        }
        for old in before.iter().filter(|old| active.iter().all(|alert| alert.id != old.id)) {
            tracing::info!(alert = old.id, "the alert is over");
            self.publisher.publish(EventKind::AlertCleared, old);
        }
        if *before != active {
            self.active_alerts.send_replace(Arc::new(active));
        }
    }
}

/// Its beginning is shown by the wall clock as it is now: it is never ahead of that.
fn alert(condition: &Condition, since: Timestamp) -> Alert {
    Alert {
        id: condition.id(),
        kind: condition.kind.to_owned(),
        severity: if condition.critical { "critical" } else { "warning" }.to_owned(),
        since: UtcTime(SystemClock.offset().shown(since)),
        summary: condition.summary.clone(),
        advice: condition.advice.to_owned(),
    }
}

fn sooner(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

/// Another board answers in place of a device: told at once, as nothing is sent to it until somebody
/// decides.
fn other_board(status: &venue_routing::DeviceStatus) -> Option<Condition> {
    let hostname = status.entry.hostname.to_string();
    let Presence::Misconfigured { since, cause } = &status.snapshot.presence else { return None };
    let (summary, advice) = match cause {
        Misconfigured::WrongDevice { found } => (
            format!("another board answers for {hostname}: {found}; nothing is sent to it"),
            "if the board was replaced: `venuectl device accept HOST MAC`; otherwise find out who \
             answers at its address",
        ),
        Misconfigured::NoIdentity => (
            format!("{hostname} tells no MAC address, or zeros: nothing is sent to it"),
            "update its firmware: a board is known by its MAC address",
        ),
        Misconfigured::WrongKey
        | Misconfigured::EncryptionRequired
        | Misconfigured::EncryptionNotOffered
        | Misconfigured::Flooding
        | Misconfigured::Incompatible { .. } => return None,
    };
    Some(Condition {
        kind: "other_board",
        about: Some(hostname),
        critical: true,
        summary,
        advice,
        lasted: Some(*since),
        since: None,
        patience: Duration::ZERO,
    })
}

fn paused() -> Condition {
    Condition {
        kind: "queue_paused",
        about: None,
        critical: false,
        summary: "the queue is paused: commands of groups and schedules wait".to_owned(),
        advice: "resume it with `venuectl queue resume`; commands that wait too long expire",
        lasted: None,
        since: None,
        patience: Duration::ZERO,
    }
}

fn store_down() -> Condition {
    Condition {
        kind: "store_down",
        about: None,
        critical: true,
        summary: "the store cannot be used: direct commands only".to_owned(),
        advice: "the log says why: disk full, permissions, another process, damage",
        lasted: None,
        since: None,
        patience: STORE_PATIENCE,
    }
}

fn overloaded(due: u64) -> Condition {
    Condition {
        kind: "queue_overloaded",
        about: None,
        critical: true,
        summary: format!("{due} commands are due"),
        advice: "look for devices that are offline or slow; cancel commands that are no longer wanted",
        lasted: None,
        since: None,
        patience: TOO_DEEP_FOR,
    }
}

fn deep(due: u64) -> Condition {
    Condition {
        kind: "queue_deep",
        about: None,
        critical: false,
        summary: format!("{due} commands are due, and they do not become fewer"),
        advice: "see `venuectl queue stats` and `venuectl device list`: is it paused, are devices \
                 offline or slow?",
        lasted: None,
        since: None,
        patience: Duration::ZERO,
    }
}

fn stuck(stuck: u64) -> Condition {
    Condition {
        kind: "commands_stuck",
        about: None,
        critical: true,
        summary: format!("{stuck} commands are in flight for over five minutes"),
        advice: "see `venuectl queue list` and `venuectl why`; report it: this should not happen",
        lasted: None,
        since: None,
        patience: Duration::ZERO,
    }
}
