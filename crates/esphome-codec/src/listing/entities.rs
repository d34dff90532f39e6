//! Entities: what a device can sense and be told.

use crate::{
    EntityId, Message,
    sanitize::{MAX_NAME, sanitize},
};

/// One entity of a device. All texts are cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityDescription {
    /// What it is.
    pub kind: EntityKind,
    /// Its object id; empty on recent firmware.
    pub object_id: String,
    /// Its key, unique together with `device_id`; discovered, never computed.
    pub key: u32,
    /// Its name.
    pub name: String,
    /// The sub-device, 0 for the device itself.
    pub device_id: u32,
    /// What it measures or moves, such as `temperature` or `garage`; empty where its kind has none.
    pub device_class: String,
    /// The unit of its state, such as `°C`; empty where its kind has none.
    pub unit_of_measurement: String,
    /// Its icon, such as `mdi:lamp`, or empty.
    pub icon: String,
    /// What it is for.
    pub category: EntityCategory,
    /// Whether it is meant to be hidden until somebody wants it.
    pub disabled_by_default: bool,
}

/// What an entity is for (`EntityCategory`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityCategory {
    /// 0: what the device is for.
    Main,
    /// 1: it changes how the device works.
    Config,
    /// 2: it tells how the device fares.
    Diagnostic,
    /// A number that this crate does not know.
    Unrecognised(i32),
}

impl From<i32> for EntityCategory {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::Main,
            1 => Self::Config,
            2 => Self::Diagnostic,
            other => Self::Unrecognised(other),
        }
    }
}

/// What an entity is, with the id of the message that lists it: all kinds of API 1.19.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntityKind {
    /// Id 12.
    BinarySensor,
    /// Id 13.
    Cover,
    /// Id 14.
    Fan,
    /// Id 15.
    Light,
    /// Id 16.
    Sensor,
    /// Id 17.
    Switch,
    /// Id 18.
    TextSensor,
    /// Id 43.
    Camera,
    /// Id 46.
    Climate,
    /// Id 49.
    Number,
    /// Id 52.
    Select {
        /// What can be selected.
        options: Vec<String>,
    },
    /// Id 55.
    Siren,
    /// Id 58.
    Lock,
    /// Id 61.
    Button,
    /// Id 63.
    MediaPlayer,
    /// Id 94.
    AlarmControlPanel,
    /// Id 97.
    Text,
    /// Id 100.
    Date,
    /// Id 103.
    Time,
    /// Id 107.
    Event,
    /// Id 109.
    Valve,
    /// Id 112.
    DateTime,
    /// Id 116.
    Update,
    /// Id 132.
    WaterHeater,
    /// Id 135.
    Infrared {
        /// 1 transmit, 2 receive, 3 both.
        capabilities: u32,
        /// The carrier that a receiver is made for, in Hz (field 9); 0 where the board's configuration names none.
        receiver_frequency: u32,
    },
    /// Id 148.
    RadioFrequency {
        /// 1 transmit, 2 receive, 3 both.
        capabilities: u32,
    },
}

impl EntityKind {
    /// ESPHome's word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::BinarySensor => "binary_sensor",
            Self::Cover => "cover",
            Self::Fan => "fan",
            Self::Light => "light",
            Self::Sensor => "sensor",
            Self::Switch => "switch",
            Self::TextSensor => "text_sensor",
            Self::Camera => "camera",
            Self::Climate => "climate",
            Self::Number => "number",
            Self::Select { .. } => "select",
            Self::Siren => "siren",
            Self::Lock => "lock",
            Self::Button => "button",
            Self::MediaPlayer => "media_player",
            Self::AlarmControlPanel => "alarm_control_panel",
            Self::Text => "text",
            Self::Date => "date",
            Self::Time => "time",
            Self::Event => "event",
            Self::Valve => "valve",
            Self::DateTime => "datetime",
            Self::Update => "update",
            Self::WaterHeater => "water_heater",
            Self::Infrared { .. } => "infrared",
            Self::RadioFrequency { .. } => "radio_frequency",
        }
    }
}

/// Reads the fields that all entities have, and those named that only some have.
macro_rules! entity {
    ($message:expr, $kind:expr $(, $own:ident)*) => {
        Self {
            object_id: sanitize(&$message.object_id, MAX_NAME),
            key: $message.key,
            name: sanitize(&$message.name, MAX_NAME),
            device_id: $message.device_id,
            icon: sanitize(&$message.icon, MAX_NAME),
            category: $message.entity_category.into(),
            disabled_by_default: $message.disabled_by_default,
            $($own: sanitize(&$message.$own, MAX_NAME),)*
            ..Self::of_kind($kind)
        }
    };
}

impl EntityDescription {
    /// What names it in states and commands.
    #[must_use]
    pub const fn id(&self) -> EntityId {
        EntityId { device_id: self.device_id, key: self.key }
    }

    /// The entity that `message` lists, if it lists one.
    pub(crate) fn of(message: &Message) -> Option<Self> {
        use EntityKind as Kind;
        Some(match message {
            Message::ListEntitiesBinarySensor(m) => entity!(m, Kind::BinarySensor, device_class),
            Message::ListEntitiesCover(m) => entity!(m, Kind::Cover, device_class),
            Message::ListEntitiesFan(m) => entity!(m, Kind::Fan),
            Message::ListEntitiesLight(m) => entity!(m, Kind::Light),
            Message::ListEntitiesSensor(m) => {
                entity!(m, Kind::Sensor, device_class, unit_of_measurement)
            }
            Message::ListEntitiesSwitch(m) => entity!(m, Kind::Switch, device_class),
            Message::ListEntitiesTextSensor(m) => entity!(m, Kind::TextSensor, device_class),
            Message::ListEntitiesCamera(m) => entity!(m, Kind::Camera),
            Message::ListEntitiesClimate(m) => entity!(m, Kind::Climate),
            Message::ListEntitiesNumber(m) => {
                entity!(m, Kind::Number, device_class, unit_of_measurement)
            }
            Message::ListEntitiesSelect(m) => {
                let options = m.options.iter().take(MAX_OPTIONS);
                let options = options.map(|option| sanitize(option, MAX_NAME)).collect();
                entity!(m, Kind::Select { options })
            }
            Message::ListEntitiesSiren(m) => entity!(m, Kind::Siren),
            Message::ListEntitiesLock(m) => entity!(m, Kind::Lock),
            Message::ListEntitiesButton(m) => entity!(m, Kind::Button, device_class),
            Message::ListEntitiesMediaPlayer(m) => entity!(m, Kind::MediaPlayer),
            Message::ListEntitiesAlarmControlPanel(m) => entity!(m, Kind::AlarmControlPanel),
            Message::ListEntitiesText(m) => entity!(m, Kind::Text),
            Message::ListEntitiesDate(m) => entity!(m, Kind::Date),
            Message::ListEntitiesTime(m) => entity!(m, Kind::Time),
            Message::ListEntitiesEvent(m) => entity!(m, Kind::Event, device_class),
            Message::ListEntitiesValve(m) => entity!(m, Kind::Valve, device_class),
            Message::ListEntitiesDateTime(m) => entity!(m, Kind::DateTime),
            Message::ListEntitiesUpdate(m) => entity!(m, Kind::Update, device_class),
            Message::ListEntitiesWaterHeater(m) => entity!(m, Kind::WaterHeater),
            Message::ListEntitiesInfrared(m) => {
                let (capabilities, receiver_frequency) = (m.capabilities, m.receiver_frequency);
                entity!(m, Kind::Infrared { capabilities, receiver_frequency })
            }
            Message::ListEntitiesRadioFrequency(m) => {
                let capabilities = m.capabilities;
                entity!(m, Kind::RadioFrequency { capabilities })
            }
            _ => return None,
        })
    }

    const fn of_kind(kind: EntityKind) -> Self {
        Self {
            kind,
            object_id: String::new(),
            key: 0,
            name: String::new(),
            device_id: 0,
            device_class: String::new(),
            unit_of_measurement: String::new(),
            icon: String::new(),
            category: EntityCategory::Main,
            disabled_by_default: false,
        }
    }
}

/// A choice of more is none for people.
const MAX_OPTIONS: usize = 1_024;

#[cfg(test)]
mod tests;
