//! What the venue is made of: screens, the boxes that some of them may show, and presets for all screens.

use std::net::SocketAddr;

use serde_json::{Value, json};
use venue_benches::board::name_at;

/// How large it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) screens: usize,
    pub(crate) boxes: usize,
}

/// The TVs of one board, or the boxes.
const PORTS: usize = 5;

/// The screens that show one box, where they show boxes.
pub(crate) const SHARE: usize = 10;

/// The presets, with what they set.
pub(crate) const PRESETS: [&str; 2] = ["open", "quiet"];

impl Layout {
    /// Those of the screens, and behind them those of the boxes.
    pub(crate) const fn boards(self) -> usize {
        self.screens.div_ceil(PORTS) + self.boxes.div_ceil(PORTS)
    }

    /// As a document for `POST /api/v1/config/apply`; with sources, `SHARE` screens show each box.
    pub(crate) fn document(self, boards: &[SocketAddr], with_sources: bool) -> Value {
        let (of_screens, of_boxes) = boards.split_at(self.screens.div_ceil(PORTS));
        let screen = |place: usize| {
            let mut port = json!({"index": place % PORTS + 1, "zone": "hall"});
            let shown = place / SHARE;
            if with_sources && shown < self.boxes {
                port["source"] = json!(format!("box-{shown}"));
            }
            port
        };
        let of_box = |place: usize| json!({"index": place % PORTS + 1});
        let devices =
            [devices(of_screens, self.screens, screen), devices(of_boxes, self.boxes, of_box)]
                .concat();
        let source = |place: usize| {
            let port =
                json!({"hostname": name_at(of_boxes[place / PORTS]), "port": place % PORTS + 1});
            json!({"id": format!("box-{place}"), "port": port})
        };
        let sources: Vec<Value> = (0..self.boxes).filter(|_| with_sources).map(source).collect();
        json!({
            "zones": [{"id": "hall"}],
            "sources": sources,
            "devices": devices,
            "presets": [preset("open", json!({"power": "on", "channel": "5"})),
                preset("quiet", json!({"channel": "7", "mute": "on"}))],
        })
    }
}

/// The first `count` ports of `boards`.
fn devices(boards: &[SocketAddr], count: usize, port: impl Fn(usize) -> Value) -> Vec<Value> {
    let device = |(number, at): (usize, &SocketAddr)| {
        let places = number * PORTS..count.min((number + 1) * PORTS);
        let ports: Vec<Value> = places.map(&port).collect();
        json!({"hostname": name_at(*at), "address": at.to_string(), "ports": ports})
    };
    boards.iter().enumerate().map(device).collect()
}

fn preset(id: &str, mut sets: Value) -> Value {
    sets["targets"] = json!(["zone=hall"]);
    json!({"id": id, "name": id, "entries": [sets]})
}
