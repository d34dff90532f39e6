//! What the boards may have shown.

use std::collections::HashMap;

use venue_domain::{CommandRecord, OrderKey, Status};

use super::rows::{Known, Rows, may_have_left};
use crate::crash::deck::Wish;

pub(super) fn shown(rows: &Rows<'_>, boards: &[Vec<Option<Wish>>]) -> Vec<String> {
    let mut counts = HashMap::<String, usize>::new();
    let mut faults = Vec::new();
    for board in boards {
        let mut frames: Vec<&Known<'_>> = Vec::new();
        for wish in board {
            let Some(known) = wish.as_ref().and_then(|wish| rows.get(wish)) else {
                faults.push(format!("nobody asked for {wish:?}"));
                continue;
            };
            *counts.entry(known.wish.name()).or_default() += 1;
            let earlier = frames.iter().find(|earlier| is_stale_behind(known, earlier));
            if let Some(earlier) = earlier {
                faults.push(format!("stale: {known:#?} behind {earlier:#?}"));
            }
            frames.push(known);
        }
    }
    for (name, known) in &rows.0 {
        let count = counts.get(name).copied().unwrap_or_default();
        if let Some(wrong) = miscount(known, count) {
            faults.push(format!("{wrong}, {count} times shown: {known:#?}"));
        }
    }
    faults
}

/// When a wish that was shown has its place in the order.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Between these keys.
    Keys(OrderKey, OrderKey),
    /// Nobody knows its key; when it was asked for is known.
    Asked,
    /// It may be one of several wishes, of which not all are known.
    Unknown,
}

fn place(known: &Known<'_>) -> Place {
    let Known { request, own, redone, .. } = known;
    let asked = request.filter(|request| !request.is_scheduled());
    if asked.is_some() && redone.is_empty() && own.is_empty() {
        return Place::Asked;
    }
    if request.is_some() && own.is_empty() {
        return Place::Unknown;
    }
    let keys: Option<Vec<OrderKey>> =
        known.rows().filter(|row| may_have_left(row)).map(|row| row.key).collect();
    let keys = keys.unwrap_or_default();
    match (keys.iter().min(), keys.iter().max()) {
        (Some(first), Some(last)) => Place::Keys(*first, *last),
        (None, _) | (_, None) => Place::Unknown,
    }
}

/// Whether `own` must not have come behind `earlier`.
fn is_stale_behind(own: &Known<'_>, earlier: &Known<'_>) -> bool {
    own.wish.is_outdated_by(&earlier.wish) && is_older(own, earlier)
}

fn is_older(own: &Known<'_>, other: &Known<'_>) -> bool {
    let asked = |known: &Known<'_>| {
        let request = known.request.filter(|request| !request.is_scheduled())?;
        known.redone.is_empty().then(|| (request.begun(), request.ended()))
    };
    match (place(own), place(other)) {
        (Place::Keys(_, own), Place::Keys(other, _)) => own < other,
        (Place::Unknown, _) | (_, Place::Unknown) => false,
        // Where nobody knows both keys, what had ended before the other began is older.
        (Place::Asked | Place::Keys(..), Place::Asked | Place::Keys(..)) => {
            let (own, other) = (asked(own), asked(other));
            own.zip(other).is_some_and(|((_, ended), (begun, _))| ended < begun)
        }
    }
}

/// What is wrong with how often a wish was shown.
fn miscount(known: &Known<'_>, count: usize) -> Option<&'static str> {
    let said = known.request.and_then(|request| request.said(&known.wish));
    let said = said.filter(|said| said.code != 202);
    let told = said.as_ref().and_then(|said| said.status.as_deref());
    let is_repeatable = known.wish.action.nature().is_repeatable();
    let delivered = known.rows().filter(|row| row.status == Status::Completed).count();
    let is_told_as_delivered = told == Some(Status::Completed.name());
    // Of a wish without a row of its own the answer alone says what became of it.
    let own_unsent = match known.own.first() {
        Some(row) => is_unsent(row, is_repeatable),
        None => {
            known.request.is_none()
                || said.as_ref().is_some_and(|said| {
                    matches!(said.code, 422 | 503)
                        || (told == Some(Status::Superseded.name()) && !is_repeatable)
                })
        }
    };
    let unsent = own_unsent && known.redone.iter().all(|row| is_unsent(row, is_repeatable));
    if count > 1 && !is_repeatable {
        Some("doubled")
    } else if count > 0 && unsent {
        Some("told as not sent")
    } else if count < delivered.max(usize::from(is_told_as_delivered)) {
        Some("told as delivered")
    } else {
        None
    }
}

/// Whether what is told of a command says that no byte of it left.
fn is_unsent(row: &CommandRecord, is_repeatable: bool) -> bool {
    let ends_unsent = match row.status {
        Status::Failed | Status::Expired | Status::Cancelled => true,
        // An absolute wish may have been tried before it was superseded; anything else may not.
        Status::Superseded => !is_repeatable,
        Status::Pending | Status::Processing | Status::Completed | Status::Unknown => false,
    };
    ends_unsent && !row.unknown_seen
}
