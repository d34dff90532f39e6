//! What was told against what the TVs were sent.

use std::collections::BTreeMap;

use super::{
    Finding,
    acts::{Act, Acts, Fate},
};
use crate::{
    ledger::Ledger,
    wish::{Nature, Wish},
};

pub(super) fn judge(ledger: &Ledger, acts: &Acts) -> Vec<Finding> {
    let mut counts = BTreeMap::<&Wish, u64>::new();
    for frame in &ledger.frames {
        *counts.entry(&frame.wish).or_default() += 1;
    }
    let mut wishes: Vec<&Wish> =
        acts.all().map(|act| &act.wish).chain(counts.keys().copied()).collect();
    wishes.sort();
    wishes.dedup();
    let count = |wish: &Wish| counts.get(wish).copied().unwrap_or_default();
    wishes.into_iter().filter_map(|wish| wrong(acts, wish, count(wish))).collect()
}

fn wrong(acts: &Acts, wish: &Wish, count: u64) -> Option<Finding> {
    let own = acts.of_wish(wish);
    let many = |fits: fn(&Act) -> bool| own.iter().filter(|act| fits(act)).count() as u64;
    let delivered = many(|act| act.fate == Fate::Delivered);
    let possible = many(Act::may_have_acted);
    // An order without an answer may have made a batch of anything.
    let orders = acts.untold_orders();
    let is_absolute = wish.nature() == Nature::Absolute;
    let names: Vec<String> = own.iter().map(Act::name).collect();
    let kind = if count < delivered && !(is_absolute && count > 0) {
        "told as delivered, and no TV got it"
    } else if count > 0 && own.is_empty() && orders == 0 {
        "nobody asked for it"
    } else if count > 0 && possible == 0 && orders == 0 {
        "told as not sent, and a TV got it"
    } else if !is_absolute && count > possible + orders {
        "doubled"
    } else {
        return None;
    };
    Some(Finding::of(kind, format!("{kind}: {count} frames: {}", names.join("; ")), wish))
}
