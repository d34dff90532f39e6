//! Configuration, runs and audit in the store in memory.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use venue_domain::{
    AuditPage, AuditQuery, AuditRecord, AuditStore, Configuration, ConfigurationStore, DailyStats,
    EndedCommands, Hostname, ItemChange, ItemKind, LOG_LINES_KEPT, LogLine, Reason, RunLog,
    ScheduleRun, StatsBy, StatsQuery, StoreError, Stored, SystemStore, TaskRun, Timestamp,
};

use super::{
    MemoryStore,
    state::{Row, State},
};

impl State {
    /// Withdraws what waits of a device that goes, and forgets the assumed state of its ports; what is in
    /// flight is not tried again.
    fn cancel_device(&mut self, device: &str, now: Timestamp) {
        let of_device = |row: &Row| row.record.target.device.as_str() == device;
        for id in self.ids(|row| of_device(row) && row.is_waiting()) {
            self.finish(id, Reason::DeviceRemoved, now);
        }
        for row in self.rows.values_mut().filter(|row| of_device(row)) {
            row.record.expires_at = row.record.expires_at.min(now);
        }
        self.ports.retain(|port, _| port.device.as_str() != device);
    }
}

impl ConfigurationStore for MemoryStore {
    async fn configuration(&self) -> Result<Configuration, StoreError> {
        Ok(self.lock().configuration.clone())
    }

    async fn configure(
        &self,
        changes: Vec<ItemChange>,
        now: Timestamp,
    ) -> Result<Stored<u64>, StoreError> {
        let mut state = self.lock();
        let revision = state.configuration.revision + 1;
        for change in &changes {
            match change {
                ItemChange::Remove { kind: ItemKind::Device, id } => state.cancel_device(id, now),
                ItemChange::NewBoard { device } => {
                    state.cancel_device(device, now);
                    state.lanes.forget_late(device);
                }
                // What came in while one of this name was on its way out was not for this one.
                ItemChange::Put { kind: kind @ ItemKind::Device, id, .. } => {
                    let items = &state.configuration.items;
                    let exists = items.iter().any(|item| item.kind == *kind && item.id == *id);
                    if !exists {
                        state.cancel_device(id, now);
                    }
                }
                ItemChange::Put { .. } | ItemChange::Remove { .. } => {}
            }
            state.configuration.apply(std::slice::from_ref(change), revision);
        }
        Ok(Stored { answer: revision, ended_commands: state.ended_commands(now) })
    }

    async fn restore_configuration(
        &self,
        all: Configuration,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.configuration, all.clone());
        for device in before.devices_gone_in(&all) {
            state.cancel_device(device, now);
        }
        Ok(state.ended_commands(now))
    }
}

impl RunLog for MemoryStore {
    async fn note_runs(&self, runs: Vec<ScheduleRun>) -> Result<(), StoreError> {
        let log = &mut self.lock().runs;
        for run in runs {
            log.entry((run.schedule.clone(), run.occurrence.clone())).or_insert(run);
        }
        Ok(())
    }

    async fn runs(&self, schedule: String, limit: u32) -> Result<Vec<ScheduleRun>, StoreError> {
        let state = self.lock();
        let own = state.runs.values().rev().filter(|run| run.schedule == schedule);
        Ok(own.take(limit as usize).cloned().collect())
    }
}

impl AuditStore for MemoryStore {
    async fn note_audit(&self, records: Vec<AuditRecord>) -> Result<(), StoreError> {
        let audit_log = &mut self.lock().audit;
        for record in records {
            let id = audit_log.last_key_value().map_or(1, |(id, _)| id + 1);
            audit_log.insert(id, record);
        }
        Ok(())
    }

    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        let state = self.lock();
        let asked = |record: &AuditRecord| {
            query.actor.as_ref().is_none_or(|actor| record.actor.as_ref() == Some(actor))
                && query.since.is_none_or(|since| record.at >= since)
                && query.until.is_none_or(|until| record.at < until)
        };
        let before = query.cursor.unwrap_or(i64::MAX);
        let found = state.audit.range(..before).rev().filter(|(_, record)| asked(record));
        let limit = query.limit as usize;
        let found: Vec<_> = found.take(limit.saturating_add(1)).collect();
        let next = found.get(limit.wrapping_sub(1)).filter(|_| found.len() > limit);
        let next = next.map(|(id, _)| **id);
        let records = found.iter().take(limit).map(|(_, record)| (*record).clone()).collect();
        Ok(AuditPage { records, next })
    }

    async fn prune_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let audit_log = &mut self.lock().audit;
        let old = audit_log.iter().filter(|(_, record)| record.at < before).map(|(id, _)| *id);
        let old: Vec<i64> = old.take(500).collect();
        for id in &old {
            audit_log.remove(id);
        }
        Ok(old.len() as u64)
    }
}

impl SystemStore for MemoryStore {
    async fn note_task_run(&self, run: TaskRun) -> Result<(), StoreError> {
        self.lock().task_runs.insert(run.task, run);
        Ok(())
    }

    async fn task_runs(&self) -> Result<Vec<TaskRun>, StoreError> {
        Ok(self.lock().task_runs.values().cloned().collect())
    }

    async fn note_log(&self, device: Hostname, lines: Vec<LogLine>) -> Result<(), StoreError> {
        let log = &mut self.lock().logs;
        let own = log.entry(device).or_default();
        own.extend(lines);
        let over = own.len().saturating_sub(LOG_LINES_KEPT as usize);
        own.drain(..over);
        Ok(())
    }

    async fn log(&self, device: Hostname, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        let state = self.lock();
        let own = state.logs.get(&device).map(Vec::as_slice).unwrap_or_default();
        Ok(own[own.len().saturating_sub(limit as usize)..].to_vec())
    }

    async fn daily_stats(&self, query: StatsQuery) -> Result<Vec<DailyStats>, StoreError> {
        let state = self.lock();
        let mut figures: BTreeMap<_, DailyStats> = BTreeMap::new();
        for record in &state.history {
            let Some(at) = record.completed_at else { continue };
            let day = at.unix_ms().div_euclid(24 * 60 * 60 * 1_000);
            let device = &record.target.device;
            let asked = query.device.as_ref().is_none_or(|asked| asked == device);
            if !(query.first..=query.last).contains(&day) || !asked {
                continue;
            }
            let tells = |part| query.by.tells(part);
            let day = tells(StatsBy::Day).then_some(day);
            let hostname = tells(StatsBy::Device).then(|| device.to_string());
            let command = tells(StatsBy::Command).then(|| record.action.name().to_owned());
            let class = tells(StatsBy::Class).then(|| record.class.name().to_owned());
            let key = (Reverse(day), hostname.clone(), command.clone(), class.clone());
            let one = figures.entry(key).or_insert_with(|| DailyStats {
                day,
                hostname,
                command,
                command_class: class,
                ..DailyStats::default()
            });
            one.counts.add(record.status);
            let took = record.execution_time.map(|took: Duration| took.as_millis() as u64);
            one.execution_count += u64::from(took.is_some());
            one.execution_sum_ms += took.unwrap_or(0);
            one.execution_max_ms = one.execution_max_ms.max(took.unwrap_or(0));
        }
        Ok(figures.into_values().take(query.limit as usize).collect())
    }
}
