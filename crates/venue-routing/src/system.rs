//! What the venue asks of its own accord, of every device that is online.

use std::time::Duration;

use snafu::ensure;
use venue_domain::{
    Action, Actor, Class, Clock, CommandId, CommandQueue, DirectTransport, Directory, Enqueued,
    Hostname, PortId, PortIndex, Probe,
};

use crate::{
    QueueOptions, Rejection, Router,
    error::ClassConflictSnafu,
    validate::{ValidCommand, ValidOptions, refuse_question},
};

/// A system command that waits for one device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemCommand {
    /// Its name.
    pub command: CommandId,
    /// The device that is asked.
    pub device: Hostname,
    /// Whether it was queued just now, and did not wait there already.
    pub is_new: bool,
}

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// Queues a refresh of the capabilities of every device that is online; returns how many are new.
    ///
    /// # Errors
    /// [`Rejection::StoreDown`] or [`Rejection::Store`].
    ///
    /// # Cancel safety
    /// A dropped future may or may not have stored the commands.
    pub async fn refresh_capabilities(&self, actor: Actor) -> Result<u64, Rejection> {
        let action = Action::RefreshCapabilities;
        let all = self.queue_system(&action, Duration::ZERO, actor).await?;
        Ok(all.iter().filter(|one| one.is_new).count() as u64)
    }

    /// Queues the system command `action` for every device that is online, deferred as its class is and
    /// each `apart` from the one before. Where it waits already, that one is named. While none is online the
    /// store is not asked.
    ///
    /// # Errors
    /// [`Rejection::ClassConflict`] for an action of another class, [`Rejection::Question`] for one that
    /// needs no command, [`Rejection::StoreDown`] or [`Rejection::Store`]. Then nothing is queued.
    ///
    /// # Cancel safety
    /// A dropped future may or may not have stored the commands.
    pub async fn queue_system(
        &self,
        action: &Action,
        apart: Duration,
        actor: Actor,
    ) -> Result<Vec<SystemCommand>, Rejection> {
        let own = action.own_class().unwrap_or(Class::Interactive);
        let conflict = ClassConflictSnafu { action: action.name(), own, named: Class::System };
        ensure!(own == Class::System, conflict);
        self.ensure_store(Class::System).await?;
        let options = ValidOptions::new(&QueueOptions::default(), &action.in_class(Class::System))?;
        let online = self.statuses().into_iter();
        let online = online.filter(|status| status.snapshot.presence.is_online());
        let mut delay = self.timeouts.system_delay;
        let mut commands = Vec::new();
        for status in online {
            refuse_question(action, &status.entry.hostname)?;
            let target = PortId { device: status.entry.hostname.clone(), port: PortIndex::BOARD };
            let valid = ValidCommand { action: action.clone(), target, class: Class::System };
            commands.push(self.new_command(valid, &options, actor.clone(), delay));
            delay += apart;
        }
        let named: Vec<_> = commands
            .iter()
            .map(|new| (new.command.id, new.command.target.device.clone()))
            .collect();
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        match self.parts.store.queue.enqueue_all(commands).await {
            Ok(all) => {
                self.parts.store.recorder.ended(all.ended_commands);
                let answers = named.into_iter().zip(all.answer);
                Ok(answers.map(|((id, device), answer)| queued(id, device, &answer)).collect())
            }
            Err(error) => {
                self.note_failure(&error);
                Err(Rejection::Store { source: error })
            }
        }
    }
}

fn queued(id: CommandId, device: Hostname, answer: &Enqueued) -> SystemCommand {
    match answer {
        Enqueued::AlreadyWaiting { waiting, .. } => {
            SystemCommand { command: waiting.id, device, is_new: false }
        }
        Enqueued::Waiting { .. } => SystemCommand { command: id, device, is_new: true },
        // No command replaces a question.
        Enqueued::Superseded { .. } => SystemCommand { command: id, device, is_new: false },
    }
}
