//! The protocols of the family: carrier, leader, layout.

use super::ManchesterSpec;
use crate::{
    layout::{
        Item,
        Source::{Constant, Device, Function, Subdevice, Toggle},
        msb,
    },
    wave::End,
};

/// RC5 begins with the second half of a start bit; the next bit is the inverted seventh bit of the
/// function (of the subdevice for RC5X).
const fn rc5(layout: &'static [Item]) -> ManchesterSpec {
    ManchesterSpec {
        carrier: 36_000,
        half: 889,
        one_begins_with_mark: false,
        leader: (1, 0),
        layout,
        end: End::Period(114_000),
    }
}

pub(crate) static RC5: ManchesterSpec = rc5(&[
    msb(Function, 1).skipping(6).inverted(),
    msb(Toggle, 1),
    msb(Device, 5),
    msb(Function, 6),
]);

pub(crate) static RC5X: ManchesterSpec = rc5(&[
    msb(Subdevice, 1).skipping(6).inverted(),
    msb(Toggle, 1),
    msb(Device, 5),
    Item::Pause { mark: 0, space: 3_556 },
    msb(Subdevice, 6),
    msb(Function, 6),
]);

const fn rc6(layout: &'static [Item], end: End) -> ManchesterSpec {
    ManchesterSpec {
        carrier: 36_000,
        half: 444,
        one_begins_with_mark: true,
        leader: (6, 2),
        layout,
        end,
    }
}

const RC6_PERIOD: End = End::Period(107_000);

pub(crate) static RC6: ManchesterSpec = rc6(
    &[msb(Constant(0b1_000), 4), msb(Toggle, 1).wide(), msb(Device, 8), msb(Function, 8)],
    RC6_PERIOD,
);

pub(crate) static RC6_6_20: ManchesterSpec = rc6(
    &[
        msb(Constant(0b1_110), 4),
        msb(Toggle, 1).wide(),
        msb(Device, 8),
        msb(Subdevice, 4),
        msb(Function, 8),
    ],
    End::Gap(100_000),
);

/// The trailer is always 0, and the toggle bit is one of the data bits.
pub(crate) static MCE: ManchesterSpec = rc6(
    &[
        msb(Constant(0b1_110), 4),
        msb(Constant(0), 1).wide(),
        msb(Constant(128), 8),
        msb(Subdevice, 8),
        msb(Toggle, 1),
        msb(Device, 7),
        msb(Function, 8),
    ],
    RC6_PERIOD,
);
