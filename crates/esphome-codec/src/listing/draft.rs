//! A listing while it comes, with a bound on what is kept of it.

use crate::{ActionDescription, EntityDescription, EntityKind, Listing, Message};

/// What has come of a listing so far.
///
/// A board that lists more than can be kept is served with what can: what is beyond is left out and
/// counted. Each kind has room of its own, so that a thousand sensors crowd out no action.
#[derive(Debug)]
pub(crate) struct ListingDraft {
    listing: Listing,
    /// By kind: the actions, then the entities in the order of [`kind`].
    rooms: [Room; KINDS],
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

impl ListingDraft {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        let listing = Listing { actions: Vec::new(), entities: Vec::new(), omitted: 0 };
        Self { listing, rooms: [Room { entries: MAX_ENTRIES, bytes: MAX_BYTES }; KINDS] }
    }

    /// Takes in one message of the listing; gives it back if it is none.
    pub(crate) fn take_in(&mut self, message: Message) -> Option<Message> {
        match message {
            Message::ListEntitiesServices(action) => {
                let action = ActionDescription::from(&action);
                let arguments = action.args.iter().map(|arg| arg.name.len() + ENTRY);
                let bytes = action.name.len() + ENTRY + arguments.sum::<usize>();
                if self.fits(0, bytes) {
                    self.listing.actions.push(action);
                }
            }
            other => match EntityDescription::of(&other) {
                Some(entity) => {
                    let (kind, more) = kind(&entity.kind);
                    let bytes = entity.name.len() + entity.object_id.len() + ENTRY + more;
                    if self.fits(kind, bytes) {
                        self.listing.entities.push(entity);
                    }
                }
                None => return Some(other),
            },
        }
        None
    }

    /// The listing, when all has come.
    pub(crate) fn finish(&mut self) -> Listing {
        let mut listing = std::mem::take(&mut self.listing);
        listing.actions.shrink_to_fit();
        listing.entities.shrink_to_fit();
        listing
    }

    fn fits(&mut self, kind: usize, bytes: usize) -> bool {
        let fits = self.rooms.get_mut(kind).is_some_and(|room| room.take(bytes));
        if !fits {
            self.listing.omitted = self.listing.omitted.saturating_add(1);
        }
        fits
    }
}

/// The room of an entity's kind, and the bytes that it has beyond its names.
fn kind(kind: &EntityKind) -> (usize, usize) {
    match kind {
        EntityKind::BinarySensor => (1, 0),
        EntityKind::Sensor { unit } => (2, unit.len()),
        EntityKind::Switch => (3, 0),
        EntityKind::TextSensor => (4, 0),
        EntityKind::Select { options } => {
            (5, options.iter().map(|option| option.len() + ENTRY).sum())
        }
        EntityKind::Button => (6, 0),
        EntityKind::Update => (7, 0),
        EntityKind::Infrared { .. } => (8, 0),
    }
}

/// The actions and eight kinds of entities.
const KINDS: usize = 9;

/// So many of each kind: a board has some dozens of all, and the memory of an ESP32 ends before this.
pub(crate) const MAX_ENTRIES: usize = 1_024;

/// So many bytes for each kind: with all of them under 2 MiB for a board.
const MAX_BYTES: usize = 192 << 10;

/// What an entry or a text takes besides its characters, rounded up.
const ENTRY: usize = 64;
