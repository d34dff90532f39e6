//! The beginning of a session: who answers, and what it has.

use std::{sync::Arc, time::Instant};

use super::{API_VERSION, ClientEvent, ClientSession, Phase, handshake::ServerHello};
use crate::{
    DeviceInfo, MacAddress, Message, PeerDescription, ProtocolError,
    listing::PartialListing,
    proto,
    sanitize::{MAX_NAME, sanitize},
};

/// What is known of the device so far.
#[derive(Debug)]
pub(super) struct PartialPeer {
    hello: proto::HelloResponse,
    info: Option<proto::BoxedDeviceInfo>,
    listing: PartialListing,
    listed: bool,
}

impl ClientSession {
    /// Hello, the legacy login (which firmware up to 2025.7 wants even without a password and
    /// newer firmware ignores), device info and listing, all in one write.
    pub(super) fn greet(&mut self) {
        let (major, minor) = API_VERSION;
        let hello = proto::HelloRequest {
            client_info: self.config.client_info.clone(),
            api_version_major: major,
            api_version_minor: minor,
        };
        self.write(&hello.into());
        self.write(&proto::AuthenticationRequest::default().into());
        self.write(&proto::DeviceInfoRequest {}.into());
        self.write(&proto::ListEntitiesRequest {}.into());
    }

    /// Checks who answers before any key is blamed.
    pub(super) fn identify(&mut self, hello: ServerHello) -> Result<(), ProtocolError> {
        let ServerHello { name, mac } = hello;
        self.check_mac(mac, name.as_deref())?;
        if let Some(found) = &name {
            self.check_name(found, mac)?;
        }
        self.events.push_back(ClientEvent::PeerIdentified { name, mac });
        Ok(())
    }

    fn check_mac(&self, mac: Option<MacAddress>, name: Option<&str>) -> Result<(), ProtocolError> {
        match (self.config.expected_mac, mac) {
            (Some(expected), Some(found)) if expected != found => {
                Err(ProtocolError::WrongMac { expected, found, name: name.map(str::to_owned) })
            }
            _ => Ok(()),
        }
    }

    fn check_name(&self, found: &str, mac: Option<MacAddress>) -> Result<(), ProtocolError> {
        match &self.config.expected_name {
            Some(expected) if !expected.eq_ignore_ascii_case(found) => {
                let (expected, found) = (expected.clone(), found.to_owned());
                Err(ProtocolError::WrongName { expected, found, mac })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn handle_hello(
        &mut self,
        mut hello: proto::HelloResponse,
        now: Instant,
    ) -> Result<(), ProtocolError> {
        if !matches!(self.phase, Phase::Hello { .. }) {
            return Ok(());
        }
        let (major, minor) = (hello.api_version_major, hello.api_version_minor);
        // The reference client's rule.
        if major > 2 {
            return Err(ProtocolError::Incompatible { major, minor });
        }
        hello.name = sanitize(&hello.name, MAX_NAME);
        hello.server_info = sanitize(&hello.server_info, MAX_NAME);
        if !hello.name.is_empty() {
            self.check_name(&hello.name, None)?;
        }
        let deadline = now + self.config.listing_timeout;
        let listing = PartialListing::new(self.config.listings.clone());
        let partial = PartialPeer { hello, info: None, listing, listed: false };
        self.phase = Phase::Listing { deadline, partial: Box::new(partial) };
        Ok(())
    }

    pub(super) fn handle_listing(&mut self, message: Message) -> Result<(), ProtocolError> {
        let Phase::Listing { partial, .. } = &mut self.phase else {
            if self.is_ready() {
                self.events.push_back(ClientEvent::Message(Box::new(message)));
            }
            return Ok(());
        };
        match message {
            Message::DeviceInfoResponse(info) => partial.info = Some(info),
            Message::ListEntitiesDone(_) => partial.listed = true,
            other => {
                if let Some(other) = partial.listing.take_in(other) {
                    self.events.push_back(ClientEvent::Message(Box::new(other)));
                }
            }
        }
        self.complete_listing()
    }

    /// Becomes ready when hello, device info and listing are all there, in whatever order.
    fn complete_listing(&mut self) -> Result<(), ProtocolError> {
        let Phase::Listing { partial, .. } = &mut self.phase else { return Ok(()) };
        let Some(info) = partial.info.as_ref().filter(|_| partial.listed) else { return Ok(()) };
        let name = if partial.hello.name.is_empty() { &info.name } else { &partial.hello.name };
        let peer = PeerDescription {
            name: sanitize(name, MAX_NAME),
            // Zeros are none: firmware has told them by mistake, of more than one board.
            mac: info.mac_address.parse().ok(),
            api_version: (partial.hello.api_version_major, partial.hello.api_version_minor),
            server_info: partial.hello.server_info.clone(),
            device_info: DeviceInfo::from(info.as_ref()),
            listing: partial.listing.finish(),
        };
        self.check_mac(peer.mac, Some(&peer.name))?;
        self.check_name(&peer.name, peer.mac)?;
        if peer.mac.is_none() {
            // Any board could call itself so.
            return Err(ProtocolError::NoMac);
        }
        let peer = Arc::new(peer);
        self.phase = Phase::Ready(Arc::clone(&peer));
        self.events.push_back(ClientEvent::Ready(peer));
        Ok(())
    }
}
