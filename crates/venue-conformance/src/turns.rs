//! Who goes first, and that nobody waits for another's flood.

use venue_domain::{Actor, NewBatch, Priority};

use crate::{
    Factory,
    given::{batch, claim, drain, new},
    sides::*,
};

/// See its name.
pub async fn higher_priority_goes_first(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut expected = Vec::new();
    for (ms, priority) in (0..).zip([-10, 5, 0, 10]) {
        let mut new = new("volume_up", "ir-1/2", ms);
        new.priority = Priority::try_from(priority).unwrap();
        expected.push((priority, new.command.id));
        store.enqueue(new).await.unwrap();
    }
    expected.sort_by_key(|(priority, _)| -priority);
    let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
    assert_eq!(drain(store, "ir-1", 10).await, expected);
}

/// See its name.
pub async fn commands_of_one_priority_go_in_order(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut expected = Vec::new();
    for ms in 0..20 {
        let port = format!("ir-1/{}", ms % 5 + 1);
        let new = new("volume_up", &port, ms);
        expected.push(new.command.id);
        store.enqueue(new).await.unwrap();
    }
    assert_eq!(drain(store, "ir-1", 30).await, expected);
}

/// A batch of one caller with `count` commands for one device, none of which replaces another.
fn flood(name: &str, caller: &str, count: usize) -> NewBatch {
    let ports = vec!["ir-1/1"; count];
    let mut flood = batch(name, "volume_up", &ports, 0);
    for new in &mut flood.commands {
        new.command.actor = Actor { name: Some(caller.to_owned()), address: None };
    }
    flood
}

/// See its name.
pub async fn a_flood_never_delays_anothers_small_batch_by_more_than_twice(
    factory: &impl Factory<Store: Queue>,
) {
    let store = factory.fresh().await;
    for number in 0..5 {
        let flood = flood(&format!("flood-{number}"), "ann", 60);
        store.create_batch(flood).await.unwrap();
    }
    for ms in 0..30 {
        crate::given::serve(&store, "ir-1", venue_domain::Reason::Delivered, ms).await.unwrap();
    }
    // A restart in between takes nobody's turn away.
    let store = factory.reopen(store).await;
    let small = flood("small", "bob", 10);
    let mut open: Vec<_> = small.commands.iter().map(|new| new.command.id).collect();
    store.create_batch(small).await.unwrap();
    let mut turns = 0;
    while !open.is_empty() {
        let served = crate::given::serve(&store, "ir-1", venue_domain::Reason::Delivered, 50);
        let id = served.await.expect("the small batch is still waiting");
        open.retain(|small| *small != id);
        turns += 1;
    }
    assert!(turns <= 20, "10 commands took {turns} turns");
    // Nor does who comes late push the others aside.
    assert!(turns >= 18, "10 commands took only {turns} turns of a device that is shared");
}

/// See its name.
pub async fn other_devices_are_not_in_the_way(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    for ms in 0..50 {
        store.enqueue(new("volume_up", "dead/1", ms)).await.unwrap();
    }
    let mine = new("volume_up", "ir-1/1", 60);
    store.enqueue(mine.clone()).await.unwrap();
    assert_eq!(claim(store, "ir-1", 61).await.unwrap().command.id, mine.command.id);
    assert_eq!(claim(store, "ir-1", 62).await, None);
}
