//! Protocols whose bits are a change of level in their middle: RC5, RC5X and the RC6 family.
//!
//! The facts are those of IrpProtocols.xml (all-permissive notice).

mod read;
pub(crate) mod table;

use crate::{
    layout::{Item, Values},
    wave::{End, Wave},
};

/// How a protocol is sent. Every send is the same frame.
#[derive(Debug)]
pub(crate) struct ManchesterSpec {
    /// Hz.
    pub(crate) carrier: u32,
    /// Half of a bit, in microseconds.
    pub(crate) half: u32,
    /// Whether a 1 begins with the mark (RC6) or with the space (RC5).
    pub(crate) one_begins_with_mark: bool,
    /// Mark and space before the bits, in halves.
    pub(crate) leader: (u32, u32),
    pub(crate) layout: &'static [Item],
    pub(crate) end: End,
}

impl ManchesterSpec {
    /// Adds `sends` sends of these values.
    pub(crate) fn encode(&self, values: &Values, sends: u8, wave: &mut Wave) {
        for _ in 0..sends {
            let (mark, space) = self.leader;
            wave.mark(mark * self.half);
            wave.space(space * self.half);
            for item in self.layout {
                match item {
                    Item::Bits(part) => self.bits(part.pack(values), item.len(), self.half, wave),
                    Item::Wide(part) => {
                        self.bits(part.pack(values), item.len(), 2 * self.half, wave);
                    }
                    Item::Pause { mark, space } => {
                        wave.mark(*mark);
                        wave.space(*space);
                    }
                }
            }
            wave.end(self.end);
        }
    }

    fn bits(&self, bits: u32, count: u8, half: u32, wave: &mut Wave) {
        for index in (0..count).rev() {
            let is_one = bits >> index & 1 == 1;
            if is_one == self.one_begins_with_mark {
                wave.mark(half);
                wave.space(half);
            } else {
                wave.space(half);
                wave.mark(half);
            }
        }
    }
}
