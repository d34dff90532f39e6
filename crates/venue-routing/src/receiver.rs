//! Which port receives a command: the one place that says so, for single commands, batches, presets and schedules
//! (docs/semantics.md, rule 7.23).

use std::sync::Arc;

use snafu::{OptionExt, ensure};
use venue_domain::{
    Action, Class, Clock, CommandQueue, DeviceEntry, DirectTransport, Directory, PortId, Probe,
    SourceEntry,
};

use crate::{
    Reach, Rejection, Router,
    error::{UnknownDeviceSnafu, UnknownSourceSnafu},
    validate::ValidCommand,
};

/// A source that receives a command in place of a screen, and what is registered of the device of its box.
struct Taking {
    source: Arc<SourceEntry>,
    device: Arc<DeviceEntry>,
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
        ensure_known_source(&action, &asked, &entry)?;
        let taking = self.taking_source(&action, &asked, &entry)?;
        if let Some(Taking { source, device }) = taking {
            let valid = ValidCommand::new(action, source.port.clone(), class, &device)?;
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
    ) -> Result<Option<Taking>, Rejection> {
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
        Ok(Some(Taking { source: Arc::clone(&shown.source), device }))
    }

    /// What a command for `port` itself reaches, wherever it came from.
    pub(crate) fn reach_of(&self, port: PortId) -> Reach {
        let entry = self.parts.directory.device(&port.device);
        let source = entry.and_then(|entry| entry.port(port.port)?.serves.clone());
        Reach { asked: port, source }
    }
}

/// Refuses what a source would receive that nobody knows: the TV does not receive it in its place.
fn ensure_known_source(
    action: &Action,
    asked: &PortId,
    entry: &DeviceEntry,
) -> Result<(), Rejection> {
    let Some(unknown) = entry.port(asked.port).and_then(|port| port.unknown_source.as_ref()) else {
        return Ok(());
    };
    let refusal = UnknownSourceSnafu { target: asked.clone(), source_id: unknown.id.to_string() };
    ensure!(!unknown.receives(action), refusal);
    Ok(())
}
