//! What comes next of all schedules, in the order of time.

use venue_domain::Timestamp;

use crate::{LeftOut, LocalTime, Occurrence, Schedules, StoredSchedule};

/// One run, or one put back, that is to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgendaEntry<'a> {
    /// Of which schedule.
    pub entry: &'a StoredSchedule,
    /// When.
    pub due: Occurrence,
    /// What.
    pub kind: AgendaKind,
    /// Why it will be left out, if it will be. What is paused is not marked here.
    pub left_out: Option<LeftOut>,
}

/// What is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgendaKind {
    /// A run.
    Run {
        /// When what it changes is put back.
        put_back: Option<Occurrence>,
    },
    /// What a run changed is put back.
    PutBack {
        /// The run.
        run: LocalTime,
    },
}

impl Schedules {
    /// What is due after `now` and up to `until`, the nearest first, at most `limit`; also of schedules that are paused,
    /// as it would be without the pause.
    #[must_use]
    pub fn agenda(&self, now: Timestamp, until: Timestamp, limit: usize) -> Vec<AgendaEntry<'_>> {
        let of_entry = |entry| {
            let runs = runs(entry, now).take_while(|run| run.due.at <= until).take(limit);
            put_back(entry, until).into_iter().chain(runs)
        };
        let mut agenda: Vec<_> = self.entries().flat_map(of_entry).collect();
        agenda.sort_by_key(|one| (one.due.at, &one.entry.definition.id));
        agenda.truncate(limit);
        agenda
    }
}

fn runs(entry: &StoredSchedule, now: Timestamp) -> impl Iterator<Item = AgendaEntry<'_>> {
    let (going, schedule) = (entry.state.clone().without_pause(), &entry.schedule);
    let first = going.next(schedule, now);
    let all = std::iter::successors(first, |last| schedule.next_after(last.at));
    all.map(move |due| AgendaEntry {
        entry,
        due,
        kind: AgendaKind::Run { put_back: entry.schedule.put_back_of(due) },
        left_out: entry.state.left_out(schedule, due.local),
    })
}

fn put_back(entry: &StoredSchedule, until: Timestamp) -> Option<AgendaEntry<'_>> {
    let pending = entry.plan.put_back.as_ref().filter(|pending| pending.due.at <= until)?;
    let kind = AgendaKind::PutBack { run: pending.run.local };
    let left_out = pending.skip.then_some(LeftOut::Skipped);
    Some(AgendaEntry { entry, due: pending.due, kind, left_out })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::{
        ScheduleEdit,
        edit::tests::{NOW, make, opening, venue},
    };

    #[test]
    fn the_week_has_every_run_and_what_is_put_back_in_the_order_of_time() {
        let mut configuration = venue();
        let mut football = opening();
        venue_registry::merge_patch(
            &mut football,
            json!({"id": "football", "cron": null, "at": "2027-03-01T19:30", "put_back": "22:00"}),
        );
        for value in [opening(), football] {
            make(&mut configuration, ScheduleEdit::Create { value }, NOW).unwrap();
        }
        let skip = |id: &str| ScheduleEdit::Skip { id: id.to_owned(), on: None };
        make(&mut configuration, skip("opening"), NOW).unwrap();
        let week = Duration::from_secs(7 * 24 * 3_600);
        let told = |now: Timestamp, limit| {
            let (schedules, _) = Schedules::read(&configuration, now);
            let one = |one: &AgendaEntry<'_>| {
                let kind = match one.kind {
                    AgendaKind::Run { put_back: None } => "",
                    AgendaKind::Run { put_back: Some(_) } => " until",
                    AgendaKind::PutBack { .. } => " put back",
                };
                let skipped = if one.left_out.is_some() { " skipped" } else { "" };
                format!("{} {}{kind}{skipped}", one.due.local, one.entry.definition.id)
            };
            schedules.agenda(now, now.plus(week), limit).iter().map(one).collect::<Vec<_>>()
        };
        let all = told(NOW, 100);
        assert_eq!(all.len(), 8);
        assert_eq!(all[0], "2027-03-01T19:30 football until");
        assert_eq!(all[1], "2027-03-02T10:00 opening skipped");
        assert_eq!(all[7], "2027-03-08T10:00 opening");
        assert_eq!(told(NOW, 2), all[..2]);
        let begin = NOW.plus(Duration::from_secs(17 * 1_800));
        let due = Schedules::read(&configuration, NOW).0.due(|_| false, begin);
        configuration.apply(&[due[0].change(&due[0].entry, true)], 9);
        let later = Schedules::read(&configuration, begin).0;
        let first = later.agenda(begin, begin.plus(week), 1)[0];
        assert_eq!(first.due.local.to_string(), "2027-03-01T22:00");
        let run = "2027-03-01T19:30".parse().unwrap();
        assert_eq!(first.kind, AgendaKind::PutBack { run });
    }

    #[test]
    fn what_is_paused_is_told_as_it_would_be_without_the_pause() {
        let mut configuration = venue();
        make(&mut configuration, ScheduleEdit::Create { value: opening() }, NOW).unwrap();
        make(&mut configuration, ScheduleEdit::Pause { id: "opening".to_owned() }, NOW).unwrap();
        let (schedules, _) = Schedules::read(&configuration, NOW);
        let day = NOW.plus(Duration::from_secs(24 * 3_600));
        let agenda = schedules.agenda(NOW, day, 9);
        assert_eq!((agenda.len(), agenda[0].entry.state.paused), (1, true));
    }
}
