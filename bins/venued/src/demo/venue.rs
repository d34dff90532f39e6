//! The venue that the demo simulates.

use std::{fmt::Write as _, net::SocketAddr, time::Duration};

use device_sim::{BlasterConfig, Fault, Fleet, Generation};
use esphome_pool::codec::Psk;
use serde_json::{Value, json};

/// The board that is not there.
pub(super) const OFFLINE: &str = "ir-00000b";

/// The board that takes its time.
pub(super) const SLOW: &str = "ir-00000c";

/// The board that speaks Noise.
const ENCRYPTED: &str = "ir-000004";

/// The board with older firmware, whose actions do not reply.
const OLDER: &str = "ir-000005";

/// A quarter of the boards each, five TVs a board.
const ZONES: [(&str, &str); 4] =
    [("bar", "Bar"), ("lounge", "Lounge"), ("terrace", "Terrace"), ("dining", "Dining")];

const PORTS: u16 = 5;

/// The line-up: what it is called, its number, whether staff like it.
const CHANNELS: [(&str, &str, &str, bool); 12] = [
    ("sports-1", "Sports One", "501", true),
    ("sports-2", "Sports Two", "502", true),
    ("racing", "Racing", "530", true),
    ("news", "News 24", "24", true),
    ("cricket", "Cricket", "503", false),
    ("football", "Football", "504", false),
    ("tennis", "Tennis", "505", false),
    ("music", "Music", "620", false),
    ("films", "Films", "060", false),
    ("weather", "Weather", "25", false),
    ("local", "Local One", "101", false),
    ("kids", "Kids", "701", false),
];

/// The boards, named ir-000001 and so on.
pub(super) fn boards(count: u16) -> Vec<BlasterConfig> {
    (1..=count).map(board).collect()
}

/// What the venue is called and shows, beside its boards: what an admin would have set up.
pub(super) fn document() -> Value {
    let zones =
        (0..).zip(ZONES).map(|(order, (id, name))| json!({"id": id, "name": name, "order": order}));
    let channels = CHANNELS.map(|(id, name, number, favourite)| {
        json!({"id": id, "name": name, "number": number, "favourite": favourite, "enabled": true})
    });
    json!({
        "zones": zones.collect::<Vec<_>>(),
        "tags": [{"id": "sports", "name": "Sports"}, {"id": "quiet", "name": "Quiet"}],
        "channels": channels,
        "presets": [
            {"id": "big-game", "name": "Big game", "color": "#3aa655", "order": 1, "entries": [
                {"targets": ["zone=bar", "zone=lounge"], "power": "on", "channel": "sports-1"},
                {"targets": ["zone=terrace"], "power": "on", "channel": "sports-2"},
                {"targets": ["zone=dining"], "power": "on", "channel": "news", "mute": "on"},
            ]},
            {"id": "lunch", "name": "Lunch", "color": "#3b6fd6", "order": 2, "entries": [
                {"targets": ["all"], "channel": "news"},
            ]},
            {"id": "closing", "name": "Closing time", "color": "#d64545", "order": 3, "entries": [
                {"targets": ["all"], "power": "off"},
            ]},
        ],
    })
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
    // One that is driven by code sets is no part of the file.
    let boards = || fleet.iter().filter(|board| board.config().infrared.is_none());
    let per_zone = boards().count().div_ceil(ZONES.len()).max(1);
    for (index, board) in boards().enumerate() {
        let (zone, place) = ZONES[(index / per_zone) % ZONES.len()];
        let part = device(zone, place, index % per_zone, board.config(), board.address());
        text.push_str(&part);
    }
    text
}

fn device(
    zone: &str,
    place: &str,
    within: usize,
    config: &BlasterConfig,
    address: SocketAddr,
) -> String {
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
        let tv = within * usize::from(PORTS) + usize::from(port);
        let tags = match port {
            1 | 2 => "tags = [\"sports\"]\n",
            5 => "tags = [\"quiet\"]\n",
            _ => "",
        };
        let _written = write!(
            text,
            "\n[[device.port]]\nindex = {port}\nname = \"{place} {tv}\"\nzone = \"{zone}\"\n\
             default_channel = \"{}\"\n{tags}",
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
        let boards = boards(12);
        let names: Vec<&str> = boards.iter().map(|board| board.name.as_str()).collect();
        assert_eq!(names.len(), 12);
        assert_eq!((names[0], names[11]), ("ir-000001", "ir-00000c"));
        let absent: Vec<_> = boards.iter().filter(|b| b.fault != Fault::None).collect();
        assert_eq!(absent.len(), 1);
        assert_eq!(absent[0].name, OFFLINE);
        assert!(boards.iter().any(|board| board.psk.is_some()));
    }
}
