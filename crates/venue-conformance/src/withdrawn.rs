//! What waits for a device goes with it.

use venue_domain::{Due, ItemChange, ItemKind, NewCommand, Reason, Settlement, Status};

use crate::{
    Factory,
    configuration::{put, revision},
    given::{at, attempt, claim, command, ended, new, queued, status},
    sides::*,
};

fn removed(id: &str) -> ItemChange {
    ItemChange::Remove { kind: ItemKind::Device, id: id.to_owned() }
}

/// See its name.
pub async fn what_waits_for_a_device_is_withdrawn_with_it(
    factory: &impl Factory<Store: ConfigurationStore + Queue>,
) {
    let store = factory.fresh().await;
    revision(&store, vec![put(ItemKind::Device, "ir-1", "{}")]).await;
    let scheduled = NewCommand {
        due: Due::Scheduled { at: at(60_000), wish: None },
        ..queued(command("ok", "ir-1/3", 1))
    };
    let gone = [new("power", "ir-1/1", 1), new("channel 5", "ir-1/2", 1), scheduled];
    let stays = new("channel 5", "ir-2/1", 1);
    for new in gone.iter().chain([&stays]) {
        store.enqueue(new.clone()).await.unwrap();
    }
    let stored = store.configure(vec![removed("ir-1")], at(5)).await.unwrap();
    assert_eq!(stored.ended_commands.ended.len(), gone.len());
    let store = factory.reopen(store).await;
    for new in &gone {
        let id = new.command.id;
        assert_eq!(status(&store, id).await, (Status::Cancelled, Some(Reason::DeviceRemoved)));
        assert!(store.waiting(&new.command.target).is_empty());
    }
    assert_eq!(claim(&store, "ir-1", 61_000).await, None);
    // One that came in behind the removal, from somebody who did not know of it yet.
    let late = new("mute", "ir-1/1", 6);
    store.enqueue(late.clone()).await.unwrap();
    revision(&store, vec![put(ItemKind::Device, "ir-1", "another one")]).await;
    let withdrawn = (Status::Cancelled, Some(Reason::DeviceRemoved));
    assert_eq!(status(&store, late.command.id).await, withdrawn);
    store.enqueue(new("mute", "ir-1/2", 7)).await.unwrap();
    revision(&store, vec![put(ItemKind::Device, "ir-1", "edited")]).await;
    assert!(claim(&store, "ir-1", 8).await.is_some(), "of the one that is there");
    assert!(
        claim(&store, "ir-2", 6).await.is_some_and(|claim| claim.command.id == stays.command.id)
    );
}

/// See its name.
pub async fn what_is_in_flight_for_a_device_that_goes_is_not_tried_on_another(
    factory: &impl Factory<Store: ConfigurationStore + Queue>,
) {
    let store = &factory.fresh().await;
    revision(store, vec![put(ItemKind::Device, "ir-1", "{}")]).await;
    for (port, settlement, expected) in [
        ("ir-1/1", Settlement::Release { due_at: at(10) }, ended(Reason::Expired)),
        (
            "ir-1/2",
            Settlement::Retry { attempt: attempt(Reason::SessionLost, 2), due_at: at(10) },
            (Status::Unknown, Some(Reason::Expired)),
        ),
    ] {
        let new = new("channel 5", port, 1);
        store.enqueue(new.clone()).await.unwrap();
        let claimed = claim(store, "ir-1", 2).await.unwrap();
        let stored = store.configure(vec![removed("ir-1")], at(5)).await.unwrap();
        assert!(stored.ended_commands.ended.is_empty(), "it ends as it ends");
        revision(store, vec![put(ItemKind::Device, "ir-1", "another one")]).await;
        store.settle(claimed.ticket, settlement, at(7)).await.unwrap();
        store.promote(Vec::new(), at(11)).await.unwrap();
        assert_eq!(claim(store, "ir-1", 11).await, None);
        assert_eq!(status(store, new.command.id).await, expected);
    }
}

/// See its name.
pub async fn what_waits_for_a_device_that_a_newer_configuration_lacks_is_withdrawn(
    factory: &impl Factory<Store: ConfigurationStore + Queue>,
) {
    let store = &factory.fresh().await;
    let both = vec![put(ItemKind::Device, "ir-1", "{}"), put(ItemKind::Device, "ir-2", "{}")];
    revision(store, both).await;
    let mut newer = store.configuration().await.unwrap();
    newer.apply(&[removed("ir-1")], 2);
    // One of a device that the configuration never knew: a file fixes it.
    let [gone, stays, fixed] = ["ir-1/1", "ir-2/1", "ir-3/1"].map(|port| new("power", port, 1));
    for new in [&gone, &stays, &fixed] {
        store.enqueue(new.clone()).await.unwrap();
    }
    let ended_commands = store.restore_configuration(newer, at(5)).await.unwrap();
    assert_eq!(ended_commands.ended.len(), 1);
    assert_eq!(status(store, gone.command.id).await.1, Some(Reason::DeviceRemoved));
    for new in [stays, fixed] {
        assert_eq!(status(store, new.command.id).await.0, Status::Pending);
    }
}
