//! What each endpoint needs, how often it may be used, and what it is about: one table, without a
//! default. An endpoint that is not in it does not compile.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use venue_api::{BulkBody, CommandBody};
use venue_auth::{Need, Targets};
use venue_domain::{Action, Hostname, Nature, Parameters, PortId, PortIndex};
use venue_registry::Registry;

use crate::{body, handler, route::Endpoint};

/// What is counted against the limits of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// One command for one TV.
    Command,
    /// One bulk operation, however many TVs it is for.
    Bulk,
    /// One step or key for a selection of TVs, which may go on with the one before.
    Step {
        /// Stands for the TVs.
        selection: u64,
    },
}

impl Endpoint {
    /// Who may use it.
    pub(crate) const fn need(&self) -> Need {
        match self {
            Self::Page | Self::Asset { .. } | Self::Livez | Self::Readyz => Need::Public,
            Self::Metrics
            | Self::Events
            | Self::AlertList
            | Self::ServiceStatus
            | Self::DeviceList
            | Self::Health { .. }
            | Self::Status { .. }
            | Self::Capabilities { .. }
            | Self::PortStatus { .. }
            | Self::PortList
            | Self::BatchList
            | Self::BulkStatus { .. }
            | Self::Batch { .. }
            | Self::StoredCommand { .. }
            | Self::CommandWhy { .. }
            | Self::QueueHealth
            | Self::QueueMetrics
            | Self::QueueStats
            | Self::QueueCommands
            | Self::History
            | Self::ScheduleList
            | Self::Schedule { .. }
            | Self::ScheduleNext { .. }
            | Self::ScheduleRuns { .. }
            | Self::ConfigDocument
            | Self::ConfigList { .. }
            | Self::ConfigItem { .. }
            | Self::SystemTaskList
            | Self::SystemTask { .. }
            | Self::DeviceLog { .. }
            | Self::Statistics
            | Self::Firmware
            | Self::Discovered
            | Self::OpenApi
            | Self::WhoAmI => Need::Read,
            Self::Diagnostic { .. }
            | Self::Command { .. }
            | Self::CommandCancel { .. }
            | Self::Belief { .. } => Need::CommandOne,
            Self::BatchCreate
            | Self::BatchCancel { .. }
            | Self::BatchRetry { .. }
            | Self::BatchUndo { .. }
            | Self::ScheduleRun { .. } => Need::CommandBulk,
            Self::QueuePause | Self::QueueResume => Need::ManageQueue,
            Self::ScheduleCreate
            | Self::ScheduleReplace { .. }
            | Self::SchedulePatch { .. }
            | Self::ScheduleRemove { .. }
            | Self::ScheduleSkip { .. }
            | Self::SchedulePause { .. }
            | Self::ScheduleResume { .. }
            | Self::ConfigDiff
            | Self::ConfigApply
            | Self::ConfigCreate { .. }
            | Self::ConfigReplace { .. }
            | Self::ConfigPatch { .. }
            | Self::ConfigRemove { .. } => Need::Configure,
            Self::DeviceKeySet { .. }
            | Self::DeviceKeyRemove { .. }
            | Self::DeviceBoardAccept { .. }
            | Self::TokenList
            | Self::TokenCreate
            | Self::TokenRevoke { .. }
            | Self::AuditTrail => Need::Secrets,
            Self::SystemTaskRun { .. }
            | Self::RefreshCapabilities
            | Self::BackupList
            | Self::BackupCreate => Need::System,
        }
    }

    /// What it counts as.
    pub(crate) fn counted(&self, bytes: &[u8], registry: &Registry) -> Option<Counted> {
        if matches!(self, Self::BatchCreate)
            && let Some(selection) = step_of(bytes, registry)
        {
            Some(Counted::Step { selection })
        } else if matches!(self, Self::Command { .. } | Self::Diagnostic { .. }) {
            Some(Counted::Command)
        } else if matches!(
            self,
            Self::BatchCreate
                | Self::BatchRetry { .. }
                | Self::BatchUndo { .. }
                | Self::ScheduleRun { .. }
                | Self::RefreshCapabilities
        ) {
            Some(Counted::Bulk)
        } else {
            None
        }
    }

    /// What it is about, for those who may not have all zones: as far as it can be read. What cannot be
    /// read is about the whole venue.
    pub(crate) fn scope(&self, bytes: &[u8], registry: &Registry) -> AuthScope {
        if self.need() == Need::Read {
            return AuthScope::Nothing;
        }
        if let Self::Diagnostic { hostname } = self {
            return AuthScope::of_board(hostname, registry);
        }
        if let Self::Belief { hostname, port } = self {
            return AuthScope::of([(hostname.as_str(), port.parse().ok())], registry);
        }
        if let Self::Command { hostname } = self {
            let body = body::parse::<CommandBody>(bytes).ok();
            let port = body.and_then(|body| body.port());
            return AuthScope::of([(hostname.as_str(), port)], registry);
        }
        if let Self::BatchCreate = self
            && let Ok(mut body) = body::parse::<BulkBody>(bytes)
            && handler::expand(&mut body, registry).is_ok()
        {
            let targets = body.targets.iter();
            return AuthScope::of(targets.map(|one| (one.hostname.as_str(), one.port())), registry);
        }
        AuthScope::Venue
    }
}

/// What stands for the TVs of a bulk request, if it is a step or a key: pressed again and again, it is
/// one operation.
fn step_of(bytes: &[u8], registry: &Registry) -> Option<u64> {
    let mut body: BulkBody = body::parse(bytes).ok()?;
    let parameters =
        Parameters { channel: body.channel.clone(), digit: body.digit, input: body.input.clone() };
    let action = Action::parse(&body.command, &parameters).ok()?;
    if body.dry_run || !matches!(action.nature(), Nature::Relative | Nature::Sequence) {
        return None;
    }
    handler::expand(&mut body, registry).ok()?;
    let targets = body.targets.iter();
    let named: BTreeSet<_> = targets.map(|one| (one.hostname.as_str(), one.port())).collect();
    // Whoever finds two selections with one number is counted as if they were one.
    let mut hasher = DefaultHasher::new();
    named.hash(&mut hasher);
    Some(hasher.finish())
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuthScope {
    /// It only reads.
    Nothing,
    /// Ports, by their zones.
    Ports(Vec<Option<String>>),
    /// More than ports.
    Venue,
}

impl AuthScope {
    fn of<'a>(
        targets: impl IntoIterator<Item = (&'a str, Option<i64>)>,
        registry: &Registry,
    ) -> Self {
        let zone = |(hostname, port): (&str, Option<i64>)| {
            let device = registry.device(&hostname.parse::<Hostname>().ok()?)?;
            let port = device.value.port(PortIndex::try_from(port?).ok()?)?;
            port.zone.as_ref().map(ToString::to_string)
        };
        Self::Ports(targets.into_iter().map(zone).collect())
    }

    /// A board is of the zones of all of its ports.
    fn of_board(hostname: &str, registry: &Registry) -> Self {
        let ports = registry.ports().filter(|(id, _)| id.device.as_str() == hostname);
        let named = |(id, _): (PortId, _)| i64::from(id.port);
        let ports: Vec<i64> = ports.map(named).collect();
        Self::of(ports.iter().map(|port| (hostname, Some(*port))), registry)
    }

    /// Calls `ask` with it.
    pub(crate) fn with<T>(&self, ask: impl FnOnce(Targets<'_>) -> T) -> T {
        match self {
            Self::Nothing => ask(Targets::Nothing),
            Self::Venue => ask(Targets::Venue),
            Self::Ports(zones) => {
                let zones: Vec<Option<&str>> = zones.iter().map(Option::as_deref).collect();
                ask(Targets::Ports(&zones))
            }
        }
    }
}

#[cfg(test)]
mod tests;
