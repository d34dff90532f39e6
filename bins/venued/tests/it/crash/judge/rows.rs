//! Who asked for which wish, and which rows of the store are about it.

use std::collections::HashMap;

use venue_domain::{BatchId, CommandRecord, RoutingMethod, Status};

use super::super::{deck::Wish, load::Past, request::Request, stored::Stored};

/// Everything that is known of the wishes of a story, by their names.
pub(super) struct Rows<'a>(pub(super) HashMap<String, Known<'a>>);

/// What is known of one wish.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) wish: Wish,
    /// The request for it; none where only an undo came upon it.
    pub(super) request: Option<&'a Request>,
    /// What is stored of that request: one row at most.
    pub(super) own: Vec<&'a CommandRecord>,
    /// What is stored of batches that tried anew or took back.
    pub(super) redone: Vec<&'a CommandRecord>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(past: &'a Past, stored: &'a Stored) -> Self {
        let mut known = HashMap::<String, Known<'a>>::new();
        for request in &past.requests {
            for wish in &request.wishes {
                let entry = Known::new(wish.clone(), Some(request));
                known.insert(wish.name(), entry);
            }
        }
        for record in stored.all() {
            let wish = Wish { target: record.target.clone(), action: record.action.clone() };
            let entry = known.entry(wish.name()).or_insert_with(|| Known::new(wish, None));
            let is_redone = record.batch.as_ref().is_some_and(|id| is_redone(stored, id));
            if is_redone { &mut entry.redone } else { &mut entry.own }.push(record);
        }
        Self(known)
    }

    /// What is known of `wish`, which somebody asked for.
    pub(super) fn get(&self, wish: &Wish) -> Option<&Known<'a>> {
        self.0.get(&wish.name())
    }
}

/// Whether a batch tries anew or takes back.
fn is_redone(stored: &Stored, id: &BatchId) -> bool {
    let notes = stored.recount.batches.get(id).and_then(|batch| batch.notes.as_deref());
    notes.is_some_and(|notes| notes.starts_with("retry of ") || notes.starts_with("undo of "))
}

impl<'a> Known<'a> {
    const fn new(wish: Wish, request: Option<&'a Request>) -> Self {
        Self { wish, request, own: Vec::new(), redone: Vec::new() }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &'a CommandRecord> {
        self.own.iter().chain(&self.redone).copied()
    }
}

/// Whether a board can have been asked for it.
pub(super) fn may_have_left(record: &CommandRecord) -> bool {
    let waited_only = record.attempts == 0
        && !record.unknown_seen
        && record.routing_method == RoutingMethod::Queued;
    match record.status {
        Status::Processing | Status::Completed | Status::Unknown => true,
        Status::Pending
        | Status::Failed
        | Status::Expired
        | Status::Superseded
        | Status::Cancelled => !waited_only,
    }
}
