//! Where a command stands, and the one reason why.

use std::{fmt, str::FromStr};

use snafu::Snafu;

use crate::outcome::{NotSent, Outcome, Unknown};

/// The status of a command; the names are the same in code, SQL, HTTP, command line and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It waits for its turn or for its due time.
    Pending,
    /// It is in flight: durably so before its first byte leaves.
    Processing,
    /// Delivered: the device took it. That the TV changed is nowhere claimed.
    Completed,
    /// Refused, or provably not sent by its last attempt.
    Failed,
    /// It outlived its life and was never sent since.
    Expired,
    /// A newer command of its slot replaced it.
    Superseded,
    /// Somebody withdrew it.
    Cancelled,
    /// It may have been sent, and nothing shows that it was taken.
    Unknown,
}

impl Status {
    /// All statuses, the open ones first.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Expired,
        Self::Superseded,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// The name in code, SQL, HTTP, command line and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing changes it any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }

    /// The place in [`Status::ALL`].
    #[must_use]
    pub(crate) const fn place(self) -> usize {
        self as usize
    }
}

/// Why a command ended as it did, or why its last attempt did; each belongs to one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The device took it.
    Delivered,
    /// The device, or what it advertises, says that it cannot do it.
    Refused,
    /// Not sent: no session.
    DeviceOffline,
    /// Not sent: the session needs an admin.
    DeviceMisconfigured,
    /// Not sent: the device owed an answer.
    DeviceUnconfirmed,
    /// Not sent: other commands held the lane.
    LaneBusy,
    /// Not sent: the lane was full.
    LaneFull,
    /// Not sent: the port had to rest.
    NotBefore,
    /// Not sent: the socket took no byte.
    DeviceStalled,
    /// Not sent: the service was stopping.
    Stopping,
    /// Bytes left, and no evidence came in time.
    NoEvidence,
    /// Bytes left, and the session was lost.
    SessionLost,
    /// Its life was over.
    Expired,
    /// Direct commands were sent while the database was down, and the service did not stop in
    /// order: the row may be older than what the TV shows.
    UncleanStop,
    /// A newer command of its slot was accepted.
    Superseded,
    /// Somebody withdrew it.
    Cancelled,
    /// Its device was removed.
    DeviceRemoved,
    /// It was in flight when the service ended, and must not be sent twice.
    Interrupted,
    /// It waited in a copy of the database that was gone back to: it may have been sent since that was made.
    Restored,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 19] = [
        Self::Delivered,
        Self::Refused,
        Self::DeviceOffline,
        Self::DeviceMisconfigured,
        Self::DeviceUnconfirmed,
        Self::LaneBusy,
        Self::LaneFull,
        Self::NotBefore,
        Self::DeviceStalled,
        Self::Stopping,
        Self::NoEvidence,
        Self::SessionLost,
        Self::Expired,
        Self::UncleanStop,
        Self::Superseded,
        Self::Cancelled,
        Self::DeviceRemoved,
        Self::Interrupted,
        Self::Restored,
    ];

    /// The code in rows, answers and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::DeviceOffline => NotSent::Offline.name(),
            Self::DeviceMisconfigured => NotSent::Misconfigured.name(),
            Self::DeviceUnconfirmed => NotSent::Unconfirmed.name(),
            Self::LaneBusy => NotSent::LaneBusy.name(),
            Self::LaneFull => NotSent::LaneFull.name(),
            Self::NotBefore => "not_before",
            Self::DeviceStalled => NotSent::Stalled.name(),
            Self::Stopping => NotSent::Stopping.name(),
            Self::NoEvidence => Unknown::NoEvidence.name(),
            Self::SessionLost => Unknown::SessionLost.name(),
            Self::Expired => "expired",
            Self::UncleanStop => "unclean_stop",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::DeviceRemoved => "device_removed",
            Self::Interrupted => "interrupted",
            Self::Restored => "restored",
        }
    }

    /// What this reason alone says: of an attempt, or of a command of which no attempt ended unknown.
    /// How a command ends is told by [`Reason::ends_as`].
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Delivered => Status::Completed,
            Self::Refused
            | Self::DeviceOffline
            | Self::DeviceMisconfigured
            | Self::DeviceUnconfirmed
            | Self::LaneBusy
            | Self::LaneFull
            | Self::NotBefore
            | Self::DeviceStalled
            | Self::Stopping => Status::Failed,
            Self::NoEvidence | Self::SessionLost | Self::Interrupted | Self::Restored => {
                Status::Unknown
            }
            Self::Expired | Self::UncleanStop => Status::Expired,
            Self::Superseded => Status::Superseded,
            Self::Cancelled | Self::DeviceRemoved => Status::Cancelled,
        }
    }

    /// Whether an attempt that ended for this reason may have reached the appliance without evidence.
    #[must_use]
    pub const fn may_have_acted(self) -> bool {
        matches!(self.status(), Status::Unknown)
    }

    /// The status of a command that ends for this reason: the one rule for all that end one.
    ///
    /// `unknown_seen`: an attempt of it ended unknown. Then no status says that it did not act, be it
    /// refused, expired, replaced or withdrawn afterwards (docs/semantics.md, rule 2.6).
    #[must_use]
    pub const fn ends_as(self, unknown_seen: bool) -> Status {
        let delivered = matches!(self.status(), Status::Completed);
        if unknown_seen && !delivered { Status::Unknown } else { self.status() }
    }

    /// Why a command ends after its last attempt, if an earlier one ended unknown: what was not sent
    /// at last says nothing of the one that may have reached the TV.
    #[must_use]
    pub const fn after_unknown(self) -> Self {
        match self {
            Self::DeviceOffline
            | Self::DeviceMisconfigured
            | Self::DeviceUnconfirmed
            | Self::LaneBusy
            | Self::LaneFull
            | Self::NotBefore
            | Self::DeviceStalled
            | Self::Stopping => Self::NoEvidence,
            Self::Delivered
            | Self::Refused
            | Self::NoEvidence
            | Self::SessionLost
            | Self::Expired
            | Self::UncleanStop
            | Self::Superseded
            | Self::Cancelled
            | Self::DeviceRemoved
            | Self::Interrupted
            | Self::Restored => self,
        }
    }

    /// Whether bytes of an attempt that ended for this reason left, or may have.
    #[must_use]
    pub const fn may_have_left(self) -> bool {
        matches!(self, Self::Delivered | Self::Refused) || self.may_have_acted()
    }

    /// Whether a command that waits for this reason is worth a try as soon as its device has a
    /// session.
    #[must_use]
    pub const fn ends_with_a_session(self) -> bool {
        matches!(self, Self::DeviceOffline | Self::DeviceMisconfigured)
    }
}

impl From<NotSent> for Reason {
    fn from(reason: NotSent) -> Self {
        match reason {
            NotSent::Offline => Self::DeviceOffline,
            NotSent::Misconfigured => Self::DeviceMisconfigured,
            NotSent::Unconfirmed => Self::DeviceUnconfirmed,
            NotSent::LaneBusy => Self::LaneBusy,
            NotSent::LaneFull => Self::LaneFull,
            NotSent::NotBefore { .. } => Self::NotBefore,
            NotSent::Stalled => Self::DeviceStalled,
            NotSent::Stopping => Self::Stopping,
        }
    }
}

impl From<&Outcome> for Reason {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Delivered(_) => Self::Delivered,
            Outcome::Refused(_) => Self::Refused,
            Outcome::NotSent(reason) => (*reason).into(),
            Outcome::Unknown(Unknown::NoEvidence | Unknown::Partly { .. }) => Self::NoEvidence,
            Outcome::Unknown(Unknown::SessionLost) => Self::SessionLost,
        }
    }
}

/// How a command was routed, in the words of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoutingMethod {
    /// Direct, and delivered.
    DirectSuccess,
    /// Direct, and not known to be delivered.
    DirectFailed,
    /// Direct without success, then into the queue.
    DirectFailedQueued,
    /// Into the queue at once.
    Queued,
}

impl RoutingMethod {
    /// All methods.
    pub const ALL: [Self; 4] =
        [Self::DirectSuccess, Self::DirectFailed, Self::DirectFailedQueued, Self::Queued];

    /// The name in answers, rows and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DirectSuccess => "direct_success",
            Self::DirectFailed => "direct_failed",
            Self::DirectFailedQueued => "direct_failed_queued",
            Self::Queued => "queued",
        }
    }
}

/// The name is none of a fixed set.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{name:?} is no {kind}"))]
pub struct UnknownName {
    /// What it should have been the name of.
    pub kind: &'static str,
    /// The name that was given.
    pub name: String,
}

/// `Display` and `FromStr` by the names of a fixed set; wants `fmt`, `FromStr` and `UnknownName` in scope.
macro_rules! named {
    ($($type:ident is $kind:literal),*) => {$(
        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                let known = Self::ALL.into_iter().find(|known| known.name() == name);
                known.ok_or_else(|| UnknownName { kind: $kind, name: name.to_owned() })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    )*};
}

pub(crate) use named;

named!(Status is "status", RoutingMethod is "routing method");

impl FromStr for Reason {
    type Err = UnknownName;

    /// By [`Reason::name`], or by the name that rows of before version 0.1 have.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let name = if name == "device_in_doubt" { Self::DeviceUnconfirmed.name() } else { name };
        let known = Self::ALL.into_iter().find(|known| known.name() == name);
        known.ok_or_else(|| UnknownName { kind: "reason", name: name.to_owned() })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for status in Status::ALL {
            assert_eq!(status.name().parse(), Ok(status));
            assert_eq!(Status::ALL[status.place()], status);
        }
        for reason in Reason::ALL {
            assert_eq!(reason.name().parse(), Ok(reason));
        }
        assert_eq!("device_in_doubt".parse(), Ok(Reason::DeviceUnconfirmed), "an older row");
        for method in RoutingMethod::ALL {
            assert_eq!(method.name().parse(), Ok(method));
        }
        assert_eq!("done".parse::<Status>().unwrap_err().to_string(), "\"done\" is no status");
    }

    #[test]
    fn a_reason_always_ends_in_a_terminal_status() {
        for reason in Reason::ALL {
            assert!(reason.status().is_terminal(), "{reason}");
        }
    }

    #[test]
    fn after_an_unknown_attempt_nothing_ends_as_if_it_had_not_acted() {
        for reason in Reason::ALL {
            let delivered = reason == Reason::Delivered;
            let expected = if delivered { Status::Completed } else { Status::Unknown };
            assert_eq!(reason.ends_as(true), expected, "{reason}");
            assert_eq!(reason.after_unknown().ends_as(true), expected, "{reason}");
            assert_eq!(reason.ends_as(false), reason.status(), "{reason}");
        }
        let kept = [Reason::Refused, Reason::Expired, Reason::Superseded, Reason::Cancelled];
        assert_eq!(kept.map(Reason::after_unknown), kept, "the reason is still the reason");
        assert_eq!(Reason::LaneBusy.after_unknown(), Reason::NoEvidence);
    }
}
