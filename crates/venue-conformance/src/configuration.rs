//! What the venue is made of is kept, all or nothing.

use venue_domain::{ItemChange, ItemKind};

use crate::{Factory, given::at, sides::*};

pub(crate) fn put(kind: ItemKind, id: &str, body: &str) -> ItemChange {
    ItemChange::Put { kind, id: id.to_owned(), body: body.to_owned() }
}

/// Makes changes, and tells their revision.
pub(crate) async fn revision(store: &impl ConfigurationStore, changes: Vec<ItemChange>) -> u64 {
    store.configure(changes, at(0)).await.unwrap().answer
}

/// See its name.
pub async fn a_change_is_kept_with_its_revision(factory: &impl Factory<Store: ConfigurationStore>) {
    let store = factory.fresh().await;
    assert_eq!(store.configuration().await.unwrap().revision, 0);
    let first = vec![put(ItemKind::Zone, "bar", "{}"), put(ItemKind::Device, "ir-1", "{}")];
    assert_eq!(revision(&store, first).await, 1);
    let second = vec![
        put(ItemKind::Zone, "bar", r#"{"name":"Bar"}"#),
        ItemChange::Remove { kind: ItemKind::Device, id: "ir-1".to_owned() },
        ItemChange::Remove { kind: ItemKind::Device, id: "ir-9".to_owned() },
        put(ItemKind::Key, "ir-2", "secret"),
    ];
    assert_eq!(revision(&store, second).await, 2);
    let store = factory.reopen(store).await;
    let all = store.configuration().await.unwrap();
    let items = all.items.iter().map(|item| (item.kind, &*item.id, item.revision, &*item.body));
    let expected =
        [(ItemKind::Key, "ir-2", 2, "secret"), (ItemKind::Zone, "bar", 2, r#"{"name":"Bar"}"#)];
    assert_eq!(items.collect::<Vec<_>>(), expected);
    assert_eq!(all.revision, 2);
}

/// See its name.
pub async fn what_was_kept_elsewhere_replaces_all(
    factory: &impl Factory<Store: ConfigurationStore>,
) {
    let store = factory.fresh().await;
    revision(&store, vec![put(ItemKind::Zone, "bar", "{}")]).await;
    revision(&store, vec![put(ItemKind::Zone, "patio", "{}")]).await;
    let kept = store.configuration().await.unwrap();
    let other = factory.fresh().await;
    revision(&other, vec![put(ItemKind::Tag, "vip", "{}")]).await;
    other.restore_configuration(kept.clone(), at(0)).await.unwrap();
    assert_eq!(other.configuration().await, Ok(kept));
    assert_eq!(revision(&other, vec![put(ItemKind::Tag, "vip", "{}")]).await, 3);
}
