//! The codes of a remote control, and who reads them out of timings.

use std::{collections::BTreeMap, fmt};

use crate::Key;

/// A protocol that an appliance can be built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of IRP notation, where there is one")]
pub enum RemoteProtocol {
    Nec1,
    /// Samsung32.
    NecX2,
    Samsung36,
    Pioneer,
    Rc5,
    Rc5X,
    Rc6,
    /// RC6 mode 6 with 20 bits: Sky.
    Rc6M20,
    /// RC6 mode 6 with 32 bits and a toggle bit of normal width.
    Mce,
    Sony12,
    Sony15,
    Sony20,
    Panasonic,
    Jvc,
    Sharp,
    Denon,
    DirecTv,
    /// Dish Network.
    Dish,
    GiCable,
    Rca,
    /// RC-MM with 32 bits.
    Nokia32,
}

impl RemoteProtocol {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Nec1,
        Self::NecX2,
        Self::Samsung36,
        Self::Pioneer,
        Self::Rc5,
        Self::Rc5X,
        Self::Rc6,
        Self::Rc6M20,
        Self::Mce,
        Self::Sony12,
        Self::Sony15,
        Self::Sony20,
        Self::Panasonic,
        Self::Jvc,
        Self::Sharp,
        Self::Denon,
        Self::DirecTv,
        Self::Dish,
        Self::GiCable,
        Self::Rca,
        Self::Nokia32,
    ];

    /// The carrier that the receivers of this protocol are tuned to, in Hz.
    #[must_use]
    pub const fn carrier_hz(self) -> u32 {
        match self {
            Self::Nec1 | Self::NecX2 | Self::Samsung36 => 38_000,
            Self::Jvc | Self::Sharp | Self::Denon | Self::DirecTv => 38_000,
            Self::GiCable => 38_700,
            Self::Pioneer | Self::Sony12 | Self::Sony15 | Self::Sony20 => 40_000,
            Self::Rc5 | Self::Rc5X | Self::Rc6 | Self::Rc6M20 | Self::Mce | Self::Nokia32 => 36_000,
            Self::Panasonic => 37_000,
            Self::Dish => 57_600,
            Self::Rca => 58_000,
        }
    }

    /// Whether its frames carry a toggle bit that flips with each press. That of Sky is fixed.
    #[must_use]
    pub const fn has_toggle(self) -> bool {
        matches!(self, Self::Rc5 | Self::Rc5X | Self::Rc6 | Self::Mce | Self::Nokia32)
    }

    /// Whether a key that is held sends frames of another form than the first one, so that a whole frame is a new
    /// press.
    #[must_use]
    pub const fn has_ditto(self) -> bool {
        matches!(self, Self::Nec1 | Self::Jvc | Self::DirecTv | Self::GiCable)
    }

    /// How many frames of a press an appliance of this protocol wants before it acts: 3 for Sony, 4
    /// for Dish, 2 for Pioneer and GI Cable; of Sharp and Denon the frame and its inverse.
    #[must_use]
    pub const fn frames_wanted(self) -> u8 {
        match self {
            Self::Sony12 | Self::Sony15 | Self::Sony20 => 3,
            Self::Dish => 4,
            Self::Pioneer | Self::GiCable | Self::Sharp | Self::Denon => 2,
            Self::Nec1
            | Self::NecX2
            | Self::Samsung36
            | Self::Rc5
            | Self::Rc5X
            | Self::Rc6
            | Self::Rc6M20
            | Self::Mce
            | Self::Panasonic
            | Self::Jvc
            | Self::DirecTv
            | Self::Rca
            | Self::Nokia32 => 1,
        }
    }
}

/// The codes of one remote control, and what each does at the appliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// The protocol.
    pub protocol: RemoteProtocol,
    /// The device number (`D`).
    pub device: u16,
    /// The sub-device (`S`), where the protocol has one and it matters.
    pub subdevice: Option<u16>,
    /// The extra field of the protocol, where it has one and it matters: `E` of Samsung36, `X` of
    /// Nokia32.
    pub extra: Option<u16>,
    /// What each function number (`F`) does.
    pub keys: BTreeMap<u16, Key>,
}

impl Remote {
    /// A remote without an extra field.
    #[must_use]
    pub fn new(
        protocol: RemoteProtocol,
        device: u16,
        subdevice: Option<u16>,
        keys: impl IntoIterator<Item = (u16, Key)>,
    ) -> Self {
        let keys = keys.into_iter().collect();
        Self { protocol, device, subdevice, extra: None, keys }
    }

    /// What a frame means to the appliance; nothing if it is for another one.
    #[must_use]
    pub fn key(&self, frame: &DecodedFrame) -> Option<&Key> {
        let fits = |wanted: Option<u16>, found: Option<u16>| wanted.is_none() || wanted == found;
        let mine = frame.device == self.device
            && fits(self.subdevice, frame.subdevice)
            && fits(self.extra, frame.extra);
        if mine { self.keys.get(&frame.function) } else { None }
    }

    /// The function number of a key.
    #[must_use]
    pub fn function(&self, key: &Key) -> Option<u16> {
        self.keys.iter().find(|(_, of)| *of == key).map(|(function, _)| *function)
    }
}

/// One frame, as a receiver reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodedFrame {
    /// When its last mark ends, in microseconds from the start of the array.
    pub ends_us: u64,
    /// `D`.
    pub device: u16,
    /// `S`, where the protocol has one.
    pub subdevice: Option<u16>,
    /// `F`.
    pub function: u16,
    /// `E` or `X`, where the protocol has one.
    pub extra: Option<u16>,
    /// `T`, where the protocol has one.
    pub toggle: Option<bool>,
    /// Whether it is the short form that means "still held", such as the ditto of NEC1.
    pub ditto: bool,
}

/// Reads frames of one protocol out of timings, as the receiver of an appliance does.
///
/// A judge of what a program sends must not be made of the encoder that is judged: tests use
/// `IrpDecoder` (feature `irp`), which is foreign code.
pub trait RemoteDecoder: fmt::Debug + Send + Sync {
    /// The frames of `protocol` in an array of durations (microseconds; marks at even places,
    /// spaces at odd ones, a mark first), in order. What is none is skipped.
    fn decode(&self, protocol: RemoteProtocol, durations_us: &[u32]) -> Vec<DecodedFrame>;
}
