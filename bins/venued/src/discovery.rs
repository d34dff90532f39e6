//! Boards that announce themselves on the network: ESPHome announces `_esphomelib._tcp` by mDNS.
//!
//! Discovered devices are a list to adopt from and change nothing by themselves: a registered device is dialled
//! at its registered address; an announcement only makes the next dial come sooner, and resolves names such as
//! `ir-1.local`. Everything here comes from whoever is on the network: it is bounded, what cannot be read is
//! left out, and none of it is trusted.

use std::{convert::Infallible, sync::Arc};

use esphome_pool::{DeviceState, LocalNames, Misconfiguration, Pool};
use venue_domain::{BoxFuture, Hostname, ItemChange, one_line};
use venue_http::{BoardRejection, DiscoveryControl};
use venue_registry::{DiscoveredDevice, MacAddress};

mod announcement;
mod browser;

use self::browser::Browser;
use crate::{
    boards::KnownBoards,
    configuration::{ChangeError, ConfigService},
};

/// Listens, or does not; and knows which board each device is.
#[derive(Clone, Debug)]
pub(crate) struct Discovery {
    browser: Option<Browser>,
    pool: Arc<Pool>,
    boards: KnownBoards,
    /// Withdraws what waits for a board that another one replaces; `None` where nothing is stored.
    config_service: Option<ConfigService>,
}

impl Discovery {
    /// With what is stored of the devices in the hands of `config_service`.
    pub(crate) fn keeping(self, config_service: Option<ConfigService>) -> Self {
        Self { config_service, ..self }
    }

    /// Does not listen.
    pub(crate) const fn none(pool: Arc<Pool>, boards: KnownBoards) -> Self {
        Self { browser: None, pool, boards, config_service: None }
    }

    /// Listens at a UDP port. That it cannot is no reason not to serve: devices are reached without it.
    /// Needs a tokio runtime.
    ///
    /// A device that announces itself is dialled at once, at the address that is registered; a name on
    /// the local network is where its board says that it is.
    pub(crate) fn start(port: u16, pool: Arc<Pool>, boards: KnownBoards) -> Self {
        let devices = Arc::downgrade(&pool);
        let announced = move |name: &str| {
            let Some(pool) = devices.upgrade() else { return };
            if let Some(device) = pool.device(&name.to_ascii_lowercase()) {
                device.reconnect_now();
            }
        };
        match Browser::start(port, Box::new(announced)) {
            Ok((browser, taking)) => {
                // It ends with the browser.
                drop(tokio::spawn(taking));
                let names = browser.clone();
                pool.know_local_names(LocalNames::new(move |host| names.addresses(host)));
                tracing::info!(port, "announcements of boards are listened to");
                Self { browser: Some(browser), pool, boards, config_service: None }
            }
            Err(error) => {
                let error = one_line(&error);
                tracing::warn!(
                    port,
                    %error,
                    "no board is discovered: let the service use multicast UDP, or set \
                     discovery.enabled = false"
                );
                Self::none(pool, boards)
            }
        }
    }
}

impl Discovery {
    /// A device came or went. The board that answers first is remembered; whether one that went is still
    /// there is asked, so that its next announcement is heard as one.
    pub(crate) fn follow(&self, hostname: &Hostname, state: &DeviceState) {
        match (state, &self.browser) {
            (DeviceState::Online(session), _) => {
                if let Some(mac) = session.peer.mac {
                    self.boards.note(hostname, mac);
                }
            }
            (DeviceState::Offline { .. }, Some(browser)) => browser.verify(hostname.as_str()),
            (DeviceState::Offline { .. }, None)
            | (
                DeviceState::Connecting { .. }
                | DeviceState::Misconfigured { .. }
                | DeviceState::Stopped,
                _,
            ) => {}
        }
    }
}

impl DiscoveryControl for Discovery {
    fn seen(&self) -> Option<Vec<DiscoveredDevice>> {
        self.browser.as_ref().map(Browser::seen)
    }

    fn accept_board<'a>(
        &'a self,
        device: &'a Hostname,
        mac: MacAddress,
    ) -> BoxFuture<'a, Result<u64, BoardRejection>> {
        Box::pin(self.accept(device, mac))
    }
}

impl Discovery {
    async fn accept(&self, device: &Hostname, mac: MacAddress) -> Result<u64, BoardRejection> {
        let handle = self.pool.device(device.as_str()).ok_or(BoardRejection::NoOther)?;
        let state = handle.state();
        let DeviceState::Misconfigured {
            cause: Misconfiguration::WrongDevice { mac: Some(found), .. },
            ..
        } = state
        else {
            return Err(BoardRejection::NoOther);
        };
        if found != mac {
            return Err(BoardRejection::Another { found: found.to_string() });
        }
        // First: with its session the board would be sent what waits.
        let withdrawn = self.disinherit(device).await?;
        self.boards.accept(device, found);
        handle.accept_mac(found);
        tracing::warn!(%device, mac = %found, withdrawn, "another board was accepted for the device");
        Ok(withdrawn)
    }

    /// Withdraws what waits for the board before, and forgets its assumed state.
    async fn disinherit(&self, device: &Hostname) -> Result<u64, BoardRejection> {
        let Some(config_service) = &self.config_service else { return Ok(0) };
        let change = ItemChange::NewBoard { device: device.to_string() };
        match config_service.change(move |_| Ok::<_, Infallible>(vec![change])).await {
            Ok(changed) => Ok(changed.withdrawn),
            Err(ChangeError::Store { source }) => Err(BoardRejection::Store { error: source }),
            Err(ChangeError::Refused { source }) => match source {},
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use device_sim::{Blaster, BlasterConfig, Fault};
    use esphome_pool::{Backoff, DeviceConfig, Jitter, PoolConfig, codec::Encryption};
    use mdns_sd::{ServiceDaemon, ServiceInfo};
    use tokio::time::timeout;

    use super::*;

    /// A board that sleeps is there for seconds: it is met when it says that it is, by the name that it
    /// says, and not when the pause between two tries is over.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_device_that_announces_itself_is_dialled_at_once() {
        let board = Blaster::start(BlasterConfig::new("ir-000003", 3)).await.unwrap();
        board.set_fault(Fault::RefuseConnect);
        let for_good = Duration::from_secs(86_400);
        let backoff = Backoff { first: for_good, longest: for_good, jitter: Jitter::NONE };
        let pool = Arc::new(Pool::new(PoolConfig { backoff, ..PoolConfig::default() }));
        // Not the port of mDNS: neither a responder of this machine nor a neighbour takes part.
        let port = 30_000 + u16::try_from(std::process::id() % 10_000).unwrap();
        let discovery = Discovery::start(port, Arc::clone(&pool), KnownBoards::read(None));
        // No resolver of this machine knows the name; the daemon hears it.
        let address = format!("ir-000003.local:{}", board.address().port());
        let (name, encryption) = (Some("ir-000003".to_owned()), Encryption::Plaintext);
        let device = pool.add(DeviceConfig { name, address, mac: None, encryption }).unwrap();
        let mut states = device.watch();
        let offline = |state: &DeviceState| matches!(state, DeviceState::Offline { .. });
        let online = |state: &DeviceState| matches!(state, DeviceState::Online(_));
        let patience = Duration::from_secs(20);
        timeout(patience, states.wait_for(offline)).await.unwrap().unwrap();

        board.clear_fault();
        let network = ServiceDaemon::new_with_port(port).unwrap();
        let service = ServiceInfo::new(
            browser::SERVICE,
            "ir-000003",
            "ir-000003.local.",
            board.address().ip().to_string(),
            board.address().port(),
            &[("mac", "025e4d000003")][..],
        );
        network.register(service.unwrap()).unwrap();
        let state = timeout(patience, states.wait_for(online)).await.unwrap().unwrap().clone();
        discovery.follow(&"ir-000003".parse().unwrap(), &state);
        assert_eq!(discovery.boards.of(&"ir-000003".parse().unwrap()), Some(board.config().mac));
        drop(network.shutdown());
    }
}
