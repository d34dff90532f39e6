//! Boards that are registered at one address: a command for either goes to whichever answers there.

use std::collections::BTreeMap;

use crate::{Problem, Registry};

impl Registry {
    /// Two boards of one address: at most one of them is reached, and the other one is refused as another board.
    pub(super) fn same_addresses(&self, warnings: &mut Vec<Problem>) {
        let mut known: BTreeMap<String, &str> = BTreeMap::new();
        for device in self.devices.values().map(|listed| &listed.value) {
            let address = device.address.as_str().to_lowercase();
            if let Some(first) = known.get(&address) {
                let detail = format!(
                    "{first} is registered at the same address: one of them is not reached. Give this board its own \
                     address, or remove one of the two"
                );
                let item = format!("devices/{}", device.hostname);
                warnings.push(Problem::new(item, "address", detail));
                continue;
            }
            known.insert(address, device.hostname.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use venue_domain::ItemKind;

    use crate::registry::tests::{put, read, venue};

    #[test]
    fn two_boards_at_one_address_are_told() {
        let mut configuration = venue();
        assert_eq!(read(&configuration).warnings(), []);
        let again = r#"{"hostname":"ir-3","address":"10.0.0.1:6053"}"#;
        let other_port = r#"{"hostname":"ir-4","address":"10.0.0.1:6054"}"#;
        configuration.apply(
            &[put(ItemKind::Device, "ir-3", again), put(ItemKind::Device, "ir-4", other_port)],
            2,
        );
        let told: Vec<String> =
            read(&configuration).warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "devices/ir-3, address: ir-1 is registered at the same address: one of them is not reached. Give this \
              board its own address, or remove one of the two"
            ]
        );
    }
}
