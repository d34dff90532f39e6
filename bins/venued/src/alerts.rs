//! What somebody should look at: raised when it has lasted, cleared when it is over.
//!
//! Nobody polls: the task looks when something stirred, and again when what it saw would be an alert.

mod condition;
mod depth;
mod outages;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};
use venue_api::Alert;
use venue_domain::{Clock, QueueControl, QueueView, Timestamp};
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

use condition::{
    Condition, TOO_DEEP, deep, other_board, overloaded, paused, refused, store_down, stuck,
};
use depth::{DepthWatch, Standing};
use outages::{Away, Network, Outages};

/// While something is in flight, so often it is asked whether it is stuck.
const STUCK_LOOK: Duration = Duration::from_secs(60);

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

/// What is remembered from look to look.
#[derive(Debug, Default)]
struct Watched {
    depth: DepthWatch,
    outages: Outages,
}

impl AlertMonitor {
    /// Watches for good.
    pub(crate) async fn run(&self) {
        let mut since: BTreeMap<String, Instant> = BTreeMap::new();
        let mut begun: BTreeMap<String, Timestamp> = BTreeMap::new();
        let mut watched = Watched::default();
        loop {
            let (conditions, look_again) = self.look(&mut watched).await;
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
                    active.push(condition.alert(condition.since.unwrap_or(known)));
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
    async fn look(&self, watched: &mut Watched) -> (Vec<Condition>, Option<Duration>) {
        let mut conditions = self.devices(&mut watched.outages);
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
        let standing = watched.depth.look(depth.due, Instant::now());
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
        let advice = "check that the clock of the machine is right and \
                      synchronized (`timedatectl`): schedules follow it";
        let condition = Condition {
            lasted: Some(Duration::from_millis(lasted)),
            since: Some(jump.at),
            ..Condition::warning("clock_jumped", summary, advice)
        };
        Some((condition, Duration::from_millis(left)))
    }

    /// What is the matter with boards; those that went away for one cause are one (docs/semantics.md, rule 9.50).
    fn devices(&self, outages: &mut Outages) -> Vec<Condition> {
        let (statuses, registry, at) =
            (self.router.statuses(), self.registry.registry(), SystemClock.wall());
        let now = Instant::now();
        // Its end is an event, after which it is looked again.
        let is_worked_on = |status: &&venue_routing::DeviceStatus| {
            registry.maintenance_of(&status.entry.hostname, at).is_some()
        };
        let told = statuses.iter().filter(|status| !is_worked_on(status));
        let told = told.collect::<Vec<_>>();
        let network = |status: &venue_routing::DeviceStatus| {
            let device = registry.device(&status.entry.hostname)?;
            Network::of(status.snapshot.address, device.value.address.as_str())
        };
        let away = told.iter().filter_map(|status| Away::of(status, network(status), now));
        let patience = self.device_patience;
        let mut conditions = outages.look(away.collect(), patience, now);
        let others = statuses.iter().filter_map(other_board);
        let refused = told.into_iter().filter_map(refused);
        conditions.extend(refused.map(|condition| Condition { patience, ..condition }));
        conditions.extend(others);
        conditions
    }

    /// Tells what is new, of which boards it is now, and what is over.
    fn show(&self, mut active: Vec<Alert>) {
        active.sort_by(|a, b| (a.severity.as_str(), &a.id).cmp(&(b.severity.as_str(), &b.id)));
        let before = Arc::clone(&self.active_alerts.borrow());
        for alert in active.iter().filter(|alert| before.iter().all(|old| old.id != alert.id)) {
            tracing::warn!(alert = alert.id, severity = alert.severity, "{}", alert.summary);
            self.publisher.publish(EventKind::AlertRaised, alert);
        }
        let is_other = |alert: &&Alert| {
            before.iter().any(|old| old.id == alert.id && boards_differ(old, alert))
        };
        for alert in active.iter().filter(is_other) {
            self.publisher.publish(EventKind::AlertUpdated, alert);
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

fn sooner(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

/// What else of a summary changes, such as how many commands are due, is told to whoever asks.
fn boards_differ(old: &Alert, new: &Alert) -> bool {
    old.boards != new.boards || (!new.boards.is_empty() && old.count != new.count)
}
