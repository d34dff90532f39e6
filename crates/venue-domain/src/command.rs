//! One action for one port, with who, when and how.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    action::Action,
    class::Class,
    effect::{EffectGroup, Nature, Slot},
    order::OrderKey,
    port::PortId,
    time::Timestamp,
};

/// Names one command from the moment it is accepted, direct or queued (a UUIDv7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(Uuid);

impl CommandId {
    /// A new id; ids sort by the time at which they were made.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// A number from 0 to 1 that is as random as the id: for waits that are not to end all together.
    #[must_use]
    pub fn chance(self) -> f64 {
        // The lower half of a UUIDv7 is random.
        let low = (self.0.as_u128() & u128::from(u32::MAX)) as u32;
        f64::from(low) / f64::from(u32::MAX)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CommandId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// The document's integer name of a queued command; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueId(i64);

impl QueueId {
    /// The id with this number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who sent a command, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// The name that the caller is known by; `None` where nobody signs in.
    pub name: Option<String>,
    /// The address that the request came from.
    pub address: Option<IpAddr>,
}

/// One accepted command. It has been validated and has its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name.
    pub id: CommandId,
    /// What to do; `default_channel` is already resolved.
    pub action: Action,
    /// Where.
    pub target: PortId,
    /// How it is routed.
    pub class: Class,
    /// Who wished it.
    pub actor: Actor,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Its place in the order.
    pub key: OrderKey,
    /// After this it is never sent.
    pub expires_at: Timestamp,
}

impl Command {
    /// The slot that it competes for, or `None` where nothing reaches an appliance.
    #[must_use]
    pub fn slot(&self) -> Option<Slot> {
        let group = self.effect_group()?;
        Some(Slot { port: self.target.clone(), group })
    }

    /// What repeating it would do. Every decision about repeating asks the command, not its action.
    #[must_use]
    pub const fn nature(&self) -> Nature {
        self.action.nature()
    }

    /// The effect group of its action.
    #[must_use]
    pub const fn effect_group(&self) -> Option<EffectGroup> {
        self.action.effect_group()
    }
}
