//! What learns infrared keys, as HTTP sees it.

use std::fmt;

use venue_api::LearnSession;
use venue_domain::Hostname;

/// What learns infrared keys.
pub trait LearnControl: fmt::Debug + Send + Sync {
    /// Begins to listen for one key, for 20 s.
    ///
    /// # Errors
    /// [`LearnRejection`].
    fn begin(&self, wanted: LearnWanted) -> Result<LearnSession, LearnRejection>;

    /// One of the last sessions, by its name.
    fn session(&self, id: &str) -> Option<LearnSession>;

    /// Ends a session, if it has not ended yet, and tells how it stands.
    fn end(&self, id: &str) -> Option<LearnSession>;
}

/// Which key is to be learned, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnWanted {
    /// The device whose receiver listens.
    pub device: Hostname,
    /// The name of the receiver; needed if there are several.
    pub receiver: Option<String>,
    /// The key, which is only repeated.
    pub key: Option<String>,
}

/// Why no key is learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LearnRejection {
    /// There is no such device.
    UnknownDevice,
    /// It has no session now.
    Offline,
    /// It has no receiver.
    NoReceiver,
    /// It has several receivers, or none of the name that was given.
    WhichReceiver {
        /// The names of its receivers.
        names: Vec<String>,
    },
    /// It learns a key already.
    Already {
        /// The session.
        id: String,
    },
}
