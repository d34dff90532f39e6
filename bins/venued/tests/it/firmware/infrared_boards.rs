//! Boards with nothing but infrared entities, as a venue uses them: through `venued` and `venuectl`.

mod faults;
mod kills;

use std::fs;

use esphome_pool::codec::Psk;
use serde_json::{Value, json};

use super::board::{Board, BoardConfig};
use crate::support::{Daemon, venuectl};

/// The two firmwares, and what each offers as evidence.
const KINDS: [(&str, &str); 2] =
    [("infrared", "ping_barrier"), ("infrared-edge", "infrared_complete")];

/// Power of the TV on port 1, as the firmware reads it.
const POWER: &str = "Samsung: data=0xE0E040BF";

/// Volume up of the TV on port 1.
const VOLUME_UP: &str = "Samsung: data=0xE0E0E01F";

/// A board with a TV at port 1 and a TV whose code has a toggle bit at port 2, and a daemon that has both
/// code sets.
struct Venue {
    board: Board,
    daemon: Daemon,
}

impl Venue {
    /// `None` where no firmware was built. `port_2` is what is special about port 2.
    async fn open(config: &BoardConfig, port_2: Value) -> Option<Self> {
        let board = Board::start(config).await?;
        let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
        take_code_sets(&daemon).await;
        let mut second = json!({"index": 2, "codeset": "philips-tv"});
        second.as_object_mut().unwrap().extend(port_2.as_object().unwrap().clone());
        let device = json!({"hostname": config.name, "address": config.address.to_string(),
            "ports": [{"index": 1, "codeset": "samsung-tv"}, second]});
        let made = daemon.post("/api/v1/config/devices", &device).await;
        assert_eq!(made.status, 201, "{made:?}");
        daemon.wait_for_session(&config.name, 1).await;
        Some(Self { board, daemon })
    }

    /// How often the output of a port was asked to send.
    fn sent(&self, port: u8) -> usize {
        self.board.log.count(&format!("venue_ir: port={port} timings"))
    }

    /// What the TV at port 2 was sent, as the firmware reads it.
    fn read(&self) -> Vec<(u8, u8)> {
        presses(&self.board)
    }
}

async fn take_code_sets(daemon: &Daemon) {
    for set in ["samsung-tv", "philips-tv"] {
        let body = json!({"starter": set, "apply": true});
        let adopted = daemon.post("/api/v1/infrared/import", &body).await;
        assert_eq!(adopted.status, 200, "{adopted:?}");
    }
    let made = daemon.post("/api/v1/config/codesets", &long()).await;
    assert_eq!(made.status, 201, "{made:?}");
}

/// A remote whose only key is on the air for so long that others can use its output meanwhile.
fn long() -> Value {
    let power = "raw:38000:9000 -4500 560 -400000 560 -400000";
    json!({"id": "long", "make": "Slow", "kind": "tv", "keys": {"power": power}})
}

/// Command and toggle bit of each frame of RC6 that the firmware has read.
fn presses(board: &Board) -> Vec<(u8, u8)> {
    let hex = |text: &str| u8::from_str_radix(text, 16).unwrap();
    let read = |line: &String| {
        let (_, rest) = line.split_once("RC6: mode=0x0, address=0x00, command=0x")?;
        let (command, toggle) = rest.split_once(", toggle=0x")?;
        Some((hex(command), hex(&toggle[..1])))
    };
    board.log.all().iter().filter_map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_with_infrared_entities_alone_is_adopted_with_its_key_and_found_by_its_light() {
    let psk = [7; 32];
    let config = BoardConfig { psk: Some(psk), ..BoardConfig::new("infrared", "ir-000001") };
    let Some(board) = Board::start(&config).await else { return };
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    adopt(&daemon, &config).await;
    let said = venuectl(daemon.address, &["device", "identify", "ir-000001"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    board.log.wait_for("lit").await;
    board.log.wait_for("dark").await;
}

/// As an admin does it: with `venuectl`, and the key of the board in a file.
async fn adopt(daemon: &Daemon, config: &BoardConfig) {
    let address = config.address.to_string();
    let mut args = vec!["device", "adopt", &config.name, "--address", &address, "--tvs", "5"];
    let key_file = daemon.path("noise.key");
    if let Some(psk) = config.psk {
        fs::write(&key_file, Psk::from_bytes(psk).unwrap().to_base64()).unwrap();
        args.extend(["--key-file", key_file.to_str().unwrap()]);
    }
    let said = venuectl(daemon.address, &args).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    daemon.wait_for_session(&config.name, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tvs_are_switched_with_venuectl_through_a_board_that_knows_no_codes() {
    for (kind, evidence) in KINDS {
        // Only the older of the two can be given a key at its start.
        let psk = (kind == "infrared").then_some([7; 32]);
        let config = BoardConfig { psk, ..BoardConfig::new(kind, "ir-000001") };
        let Some(board) = Board::start(&config).await else { continue };
        let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
        adopt(&daemon, &config).await;
        take_code_sets(&daemon).await;
        let csv = daemon.path("tvs.csv");
        let rows = "ir-000001,1,Bar left,samsung-tv\nir-000001,2,Bar right,philips-tv\n";
        fs::write(&csv, format!("hostname,port,name,codeset\n{rows}")).unwrap();
        let said = venuectl(daemon.address, &["import", "ports", csv.to_str().unwrap()]).await;
        assert_eq!(said.code, Some(0), "{said:?}");
        let left = "tv:Bar left";
        let cases: [(&[&str], &str); 5] = [
            (&["tv", "on", left], "Samsung: data=0xE0E09966"),
            (&["tv", "power", left], POWER),
            (&["tv", "vol-up", left], VOLUME_UP),
            (&["tv", "input", "hdmi1", left], "Samsung: data=0xE0E09768"),
            (&["tv", "channel", "055", "tv:Bar right"], "command=0x05, toggle=0x0"),
        ];
        for (args, read) in cases {
            let said = venuectl(daemon.address, &[&["-o", "json"], args].concat()).await;
            assert_eq!(said.code, Some(0), "{kind}: {args:?}: {said:?}");
            assert_eq!(said.json()["evidence"], json!(evidence), "{kind}: {args:?}");
            board.log.wait_for(read).await;
        }
        // The second 5 is another press than the first one: its toggle bit is flipped.
        assert_eq!(presses(&board), [(0, 0), (5, 1), (5, 0)], "{kind}");
        assert_eq!(board.log.count(POWER), 1, "{kind}: a toggle is sent once");
        // What the remote of this TV lacks is refused, and nothing is sent.
        let said = venuectl(daemon.address, &["tv", "on", "tv:Bar right"]).await;
        assert_eq!(said.code, Some(1), "{kind}: {said:?}");
        assert!(said.stderr.contains("power_on"), "{kind}: {said:?}");
        assert_eq!(presses(&board).len(), 3, "{kind}");
    }
}
