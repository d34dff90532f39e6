//! What the harness can leave out: one rule of the order each.

use venue_domain::{Action, Command, Nature};

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
    /// A direct `power_off` raises the fences of its own slot alone.
    PowerOffRaisesItsSlotAlone,
    /// A direct step or key does not raise `any`.
    StepsRaiseNothing,
    /// A direct step of the channel raises `set` like a wish of its own.
    StepsRaiseBoth,
    /// The order clock of a new run does not start above the highest stored key.
    ClockGoesBack,
    /// What the store refused has raised its fences all the same.
    RefusedOutranks,
    /// After an unknown outcome nobody waits for a sign of life.
    DoubtIgnored,
    /// The newest delivered wish is not stated once more after a lost session.
    NothingRestated,
    /// What may still come to life is forgotten by a restart.
    LateCommandsForgotten,
    /// 12.1: what may have acted is stored as if it had not been sent.
    ActedForgotten,
    /// 12.2: the class that a client names is not looked at.
    ClassesNotLookedAt,
    /// 12.2: a press joins one of the same port that waits, as a read of a device may.
    PressesJoined,
    /// 12.3: nobody notes that a wish was sent once more.
    RestatementsForgotten,
    /// 12.3: what a kill makes forgotten keeps no older wish from being sent once more.
    RestatedBehindForgotten,
    /// 12.4: nothing outside the store tells how high keys were.
    KeysForgottenByReboot,
    /// 12.4: after a reboot the wall clock is believed, although it is behind.
    BehindBelieved,
    /// 12.4: what is wished for a time of day does not move with the clock.
    WishesStay,
    /// 12.7: a restart forgets what its ports were sent.
    PacingForgotten,
    /// 12.8: what waits for a device outlives its removal.
    RemovedGoesOn,
    /// 12.10: whoever does the same at the same time is not noticed.
    RedoneTwice,
    /// 12.11: what waits for a device without a session is in flight.
    AwayInFlight,
    /// A key that passed the queue counts as no more than a key when the store is back.
    PassedKeysForgotten,
}

impl Flaw {
    /// What a direct command raises as, if not as what it is; `None` if it raises nothing.
    pub(crate) fn disguise(self, command: &Command) -> Option<Command> {
        let action = match (self, &command.action) {
            (Self::PowerOffRaisesItsSlotAlone, Action::PowerOff) => Action::PowerOn,
            (Self::StepsRaiseBoth, Action::ChannelUp | Action::ChannelDown) => {
                Action::Channel("1".parse().unwrap())
            }
            (Self::StepsRaiseNothing, action)
                if matches!(action.nature(), Nature::Relative | Nature::Sequence) =>
            {
                return None;
            }
            (_, action) => action.clone(),
        };
        Some(Command { action, ..command.clone() })
    }

    /// Whether it is about what a direct command raises.
    pub(crate) const fn is_disguise(self) -> bool {
        matches!(
            self,
            Self::PowerOffRaisesItsSlotAlone | Self::StepsRaiseBoth | Self::StepsRaiseNothing
        )
    }
}
