//! Which port receives a command, and which screens it changes: the one place that says so, for single commands,
//! batches, presets and schedules (docs/semantics.md, rule 7.23).

use std::sync::Arc;

use snafu::OptionExt;
use venue_domain::{
    Action, Class, Clock, CommandQueue, DeviceEntry, DirectTransport, Directory, PortId, Probe,
    Screen, SourceEntry,
};

use crate::{Rejection, Router, error::UnknownDeviceSnafu, validate::ValidCommand};

/// The port that was asked, and the source that receives the command in its place or is that port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The port that was named.
    pub asked: PortId,
    /// The source whose port receives the command.
    pub source: Option<Arc<SourceEntry>>,
}

impl Reach {
    /// A command that goes where it was asked to, and changes nothing else.
    #[must_use]
    pub const fn itself(asked: PortId) -> Self {
        Self { asked, source: None }
    }

    /// The source that receives the command in place of the port that was asked.
    #[must_use]
    pub fn sent_to(&self) -> Option<&SourceEntry> {
        self.source.as_deref().filter(|source| source.port != self.asked)
    }

    /// The screens beside the one that was asked that show what receives the command.
    pub fn also_changes(&self) -> impl Iterator<Item = &Screen> {
        self.source.iter().flat_map(|source| source.other_screens(&self.asked))
    }
}

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// Checks `action` for the port `asked`, and says which port receives it.
    pub(crate) fn validate(
        &self,
        action: Action,
        asked: PortId,
        class: Option<Class>,
    ) -> Result<(ValidCommand, Reach), Rejection> {
        let entry = self.look_up(&asked.device)?;
        let taking = self.taking_source(&action, &asked, &entry)?;
        if let Some((source, entry)) = taking {
            let valid = ValidCommand::new(action, source.port.clone(), class, &entry)?;
            return Ok((valid, Reach { asked, source: Some(source) }));
        }
        let source = entry.port(asked.port).and_then(|port| port.serves.clone());
        let valid = ValidCommand::new(action, asked.clone(), class, &entry)?;
        Ok((valid, Reach { asked, source }))
    }

    /// The source that receives `action` in place of the screen `asked`, with the entry of its device.
    fn taking_source(
        &self,
        action: &Action,
        asked: &PortId,
        entry: &DeviceEntry,
    ) -> Result<Option<(Arc<SourceEntry>, Arc<DeviceEntry>)>, Rejection> {
        let Some(shown) = entry.port(asked.port).and_then(|port| port.source.as_ref()) else {
            return Ok(None);
        };
        let port = &shown.source.port;
        let at_source = self.parts.directory.device(&port.device);
        let known = at_source.as_ref().and_then(|device| device.port(port.port));
        let meaning = |name: &str| known.and_then(|port| port.actions.meaning(name));
        if !shown.receives(action, meaning) {
            return Ok(None);
        }
        let device = at_source.context(UnknownDeviceSnafu { hostname: port.device.clone() })?;
        Ok(Some((Arc::clone(&shown.source), device)))
    }

    /// What a command for `port` itself reaches, wherever it came from.
    pub(crate) fn reach_of(&self, port: PortId) -> Reach {
        let entry = self.parts.directory.device(&port.device);
        let source = entry.and_then(|entry| entry.port(port.port)?.serves.clone());
        Reach { asked: port, source }
    }
}
