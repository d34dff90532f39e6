//! A stale retry never overrides a newer wish.

use venue_domain::{
    Action, Command, CommandId, CustomAction, EffectGroup, Enqueued, Fences, Nature, NewCommand,
    Reason, Settlement, Status, Stored, raised_by, testing,
};

use crate::{
    Factory,
    given::{at, claim, command, direct, drain, ended, new, queued, status},
    sides::*,
};

/// See its name.
pub async fn a_newer_wish_supersedes_what_waits_in_its_slot(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let (old, newer) = (new("channel 5", "ir-1/2", 1), new("channel 7", "ir-1/2", 2));
    let elsewhere = [new("channel 5", "ir-1/3", 1), new("mute_on", "ir-1/2", 1)];
    for new in [&old, &elsewhere[0], &elsewhere[1]] {
        let stored = store.enqueue(new.clone()).await.unwrap();
        assert!(matches!(stored.answer, Enqueued::Waiting { .. }));
        assert!(stored.ended_commands.ended.is_empty());
    }
    let stored = store.enqueue(newer.clone()).await.unwrap();
    let gone: Vec<_> = stored.ended_commands.ended.iter().map(|ended| ended.command).collect();
    assert_eq!(gone, [old.command.id]);
    assert_eq!(status(store, old.command.id).await, ended(Reason::Superseded));
    let account = store.command(old.command.id).await.unwrap().unwrap();
    assert_eq!(account.record.superseded_by, Some(newer.command.id));
    let mut sent = drain(store, "ir-1", 10).await;
    sent.sort();
    let mut expected = [elsewhere[0].command.id, elsewhere[1].command.id, newer.command.id];
    expected.sort();
    assert_eq!(sent, expected);
}

/// See its name.
pub async fn steps_and_keys_do_not_supersede_each_other(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let texts = ["volume_up", "volume_down", "number 1", "number 2", "channel_up", "ok", "menu"];
    let mut all = Vec::new();
    for (ms, text) in (1..).zip(texts) {
        let new = new(text, "ir-1/2", ms);
        all.push(new.command.id);
        store.enqueue(new).await.unwrap();
    }
    assert_eq!(drain(store, "ir-1", 10).await, all);
    // But a key pressed now outranks a channel wished earlier.
    let wish = new("channel 5", "ir-1/2", 20);
    store.enqueue(wish.clone()).await.unwrap();
    store.enqueue(new("number 1", "ir-1/2", 21)).await.unwrap();
    assert_eq!(status(store, wish.command.id).await, ended(Reason::Superseded));
}

/// See its name.
pub async fn power_off_ends_every_older_wish_of_its_port(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut older = Vec::new();
    for (ms, text) in (1..).zip(["power_on", "channel 5", "volume_up", "mute", "ok"]) {
        let new = new(text, "ir-1/2", ms);
        older.push(new.command.id);
        store.enqueue(new).await.unwrap();
    }
    let stays = new("channel 5", "ir-1/1", 3);
    store.enqueue(stays.clone()).await.unwrap();
    let off = new("power_off", "ir-1/2", 10);
    let stored = store.enqueue(off.clone()).await.unwrap();
    assert_eq!(stored.ended_commands.ended.len(), older.len());
    for id in older {
        assert_eq!(status(store, id).await, ended(Reason::Superseded));
    }
    assert_eq!(drain(store, "ir-1", 20).await, [stays.command.id, off.command.id]);
}

/// See its name.
pub async fn a_command_that_comes_late_is_recorded_as_superseded(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let newer = direct(command("channel 7", "ir-1/2", 5), Reason::NoEvidence);
    let winner = newer.command.id;
    store.record(vec![newer]).await.unwrap();
    let mut late = new("channel 5", "ir-1/2", 1);
    let tried = crate::given::attempt(Reason::DeviceOffline, 7);
    late.direct_attempt = Some(tried.clone());
    let stored = store.enqueue(late.clone()).await.unwrap();
    let Enqueued::Superseded { queue_id, by } = stored.answer else { panic!("{stored:?}") };
    assert_eq!(by.command, winner);
    assert_eq!(stored.ended_commands.ended.len(), 1);
    let account = store.queued(queue_id).await.unwrap().unwrap();
    assert_eq!(account.record.id, late.command.id);
    assert_eq!(account.record.status, Status::Superseded);
    let ended = account.record.completed_at.unwrap();
    assert!(ended >= tried.started_at.plus(tried.took), "it was tried before it ended");
    assert_eq!(claim(store, "ir-1", 10).await, None);
    assert!(store.waiting(&late.command.target).is_empty());
}

/// See its name.
pub async fn a_retry_never_overrides_a_newer_wish(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let old = new("channel 5", "ir-1/2", 1);
    store.enqueue(old.clone()).await.unwrap();
    let in_flight = claim(store, "ir-1", 2).await.unwrap();
    let newer = command("channel 7", "ir-1/2", 3);
    let ended_commands = store.supersede(newer.clone().into(), at(3)).await.unwrap();
    assert!(ended_commands.ended.is_empty(), "what is in flight is left to its lane");
    let attempt = crate::given::attempt(Reason::DeviceOffline, 2);
    let retry = Settlement::Retry { attempt, due_at: at(2_000) };
    let settled = store.settle(in_flight.ticket, retry, at(50)).await.unwrap();
    assert_eq!(settled.status, Some(Status::Superseded));
    let account = store.command(old.command.id).await.unwrap().unwrap();
    assert_eq!(account.record.superseded_by, Some(newer.id));
    assert_eq!(settled.next_due, None);
}

/// See its name.
pub async fn nothing_ends_before_it_was_tried_last(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let old = new("channel 5", "ir-1/2", 1);
    store.enqueue(old.clone()).await.unwrap();
    let in_flight = claim(store, "ir-1", 2).await.unwrap();
    let attempt = crate::given::attempt(Reason::DeviceOffline, 5);
    let retry = Settlement::Retry { attempt, due_at: at(2_000) };
    store.settle(in_flight.ticket, retry, at(50)).await.unwrap();
    // It was accepted before that attempt, and is stored after it.
    store.enqueue(new("channel 7", "ir-1/2", 3)).await.unwrap();
    let account = store.command(old.command.id).await.unwrap().unwrap();
    assert_eq!(account.record.status, Status::Superseded);
    assert_eq!(account.record.completed_at, Some(at(5)));
}

/// See its name.
pub async fn fences_of_an_outage_are_merged_before_any_claim(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let old = new("channel 5", "ir-1/2", 1);
    let step = new("volume_up", "ir-1/2", 1);
    store.enqueue(old.clone()).await.unwrap();
    store.enqueue(step.clone()).await.unwrap();
    let memory = Fences::new();
    memory.raise(&command("channel 7", "ir-1/2", 5));
    memory.raise(&command("volume_down", "ir-1/2", 6));
    let ended_commands = store.merge_fences(memory.entries(), at(7)).await.unwrap();
    assert_eq!(ended_commands.ended.len(), 1);
    assert_eq!(status(store, old.command.id).await, ended(Reason::Superseded));
    assert_eq!(drain(store, "ir-1", 8).await, [step.command.id]);
    let stored = Fences::new();
    stored.merge(&store.fences().await.unwrap());
    assert!(stored.superseded_by(&command("channel 6", "ir-1/2", 4)).is_some());
    assert!(stored.superseded_by(&command("channel 6", "ir-1/2", 6)).is_none());
}

/// See its name.
pub async fn a_later_key_never_overtakes_an_earlier_one(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut low = new("number 1", "ir-1/2", 1);
    low.priority = venue_domain::Priority::BULK;
    let second = new("ok", "ir-1/2", 2);
    let third = new("number 3", "ir-1/2", 3);
    for new in [&low, &second, &third] {
        store.enqueue(new.clone()).await.unwrap();
    }
    // The first one goes first although its priority is lower.
    let first = claim(store, "ir-1", 10).await.unwrap();
    assert_eq!(first.command.id, low.command.id);
    let attempt = crate::given::attempt(Reason::LaneBusy, 10);
    let retry = Settlement::Retry { attempt, due_at: at(2_000) };
    store.settle(first.ticket, retry, at(20)).await.unwrap();
    // While it waits, the later ones wait behind it.
    assert_eq!(claim(store, "ir-1", 30).await, None);
    let promoted = store.promote(Vec::new(), at(2_000)).await.unwrap();
    assert_eq!(promoted.devices, [crate::given::device("ir-1")]);
    let expected = [low.command.id, second.command.id, third.command.id];
    assert_eq!(drain(store, "ir-1", 2_000).await, expected);
}

/// See its name.
pub async fn commands_stored_in_any_order_end_as_if_stored_in_theirs(
    factory: &impl Factory<Store: Queue>,
) {
    let texts = ["number 1", "channel 7", "number 2", "ok"];
    for order in permutations(texts.len()) {
        let store = &factory.fresh().await;
        let all: Vec<_> = (1..).zip(texts).map(|(ms, text)| new(text, "ir-1/2", ms)).collect();
        for index in &order {
            store.enqueue(all[*index].clone()).await.unwrap();
        }
        // The key after the channel outranks it and what came before, and keys go in order.
        for replaced in &all[..2] {
            let status = status(store, replaced.command.id).await;
            assert_eq!(
                status,
                ended(Reason::Superseded),
                "{} in {order:?}",
                replaced.command.action
            );
        }
        let expected = [all[2].command.id, all[3].command.id];
        assert_eq!(drain(store, "ir-1", 10).await, expected, "{order:?}");
    }
}

/// All orders of `count` things.
/// Of each kind of action and each other one: what the older one of a port becomes when the newer one is stored after it,
/// and when it comes late, is what the fences in memory say.
pub async fn whatever_two_commands_of_a_port_are_the_store_supersedes_as_the_fences_do(
    factory: &impl Factory<Store: Queue>,
) {
    let (actions, mut superseded) = (all_kinds_to_an_appliance(), 0);
    assert_eq!(actions.len(), 11 + 5, "those of the table, and one of each nature");
    let store = &factory.fresh().await;
    for (row, newer) in actions.iter().enumerate() {
        let pair = |(device, older): (usize, &Action), port| {
            let at_port = |action: &Action, ms| {
                let command = command("ok", &format!("ir-{row}-{device}/{port}"), ms);
                queued(Command { action: action.clone(), ..command })
            };
            (at_port(older, 1), at_port(newer, 2))
        };
        let in_order: Vec<_> = actions.iter().enumerate().map(|each| pair(each, 1)).collect();
        let late: Vec<_> = actions.iter().enumerate().map(|each| pair(each, 2)).collect();
        let first = in_order.iter().map(|(older, _)| older.clone());
        let first = first.chain(late.iter().map(|(_, newer)| newer.clone()));
        let second = in_order.iter().map(|(_, newer)| newer.clone());
        let second = second.chain(late.iter().map(|(older, _)| older.clone()));
        store.enqueue_all(first.collect()).await.unwrap();
        let Stored { answer, ended_commands } = store.enqueue_all(second.collect()).await.unwrap();
        for (index, (older, newer)) in in_order.iter().chain(&late).enumerate() {
            let by = by_the_fences(older, newer);
            let pair = format!("{} before {}", older.command.action, newer.command.action);
            let is_late = index >= actions.len();
            if is_late {
                let told = match &answer[index] {
                    Enqueued::Superseded { by, .. } => Some(by.command),
                    Enqueued::Waiting { .. } | Enqueued::AlreadyWaiting { .. } => None,
                };
                assert_eq!(told, by, "{pair}, stored late");
            }
            let ended = ended_commands.ended.iter().find(|one| one.command == older.command.id);
            let expected = by.map(|_| (Status::Superseded, Reason::Superseded));
            assert_eq!(ended.map(|one| (one.status, one.reason)), expected, "{pair}: {is_late}");
            superseded += usize::from(by.is_some());
        }
    }
    assert!(superseded > 50, "only {superseded} were superseded");
}

/// One action for each nature and all that it raises: of the table those that reach an appliance, and of a
/// program's own one of each nature.
fn all_kinds_to_an_appliance() -> Vec<Action> {
    let natures = [
        Nature::Absolute,
        Nature::AbsoluteFrames,
        Nature::Toggle,
        Nature::Relative,
        Nature::Sequence,
    ];
    let own = |nature: Nature| {
        let name = format!("own_{}", nature.name());
        CustomAction::new(&name, nature, EffectGroup::Other).unwrap().into()
    };
    let named = Action::NAMES.into_iter().map(testing::action).filter(Action::is_infrared);
    let mut kinds: Vec<Action> = Vec::new();
    for action in named.chain(natures.map(own)) {
        let kind = |action: &Action| (action.nature(), raised_by(action).collect::<Vec<_>>());
        if kinds.iter().all(|known| kind(known) != kind(&action)) {
            kinds.push(action);
        }
    }
    kinds
}

fn by_the_fences(older: &NewCommand, newer: &NewCommand) -> Option<CommandId> {
    let fences = Fences::new();
    fences.raise(&older.command);
    fences.raise(&newer.command);
    assert_eq!(fences.superseded_by(&newer.command), None, "nothing is newer");
    fences.superseded_by(&older.command).map(|by| by.command)
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let shorter = permutations(last).into_iter();
    let inserted = shorter.flat_map(|shorter| {
        (0..count).map(move |place| {
            let mut longer = shorter.clone();
            longer.insert(place, last);
            longer
        })
    });
    inserted.collect()
}
