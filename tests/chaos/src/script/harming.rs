//! What befalls boards, configuration and daemon in a round.

use fastrand::Rng;

use super::{Blow, CANARY, Edit, Ill, SPARED, Script, What};
use crate::venue::Venue;

/// Boards fall ill one way after the other, and get well in between.
pub(super) fn boards(script: &mut Script, venue: &Venue, length: u64, rng: &mut Rng) {
    for index in 0..venue.boards.len() {
        if index == CANARY || index == SPARED {
            continue;
        }
        let replies = venue.boards[index].has_replies();
        let mut at = rng.u64(..4_000);
        while at < length {
            let ill = ill(replies, rng);
            let mut lasts = rng.u64(300..5_000);
            if ill == Ill::Cut {
                // It flaps.
                for _ in 0..rng.u8(1..6) {
                    script.push(at, What::Board(index, Ill::Cut));
                    at += rng.u64(20..400);
                }
                lasts = 0;
            } else if ill == Ill::Flood {
                lasts = lasts.min(1_200);
            }
            script.push(at, What::Board(index, ill));
            // Some only see it with a new session.
            if matches!(ill, Ill::Refuse | Ill::SlotsFull) || rng.u8(..6) == 0 {
                script.push(at + rng.u64(..300), What::Board(index, Ill::Cut));
            }
            at += lasts;
            script.push(at, What::Board(index, Ill::Well));
            at += rng.u64(300..4_000);
        }
    }
}

fn ill(replies: bool, rng: &mut Rng) -> Ill {
    match rng.u8(..24) {
        0..=3 => Ill::Hung,
        4 => Ill::HalfOpen,
        5 => Ill::Silent,
        6 => Ill::NoPong,
        7..=8 => Ill::DropReplies,
        9 => Ill::CloseAfterAction,
        10 => Ill::SlotsFull,
        11..=12 => Ill::Refuse,
        13 if replies => Ill::RefuseCalls,
        14 if replies => Ill::LateReplies(rng.u64(500..4_500)),
        15 if replies => Ill::OldReplies,
        16 if replies => Ill::Lossy(rng.u8(10..60)),
        17 => Ill::Delay(rng.u64(50..1_800)),
        18 => Ill::Garble,
        19 => Ill::Flood,
        20 => Ill::Reboot,
        _ => Ill::Cut,
    }
}

/// Boards are written otherwise, removed and added again.
pub(super) fn edits(script: &mut Script, venue: &Venue, length: u64, rng: &mut Rng) {
    for _ in 0..rng.u8(2..7) {
        // The last one alone is ever removed: it would be away too much for what else it shows.
        let index = rng.usize(SPARED + 1..venue.boards.len());
        let at = rng.u64(..length);
        let edit = *rng.choice(&[Edit::Address, Edit::Timing, Edit::Zone]).unwrap();
        script.push(at, What::Edit(index, edit));
    }
    let last = venue.boards.len() - 1;
    let mut at = rng.u64(2_000..8_000);
    while at < length {
        script.push(at, What::Edit(last, Edit::Remove));
        at += rng.u64(100..2_500);
        script.push(at, What::Edit(last, Edit::Add));
        at += rng.u64(6_000..14_000);
    }
}

/// One blow or two for the daemon and what it stands on, one after the other.
pub(super) fn daemon(script: &mut Script, length: u64, rng: &mut Rng) {
    // When clocks jump less can be said of what is for later: not in every round.
    let has_jumps = rng.u8(..3) == 0;
    let mut at = rng.u64(1_000..6_000);
    while at + 4_000 < length {
        let (blow, lasts) = match rng.u8(..12) {
            0..=3 => (Blow::Kill as fn(u64) -> Blow, rng.u64(..1_500)),
            4..=5 => (Blow::Restart as _, rng.u64(..800)),
            6..=8 => (Blow::Lock as _, rng.u64(300..7_000)),
            _ => (Blow::Fill as _, rng.u64(1_000..6_000)),
        };
        script.push(at, What::Daemon(blow(lasts)));
        // Now and then two at once: a kill within an outage.
        if rng.u8(..4) == 0 {
            script.push(at + rng.u64(..lasts + 500), What::Daemon(Blow::Kill(rng.u64(..500))));
        }
        if has_jumps {
            let blow = if rng.bool() { Blow::Clock(jump(rng)) } else { Blow::Reboot(jump(rng)) };
            script.push(at + rng.u64(..3_000), What::Daemon(blow));
        }
        at += lasts + rng.u64(4_000..12_000);
    }
}

/// Back or forth; seconds mostly, or hours.
fn jump(rng: &mut Rng) -> i64 {
    let size = match rng.u8(..4) {
        0 => rng.i64(200..2_000),
        1..=2 => rng.i64(5_000..180_000),
        _ => rng.i64(3_600_000..8 * 3_600_000),
    };
    if rng.bool() { size } else { -size }
}
