//! What a device sends by itself, for whoever reads it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use esphome_codec::Message;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

/// Reads what a device sends by itself: states, log lines, received infrared. See
/// [`crate::DeviceHandle::messages`].
#[derive(Debug)]
pub struct Messages {
    receiver: broadcast::Receiver<Arc<Message>>,
    stopped: CancellationToken,
}

/// What comes out of [`Messages`].
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// The device sent this.
    Message(Arc<Message>),
    /// The reader was too slow: so many messages, the oldest ones that it had not read, are lost to it.
    /// A new [`crate::Subscription::States`] makes the device send all its states again.
    Missed(u64),
}

impl Messages {
    /// The next message, or how many were missed before it; `None` once the device was removed or the
    /// pool has stopped. Goes on over sessions: [`crate::DeviceHandle::watch`] tells them apart.
    ///
    /// # Cancel safety
    /// Safe: nothing is lost with a dropped future.
    pub async fn recv(&mut self) -> Option<Received> {
        tokio::select! {
            // What has come is read to its end.
            biased;
            received = self.receiver.recv() => match received {
                Ok(message) => Some(Received::Message(message)),
                Err(RecvError::Lagged(missed)) => Some(Received::Missed(missed)),
                Err(RecvError::Closed) => None,
            },
            () = self.stopped.cancelled() => None,
        }
    }
}

/// Hands the messages of a device to its readers. Holds room for them only while there are any.
#[derive(Debug)]
pub(crate) struct Publisher {
    sender: Mutex<Option<broadcast::Sender<Arc<Message>>>>,
    stopped: CancellationToken,
}

impl Publisher {
    pub(crate) fn new(stopped: CancellationToken) -> Self {
        Self { sender: Mutex::default(), stopped }
    }

    /// A reader with room for `capacity` messages, unless the first one of those there are chose another.
    pub(crate) fn subscribe(&self, capacity: usize) -> Messages {
        let mut sender = self.sender();
        let sender = sender.get_or_insert_with(|| broadcast::Sender::new(capacity));
        Messages { receiver: sender.subscribe(), stopped: self.stopped.clone() }
    }

    pub(crate) fn publish(&self, message: Message) {
        let mut sender = self.sender();
        let Some(readers) = &*sender else { return };
        if readers.send(Arc::new(message)).is_err() {
            // Nobody reads any more.
            *sender = None;
        }
    }

    /// A std lock: held for one call, never across an await.
    fn sender(&self) -> MutexGuard<'_, Option<broadcast::Sender<Arc<Message>>>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
