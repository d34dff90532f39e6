//! What an announcement says, as far as it can be read.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use mdns_sd::{ResolvedService, ScopedIp};
use snafu::{OptionExt, ResultExt, Snafu};
use venue_registry::{Address, DeviceNameError, DiscoveredDevice, device_name};

/// Longer than any name that ESPHome accepts.
const LONGEST: usize = 120;

/// Why an announcement is of no board that can be registered.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub(crate) enum Unusable {
    /// Its name is none that a device can have.
    #[snafu(display("its name: {source}"))]
    Name {
        /// Why.
        source: DeviceNameError,
    },
    /// It tells no address that can be connected to.
    #[snafu(display("it tells no address that can be connected to"))]
    NoAddress,
}

/// The name by which an announcement calls its board, as it was told: a dot in it is written `\.`.
pub(crate) fn instance(fullname: &str) -> String {
    let service = fullname.rfind("._esphomelib._tcp.");
    let escaped = service.and_then(|end| fullname.get(..end)).unwrap_or(fullname);
    let mut name = String::with_capacity(escaped.len());
    let mut rest = escaped.chars();
    while let Some(c) = rest.next() {
        name.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    name
}

/// Where an announcement says that its board is: a link-local address with its interface.
pub(crate) fn addresses(service: &ResolvedService) -> Vec<SocketAddr> {
    let address = |address: &ScopedIp| match address {
        ScopedIp::V6(v6) => {
            let scope = v6.scope_id().index;
            let is_link_local = v6.addr().is_unicast_link_local();
            // Without its interface it can be anywhere.
            let reachable = !is_link_local || scope != 0;
            let scope = if is_link_local { scope } else { 0 };
            let address = SocketAddrV6::new(*v6.addr(), service.port, 0, scope);
            reachable.then_some(SocketAddr::V6(address))
        }
        ScopedIp::V4(v4) => Some(SocketAddr::from((*v4.addr(), service.port))),
        _ => None,
    };
    let mut found: Vec<_> = service.addresses.iter().filter_map(address).collect();
    found.sort();
    found.dedup();
    found
}

/// The address to register. IPv4 is what the firmware of most boards has; a link-local one is the last
/// choice, as it holds on this machine only. Of several the same is taken each time.
fn address(service: &ResolvedService) -> Option<Address> {
    let rank = |address: &&ScopedIp| match address.to_ip_addr() {
        IpAddr::V4(v4) => (u8::from(v4.is_link_local()) * 2, IpAddr::V4(v4)),
        IpAddr::V6(v6) => (1 + u8::from(v6.is_unicast_link_local()) * 2, IpAddr::V6(v6)),
    };
    let mut found: Vec<_> = service.addresses.iter().collect();
    found.sort_by_key(rank);
    let port = service.port;
    // With its interface, where it has one; one that lacks it is no address.
    let written = |address: &ScopedIp| {
        if matches!(address, ScopedIp::V6(_)) {
            format!("[{address}]:{port}")
        } else {
            format!("{address}:{port}")
        }
    };
    found.into_iter().find_map(|address| written(address).parse().ok())
}

/// The board of an announcement.
///
/// # Errors
/// [`Unusable`]: it cannot be registered as it is.
pub(crate) fn discovered_device(service: &ResolvedService) -> Result<DiscoveredDevice, Unusable> {
    let hostname = device_name(&instance(&service.fullname)).context(NameSnafu)?;
    let address = address(service).context(NoAddressSnafu)?;
    // The texts are those of ESPHome's component mdns.
    let text = |key: &str| cleaned(service.txt_properties.get_property_val_str(key)?);
    Ok(DiscoveredDevice {
        hostname,
        address,
        mac: text("mac").and_then(|mac| mac.parse().ok()),
        friendly_name: text("friendly_name"),
        esphome_version: text("version"),
        board: text("board"),
        project: text("project_name"),
        is_encrypted: text("api_encryption").is_some(),
    })
}

/// Without what a terminal or a page would obey, and no longer than a name.
fn cleaned(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceInfo;

    use super::*;
    use crate::discovery::browser::SERVICE;

    fn announced(name: &str, texts: &[(&str, &str)]) -> ResolvedService {
        let host = format!("{name}.local.");
        let info = ServiceInfo::new(SERVICE, name, &host, "192.0.2.7,192.0.2.5", 6053, texts);
        info.unwrap().as_resolved_service()
    }

    #[test]
    fn what_a_board_tells_is_read() {
        let texts = [
            ("mac", "a1b2c3d4e5f6"),
            ("version", "2026.9.1"),
            ("friendly_name", "Main bar\u{1b}[2J"),
            ("api_encryption", "Noise_NNpsk0_25519_ChaChaPoly_SHA256"),
        ];
        let board = discovered_device(&announced("ir-dc4516", &texts)).unwrap();
        assert_eq!(board.hostname.as_str(), "ir-dc4516");
        assert_eq!(board.address.as_str(), "192.0.2.5:6053", "the same of several each time");
        assert_eq!(board.mac.unwrap().to_string(), "a1:b2:c3:d4:e5:f6");
        assert_eq!(board.friendly_name.as_deref(), Some("Main bar[2J"));
        assert!(board.is_encrypted);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let long = "x".repeat(200);
        let board =
            discovered_device(&announced("ir-1", &[("mac", "no"), ("board", &long)])).unwrap();
        assert_eq!((board.mac, board.board.unwrap().len()), (None, LONGEST));
        assert!(!board.is_encrypted);
        for (name, reason) in [("not a name", "not ' '"), ("queue", "reserved")] {
            let refused = discovered_device(&announced(name, &[])).unwrap_err().to_string();
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn every_node_name_of_esphome_is_one() {
        for name in ["ir_dc4516", "Bar-TV", "bar.left", "tv_._1"] {
            let board = discovered_device(&announced(name, &[])).unwrap();
            assert_eq!(board.hostname.as_str(), name.to_ascii_lowercase());
        }
    }

    #[test]
    fn a_link_local_address_is_taken_last_and_with_its_interface_only() {
        let at = |addresses: &str| {
            let host = "ir-1.local.";
            let info = ServiceInfo::new(
                SERVICE,
                "ir-1",
                host,
                addresses,
                6053,
                &[][..] as &[(&str, &str)],
            );
            info.unwrap().as_resolved_service()
        };
        assert_eq!(discovered_device(&at("fe80::7")).unwrap_err(), Unusable::NoAddress);
        assert_eq!(addresses(&at("fe80::7")), []);
        let board = discovered_device(&at("fe80::7,fd00::7")).unwrap();
        assert_eq!(board.address.as_str(), "[fd00::7]:6053");
        let board = discovered_device(&at("fe80::7,fd00::7,192.0.2.7")).unwrap();
        assert_eq!(board.address.as_str(), "192.0.2.7:6053");
        let all = addresses(&at("fd00::7,192.0.2.7"));
        assert_eq!(all, ["192.0.2.7:6053".parse().unwrap(), "[fd00::7]:6053".parse().unwrap()]);
    }
}
