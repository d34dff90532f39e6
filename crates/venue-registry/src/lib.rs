//! What a venue is made of: devices with their ports, zones, tags, timing profiles and channels.
//!
//! Everything here is a value or a rule over values. A [`Registry`] is read from the items that a
//! store keeps ([`venue_domain::Configuration`]) and the devices of the configuration file
//! ([`Base`]); an [`Edit`] says which items have to change, and refuses what would not fit. A
//! [`Selector`] names ports the way people do, and a registry knows which those are.

mod address;
mod blaster;
mod catalog;
mod channel_names;
mod check;
mod device;
mod discovered;
mod document;
mod driving;
mod edit;
mod edit_error;
mod expansion;
mod infrared;
mod kind;
mod label;
mod lock;
mod locking;
mod maintaining;
mod maintenance;
mod names;
mod preset;
mod preset_plan;
mod problem;
mod read_item;
mod registry;
mod selector;
mod source;
mod temporary;
mod timing;
mod tried;
mod venue;
mod venue_item;
mod warnings;

pub use address::{Address, AddressError};
pub use blaster::{
    BlasterPortError, DeviceNameError, RESERVED_NAMES, blaster_port, device_name, is_reserved,
    read_blaster_port, read_device_name,
};
pub use catalog::{Channel, Profile, Tag, Zone};
pub use channel_names::ChannelNameError;
pub use device::{Device, Port, UnknownVolumeAt, VolumeAt};
pub use discovered::{DiscoveredDevice, Known};
pub use document::{Change, ChangeKind, Document, FieldChange, field_changes};
pub use driving::{DiscretePower, MappedAction, Typing, sent_actions};
pub use edit::{Edit, Expected, Secret, merge_patch};
pub use edit_error::{DocumentError, EditError};
pub use esphome_mac::{MacAddress, MacAddressError};
pub use expansion::{Expansion, NoMatch, Unmatched};
pub use kind::{Kind, UnknownKind};
pub use label::{Label, LabelError};
pub use lock::{Lock, LockTarget, LockTargetError};
pub use maintenance::{Maintenance, MaintenanceTarget, MaintenanceTargetError};
pub use preset::{OnOff, Preset, PresetEntry};
pub use preset_plan::{Captured, DISABLED_CHANNEL, PresetPlan, forget_accepted, forget_open};
pub use problem::Problem;
pub use registry::{Base, Driven, Listed, Registry};
pub use selector::{Selector, SelectorError};
pub use source::{Source, SourcePort};
pub use temporary::Temporary;
pub use timing::Timing;
pub use tried::tried_action;
pub use venue::{TimeZoneName, TimeZoneNameError, Venue};
pub use venue_infrared::CodeSet;
