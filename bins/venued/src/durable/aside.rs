//! Damaged databases that were set aside: somebody should look at each, and is told until it is gone.
//!
//! The file itself is what is remembered: the alert outlives a restart, and is over when somebody has taken
//! the file away.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tokio::task::spawn_blocking;
use venue_queue::Repaired;

use crate::watch::{Concern, EventPublisher};

/// Those that are there.
#[derive(Debug, Default)]
pub(super) struct Aside(Vec<PathBuf>);

impl Aside {
    /// Finds what earlier runs of the daemon have set aside of the database at `path`.
    pub(super) async fn find(&mut self, path: &Path, publisher: &EventPublisher) {
        let path = path.to_owned();
        let found = spawn_blocking(move || find(&path).unwrap_or_default()).await;
        for file in found.unwrap_or_default() {
            if !self.0.contains(&file) {
                publisher.concern(concern(&file, false, "a damaged database was set aside"));
                self.0.push(file);
            }
        }
    }

    /// One was set aside just now.
    pub(super) fn repaired(&mut self, repaired: &Repaired, publisher: &EventPublisher) {
        let salvaged = &repaired.salvaged;
        let lossy = !salvaged.lost.is_empty() || !salvaged.incomplete.is_empty();
        let summary = if lossy {
            format!(
                "the database was damaged and mended with losses: {} commands that waited are lost, and of \
                 these tables not all could be read: {}",
                salvaged.lost.len(),
                if salvaged.incomplete.is_empty() {
                    "none".to_owned()
                } else {
                    salvaged.incomplete.join(", ")
                }
            )
        } else {
            "the database was damaged; everything in it could be read and was kept".to_owned()
        };
        publisher.concern(concern(&repaired.aside, lossy, &summary));
        self.0.push(repaired.aside.clone());
    }

    /// Looks which of them somebody has taken away. Asks nothing if there are none.
    pub(super) async fn look(&mut self, publisher: &EventPublisher) {
        if self.0.is_empty() {
            return;
        }
        let all = self.0.clone();
        let gone = spawn_blocking(move || {
            let gone = all.into_iter().filter(|file| !fs::exists(file).unwrap_or(true));
            gone.collect::<Vec<_>>()
        });
        for file in gone.await.unwrap_or_default() {
            self.0.retain(|known| *known != file);
            publisher.one_is_over(KIND, &name_of(&file));
        }
    }
}

const KIND: &str = "store_repaired";

fn concern(file: &Path, critical: bool, what: &str) -> Concern {
    Concern {
        kind: KIND,
        about: Some(name_of(file)),
        critical,
        summary: format!("{what}; the damaged file is {}", file.display()),
        advice: "check the disk, and the TVs: they may not show what was requested last. The log line \
                 store_repaired names what was lost. The alert ends when the damaged file is moved away",
    }
}

fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The damaged databases beside the one at `path`, without their logs.
fn find(path: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let prefix = format!("{}.damaged-", name_of(path));
    let mut found = Vec::new();
    for file in fs::read_dir(folder.unwrap_or_else(|| Path::new(".")))? {
        let file = file?.path();
        let name = name_of(&file);
        let time = name.strip_prefix(&prefix);
        if time.is_some_and(|time| time.bytes().all(|byte| byte.is_ascii_digit())) {
            found.push(file);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_damaged_file_is_told_after_a_restart_too_until_somebody_takes_it_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        let damaged = folder.path().join("venue.db.damaged-17");
        for name in
            ["venue.db", "venue.db.damaged-17", "venue.db.damaged-17-wal", "venue.db.replaced-9"]
        {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let (publisher, mut aside) = (EventPublisher::new(), Aside::default());
        aside.find(&path, &publisher).await;
        aside.look(&publisher).await;
        let concerns = publisher.concerns();
        assert_eq!(concerns.len(), 1, "{concerns:?}");
        assert!(concerns[0].summary.contains("venue.db.damaged-17"), "{concerns:?}");
        fs::remove_file(damaged).unwrap();
        aside.look(&publisher).await;
        assert_eq!(publisher.concerns(), []);
    }
}
