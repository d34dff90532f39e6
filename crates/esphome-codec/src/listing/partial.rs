//! A listing while it comes, with a bound on what is kept of it.

use crate::{ActionDescription, EntityDescription, EntityKind, Listing, Message};

/// What has come of a listing so far.
///
/// A board that lists more than can be kept is served with what can: what is beyond is left out and
/// counted. Each kind that
/// matters here has room of its own, so that a thousand sensors crowd out no action.
#[derive(Debug)]
pub(crate) struct PartialListing {
    listing: Listing,
    /// By kind: the actions, then the entities in the order of [`room`].
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

impl PartialListing {
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
                    if self.fits(room(&entity.kind), size(&entity)) {
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
