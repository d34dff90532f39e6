//! Backups that leave the machine: each one encrypted in a folder of somebody else's disk, such as a share, and of those
//! some of each day, week and month.
//!
//! A share that is away or hangs delays nothing: this runs behind everything else, and tells.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use snafu::{ResultExt, Snafu, ensure};
use tokio::{
    select,
    sync::watch,
    task::spawn_blocking,
    time::{sleep, timeout},
};
use venue_api::UtcTime;
use venue_domain::{StoreError, WallTime, one_line};

use crate::{
    sealed::{self, Passphrase, SealError},
    watch::{Concern, EventPublisher},
};

use super::backups::made_at;

/// Where backups are copied to, and which are kept there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsitePlan {
    /// The folder.
    pub folder: PathBuf,
    /// What they are encrypted with.
    pub passphrase: Passphrase,
    /// Which are kept.
    pub keep: Keep,
}

/// Of how many days, weeks and months the newest backup is kept. The newest of all is kept in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Of so many days that have one.
    pub days: usize,
    /// Of so many weeks.
    pub weeks: usize,
    /// Of so many months.
    pub months: usize,
}

/// Why a backup is not in the folder.
#[derive(Debug, Snafu)]
enum OffsiteError {
    #[snafu(display("there is no folder {}", folder.display()))]
    NoFolder { folder: PathBuf },
    #[snafu(transparent)]
    Seal { source: SealError },
    #[snafu(display("what was written there is not what can be read again"))]
    Unsound { source: StoreError },
    #[snafu(display("cannot put it in place in {}", folder.display()))]
    Place { folder: PathBuf, source: std::io::Error },
    #[snafu(display("the folder does not answer"))]
    Hangs,
    #[snafu(display("it failed in an unforeseen way"))]
    Panicked { source: tokio::task::JoinError },
}

/// Copies what is new into the folder.
#[derive(Debug)]
pub(super) struct Offsite {
    pub(super) plan: OffsitePlan,
    /// The newest backup of this machine.
    pub(super) newest: watch::Receiver<Option<PathBuf>>,
    pub(super) publisher: EventPublisher,
}

impl Offsite {
    /// Copies for good.
    pub(super) async fn run(&mut self) {
        loop {
            let newest = self.newest.borrow_and_update().clone();
            let failed = match newest {
                Some(backup) => !self.copy(backup).await,
                None => false,
            };
            select! {
                changed = self.newest.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                () = sleep(AGAIN), if failed => {}
            }
        }
    }

    /// Whether it is there now.
    async fn copy(&self, backup: PathBuf) -> bool {
        let plan = self.plan.clone();
        let mut copying = spawn_blocking(move || copy(&plan, &backup));
        let copied = match timeout(PATIENCE, &mut copying).await {
            Ok(ended) => told(ended),
            Err(_) => {
                self.tell(&HangsSnafu.build());
                // One at a time: what hangs in the system cannot be ended from here.
                told(copying.await)
            }
        };
        match copied {
            Ok(name) => {
                tracing::info!(backup = %name.display(), "the backup was copied, and read again");
                self.publisher.is_over(FAILED);
                true
            }
            Err(error) => {
                self.tell(&error);
                false
            }
        }
    }

    fn tell(&self, error: &OffsiteError) {
        let error = one_line(error);
        tracing::warn!(error, "the backup is not in its folder");
        self.publisher.concern(Concern {
            kind: FAILED,
            about: None,
            critical: false,
            summary: format!("the newest backup is not in {}: {error}", self.plan.folder.display()),
            advice: "is the share mounted, has it room, and may venued write there? It is tried again by itself",
        });
    }
}

fn told(
    ended: Result<Result<PathBuf, OffsiteError>, tokio::task::JoinError>,
) -> Result<PathBuf, OffsiteError> {
    ended.context(PanickedSnafu)?
}

/// Encrypts `backup` into the folder, reads it again, and lets go of what need not be kept.
fn copy(plan: &OffsitePlan, backup: &Path) -> Result<PathBuf, OffsiteError> {
    let folder = plan.folder.as_path();
    // It is not made: below a share that is not mounted it would be a folder of this machine's own disk.
    ensure!(folder.is_dir(), NoFolderSnafu { folder });
    let name = backup.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let to = folder.join(format!("{name}{SUFFIX}"));
    if to.exists() {
        // It is there since an earlier run, whole: a name is given when all else is done.
        return Ok(to);
    }
    // What an earlier run left when it was killed.
    clear(folder, PARTIAL);
    clear(backup.parent().unwrap_or(folder), OPENED);
    let partial = folder.join(format!("{name}{PARTIAL}"));
    sealed::seal(backup, &partial, &plan.passphrase)?;
    let opened = backup.with_file_name(format!("{name}{OPENED}"));
    let sound = sealed::open(&partial, &opened, &plan.passphrase)
        .map_err(OffsiteError::from)
        .and_then(|()| venue_queue::verify(&opened).context(UnsoundSnafu));
    // The next try makes it anew, whatever becomes of it here.
    let _ = fs::remove_file(&opened);
    if let Err(error) = sound {
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    fs::rename(&partial, &to).context(PlaceSnafu { folder })?;
    thin_out(folder, plan.keep);
    Ok(to)
}

/// Removes what is ours and ends so.
fn clear(folder: &Path, end: &str) {
    for (_, path) in ours(folder, end) {
        // It is looked at again next time.
        let _ = fs::remove_file(path);
    }
}

/// Our files in `folder` that end so, with when they were made, whatever else lies there.
fn ours(folder: &Path, end: &str) -> Vec<(i64, PathBuf)> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let one = |file: fs::DirEntry| {
        let path = file.path();
        let made_at = made_at(path.file_name()?.to_str()?.strip_suffix(end)?)?;
        Some((made_at.unix_ms(), path))
    };
    files.filter_map(one).collect()
}

/// Removes what is of no day, week or month that is kept.
fn thin_out(folder: &Path, keep: Keep) {
    let mut ours = ours(folder, SUFFIX);
    ours.sort_unstable_by(|a, b| b.cmp(a));
    let times: Vec<i64> = ours.iter().map(|(at, _)| *at).collect();
    for ((_, path), kept) in ours.iter().zip(kept(&times, keep)) {
        if kept {
            continue;
        }
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(%error, backup = %path.display(), "an old backup is not removed");
        }
    }
}

/// Which of these times, the newest first, are kept. By the days, weeks and months of UTC that have one, and not by
/// how long ago they are: after a month without backups none is lost.
fn kept(newest_first: &[i64], keep: Keep) -> Vec<bool> {
    let (mut days, mut weeks, mut months) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let one = |(place, ms): (usize, &i64)| {
        let day = ms.div_euclid(DAY_MS);
        // 1970 began on a Thursday, and a week begins on a Monday.
        let week = (day + 3).div_euclid(7);
        let month: String =
            UtcTime(WallTime::from_unix_ms(*ms)).to_string().chars().take(7).collect();
        let of_day = days.len() < keep.days && days.insert(day);
        let of_week = weeks.len() < keep.weeks && weeks.insert(week);
        let of_month = months.len() < keep.months && months.insert(month);
        place == 0 || of_day || of_week || of_month
    };
    newest_first.iter().enumerate().map(one).collect()
}

const FAILED: &str = "backup_not_copied";

const SUFFIX: &str = ".age";

/// While it is written.
const PARTIAL: &str = ".partial";

/// What is decrypted again, to look whether it is sound.
const OPENED: &str = ".opened";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Far longer than a large database takes over a slow network.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// After a try that failed.
const AGAIN: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use venue_domain::Timestamp;
    use venue_queue::{SqliteStore, StoreConfig};

    use super::{super::backups::name_of, *};

    /// A Monday, at noon.
    const MONDAY: i64 = 1_790_596_800_000;

    #[test]
    fn of_each_day_week_and_month_the_newest_is_kept() {
        // Four a day, for 120 days.
        let times: Vec<i64> = (0..480).map(|turn| MONDAY - turn * DAY_MS / 4).collect();
        let keep = Keep { days: 7, weeks: 4, months: 3 };
        let left: Vec<i64> = times
            .iter()
            .zip(kept(&times, keep))
            .filter_map(|(at, kept)| kept.then_some(*at))
            .collect();
        // Days 0 to 6; of the weeks before that of day 1 two; of the months before this one two.
        assert_eq!(left.len(), 7 + 2 + 2);
        assert_eq!(left[0], MONDAY);
        for day in 1..7 {
            assert!(left.iter().any(|at| (MONDAY - at) / DAY_MS == day), "day {day}");
        }
        // What is kept once is kept as long as its week or month is: thinning again removes nothing.
        assert!(kept(&left, keep).iter().all(|kept| *kept));
    }

    #[test]
    fn the_newest_is_kept_whatever_is_said_and_a_long_pause_loses_nothing() {
        let none = Keep { days: 0, weeks: 0, months: 0 };
        assert_eq!(kept(&[MONDAY, MONDAY - 1], none), [true, false]);
        let old = [MONDAY, MONDAY - 400 * DAY_MS, MONDAY - 401 * DAY_MS];
        assert_eq!(kept(&old, Keep { days: 3, ..none }), [true, true, true]);
    }

    #[tokio::test]
    async fn a_backup_counts_when_it_was_read_again_and_the_old_ones_go() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::write(at("passphrase"), "five words make it long").unwrap();
        fs::create_dir(at("share")).unwrap();
        let store = SqliteStore::open(&at("venue.db"), StoreConfig::default()).unwrap();
        let plan = OffsitePlan {
            folder: at("share"),
            passphrase: Passphrase::read(&at("passphrase")).unwrap(),
            keep: Keep { days: 1, weeks: 1, months: 1 },
        };
        fs::write(at("share").join("holiday.age"), "of somebody else").unwrap();
        // Of a run that was killed.
        let killed = name_of(Timestamp::from_unix_ms(MONDAY - 1));
        fs::write(at("share").join(format!("{killed}.partial")), "half").unwrap();
        fs::write(at(&format!("{killed}.opened")), "half").unwrap();
        for turn in 0..3 {
            let backup = at(&name_of(Timestamp::from_unix_ms(MONDAY + turn)));
            store.backup(backup.clone()).await.unwrap();
            let copied = copy(&plan, &backup).unwrap();
            assert_eq!(copy(&plan, &backup).unwrap(), copied, "once more changes nothing");
        }
        let mut names: Vec<String> = fs::read_dir(at("share"))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let newest = format!("{}.age", name_of(Timestamp::from_unix_ms(MONDAY + 2)));
        assert_eq!(names, ["holiday.age".to_owned(), newest.clone()]);
        assert!(!at(&format!("{killed}.opened")).exists());
        sealed::open(&at("share").join(newest), &at("opened"), &plan.passphrase).unwrap();
        venue_queue::verify(&at("opened")).unwrap();
    }

    #[tokio::test]
    async fn what_is_no_database_or_has_no_folder_is_not_copied() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::write(at("passphrase"), "five words make it long").unwrap();
        let plan = OffsitePlan {
            folder: at("share"),
            passphrase: Passphrase::read(&at("passphrase")).unwrap(),
            keep: Keep { days: 7, weeks: 4, months: 12 },
        };
        let backup = at(&name_of(Timestamp::from_unix_ms(MONDAY)));
        fs::write(&backup, "no database").unwrap();
        assert!(matches!(copy(&plan, &backup), Err(OffsiteError::NoFolder { .. })));
        fs::create_dir(at("share")).unwrap();
        assert!(matches!(copy(&plan, &backup), Err(OffsiteError::Unsound { .. })));
        assert_eq!(fs::read_dir(at("share")).unwrap().count(), 0, "nothing is left there");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 3, "nor here");
    }
}
