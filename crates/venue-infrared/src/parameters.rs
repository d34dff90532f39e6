//! Which parameters each protocol takes, and their ranges.

use std::fmt;

use crate::Protocol;

/// One parameter of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name: `device`, `subdevice`, `function`, or what the protocol calls its extra one.
    pub name: &'static str,
    /// The smallest value.
    pub min: u32,
    /// The largest value.
    pub max: u32,
    /// What it is if it is not given; without one it must be given.
    pub default: Option<DefaultValue>,
}

/// What a parameter is if it is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DefaultValue {
    /// 255 minus the device: the complement that NEC sends for a plain address.
    ComplementOfDevice,
    /// Always the same.
    Fixed(u32),
}

impl Parameter {
    const fn new(name: &'static str, max: u32) -> Self {
        Self { name, min: 0, max, default: None }
    }

    const fn from(mut self, min: u32) -> Self {
        self.min = min;
        self
    }

    const fn or(mut self, default: DefaultValue) -> Self {
        self.default = Some(default);
        self
    }

    /// What it is with this device if it is not given.
    #[must_use]
    pub fn default_for(&self, device: u32) -> Option<u32> {
        self.default.map(|default| match default {
            DefaultValue::ComplementOfDevice => 255_u32.saturating_sub(device),
            DefaultValue::Fixed(value) => value,
        })
    }

    /// Whether it is written in hexadecimal: from 16 bits on.
    #[must_use]
    pub const fn is_hexadecimal(&self) -> bool {
        self.max >= 0xFFFF
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, min, max, default } = self;
        match default {
            None => write!(f, "{name} ({min}-{max})"),
            Some(DefaultValue::ComplementOfDevice) => {
                write!(f, "{name} ({min}-{max}, if absent 255 - device)")
            }
            Some(DefaultValue::Fixed(value)) => {
                write!(f, "{name} ({min}-{max}, if absent {value})")
            }
        }
    }
}

/// The parameters of a protocol, in the order in which the notation writes them: device, subdevice if the
/// protocol has one, function, extra if the protocol has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Which appliances listen.
    pub device: Parameter,
    /// Which part of them.
    pub subdevice: Option<Parameter>,
    /// The key.
    pub function: Parameter,
    /// What the protocol has beyond these three.
    pub extra: Option<Parameter>,
}

impl Parameters {
    const fn new(device: u32, function: u32) -> Self {
        Self {
            device: Parameter::new("device", device),
            subdevice: None,
            function: Parameter::new("function", function),
            extra: None,
        }
    }

    const fn sub(mut self, max: u32) -> Self {
        self.subdevice = Some(Parameter::new("subdevice", max));
        self
    }

    const fn complement(mut self) -> Self {
        let subdevice = Parameter::new("subdevice", 255);
        self.subdevice = Some(subdevice.or(DefaultValue::ComplementOfDevice));
        self
    }

    const fn extra(mut self, extra: Parameter) -> Self {
        self.extra = Some(extra);
        self
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.device)?;
        if let Some(subdevice) = &self.subdevice {
            write!(f, ", {subdevice}")?;
        }
        write!(f, ", {}", self.function)?;
        if let Some(extra) = &self.extra {
            write!(f, ", {extra}")?;
        }
        Ok(())
    }
}

impl Protocol {
    /// The parameters that it takes.
    ///
    /// * `necext`: device and function are 16 bits each; their low byte goes first. So NEC1 4/8 is
    ///   `necext:0xFB04,0xF708`.
    /// * `samsung32`, `necx1`: the subdevice must be given. Samsung's TVs have the number of the device in
    ///   it, other makes its complement, and neither is safe to assume.
    /// * `samsung36`: `extra` is the four bits that open the second part.
    /// * `rc5`: functions above 63 clear the second start bit.
    /// * `rc6-6-20`: `toggle` is 0 or 1 for a bit that stays as it is, and 2 for one that flips with each
    ///   press. Sky's remotes keep it at 0.
    /// * `kaseikyo`: `vendor_e` is the vendor number times 16 plus the four bits E, so that it reads as five
    ///   hexadecimal digits: `0x20020` is Panasonic (2002) with E = 0.
    /// * `rcmm32`: `x` is the seven bits behind the toggle bit.
    /// * `xmp`: `oem` is the maker's number, 68 almost everywhere.
    /// * `tivo`: `unit` is the number that is set on the box, 0 for any.
    #[must_use]
    pub const fn parameters(self) -> Parameters {
        match self {
            Self::Nec1 | Self::Nec2 | Self::Pioneer => Parameters::new(255, 255).complement(),
            Self::NecExt => Parameters::new(0xFFFF, 0xFFFF),
            Self::Nec42 => Parameters::new(0x1FFF, 255),
            Self::Samsung32 | Self::Necx1 | Self::Panasonic => Parameters::new(255, 255).sub(255),
            Self::Samsung36 => {
                Parameters::new(255, 255).sub(255).extra(Parameter::new("extra", 15))
            }
            Self::Lg => Parameters::new(255, 0xFFFF),
            Self::Rc5 => Parameters::new(31, 127),
            Self::Rc5x => Parameters::new(31, 63).sub(127),
            Self::Rc6 | Self::Jvc => Parameters::new(255, 255),
            Self::Rc6Mode6Bits20 => {
                let toggle = Parameter::new("toggle", 2).or(DefaultValue::Fixed(0));
                Parameters::new(255, 255).sub(15).extra(toggle)
            }
            Self::Mce => Parameters::new(127, 255).sub(255),
            Self::Sony12 => Parameters::new(31, 127),
            Self::Sony15 => Parameters::new(255, 127),
            Self::Sony20 => Parameters::new(31, 127).sub(255),
            Self::Kaseikyo => {
                Parameters::new(15, 255).sub(255).extra(Parameter::new("vendor_e", 0xF_FFFF))
            }
            Self::Sharp | Self::Denon => Parameters::new(31, 255),
            Self::Rca | Self::Directv | Self::GiCable => Parameters::new(15, 255),
            Self::Rcmm32 => Parameters::new(255, 255).sub(255).extra(Parameter::new("x", 127)),
            Self::Dish => Parameters::new(31, 63).sub(31),
            Self::Xmp => {
                let oem = Parameter::new("oem", 255).or(DefaultValue::Fixed(68));
                Parameters::new(255, 255).sub(255).extra(oem)
            }
            Self::PanasonicOld => Parameters::new(31, 63),
            Self::Tivo => {
                let unit = Parameter::new("unit", 15).or(DefaultValue::Fixed(0));
                // The fixed address of TiVo.
                let mut parameters = Parameters::new(133, 255).sub(48).extra(unit);
                parameters.device = parameters.device.from(133);
                parameters.subdevice = Some(Parameter::new("subdevice", 48).from(48));
                parameters
            }
        }
    }
}
