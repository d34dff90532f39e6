//! A listing while it comes, with a bound on what is kept of it.

use std::sync::Arc;

use super::SharedListings;
use crate::{ActionDescription, EntityDescription, EntityKind, Listing, Message};

/// What has come of a listing so far.
///
/// A board that lists more than can be kept is served with what can: what is beyond is left out and
/// counted. Each kind that
/// matters here has room of its own, so that a thousand sensors crowd out no action.
#[derive(Debug)]
pub(crate) struct PartialListing {
    shared: SharedListings,
    kept: Kept,
    omitted: u32,
    /// By kind: the actions, then the entities in the order of [`room`].
    rooms: [Room; KINDS],
}

/// Where the entries are that have come.
#[derive(Debug)]
enum Kept {
    /// They are the first ones of a listing that another session has: the boards of one place mostly run
    /// the same firmware, and a thousand of them that come back at once must not build a thousand copies.
    First { listing: Arc<Listing>, actions: usize, entities: usize },
    /// No other listing begins so.
    Own(Listing),
}

/// One entry of a listing.
enum Entry {
    Action(ActionDescription),
    Entity(EntityDescription),
}

impl Kept {
    /// The entries so far.
    fn entries(&self) -> (&[ActionDescription], &[EntityDescription]) {
        match self {
            Self::First { listing, actions, entities } => (
                listing.actions.get(..*actions).unwrap_or_default(),
                listing.entities.get(..*entities).unwrap_or_default(),
            ),
            Self::Own(listing) => (&listing.actions, &listing.entities),
        }
    }

    /// Whether `listing` begins with the entries so far and `entry`.
    fn begins(&self, listing: &Listing, entry: &Entry) -> bool {
        let (actions, entities) = self.entries();
        let comes_next = entry.is_action_at(listing, actions.len())
            || entry.is_entity_at(listing, entities.len());
        comes_next && listing.actions.starts_with(actions) && listing.entities.starts_with(entities)
    }

    /// The entries in a listing of their own.
    fn into_own(self) -> Listing {
        match self {
            Self::Own(listing) => listing,
            Self::First { .. } => {
                let (actions, entities) = self.entries();
                Listing { actions: actions.to_vec(), entities: entities.to_vec(), omitted: 0 }
            }
        }
    }
}

/// What may still be kept of one kind.
#[derive(Clone, Copy, Debug)]
struct Room {
    entries: usize,
    bytes: usize,
}

impl Room {
    fn take(&mut self, bytes: usize) -> bool {
        let fits = self.entries > 0 && bytes <= self.bytes;
        if fits {
            self.entries -= 1;
            self.bytes -= bytes;
        }
        fits
    }
}

impl PartialListing {
    /// Nothing yet. What equals a listing of `shared` is not kept twice.
    pub(crate) fn new(shared: SharedListings) -> Self {
        let rooms = [Room { entries: MAX_ENTRIES, bytes: MAX_BYTES }; KINDS];
        Self { shared, kept: Kept::Own(Listing::default()), omitted: 0, rooms }
    }

    /// Takes in one message of the listing; gives it back if it is none.
    pub(crate) fn take_in(&mut self, message: Message) -> Option<Message> {
        match message {
            Message::ListEntitiesServices(action) => {
                let action = ActionDescription::from(&action);
                let arguments = action.args.iter().map(|arg| arg.name.len() + ENTRY);
                let bytes = action.name.len() + ENTRY + arguments.sum::<usize>();
                if self.fits(0, bytes) {
                    self.keep(Entry::Action(action));
                }
            }
            other => match EntityDescription::of(&other) {
                Some(entity) => {
                    if self.fits(room(&entity.kind), size(&entity)) {
                        self.keep(Entry::Entity(entity));
                    }
                }
                None => return Some(other),
            },
        }
        None
    }

    /// The listing, when all has come: that of another session where one is equal.
    pub(crate) fn finish(&mut self) -> Arc<Listing> {
        let kept = std::mem::replace(&mut self.kept, Kept::Own(Listing::default()));
        if let Kept::First { listing, actions, entities } = &kept
            && (listing.actions.len(), listing.entities.len()) == (*actions, *entities)
            && listing.omitted == self.omitted
        {
            return Arc::clone(listing);
        }
        let mut listing = Listing { omitted: self.omitted, ..kept.into_own() };
        listing.actions.shrink_to_fit();
        listing.entities.shrink_to_fit();
        self.shared.share(listing)
    }

    fn keep(&mut self, entry: Entry) {
        match &mut self.kept {
            Kept::First { listing, actions, .. } if entry.is_action_at(listing, *actions) => {
                *actions += 1;
                return;
            }
            Kept::First { listing, entities, .. } if entry.is_entity_at(listing, *entities) => {
                *entities += 1;
                return;
            }
            Kept::First { .. } => {}
            Kept::Own(listing) if listing.actions.is_empty() && listing.entities.is_empty() => {}
            Kept::Own(listing) => return entry.append_to(listing),
        }
        self.kept = self.kept_with(entry);
    }

    /// The entries so far and `entry`, where another session has them, or on their own.
    fn kept_with(&mut self, entry: Entry) -> Kept {
        let (actions, entities) = self.kept.entries();
        let (actions, entities) = (actions.len(), entities.len());
        match self.shared.find(|known| self.kept.begins(known, &entry)) {
            Some(listing) => match entry {
                Entry::Action(_) => Kept::First { listing, actions: actions + 1, entities },
                Entry::Entity(_) => Kept::First { listing, actions, entities: entities + 1 },
            },
            None => {
                let kept = std::mem::replace(&mut self.kept, Kept::Own(Listing::default()));
                let mut listing = kept.into_own();
                entry.append_to(&mut listing);
                Kept::Own(listing)
            }
        }
    }

    fn fits(&mut self, kind: usize, bytes: usize) -> bool {
        let fits = self.rooms.get_mut(kind).is_some_and(|room| room.take(bytes));
        if !fits {
            self.omitted = self.omitted.saturating_add(1);
        }
        fits
    }
}

impl Entry {
    fn is_action_at(&self, listing: &Listing, index: usize) -> bool {
        matches!(self, Self::Action(action) if listing.actions.get(index) == Some(action))
    }

    fn is_entity_at(&self, listing: &Listing, index: usize) -> bool {
        matches!(self, Self::Entity(entity) if listing.entities.get(index) == Some(entity))
    }

    fn append_to(self, listing: &mut Listing) {
        match self {
            Self::Action(action) => listing.actions.push(action),
            Self::Entity(entity) => listing.entities.push(entity),
        }
    }
}

/// The room of an entity's kind. Those whose states are not modelled share one.
const fn room(kind: &EntityKind) -> usize {
    match kind {
        EntityKind::BinarySensor => 1,
        EntityKind::Sensor => 2,
        EntityKind::Switch => 3,
        EntityKind::TextSensor => 4,
        EntityKind::Select { .. } => 5,
        EntityKind::Button => 6,
        EntityKind::Update => 7,
        EntityKind::Infrared { .. } => 8,
        EntityKind::Cover
        | EntityKind::Fan
        | EntityKind::Light
        | EntityKind::Camera
        | EntityKind::Climate
        | EntityKind::Number
        | EntityKind::Siren
        | EntityKind::Lock
        | EntityKind::MediaPlayer
        | EntityKind::AlarmControlPanel
        | EntityKind::Text
        | EntityKind::Date
        | EntityKind::Time
        | EntityKind::Event
        | EntityKind::Valve
        | EntityKind::DateTime
        | EntityKind::WaterHeater
        | EntityKind::RadioFrequency { .. } => 9,
    }
}

/// What an entity takes in memory.
fn size(entity: &EntityDescription) -> usize {
    let EntityDescription { object_id, name, device_class, unit_of_measurement, icon, .. } = entity;
    let texts = [object_id, name, device_class, unit_of_measurement, icon];
    let options = match &entity.kind {
        EntityKind::Select { options } => options.iter().map(|option| option.len() + ENTRY).sum(),
        _ => 0,
    };
    size_of::<EntityDescription>() + texts.map(String::len).iter().sum::<usize>() + options
}

/// The actions, eight kinds of entities, and all others together.
const KINDS: usize = 10;

/// So many of each kind: a board has some dozens of all, and the memory of an ESP32 ends before this.
pub(crate) const MAX_ENTRIES: usize = 1_024;

/// So many bytes for each kind: with all of them under 3 MiB for a board.
const MAX_BYTES: usize = 256 << 10;

/// What an action, an argument or an option takes besides its characters, rounded up.
const ENTRY: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto;

    fn action(name: &str) -> Message {
        proto::ListEntitiesServicesResponse { name: name.to_owned(), ..Default::default() }.into()
    }

    fn button(key: u32) -> Message {
        proto::ListEntitiesButtonResponse { key, ..Default::default() }.into()
    }

    fn listed(shared: &SharedListings, messages: &[Message]) -> (Arc<Listing>, bool) {
        let mut partial = PartialListing::new(shared.clone());
        for message in messages {
            assert_eq!(partial.take_in(message.clone()), None);
        }
        let is_own = matches!(partial.kept, Kept::Own(_));
        (partial.finish(), is_own)
    }

    #[test]
    fn what_another_session_has_is_not_built_again() {
        let shared = SharedListings::default();
        let messages = [action("a"), button(1), action("b"), button(2)];
        let (first, _) = listed(&shared, &messages);
        let (second, is_own) = listed(&shared, &messages);
        assert!(Arc::ptr_eq(&first, &second) && !is_own);
        assert_eq!((first.actions.len(), first.entities.len()), (2, 2));
    }

    #[test]
    fn a_listing_that_ends_sooner_goes_on_or_turns_off_is_what_the_board_said() {
        let shared = SharedListings::default();
        let whole = [action("a"), button(1), action("b")];
        let _first = listed(&shared, &whole);
        let stories: [&[Message]; 5] = [
            &[],
            &[action("a"), button(1)],
            &[action("a"), button(1), action("b"), button(2)],
            &[action("a"), button(3), action("b")],
            &[button(1), action("a")],
        ];
        for story in stories {
            let (found, _) = listed(&shared, story);
            let (expected, _) = listed(&SharedListings::default(), story);
            assert_eq!(found, expected, "{story:?}");
        }
    }

    #[test]
    fn a_session_changes_over_to_the_listing_that_goes_on_as_its_own() {
        let shared = SharedListings::default();
        let (_one, _) = listed(&shared, &[action("a"), button(1)]);
        let (two, _) = listed(&shared, &[action("a"), button(2)]);
        let (again, is_own) = listed(&shared, &[action("a"), button(2)]);
        assert!(Arc::ptr_eq(&two, &again) && !is_own);
    }

    #[test]
    fn what_was_left_out_tells_two_listings_apart() {
        let shared = SharedListings::default();
        let full: Vec<_> = (0..MAX_ENTRIES).map(|_| action("a")).collect();
        let (full_listing, _) = listed(&shared, &full);
        let more: Vec<_> = full.into_iter().chain([action("a")]).collect();
        let (listing, _) = listed(&shared, &more);
        assert_eq!((full_listing.omitted, listing.omitted), (0, 1));
        assert_eq!(full_listing.actions, listing.actions);
    }
}
