//! The layouts: which bits the frames of each protocol have.

use crate::layout::{
    Item,
    Source::{Check, Constant, Device, Extra, Function, Held, Subdevice, Toggle},
    Values, lsb, msb,
};

pub(super) const NONE: &[Item] = &[];

pub(super) const NEC: &[Item] =
    &[lsb(Device, 8), lsb(Subdevice, 8), lsb(Function, 8), lsb(Function, 8).inverted()];

pub(super) const NEC_EXT: &[Item] = &[lsb(Device, 16), lsb(Function, 16)];

pub(super) const NEC42: &[Item] =
    &[lsb(Device, 13), lsb(Device, 13).inverted(), lsb(Function, 8), lsb(Function, 8).inverted()];

/// The repeat frame of NECx1 sends the lowest bit of the device.
pub(super) const NECX1_HELD: &[Item] = &[lsb(Device, 1)];

pub(super) const SAMSUNG36: &[Item] = &[
    lsb(Device, 8),
    lsb(Subdevice, 8),
    Item::Pause { mark: 560, space: 5_040 },
    lsb(Extra, 4),
    lsb(Function, 8),
    lsb(Function, 8).inverted(),
];

pub(super) const LG: &[Item] =
    &[msb(Device, 8), msb(Function, 16), msb(Check(nibbles_of_function), 4)];

fn nibbles_of_function(values: &Values) -> u32 {
    (0..4).map(|nibble| values.function >> (4 * nibble) & 15).sum()
}

/// The unit, then the high half of the complement: what a NEC frame has there.
pub(super) const TIVO: &[Item] = &[
    lsb(Device, 8),
    lsb(Subdevice, 8),
    lsb(Function, 8),
    lsb(Extra, 4),
    lsb(Function, 4).skipping(4).inverted(),
];

pub(super) const SONY12: &[Item] = &[lsb(Function, 7), lsb(Device, 5)];
pub(super) const SONY15: &[Item] = &[lsb(Function, 7), lsb(Device, 8)];
pub(super) const SONY20: &[Item] = &[lsb(Function, 7), lsb(Device, 5), lsb(Subdevice, 8)];

pub(super) const PANASONIC: &[Item] = &[
    lsb(Constant(2), 8),
    lsb(Constant(32), 8),
    lsb(Device, 8),
    lsb(Subdevice, 8),
    lsb(Function, 8),
    lsb(Check(|values| values.device ^ values.subdevice ^ values.function), 8),
];

/// The extra parameter is the vendor number and, in its low four bits, E.
pub(super) const KASEIKYO: &[Item] = &[
    lsb(Extra, 16).skipping(4),
    lsb(Check(vendor_parity), 4),
    lsb(Device, 4),
    lsb(Subdevice, 8),
    lsb(Function, 8),
    lsb(Extra, 4),
    lsb(Check(kaseikyo_parity), 4),
];

fn vendor_parity(values: &Values) -> u32 {
    let vendor = values.extra >> 4;
    (0..4).map(|nibble| vendor >> (4 * nibble)).fold(0, |parity, nibble| parity ^ nibble)
}

fn kaseikyo_parity(values: &Values) -> u32 {
    let sum = values.device ^ values.subdevice ^ values.function ^ ((values.extra & 15) << 4);
    sum ^ (sum >> 4)
}

pub(super) const JVC: &[Item] = &[lsb(Device, 8), lsb(Function, 8)];

pub(super) const SHARP: &[Item] = &[lsb(Device, 5), lsb(Function, 8), lsb(Constant(1), 2)];
pub(super) const SHARP_INVERTED: &[Item] =
    &[lsb(Device, 5), lsb(Function, 8).inverted(), lsb(Constant(2), 2)];
pub(super) const DENON: &[Item] = &[lsb(Device, 5), lsb(Function, 8), lsb(Constant(0), 2)];
pub(super) const DENON_INVERTED: &[Item] =
    &[lsb(Device, 5), lsb(Function, 8).inverted(), lsb(Constant(3), 2)];

pub(super) const RCA: &[Item] =
    &[msb(Device, 4), msb(Function, 8), msb(Device, 4).inverted(), msb(Function, 8).inverted()];

pub(super) const PANASONIC_OLD: &[Item] =
    &[lsb(Device, 5), lsb(Function, 6), lsb(Device, 5).inverted(), lsb(Function, 6).inverted()];

pub(super) const DISH: &[Item] = &[msb(Function, 6), lsb(Subdevice, 5), lsb(Device, 5)];

pub(super) const GI_CABLE: &[Item] =
    &[lsb(Function, 8), lsb(Device, 4), lsb(Check(gi_cable_check), 4)];

fn gi_cable_check(values: &Values) -> u32 {
    let sum = values.device + (values.function & 15) + (values.function >> 4);
    0_u32.wrapping_sub(sum)
}

pub(super) const DIRECTV: &[Item] =
    &[msb(Device, 4), msb(Function, 8), msb(Check(directv_check), 4)];

fn directv_check(values: &Values) -> u32 {
    let pair = |shift: u32| values.function >> shift & 3;
    7 * pair(6) + 5 * pair(4) + 3 * pair(2) + pair(0)
}

/// The toggle bit shares a symbol with the highest bit of `x`.
pub(super) const RCMM32: &[Item] =
    &[msb(Device, 8), msb(Subdevice, 8), msb(Toggle, 1), msb(Extra, 7), msb(Function, 8)];

pub(super) const XMP: &[Item] = &[
    msb(Subdevice, 4).skipping(4),
    msb(Check(xmp_check_1), 4),
    msb(Subdevice, 4),
    msb(Constant(15), 4),
    msb(Extra, 8),
    msb(Device, 8),
    Item::Pause { mark: 210, space: 13_800 },
    msb(Subdevice, 4).skipping(4),
    msb(Check(xmp_check_2), 4),
    msb(Held, 4),
    msb(Subdevice, 4),
    msb(Function, 8),
    msb(Constant(0), 8),
];

/// The sum of both nibbles.
const fn nibbles(value: u32) -> u32 {
    (value & 15) + (value >> 4)
}

fn xmp_check_1(values: &Values) -> u32 {
    let sum = nibbles(values.subdevice) + 15 + nibbles(values.extra) + nibbles(values.device);
    0_u32.wrapping_sub(sum)
}

fn xmp_check_2(values: &Values) -> u32 {
    let sum = nibbles(values.subdevice) + values.held + nibbles(values.function);
    0_u32.wrapping_sub(sum)
}
