//! What is done to the boards and to the venue while it is commanded.

/// What can befall a board. Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ill {
    Well,
    Hung,
    HalfOpen,
    Silent,
    NoPong,
    DropReplies,
    CloseAfterAction,
    SlotsFull,
    Refuse,
    RefuseCalls,
    LateReplies(u64),
    OldReplies,
    Lossy(u8),
    Delay(u64),
    Garble,
    Flood,
    Cut,
    Reboot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    Address,
    Timing,
    Zone,
    Remove,
    Add,
}
