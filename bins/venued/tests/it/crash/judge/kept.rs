//! What the store must hold.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use venue_domain::{BatchId, CommandId, CommandRecord, Reason};

use super::rows::{Known, Rows};
use crate::crash::{
    load::Past,
    manage::{Managed, Order},
    request::{Key, Request, Said},
    stored::Stored,
};

/// Each wish has one row at most, and each row a wish.
pub(super) fn single_rows(rows: &Rows<'_>) -> Vec<String> {
    let wrong = |(name, known): (&String, &Known<'_>)| {
        let count = known.own.len();
        if count > 1 {
            Some(format!("{name} is there {count} times: {known:#?}"))
        } else if known.request.is_none() && count > 0 {
            Some(format!("nobody asked for {name}: {known:#?}"))
        } else {
            None
        }
    };
    rows.0.iter().filter_map(wrong).collect()
}

/// What was answered is what is stored.
pub(super) fn answers(past: &Past, rows: &Rows<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut last_recorded = BTreeMap::<usize, u64>::new();
    let mut missing = Vec::new();
    for request in &past.requests {
        for wish in &request.wishes {
            let Some(said) = request.said(wish) else { continue };
            let row = rows.get(wish).and_then(|known| known.own.first()).copied();
            if let Some(wrong) = disagreement(&said, row) {
                faults.push(format!("{}: {wrong}: {request:#?}: {row:#?}", wish.name()));
            }
            // Of one that was sent more than once nobody knows in which run it was carried out.
            let [one] = request.tries.as_slice() else { continue };
            if said.durable || said.command.is_none() {
                continue;
            }
            if row.is_some() {
                let last = last_recorded.entry(one.run).or_default();
                *last = one.begun.max(*last);
            } else {
                missing.push((request, one));
            }
        }
    }
    for (request, one) in missing {
        if last_recorded.get(&one.run).is_some_and(|last| *last > one.ended) {
            faults.push(format!("lost in the middle of what was recorded: {request:#?}"));
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

/// A batch is there with all its targets or with none, as it was answered.
pub(super) fn batches(past: &Past, stored: &Stored, rows: &Rows<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    for request in past.requests.iter().filter(|request| request.is_bulk()) {
        let own: Vec<&CommandRecord> =
            request.wishes.iter().filter_map(|wish| rows.get(wish)?.own.first().copied()).collect();
        let names: HashSet<Option<&BatchId>> = own.iter().map(|row| row.batch.as_ref()).collect();
        if (!own.is_empty() && own.len() != request.wishes.len()) || names.len() > 1 {
            faults.push(format!("half a batch: {request:#?}: {own:#?}"));
        }
        let name = names.into_iter().next().flatten();
        let given = match &request.key {
            Some(Key::Batch(id)) => name.is_none_or(|name| name.as_str() == id),
            Some(Key::Header(_)) | None => true,
        };
        if !given {
            faults.push(format!("a batch under another name: {request:#?}: {name:?}"));
        }
        let Some(answer) = request.answer().filter(|answer| answer.code == 202) else { continue };
        let told = answer.json["batch_id"].as_str();
        let found = name.filter(|name| Some(name.as_str()) == told);
        let count = |what: &str| answer.json[what].as_array().map_or(0, Vec::len) as u64;
        let matches = found.and_then(|id| stored.recount.batches.get(id)).is_some_and(|batch| {
            (batch.rejected, batch.duplicates) == (count("rejected"), count("duplicates"))
        });
        if !matches {
            faults.push(format!("an acknowledged batch is not there as told: {request:#?}"));
        }
    }
    faults
}

/// What was ordered about earlier requests holds.
pub(super) fn managed(past: &Past, stored: &Stored) -> Vec<String> {
    let rows: HashMap<CommandId, &CommandRecord> =
        stored.all().map(|record| (record.id, record)).collect();
    let mut withdrawn = HashMap::<BatchId, u64>::new();
    let mut faults = Vec::new();
    for managed in &past.managed {
        let Managed { order, reply: Some(reply), .. } = managed else { continue };
        let mut wrong = order.wrong(reply);
        match order {
            Order::Cancel(id) if reply.code == 200 => {
                if !rows.get(id).is_some_and(|row| is_withdrawn(row)) {
                    wrong = Some("it was withdrawn, and is not");
                }
            }
            Order::CancelBatch(id) => {
                let count = reply.json["cancelled"].as_u64().unwrap_or(0);
                *withdrawn.entry(id.clone()).or_default() += count;
                if reply.json["in_flight"] == 0 && waits(past, managed, id, &rows) {
                    wrong = Some("it was withdrawn whole, and something of it waits");
                }
            }
            Order::Retry(_) | Order::Undo(_) => {
                if let Order::Undo(id) = order {
                    let count = reply.json["withdrawn"].as_u64().unwrap_or(0);
                    *withdrawn.entry(id.clone()).or_default() += count;
                }
                wrong = wrong.or_else(|| redone_is_wrong(&reply.json["batch"], &rows));
            }
            Order::Cancel(_) | Order::Pause | Order::Resume | Order::Look(..) => {}
        }
        faults.extend(wrong.map(|wrong| format!("{wrong}: {managed:#?}")));
    }
    for (id, count) in withdrawn {
        let of_batch: Vec<_> =
            rows.values().filter(|row| row.batch.as_ref() == Some(&id)).collect();
        let found = of_batch.iter().filter(|row| is_withdrawn(row)).count() as u64;
        if found < count {
            faults.push(format!("{count} of {id} were withdrawn, and are not: {of_batch:#?}"));
        }
    }
    faults
}

/// What may have acted before it was withdrawn does not say that it did not.
fn is_withdrawn(row: &CommandRecord) -> bool {
    let ends_as = Reason::Cancelled.ends_as(row.unknown_seen);
    row.reason == Some(Reason::Cancelled) && row.status == ends_as
}

/// Whether something still waits of a batch that was acknowledged before it was withdrawn.
fn waits(
    past: &Past,
    managed: &Managed,
    id: &BatchId,
    rows: &HashMap<CommandId, &CommandRecord>,
) -> bool {
    let is_it = |request: &&Request| {
        let answer = request.answer();
        request.ended() < managed.begun
            && answer.is_some_and(|answer| answer.json["batch_id"] == id.as_str())
    };
    let accepted = past.requests.iter().find(is_it).and_then(Request::answer);
    let ids = accepted.map(|answer| ids(&answer.json)).unwrap_or_default();
    ids.iter().any(|id| rows.get(id).is_none_or(|row| !row.status.is_terminal()))
}

/// What is wrong with what is stored of a batch that tries anew or takes back.
fn redone_is_wrong(
    batch: &Value,
    rows: &HashMap<CommandId, &CommandRecord>,
) -> Option<&'static str> {
    let of_batch = |row: &&CommandRecord| {
        row.batch.as_ref().map(BatchId::as_str) == batch["batch_id"].as_str()
    };
    let is_there = |id: &CommandId| rows.get(id).is_some_and(of_batch);
    let accepted = batch["accepted"].as_array().map_or(0, Vec::len);
    let ids = ids(batch);
    let all = ids.len() == accepted && ids.iter().all(is_there);
    (!all).then_some("a batch that tries anew or takes back is not there as told")
}

/// The commands that an answer says are accepted.
fn ids(batch: &Value) -> Vec<CommandId> {
    let accepted = batch["accepted"].as_array().into_iter().flatten();
    accepted.filter_map(|one| one["command_id"].as_str()?.parse().ok()).collect()
}
