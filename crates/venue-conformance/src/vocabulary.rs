//! The vocabulary is open: actions of a program's own, and ports above those of a blaster.

use venue_domain::{
    Action, Class, Command, CustomAction, EffectGroup, Enqueued, HistoryQuery, Nature, Reason,
    Settlement, Status,
};

use crate::{
    Factory,
    given::{at, attempt, claim, command, direct, drain, ended, queued, serve, status},
    sides::*,
};

/// An action of one's own for `port`, accepted at `ms`.
fn own(name: &str, nature: Nature, group: EffectGroup, port: &str, ms: i64) -> Command {
    let action: Action = CustomAction::new(name, nature, group).unwrap().into();
    Command { action, class: Class::Interactive, ..command("power", port, ms) }
}

fn picture_mode(nature: Nature, port: &str, ms: i64) -> Command {
    own("picture_mode", nature, EffectGroup::Other, port, ms)
}

/// See its name.
pub async fn an_action_of_ones_own_comes_back_whole(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let natures = Nature::ALL.into_iter().filter(|nature| nature.classes().own().is_none());
    let mut all = Vec::new();
    for (ms, nature) in (1..).zip(natures) {
        let group = EffectGroup::ALL.into_iter().rev().nth(ms as usize % 2).unwrap();
        let name = format!("own_{}", nature.name());
        all.push(own(&name, nature, group, &format!("ir-{ms}/1"), ms));
    }
    for command in &all {
        store.enqueue(queued(command.clone())).await.unwrap();
    }
    let sent = own("own_direct", Nature::Toggle, EffectGroup::Mute, "ir-9/1", 20);
    store.record(vec![direct(sent.clone(), Reason::Delivered)]).await.unwrap();
    let store = factory.reopen(store).await;
    for command in &all {
        let waiting = store.command(command.id).await.unwrap().unwrap();
        assert_eq!(waiting.record.action, command.action);
        let claimed = claim(&store, command.target.device.as_str(), 30).await.unwrap();
        assert_eq!(claimed.command.action, command.action, "what is sent is what was wished");
        let end = Settlement::Finish { attempt: attempt(Reason::Delivered, 31) };
        store.settle(claimed.ticket, end, at(40)).await.unwrap();
        let ended = store.command(command.id).await.unwrap().unwrap();
        assert_eq!(
            (ended.record.action, ended.record.status),
            (command.action.clone(), Status::Completed)
        );
    }
    let query = HistoryQuery { device: None, before: None, limit: 10 };
    let history = store.history(query).await.unwrap().items;
    let actions: Vec<_> = history.iter().map(|record| record.action.clone()).collect();
    assert!(actions.contains(&sent.action) && actions.contains(&all[0].action), "{actions:?}");
    let status = store.port_status(Some("ir-9".parse().unwrap())).await.unwrap();
    assert_eq!(status[0].last_command, "own_direct");
    assert_eq!(status[0].muted, None, "what it sets is not known here");
}

/// See its name.
pub async fn what_follows_an_action_of_ones_own_is_told_by_its_nature(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let again = Settlement::Retry { attempt: attempt(Reason::NoEvidence, 11), due_at: at(500) };
    for (nature, device, status) in [
        (Nature::Absolute, "ir-1", Some(Status::Pending)),
        (Nature::AbsoluteFrames, "ir-2", Some(Status::Pending)),
        (Nature::Toggle, "ir-3", Some(Status::Unknown)),
        (Nature::Sequence, "ir-4", Some(Status::Unknown)),
    ] {
        let command = picture_mode(nature, &format!("{device}/1"), 1);
        store.enqueue(queued(command)).await.unwrap();
        let claimed = claim(store, device, 10).await.unwrap();
        let settled = store.settle(claimed.ticket, again.clone(), at(50)).await.unwrap();
        assert_eq!(settled.status, status, "{nature:?}: a press is never repeated after unknown");
    }
}

/// See its name.
pub async fn actions_of_ones_own_compete_in_their_group(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let old = picture_mode(Nature::Absolute, "ir-1/2", 1);
    let aside = own("app_news", Nature::Absolute, EffectGroup::Input, "ir-1/2", 2);
    let newer = own("picture_film", Nature::Absolute, EffectGroup::Other, "ir-1/2", 3);
    for command in [&old, &aside, &newer] {
        let stored = store.enqueue(queued(command.clone())).await.unwrap();
        assert!(matches!(stored.answer, Enqueued::Waiting { .. }));
    }
    assert_eq!(status(store, old.id).await, ended(Reason::Superseded));
    assert_eq!(store.waiting(&old.target).by_group[EffectGroup::Other as usize], 1);
    let off = command("power_off", "ir-1/2", 9);
    store.enqueue(queued(off.clone())).await.unwrap();
    assert_eq!(drain(store, "ir-1", 20).await, [off.id], "switching off ends all of them");
}

/// See its name.
pub async fn ports_up_to_255_are_ports_of_their_own(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let ports = ["matrix/5", "matrix/6", "matrix/13", "matrix/255"];
    let mut ids = Vec::new();
    for (ms, port) in (1..).zip(ports) {
        let on = command("power_on", port, ms);
        ids.push(on.id);
        let stored = store.enqueue(queued(on)).await.unwrap();
        assert!(stored.ended_commands.ended.is_empty(), "another port is another slot");
    }
    let store = factory.reopen(store).await;
    for id in &ids {
        let served = serve(&store, "matrix", Reason::Delivered, 20).await;
        assert_eq!(served, Some(*id));
    }
    let known = store.port_status(Some("matrix".parse().unwrap())).await.unwrap();
    let on: Vec<_> = known.iter().map(|status| (status.port.to_string(), status.power)).collect();
    let expected: Vec<_> = ports.iter().map(|port| ((*port).to_owned(), Some(true))).collect();
    assert_eq!(on, expected);
    let fences = store.fences().await.unwrap();
    let highest = fences.iter().map(|entry| entry.slot.port.port.number()).max();
    assert_eq!(highest, Some(255));
}
