//! The registry behind the server: in memory, with two devices and one of the configuration file.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use venue_domain::{
    Action, Actor, BoxFuture, Call, Configuration, ItemChange, ItemKind, PlannedCall, PortId,
    RunOutcome, ScheduleRun, StoreError, Timestamp,
};
use venue_http::{
    Applied, Apply, ApplyRejection, EditRejection, Edited, ScheduleControl, SchedulePlan,
    ScheduleRejection, ScheduleRunAnswer, VenueControl,
};
use venue_registry::{Base, Edit, Registry};
use venue_routing::{AcceptedTarget, BatchAnswer, Reach};
use venue_schedule::{Planner, ScheduleEdit, ScheduleEditError, Schedules};

/// A registry whose owner is a mutex.
#[derive(Debug)]
pub(crate) struct FakeVenue {
    configuration: Mutex<Configuration>,
    base: Base,
    /// Whether nothing can be stored.
    pub(crate) down: Mutex<bool>,
}

impl Default for FakeVenue {
    fn default() -> Self {
        let mut configuration = Configuration::default();
        let put = |kind, id: &str, body: &str| ItemChange::Put {
            kind,
            id: id.to_owned(),
            body: body.to_owned(),
        };
        let device = |id: &str, zone: &str| {
            let port =
                |index: u8| format!(r#"{{"index":{index},"name":"{id} {index}","zone":"{zone}"}}"#);
            let ports = [port(1), port(2)].join(",");
            let body = format!(r#"{{"hostname":"{id}","address":"10.0.0.1","ports":[{ports}]}}"#);
            put(ItemKind::Device, id, &body)
        };
        let changes = [
            put(ItemKind::Zone, "bar", r#"{"id":"bar","name":"Main bar"}"#),
            put(ItemKind::Zone, "patio", r#"{"id":"patio"}"#),
            device("ir-1", "bar"),
            device("ir-2", "patio"),
        ];
        configuration.apply(&changes, 1);
        let fixed = r#"{"hostname":"ir-9","address":"10.0.0.9"}"#;
        let base = Base {
            devices: vec![Arc::new(serde_json::from_str(fixed).unwrap())],
            ..Base::default()
        };
        Self { configuration: Mutex::new(configuration), base, down: Mutex::new(false) }
    }
}

impl VenueControl for FakeVenue {
    fn registry(&self) -> Arc<Registry> {
        let (registry, problems) = Registry::read(&self.configuration.lock().unwrap(), &self.base);
        assert_eq!(problems, []);
        Arc::new(registry)
    }

    fn edit(&self, edit: Edit) -> BoxFuture<'_, Result<Edited, EditRejection>> {
        Box::pin(async move {
            if *self.down.lock().unwrap() {
                return Err(EditRejection::Store { error: StoreError::Unavailable });
            }
            let decided = edit.decide(&self.configuration.lock().unwrap(), &self.base);
            let changes = decided.map_err(|error| EditRejection::Edit { error })?;
            if !changes.is_empty() {
                let mut configuration = self.configuration.lock().unwrap();
                let revision = configuration.revision + 1;
                configuration.apply(&changes, revision);
            }
            Ok(Edited { registry: self.registry(), withdrawn: 0 })
        })
    }

    /// One a second.
    fn plan(&self, commands: &[(PortId, Action)]) -> Vec<PlannedCall> {
        let planned = |(place, (target, action)): (u64, &(PortId, Action))| PlannedCall {
            call: Some(Call {
                action: format!("tv_{}", action.name()),
                arguments: vec![("port".to_owned(), target.port.to_string())],
            }),
            online: true,
            starts_in: Duration::from_secs(place),
            ends_in: Duration::from_secs(place + 1),
            ..PlannedCall::default()
        };
        (0..).zip(commands).map(planned).collect()
    }
}

/// Where the clock of the fakes stands.
const NOW: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

impl ScheduleControl for FakeVenue {
    fn schedules(&self) -> Schedules {
        Schedules::read(&self.configuration.lock().unwrap(), NOW).0
    }

    fn edit(
        &self,
        edit: ScheduleEdit,
        planner: Planner,
    ) -> BoxFuture<'_, Result<Schedules, ScheduleRejection>> {
        Box::pin(async move {
            let registry = self.registry();
            let mut configuration = self.configuration.lock().unwrap();
            let decided = edit.decide(&configuration, &registry, &planner, NOW);
            let changes = decided.map_err(|error| ScheduleRejection::Edit { error })?;
            let revision = configuration.revision + 1;
            configuration.apply(&changes, revision);
            Ok(Schedules::read(&configuration, NOW).0)
        })
    }

    fn apply(&self, apply: Apply) -> BoxFuture<'_, Result<Applied, ApplyRejection>> {
        Box::pin(async move {
            let Apply { document, prune, expected, dry_run } = apply;
            let mut configuration = self.configuration.lock().unwrap();
            let decided = document.decide(&configuration, &self.base, prune, expected, NOW);
            let changes = decided.map_err(|error| ApplyRejection::Document { error })?;
            if *self.down.lock().unwrap() && !dry_run {
                return Err(ApplyRejection::Store { error: StoreError::Unavailable });
            }
            if !dry_run && !changes.is_empty() {
                let revision = configuration.revision + 1;
                configuration.apply(&changes, revision);
            }
            Ok(Applied { revision: configuration.revision, withdrawn: 0 })
        })
    }

    /// One command, and a port that is left alone.
    fn preview(&self, id: String) -> BoxFuture<'_, Result<SchedulePlan, ScheduleRejection>> {
        Box::pin(async move {
            if self.schedules().get(&id).is_none() {
                return Err(ScheduleRejection::Edit { error: ScheduleEditError::NotFound { id } });
            }
            Ok(SchedulePlan {
                targets: vec![("ir-1/1".parse().unwrap(), vec![Action::PowerOn])],
                undecided: vec![("ir-2/2".parse().unwrap(), "power")],
                ..SchedulePlan::default()
            })
        })
    }

    /// One command, in the caller's name.
    fn run(
        &self,
        id: String,
        _: Actor,
    ) -> BoxFuture<'_, Result<ScheduleRunAnswer, ScheduleRejection>> {
        Box::pin(async move {
            if self.schedules().get(&id).is_none() {
                return Err(ScheduleRejection::Edit { error: ScheduleEditError::NotFound { id } });
            }
            let accepted = AcceptedTarget {
                target: "ir-1/1".parse().unwrap(),
                reach: Reach::itself("ir-1/1".parse().unwrap()),
                action: Action::PowerOn,
                command: venue_domain::CommandId::generate(),
                queue_id: venue_domain::QueueId::new(7),
            };
            let batch = BatchAnswer {
                batch: format!("manual_{id}_1").parse().unwrap(),
                accepted: vec![accepted],
                rejected: Vec::new(),
                duplicates: Vec::new(),
                shared: Vec::new(),
            };
            let left_out: PortId = "ir-2/2".parse().unwrap();
            Ok(ScheduleRunAnswer {
                batch: Some(batch),
                ports: vec!["ir-1/1".parse().unwrap()],
                undecided: vec![(left_out, "power")],
                ..ScheduleRunAnswer::default()
            })
        })
    }

    fn runs(
        &self,
        id: String,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<ScheduleRun>, ScheduleRejection>> {
        let run = ScheduleRun {
            schedule: id,
            occurrence: "2026-09-20T10:00".to_owned(),
            due_at: NOW,
            noted_at: NOW,
            outcome: RunOutcome::Missed,
            batch_id: None,
            detail: Some(format!("of {limit}")),
        };
        Box::pin(async move { Ok(vec![run]) })
    }
}
