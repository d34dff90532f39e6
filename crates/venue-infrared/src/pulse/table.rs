//! The protocols of the pulse families: carrier, symbols, frames.
//!
//! The durations are those of IrpProtocols.xml (all-permissive notice), in microseconds. The NEC and
//! Samsung families are sent at 38 kHz instead of 38.4: that is what receivers are tuned to.

use super::{Frame, Pair, PulseSpec, words};
use crate::{layout::Item, wave::End};

/// A frame behind this header.
const fn frame(header: Pair, layout: &'static [Item], end: End) -> Frame {
    Frame { header: Some(header), layout, end }
}

/// A frame that begins with its first bit.
const fn bare(layout: &'static [Item], end: End) -> Frame {
    Frame { header: None, layout, end }
}

/// NEC's frames begin every 108 ms.
const NEC_PERIOD: End = End::Period(108_000);

const NEC_BITS: &[Pair] = &[(564, 564), (564, 1_692)];
const NEC_HEADER: Pair = (9_024, 4_512);
const NEC_DITTO: &[Frame] = &[frame((9_024, 2_256), words::NONE, NEC_PERIOD)];
const NEC_FRAME: &[Frame] = &[frame(NEC_HEADER, words::NEC, NEC_PERIOD)];
const NECX_FRAME: &[Frame] = &[frame((4_512, 4_512), words::NEC, NEC_PERIOD)];

/// A relative of NEC: its bits, its stop mark.
const fn nec(carrier: u32, first: &'static [Frame], repeat: &'static [Frame]) -> PulseSpec {
    PulseSpec { carrier, symbols: NEC_BITS, stop: 564, first, repeat }
}

pub(crate) static NEC1: PulseSpec = nec(38_000, NEC_FRAME, NEC_DITTO);
pub(crate) static NEC2: PulseSpec = nec(38_000, NEC_FRAME, NEC_FRAME);
pub(crate) static NEC_EXT: PulseSpec =
    nec(38_000, &[frame(NEC_HEADER, words::NEC_EXT, NEC_PERIOD)], NEC_DITTO);
pub(crate) static NEC42: PulseSpec =
    nec(38_000, &[frame(NEC_HEADER, words::NEC42, NEC_PERIOD)], NEC_DITTO);
pub(crate) static PIONEER: PulseSpec = nec(40_000, NEC_FRAME, NEC_FRAME);
pub(crate) static SAMSUNG32: PulseSpec = nec(38_000, NECX_FRAME, NECX_FRAME);
pub(crate) static NECX1: PulseSpec =
    nec(38_000, NECX_FRAME, &[frame((4_512, 4_512), words::NECX1_HELD, NEC_PERIOD)]);
pub(crate) static TIVO: PulseSpec = nec(
    38_000,
    &[frame(NEC_HEADER, words::TIVO, End::Gap(43_992))],
    &[frame((9_024, 2_256), words::NONE, End::Gap(97_572))],
);

const SAMSUNG36_FRAME: &[Frame] = &[frame((4_500, 4_500), words::SAMSUNG36, NEC_PERIOD)];
pub(crate) static SAMSUNG36: PulseSpec = PulseSpec {
    carrier: 37_900,
    symbols: &[(560, 560), (560, 1_680)],
    stop: 560,
    first: SAMSUNG36_FRAME,
    repeat: SAMSUNG36_FRAME,
};

/// Not in IrpProtocols.xml: as LG's own remotes send it, with NEC's ditto.
pub(crate) static LG: PulseSpec = PulseSpec {
    carrier: 38_000,
    symbols: &[(550, 550), (550, 1_650)],
    stop: 550,
    first: &[frame((8_800, 4_400), words::LG, NEC_PERIOD)],
    repeat: &[frame((8_800, 2_200), words::NONE, NEC_PERIOD)],
};

/// A Sony protocol: the length of the mark is the bit, and no mark stands behind the last one.
const fn sony(frames: &'static [Frame]) -> PulseSpec {
    const BITS: &[Pair] = &[(600, 600), (1_200, 600)];
    PulseSpec { carrier: 40_000, symbols: BITS, stop: 0, first: frames, repeat: frames }
}

const SONY_HEADER: Pair = (2_400, 600);
const SONY_PERIOD: End = End::Period(45_000);
pub(crate) static SONY12: PulseSpec = sony(&[frame(SONY_HEADER, words::SONY12, SONY_PERIOD)]);
pub(crate) static SONY15: PulseSpec = sony(&[frame(SONY_HEADER, words::SONY15, SONY_PERIOD)]);
pub(crate) static SONY20: PulseSpec = sony(&[frame(SONY_HEADER, words::SONY20, SONY_PERIOD)]);

const fn kaseikyo(frames: &'static [Frame]) -> PulseSpec {
    const BITS: &[Pair] = &[(432, 432), (432, 1_296)];
    PulseSpec { carrier: 37_000, symbols: BITS, stop: 432, first: frames, repeat: frames }
}

const KASEIKYO_HEADER: Pair = (3_456, 1_728);
const KASEIKYO_GAP: End = End::Gap(74_736);
pub(crate) static KASEIKYO: PulseSpec =
    kaseikyo(&[frame(KASEIKYO_HEADER, words::KASEIKYO, KASEIKYO_GAP)]);
pub(crate) static PANASONIC: PulseSpec =
    kaseikyo(&[frame(KASEIKYO_HEADER, words::PANASONIC, KASEIKYO_GAP)]);

pub(crate) static JVC: PulseSpec = PulseSpec {
    carrier: 37_900,
    symbols: &[(527, 527), (527, 1_581)],
    stop: 527,
    first: &[frame((8_432, 4_216), words::JVC, End::Period(59_080))],
    repeat: &[bare(words::JVC, End::Period(46_420))],
};

const SHARP_BITS: &[Pair] = &[(264, 792), (264, 1_848)];
const SHARP_PERIOD: End = End::Period(67_000);

/// A send is the frame, the frame with its function inverted, and the frame again.
const fn sharp(first: &'static [Frame; 3], repeat: &'static [Frame; 2]) -> PulseSpec {
    PulseSpec { carrier: 38_000, symbols: SHARP_BITS, stop: 264, first, repeat }
}

const SHARP_FRAME: Frame = bare(words::SHARP, SHARP_PERIOD);
const SHARP_SECOND: Frame = bare(words::SHARP_INVERTED, SHARP_PERIOD);
const DENON_FRAME: Frame = bare(words::DENON, SHARP_PERIOD);
const DENON_SECOND: Frame = bare(words::DENON_INVERTED, SHARP_PERIOD);
pub(crate) static SHARP: PulseSpec =
    sharp(&[SHARP_FRAME, SHARP_SECOND, SHARP_FRAME], &[SHARP_SECOND, SHARP_FRAME]);
pub(crate) static DENON: PulseSpec =
    sharp(&[DENON_FRAME, DENON_SECOND, DENON_FRAME], &[DENON_SECOND, DENON_FRAME]);

const RCA_FRAME: &[Frame] = &[frame((3_680, 3_680), words::RCA, End::Gap(7_360))];
/// In the middle of the 56 to 58 kHz that RCA's remotes have.
pub(crate) static RCA: PulseSpec = PulseSpec {
    carrier: 57_000,
    symbols: &[(460, 920), (460, 1_840)],
    stop: 460,
    first: RCA_FRAME,
    repeat: RCA_FRAME,
};

const PANASONIC_OLD_FRAME: &[Frame] =
    &[frame((3_332, 3_332), words::PANASONIC_OLD, End::Gap(44_000))];
pub(crate) static PANASONIC_OLD: PulseSpec = PulseSpec {
    carrier: 57_600,
    symbols: &[(833, 833), (833, 2_499)],
    stop: 833,
    first: PANASONIC_OLD_FRAME,
    repeat: PANASONIC_OLD_FRAME,
};

/// The header comes once, however often the frame follows.
pub(crate) static DISH: PulseSpec = PulseSpec {
    carrier: 57_600,
    symbols: &[(406, 2_842), (406, 1_624)],
    stop: 406,
    first: &[frame((406, 6_090), words::DISH, End::Gap(6_090))],
    repeat: &[bare(words::DISH, End::Gap(6_090))],
};

pub(crate) static GI_CABLE: PulseSpec = PulseSpec {
    carrier: 38_700,
    symbols: &[(490, 2_205), (490, 4_410)],
    stop: 490,
    first: &[frame((8_820, 4_410), words::GI_CABLE, End::Gap(41_160))],
    repeat: &[frame((8_820, 2_205), words::NONE, End::Gap(87_220))],
};

/// Two bits per symbol; the header of a repeat is shorter.
pub(crate) static DIRECTV: PulseSpec = PulseSpec {
    carrier: 38_000,
    symbols: &[(600, 600), (600, 1_200), (1_200, 600), (1_200, 1_200)],
    stop: 600,
    first: &[frame((6_000, 1_200), words::DIRECTV, End::Gap(30_000))],
    repeat: &[frame((3_000, 1_200), words::DIRECTV, End::Gap(30_000))],
};

const RCMM_FRAME: &[Frame] = &[frame((417, 278), words::RCMM32, End::Period(100_000))];
/// Two bits per symbol: 6 periods of the carrier, and 10, 16, 22 or 28 of silence.
pub(crate) static RCMM32: PulseSpec = PulseSpec {
    carrier: 36_000,
    symbols: &[(167, 278), (167, 444), (167, 611), (167, 778)],
    stop: 167,
    first: RCMM_FRAME,
    repeat: RCMM_FRAME,
};

const XMP_FRAME: &[Frame] = &[bare(words::XMP, End::Gap(80_400))];
pub(crate) static XMP: PulseSpec = PulseSpec {
    carrier: 38_000,
    symbols: &XMP_NIBBLES,
    stop: 210,
    first: XMP_FRAME,
    repeat: XMP_FRAME,
};

/// Four bits per symbol: 760 us of silence, and 136 more for each step.
const XMP_NIBBLES: [Pair; 16] = {
    let mut nibbles = [(210, 760); 16];
    let mut nibble = 1;
    while nibble < 16 {
        nibbles[nibble].1 = nibbles[nibble - 1].1 + 136;
        nibble += 1;
    }
    nibbles
};
