//! How requests are written: now or for later, with a key or without.

use fastrand::Rng;
use serde_json::{Value, json};
use venue_api::UtcTime;
use venue_domain::WallTime;

use super::{
    clock::Clock,
    deck::Wish,
    request::{Key, Request, targets},
};

/// A request for `wish` alone; `serial` makes its key its own.
pub(super) fn single(wish: Wish, serial: usize, clock: &Clock, rng: &mut Rng) -> Request {
    let mut body = wish.body();
    if rng.u8(..10) == 0 {
        body["scheduled_at"] = soon(clock, rng);
    }
    let key = (rng.u8(..4) == 0).then(|| Key::Header(format!("wish-{serial}")));
    let path = format!("/{}/command", wish.target.device);
    Request { path, body, key, wishes: vec![wish], tries: Vec::new() }
}

/// A request for all of `wishes`, which are the same for several ports.
pub(super) fn bulk(wishes: Vec<Wish>, serial: usize, clock: &Clock, rng: &mut Rng) -> Request {
    let mut body = wishes[0].action_body();
    let mut targets = targets(&wishes);
    if rng.u8(..4) == 0 {
        targets.push(targets[0].clone());
        targets.push(json!({"hostname": "nobody", "port": 1}));
    }
    body["targets"] = Value::Array(targets);
    if rng.u8(..6) == 0 {
        body["scheduled_at"] = soon(clock, rng);
    }
    if rng.u8(..4) > 0 {
        // It fails soon, and can be tried anew.
        body["max_attempts"] = json!(1);
    }
    let key = match rng.u8(..4) {
        0 | 1 => {
            let id = format!("evening-{serial}");
            body["batch_id"] = json!(id);
            Some(Key::Batch(id))
        }
        2 => Some(Key::Header(format!("bulk-{serial}"))),
        _ => None,
    };
    let path = rng.choice(["/bulk/command", "/bulk-command", "/api/v1/batches"]).unwrap();
    Request { path: path.to_owned(), body, key, wishes, tries: Vec::new() }
}

/// An instant within the story: perhaps in this run, perhaps while no daemon runs.
fn soon(clock: &Clock, rng: &mut Rng) -> Value {
    let at = clock.now() + rng.i64(5..600);
    json!(UtcTime(WallTime::from_unix_ms(at)).to_string())
}
