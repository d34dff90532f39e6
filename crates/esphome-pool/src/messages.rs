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
    /// Behind the receiver, so that it is dropped after it: the last reader takes the room with it.
    _room: Room,
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

/// Room for the messages that readers have not read yet: some 16 KiB for each device.
#[derive(Clone, Debug, Default)]
struct Room(Arc<Mutex<Option<broadcast::Sender<Arc<Message>>>>>);

impl Room {
    /// A std lock: held for one call, never across an await.
    fn sender(&self) -> MutexGuard<'_, Option<broadcast::Sender<Arc<Message>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut sender = self.sender();
        if sender.as_ref().is_some_and(|readers| readers.receiver_count() == 0) {
            *sender = None;
        }
    }
}

/// Hands the messages of a device to its readers. Holds room for them only while there are any.
#[derive(Debug)]
pub(crate) struct Publisher {
    room: Room,
    stopped: CancellationToken,
}

impl Publisher {
    pub(crate) fn new(stopped: CancellationToken) -> Self {
        Self { room: Room::default(), stopped }
    }

    /// A reader with room for `capacity` messages, unless the first one of those there are chose another.
    pub(crate) fn subscribe(&self, capacity: usize) -> Messages {
        let mut sender = self.room.sender();
        let sender = sender.get_or_insert_with(|| broadcast::Sender::new(capacity));
        let (receiver, stopped) = (sender.subscribe(), self.stopped.clone());
        Messages { receiver, stopped, _room: self.room.clone() }
    }

    pub(crate) fn publish(&self, message: Message) {
        if let Some(readers) = &*self.room.sender() {
            // An error says that the last reader is about to go.
            drop(readers.send(Arc::new(message)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_reader_takes_the_room_with_it() {
        let publisher = Publisher::new(CancellationToken::new());
        let has_room = || publisher.room.sender().is_some();
        assert!(!has_room());
        let (one, two) = (publisher.subscribe(256), publisher.subscribe(256));
        drop(one);
        assert!(has_room(), "the other one reads on");
        drop(two);
        assert!(!has_room(), "nobody reads, and the device may stay silent for hours");
    }
}
