//! The boards of the venue, what befalls them, and how they are written into the configuration.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use device_sim::{Blaster, BlasterConfig, Fault, Generation};
use serde_json::{Value, json};

use crate::{
    disturbance::{Edit, Ill},
    http::Request,
    wish::Tv,
};

#[derive(Debug)]
pub(crate) struct Venue {
    pub(crate) boards: Vec<Board>,
}

#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) sim: Blaster,
    owes_words: AtomicBool,
}

impl Venue {
    /// Boards of several generations, on addresses of this machine.
    pub(crate) async fn new() -> Self {
        let mut boards = Vec::new();
        for number in 1..=8 {
            let generation = match number {
                5 => Generation::Replies,
                6 => Generation::Classic,
                _ => Generation::Current,
            };
            let config = BlasterConfig {
                generation,
                listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
                digit_gap: Duration::from_millis(5),
                // Less than the entry gap, and more than a busy machine takes between two digits.
                digit_timeout: Duration::from_millis(450),
                ..BlasterConfig::new(format!("ir-00000{number}"), number)
            };
            boards.push(Board {
                sim: Blaster::start(config).await.unwrap(),
                owes_words: AtomicBool::new(false),
            });
        }
        Self { boards }
    }

    /// What makes the venue known to a daemon that knows nothing.
    pub(crate) fn set_up(&self) -> Vec<Request> {
        let zone = |id: &str| Request::post("/api/v1/config/zones", json!({"id": id}));
        let devices = self.boards.iter().map(|board| board.edit(Edit::Add, 0));
        [zone("bar"), zone("patio")].into_iter().chain(devices).collect()
    }
}

impl Board {
    pub(crate) fn name(&self) -> &str {
        self.sim.name()
    }

    pub(crate) fn tvs(&self) -> impl Iterator<Item = Tv> {
        (1..=5).map(|port| Tv { hostname: self.name().to_owned(), port })
    }

    /// Whether its firmware replies to calls.
    pub(crate) fn has_replies(&self) -> bool {
        self.sim.config().generation != Generation::Classic
    }

    /// The request that writes it otherwise, for the `turn`th time.
    pub(crate) fn edit(&self, edit: Edit, turn: usize) -> Request {
        let item = format!("/api/v1/config/devices/{}", self.name());
        let patch =
            |body| Request { method: "PATCH", path: item.clone(), key: None, body: Some(body) };
        let odd = turn % 2 == 1;
        match edit {
            Edit::Address => patch(json!({"address": self.address(odd)})),
            Edit::Timing => patch(json!({"ports": ports("bar", if odd { 12 } else { 10 })})),
            Edit::Zone => patch(json!({"ports": ports(if odd { "patio" } else { "bar" }, 10)})),
            Edit::Remove => Request { method: "DELETE", path: item, key: None, body: None },
            Edit::Add => {
                let address = self.address(false);
                let ports = ports("bar", 10);
                let item = json!({"hostname": self.name(), "address": address, "ports": ports});
                Request::post("/api/v1/config/devices", item)
            }
        }
    }

    /// Every board is at two addresses.
    fn address(&self, other: bool) -> String {
        let host = if other { "127.0.0.2" } else { "127.0.0.1" };
        format!("{host}:{}", self.sim.address().port())
    }

    pub(crate) fn befall(&self, ill: Ill) {
        let ms = Duration::from_millis;
        let fault = match ill {
            Ill::Cut => return self.sim.cut(),
            Ill::Reboot => return self.sim.reboot(),
            Ill::Well => {
                // A session that missed a word waits for it, and keeps its place on the board.
                if self.owes_words.swap(false, Ordering::Relaxed) {
                    self.sim.cut();
                }
                Fault::None
            }
            Ill::Hung => Fault::Hung,
            Ill::HalfOpen => {
                self.owes_words.store(true, Ordering::Relaxed);
                Fault::HalfOpen
            }
            Ill::Silent => {
                self.owes_words.store(true, Ordering::Relaxed);
                Fault::Silent
            }
            Ill::NoPong => Fault::NoPong,
            Ill::DropReplies => Fault::DropReplies,
            Ill::CloseAfterAction => Fault::CloseAfterAction,
            Ill::SlotsFull => Fault::SlotsFull,
            Ill::Refuse => Fault::RefuseConnect,
            Ill::RefuseCalls => Fault::RefuseCalls,
            Ill::LateReplies(later) => Fault::LateReplies(ms(later)),
            Ill::OldReplies => Fault::OldReplies,
            Ill::Lossy(percent) => Fault::Lossy(percent),
            Ill::Delay(delay) => Fault::Delay(ms(delay)),
            Ill::Garble => Fault::Garble,
            Ill::Flood => Fault::Flood,
        };
        self.sim.set_fault(fault);
    }
}

fn ports(zone: &str, frame_ms: u64) -> Value {
    let port = |index: u8| json!({"index": index, "zone": zone, "timing": {"frame_ms": frame_ms}});
    (1..=5).map(port).collect()
}
