//! What the steps of schedules name, and whether it is there.

use venue_domain::{Configuration, ItemChange, Timestamp};
use venue_registry::{Base, EditError, Problem, Registry};

use crate::{ScheduleStep, Schedules};

/// Why `step` could not be run in this venue: the preset or the channel that it names is not there.
pub(crate) fn missing(step: &ScheduleStep, registry: &Registry) -> Option<String> {
    match step {
        ScheduleStep::Preset(id) => {
            registry.preset(id.as_str()).is_none().then(|| format!("there is no preset {id}"))
        }
        ScheduleStep::NamedChannel(id) => {
            let known = registry.channel_named(id.as_str()).ok();
            let is_it = known.is_some_and(|channel| channel.id.as_str() == id.as_str());
            (!is_it).then(|| format!("there is no channel {id}"))
        }
        ScheduleStep::On
        | ScheduleStep::Off
        | ScheduleStep::Wait(_)
        | ScheduleStep::Channel(_)
        | ScheduleStep::Action(_) => None,
    }
}

/// Refuses `changes` of `configuration` that would take away what a schedule names: it would fail when nobody looks.
///
/// # Errors
/// [`EditError::InUse`] names the schedules and their steps.
pub fn keep_references(
    changes: &[ItemChange],
    configuration: &Configuration,
    base: &Base,
) -> Result<(), EditError> {
    if !changes.iter().any(|change| matches!(change, ItemChange::Remove { .. })) {
        return Ok(());
    }
    let mut after = configuration.clone();
    after.apply(changes, configuration.revision.saturating_add(1));
    let known = broken(configuration, base);
    let mut problems = broken(&after, base);
    problems.retain(|problem| !known.contains(problem));
    if problems.is_empty() { Ok(()) } else { Err(EditError::InUse { problems }) }
}

/// The steps that name what is not there.
fn broken(configuration: &Configuration, base: &Base) -> Vec<Problem> {
    let (registry, _) = Registry::read(configuration, base);
    // How far they were handled is of no interest.
    let (schedules, _) = Schedules::read(configuration, Timestamp::default());
    let of_schedule = |entry: &crate::StoredSchedule| {
        let steps = entry.schedule.steps.as_slice().iter().enumerate();
        let problem = |(place, step): (usize, &ScheduleStep)| {
            Some(Problem {
                item: format!("schedules/{}", entry.definition.id),
                field: format!("steps[{place}]"),
                detail: missing(step, &registry)
                    .map(|_| format!("names {step}: change or remove the schedule first"))?,
                is_unknown_name: false,
            })
        };
        steps.filter_map(problem).collect::<Vec<_>>()
    };
    schedules.entries().flat_map(of_schedule).collect()
}

#[cfg(test)]
mod tests;
