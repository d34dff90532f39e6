//! Generations of the SmartVenue firmware: what they announce and what they list.

use std::str::FromStr;

use esphome_codec::{Login, Message, proto};
use snafu::Snafu;

use crate::tv::Key;

/// A generation of the firmware.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Generation {
    /// ESPHome 2026.10: actions reply, infrared entities report completion, all keys.
    #[default]
    Current,
    /// ESPHome 2026.6: actions reply.
    Replies,
    /// ESPHome 2025.10: no replies.
    Classic,
    /// ESPHome 2024.12: no replies, the login is wanted, `box` and channels like `2-501`, no
    /// discrete power.
    Legacy,
}

/// The name is no generation.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("a generation is current, replies, classic or legacy, not {name:?}"))]
pub struct UnknownGeneration {
    /// The name.
    pub name: String,
}

impl FromStr for Generation {
    type Err = UnknownGeneration;

    fn from_str(name: &str) -> Result<Self, UnknownGeneration> {
        match name {
            "current" => Ok(Self::Current),
            "replies" => Ok(Self::Replies),
            "classic" => Ok(Self::Classic),
            "legacy" => Ok(Self::Legacy),
            _ => Err(UnknownGeneration { name: name.to_owned() }),
        }
    }
}

/// One action of a firmware.
#[derive(Clone, Debug)]
pub(crate) struct ActionSpec {
    pub(crate) name: String,
    pub(crate) args: Vec<(&'static str, ArgType)>,
    pub(crate) effect: Effect,
}

/// The type of an argument (`ServiceArgType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArgType {
    Int = 1,
    Text = 3,
}

/// What an action does on the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Sends one key.
    Key(Key),
    /// Sends the digit of its argument.
    Number,
    /// Starts the channel script.
    Channel,
    /// Selects the input of its argument.
    Input,
    /// Blinks the LED.
    Diagnostic,
    /// Publishes the capabilities.
    Report,
}

impl Generation {
    pub(crate) const fn api_version(self) -> (u32, u32) {
        match self {
            Self::Current => (1, 19),
            Self::Replies => (1, 14),
            Self::Classic => (1, 12),
            Self::Legacy => (1, 10),
        }
    }

    pub(crate) const fn esphome_version(self) -> &'static str {
        match self {
            Self::Current => "2026.10.0",
            Self::Replies => "2026.6.5",
            Self::Classic => "2025.10.1",
            Self::Legacy => "2024.12.4",
        }
    }

    pub(crate) const fn login(self) -> Login {
        match self {
            Self::Current | Self::Replies | Self::Classic => Login::NotNeeded,
            Self::Legacy => Login::Empty,
        }
    }

    pub(crate) const fn has_replies(self) -> bool {
        match self {
            Self::Current | Self::Replies => true,
            Self::Classic | Self::Legacy => false,
        }
    }

    /// Whether this release knows infrared entities at all (API 1.14 and later).
    pub(crate) const fn has_infrared(self) -> bool {
        matches!(self, Self::Current | Self::Replies)
    }

    /// Whether it says how a transmission ended (message 153, API 1.18 and later).
    pub(crate) const fn reports_infrared(self) -> bool {
        matches!(self, Self::Current)
    }

    /// Whether the firmware has an update entity.
    pub(crate) const fn has_update(self) -> bool {
        matches!(self, Self::Current)
    }

    /// The actions that this generation has.
    pub(crate) fn actions(self) -> Vec<ActionSpec> {
        let port = match self {
            Self::Current | Self::Replies | Self::Classic => ("port", ArgType::Int),
            Self::Legacy => ("box", ArgType::Int),
        };
        let mut actions: Vec<ActionSpec> = keys(self)
            .into_iter()
            .map(|(name, key)| spec(name, vec![port], Effect::Key(key)))
            .collect();
        let channel = ("channel", ArgType::Text);
        let channel_args = match self {
            Self::Current | Self::Replies | Self::Classic => vec![port, channel],
            Self::Legacy => vec![channel],
        };
        actions.push(spec("tv_channel", channel_args, Effect::Channel));
        actions.push(spec("tv_number", vec![port, ("digit", ArgType::Int)], Effect::Number));
        let code = match self {
            Self::Legacy => ("digit", ArgType::Int),
            Self::Current | Self::Replies | Self::Classic => ("code", ArgType::Int),
        };
        actions.push(spec("diagnostic_signal", vec![port, code], Effect::Diagnostic));
        actions.push(spec("report_capabilities", Vec::new(), Effect::Report));
        if self == Self::Current {
            let args = vec![port, ("input", ArgType::Text)];
            actions.push(spec("tv_input", args, Effect::Input));
        }
        actions
    }

    /// The whole listing of a board with these transmitters and actions, as it is sent.
    pub(crate) fn listing(
        self,
        is_stock: bool,
        infrared: impl Iterator<Item = proto::ListEntitiesInfraredResponse>,
        actions: &[ActionSpec],
    ) -> Vec<Message> {
        let mut listing = if is_stock { Vec::new() } else { self.sensors() };
        if self.has_infrared() {
            listing.extend(infrared.map(Message::from));
        }
        if self.has_update() {
            let update = proto::ListEntitiesUpdateResponse {
                key: UPDATE_KEY,
                name: "Firmware".to_owned(),
                device_class: "firmware".to_owned(),
                entity_category: CONFIG,
                ..proto::ListEntitiesUpdateResponse::default()
            };
            listing.push(update.into());
        }
        let supports_response = if self.has_replies() { 100 } else { 0 };
        listing.extend(actions.iter().map(|action| {
            proto::ListEntitiesServicesResponse {
                key: key_of(&action.name),
                args: action.args.iter().map(|(name, kind)| argument(name, *kind)).collect(),
                name: action.name.clone(),
                supports_response,
                ..proto::ListEntitiesServicesResponse::default()
            }
            .into()
        }));
        listing.push(proto::ListEntitiesDoneResponse {}.into());
        listing
    }

    /// What the family's firmware tells of itself.
    fn sensors(self) -> Vec<Message> {
        vec![
            proto::ListEntitiesTextSensorResponse {
                object_id: object_id(self, "ir_capabilities_payload"),
                key: CAPABILITIES_KEY,
                name: "IR Capabilities Payload".to_owned(),
                icon: "mdi:remote-tv".to_owned(),
                entity_category: DIAGNOSTIC,
                ..proto::ListEntitiesTextSensorResponse::default()
            }
            .into(),
            proto::ListEntitiesSensorResponse {
                object_id: object_id(self, "command_count"),
                key: COUNT_KEY,
                name: "Command Count".to_owned(),
                entity_category: DIAGNOSTIC,
                ..proto::ListEntitiesSensorResponse::default()
            }
            .into(),
        ]
    }
}

/// Categories of entities (`EntityCategory` of api.proto).
const CONFIG: i32 = 1;
const DIAGNOSTIC: i32 = 2;

/// The keys of the text sensor and the sensor.
pub(crate) const CAPABILITIES_KEY: u32 = 0x6361_7000;
pub(crate) const COUNT_KEY: u32 = 0x636e_7400;

/// The key of the update entity.
pub(crate) const UPDATE_KEY: u32 = 0x7570_6400;

/// The key of an action: the 32-bit FNV-1 of its name (multiply, then xor).
pub(crate) fn key_of(name: &str) -> u32 {
    name.bytes()
        .fold(0x811c_9dc5, |hash: u32, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte))
}

fn keys(generation: Generation) -> Vec<(&'static str, Key)> {
    let mut keys = vec![
        ("tv_power", Key::Power),
        ("tv_mute", Key::Mute),
        ("tv_volume_up", Key::VolumeUp),
        ("tv_volume_down", Key::VolumeDown),
        ("tv_channel_up", Key::ChannelUp),
        ("tv_channel_down", Key::ChannelDown),
    ];
    if generation != Generation::Legacy {
        keys.extend([("tv_power_on", Key::PowerOn), ("tv_power_off", Key::PowerOff)]);
    }
    if generation == Generation::Current {
        keys.extend([("tv_mute_on", Key::MuteOn), ("tv_mute_off", Key::MuteOff)]);
        keys.extend(NAVIGATION.map(|name| (name, Key::Navigate(name))));
    }
    keys
}

const NAVIGATION: [&str; 11] = [
    "tv_up", "tv_down", "tv_left", "tv_right", "tv_ok", "tv_back", "tv_home", "tv_menu",
    "tv_guide", "tv_info", "tv_exit",
];

fn spec(name: &str, args: Vec<(&'static str, ArgType)>, effect: Effect) -> ActionSpec {
    ActionSpec { name: name.to_owned(), args, effect }
}

fn argument(name: &str, kind: ArgType) -> proto::ListEntitiesServicesArgument {
    proto::ListEntitiesServicesArgument {
        name: name.to_owned(),
        r#type: kind as i32,
        ..proto::ListEntitiesServicesArgument::default()
    }
}

/// Recent firmware leaves object ids empty.
fn object_id(generation: Generation, id: &str) -> String {
    match generation {
        Generation::Current => String::new(),
        Generation::Replies | Generation::Classic | Generation::Legacy => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{InfraredConfig, board::Board, infrared::Air};

    #[test]
    fn keys_are_those_of_real_firmware() {
        assert_eq!(key_of("tv_power"), 0x9275_ee85);
        assert_eq!(key_of("tv_mute"), 0x32fb_6655);
        assert_eq!(key_of("report_capabilities"), 0x4977_27cc);
        assert_eq!(key_of("send_ir"), 0x835f_9d53);
    }

    #[test]
    fn each_generation_lists_what_it_has_and_ends_the_listing() {
        let stop = CancellationToken::new();
        let count = |generation: Generation| generation.actions().len();
        assert!(count(Generation::Current) > count(Generation::Replies));
        assert_eq!(count(Generation::Replies), count(Generation::Classic));
        assert!(count(Generation::Classic) > count(Generation::Legacy));
        for generation in
            [Generation::Current, Generation::Replies, Generation::Classic, Generation::Legacy]
        {
            let board = Board::new(generation.actions(), Vec::new(), Duration::ZERO, stop.clone());
            let air = Air::new(InfraredConfig::of_the_family(generation), board, stop.clone());
            let listing = generation.listing(air.is_stock(), air.listing(), &generation.actions());
            assert!(matches!(listing.last(), Some(Message::ListEntitiesDone(_))));
        }
    }
}
