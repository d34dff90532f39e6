//! The venue that the demo simulates.

use std::{fmt::Write as _, net::SocketAddr, time::Duration};

use device_sim::{BlasterConfig, Fault, Fleet, Generation};
use esphome_pool::codec::Psk;

/// The board that is not there.
pub(super) const OFFLINE: &str = "ir-00000b";

/// The board that takes its time.
pub(super) const SLOW: &str = "ir-00000c";

/// The board that speaks Noise.
const ENCRYPTED: &str = "ir-000004";

/// The board with older firmware, whose actions do not reply.
const OLDER: &str = "ir-000005";

/// Three boards a zone, five TVs a board.
const ZONES: [(&str, &str); 4] =
    [("bar", "Bar"), ("lounge", "Lounge"), ("terrace", "Terrace"), ("dining", "Dining")];

const BOARDS_PER_ZONE: u16 = 3;
const PORTS: u16 = 5;

/// The boards, named ir-000001 to ir-00000c.
pub(super) fn boards() -> Vec<BlasterConfig> {
    (1..=BOARDS_PER_ZONE * 4).map(board).collect()
}

fn board(number: u16) -> BlasterConfig {
    let name = format!("ir-{number:06x}");
    let slow = name == SLOW;
    BlasterConfig {
        psk: (name == ENCRYPTED).then(|| Psk::from_bytes(*KEY).ok()).flatten(),
        generation: if name == OLDER { Generation::Classic } else { Generation::Current },
        latency: if slow { Duration::from_millis(800) } else { Duration::from_millis(15) },
        warm_up: Duration::from_secs(5),
        fault: if name == OFFLINE { Fault::RefuseConnect } else { Fault::None },
        ..BlasterConfig::new(name, number)
    }
}

/// The configuration with which a daemon runs this venue.
pub(super) fn configuration(listen: SocketAddr, fleet: &Fleet) -> String {
    let mut text = format!(
        "# Written by `venued demo`, and written anew each time it starts.\n\n\
         [http]\nlisten = \"{listen}\"\n\n[log]\nfilter = \"info\"\n\n\
         [store]\npath = \"venue.db\"\n\n\
         # A playground: tools that try everything out may.\n[limits]\ncommands_per_minute = 100000\n\
         bulk_per_minute = 100000\nall_per_minute = 1000000\n"
    );
    for (index, board) in (0..).zip(fleet.iter()) {
        let (zone, place) = ZONES[usize::from(index / BOARDS_PER_ZONE) % ZONES.len()];
        let config = board.config();
        let part = device(zone, place, index, config, board.address());
        text.push_str(&part);
    }
    text
}

fn device(
    zone: &str,
    place: &str,
    index: u16,
    config: &BlasterConfig,
    address: SocketAddr,
) -> String {
    let within = index % BOARDS_PER_ZONE;
    let mut text = format!(
        "\n[[device]]\nhostname = \"{}\"\nname = \"{place} board {}\"\naddress = \"{address}\"\n\
         mac = \"{}\"\n",
        config.name,
        within + 1,
        config.mac,
    );
    // Writing to a string cannot fail.
    if let Some(psk) = &config.psk {
        let _written = writeln!(text, "noise_psk = \"{}\"", psk.to_base64());
    }
    for port in 1..=PORTS {
        let tv = within * PORTS + port;
        let _written = write!(
            text,
            "\n[[device.port]]\nindex = {port}\nname = \"{place} {tv}\"\nzone = \"{zone}\"\n\
             default_channel = \"{}\"\n",
            100 + tv
        );
    }
    text
}

/// Nothing that anybody should use elsewhere.
const KEY: &[u8; 32] = b"a demo key, which is not secret!";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_venue_has_twelve_boards_one_absent_one_slow() {
        let boards = boards();
        let names: Vec<&str> = boards.iter().map(|board| board.name.as_str()).collect();
        assert_eq!(names.len(), 12);
        assert_eq!((names[0], names[11]), ("ir-000001", "ir-00000c"));
        let absent: Vec<_> = boards.iter().filter(|b| b.fault != Fault::None).collect();
        assert_eq!(absent.len(), 1);
        assert_eq!(absent[0].name, OFFLINE);
        assert!(boards.iter().any(|board| board.psk.is_some()));
    }
}
