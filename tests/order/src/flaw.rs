//! What the harness can leave out, one rule each; the number before a flaw is that of the rule
//! (docs/semantics.md, rules 1.10, 1.13, 1.18, 2.2, 2.6, 2.12, 2.23, 3.1, 3.2, 3.3, 3.4, 3.5, 3.7, 3.8, 3.9, 3.10,
//! 3.12, 3.13, 3.15, 3.16, 3.17, 3.20, 3.22, 3.23, 3.26, 3.27, 3.28, 3.29, 3.33, 6.14, 6.21, 7.9, 7.23, 7.26,
//! 7.31, 8.7, 8.10, 8.11 and 9.12).

use venue_domain::{Action, Command, Nature};

/// One rule that is dropped, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// 3.7: what is accepted directly raises no fence that others see.
    DirectRaisesNothing,
    /// 3.10: the fences follow the store instead of going before it.
    FencesFollowTheStore,
    /// 3.12: nobody looks at the fences between claim and first byte.
    NoLookBeforeTheFirstByte,
    /// 3.13: what becomes due raises no fence.
    ScheduledRaisesNothing,
    /// 3.15: the fences in memory are not merged into a store that is back.
    NoMergeAfterOutage,
    /// 3.16: queued commands are sent although their claims cannot be stored.
    QueueSentWhileDown,
    /// 3.17: nobody remembers that direct commands were sent during an outage.
    NoMarker,
    /// 3.20: what a direct command replaces is not superseded durably before its first byte.
    NothingSupersededBefore,
    /// 3.4: a retry gets a new one.
    KeyRenewedOnRetry,
    /// 2.2: what may have been sent is called not sent.
    UnknownCalledNotSent,
    /// 1.10: what is queued outlives its life.
    LifeForgotten,
    /// 3.22: a key of a sequence does not wait for the earlier ones in the queue.
    KeysDoNotJoin,
    /// 3.3: a direct `power_off` raises the fences of its own slot alone.
    PowerOffRaisesItsSlotAlone,
    /// 3.1: a direct step or key does not raise `any`.
    StepsRaiseNothing,
    /// 3.2: a direct step of the channel raises `set` like a wish of its own.
    StepsRaiseBoth,
    /// 3.5: the order clock of a new run does not start above the highest stored key.
    ClockGoesBack,
    /// 3.8: what the store refused has raised its fences all the same.
    RefusedOutranks,
    /// 3.26: after an unknown outcome nobody waits for a sign of life.
    DoubtIgnored,
    /// 3.27: the newest delivered wish is not stated once more after a lost session.
    NothingRestated,
    /// 3.28: what may still come to life is forgotten by a restart.
    LateCommandsForgotten,
    /// 2.6: what may have acted is stored as if it had not been sent.
    ActedForgotten,
    /// 1.13: the class that a client names is not looked at.
    ClassesNotLookedAt,
    /// 3.9: a press joins one of the same port that waits, as a read of a device may.
    PressesJoined,
    /// 3.29: nobody notes that a wish was sent once more.
    RestatementsForgotten,
    /// 3.33: what a kill makes forgotten keeps no older wish from being sent once more.
    RestatedBehindForgotten,
    /// 8.11: nothing outside the store tells how high keys were.
    KeysForgottenByReboot,
    /// 8.10: after a reboot the wall clock is believed, although it is behind.
    BehindBelieved,
    /// 8.7: what is wished for a time of day does not move with the clock.
    WishesStay,
    /// 6.14: a restart forgets what its ports were sent.
    PacingForgotten,
    /// 9.12: what waits for a device outlives its removal.
    RemovedGoesOn,
    /// 7.9: whoever does the same at the same time is not noticed.
    RedoneTwice,
    /// 2.12: what waits for a device without a session is in flight.
    AwayInFlight,
    /// 6.21: the toggle bit is that of the press before.
    ToggleBitStays,
    /// 2.23: nobody notices that a digit left when its TV had stopped waiting for it.
    LateKeysUnnoticed,
    /// 3.23: a key that passed the queue counts as no more than a key when the store is back.
    PassedKeysForgotten,
    /// 7.23: what is wished of a screen that shows a box goes to its TV.
    ScreensAreTvs,
    /// 7.26: each screen of a box is sent what another one was sent already.
    SharedSentTwice,
    /// 7.31: a locked screen is commanded through another one that shows the same box.
    SharedLocksIgnored,
    /// 1.18: steps of which some may have been pressed are pressed again from the start.
    StepsRepeated,
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
