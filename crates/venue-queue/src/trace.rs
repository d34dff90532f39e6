//! Counts the statements that run: idle means none.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::{
    Connection,
    trace::{TraceEvent, TraceEventCodes},
};

thread_local! {
    /// Where the statements of this thread are counted; SQLite's hook carries no data of its own.
    static COUNTER: RefCell<Option<Arc<AtomicU64>>> = const { RefCell::new(None) };
}

/// Statements that this thread runs are counted by `counter`.
pub(crate) fn count_for(counter: &Arc<AtomicU64>) {
    COUNTER.with_borrow_mut(|current| {
        if !current.as_ref().is_some_and(|current| Arc::ptr_eq(current, counter)) {
            *current = Some(Arc::clone(counter));
        }
    });
}

/// Counts the statements of `connection`, in whichever thread they run.
pub(crate) fn watch(connection: &Connection) {
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(count));
}

fn count(_: TraceEvent<'_>) {
    COUNTER.with_borrow(|counter| {
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
}
