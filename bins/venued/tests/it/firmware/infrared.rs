//! Infrared entities of real firmware, driven by the pool alone: what the firmware's own decoders
//! name, when it says that a transmission has ended, and what its eye reports.
//!
//! `infrared` speaks API 1.14, `infrared-edge` 1.19. Both have five outputs and an eye; where a real
//! board has hardware, they have `tests/firmware/components/venue_ir`.

mod completion;
mod decoders;
mod frames;
mod receiving;

use std::{sync::Arc, time::Duration};

use esphome_pool::{
    Call, CallReport, CallRequest, DeviceConfig, DeviceHandle, DeviceState, EvidenceWanted, Pool,
    PoolConfig, SessionInfo,
    codec::{EntityId, InfraredTransmit},
};
use tokio::time::Instant;

use super::board::{Board, BoardConfig};
use crate::support::soon;

/// Far longer than any transmission of these tests.
const PATIENCE: Duration = Duration::from_secs(10);

/// A board of `kind`, and one client of it. `None` where no firmware was built.
async fn board_with_client(kind: &'static str) -> Option<(Board, BoardConfig, Client)> {
    board_as(BoardConfig::new(kind, "ir-000001")).await
}

async fn board_as(config: BoardConfig) -> Option<(Board, BoardConfig, Client)> {
    let board = Board::start(&config).await?;
    let client = Client::connect(&config).await;
    Some((board, config, client))
}

/// One client of a board.
pub(super) struct Client {
    device: DeviceHandle,
    session: Arc<SessionInfo>,
    _pool: Pool,
}

impl Client {
    pub(super) async fn connect(config: &BoardConfig) -> Self {
        let pool = Pool::new(PoolConfig::default());
        let device = pool.add(DeviceConfig::at(config.address.to_string())).unwrap();
        let mut states = device.watch();
        let online = states.wait_for(|state| matches!(state, DeviceState::Online(_)));
        let state = soon("a session", online).await.unwrap().clone();
        let DeviceState::Online(session) = state else { panic!("online is what was waited for") };
        Self { device, session, _pool: pool }
    }

    /// The infrared entity with this name.
    fn entity(&self, name: &str) -> EntityId {
        let listed = &self.session.peer.listing.entities;
        let is_it = |kind: &str, listed: &str| kind == "infrared" && listed == name;
        let found = listed.iter().find(|entity| is_it(entity.kind.name(), &entity.name));
        found.unwrap_or_else(|| panic!("no infrared entity {name} in {listed:?}")).id()
    }

    /// Sends `timings` from the output of `port`, on 38 kHz.
    pub(super) async fn send(
        &self,
        port: u8,
        repeats: u32,
        timings: &[i32],
        evidence: EvidenceWanted,
    ) -> CallReport {
        let entity = self.entity(&format!("Port {port}"));
        self.send_to(entity, 38_000, repeats, timings, evidence).await
    }

    /// Sends `timings` once, and waits for the evidence no longer than `patience`.
    async fn send_for(
        &self,
        port: u8,
        timings: &[i32],
        evidence: EvidenceWanted,
        patience: Duration,
    ) -> CallReport {
        let entity = self.entity(&format!("Port {port}"));
        let request = InfraredTransmit::new(entity, 38_000, 1, timings.to_vec()).unwrap();
        let call = Call::new(CallRequest::Infrared(request), evidence);
        self.device.call(call, Instant::now() + patience).await
    }

    async fn send_to(
        &self,
        entity: EntityId,
        carrier_hz: u32,
        repeats: u32,
        timings: &[i32],
        evidence: EvidenceWanted,
    ) -> CallReport {
        let request = InfraredTransmit::new(entity, carrier_hz, repeats, timings.to_vec()).unwrap();
        let call = Call::new(CallRequest::Infrared(request), evidence);
        self.device.call(call, Instant::now() + PATIENCE).await
    }
}
