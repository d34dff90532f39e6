//! What is told of a run of a schedule: which TVs it left out, and why.

use std::collections::BTreeSet;

use venue_domain::{BatchId, PortId, RunOutcome, ScheduleRun, one_line};
use venue_routing::{BatchAnswer, Rejection, RetryReport, Skip, Skipped};
use venue_schedule::listed;

/// What became of a put back: its outcome, its batch, and what else is to be said.
pub(super) type PutBackAnswer = (RunOutcome, Option<BatchId>, Option<String>);

/// So many reasons are told of one run.
const SHOWN: usize = 4;

/// Why nothing is sent to any TV.
pub(super) fn undecided_ports(undecided: &[(PortId, &'static str)]) -> String {
    let one = |(port, field): &(PortId, &str)| format!("{port} (its {field})");
    format!(
        "nothing could be sent: what can only be toggled is not known, the channel is not received, or the zone is not one \
         of whoever planned it, of {}",
        listed(undecided.iter().map(one))
    )
}

/// How many TVs a run left out, and how many of them because they are locked.
pub(super) fn left_out(answer: &BatchAnswer, undecided: usize) -> Option<String> {
    let is_locked =
        |(_, rejection): &&(usize, Rejection)| matches!(rejection, Rejection::Locked { .. });
    let locked = answer.rejected.iter().filter(is_locked).count();
    let left_out = match (answer.accepted.len(), answer.rejected.len() + undecided) {
        (0, _) => {
            let others = answer.rejected.iter().filter(|one| !is_locked(one));
            let reasons: BTreeSet<String> = others.map(|(_, why)| one_line(why)).collect();
            let reasons = reasons.into_iter().take(SHOWN).collect::<Vec<_>>().join("; ");
            let colon = if reasons.is_empty() { "" } else { ": " };
            format!("no TV could be accepted{colon}{reasons}")
        }
        (_, 0) => return None,
        (_, rejected) => format!("{rejected} TVs were not accepted"),
    };
    Some(if locked > 0 { format!("{left_out}: {locked} are locked") } else { left_out })
}

/// What is told of the undo of a run: how many TVs it restores, which ones it leaves alone, and why.
pub(super) fn restored(report: RetryReport) -> PutBackAnswer {
    let RetryReport { batch, skipped, withdrawn, .. } = report;
    let one = |skipped: &Skipped| {
        format!("{} ({})", skipped.target, skipped.why.name().replace('_', " "))
    };
    let (part, alone): (Vec<_>, Vec<_>) =
        skipped.iter().partition(|skipped| skipped.why == Skip::InPart);
    let left = format!("{} left alone: {}", alone.len(), listed(alone.iter().copied().map(one)));
    let mut told = Vec::new();
    if let Some(batch) = &batch {
        let targets: BTreeSet<&PortId> = batch.accepted.iter().map(|one| &one.target).collect();
        // What becomes of them the batch says.
        told.push(format!("put back of TVs queued: {}", targets.len()));
    }
    if withdrawn > 0 {
        told.push(format!("cancelled before they were sent: {withdrawn}"));
    }
    // Nothing had to be put back where people took the TVs over, or where nothing was changed.
    let is_over = |one: &&Skipped| matches!(one.why, Skip::CommandedSince | Skip::NotChanged);
    let outcome = match (told.is_empty(), alone.iter().all(is_over)) {
        (false, _) => RunOutcome::Fired,
        (true, true) => RunOutcome::Skipped,
        (true, false) => RunOutcome::Refused,
    };
    if told.is_empty() {
        told.push("nothing was put back".to_owned());
    }
    if !part.is_empty() {
        told.push(format!("{} of them in part", part.len()));
    }
    if !alone.is_empty() {
        told.push(left);
    }
    (outcome, batch.map(|batch| batch.batch), Some(told.join("; ")))
}

pub(super) fn log_run(run: &ScheduleRun) {
    let ScheduleRun { schedule, occurrence, outcome, batch_id, detail, .. } = run;
    let batch_id = batch_id.as_ref().map(BatchId::as_str);
    match outcome {
        RunOutcome::Fired => {
            tracing::info!(schedule, occurrence, batch_id, detail, "the schedule fired");
        }
        RunOutcome::Missed | RunOutcome::Skipped | RunOutcome::Overlapped | RunOutcome::Refused => {
            tracing::warn!(schedule, occurrence, %outcome, detail, "the schedule did not fire");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_put_back_that_could_do_nothing_is_refused_and_one_with_nothing_left_to_do_is_skipped() {
        let report = |why: &[Skip]| {
            let port = |place: usize| format!("ir-1/{place}").parse().unwrap();
            let skipped = why.iter().zip(1..).map(|(why, place)| Skipped::new(port(place), *why));
            restored(RetryReport::left_alone(skipped.collect()))
        };
        let (outcome, _, detail) = report(&[Skip::NotKnown, Skip::CommandedSince]);
        assert_eq!(outcome, RunOutcome::Refused);
        assert_eq!(
            detail.as_deref(),
            Some(
                "nothing was put back; 2 left alone: ir-1/1 (not known), ir-1/2 (commanded since)"
            )
        );
        assert_eq!(report(&[Skip::CommandedSince, Skip::NotChanged]).0, RunOutcome::Skipped);
        let many = report(&[Skip::CommandedSince; 5]).2.unwrap();
        assert!(many.ends_with("ir-1/4 (commanded since) and 1 more"), "{many}");
    }

    #[test]
    fn a_run_says_how_many_tvs_it_left_out_and_how_many_are_locked() {
        let locked = |count| {
            let (id, until) = ("zone:bar".to_owned(), None);
            let lock = venue_domain::PortLock { id, by: None, until, reason: None };
            let target: PortId = "ir-1/1".parse().unwrap();
            vec![(0, Rejection::Locked { target, shows: None, lock: Box::new(lock) }); count]
        };
        let answer = |accepted: usize, rejected| {
            let receiver: PortId = "ir-1/2".parse().unwrap();
            let one = venue_routing::AcceptedTarget {
                target: receiver.clone(),
                reach: venue_routing::Reach::itself(receiver),
                action: venue_domain::Action::PowerOn,
                command: venue_domain::CommandId::generate(),
                queue_id: venue_domain::QueueId::new(1),
            };
            let batch = BatchId::generate();
            BatchAnswer {
                batch,
                accepted: vec![one; accepted],
                rejected,
                duplicates: Vec::new(),
                shared: Vec::new(),
            }
        };
        let told = |accepted, count, undecided| {
            left_out(&answer(accepted, locked(count)), undecided).unwrap_or_default()
        };
        assert_eq!(told(1, 0, 0), "");
        assert_eq!(told(1, 0, 1), "1 TVs were not accepted");
        assert_eq!(told(1, 2, 1), "3 TVs were not accepted: 2 are locked");
        assert_eq!(told(0, 2, 0), "no TV could be accepted: 2 are locked");
    }
}
