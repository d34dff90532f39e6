//! What must hold after any number of kills.
//!
//! * What was answered as durable is in the store, exactly once, and ends in exactly one status
//!   ([`kept`]). A batch is there whole or not at all, and its counts are those of its rows.
//! * What was answered as final without that is recorded behind the answer. If a kill comes between
//!   the two its record is missing, and so are those of all later ones of that run; never one in the
//!   middle. What is recorded is what was answered.
//! * What was answered can be read straight after ([`read`]).
//! * A keyed request is carried out once at most, and answered the same each time ([`keyed`]).
//! * What was withdrawn stays withdrawn; what was tried anew or taken back is a batch like any other.
//! * A toggle, a step or a key comes out of a board once at most; what is told as delivered came out,
//!   what is told as not sent did not ([`shown`]).
//! * No board shows a wish behind a newer one that outdates it, whoever was or was not told of it.

mod kept;
mod keyed;
mod read;
mod rows;
mod shown;

use super::{deck::Wish, load::Past, stored::Stored};

/// What is wrong with what the store holds after a kill, and with what was told.
pub(super) fn kept(past: &Past, stored: &Stored) -> Vec<String> {
    let rows = rows::Rows::of(past, stored);
    let mut faults = stored.recount.wrong.clone();
    faults.extend(kept::single_rows(&rows));
    faults.extend(kept::answers(past, &rows));
    faults.extend(kept::batches(past, stored, &rows));
    faults.extend(kept::managed(past, stored));
    faults.extend(keyed::repeated(past));
    faults.extend(read::at_once(past));
    faults
}

/// What is wrong with what came out of the boards, once everything is at rest.
pub(super) fn shown(past: &Past, stored: &Stored, boards: &[Vec<Option<Wish>>]) -> Vec<String> {
    shown::shown(&rows::Rows::of(past, stored), boards)
}
