//! What a device says of itself: identity, entities, actions.

mod entities;
mod partial;
mod shared;

use std::sync::Arc;

use crate::{
    EntityId, MacAddress, proto,
    sanitize::{MAX_NAME, sanitize},
};

pub use entities::{EntityCategory, EntityDescription, EntityKind};
#[cfg(test)]
pub(crate) use partial::MAX_ENTRIES;
pub(crate) use partial::PartialListing;
pub use shared::SharedListings;

/// A device, as it described itself in one session. All texts are cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerDescription {
    /// The node name.
    pub name: String,
    /// The MAC address; a device of a session that is ready has one.
    pub mac: Option<MacAddress>,
    /// The API version that it announced, major and minor.
    pub api_version: (u32, u32),
    /// Its software and version.
    pub server_info: String,
    /// Who it is (`DeviceInfoResponse`, id 10).
    pub device_info: DeviceInfo,
    /// What it has.
    pub listing: Arc<Listing>,
}

/// Who a device is (`DeviceInfoResponse`, id 10). All texts are cleaned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The ESPHome version (field 4).
    pub esphome_version: String,
    /// When it was compiled (field 5).
    pub compilation_time: String,
    /// The board (field 6).
    pub model: String,
    /// The maker of the chip (field 12).
    pub manufacturer: String,
    /// The project (field 8).
    pub project_name: String,
    /// The version of the project (field 9).
    pub project_version: String,
    /// What people call it (field 13).
    pub friendly_name: String,
    /// Where it says it is (field 16).
    pub suggested_area: String,
    /// Its sub-devices, without itself (field 20); the first 255 of them.
    pub devices: Vec<SubDevice>,
}

/// A device behind the device: its entities have its `device_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubDevice {
    /// The number by which entities name it; never 0.
    pub device_id: u32,
    /// Its name, cleaned.
    pub name: String,
}

impl From<&proto::DeviceInfoResponse> for DeviceInfo {
    fn from(info: &proto::DeviceInfoResponse) -> Self {
        let name = |text: &str| sanitize(text, MAX_NAME);
        let sub_device = |device: &proto::SubDeviceInfo| SubDevice {
            device_id: device.device_id,
            name: name(&device.name),
        };
        Self {
            esphome_version: name(&info.esphome_version),
            compilation_time: name(&info.compilation_time),
            model: name(&info.model),
            manufacturer: name(&info.manufacturer),
            project_name: name(&info.project_name),
            project_version: name(&info.project_version),
            friendly_name: name(&info.friendly_name),
            suggested_area: name(&info.suggested_area),
            devices: info.devices.iter().take(MAX_SUB_DEVICES).map(sub_device).collect(),
        }
    }
}

/// The entities and actions of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The actions, in the order in which they were listed.
    pub actions: Vec<ActionDescription>,
    /// The entities, likewise.
    pub entities: Vec<EntityDescription>,
    /// How many more actions and entities the device lists than can be kept.
    pub omitted: u32,
}

impl Listing {
    /// The action named `name`.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&ActionDescription> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// The entity `id`.
    #[must_use]
    pub fn entity(&self, id: EntityId) -> Option<&EntityDescription> {
        self.entities.iter().find(|entity| entity.id() == id)
    }
}

/// One action of a device (`ListEntitiesServicesResponse`, id 41).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionDescription {
    /// Its name.
    pub name: String,
    /// Its key, the 32-bit FNV-1 of the name.
    pub key: u32,
    /// Its arguments; a call fills them by position.
    pub args: Vec<ArgDescription>,
    /// Whether it replies.
    pub supports_response: SupportsResponse,
}

/// One argument of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgDescription {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ArgKind,
    /// Whether it may be left empty.
    pub optional: bool,
}

/// The type of an argument (`ServiceArgType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are ESPHome's types; see `name`")]
pub enum ArgKind {
    Bool,
    Int,
    Float,
    Text,
    Bools,
    Ints,
    Floats,
    Texts,
    /// A type that this crate does not know.
    Unrecognised(i32),
}

impl ArgKind {
    /// ESPHome's word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Text => "string",
            Self::Bools => "bool[]",
            Self::Ints => "int[]",
            Self::Floats => "float[]",
            Self::Texts => "string[]",
            Self::Unrecognised(_) => "unrecognised",
        }
    }
}

impl From<i32> for ArgKind {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::Bool,
            1 => Self::Int,
            2 => Self::Float,
            3 => Self::Text,
            4 => Self::Bools,
            5 => Self::Ints,
            6 => Self::Floats,
            7 => Self::Texts,
            other => Self::Unrecognised(other),
        }
    }
}

/// Whether an action replies (`SupportsResponseType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportsResponse {
    /// 0: never. A call id must not be sent: one would wait in vain.
    None,
    /// 1: with data if they are asked for.
    Optional,
    /// 2: with data only.
    Only,
    /// 100: with success or failure only.
    Status,
    /// A number that this crate does not know; treated as never.
    Unrecognised(i32),
}

impl From<i32> for SupportsResponse {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::None,
            1 => Self::Optional,
            2 => Self::Only,
            100 => Self::Status,
            other => Self::Unrecognised(other),
        }
    }
}

impl From<&proto::ListEntitiesServicesResponse> for ActionDescription {
    fn from(listed: &proto::ListEntitiesServicesResponse) -> Self {
        let argument = |arg: &proto::ListEntitiesServicesArgument| ArgDescription {
            name: sanitize(&arg.name, MAX_NAME),
            kind: arg.r#type.into(),
            optional: arg.optional,
        };
        Self {
            name: sanitize(&listed.name, MAX_NAME),
            key: listed.key,
            args: listed.args.iter().take(MAX_ARGUMENTS).map(argument).collect(),
            supports_response: listed.supports_response.into(),
        }
    }
}

/// Firmware numbers them in its configuration; nobody writes this many.
const MAX_SUB_DEVICES: usize = 255;

/// The firmware compiles arguments into the action; nobody writes this many.
const MAX_ARGUMENTS: usize = 64;
