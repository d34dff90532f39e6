//! When the venue does something for itself, and how long it remembers.

use std::{collections::BTreeMap, time::Duration};

use snafu::{ResultExt, ensure};
use venue_domain::SystemTask;
use venue_schedule::Recurrence;

use super::{
    error::{ConfigError, RhythmSnafu, SystemTaskSnafu, TaskCronSnafu, ZeroSnafu},
    file,
};
use crate::{Rhythm, TaskPlan};

/// By then the sessions of a large venue are open.
const SETTLING: Duration = Duration::from_secs(60);

/// What runs by itself: retention every hour and the firmware check once a day, unless it is said.
pub(super) fn plan(file: &file::File) -> Result<TaskPlan, ConfigError> {
    let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
    let mut rhythms = BTreeMap::from([
        (SystemTask::Retention, Rhythm::Every(hours(1))),
        (SystemTask::FirmwareCheck, Rhythm::Every(hours(24))),
    ]);
    for task in &file.system_task {
        let wrong = || {
            let known = SystemTask::ALL.map(SystemTask::name).join(", ");
            SystemTaskSnafu { task: task.task.clone(), known }.build()
        };
        let parsed: SystemTask = task.task.parse().map_err(|_| wrong())?;
        match rhythm(task, parsed.name())? {
            Some(rhythm) => rhythms.insert(parsed, rhythm),
            None => rhythms.remove(&parsed),
        };
    }
    let file::RetentionDays { detail_days, aggregate_days } = file.retention;
    ensure!(detail_days > 0, ZeroSnafu { key: "retention.detail_days" });
    ensure!(aggregate_days > 0, ZeroSnafu { key: "retention.aggregate_days" });
    let days = |days: u16| hours(24) * days.into();
    Ok(TaskPlan {
        rhythms,
        settling: SETTLING,
        detail: days(detail_days),
        aggregates: days(aggregate_days),
    })
}

/// When a task runs; `None` for only when it is asked for.
fn rhythm(entry: &file::Task, task: &'static str) -> Result<Option<Rhythm>, ConfigError> {
    match (entry.every_s, &entry.cron, &entry.zone) {
        (Some(0), None, None) => Ok(None),
        (Some(every), None, None) => Ok(Some(Rhythm::Every(Duration::from_secs(every.into())))),
        (None, Some(cron), Some(zone)) => {
            let recurrence = Recurrence::parse(cron, zone).context(TaskCronSnafu { task })?;
            Ok(Some(Rhythm::Cron(recurrence)))
        }
        _ => RhythmSnafu { task }.fail(),
    }
}
