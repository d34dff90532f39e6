//! The registry of the running daemon: what the router looks up, and what HTTP shows and edits.
//!
//! Everybody reads the same snapshot; a change replaces it as a whole. First the snapshot, then the
//! sessions: the router knows a device that goes no longer before its session is closed.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde_json::json;
use tokio::sync::watch;
use venue_domain::{
    Action, BoxFuture, Configuration, ConfigurationItem, DeviceEntry, Directory, Hostname,
    ItemKind, PlannedCall, PortId, PortLock, StoreError, WallTime,
};
use venue_http::EventKind;
use venue_http::{EditRejection, Edited, VenueControl};
use venue_lane::{Lanes, esphome::Esphome};
use venue_registry::{Base, Edit, Lock, Problem, Registry};
use venue_schedule::keep_references;

use crate::{
    configuration::{ChangeError, Changed, ConfigService},
    watch::EventPublisher,
};

mod driving;
mod other_board;
mod sessions;

pub(crate) use other_board::disinherit;
pub(crate) use sessions::{Follow, Sessions};

/// The registry, alive. Clones share it.
#[derive(Clone, Debug)]
pub struct LiveRegistry(Arc<Inner>);

struct Inner {
    base: Base,
    view: watch::Sender<Arc<View>>,
    /// `None` where nothing is stored: then nothing can be edited.
    config_service: Option<ConfigService>,
    lanes: Arc<Lanes<Esphome>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.view.borrow().registry.revision();
        f.debug_struct("Inner").field("revision", &revision).finish_non_exhaustive()
    }
}

/// One state of it.
#[derive(Debug)]
pub(crate) struct View {
    registry: Arc<Registry>,
    entries: BTreeMap<Hostname, Arc<DeviceEntry>>,
}

impl View {
    fn read(configuration: &Configuration, base: &Base) -> (Self, Vec<Problem>) {
        let (registry, problems) = Registry::read(configuration, base);
        let entry = |device: &venue_registry::Device| {
            (device.hostname.clone(), Arc::new(registry.entry(device)))
        };
        let entries = registry.devices().map(|listed| entry(&listed.value)).collect();
        (Self { registry: Arc::new(registry), entries }, problems)
    }
}

impl LiveRegistry {
    /// What the file fixes and `config_service` keeps.
    pub(crate) fn new(
        base: Base,
        config_service: Option<ConfigService>,
        lanes: Arc<Lanes<Esphome>>,
    ) -> Self {
        let kept = config_service.as_ref().map(ConfigService::now).unwrap_or_default();
        let (view, problems) = View::read(&kept, &base);
        log_problems(&problems);
        warn_anew(&[], &view.registry.warnings());
        let view = watch::Sender::new(Arc::new(view));
        Self(Arc::new(Inner { base, view, config_service, lanes }))
    }

    /// The registry as it is now.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.0.view.borrow().registry)
    }

    /// Tells every change, once it is in place.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<View>> {
        self.0.view.subscribe()
    }

    /// Follows the configuration for good, with the sessions.
    pub(crate) async fn follow(self, sessions: Sessions, publisher: EventPublisher) {
        let Some(config_service) = &self.0.config_service else { return };
        let mut changes = config_service.watch();
        // What was known at the start is in place; what came since is not.
        changes.mark_changed();
        let mut known = config_service.now();
        while changes.changed().await.is_ok() {
            let configuration = Arc::clone(&changes.borrow_and_update());
            if configuration.revision == self.registry().revision() {
                continue;
            }
            let (view, problems) = View::read(&configuration, &self.0.base);
            log_problems(&problems);
            warn_anew(&self.registry().warnings(), &view.registry.warnings());
            let registry = Arc::clone(&view.registry);
            self.0.view.send_replace(Arc::new(view));
            let before = std::mem::replace(&mut known, Arc::clone(&configuration));
            if of_venue(&before).eq(of_venue(&configuration)) {
                continue;
            }
            publisher.publish(EventKind::ConfigChanged, &json!({"revision": registry.revision()}));
            sessions.fit(&registry).await;
        }
    }

    async fn edited(&self, edit: Edit) -> Result<Edited, EditRejection> {
        let down = || EditRejection::Store { error: StoreError::Unavailable };
        let config_service = self.0.config_service.as_ref().ok_or_else(down)?;
        let base = self.0.base.clone();
        let decide = move |configuration: &Configuration| {
            let changes = edit.decide(configuration, &base)?;
            keep_references(&changes, configuration, &base)?;
            Ok(disinherit(configuration, changes, &base))
        };
        let changed = config_service.change(decide).await;
        let Changed { configuration, withdrawn } = changed.map_err(|error| match error {
            ChangeError::Refused { source } => EditRejection::Edit { error: source },
            ChangeError::Store { source } => EditRejection::Store { error: source },
        })?;
        let registry = self.in_place(configuration.revision).await.map_err(|_| down())?;
        Ok(Edited { registry, withdrawn })
    }

    /// What the configuration file fixes.
    pub(crate) fn base(&self) -> Base {
        self.0.base.clone()
    }

    /// The registry once it is that of `revision` or later: whoever is answered finds it in place.
    ///
    /// # Errors
    /// None, in fact: the sender lives in here.
    pub(crate) async fn in_place(
        &self,
        revision: u64,
    ) -> Result<Arc<Registry>, watch::error::RecvError> {
        let mut view = self.0.view.subscribe();
        let view = view.wait_for(|view| view.registry.revision() >= revision).await?;
        Ok(Arc::clone(&view.registry))
    }
}

/// What the venue is made of, and what whoever watches reads anew: who signs in, and with what, is no part of it.
fn of_venue(configuration: &Configuration) -> impl Iterator<Item = &ConfigurationItem> {
    let items = configuration.items.iter();
    items.filter(|item| !matches!(item.kind, ItemKind::Token | ItemKind::Person))
}

fn log_problems(problems: &[Problem]) {
    for problem in problems {
        tracing::warn!(%problem, "a part of the configuration cannot be used");
    }
}

/// What was known before the change is not told again.
fn warn_anew(known: &[Problem], warnings: &[Problem]) {
    for warning in warnings.iter().filter(|warning| !known.contains(warning)) {
        tracing::warn!(%warning, "a part of the configuration may do what nobody wants");
    }
}

impl Directory for LiveRegistry {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        self.0.view.borrow().entries.get(device).map(Arc::clone)
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        self.0.view.borrow().entries.values().map(Arc::clone).collect()
    }

    fn lock(&self, port: &PortId, at: WallTime) -> Option<PortLock> {
        self.0.view.borrow().registry.lock_of(port, at).map(Lock::told)
    }
}

impl VenueControl for LiveRegistry {
    fn registry(&self) -> Arc<Registry> {
        Self::registry(self)
    }

    fn edit(&self, edit: Edit) -> BoxFuture<'_, Result<Edited, EditRejection>> {
        Box::pin(self.edited(edit))
    }

    fn plan(&self, commands: &[(PortId, Action)]) -> Vec<PlannedCall> {
        self.0.lanes.plan(commands)
    }
}
