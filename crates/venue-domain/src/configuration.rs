//! What a venue is made of, as a store keeps it: items with a kind, an id and a body.
//!
//! The store does not read a body. Who owns a kind (registry, schedules, tokens) writes JSON into it
//! and checks it when it comes back; so a new field of a device needs no new schema.

use std::{fmt, future::Future, str::FromStr};

use crate::{
    ended::EndedCommands,
    status::{UnknownName, named},
    store_error::StoreError,
    time::Timestamp,
    work::Stored,
};

/// What an item of the configuration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// The venue itself: its name and its time zone.
    Venue,
    /// A device with its ports.
    Device,
    /// The Noise key of a device. Secret.
    Key,
    /// A zone.
    Zone,
    /// A tag.
    Tag,
    /// A timing profile.
    Profile,
    /// A channel of the line-up.
    Channel,
    /// The infrared codes of a remote control.
    CodeSet,
    /// What screens show, such as a set-top box.
    Source,
    /// A state of a part of the venue, under one name.
    Preset,
    /// A lock of a zone or a TV.
    Lock,
    /// A zone or a board that somebody works on, until when.
    Maintenance,
    /// A schedule.
    Schedule,
    /// How far a schedule was handled.
    ScheduleState,
    /// An access token or a session, of which only the hash is kept. Secret all the same.
    Token,
    /// Somebody who signs in with a PIN, of which only the hash is kept. Secret all the same.
    Person,
}

impl ItemKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::Venue,
        Self::Device,
        Self::Key,
        Self::Zone,
        Self::Tag,
        Self::Profile,
        Self::Channel,
        Self::CodeSet,
        Self::Source,
        Self::Preset,
        Self::Lock,
        Self::Maintenance,
        Self::Schedule,
        Self::ScheduleState,
        Self::Token,
        Self::Person,
    ];

    /// The name that is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Venue => "venue",
            Self::Device => "device",
            Self::Key => "key",
            Self::Zone => "zone",
            Self::Tag => "tag",
            Self::Profile => "profile",
            Self::Channel => "channel",
            Self::CodeSet => "codeset",
            Self::Source => "source",
            Self::Preset => "preset",
            Self::Lock => "lock",
            Self::Maintenance => "maintenance",
            Self::Schedule => "schedule",
            Self::ScheduleState => "schedule_state",
            Self::Token => "token",
            Self::Person => "person",
        }
    }
}

named!(ItemKind is "kind of item");

/// One item, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigurationItem {
    /// What it is.
    pub kind: ItemKind,
    /// Which one, unique within its kind.
    pub id: String,
    /// The revision of the configuration in which it was last changed; grows with every change.
    pub revision: u64,
    /// Its JSON.
    pub body: String,
}

impl fmt::Debug for ConfigurationItem {
    /// Without the body, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (revision {})", self.kind, self.id, self.revision)
    }
}

/// A change of one item.
#[derive(Clone, PartialEq, Eq)]
pub enum ItemChange {
    /// It is made, or replaced.
    Put {
        /// What it is.
        kind: ItemKind,
        /// Which one.
        id: String,
        /// Its JSON.
        body: String,
    },
    /// It goes; nothing happens if there is none.
    Remove {
        /// What it is.
        kind: ItemKind,
        /// Which one.
        id: String,
    },
    /// Another board is this device from now on. It inherits nothing: no item changes, but what waits for
    /// the one before is withdrawn, and the assumed state of its ports is forgotten.
    NewBoard {
        /// The device.
        device: String,
    },
}

impl fmt::Debug for ItemChange {
    /// Without the body, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { kind, id, .. } => write!(f, "put {kind} {id}"),
            Self::Remove { kind, id } => write!(f, "remove {kind} {id}"),
            Self::NewBoard { device } => write!(f, "another board for {device}"),
        }
    }
}

/// Everything that is configured, and how often it was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The revision of the last change; 0 if there was none. Never goes back.
    pub revision: u64,
    /// The items, ordered by kind name and id.
    pub items: Vec<ConfigurationItem>,
}

impl Configuration {
    /// The devices that there are here and not in `other`.
    pub fn devices_gone_in<'c>(&'c self, other: &'c Self) -> impl Iterator<Item = &'c str> {
        let devices = self.items.iter().filter(|item| item.kind == ItemKind::Device);
        let names =
            |item: &ConfigurationItem, id: &str| item.kind == ItemKind::Device && item.id == id;
        let gone = move |id: &&str| !other.items.iter().any(|item| names(item, id));
        devices.map(|item| item.id.as_str()).filter(gone)
    }

    /// Makes all of `changes` as revision `revision`, as a store does.
    pub fn apply(&mut self, changes: &[ItemChange], revision: u64) {
        for change in changes {
            let (kind, id) = match change {
                ItemChange::Put { kind, id, .. } | ItemChange::Remove { kind, id } => (kind, id),
                ItemChange::NewBoard { .. } => continue,
            };
            let place = self.items.binary_search_by(|item| {
                (item.kind.name(), item.id.as_str()).cmp(&(kind.name(), id.as_str()))
            });
            match (change, place) {
                (ItemChange::Put { body, .. }, Ok(place)) => {
                    if let Some(item) = self.items.get_mut(place) {
                        item.body.clone_from(body);
                        item.revision = revision;
                    }
                }
                (ItemChange::Put { body, .. }, Err(place)) => {
                    let (id, body) = (id.clone(), body.clone());
                    let item = ConfigurationItem { kind: *kind, id, revision, body };
                    self.items.insert(place, item);
                }
                (ItemChange::Remove { .. }, Ok(place)) => drop(self.items.remove(place)),
                (ItemChange::Remove { .. }, Err(_)) | (ItemChange::NewBoard { .. }, _) => {}
            }
        }
        self.revision = revision;
    }
}

/// Keeps the configuration of a venue.
pub trait ConfigurationStore: Send + Sync {
    /// All of it.
    fn configuration(&self) -> impl Future<Output = Result<Configuration, StoreError>> + Send;

    /// Makes all of `changes`, or none of them; tells the revision that they have.
    ///
    /// What waits for a device that goes is withdrawn with the same change, lest it be sent to another
    /// one that is registered under the name; what is in flight for it is not tried again. What was assumed
    /// of its ports goes with it. Likewise with a device that is another board from now on, whose late
    /// commands are forgotten as well: they are those of the board before.
    ///
    /// One owner at a time: it is not checked what was there before.
    fn configure(
        &self,
        changes: Vec<ItemChange>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Stored<u64>, StoreError>> + Send;

    /// Puts all of `configuration` in the place of what is there, revisions included: it was kept
    /// elsewhere while this store was lost. What waits for a device that goes with it is withdrawn.
    fn restore_configuration(
        &self,
        configuration: Configuration,
        now: Timestamp,
    ) -> impl Future<Output = Result<EndedCommands, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(kind: ItemKind, id: &str, body: &str) -> ItemChange {
        ItemChange::Put { kind, id: id.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn names_read_back() {
        for kind in ItemKind::ALL {
            assert_eq!(kind.name().parse::<ItemKind>().unwrap(), kind);
        }
        "devices".parse::<ItemKind>().unwrap_err();
    }

    #[test]
    fn items_stay_in_order_and_carry_the_revision_of_their_last_change() {
        let mut all = Configuration::default();
        all.apply(&[put(ItemKind::Zone, "bar", "1"), put(ItemKind::Device, "ir-2", "2")], 1);
        all.apply(&[put(ItemKind::Device, "ir-1", "3"), put(ItemKind::Zone, "bar", "4")], 2);
        let gone = ItemChange::Remove { kind: ItemKind::Device, id: "ir-2".to_owned() };
        all.apply(&[gone.clone(), gone], 3);
        let items = all.items.iter().map(|item| (item.id.as_str(), item.revision, &*item.body));
        assert_eq!(items.collect::<Vec<_>>(), [("ir-1", 2, "3"), ("bar", 2, "4")]);
        assert_eq!(all.revision, 3);
    }

    #[test]
    fn a_body_is_not_shown() {
        let shown = format!("{:?}", put(ItemKind::Key, "ir-1", "the-secret"));
        assert_eq!(shown, "put key ir-1");
    }
}
