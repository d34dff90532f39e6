//! What an announcement says, as far as it can be read.

use mdns_sd::ResolvedService;
use venue_domain::Hostname;
use venue_registry::Sighting;

/// Longer than any name that ESPHome accepts.
const LONGEST: usize = 120;

/// The board of an announcement; `None` if it has no name that a device can have, or no address.
#[must_use]
pub fn sighting(service: &ResolvedService) -> Option<Sighting> {
    let (instance, _) = service.fullname.split_once("._")?;
    let hostname: Hostname = instance.parse().ok()?;
    // IPv4 is what the firmware of most boards has; of several the same is taken each time.
    let addresses = service.addresses.iter().map(mdns_sd::ScopedIp::to_ip_addr);
    let address = addresses.min_by_key(|address| (address.is_ipv6(), *address))?;
    let address = std::net::SocketAddr::from((address, service.port));
    // The texts are those of ESPHome's component mdns.
    let text = |key: &str| cleaned(service.txt_properties.get_property_val_str(key)?);
    Some(Sighting {
        hostname,
        address: address.to_string().parse().ok()?,
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
    use crate::SERVICE;

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
        let board = sighting(&announced("ir-dc4516", &texts)).unwrap();
        assert_eq!(board.hostname.as_str(), "ir-dc4516");
        assert_eq!(board.address.as_str(), "192.0.2.5:6053", "the same of several each time");
        assert_eq!(board.mac.unwrap().to_string(), "a1:b2:c3:d4:e5:f6");
        assert_eq!(board.friendly_name.as_deref(), Some("Main bar[2J"));
        assert!(board.is_encrypted);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let long = "x".repeat(200);
        let board = sighting(&announced("ir-1", &[("mac", "no"), ("board", &long)])).unwrap();
        assert_eq!((board.mac, board.board.unwrap().len()), (None, LONGEST));
        assert!(!board.is_encrypted);
        assert_eq!(sighting(&announced("not a name", &[])), None);
        assert_eq!(sighting(&announced("queue", &[])), None, "a path of the interface");
    }
}
