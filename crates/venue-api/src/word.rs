//! The words that statuses travel as: one closed list each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares a list of words: an enum that travels, and prints, as one of them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The word.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        // By hand: the derive does not see words that come through a macro.
        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

words! {
    /// Where a backup is.
    BackupPlace {
        /// Beside the database; the daemon made it.
        Made = "made",
        /// Beside the database; somebody uploaded it.
        Uploaded = "uploaded",
        /// In `backup.folder`, encrypted.
        Folder = "folder",
        /// It was in `backup.folder`, which is away or does not answer.
        Absent = "absent",
    }
}

words! {
    /// Status of a command (docs/semantics.md, rules 2.5 and 2.6).
    CommandStatus {
        /// It waits.
        Pending = "pending",
        /// It is being sent.
        Processing = "processing",
        /// The device took it.
        Completed = "completed",
        /// The device cannot do it, or it was provably not sent.
        Failed = "failed",
        /// It expired before it was sent.
        Expired = "expired",
        /// A newer command superseded it before it was sent.
        Superseded = "superseded",
        /// It was cancelled.
        Cancelled = "cancelled",
        /// It may have been sent; it is not repeated.
        Unknown = "unknown",
    }
}

words! {
    /// What a crash at this moment could lose of the order of commands (docs/semantics.md,
    /// rules 3.17 and 3.18).
    OrderNote {
        /// Commands were sent that the store does not know, and no mark of it could be written:
        /// after a kill, what waits in the queue may override them.
        MemoryOnly = "memory_only",
    }
}

words! {
    /// Evidence that the device took a command.
    Evidence {
        /// The application's own reply.
        Reply = "reply",
        /// The device reported that the infrared frames were sent.
        InfraredComplete = "infrared_complete",
        /// The device answered a ping that was sent after the command.
        PingBarrier = "ping_barrier",
    }
}

words! {
    /// How a command was sent.
    Method {
        /// Directly to the device.
        Direct = "direct",
        /// Into the queue.
        Queued = "queued",
    }
}

words! {
    /// How a command was routed, in the words of the history.
    RoutingMethod {
        /// Direct, and delivered.
        DirectSuccess = "direct_success",
        /// Direct, and not known to be delivered.
        DirectFailed = "direct_failed",
        /// Tried directly, then queued.
        DirectFailedQueued = "direct_failed_queued",
        /// Queued.
        Queued = "queued",
    }
}

words! {
    /// The current mode.
    Mode {
        /// Direct commands and the queue.
        Normal = "normal",
        /// Direct commands only: nothing is stored durably.
        DirectOnly = "direct_only",
    }
}

words! {
    /// Whether a device has a session.
    Presence {
        /// A session is up.
        Online = "online",
        /// The first session is being opened.
        Connecting = "connecting",
        /// There is none; connecting is retried automatically.
        Offline = "offline",
        /// There is none, and an admin must act.
        Misconfigured = "misconfigured",
    }
}

words! {
    /// The mode of the service, as events report it.
    EventMode {
        /// Direct commands and the queue.
        Normal = "normal",
        /// Direct commands only: nothing is stored durably.
        DirectOnly = "direct_only",
        /// Direct commands; the queue is paused.
        Paused = "paused",
        /// Nothing: the daemon is stopping.
        Stopping = "stopping",
    }
}

words! {
    /// Whether a device has a session, as events report it; it may also have been removed.
    EventPresence {
        /// A session is up.
        Online = "online",
        /// The first session is being opened.
        Connecting = "connecting",
        /// There is none; connecting is retried automatically.
        Offline = "offline",
        /// There is none, and an admin must act.
        Misconfigured = "misconfigured",
        /// The device is not registered any more.
        Removed = "removed",
    }
}

words! {
    /// How a board that announces itself is registered.
    Discovery {
        /// Not registered: it can be adopted.
        New = "new",
        /// It is registered under its name.
        Registered = "registered",
        /// The registered board of this name has another MAC address.
        OtherMac = "other_mac",
        /// A board with its MAC address is registered under another name.
        OtherName = "other_name",
    }
}

words! {
    /// Where the learning of a key stands.
    LearnState {
        /// The receiver listens.
        Listening = "listening",
        /// The key is known.
        Learned = "learned",
        /// The time is over.
        TimedOut = "timed_out",
        /// Somebody ended it.
        Ended = "ended",
        /// The device has no session any more.
        Lost = "lost",
    }
}

words! {
    /// Where the carrier of a learned code comes from.
    CarrierFrom {
        /// The protocol has it.
        Protocol = "protocol",
        /// It is what the receiver is made for.
        Receiver = "receiver",
        /// Nobody says it: 38 kHz, which most remote controls have.
        Assumed = "assumed",
    }
}

words! {
    /// Whether the search for a code set goes on.
    FindState {
        /// Send the code, and see whether the appliance reacts.
        Try = "try",
        /// The appliance obeys the sets that are named.
        Found = "found",
        /// The appliance obeys none of the sets.
        NotFound = "not_found",
    }
}

words! {
    /// What drives a port.
    DrivenBy {
        /// The actions that its board advertises.
        Actions = "actions",
        /// Infrared codes that the daemon encodes.
        Codeset = "codeset",
        /// What its board has under other names.
        Mapping = "mapping",
    }
}

words! {
    /// Where a code set is from.
    SetFrom {
        /// It comes with the daemon.
        BuiltIn = "built_in",
        /// It is one of the venue.
        Venue = "venue",
        /// It is a file of the library folder.
        File = "file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_travels_as_it_is_printed() {
        let text = serde_json::to_string(&RoutingMethod::DirectFailedQueued).unwrap();
        assert_eq!(text, format!("\"{}\"", RoutingMethod::DirectFailedQueued));
        assert_eq!(serde_json::from_str::<Mode>("\"direct_only\"").unwrap(), Mode::DirectOnly);
        assert!(serde_json::from_str::<CommandStatus>("\"sent\"").is_err());
    }

    #[test]
    fn domain_and_wire_use_the_same_words() {
        use venue_domain::Evidence as Domain;
        let pairs = [
            (Domain::Reply, Evidence::Reply),
            (Domain::InfraredComplete, Evidence::InfraredComplete),
            (Domain::PingBarrier, Evidence::PingBarrier),
        ];
        for (domain, wire) in pairs {
            assert_eq!(domain.name(), wire.name());
        }
    }
}
