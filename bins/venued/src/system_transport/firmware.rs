//! Which firmware is offered to be installed.
//!
//! What an update entity says is a state: a board that has such an entity is asked for its states over the
//! session that there is. It goes on telling them until the session ends; nothing is ever installed from
//! here.

use std::time::{Duration, Instant};

use esphome_pool::{
    Received,
    codec::{EntityDescription, EntityKind, Message, proto},
};
use futures_util::{StreamExt, stream};
use tokio::time::timeout_at;
use venue_api::FirmwareUpdate;
use venue_domain::{Hostname, Outcome, Probe};

use super::SystemTransport;

/// How long a board has to say what its update entity knows.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many boards are asked at the same time: nobody waits for it.
const AT_ONCE: usize = 8;

impl SystemTransport {
    /// Asks a device that has an update entity what it knows; then for a sign of life, as every device.
    pub(super) async fn ask_for_update(&self, device: &Hostname, deadline: Instant) -> Outcome {
        self.look_for_update(device).await;
        self.sign_of_life(device, deadline).await
    }

    /// Asks those of `devices` that have an update entity what it knows, a few at a time.
    pub(crate) async fn look_for_updates(&self, devices: Vec<Hostname>) {
        let look = async |device: Hostname| self.look_for_update(&device).await;
        stream::iter(devices).for_each_concurrent(AT_ONCE, look).await;
    }

    async fn look_for_update(&self, device: &Hostname) {
        if !self.has_update_entity(device) {
            return;
        }
        let update = self.update_of(device).await;
        let mut found = self.found();
        match update {
            Some(update) => drop(found.updates.insert(device.clone(), update)),
            None => drop(found.updates.remove(device)),
        }
    }

    /// Whether `device` knows which firmware is offered for it.
    fn has_update_entity(&self, device: &Hostname) -> bool {
        self.lanes.capabilities(device).is_some_and(|capabilities| {
            capabilities.entities.iter().any(|entity| entity.kind == "update")
        })
    }

    /// What the update entity of a device says; `None` if it does not say in time.
    async fn update_of(&self, hostname: &Hostname) -> Option<FirmwareUpdate> {
        let device = self.pool.device(hostname.as_str())?;
        let session = device.latest_session()?;
        let is_update = |entity: &&EntityDescription| entity.kind == EntityKind::Update;
        // That of the board itself, which is device 0, rather than that of a sub-device.
        let updates = session.peer.listing.entities.iter().filter(is_update);
        let entity = updates.map(EntityDescription::id).min()?;
        let (mut messages, end) = (device.messages(), tokio::time::Instant::now() + PATIENCE);
        device.send(proto::SubscribeStatesRequest {}.into(), end).await.ok()?;
        loop {
            match timeout_at(end, messages.recv()).await {
                Ok(Some(Received::Message(message))) => {
                    if let Message::UpdateState(state) = &*message
                        && message.entity() == Some(entity)
                    {
                        return update_of(state);
                    }
                }
                // It may have been among them: all states are told again.
                Ok(Some(Received::Missed(_))) => {
                    device.send(proto::SubscribeStatesRequest {}.into(), end).await.ok()?;
                }
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

/// The update that a state reports: none before the board has looked for an update itself.
fn update_of(state: &proto::UpdateStateResponse) -> Option<FirmwareUpdate> {
    let clean = |text: &str| -> String {
        text.chars().filter(|c| !c.is_control()).take(MAX_VERSION_LEN).collect()
    };
    let (current, latest) = (clean(&state.current_version), clean(&state.latest_version));
    if state.missing_state || latest.is_empty() {
        return None;
    }
    let available = current != latest;
    Some(FirmwareUpdate { current, latest, available })
}

/// So many characters of a version are kept.
const MAX_VERSION_LEN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_available_only_if_the_board_says_another_version() {
        let state = |missing_state, current: &str, latest: &str| proto::UpdateStateResponse {
            missing_state,
            current_version: current.to_owned(),
            latest_version: latest.to_owned(),
            ..proto::UpdateStateResponse::default()
        };
        let available = |state| update_of(&state).map(|update| update.available);
        assert_eq!(available(state(false, "1.0", "1.1")), Some(true));
        assert_eq!(available(state(false, "1.0", "1.0")), Some(false));
        assert_eq!(available(state(true, "1.0", "1.1")), None);
        assert_eq!(available(state(false, "1.0", "")), None);
        let hostile = update_of(&state(false, "1", &"\u{1b}[2J".repeat(100))).unwrap();
        assert_eq!((hostile.latest.len(), &hostile.latest[..3]), (MAX_VERSION_LEN, "[2J"));
    }
}
