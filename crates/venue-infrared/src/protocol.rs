//! The protocols and their names.

use std::fmt;

/// How a key becomes light: one protocol of remote controls.
///
/// The facts are those published in IrpProtocols.xml (all-permissive notice), unless a family's module
/// says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// NEC with a repeat frame ("ditto") while the key is held: LG, Vizio, Toshiba and many others.
    Nec1,
    /// NEC whose whole frame is repeated.
    Nec2,
    /// NEC with 16 bits of address and 16 of command, nothing complemented (NEC1-f16).
    NecExt,
    /// NEC with 13 bits of address and 8 of command.
    Nec42,
    /// Samsung's 32 bits, also known as NECx2.
    Samsung32,
    /// As [`Protocol::Samsung32`], with a short repeat frame.
    Necx1,
    /// Samsung's 36 bits.
    Samsung36,
    /// LG's 28 bits (air conditioners, projectors; LG's TVs use [`Protocol::Nec1`]).
    Lg,
    /// Pioneer: NEC at 40 kHz, sent twice.
    Pioneer,
    /// RC5 of Philips, with the seventh bit of the command as second start bit.
    Rc5,
    /// RC5 with a subdevice.
    Rc5x,
    /// RC6 mode 0 of Philips.
    Rc6,
    /// RC6 mode 6 with 20 bits: Sky and older Foxtel boxes.
    Rc6Mode6Bits20,
    /// RC6 mode 6 with 32 bits as Windows Media Center uses it.
    Mce,
    /// Sony, 12 bits.
    Sony12,
    /// Sony, 15 bits.
    Sony15,
    /// Sony, 20 bits.
    Sony20,
    /// 48 bits with a vendor number (AEHA).
    Kaseikyo,
    /// Kaseikyo with the vendor and the checksum of Panasonic.
    Panasonic,
    /// JVC, whose repeats have no header.
    Jvc,
    /// Sharp: three frames make one send.
    Sharp,
    /// Denon: as [`Protocol::Sharp`] with another tail.
    Denon,
    /// RCA and some TCL sets.
    Rca,
    /// RC-MM with 32 bits (Nokia32): Foxtel, KPN, Fetch.
    Rcmm32,
    /// DirecTV.
    Directv,
    /// Dish Network.
    Dish,
    /// G.I. Cable: Motorola, Comcast and Cox boxes before XMP.
    GiCable,
    /// XMP-1: newer Comcast and Cox boxes.
    Xmp,
    /// Scientific Atlanta and Cisco boxes.
    PanasonicOld,
    /// TiVo: NEC with the number of the unit.
    Tivo,
}

impl Protocol {
    /// All protocols, in the order of their families.
    pub const ALL: [Self; 30] = [
        Self::Nec1,
        Self::Nec2,
        Self::NecExt,
        Self::Nec42,
        Self::Samsung32,
        Self::Necx1,
        Self::Samsung36,
        Self::Lg,
        Self::Pioneer,
        Self::Rc5,
        Self::Rc5x,
        Self::Rc6,
        Self::Rc6Mode6Bits20,
        Self::Mce,
        Self::Sony12,
        Self::Sony15,
        Self::Sony20,
        Self::Kaseikyo,
        Self::Panasonic,
        Self::Jvc,
        Self::Sharp,
        Self::Denon,
        Self::Rca,
        Self::Rcmm32,
        Self::Directv,
        Self::Dish,
        Self::GiCable,
        Self::Xmp,
        Self::PanasonicOld,
        Self::Tivo,
    ];

    /// The name in the notation, such as `nec1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nec1 => "nec1",
            Self::Nec2 => "nec2",
            Self::NecExt => "necext",
            Self::Nec42 => "nec42",
            Self::Samsung32 => "samsung32",
            Self::Necx1 => "necx1",
            Self::Samsung36 => "samsung36",
            Self::Lg => "lg",
            Self::Pioneer => "pioneer",
            Self::Rc5 => "rc5",
            Self::Rc5x => "rc5x",
            Self::Rc6 => "rc6",
            Self::Rc6Mode6Bits20 => "rc6-6-20",
            Self::Mce => "mce",
            Self::Sony12 => "sony12",
            Self::Sony15 => "sony15",
            Self::Sony20 => "sony20",
            Self::Kaseikyo => "kaseikyo",
            Self::Panasonic => "panasonic",
            Self::Jvc => "jvc",
            Self::Sharp => "sharp",
            Self::Denon => "denon",
            Self::Rca => "rca",
            Self::Rcmm32 => "rcmm32",
            Self::Directv => "directv",
            Self::Dish => "dish",
            Self::GiCable => "gicable",
            Self::Xmp => "xmp",
            Self::PanasonicOld => "panasonic_old",
            Self::Tivo => "tivo",
        }
    }

    /// Other names under which the notation finds it, in lower case and without its marks.
    pub(crate) const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Nec1 => &["nec"],
            Self::NecExt => &["nec1f16"],
            Self::Samsung32 => &["necx2", "samsung"],
            Self::Lg => &["lg28"],
            Self::Rc6 => &["rc60"],
            Self::Mce => &["rc6632mce"],
            Self::Sony12 => &["sirc", "sirc12"],
            Self::Sony15 => &["sirc15"],
            Self::Sony20 => &["sirc20"],
            Self::Kaseikyo => &["kaseikyo48"],
            Self::Rcmm32 => &["nokia32", "rcmm"],
            Self::Dish => &["dishnetwork"],
            Self::Xmp => &["xmp1"],
            Self::Nec2
            | Self::Nec42
            | Self::Necx1
            | Self::Samsung36
            | Self::Pioneer
            | Self::Rc5
            | Self::Rc5x
            | Self::Rc6Mode6Bits20
            | Self::Panasonic
            | Self::Jvc
            | Self::Sharp
            | Self::Denon
            | Self::Rca
            | Self::Directv
            | Self::GiCable
            | Self::PanasonicOld
            | Self::Tivo => &[],
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::notation::normalized;

    #[test]
    fn every_protocol_is_found_by_its_name_and_no_name_is_used_twice() {
        let mut seen = BTreeSet::new();
        for protocol in Protocol::ALL {
            assert_eq!(protocol.name().parse(), Ok(protocol));
            assert_eq!(protocol.name().to_uppercase().parse(), Ok(protocol));
            let names = protocol.aliases().iter().copied().chain([protocol.name()]);
            for name in names {
                let name: String = normalized(name).collect();
                assert!(seen.insert(name.clone()), "{name} is used twice");
                assert_eq!(name.parse(), Ok(protocol));
            }
        }
    }

    #[test]
    fn an_unknown_name_is_shown_and_cut() {
        let name = "x".repeat(1_000);
        let error = name.parse::<Protocol>().unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
        assert!(error.to_string().contains("xxx...\""), "{error}");
    }
}
