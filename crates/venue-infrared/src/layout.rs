//! What the bits of a frame mean, written once as a table that packs and unpacks.
//!
//! A layout is the order in which a protocol sends its parameters, constants and check bits. The encoder
//! reads it from the left to make bits, the decoder to find the parameters in bits and to refuse a frame
//! whose constants or check bits are wrong.

use crate::{ParsedCode, Protocol};

/// The parameters of a frame, each as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values {
    pub(crate) device: u32,
    pub(crate) subdevice: u32,
    pub(crate) function: u32,
    pub(crate) extra: u32,
    /// 0 or 1.
    pub(crate) toggle: u32,
    /// What XMP sends to say that the key is still held: 0 or 8.
    pub(crate) held: u32,
}

impl Values {
    /// What is sent of `code` in a press with this toggle bit.
    pub(crate) fn of(code: &ParsedCode, toggle: bool) -> Self {
        let extra = code.effective_extra();
        let toggle = match (code.protocol(), extra) {
            (Protocol::Rc6Mode6Bits20, 0 | 1) => extra,
            _ => u32::from(toggle),
        };
        Self {
            device: code.device(),
            subdevice: code.effective_subdevice(),
            function: code.function(),
            extra,
            toggle,
            held: 0,
        }
    }

    /// The code that sends these values, if they are within the ranges of the protocol.
    pub(crate) fn code(&self, protocol: Protocol) -> Option<ParsedCode> {
        let parameters = protocol.parameters();
        let extra = if protocol == Protocol::Rc6Mode6Bits20 { self.toggle } else { self.extra };
        let subdevice = parameters.subdevice.map(|_| self.subdevice);
        let extra = parameters.extra.map(|_| extra);
        ParsedCode::new(protocol, self.device, subdevice, self.function, extra).ok()
    }
}

/// Where the bits of a part come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Device,
    Subdevice,
    Function,
    Extra,
    Toggle,
    Held,
    Constant(u32),
    /// Computed from the others.
    Check(fn(&Values) -> u32),
}

/// Some bits of a value, in the order in which they are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    source: Source,
    /// How many low bits of the value are left out.
    shift: u8,
    bits: u8,
    msb_first: bool,
    inverted: bool,
}

/// The `bits` low bits of `source`, the lowest first.
pub(crate) const fn lsb(source: Source, bits: u8) -> Item {
    Item::Bits(Part { source, shift: 0, bits, msb_first: false, inverted: false })
}

/// The `bits` low bits of `source`, the highest first.
pub(crate) const fn msb(source: Source, bits: u8) -> Item {
    Item::Bits(Part { source, shift: 0, bits, msb_first: true, inverted: false })
}

/// One piece of a frame between header and stop mark.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item {
    /// Bits of the usual length.
    Bits(Part),
    /// Bits of twice the length (the trailer of RC6).
    Wide(Part),
    /// A break between bits, in microseconds; the mark may be 0.
    Pause { mark: u32, space: u32 },
}

impl Item {
    /// Without the `shift` low bits.
    pub(crate) const fn skipping(self, shift: u8) -> Self {
        match self {
            Self::Bits(part) => Self::Bits(Part { shift, ..part }),
            Self::Wide(part) => Self::Wide(Part { shift, ..part }),
            Self::Pause { .. } => self,
        }
    }

    /// With every bit turned round.
    pub(crate) const fn inverted(self) -> Self {
        match self {
            Self::Bits(part) => Self::Bits(Part { inverted: true, ..part }),
            Self::Wide(part) => Self::Wide(Part { inverted: true, ..part }),
            Self::Pause { .. } => self,
        }
    }

    /// With bits of twice the length.
    pub(crate) const fn wide(self) -> Self {
        match self {
            Self::Bits(part) | Self::Wide(part) => Self::Wide(part),
            Self::Pause { .. } => self,
        }
    }

    /// How many bits it has.
    pub(crate) const fn len(self) -> u8 {
        match self {
            Self::Bits(part) | Self::Wide(part) => part.bits,
            Self::Pause { .. } => 0,
        }
    }
}

const fn mask(bits: u8) -> u32 {
    if bits >= 32 { u32::MAX } else { (1 << bits) - 1 }
}

impl Part {
    /// Its bits in the order in which they are sent: the first is the highest of `bits` low ones.
    pub(crate) fn pack(&self, values: &Values) -> u32 {
        let value = match self.source {
            Source::Device => values.device,
            Source::Subdevice => values.subdevice,
            Source::Function => values.function,
            Source::Extra => values.extra,
            Source::Toggle => values.toggle,
            Source::Held => values.held,
            Source::Constant(value) => value,
            Source::Check(check) => check(values),
        };
        self.ordered(value >> self.shift)
    }

    /// Between value and wire: it is its own inverse.
    fn ordered(&self, value: u32) -> u32 {
        let value = if self.inverted { !value } else { value } & mask(self.bits);
        if self.msb_first { value } else { value.reverse_bits() >> (32 - u32::from(self.bits)) }
    }
}

/// Finds the values of a layout in bits.
#[derive(Debug, Default)]
pub(crate) struct Unpacker {
    values: Values,
    /// Which bits of `values` are known.
    known: Values,
    /// Parts that can only be checked once everything is known.
    checks: Vec<(Part, u32)>,
}

impl Unpacker {
    /// For a frame that must have the same values; whether the key is held may differ.
    pub(crate) const fn agreeing_with(values: Values) -> Self {
        const ALL: u32 = u32::MAX;
        let known =
            Values { device: ALL, subdevice: ALL, function: ALL, extra: ALL, toggle: ALL, held: 0 };
        Self { values: Values { held: 0, ..values }, known, checks: Vec::new() }
    }

    /// Takes the bits of a part as they were received; `None` if they contradict what is known.
    pub(crate) fn take(&mut self, part: &Part, bits: u32) -> Option<()> {
        let value = part.ordered(bits);
        let (target, known) = match part.source {
            Source::Device => (&mut self.values.device, &mut self.known.device),
            Source::Subdevice => (&mut self.values.subdevice, &mut self.known.subdevice),
            Source::Function => (&mut self.values.function, &mut self.known.function),
            Source::Extra => (&mut self.values.extra, &mut self.known.extra),
            Source::Toggle => (&mut self.values.toggle, &mut self.known.toggle),
            Source::Held => (&mut self.values.held, &mut self.known.held),
            Source::Constant(constant) => {
                let expected = (constant >> part.shift) & mask(part.bits);
                return (expected == value).then_some(());
            }
            Source::Check(_) => {
                self.checks.push((*part, bits));
                return Some(());
            }
        };
        let (value, of_part) = (value << part.shift, mask(part.bits) << part.shift);
        let agrees = (*target ^ value) & *known & of_part == 0;
        *target |= value;
        *known |= of_part;
        agrees.then_some(())
    }

    /// The values, if all check bits are right.
    pub(crate) fn finish(self) -> Option<Values> {
        let Self { values, checks, .. } = self;
        let right = checks.iter().all(|(part, bits)| part.pack(&values) == *bits);
        (right && matches!(values.held, 0 | 8)).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: [Item; 5] = [
        msb(Source::Function, 1).skipping(6).inverted(),
        lsb(Source::Device, 5),
        msb(Source::Function, 6),
        lsb(Source::Device, 5).inverted(),
        msb(Source::Check(|values| values.device + values.function), 4),
    ];

    fn unpack(words: &[u32]) -> Option<Values> {
        let mut unpacker = Unpacker::default();
        for (item, word) in LAYOUT.iter().zip(words) {
            let Item::Bits(part) = item else { panic!("only bits here") };
            unpacker.take(part, *word)?;
        }
        unpacker.finish()
    }

    #[test]
    fn what_is_packed_is_unpacked_and_a_wrong_bit_is_noticed() {
        let values = Values { device: 0b00110, function: 0b1_000_011, ..Values::default() };
        let words: Vec<u32> = LAYOUT
            .iter()
            .map(|item| match item {
                Item::Bits(part) => part.pack(&values),
                Item::Wide(_) | Item::Pause { .. } => panic!("only bits here"),
            })
            .collect();
        assert_eq!(words, [0, 0b01100, 0b000011, 0b10011, (6 + 67) & 15]);
        assert_eq!(unpack(&words), Some(values));
        // The complement, the check bits.
        for (index, bit) in [(3, 1), (4, 8)] {
            let mut wrong = words.clone();
            wrong[index] ^= bit;
            assert_eq!(unpack(&wrong), None);
        }
    }
}
