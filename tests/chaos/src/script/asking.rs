//! The requests of a round.

use fastrand::Rng;
use serde_json::{Value, json};

use super::{Ask, Form, Order, Script, What};
use crate::deck::Deck;

/// What several clients ask of all boards but the canary.
pub(super) fn load(
    script: &mut Script,
    deck: &mut Deck,
    seed: u64,
    length: u64,
    rate: u64,
    rng: &mut Rng,
) {
    let count = length * rate / 1_000;
    let mut times: Vec<u64> = (0..count).map(|_| rng.u64(..length)).collect();
    times.sort_unstable();
    for at in times {
        if rng.u8(..12) == 0 {
            deck.heat_another(rng);
        }
        match rng.u8(..100) {
            0..=54 => ask(script, at, single(deck, seed, script.asks.len(), rng)),
            55..=64 => ask(script, at, bulk(deck, seed, script.asks.len(), rng)),
            65..=66 => ask(script, at, schedule(deck, seed, script.asks.len(), rng)),
            67..=76 => again(script, at, rng),
            77..=90 => manage(script, at, rng),
            91..=96 => script.push(at, What::Look(question(deck, rng))),
            97 => script.push(at, What::Rule("/system/refresh-capabilities")),
            98 => {
                script.push(at, What::Rule("/api/v1/queue/pause"));
                script.push(at + rng.u64(100..1_500), What::Rule("/api/v1/queue/resume"));
            }
            _ => script.push(at, What::Rule("/api/v1/system/tasks/health_sweep/run")),
        }
    }
}

/// One wish after the other for a board that is well.
pub(super) fn canary(script: &mut Script, deck: &mut Deck, length: u64, rng: &mut Rng) {
    let mut at = rng.u64(..1_500);
    while at < length {
        let wish = deck.next(rng);
        let mut body = wish.body();
        body["port"] = json!(wish.tv.port);
        let path = format!("/{}/command", wish.tv.hostname);
        let one = Ask { canary: true, ..plain(path, body, vec![wish], Form::Single) };
        ask(script, at, one);
        // Longer than a channel keeps the board.
        at += rng.u64(1_000..2_000);
    }
}

fn ask(script: &mut Script, at: u64, ask: Ask) {
    script.asks.push(ask);
    script.push(at, What::Ask(script.asks.len() - 1));
}

const fn plain(path: String, body: Value, wishes: Vec<crate::wish::Wish>, form: Form) -> Ask {
    Ask { path, body, key: None, wishes, form, later: None, misnamed: false, canary: false }
}

fn single(deck: &mut Deck, seed: u64, serial: usize, rng: &mut Rng) -> Ask {
    let wish = deck.next(rng);
    let mut body = wish.body();
    body["port"] = json!(wish.tv.port);
    let hostname = &wish.tv.hostname;
    let path = if rng.bool() {
        format!("/{hostname}/command")
    } else {
        format!("/api/v1/devices/{hostname}/command")
    };
    let mut one = plain(path, body, vec![wish], Form::Single);
    if rng.u8(..4) == 0 {
        one.key = Some(format!("wish-{seed}-{serial}"));
    }
    match rng.u8(..40) {
        0..=2 => one.later = Some(rng.u64(200..6_000)),
        3..=4 => one.body["class"] = json!("interactive"),
        5..=6 => one.body["class"] = json!("bulk"),
        7 => {
            one.body["class"] = json!(rng.choice(["immediate", "system"]).unwrap());
            one.misnamed = true;
        }
        8..=9 => one.body["wait_for_device_s"] = json!(rng.u8(1..6)),
        10..=11 => one.body["max_attempts"] = json!(1),
        12..=13 => one.body["priority"] = json!(rng.i8(-10..=10)),
        _ => {}
    }
    one
}

fn bulk(deck: &mut Deck, seed: u64, serial: usize, rng: &mut Rng) -> Ask {
    let wishes = deck.next_for_many(rng);
    let mut body = wishes[0].body();
    let mut targets: Vec<Value> = wishes.iter().map(crate::wish::Wish::target).collect();
    if rng.u8(..4) == 0 {
        targets.push(targets[0].clone());
        targets.push(json!({"hostname": "nobody", "port": 1}));
    }
    body["targets"] = Value::Array(targets);
    let path = rng.choice(["/bulk/command", "/bulk-command", "/api/v1/batches"]).unwrap();
    let mut one = plain((*path).to_owned(), body, wishes, Form::Bulk);
    if rng.u8(..6) == 0 {
        one.later = Some(rng.u64(200..6_000));
    }
    if rng.u8(..2) == 0 {
        // It fails soon, and can be tried anew.
        one.body["max_attempts"] = json!(1);
    }
    match rng.u8(..4) {
        0 => {
            let id = format!("evening-{seed}-{serial}");
            one.body["batch_id"] = json!(id);
            one.key = Some(id);
        }
        1 => one.key = Some(format!("bulk-{seed}-{serial}")),
        _ => {}
    }
    one
}

fn schedule(deck: &mut Deck, seed: u64, serial: usize, rng: &mut Rng) -> Ask {
    let wishes = deck.next_for_many(rng);
    let selectors: Vec<String> = wishes.iter().map(|wish| wish.tv.to_string()).collect();
    let wish = &wishes[0];
    let step = match &wish.parameter {
        Some(parameter) => format!("{} {parameter}", wish.action),
        None => wish.action.clone(),
    };
    let missed = if rng.bool() { "skip" } else { "once within 1 min" };
    let body = json!({
        "id": format!("plan-{seed}-{serial}"), "selectors": selectors, "steps": [step], "missed": missed,
    });
    let later = Some(rng.u64(1_500..6_000));
    Ask { later, ..plain("/api/v1/schedules".to_owned(), body, wishes, Form::Schedule) }
}

/// An earlier request with a key once more: later, or at the same time.
fn again(script: &mut Script, at: u64, rng: &mut Rng) {
    let keyed = |ask: &Ask| ask.key.is_some();
    let recent = script.asks.len().saturating_sub(if rng.bool() { 30 } else { 400 });
    let found = (recent..script.asks.len()).filter(|index| keyed(&script.asks[*index]));
    let Some(index) = rng.choice(found.collect::<Vec<_>>()) else { return };
    script.push(at, What::Repeat(index));
    if rng.u8(..3) == 0 {
        script.push(at + rng.u64(..3), What::Repeat(index));
    }
}

fn manage(script: &mut Script, at: u64, rng: &mut Rng) {
    let order = match rng.u8(..14) {
        0..=3 => Order::Retry,
        4..=7 => Order::Undo,
        8 => Order::CancelBatch,
        9..=11 => Order::Cancel,
        _ => Order::LookAtBatch,
    };
    let form = if order == Order::Cancel { Form::Single } else { Form::Bulk };
    let recent = script.asks.len().saturating_sub(120);
    let found = (recent..script.asks.len()).filter(|index| script.asks[*index].form == form);
    let Some(index) = rng.choice(found.collect::<Vec<_>>()) else { return };
    script.push(at, What::Manage(order, index));
    // A double click, or two people.
    if matches!(order, Order::Retry | Order::Undo) && rng.u8(..3) == 0 {
        for _ in 0..rng.u8(1..4) {
            script.push(at + rng.u64(..150), What::Manage(order, index));
        }
    }
}

fn question(deck: &mut Deck, rng: &mut Rng) -> String {
    let hostname = deck.any_tv(rng).hostname;
    match rng.u8(..6) {
        0..=1 => format!("/{hostname}/health"),
        2 => format!("/{hostname}/status"),
        3 => "/api/v1/ports".to_owned(),
        4 => "/api/v1/queue".to_owned(),
        _ => "/api/v1/history?limit=20".to_owned(),
    }
}
