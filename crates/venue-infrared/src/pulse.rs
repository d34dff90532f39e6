//! Protocols whose bits are pairs of a mark and a space: pulse distance (NEC and its relatives), pulse
//! width (Sony), and several bits per pair (DirecTV, RC-MM, XMP).

mod read;
pub(crate) mod table;
mod words;

use crate::{
    layout::{Item, Values},
    wave::{End, Wave},
};

/// A mark and the space behind it, in microseconds.
pub(crate) type Pair = (u32, u32);

/// How a protocol is sent.
#[derive(Debug)]
pub(crate) struct PulseSpec {
    /// Hz.
    pub(crate) carrier: u32,
    /// What each value of one bit (two symbols), two bits (four) or four bits (sixteen) looks like.
    pub(crate) symbols: &'static [Pair],
    /// The mark behind the last bit; 0 if there is none.
    pub(crate) stop: u32,
    /// The frames of the first send.
    pub(crate) first: &'static [Frame],
    /// The frames of each further send while the key is held.
    pub(crate) repeat: &'static [Frame],
}

/// One frame: header, bits, stop mark, silence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) header: Option<Pair>,
    pub(crate) layout: &'static [Item],
    pub(crate) end: End,
}

impl PulseSpec {
    /// How many bits one symbol carries.
    pub(crate) const fn bits_per_symbol(&self) -> u32 {
        self.symbols.len().ilog2()
    }

    /// Adds `sends` sends of these values.
    pub(crate) fn encode(&self, mut values: Values, sends: u8, wave: &mut Wave) {
        self.frames(self.first, &values, wave);
        values.held = 8;
        for _ in 1..sends {
            self.frames(self.repeat, &values, wave);
        }
    }

    fn frames(&self, frames: &[Frame], values: &Values, wave: &mut Wave) {
        for frame in frames {
            if let Some((mark, space)) = frame.header {
                wave.mark(mark);
                wave.space(space);
            }
            // Bits that do not make a whole symbol yet: RC-MM's toggle bit shares one with its neighbour.
            let mut bits = Bits::default();
            for item in frame.layout {
                match item {
                    Item::Bits(part) | Item::Wide(part) => {
                        bits.push(part.pack(values), u32::from(item.len()));
                        while let Some(symbol) = bits.pop(self.bits_per_symbol()) {
                            self.symbol(symbol, wave);
                        }
                    }
                    Item::Pause { mark, space } => {
                        wave.mark(*mark);
                        wave.space(*space);
                    }
                }
            }
            wave.mark(self.stop);
            wave.end(frame.end);
        }
    }

    fn symbol(&self, symbol: u32, wave: &mut Wave) {
        if let Some((mark, space)) = self.symbols.get(symbol as usize) {
            wave.mark(*mark);
            wave.space(*space);
        }
    }
}

/// Bits on their way between parts and symbols, the first one the highest.
#[derive(Debug, Default)]
struct Bits {
    bits: u64,
    count: u32,
}

impl Bits {
    /// Adds the `count` low bits.
    fn push(&mut self, bits: u32, count: u32) {
        self.bits = self.bits << count | u64::from(bits);
        self.count += count;
    }

    /// Takes the first `count` bits, if there are as many.
    fn pop(&mut self, count: u32) -> Option<u32> {
        self.count = self.count.checked_sub(count)?;
        let popped = self.bits >> self.count;
        self.bits &= (1 << self.count) - 1;
        // At most 32 bits are asked for.
        u32::try_from(popped).ok()
    }
}
