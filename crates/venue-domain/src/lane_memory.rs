//! What a lane has to know of the time before it: commands that may still come to life on a board,
//! and when each port was sent what its next commands keep a distance from.

use std::{future::Future, sync::Arc, time::Duration};

use crate::{
    action::Action,
    attempt::Attempt,
    command::{Command, CommandId},
    effect::Slot,
    hostname::Hostname,
    order::OrderKey,
    outcome::Outcome,
    port::PortId,
    status::Reason,
    store_error::StoreError,
    time::Timestamp,
};

/// So long after its bytes left a command may still come to life: no board keeps a session longer
/// in which nobody answers.
pub const LATE_COMMAND_LIFE: Duration = Duration::from_secs(150);

/// An absolute command that ended unknown: a board that hung may carry it out when it wakes, behind
/// everything that was delivered meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateCommand {
    /// Its name.
    pub id: CommandId,
    /// What it competes for.
    pub slot: Slot,
    /// Its place in the order.
    pub key: OrderKey,
    /// When its attempt ended.
    pub ended_at: Timestamp,
    /// When something of its slot was first delivered since.
    pub answered_at: Option<Timestamp>,
    /// The newest absolute command that was delivered since, to be sent once more.
    pub desired: Option<CommandId>,
}

impl LateCommand {
    /// What an attempt at `command` that ended at `at` leaves behind; `None` unless it was an
    /// absolute infrared command, and may have reached the board.
    #[must_use]
    pub fn after(command: &Command, reason: Reason, at: Timestamp) -> Option<Self> {
        let unknown = reason.may_have_acted() && command.nature().is_repeatable();
        let slot = command.slot().filter(|_| unknown)?;
        let (id, key) = (command.id, command.key);
        Some(Self { id, slot, key, ended_at: at, answered_at: None, desired: None })
    }

    /// Takes note of the end of another attempt at `at`. Tells whether that changed anything.
    pub fn note(&mut self, command: &Command, reason: Reason, at: Timestamp) -> bool {
        if command.target != self.slot.port || command.key < self.key || at < self.ended_at {
            return false;
        }
        let before = self.clone();
        if reason == Reason::Delivered && command.effect_group() == Some(self.slot.group) {
            self.answered_at.get_or_insert(at);
            // A step or a toggle is nothing to be sent again, and outdates what was before.
            let again = command.nature().is_repeatable() && command.key > self.key;
            self.desired = again.then_some(command.id);
        }
        *self != before
    }

    /// Whether it cannot come to life any more at `now`, for its age.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.plus(LATE_COMMAND_LIFE) <= now
    }
}

/// When a port was sent what its next commands have to keep a distance from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortPacing {
    /// The port.
    pub port: PortId,
    /// Anything.
    pub sent_at: Timestamp,
    /// `power_on` or the toggle: the appliance may warm up.
    pub power_on_at: Option<Timestamp>,
    /// A channel: its digits are being taken.
    pub channel_at: Option<Timestamp>,
    /// How many digits that had.
    pub channel_digits: u32,
    /// A single digit.
    pub digit_at: Option<Timestamp>,
    /// Digits of which nobody knows whether they were typed.
    pub unsure_at: Option<Timestamp>,
}

impl PortPacing {
    /// What is to be known of `port` after an attempt at `action` that ended at `at`; `None` where
    /// nothing changes: no infrared, or no byte left.
    #[must_use]
    pub fn after(
        before: Option<Self>,
        port: &PortId,
        action: &Action,
        reason: Reason,
        at: Timestamp,
    ) -> Option<Self> {
        let unsure = reason.may_have_acted();
        if !reason.may_have_left() || !action.is_infrared() {
            return None;
        }
        let mut pacing = before.unwrap_or_else(|| Self {
            port: port.clone(),
            sent_at: at,
            power_on_at: None,
            channel_at: None,
            channel_digits: 0,
            digit_at: None,
            unsure_at: None,
        });
        pacing.sent_at = pacing.sent_at.max(at);
        let later = |before: &mut Option<Timestamp>| *before = (*before).max(Some(at));
        if action.is_channel() {
            later(&mut pacing.channel_at);
            pacing.channel_digits = action.frames();
        } else if action.types_digits() {
            later(&mut pacing.digit_at);
        } else if action.may_switch_on() {
            later(&mut pacing.power_on_at);
        }
        if action.types_digits() && unsure {
            later(&mut pacing.unsure_at);
        }
        Some(pacing)
    }
}

/// A late command with what it needs to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedCommand {
    /// The late command.
    pub late: LateCommand,
    /// The command itself.
    pub command: Arc<Command>,
    /// What is to be sent once more, if it was delivered already.
    pub desired: Option<Arc<Command>>,
}

/// What is known of the lane of one device from before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneMemory {
    /// What may still come to life.
    pub late: Vec<RememberedCommand>,
    /// Its ports.
    pub ports: Vec<PortPacing>,
}

/// What a lane does or finds out by itself, so that nobody else can tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaneNote {
    /// These cannot come to life any more: their device has answered since.
    Cleared {
        /// Their names.
        commands: Vec<CommandId>,
        /// When it was found out.
        at: Timestamp,
    },
    /// A delivered command was sent once more, because an older one may have come to life behind it.
    Reasserted {
        /// The command.
        command: CommandId,
        /// How it went.
        attempt: Attempt,
    },
}

/// Hears what lanes do by themselves. Never waits.
pub trait LaneObserver: Send + Sync {
    /// `commands` cannot come to life any more.
    fn cleared(&self, commands: Vec<CommandId>);

    /// `command` was sent once more; it took `took`.
    fn reasserted(&self, command: &Command, outcome: &Outcome, took: Duration);
}

/// Keeps what lanes have to know after a restart.
pub trait LaneStore: Send + Sync {
    /// What is known of all devices at `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn lane_memory(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<(Hostname, LaneMemory)>, StoreError>> + Send;

    /// Stores what lanes did by themselves.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was stored then.
    ///
    /// # Cancel safety
    /// A dropped future may or may not have stored it.
    fn note_lanes(
        &self,
        notes: Vec<LaneNote>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
