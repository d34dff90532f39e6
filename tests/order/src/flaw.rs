//! What the harness can leave out: one rule of the order each.

/// One rule that is dropped, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Rule 1: what is accepted directly raises no fence that others see.
    DirectRaisesNothing,
    /// Rule 2: the fences follow the store instead of going before it.
    FencesFollowTheStore,
    /// Rule 3: nobody looks at the fences between claim and first byte.
    NoLookBeforeTheFirstByte,
    /// Rule 4: what becomes due raises no fence.
    ScheduledRaisesNothing,
    /// Rule 5: the fences in memory are not merged into a store that is back.
    NoMergeAfterOutage,
    /// Rule 6: queued commands are sent although their claims cannot be stored.
    QueueSentWhileDown,
    /// Rule 7: nobody remembers that direct commands were sent during an outage.
    NoMarker,
    /// Rule 8: what a direct command replaces is not superseded durably before its first byte.
    NothingSupersededBefore,
    /// The key is written once: a retry gets a new one.
    KeyRenewedOnRetry,
    /// What may have been sent is called not sent.
    UnknownCalledNotSent,
    /// What is queued outlives its life.
    LifeForgotten,
    /// A key of a sequence does not wait for the earlier ones in the queue.
    KeysDoNotJoin,
}
