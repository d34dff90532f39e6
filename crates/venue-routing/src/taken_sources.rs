//! What the sources of a venue are sent by one run, for whichever of their screens. Pure.
//!
//! Several screens may show one source, and each asks for its channel. What is asked for twice is sent once; what
//! contradicts what the source is sent already at that time cannot be done.

use std::{collections::HashMap, time::Duration};

use snafu::ensure;
use venue_domain::{Action, EffectGroup, PortId};

use crate::{
    Reach, Rejection, SharedCommand,
    error::SourceConflictSnafu,
    validate::{ValidCommand, ValidOptions},
};

/// One step of one target that may be accepted.
pub(crate) struct FiredStep {
    /// The place of its target.
    pub(crate) index: usize,
    /// So long after the firing.
    pub(crate) offset: Duration,
    /// Its place among the steps of its target.
    pub(crate) place: u64,
    pub(crate) valid: ValidCommand,
    pub(crate) reach: Reach,
    pub(crate) options: ValidOptions,
}

/// What becomes of the steps of a run.
#[derive(Default)]
pub(crate) struct FiredSteps {
    pub(crate) accepted: Vec<FiredStep>,
    pub(crate) rejected: Vec<(usize, Rejection)>,
    pub(crate) shared: Vec<SharedCommand>,
}

/// A slot of a source at one time of a run.
type SlotAt = (PortId, Option<EffectGroup>, Duration);

/// The accepted steps of each slot of a source, by their places among all that are accepted.
#[derive(Default)]
pub(crate) struct TakenSources(HashMap<SlotAt, Vec<usize>>);

/// The slot of a step that a source receives; of any other nobody else asks for the same.
fn slot(step: &FiredStep) -> Option<SlotAt> {
    step.reach.source.as_ref()?;
    Some((step.valid.target.clone(), step.valid.action.effect_group(), step.offset))
}

impl TakenSources {
    /// Refuses the steps of a target that want something else of a source than what it is sent at that time.
    pub(crate) fn conflict(
        &self,
        steps: &[FiredStep],
        accepted: &[FiredStep],
    ) -> Result<(), Rejection> {
        for step in steps {
            let Some(slot) = slot(step) else { continue };
            let Some(taken) = self.0.get(&slot) else { continue };
            let taken = taken.iter().filter_map(|place| accepted.get(*place));
            let sent: Vec<&FiredStep> = taken.collect();
            let wanted = steps.iter().filter(|other| self::slot(other).as_ref() == Some(&slot));
            let wanted: Vec<&Action> = wanted.map(|step| &step.valid.action).collect();
            let is_same = sent.iter().map(|step| &step.valid.action).eq(wanted.iter().copied());
            let other = sent.first().map_or(&step.reach.asked, |step| &step.reach.asked);
            let source_id = step.reach.source.as_ref().map(|source| source.id.to_string());
            let conflict = SourceConflictSnafu {
                source_id: source_id.unwrap_or_default(),
                wanted: words(wanted),
                shown: words(sent.iter().map(|step| &step.valid.action)),
                other: other.clone(),
            };
            ensure!(is_same, conflict);
        }
        Ok(())
    }

    /// Accepts the steps of a target, but for those that a source is sent already.
    pub(crate) fn take(&mut self, steps: Vec<FiredStep>, into: &mut FiredSteps) {
        // What this very target adds is no reason to leave out its next step.
        let mut added: HashMap<SlotAt, Vec<usize>> = HashMap::new();
        let mut shared_so_far: HashMap<SlotAt, usize> = HashMap::new();
        for step in steps {
            let Some(slot) = slot(&step) else {
                into.accepted.push(step);
                continue;
            };
            if let Some(taken) = self.0.get(&slot) {
                let nth = shared_so_far.entry(slot).or_default();
                let of = taken.get(*nth).copied().unwrap_or_default();
                *nth += 1;
                let FiredStep { index, reach, valid: ValidCommand { action, .. }, .. } = step;
                into.shared.push(SharedCommand { index, reach, action, of });
            } else {
                added.entry(slot).or_default().push(into.accepted.len());
                into.accepted.push(step);
            }
        }
        self.0.extend(added);
    }
}

fn words<'a>(actions: impl IntoIterator<Item = &'a Action>) -> String {
    actions.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
