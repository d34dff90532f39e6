//! What can be wrong with a board.

use std::time::Duration;

use esphome_codec::MacAddress;

/// One thing that is wrong with a board, from now on. Open sessions feel it too where that makes
/// sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Nobody listens; open sessions stay.
    RefuseConnect,
    /// New connections are closed without a byte: all slots are taken.
    SlotsFull,
    /// A connection is closed after this many bytes from the client.
    CloseAfter(usize),
    /// Reads and runs everything, answers nothing.
    Silent,
    /// Reads nothing. What piled up is run when the fault is cleared, as after SIGSTOP.
    Hung,
    /// Reads nothing, and sessions that felt it never recover.
    HalfOpen,
    /// Answers with garbage.
    Garble,
    /// Takes this long for whatever comes in one piece.
    Delay(Duration),
    /// Has another key than it should.
    WrongKey,
    /// Has another MAC address than it should.
    WrongMac(MacAddress),
    /// Has another name than it should.
    WrongName(String),
    /// Runs actions and does not reply to them.
    DropReplies,
    /// Does not answer pings.
    NoPong,
    /// Runs an action and closes at once.
    CloseAfterAction,
}

impl Fault {
    /// Whether sessions read anything.
    pub(crate) const fn is_deaf(&self) -> bool {
        matches!(self, Self::Hung | Self::HalfOpen)
    }
}
