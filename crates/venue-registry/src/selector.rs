//! Which ports somebody means: one grammar for requests, schedules and the command line.
//!
//! | text | means |
//! |---|---|
//! | `ir-dc4516/2` | one port |
//! | `ir-dc4516` | every screen of a device |
//! | `tv:Main Bar 3`, `tv:"Main Bar 3"` | the port of that name |
//! | `zone=main-bar`, `tag=sports` | every screen of a zone, with a tag |
//! | `zone in (bar,patio),tag!=vip` | every screen that meets all requirements |
//! | `source=dtv-1` | the port of a source |
//! | `all` | every screen |
//!
//! A screen is what people look at: a port that is not the port of a source. Whoever switches off a zone does not mean
//! the boxes in its rack (docs/semantics.md, rule 7.24).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{ResultExt, Snafu, ensure};
use venue_domain::{Hostname, HostnameError, PortId, PortIdError};

use crate::{BlasterPortError, Label, LabelError, blaster_port};

mod requirement;

pub(crate) use requirement::{Key, Requirement};

/// Names ports.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selector(pub(crate) Form);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    All,
    Device(Hostname),
    Port(PortId),
    Name(String),
    Where(Vec<Requirement>),
}

/// Why a text is no selector.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum SelectorError {
    /// Nothing, or far too much.
    #[snafu(display("a selector has 1 to {MOST} characters, such as zone=bar or ir-dc4516/2"))]
    Length,
    /// A port that is none.
    #[snafu(display("the target {text:?} is wrong"))]
    Port {
        /// The text.
        text: String,
        /// Why.
        source: PortIdError,
    },
    /// A port that no blaster has.
    #[snafu(display("the target {text:?} is wrong"))]
    Output {
        /// The text.
        text: String,
        /// Why.
        source: BlasterPortError,
    },
    /// Neither a device nor anything else.
    #[snafu(display(
        "{text:?} is not a selector: give HOST, HOST/PORT, tv:NAME, zone=ZONE, tag=TAG, source=SOURCE, all, or \
         requirements such as zone in (bar,patio),tag!=vip"
    ))]
    Device {
        /// The text.
        text: String,
        /// Why it is no hostname either.
        source: HostnameError,
    },
    /// A name without a name.
    #[snafu(display("tv: must be followed by the name of a TV"))]
    NoName,
    /// A requirement that cannot be read.
    #[snafu(display(
        "{text:?} is not a requirement: give zone=a, zone!=a, zone in (a,b), zone notin (a,b), and \
         the same with tag, device, profile or source"
    ))]
    Requirement {
        /// The text.
        text: String,
    },
    /// A label in a requirement is wrong.
    #[snafu(display("a requirement contains an invalid id"))]
    Label {
        /// Why.
        source: LabelError,
    },
}

/// The longest selector, in characters.
const MOST: usize = 1_000;

impl Selector {
    /// One port.
    #[must_use]
    pub const fn port(port: PortId) -> Self {
        Self(Form::Port(port))
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let text = text.trim();
        ensure!((1..=MOST).contains(&text.chars().count()), LengthSnafu);
        if text == "all" {
            return Ok(Self(Form::All));
        }
        if let Some(name) = text.strip_prefix("tv:") {
            let name = name.trim();
            let bare = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
            let name = bare.unwrap_or(name).trim();
            ensure!(!name.is_empty(), NoNameSnafu);
            return Ok(Self(Form::Name(name.to_owned())));
        }
        if text.contains(['=', '(', ',', '!']) {
            return requirement::parse(text).map(|all| Self(Form::Where(all)));
        }
        if text.contains('/') {
            let port: PortId = text.parse().context(PortSnafu { text })?;
            blaster_port(port.port.into()).context(OutputSnafu { text })?;
            return Ok(Self(Form::Port(port)));
        }
        text.parse().map(|device| Self(Form::Device(device))).context(DeviceSnafu { text })
    }
}

impl TryFrom<String> for Selector {
    type Error = SelectorError;

    fn try_from(text: String) -> Result<Self, SelectorError> {
        text.parse()
    }
}

impl From<Selector> for String {
    fn from(selector: Selector) -> Self {
        selector.to_string()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::All => f.write_str("all"),
            Form::Device(device) => device.fmt(f),
            Form::Port(port) => port.fmt(f),
            Form::Name(name) => write!(f, "tv:{name}"),
            Form::Where(all) => {
                for (place, requirement) in all.iter().enumerate() {
                    if place > 0 {
                        f.write_str(",")?;
                    }
                    requirement.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

fn label(text: &str) -> Result<Label, SelectorError> {
    text.trim().parse().context(LabelSnafu)
}

#[cfg(test)]
mod tests;
