//! Devices that an edit makes another board: one with another registered MAC address.

use venue_domain::{Configuration, ItemChange, ItemKind};
use venue_registry::{Base, Registry};

/// `changes`, with what another board must not inherit withdrawn along with them.
pub(crate) fn disinherit(
    before: &Configuration,
    mut changes: Vec<ItemChange>,
    base: &Base,
) -> Vec<ItemChange> {
    let is_device =
        |change: &ItemChange| matches!(change, ItemChange::Put { kind: ItemKind::Device, .. });
    if !changes.iter().any(is_device) {
        return changes;
    }
    let mut after = before.clone();
    after.apply(&changes, before.revision + 1);
    let ((old, _), (new, _)) = (Registry::read(before, base), Registry::read(&after, base));
    for device in old.devices().map(|listed| &listed.value) {
        let now = new.device(&device.hostname).and_then(|listed| listed.value.mac);
        // One that was not registered before may be the board that has been there all along.
        if let (Some(before), Some(now)) = (device.mac, now)
            && before != now
        {
            changes.push(ItemChange::NewBoard { device: device.hostname.to_string() });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(name: &str, mac: Option<&str>) -> ItemChange {
        let mac = mac.map(|mac| format!(r#","mac":"{mac}""#)).unwrap_or_default();
        let body = format!(r#"{{"hostname":"{name}","address":"10.0.0.7"{mac},"ports":[]}}"#);
        ItemChange::Put { kind: ItemKind::Device, id: name.to_owned(), body }
    }

    const FIRST: Option<&str> = Some("a1:b2:c3:00:00:01");
    const SECOND: Option<&str> = Some("a1:b2:c3:00:00:02");
    const THIRD: Option<&str> = Some("a1:b2:c3:00:00:03");

    /// The devices that are another board after `changes`.
    fn others(changes: Vec<ItemChange>) -> Vec<String> {
        let mut before = Configuration::default();
        before.apply(&[put("ir-1", FIRST), put("ir-2", THIRD), put("ir-3", None)], 1);
        let (registry, problems) = Registry::read(&before, &Base::default());
        assert_eq!((registry.devices().count(), problems.len()), (3, 0), "{problems:?}");
        let all = disinherit(&before, changes, &Base::default());
        let other = |change| match change {
            ItemChange::NewBoard { device } => Some(device),
            ItemChange::Put { .. } | ItemChange::Remove { .. } => None,
        };
        all.into_iter().filter_map(other).collect()
    }

    #[test]
    fn only_who_gets_another_registered_address_is_another_board() {
        assert_eq!(others(vec![put("ir-1", SECOND), put("ir-2", THIRD)]), ["ir-1"]);
        assert_eq!(
            others(vec![put("ir-3", Some("a1:b2:c3:00:00:04")), put("ir-1", None)]),
            [""; 0]
        );
        let zone = ItemChange::Put { kind: ItemKind::Zone, id: "bar".into(), body: "{}".into() };
        assert_eq!(others(vec![zone]), [""; 0]);
    }
}
