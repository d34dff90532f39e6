//! What a start makes of the clocks and of what the run before it kept. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use venue_domain::{Timestamp, WallOffset};

use super::source::Read;

/// After a jump of more than an hour, so much elapsed time passes before anything is forgotten.
pub(super) const DISTRUST: Duration = Duration::from_secs(24 * 3_600);

/// So far a wall clock may be from what it should show before it is not believed in retention.
pub(super) const FAR: Duration = Duration::from_secs(3_600);

/// Keys so far ahead of venue time are promised to be known after a reboot.
pub(super) const PROMISE: Duration = Duration::from_secs(120);

/// So many gaps are remembered.
const GAPS: usize = 16;

/// What is kept beside the database, and in the runtime directory. Times are venue time, in
/// milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Kept {
    /// The boot of the machine that the base belongs to.
    pub(super) boot_id: Option<String>,
    /// What venue time is ahead of that boot's clock.
    pub(super) base_ms: i64,
    /// What the wall clock was ahead of venue time.
    pub(super) offset_ms: i64,
    /// When this was written.
    pub(super) written_at: i64,
    /// Every order key is below this.
    pub(super) keys_below: i64,
    /// Up to here order keys may lie that are ahead of venue time for no other reason than a promise.
    pub(super) floor: i64,
    /// Before this nothing is forgotten.
    pub(super) forget_from: i64,
    /// Where venue time went on by more than passed.
    #[serde(default)]
    pub(super) gaps: Vec<Gap>,
    /// The wall clock that is not believed in this boot.
    #[serde(default)]
    pub(super) doubt: Option<Doubt>,
    /// The last time that the wall clock was set by more than a minute.
    #[serde(default)]
    pub(super) jump: Option<KeptJump>,
}

/// That the wall clock was set, as it is told until it is over: over a restart too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct KeptJump {
    /// When.
    pub(super) at: i64,
    /// By so much.
    pub(super) by_ms: i64,
    /// Until when somebody should look.
    pub(super) until: i64,
}

/// A wall clock that showed less after a reboot than before it: until somebody sets it, and for a day at
/// the most, time is shown as going on from where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Doubt {
    /// What that clock is ahead of venue time.
    pub(super) offset_ms: i64,
    /// Until when it is not believed, in venue time.
    pub(super) until: i64,
}

/// A clock that is moved by more was set.
const SET_MS: u64 = 60_000;

impl Doubt {
    /// Whether the clock that is `found` ahead of venue time `now` is still that one.
    pub(super) const fn holds(self, found: WallOffset, now: Timestamp) -> bool {
        let moved = found.ms().abs_diff(self.offset_ms);
        moved <= SET_MS && now.unix_ms() < self.until
    }
}

/// A place where venue time went on by more than is known to have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Gap {
    /// Its end.
    pub(super) at: i64,
    /// How far it went on.
    pub(super) length_ms: i64,
    /// How much of that did not pass, as the wall clock showed later.
    pub(super) false_ms: i64,
}

/// What is known of the runs before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Past {
    /// There was none.
    None,
    /// One in the same boot of the machine: venue time went on exactly.
    SameBoot,
    /// One in an earlier boot: venue time follows the wall clock.
    Reboot,
    /// One in an earlier boot, and the wall clock shows less than it did then.
    Behind,
    /// There was one, and what it kept cannot be read: it may have accepted commands under higher keys
    /// than those of this run.
    Lost,
}

/// Where this run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    pub(super) past: Past,
    pub(super) kept: Kept,
    /// Up to here stored keys may be ahead of venue time although no clock was wrong.
    pub(super) explained: Timestamp,
}

/// Where a run begins that finds `kept`, and whose clocks show `read`. `has_past`: there is a database.
pub(super) fn begin(
    kept: Option<Kept>,
    read: Read,
    boot_id: Option<String>,
    has_past: bool,
) -> Beginning {
    let Some(before) = kept else {
        let venue = read.wall;
        let (past, distrust) =
            if has_past { (Past::Lost, millis(DISTRUST)) } else { (Past::None, 0) };
        let kept = Kept {
            boot_id,
            base_ms: venue.saturating_sub(read.boot),
            offset_ms: 0,
            written_at: venue,
            keys_below: venue.saturating_add(millis(PROMISE)),
            floor: 0,
            forget_from: venue.saturating_add(distrust),
            gaps: Vec::new(),
            doubt: None,
            jump: None,
        };
        return Beginning { past, kept, explained: Timestamp::default() };
    };
    let explained = Timestamp::from_unix_ms(before.floor);
    let exact = read.boot.saturating_add(before.base_ms);
    let same = boot_id.is_some() && boot_id == before.boot_id && exact >= before.written_at;
    let (past, venue, floor) = if same {
        (Past::SameBoot, exact, before.floor)
    } else {
        let wanted = WallOffset::from_ms(before.offset_ms);
        let wanted = wanted.wished(venue_domain::WallTime::from_unix_ms(read.wall)).unix_ms();
        let past = if wanted < before.written_at { Past::Behind } else { Past::Reboot };
        (past, wanted.max(before.written_at), before.floor.max(before.keys_below))
    };
    let mut kept = Kept {
        boot_id,
        base_ms: venue.saturating_sub(read.boot),
        // A clock that was set while nobody ran is found by the first look.
        offset_ms: before.offset_ms,
        written_at: venue,
        keys_below: floor.max(venue).saturating_add(millis(PROMISE)),
        // Two runs never have the same key.
        floor: floor.saturating_add(1),
        forget_from: before.forget_from,
        gaps: before.gaps,
        doubt: before.doubt.filter(|_| same),
        jump: before.jump.filter(|jump| jump.until > venue),
    };
    let gap = venue.saturating_sub(before.written_at);
    if !same && (gap > millis(FAR) || past == Past::Behind) {
        kept.forget_from = kept.forget_from.max(venue.saturating_add(millis(DISTRUST)));
        kept.note_gap(Gap { at: venue, length_ms: gap, false_ms: 0 });
    }
    Beginning { past, kept, explained }
}

impl Kept {
    fn note_gap(&mut self, gap: Gap) {
        if gap.length_ms > 0 {
            self.gaps.push(gap);
            let surplus = self.gaps.len().saturating_sub(GAPS);
            self.gaps.drain(..surplus);
        }
    }

    /// Venue time was lifted by `length` to `at`, because something newer was found in the store: none
    /// of that has passed.
    pub(super) fn lifted(&mut self, at: Timestamp, length: Duration) {
        let (at, length_ms) = (at.unix_ms(), millis(length));
        self.forget_from = self.forget_from.max(at.saturating_add(millis(DISTRUST)));
        self.note_gap(Gap { at, length_ms, false_ms: length_ms });
    }

    /// The wall clock was set by `jump_ms` at `at`.
    pub(super) fn was_set(&mut self, jump_ms: i64, at: Timestamp) {
        self.doubt = None;
        if jump_ms.unsigned_abs() <= millis(FAR).unsigned_abs() {
            return;
        }
        self.forget_from = self.forget_from.max(at.unix_ms().saturating_add(millis(DISTRUST)));
        // A clock that is set back soon after a reboot was wrong at the reboot: so much less passed.
        let soon = at.unix_ms().saturating_sub(millis(DISTRUST));
        if let Some(gap) = self.gaps.last_mut().filter(|gap| gap.at >= soon && jump_ms < 0) {
            let wrong = gap.false_ms.saturating_sub(jump_ms);
            gap.false_ms = wrong.clamp(0, gap.length_ms);
        }
    }

    /// What is older than this at `now` is older than `age` in time that passed.
    pub(super) fn so_long_ago(&self, now: Timestamp, age: Duration) -> Timestamp {
        let mut at = now.minus(age).unix_ms();
        for gap in self.gaps.iter().rev() {
            if gap.at > at {
                at = at.saturating_sub(gap.false_ms);
            }
        }
        Timestamp::from_unix_ms(at)
    }
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    /// Some day of 2026.
    const NOW: i64 = 1_790_000_000_000;

    fn start(kept: Option<Kept>, boot: i64, wall: i64, boot_id: &str) -> Beginning {
        begin(kept, Read { boot, wall }, Some(boot_id.to_owned()), true)
    }

    fn venue(beginning: &Beginning, boot: i64) -> i64 {
        boot + beginning.kept.base_ms
    }

    #[test]
    fn a_restart_within_one_boot_is_exact_whatever_the_wall_clock_says() {
        let first = begin(None, Read { boot: 5_000, wall: NOW }, Some("a".into()), false);
        assert_eq!((first.past, venue(&first, 5_000)), (Past::None, NOW));
        for jump in [-DAY, -120_000, 0, 30 * DAY] {
            let second = start(Some(first.kept.clone()), 8_000, NOW + 3_000 + jump, "a");
            assert_eq!((second.past, venue(&second, 8_000)), (Past::SameBoot, NOW + 3_000));
            assert_eq!(second.kept.offset_ms, 0, "the first look finds the jump");
            assert!(second.kept.floor > first.kept.floor, "no key is given twice");
        }
    }

    #[test]
    fn after_a_reboot_the_wall_clock_counts_and_keys_go_on_above_what_was_promised() {
        let first = begin(None, Read { boot: 5_000, wall: NOW }, Some("a".into()), false);
        let second = start(Some(first.kept.clone()), 10, NOW + 10 * MINUTE, "b");
        assert_eq!((second.past, venue(&second, 10)), (Past::Reboot, NOW + 10 * MINUTE));
        assert!(second.kept.floor > first.kept.keys_below);
        assert_eq!(second.kept.forget_from, first.kept.forget_from, "ten minutes are no jump");
        // The offset of a clock that had been set stays what it was.
        let kept = Kept { offset_ms: -HOUR, ..first.kept };
        let second = start(Some(kept), 10, NOW + MINUTE - HOUR, "b");
        assert_eq!((second.past, venue(&second, 10)), (Past::Reboot, NOW + MINUTE));
        assert_eq!(second.kept.offset_ms, -HOUR);
    }

    #[test]
    fn after_a_reboot_with_a_clock_that_is_behind_venue_time_goes_on_where_it_was() {
        let first = begin(None, Read { boot: 5_000, wall: NOW }, Some("a".into()), false);
        let second = start(Some(first.kept.clone()), 10, NOW - 8 * HOUR, "b");
        assert_eq!((second.past, venue(&second, 10)), (Past::Behind, NOW));
        assert_eq!(second.kept.offset_ms, 0, "such a clock is not believed before it is set");
        assert_eq!(second.kept.forget_from, NOW + DAY);
    }

    #[test]
    fn a_clock_that_is_not_believed_is_not_believed_after_a_restart_either() {
        let first = begin(None, Read { boot: 5_000, wall: NOW }, Some("a".into()), false);
        let mut second = start(Some(first.kept), 10, NOW - 8 * HOUR, "b").kept;
        second.doubt = Some(Doubt { offset_ms: -8 * HOUR, until: NOW + DAY });
        let third = start(Some(second.clone()), MINUTE, NOW - 8 * HOUR, "b");
        assert_eq!((third.past, third.kept.doubt), (Past::SameBoot, second.doubt));
        let booted = start(Some(second.clone()), MINUTE, NOW + HOUR, "c");
        assert_eq!((booted.past, booted.kept.doubt), (Past::Reboot, None));
        second.was_set(8 * HOUR, Timestamp::from_unix_ms(NOW + MINUTE));
        assert_eq!(start(Some(second), 2 * MINUTE, NOW, "b").kept.doubt, None);
    }

    #[test]
    fn a_clock_is_doubted_until_it_is_set_or_a_day_is_over() {
        let doubt = Doubt { offset_ms: -8 * HOUR, until: NOW + DAY };
        let holds =
            |offset, at| doubt.holds(WallOffset::from_ms(offset), Timestamp::from_unix_ms(at));
        assert!(holds(-8 * HOUR + MINUTE, NOW), "nudged");
        assert!(!holds(-8 * HOUR + MINUTE + 1, NOW) && !holds(-8 * HOUR, NOW + DAY));
    }

    #[test]
    fn without_what_was_kept_nothing_is_known_of_the_past() {
        let lost = begin(None, Read { boot: 5_000, wall: NOW }, Some("a".into()), true);
        assert_eq!((lost.past, lost.kept.forget_from), (Past::Lost, NOW + DAY));
        let first = begin(None, Read { boot: 5_000, wall: NOW }, None, false);
        let second = begin(Some(first.kept), Read { boot: 9_000, wall: NOW + 9 }, None, true);
        assert_eq!(second.past, Past::Reboot, "a boot without a name is another");
    }

    #[test]
    fn a_month_that_did_not_pass_makes_nothing_old() {
        let first = begin(None, Read { boot: 5_000, wall: NOW }, Some("a".into()), false);
        let month = 30 * DAY;
        let mut kept = start(Some(first.kept), 10, NOW + month, "b").kept;
        let at = |ms: i64| Timestamp::from_unix_ms(ms);
        let week = Duration::from_secs(7 * 24 * 3_600);
        assert_eq!(kept.forget_from, NOW + month + DAY, "for a day nothing is forgotten");
        assert_eq!(kept.so_long_ago(at(NOW + month), week).unix_ms(), NOW + month - 7 * DAY);
        // The clock is put right: the month did not pass.
        kept.was_set(-month, at(NOW + month + HOUR));
        let now = at(NOW + month + 2 * DAY);
        assert_eq!(kept.so_long_ago(now, week).unix_ms(), NOW - 5 * DAY);
        let later = at(NOW + month + 20 * DAY);
        assert_eq!(kept.so_long_ago(later, week).unix_ms(), NOW + month + 13 * DAY);
    }

    #[test]
    fn a_jump_within_a_run_and_a_lift_suspend_forgetting_for_a_day() {
        let mut kept = begin(None, Read { boot: 0, wall: NOW }, Some("a".into()), false).kept;
        let now = Timestamp::from_unix_ms(NOW);
        kept.was_set(50 * MINUTE, now);
        assert_eq!(kept.forget_from, NOW);
        kept.was_set(2 * HOUR, now);
        assert_eq!(kept.forget_from, NOW + DAY);
        kept.lifted(Timestamp::from_unix_ms(NOW + 9 * DAY), Duration::from_secs(9 * 24 * 3_600));
        assert_eq!(kept.forget_from, NOW + 10 * DAY);
        let ago = kept.so_long_ago(
            Timestamp::from_unix_ms(NOW + 10 * DAY),
            Duration::from_secs(2 * 24 * 3_600),
        );
        assert_eq!(ago.unix_ms(), NOW - DAY);
    }
}
