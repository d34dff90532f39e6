//! What is shown of the queue is what is in it.

use std::time::Duration;

use venue_domain::{
    Actor, Due, HistoryQuery, QueueMetrics, Reason, RoutingMethod, Settlement, Status,
};

use crate::{
    Factory,
    given::{at, attempt, batch, claim, command, device, direct, finish, new, serve},
    sides::*,
};

/// See its name.
pub async fn a_record_has_every_field_of_its_command(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut queued = new("input hdmi1", "ir-1/2", 10);
    queued.command.actor =
        Actor { name: Some("ann".to_owned()), address: Some("192.0.2.7".parse().unwrap()) };
    queued.notes = Some("before the match".to_owned());
    queued.direct_attempt = Some(attempt(Reason::DeviceOffline, 11));
    queued.due = Due::At(at(2_000));
    let id = store.enqueue(queued.clone()).await.unwrap().answer.queue_id();
    let open = store.queued(id).await.unwrap().unwrap();
    let record = open.record.clone();
    assert_eq!((record.id, record.queue_id), (queued.command.id, Some(id)));
    assert_eq!((&record.target, &record.action), (&queued.command.target, &queued.command.action));
    assert_eq!((record.class, record.batch.as_ref()), (queued.command.class, None));
    assert_eq!((record.status, record.success()), (Status::Pending, None));
    assert_eq!(record.reason, Some(Reason::DeviceOffline));
    assert_eq!((record.priority, record.max_attempts), (queued.priority, queued.max_attempts));
    assert_eq!((record.due_at, record.scheduled_at), (at(2_000), None));
    assert_eq!((record.attempts, record.last_attempt_at), (0, Some(at(11))));
    assert_eq!(record.routing_method, RoutingMethod::DirectFailedQueued);
    assert_eq!((record.created_at, record.expires_at), (at(10), queued.command.expires_at));
    assert_eq!((&record.actor, &record.notes), (&queued.command.actor, &queued.notes));
    assert_eq!((record.key, record.unknown_seen), (Some(queued.command.key), false));
    assert_eq!(open.attempts, [attempt(Reason::DeviceOffline, 11)]);
    // The same in the history, with its end.
    store.promote(Vec::new(), at(2_000)).await.unwrap();
    serve(store, "ir-1", Reason::Refused, 2_100).await.unwrap();
    let finished = store.command(queued.command.id).await.unwrap().unwrap();
    assert_eq!(finished.attempts.len(), 2);
    let expected = venue_domain::CommandRecord {
        status: Status::Failed,
        reason: Some(Reason::Refused),
        detail: Some("no such action".to_owned()),
        attempts: 1,
        last_attempt_at: Some(at(2_100)),
        completed_at: Some(at(2_140)),
        execution_time: Some(Duration::from_millis(40)),
        queue_wait: Some(Duration::from_millis(100)),
        ..record
    };
    assert_eq!(finished.record, expected);
}

/// See its name.
pub async fn several_presses_are_kept_with_their_number(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let queued = new("volume_up 5", "ir-1/2", 10);
    store.enqueue(queued.clone()).await.unwrap();
    let sent = direct(command("channel_down 20", "ir-2/1", 20), Reason::Delivered);
    store.record(vec![sent.clone()]).await.unwrap();
    let waiting = store.command(queued.command.id).await.unwrap().unwrap().record;
    assert_eq!(waiting.action.to_string(), "volume_up 5");
    let claim = claim(store, "ir-1", 30).await.unwrap();
    assert_eq!(claim.command.action, queued.command.action);
    store.settle(claim.ticket, finish(Reason::Delivered, 40), at(50)).await.unwrap();
    for command in [queued.command, (*sent.command).clone()] {
        let ended = store.command(command.id).await.unwrap().unwrap().record;
        assert_eq!((ended.action, ended.status), (command.action, Status::Completed));
    }
}

/// See its name.
pub async fn history_comes_in_pages_the_newest_first(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut ids = Vec::new();
    for (ms, port) in (0..).zip(["ir-1/1", "ir-2/1", "ir-1/2", "ir-1/3", "ir-2/2"]) {
        let sent = direct(command("channel 5", port, ms), Reason::Delivered);
        ids.push(sent.command.id);
        store.record(vec![sent]).await.unwrap();
    }
    let mut query = HistoryQuery { limit: 2, ..HistoryQuery::default() };
    let mut shown = Vec::new();
    loop {
        let page = store.history(query.clone()).await.unwrap();
        assert!(page.items.len() <= 2);
        shown.extend(page.items.iter().map(|record| record.id));
        let Some(next) = page.next else { break };
        query.before = Some(next);
    }
    ids.reverse();
    assert_eq!(shown, ids);
    let query = HistoryQuery { device: Some(device("ir-1")), before: None, limit: 3 };
    let page = store.history(query).await.unwrap();
    assert_eq!((page.items.len(), page.next), (3, None));
    assert!(page.items.iter().all(|record| record.target.device == device("ir-1")));
}

/// See its name.
pub async fn open_commands_come_by_queue_id(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let batch = batch("wall", "channel 5", &["ir-1/1", "ir-2/1", "ir-1/2"], 0);
    store.create_batch(batch.clone()).await.unwrap();
    claim(store, "ir-1", 1).await.unwrap();
    let all = store.open_commands(None, None, 10).await.unwrap();
    let expected: Vec<_> = batch.commands.iter().map(|new| new.command.id).collect();
    assert_eq!(all.iter().map(|record| record.id).collect::<Vec<_>>(), expected);
    assert_eq!(all[0].status, Status::Processing);
    let rest = store.open_commands(None, all[0].queue_id, 1).await.unwrap();
    assert_eq!(rest, [all[1].clone()]);
    let one = store.open_commands(Some(device("ir-1")), None, 10).await.unwrap();
    assert_eq!(one, [all[0].clone(), all[2].clone()]);
}

/// See its name.
pub async fn the_figures_equal_a_recount(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let empty = store.metrics(at(0)).await.unwrap();
    assert_eq!(empty, QueueMetrics::default());
    let hour = 60 * 60 * 1000;
    // Long ago: not within the last hour of the end of this story.
    store.enqueue(new("channel 5", "ir-1/1", 0)).await.unwrap();
    serve(&store, "ir-1", Reason::Delivered, 10).await.unwrap();
    let now = 2 * hour;
    let reasons = [Reason::Delivered, Reason::Delivered, Reason::NoEvidence, Reason::DeviceOffline];
    for (ms, reason) in (now..).zip(reasons) {
        store.enqueue(new("volume_up", "ir-1/1", ms)).await.unwrap();
        serve(&store, "ir-1", reason, ms + 20).await.unwrap();
    }
    let cancelled = new("channel 5", "ir-4/1", now);
    store.enqueue(cancelled.clone()).await.unwrap();
    store.cancel(cancelled.command.id, at(now + 1)).await.unwrap();
    store.record(vec![direct(command("mute_on", "ir-5/1", now), Reason::Delivered)]).await.unwrap();
    // One in flight for long, one due, one later.
    store.enqueue(new("channel 5", "ir-2/1", now)).await.unwrap();
    claim(&store, "ir-2", now).await.unwrap();
    store.enqueue(new("channel 5", "ir-3/1", now + 100)).await.unwrap();
    store.enqueue(new("channel 5", "ir-3/2", now + 50)).await.unwrap();
    let retried = claim(&store, "ir-3", now + 200).await.unwrap();
    let busy = attempt(Reason::LaneBusy, now + 200);
    let retry = Settlement::Retry { attempt: busy, due_at: at(now + 9_000) };
    store.settle(retried.ticket, retry, at(now + 210)).await.unwrap();
    let store = factory.reopen(store).await;
    let metrics = store.metrics(at(now + 6 * 60_000)).await.unwrap();
    assert_eq!(metrics.depth, store.depth());
    let depth = (metrics.depth.due, metrics.depth.later, metrics.depth.processing);
    assert_eq!(depth, (1, 1, 1));
    assert_eq!(metrics.oldest_due, Some(at(now + 50)));
    assert_eq!(metrics.stuck, 1);
    let ended = [
        (Status::Completed, 2),
        (Status::Failed, 1),
        (Status::Expired, 0),
        (Status::Superseded, 0),
        (Status::Cancelled, 1),
        (Status::Unknown, 1),
    ];
    for (status, count) in ended {
        assert_eq!(metrics.last_hour.of(status), count, "{status:?}");
    }
    assert_eq!((metrics.completed_last_hour(), metrics.failed_last_hour()), (2, 2));
    assert_eq!(metrics.average_execution, Some(Duration::from_millis(40)));
    assert_eq!(metrics.average_wait, Some(Duration::from_millis(20)));
}
