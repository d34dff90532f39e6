//! Changes that the writer is to take as one group.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, mpsc::channel},
    time::Duration,
};

use tokio::sync::oneshot;
use venue_domain::{
    Attempt, CommandQueue, Evidence, MaxAttempts, NewCommand, Priority, Reason, Settlement,
    Timestamp, WorkQueue, testing,
};
use venue_queue::SqliteStore;

use crate::faults::futures_poll_once;

pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_788_900_000_000);

/// What is handed to the writer.
pub(crate) type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An attempt that was delivered.
pub(crate) fn delivered_at(at: Timestamp) -> Attempt {
    Attempt {
        started_at: at,
        took: Duration::from_millis(20),
        reason: Reason::Delivered,
        evidence: Some(Evidence::Reply),
        detail: None,
    }
}

/// How many statements `jobs` take as one group: the writer is held up until all of them are handed over.
pub(crate) async fn in_one_group(store: &SqliteStore, jobs: Vec<Job>) -> u64 {
    // What the end of holding it up costs is no cost of theirs.
    held_up(store, jobs).await - held_up(store, Vec::new()).await
}

async fn held_up(store: &SqliteStore, jobs: Vec<Job>) -> u64 {
    let command = testing::command("firmware_check", "gate/0", NOW, 0);
    let command = NewCommand::new(command, Priority::BULK, MaxAttempts::default());
    store.enqueue(command).await.unwrap();
    let ((entered, is_held), (open, opened)) = (oneshot::channel(), channel::<()>());
    let gate = Mutex::new(Some((entered, opened)));
    let holding = store.clone();
    let held = tokio::spawn(async move {
        let rule = move |_: &_| {
            let (entered, opened) = gate.lock().unwrap().take().unwrap();
            entered.send(()).unwrap();
            opened.recv().unwrap();
            Settlement::Finish { attempt: delivered_at(NOW) }
        };
        holding.pass_over("gate".parse().unwrap(), Arc::new(rule), NOW).await.unwrap();
    });
    is_held.await.unwrap();
    let before = store.statements();
    let mut handed_over = Vec::new();
    for mut job in jobs {
        assert!(futures_poll_once(job.as_mut()).await.is_none(), "the writer is held up");
        handed_over.push(job);
    }
    open.send(()).unwrap();
    held.await.unwrap();
    for job in handed_over {
        job.await;
    }
    store.statements() - before
}
