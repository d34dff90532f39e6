//! Another board of the same name is another device.

use venue_domain::{Due, ItemChange, ItemKind, NewCommand, Reason, Status};

use crate::{
    Factory,
    configuration::{put, revision},
    given::{at, command, direct, new, queued, status},
    sides::*,
};

/// See its name.
pub async fn another_board_inherits_neither_what_waits_nor_what_was_assumed(
    factory: &impl Factory<Store: ConfigurationStore + LaneStore + Queue>,
) {
    let store = factory.fresh().await;
    let item = vec![put(ItemKind::Device, "ir-1", "{}"), put(ItemKind::Device, "ir-2", "{}")];
    revision(&store, item).await;
    let delivered = ["ir-1/1", "ir-2/1"];
    let delivered = delivered.map(|port| direct(command("power_on", port, 1), Reason::Delivered));
    store.record(delivered.to_vec()).await.unwrap();
    let unknown = direct(command("channel 5", "ir-1/2", 2), Reason::SessionLost);
    store.record(vec![unknown]).await.unwrap();
    let scheduled = NewCommand {
        due: Due::Scheduled { at: at(60_000), wish: None },
        ..queued(command("ok", "ir-1/3", 1))
    };
    let waits = [new("mute_on", "ir-1/1", 3), scheduled];
    let stays = new("mute_on", "ir-2/1", 3);
    for new in waits.iter().chain([&stays]) {
        store.enqueue(new.clone()).await.unwrap();
    }
    let board = ItemChange::NewBoard { device: "ir-1".to_owned() };
    let stored = store.configure(vec![board], at(5)).await.unwrap();
    assert_eq!((stored.answer, stored.ended_commands.ended.len()), (2, waits.len()));
    let store = factory.reopen(store).await;
    for new in &waits {
        let id = new.command.id;
        assert_eq!(status(&store, id).await, (Status::Cancelled, Some(Reason::DeviceRemoved)));
    }
    assert_eq!(status(&store, stays.command.id).await.0, Status::Pending);
    let assumed = store.port_status(None).await.unwrap();
    assert_eq!(assumed.iter().map(|one| one.port.to_string()).collect::<Vec<_>>(), ["ir-2/1"]);
    let memory = store.lane_memory(at(6)).await.unwrap();
    assert!(memory.iter().all(|(_, memory)| memory.late.is_empty()), "{memory:?}");
    let all = store.configuration().await.unwrap();
    assert_eq!(all.items.len(), 2, "it is as registered as before");
}
