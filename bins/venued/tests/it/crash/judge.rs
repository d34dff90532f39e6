//! What must hold after any number of kills.
//!
//! * What was answered as durable is in the store, exactly once, and ends in exactly one status.
//! * What was answered as final without that is recorded behind the answer. If a kill comes between
//!   the two its record is missing, and so are those of all later ones of that run; never one in the
//!   middle. What is recorded is what was answered.
//! * A toggle, a step or a key comes out of a board once at most; what is told as delivered came out,
//!   what is told as not sent did not.
//! * No board shows a wish behind a newer one that outdates it, whoever was or was not told of it.

use std::collections::{BTreeMap, HashMap};

use venue_domain::{CommandRecord, Status};

use super::{
    deck::Wish,
    load::{Asked, Said},
};

/// The rows of the store by the name of their wish.
type Rows<'a> = HashMap<String, Vec<&'a CommandRecord>>;

fn rows<'a>(records: impl IntoIterator<Item = &'a CommandRecord>) -> Rows<'a> {
    let mut rows = Rows::new();
    for record in records {
        let wish = Wish { target: record.target.clone(), action: record.action.clone() };
        rows.entry(wish.name()).or_default().push(record);
    }
    rows
}

/// What is wrong with what the store holds.
pub(super) fn kept(
    asked: &[Asked],
    open: &[CommandRecord],
    ended: &[CommandRecord],
) -> Vec<String> {
    let rows = rows(open.iter().chain(ended));
    let mut faults = Vec::new();
    for (name, rows) in &rows {
        if rows.len() > 1 {
            faults.push(format!("{name} is there {} times: {rows:#?}", rows.len()));
        }
    }
    let mut last_recorded = BTreeMap::<usize, u64>::new();
    let mut missing = Vec::new();
    for asked in asked {
        let row = rows.get(&asked.wish.name()).and_then(|rows| rows.first());
        let Some(said) = &asked.answer else { continue };
        if let Some(wrong) = disagreement(said, row.copied()) {
            faults.push(format!("{}: {wrong}: {asked:?}: {row:#?}", asked.wish.name()));
        }
        if said.durable || said.command.is_none() {
            continue;
        }
        if row.is_some() {
            let last = last_recorded.entry(asked.run).or_default();
            *last = asked.begun.max(*last);
        } else {
            missing.push(asked);
        }
    }
    for asked in missing {
        if last_recorded.get(&asked.run).is_some_and(|last| *last > asked.ended) {
            faults.push(format!("lost in the middle of what was recorded: {asked:?}"));
        }
    }
    faults
}

/// How what was said differs from what is stored.
fn disagreement(said: &Said, row: Option<&CommandRecord>) -> Option<&'static str> {
    let known = matches!(said.code, 200 | 202 | 409 | 422 | 503 | 504);
    if !known || said.command.is_none() {
        return Some("this answer was not expected");
    }
    if said.code == 202 && !said.durable {
        return Some("it waits, and is not durable");
    }
    match row {
        None if said.durable => Some("it was acknowledged, and is lost"),
        None => None,
        Some(row) if Some(row.id) != said.command => Some("it is stored under another name"),
        Some(row) => {
            let told = said.status.as_deref() == Some(row.status.name());
            (said.code != 202 && !told).then_some("it has another status than was told")
        }
    }
}

/// What is wrong with what came out of the boards, once everything is at rest.
pub(super) fn shown(
    asked: &[Asked],
    ended: &[CommandRecord],
    boards: &[Vec<Option<Wish>>],
) -> Vec<String> {
    let rows = rows(ended);
    let asked: HashMap<String, &Asked> =
        asked.iter().map(|asked| (asked.wish.name(), asked)).collect();
    let mut counts = HashMap::<String, usize>::new();
    let mut faults = Vec::new();
    for board in boards {
        let frames: Vec<Frame<'_>> = board
            .iter()
            .filter_map(|wish| {
                let name = wish.as_ref().map(Wish::name);
                let found = name.as_ref().and_then(|name| asked.get(name));
                if found.is_none() {
                    faults.push(format!("nobody asked for {wish:?}"));
                }
                let name = name?;
                *counts.entry(name.clone()).or_default() += 1;
                let row = rows.get(&name).and_then(|rows| rows.first()).copied();
                Some(Frame { asked: found?, row })
            })
            .collect();
        for (index, frame) in frames.iter().enumerate() {
            faults
                .extend(frames[..index].iter().find_map(|earlier| frame.is_stale_behind(earlier)));
        }
    }
    for (name, asked) in &asked {
        let count = counts.get(name).copied().unwrap_or_default();
        let row = rows.get(name).and_then(|rows| rows.first()).copied();
        if let Some(wrong) = miscount(asked, row, count) {
            faults.push(format!("{wrong}, {count} times shown: {asked:?}: {row:#?}"));
        }
    }
    faults
}

/// One wish that a board has carried out.
struct Frame<'a> {
    asked: &'a Asked,
    row: Option<&'a CommandRecord>,
}

impl Frame<'_> {
    /// What is wrong if this came behind `earlier`.
    fn is_stale_behind(&self, earlier: &Self) -> Option<String> {
        let (own, other) = (self.row.and_then(|row| row.key), earlier.row.and_then(|row| row.key));
        let is_older = match (own, other) {
            (Some(own), Some(other)) => own < other,
            // Where nobody knows the keys, what had ended before the other began is older.
            _ => self.asked.ended < earlier.asked.begun,
        };
        let stale = is_older && self.asked.wish.is_outdated_by(&earlier.asked.wish);
        let (own, other) = ((self.asked, self.row), (earlier.asked, earlier.row));
        stale.then(|| format!("stale: {own:#?} behind {other:#?}"))
    }
}

/// What is wrong with how often a wish was shown.
fn miscount(asked: &Asked, row: Option<&CommandRecord>, count: usize) -> Option<&'static str> {
    let said = asked.answer.as_ref().filter(|said| said.code != 202);
    let told = said.and_then(|said| said.status.as_deref());
    let status = row.map(|row| row.status.name()).or(told);
    let is_repeatable = asked.wish.action.nature().is_repeatable();
    // An absolute wish may have been tried before it was superseded; anything else may not.
    let ends_unsent = |status: Status| match status {
        Status::Failed | Status::Expired => true,
        Status::Superseded => !is_repeatable,
        Status::Pending | Status::Processing | Status::Completed => false,
        Status::Cancelled | Status::Unknown => false,
    };
    let not_sent = said.is_some_and(|said| matches!(said.code, 422 | 503))
        || told == Some(Status::Superseded.name()) && !is_repeatable
        || row.is_some_and(|row| ends_unsent(row.status) && !row.unknown_seen);
    if count > 1 && !is_repeatable {
        Some("doubled")
    } else if count > 0 && not_sent {
        Some("told as not sent")
    } else if count == 0 && status == Some(Status::Completed.name()) {
        Some("told as delivered")
    } else {
        None
    }
}
