//! When the venue does something for itself, and how long it remembers.

use std::{collections::BTreeMap, time::Duration};

use snafu::{ResultExt, ensure};
use venue_domain::SystemTask;
use venue_schedule::Recurrence;

use super::{
    error::{ConfigError, SystemTaskSnafu, TaskCronSnafu, TaskTriggerSnafu, ZeroSnafu},
    file,
};
use crate::{TaskPlan, TaskTrigger};

/// By then the sessions of a large venue are open.
const SETTLING: Duration = Duration::from_secs(60);

/// What runs by itself: retention every hour and the firmware check once a day, unless it is said.
pub(super) fn plan(file: &file::File) -> Result<TaskPlan, ConfigError> {
    let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
    let mut triggers = BTreeMap::from([
        (SystemTask::Retention, TaskTrigger::Every(hours(1))),
        (SystemTask::FirmwareCheck, TaskTrigger::Every(hours(24))),
    ]);
    for task in &file.system_task {
        let wrong = || {
            let known = SystemTask::ALL.map(SystemTask::name).join(", ");
            SystemTaskSnafu { task: task.task.clone(), known }.build()
        };
        let parsed: SystemTask = task.task.parse().map_err(|_| wrong())?;
        match trigger(task, parsed.name())? {
            Some(trigger) => triggers.insert(parsed, trigger),
            None => triggers.remove(&parsed),
        };
    }
    let file::RetentionDays { detail_days, aggregate_days } = file.retention;
    ensure!(detail_days > 0, ZeroSnafu { key: "retention.detail_days" });
    ensure!(aggregate_days > 0, ZeroSnafu { key: "retention.aggregate_days" });
    let days = |days: u16| hours(24) * days.into();
    Ok(TaskPlan {
        triggers,
        settling: SETTLING,
        detail: days(detail_days),
        aggregates: days(aggregate_days),
    })
}

/// When a task runs; `None` for only when it is asked for.
fn trigger(entry: &file::Task, task: &'static str) -> Result<Option<TaskTrigger>, ConfigError> {
    match (entry.every_s, &entry.cron, &entry.zone) {
        (Some(0), None, None) => Ok(None),
        (Some(every), None, None) => {
            Ok(Some(TaskTrigger::Every(Duration::from_secs(every.into()))))
        }
        (None, Some(cron), Some(zone)) => {
            let recurrence = Recurrence::parse(cron, zone).context(TaskCronSnafu { task })?;
            Ok(Some(TaskTrigger::Cron(recurrence)))
        }
        _ => TaskTriggerSnafu { task }.fail(),
    }
}
