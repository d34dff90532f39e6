//! How an attempt ended, in the only four ways that there are.

use std::{fmt, time::Duration};

use crate::{cannot_drive::CannotDrive, misfit::Misfit, slot_fence::SupersededBy};

/// How one attempt ended. Only [`Outcome::Delivered`] is ever called a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The device took it. That the TV changed is nowhere claimed.
    Delivered(Evidence),
    /// The device cannot do it, by its own word or by what it advertises. Never retried.
    Refused(Refused),
    /// Proven: no byte of it left.
    NotSent(NotSent),
    /// Bytes left, and no evidence came in time.
    Unknown(Unknown),
}

impl Outcome {
    /// The evidence of a delivery.
    #[must_use]
    pub const fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::Delivered(evidence) => Some(*evidence),
            Self::Refused(_) | Self::NotSent(_) | Self::Unknown(_) => None,
        }
    }

    /// The words of a refusal, for people.
    #[must_use]
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Refused(refused) => Some(refused.to_string()),
            Self::Unknown(Unknown::Partly { delivered, of }) => {
                Some(format!("{delivered} of {of} presses were delivered"))
            }
            Self::Delivered(_)
            | Self::NotSent(_)
            | Self::Unknown(Unknown::NoEvidence | Unknown::SessionLost) => None,
        }
    }
}

/// What shows that a device took a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The application's own reply (`ExecuteServiceResponse`, id 131).
    Reply,
    /// The infrared frame and its repeats left (`InfraredRFTransmitCompleteResponse`, id 153).
    InfraredComplete,
    /// The answer to a ping written behind it (`PingResponse`, id 8): the device's dispatcher has
    /// consumed the command, and this session's listing has the action with these arguments.
    PingBarrier,
}

impl Evidence {
    /// All kinds of evidence.
    pub const ALL: [Self; 3] = [Self::Reply, Self::InfraredComplete, Self::PingBarrier];

    /// The name in answers and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::InfraredComplete => "infrared_complete",
            Self::PingBarrier => "ping_barrier",
        }
    }
}

/// Why a device cannot do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It does not advertise the action.
    NotAdvertised {
        /// The name of the action that the device would need, such as `tv_power_on`.
        service: String,
    },
    /// It advertises the action with arguments that cannot carry this command.
    ArgumentsDoNotFit {
        /// The name of the action on the device.
        service: String,
        /// Why not, and what the board's YAML would need.
        misfit: Misfit,
    },
    /// The port is driven by remote codes or a mapping, which cannot carry it out.
    CannotDrive {
        /// What is missing.
        cause: CannotDrive,
    },
    /// It said no.
    ByDevice {
        /// Its own words, cleaned.
        words: String,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAdvertised { service } => write!(f, "{service} is not advertised"),
            Self::ArgumentsDoNotFit { service, misfit } => write!(f, "{service} {misfit}"),
            Self::CannotDrive { cause } => write!(f, "{cause}"),
            Self::ByDevice { words } => f.write_str(words),
        }
    }
}

/// Why no byte left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The device has no session.
    Offline,
    /// The device has no session and needs an admin: wrong key, encryption or identity.
    Misconfigured,
    /// The device is unconfirmed after an unknown outcome: nothing is sent before it answers.
    Unconfirmed,
    /// The lane was held by other commands until the deadline.
    LaneBusy,
    /// The lane's queue is full.
    LaneFull,
    /// The port must rest (warm-up, quiet gap) for longer than the deadline allows.
    NotBefore {
        /// How long from now.
        wait: Duration,
    },
    /// The socket took no byte before the deadline.
    Stalled,
    /// The service is stopping.
    Stopping,
}

impl NotSent {
    /// The name in answers and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "device_offline",
            Self::Misconfigured => "device_misconfigured",
            Self::Unconfirmed => "device_unconfirmed",
            Self::LaneBusy => "lane_busy",
            Self::LaneFull => "lane_full",
            Self::NotBefore { .. } => "not_before",
            Self::Stalled => "device_stalled",
            Self::Stopping => "stopping",
        }
    }
}

/// Why it is not known whether the device took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// No evidence came before the deadline.
    NoEvidence,
    /// The session was lost after the first byte.
    SessionLost,
    /// Of several presses of one key the first were delivered, and then one was not; the rest was not sent.
    Partly {
        /// How many were delivered: at least one.
        delivered: u8,
        /// How many there are.
        of: u8,
    },
}

impl Unknown {
    /// The name in answers and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoEvidence | Self::Partly { .. } => "no_evidence",
            Self::SessionLost => "session_lost",
        }
    }
}

/// What became of a command that was handed to its lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was tried, or it was found that it could not be.
    Ended {
        /// How.
        outcome: Outcome,
        /// From the call to the end, waiting in the lane included.
        took: Duration,
    },
    /// A newer command replaced it while it waited: proven that no byte of it left. One whose bytes left
    /// has ended, whatever was wished since.
    Superseded {
        /// The newer one.
        by: SupersededBy,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_words_and_nothing_else_has() {
        let words = |refused| Outcome::Refused(refused).detail().unwrap();
        let service = "tv_menu".to_owned();
        let not_advertised = Refused::NotAdvertised { service: service.clone() };
        assert_eq!(words(not_advertised), "tv_menu is not advertised");
        let misfit = Misfit::Missing { what: "port", variable: "port: int" };
        let misfit = words(Refused::ArgumentsDoNotFit { service, misfit });
        assert!(misfit.starts_with("tv_menu takes no argument for the port: "), "{misfit}");
        assert_eq!(words(Refused::ByDevice { words: "no".to_owned() }), "no");
        let delivered = Outcome::Delivered(Evidence::Reply);
        assert_eq!((delivered.detail(), delivered.evidence()), (None, Some(Evidence::Reply)));
        assert_eq!(Outcome::NotSent(NotSent::Offline).detail(), None);
        let partly = Outcome::Unknown(Unknown::Partly { delivered: 3, of: 5 });
        assert_eq!(partly.detail().as_deref(), Some("3 of 5 presses were delivered"));
    }
}
