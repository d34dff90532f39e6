//! Another database takes the place of one that is damaged or gone back from, and the old one is set aside. An
//! exchange that was interrupted is finished when the database is opened.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use venue_domain::{StoreError, Timestamp};

use crate::files::{beside, put_in_place, rename};

/// What is to be in the place of the database.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    /// What was made of a damaged one.
    Verified,
    /// A backup that somebody goes back to.
    Chosen,
}

impl Choice {
    pub(crate) fn beside(self, path: &Path) -> PathBuf {
        match self {
            Self::Verified => beside(path, VERIFIED),
            Self::Chosen => beside(path, CHOSEN),
        }
    }

    /// Where the file is set aside that it replaces: a good one is not called damaged.
    fn aside(self, path: &Path, now: Timestamp) -> PathBuf {
        let word = match self {
            Self::Verified => "damaged",
            Self::Chosen => "replaced",
        };
        beside(path, &format!("{word}-{}", now.unix_ms()))
    }
}

/// Sets the file at `path` aside and puts the new one in its place; tells where the old one is, if there
/// was any. What fails leaves it where it was.
pub(crate) fn exchange(
    path: &Path,
    choice: Choice,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    let (existed, aside) = (path.exists(), choice.aside(path, now));
    if let Err(error) = rename(path, &aside).and_then(|()| put_in_place(&choice.beside(path), path))
    {
        if !path.exists() {
            // Whatever is the matter, it is worse without the old one.
            let _ = rename(&aside, path);
        }
        return Err(error);
    }
    Ok(existed.then_some(aside))
}

/// Ends a repair, or a way back, that was interrupted when its result was ready.
pub(crate) fn finish(path: &Path) -> Result<(), StoreError> {
    for choice in [Choice::Verified, Choice::Chosen] {
        let Ok(metadata) = fs::metadata(choice.beside(path)) else { continue };
        // Named after the repair, not after the hour at which it is finished.
        let made = metadata.modified().map_err(|_| StoreError::Disk)?;
        let ms = made.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let made = Timestamp::from_unix_ms(i64::try_from(ms).unwrap_or(0));
        exchange(path, choice, made)?;
    }
    Ok(())
}

/// A whole and verified database that is to be put in the place of the damaged one.
const VERIFIED: &str = "sound";

/// The same of a backup that somebody goes back to.
const CHOSEN: &str = "chosen";
