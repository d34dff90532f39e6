//! A code as a protocol with its parameters.

use snafu::{OptionExt, ensure};

use crate::{
    CodeError, Parameter, Protocol,
    error::{MissingSnafu, OutOfRangeSnafu, SuperfluousSnafu},
};

/// A protocol with its parameters, all of them within their ranges.
///
/// A parameter that has its default value is not kept, so that equal signals are equal values:
/// `nec1:4,251,8` is `nec1:4,8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParsedCode {
    protocol: Protocol,
    device: u32,
    subdevice: Option<u32>,
    function: u32,
    extra: Option<u32>,
}

impl ParsedCode {
    /// A code of `protocol`; [`Protocol::parameters`] says what it takes.
    ///
    /// # Errors
    /// [`CodeError::OutOfRange`], [`CodeError::Missing`] or [`CodeError::Superfluous`], which name the
    /// parameter.
    pub fn new(
        protocol: Protocol,
        device: u32,
        subdevice: Option<u32>,
        function: u32,
        extra: Option<u32>,
    ) -> Result<Self, CodeError> {
        let parameters = protocol.parameters();
        let device = in_range(protocol, &parameters.device, device)?;
        Ok(Self {
            protocol,
            device,
            subdevice: optional(protocol, parameters.subdevice, "subdevice", device, subdevice)?,
            function: in_range(protocol, &parameters.function, function)?,
            extra: optional(protocol, parameters.extra, "extra parameter", device, extra)?,
        })
    }

    /// The protocol.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Which appliances listen.
    #[must_use]
    pub const fn device(&self) -> u32 {
        self.device
    }

    /// Which part of them, if the protocol has subdevices and this is not the default.
    #[must_use]
    pub const fn subdevice(&self) -> Option<u32> {
        self.subdevice
    }

    /// The key.
    #[must_use]
    pub const fn function(&self) -> u32 {
        self.function
    }

    /// What the protocol has beyond these, if this is not the default.
    #[must_use]
    pub const fn extra(&self) -> Option<u32> {
        self.extra
    }

    /// Whether a bit of it must flip from press to press: RC5, RC5X, RC6, MCE, RC-MM, and `rc6-6-20` if its
    /// `toggle` is 2.
    #[must_use]
    pub const fn has_toggle_bit(&self) -> bool {
        match self.protocol {
            Protocol::Rc5 | Protocol::Rc5x | Protocol::Rc6 | Protocol::Mce | Protocol::Rcmm32 => {
                true
            }
            Protocol::Rc6Mode6Bits20 => matches!(self.extra, Some(2)),
            Protocol::Nec1
            | Protocol::Nec2
            | Protocol::NecExt
            | Protocol::Nec42
            | Protocol::Samsung32
            | Protocol::Necx1
            | Protocol::Samsung36
            | Protocol::Lg
            | Protocol::Pioneer
            | Protocol::Sony12
            | Protocol::Sony15
            | Protocol::Sony20
            | Protocol::Kaseikyo
            | Protocol::Panasonic
            | Protocol::Jvc
            | Protocol::Sharp
            | Protocol::Denon
            | Protocol::Rca
            | Protocol::Directv
            | Protocol::Dish
            | Protocol::GiCable
            | Protocol::Xmp
            | Protocol::PanasonicOld
            | Protocol::Tivo => false,
        }
    }

    /// The subdevice as it is sent: the default if none is kept, 0 if the protocol has none.
    #[must_use]
    pub fn effective_subdevice(&self) -> u32 {
        self.effective(self.subdevice, self.protocol.parameters().subdevice)
    }

    /// The extra parameter as it is sent: the default if none is kept, 0 if the protocol has none.
    #[must_use]
    pub fn effective_extra(&self) -> u32 {
        self.effective(self.extra, self.protocol.parameters().extra)
    }

    fn effective(&self, kept: Option<u32>, parameter: Option<Parameter>) -> u32 {
        kept.or_else(|| parameter?.default_for(self.device)).unwrap_or_default()
    }
}

fn in_range(protocol: Protocol, parameter: &Parameter, value: u32) -> Result<u32, CodeError> {
    let Parameter { name, min, max, .. } = *parameter;
    let fits = (min..=max).contains(&value);
    ensure!(fits, OutOfRangeSnafu { protocol, parameter: name, value, min, max });
    Ok(value)
}

/// What is kept of a parameter that a protocol may have.
fn optional(
    protocol: Protocol,
    parameter: Option<Parameter>,
    name: &'static str,
    device: u32,
    value: Option<u32>,
) -> Result<Option<u32>, CodeError> {
    let Some(parameter) = parameter else {
        ensure!(value.is_none(), SuperfluousSnafu { protocol, parameter: name });
        return Ok(None);
    };
    let default = parameter.default_for(device);
    let value = value.or(default).context(MissingSnafu { protocol, parameter: parameter.name })?;
    let value = in_range(protocol, &parameter, value)?;
    Ok((Some(value) != default).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_not_kept_so_that_equal_signals_are_equal() {
        let short = ParsedCode::new(Protocol::Nec1, 4, None, 8, None).unwrap();
        let long = ParsedCode::new(Protocol::Nec1, 4, Some(251), 8, None).unwrap();
        assert_eq!(short, long);
        assert_eq!((short.subdevice(), short.effective_subdevice()), (None, 251));
        let xmp = ParsedCode::new(Protocol::Xmp, 62, Some(16), 1, None).unwrap();
        assert_eq!((xmp.extra(), xmp.effective_extra()), (None, 68));
    }

    #[test]
    fn an_error_names_the_parameter_and_what_would_be_right() {
        let error = ParsedCode::new(Protocol::Sony12, 32, None, 1, None).unwrap_err();
        assert_eq!(error.to_string(), "device of sony12 must be 0 to 31, not 32");
        let error = ParsedCode::new(Protocol::Samsung32, 7, None, 2, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "samsung32 needs its subdevice: it takes device (0-255), subdevice (0-255), function (0-255)"
        );
        let error = ParsedCode::new(Protocol::Jvc, 7, None, 2, Some(1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "jvc has no extra parameter: it takes device (0-255), function (0-255)"
        );
    }
}
