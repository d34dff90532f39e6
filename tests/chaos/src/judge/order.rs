//! The order: nothing stale, and the newest wish at rest.

use super::{
    Finding,
    acts::{Act, Acts, Fate},
};
use crate::{
    deck::ALWAYS_ON,
    ledger::{Frame, Ledger, Shown},
    wish::{Group, Nature, Wish},
};

pub(super) fn judge(ledger: &Ledger, acts: &Acts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, frame) in ledger.frames.iter().enumerate() {
        findings.extend(stale(ledger, acts, index, frame));
    }
    findings.extend(acts.all().filter_map(|act| overwritten(ledger, acts, act)));
    findings.extend(ledger.shown.iter().filter_map(|shown| shows_another(ledger, acts, shown)));
    findings
}

/// The newest act that `frame` can have been of.
fn cause<'a>(acts: &'a Acts, frame: &Frame) -> Option<&'a Act> {
    let fits = |act: &&Act| act.may_have_acted() && act.from <= frame.at;
    acts.of_wish(&frame.wish).iter().filter(fits).max_by_key(|act| act.to)
}

/// Whether a board that was deaf may have done so late what it was sent in time.
fn is_ghost(ledger: &Ledger, frame: &Frame) -> bool {
    let of_board = ledger.deaf.iter().filter(|(name, _)| *name == frame.wish.tv.hostname);
    of_board.into_iter().any(|(_, span)| span.meets(frame.at.saturating_sub(WAKES), frame.at))
}

/// A frame of an older wish behind one of a newer, or behind the answer to it.
fn stale(ledger: &Ledger, acts: &Acts, index: usize, frame: &Frame) -> Option<Finding> {
    let own = cause(acts, frame)?;
    if is_ghost(ledger, frame) {
        return None;
    }
    let earlier = &ledger.frames[..index];
    let behind = earlier.iter().find(|earlier| {
        frame.wish.is_outdated_by(&earlier.wish)
            && cause(acts, earlier).is_some_and(|newer| own.is_older(newer))
    });
    if let Some(behind) = behind {
        let newer = cause(acts, behind).map(Act::name).unwrap_or_default();
        let text = format!("stale: {} at {} behind {newer} at {}", own.name(), frame.at, behind.at);
        return Some(Finding::of("stale", text, &frame.wish));
    }
    // Sent for the first time although something newer had been accepted.
    let is_first = !earlier.iter().any(|earlier| earlier.wish == frame.wish);
    let accepted = acts.all().find(|newer| {
        newer.id.is_some()
            // What was withdrawn before it was due outranks nothing.
            && (newer.may_have_acted() || !newer.is_for_later)
            && frame.wish.is_outdated_by(&newer.wish)
            && own.is_older(newer)
            && accepted_by(ledger, newer) + TAKES < frame.at
    });
    let newer = accepted.filter(|_| is_first)?;
    let text = format!("sent although outranked: {} at {}: {}", own.name(), frame.at, newer.name());
    Some(Finding::of("sent although outranked", text, &frame.wish))
}

/// Until when `act` was accepted at the latest: a schedule that is due while the store or the daemon is away
/// fires when it is back, with its due time as its place.
fn accepted_by(ledger: &Ledger, act: &Act) -> u64 {
    let missed = ledger.outages.iter().chain(&ledger.away);
    let missed = missed.filter(|span| act.is_for_later && span.meets(act.from, act.to));
    missed.map(|span| span.to + (act.to - act.from)).max().unwrap_or(act.to)
}

/// The acts of the slot of `wish` that may have been sent, and are not certainly older.
fn has_rival(acts: &Acts, own: &Act) -> bool {
    acts.all().any(|other| {
        other.wish.tv == own.wish.tv
            && other.wish.group() == own.wish.group()
            && other.may_have_acted()
            && (other.id != own.id || other.wish != own.wish)
            && !other.is_older(own)
    })
}

/// The newest delivered wish of a slot, behind which something else came out.
fn overwritten(ledger: &Ledger, acts: &Acts, own: &Act) -> Option<Finding> {
    let is_wish = matches!(own.wish.nature(), Nature::Absolute);
    if own.fate != Fate::Delivered || !is_wish || has_rival(acts, own) {
        return None;
    }
    let last = ledger.frames.iter().rfind(|frame| of_slot(frame, &own.wish))?;
    if last.wish == own.wish {
        return None;
    }
    let text = format!("at rest {} at {} is shown, and not {}", last.wish, last.at, own.name());
    Some(Finding::of("overwritten", text, &own.wish))
}

fn of_slot(frame: &Frame, wish: &Wish) -> bool {
    frame.wish.tv == wish.tv && frame.wish.group() == wish.group()
}

/// A TV that was on all the time, and shows something else than it was sent last.
fn shows_another(ledger: &Ledger, acts: &Acts, shown: &Shown) -> Option<Finding> {
    if shown.tv.port < ALWAYS_ON {
        return None;
    }
    [Group::Channel, Group::Input].into_iter().find_map(|group| {
        let fits = |frame: &&Frame| frame.wish.tv == shown.tv && frame.wish.group() == group;
        let last = ledger.frames.iter().rfind(fits)?;
        let own = cause(acts, last).filter(|own| own.fate == Fate::Delivered)?;
        let shows = if group == Group::Channel { &shown.channel } else { &shown.input };
        let is_wish = last.wish.nature() == Nature::Absolute;
        let is_other = last.wish.parameter.as_ref() != Some(shows);
        if !is_wish || !is_other || has_rival(acts, own) {
            return None;
        }
        let text = format!("{} shows {shows:?} after {} at {}", shown.tv, own.name(), last.at);
        Some(Finding::of("another is shown", text, &last.wish))
    })
}

/// So soon a board that wakes has done what it was sent: one that is slow takes up to 1.8 s for each.
const WAKES: u64 = 2_000;

/// From the last look at the fences to the board that runs it.
const TAKES: u64 = 700;
