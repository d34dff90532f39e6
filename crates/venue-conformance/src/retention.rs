//! What is old is forgotten, and nothing else.

use std::time::Duration;

use venue_domain::{BatchCreated, Due, Enqueued, Reason, Status};

use crate::{
    Pruning,
    given::{at, batch, claim, drain, finish, new, serve, status},
    sides::*,
};

/// See its name.
pub async fn what_is_open_is_never_forgotten(factory: &impl Pruning<Store: Queue>) {
    let store = factory.fresh().await;
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    let patient = |text, port| {
        let mut new = new(text, port, 10);
        new.command.expires_at = at(0).plus(year);
        new
    };
    let done = patient("channel 5", "ir-1/1");
    store.enqueue(done.clone()).await.unwrap();
    assert_eq!(serve(&store, "ir-1", Reason::Delivered, 20).await, Some(done.command.id));
    let waits = patient("mute_on", "ir-1/2");
    let flies = patient("power_on", "ir-2/1");
    let mut later = patient("power_off", "ir-1/3");
    later.due = Due::Scheduled { at: at(0).plus(year / 2), wish: None };
    for open in [&waits, &flies, &later] {
        store.enqueue(open.clone()).await.unwrap();
    }
    let claimed = claim(&store, "ir-2", 30).await.unwrap();
    let mut wall = batch("wall", "volume_up", &["ir-3/1", "ir-4/1"], 40);
    wall.commands.iter_mut().for_each(|new| new.command.expires_at = at(0).plus(year));
    let created = store.create_batch(wall.clone()).await.unwrap().answer;
    assert!(matches!(created, BatchCreated::Created(_)), "{created:?}");
    serve(&store, "ir-3", Reason::Delivered, 50).await.unwrap();

    let day = Duration::from_secs(24 * 60 * 60);
    factory.prune(&store, at(0).plus(day), at(0).plus(day * 8)).await;
    assert_eq!(store.command(done.command.id).await, Ok(None), "it ended long ago");
    let store = factory.reopen(store).await;
    let stays = [
        (&waits, Status::Pending),
        (&flies, Status::Processing),
        (&later, Status::Pending),
        (&wall.commands[1], Status::Pending),
    ];
    for (open, expected) in stays {
        assert_eq!(status(&store, open.command.id).await.0, expected, "{open:?}");
    }
    let counts = store.batch(wall.id).await.unwrap().unwrap().counts;
    assert_eq!((counts.of(Status::Pending), counts.of(Status::Completed)), (1, 1));
    // Nor is forgotten what was commanded: an older wish does not come back.
    let stale = new("channel 7", "ir-1/1", 1);
    let stored = store.enqueue(stale).await.unwrap();
    assert!(matches!(stored.answer, Enqueued::Superseded { .. }), "{stored:?}");
    // All of it can go on as if nothing had been forgotten.
    let settled = store.settle(claimed.ticket, finish(Reason::Delivered, 30), at(70)).await;
    assert_eq!(settled.unwrap().status, Some(Status::Completed));
    assert_eq!(drain(&store, "ir-1", 80).await, [waits.command.id]);
    assert_eq!(drain(&store, "ir-4", 80).await, [wall.commands[1].command.id]);
}
