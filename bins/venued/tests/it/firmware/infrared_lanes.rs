//! Infrared of real firmware, sent by the lanes: codes become timings here, presses go one by one, and what the
//! firmware reports is the evidence.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use esphome_pool::{
    DeviceConfig, DeviceHandle, DeviceState,
    EvidenceWanted::{Barrier, InfraredComplete},
    Pool, PoolConfig,
};
use tokio::task::JoinHandle;
use venue_domain::{
    Command, Delivery, DirectTransport, Evidence, Fences, Outcome, Timestamp, Unknown, testing,
};
use venue_infrared::{ApplianceKind, CodeSet};
use venue_lane::{
    Lanes, LanesConfig, PortTimings,
    esphome::{Driving, Esphome, InfraredPort, PortDrivings, Typing},
};

use super::{
    board::{Board, BoardConfig},
    infrared::Client,
};
use crate::support::soon;

const TV: [(&str, &str); 4] = [
    ("power", "samsung32:7,7,2"),
    ("power_on", "samsung32:7,7,153"),
    ("volume_up", "samsung32:7,7,7"),
    ("input_hdmi1", "samsung32:7,7,233"),
];
const BOX: [(&str, &str); 2] = [("digit_0", "rc6:0,0"), ("digit_5", "rc6:0,5")];

fn infrared(keys: &[(&str, &str)]) -> Driving {
    let key = |(name, code): &(&str, &str)| (name.parse().unwrap(), code.parse().unwrap());
    let codes = CodeSet {
        id: "remote".parse().unwrap(),
        make: "ours".to_owned(),
        models: Vec::new(),
        kind: ApplianceKind::Tv,
        keys: keys.iter().map(key).collect(),
        sends: None,
        overrides: BTreeMap::new(),
        entry: Default::default(),
        source: None,
        verified: None,
        notes: Vec::new(),
    };
    // The transmitter is that whose name ends in the number of the port.
    let (codes, typing) = (Arc::new(codes), Typing::ByBoard);
    Driving::Infrared(InfraredPort { emitter: None, codes, typing })
}

/// A board with a TV on port 1 and a box on port 2, and its lane.
struct Bar {
    board: Board,
    lanes: Arc<Lanes<Esphome<DeviceHandle>>>,
    fences: Arc<Fences>,
    accepted: Cell<u64>,
    _pool: Pool,
}

impl Bar {
    async fn open(config: &BoardConfig) -> Option<Self> {
        let board = Board::start(config).await?;
        let pool = Pool::new(PoolConfig::default());
        let device = pool.add(DeviceConfig::at(config.address.to_string())).unwrap();
        let mut states = device.watch();
        let online = states.wait_for(|state| matches!(state, DeviceState::Online(_)));
        drop(soon("a session", online).await.unwrap());
        let wire = Arc::new(Esphome::new(Arc::new(device)));
        let ports = [(1_i64, infrared(&TV)), (2, infrared(&BOX))];
        let ports = ports.map(|(port, driving)| (port.try_into().unwrap(), driving));
        wire.drive(PortDrivings(BTreeMap::from(ports)));
        let fences = Arc::new(Fences::new());
        let lanes = Arc::new(Lanes::new(Arc::clone(&fences), LanesConfig::default()));
        lanes.add("ir-000001".parse().unwrap(), wire, PortTimings::default());
        Some(Self { board, lanes, fences, accepted: Cell::new(0), _pool: pool })
    }

    /// Hands a command to the lane: `what` is an action and a port, such as `channel 055@2`.
    fn hand(&self, what: &str, budget: Duration) -> JoinHandle<Outcome> {
        self.accepted.set(self.accepted.get() + 1);
        let (action, port) = what.split_once('@').unwrap();
        let (at, target) = (Timestamp::from_unix_ms(0), format!("ir-000001/{port}"));
        let command: Arc<Command> =
            Arc::new(testing::command(action, &target, at, self.accepted.get()));
        self.fences.raise(&command);
        let (lanes, deadline) = (Arc::clone(&self.lanes), Instant::now() + budget);
        tokio::spawn(async move {
            match lanes.deliver(command, deadline).await {
                Delivery::Ended { outcome, .. } => outcome,
                superseded @ Delivery::Superseded { .. } => panic!("{superseded:?}"),
            }
        })
    }

    async fn outcome(&self, what: &str) -> Outcome {
        self.hand(what, PATIENCE).await.unwrap()
    }

    /// How often the output of a port was asked to send.
    fn sent(&self, port: u8) -> usize {
        self.board.log.count(&format!("venue_ir: port={port} timings"))
    }
}

/// Longer than anything takes that a board answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// As long as a person waits for an answer.
const BUDGET: Duration = Duration::from_secs(3);

const POWER: &str = "Samsung: data=0xE0E040BF";

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_a_channel_arrive_as_the_appliance_reads_them() {
    for (kind, evidence) in
        [("infrared", Evidence::PingBarrier), ("infrared-edge", Evidence::InfraredComplete)]
    {
        let Some(bar) = Bar::open(&BoardConfig::new(kind, "ir-000001")).await else { continue };
        let delivered = Outcome::Delivered(evidence);
        for (what, read) in [
            ("power@1", POWER),
            ("power_on@1", "Samsung: data=0xE0E09966"),
            ("volume_up@1", "Samsung: data=0xE0E0E01F"),
            ("input hdmi1@1", "Samsung: data=0xE0E09768"),
        ] {
            assert_eq!(bar.outcome(what).await, delivered, "{kind}: {what}");
            bar.board.log.wait_for(read).await;
        }
        assert_eq!(bar.outcome("channel 055@2").await, delivered, "{kind}");
        bar.board.log.wait_for_nth("port=2 carrier=36000", 3).await;
        let log = bar.board.log.all();
        let read: Vec<&str> = log
            .iter()
            .filter_map(|line| line.split_once("RC6: mode=0x0, address=0x00, command="))
            .map(|(_, rest)| &rest[..16])
            .collect();
        // The second 5 is another press than the first one: its toggle bit is flipped.
        assert_eq!(read, ["0x00, toggle=0x0", "0x05, toggle=0x1", "0x05, toggle=0x0"], "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toggle_for_a_board_that_hangs_is_unknown_and_leaves_it_once() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    let Some(bar) = Bar::open(&config).await else { return };
    bar.board.signal("STOP");
    let outcome = bar.hand("power@1", BUDGET).await.unwrap();
    assert_eq!(outcome, Outcome::Unknown(Unknown::NoEvidence));
    bar.board.signal("CONT");
    bar.board.log.wait_for(POWER).await;
    let complete = Outcome::Delivered(Evidence::InfraredComplete);
    assert_eq!(bar.outcome("volume_up@1").await, complete);
    assert_eq!(bar.board.log.count(POWER), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_unknown_when_the_board_loses_its_power_in_the_middle() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    let Some(mut bar) = Bar::open(&config).await else { return };
    let channel = bar.hand("channel 055@2", PATIENCE);
    bar.board.log.wait_for("port=2 carrier").await;
    bar.board.signal("KILL");
    assert!(matches!(channel.await.unwrap(), Outcome::Unknown(_)));
    bar.board.ended().await;
    assert!(bar.sent(2) < 3, "it stopped at the press that was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toggle_that_another_client_displaces_is_unknown_and_is_not_sent_again() {
    let config = BoardConfig::new("infrared-edge", "ir-000001");
    let Some(bar) = Bar::open(&config).await else { return };
    let other = Client::connect(&config).await;
    let power = bar.hand("power@1", PATIENCE);
    bar.board.log.wait_for("port=1 carrier").await;
    // Another program that uses the same output while our frame is on its way.
    let theirs = other.send(1, 1, &[9_000, -4_500, 560, -40_000], InfraredComplete);
    let (power, _) = tokio::join!(power, theirs);
    assert_eq!(power.unwrap(), Outcome::Unknown(Unknown::NoEvidence));
    let complete = Outcome::Delivered(Evidence::InfraredComplete);
    assert_eq!(bar.outcome("volume_up@1").await, complete);
    assert_eq!(bar.board.log.count(POWER), 1, "it left, and was not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_code_set_lacks_sends_nothing() {
    let config = BoardConfig::new("infrared", "ir-000001");
    let Some(bar) = Bar::open(&config).await else { return };
    assert!(matches!(bar.outcome("mute@1").await, Outcome::Refused(_)));
    assert!(matches!(bar.outcome("channel 57@2").await, Outcome::Refused(_)), "no key for 7");
    let client = Client::connect(&config).await;
    let nothing = client.send(3, 1, &[560, -40_000], Barrier).await;
    bar.board.log.wait_for("port=3 carrier").await;
    assert_eq!((bar.sent(1), bar.sent(2)), (0, 0), "{nothing:?}");
}
