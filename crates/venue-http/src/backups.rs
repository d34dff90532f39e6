//! The files of backups as HTTP sees them: fetched, brought, and put in the place of the database.

use std::{fmt, io, pin::Pin, str::FromStr, time::Duration};

use bytes::Bytes;
use futures_util::Stream;
use snafu::{Snafu, ensure};
use venue_domain::{BackupEntry, BoxFuture, StoreError};

/// The name of a backup: that of a file in the folder of the backups, and never of one elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackupName(String);

/// A text that names no backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "a backup of the daemon is called venue-TIME.db, its copy in the backup folder venue-TIME.db.age, and one that was \
     uploaded uploaded-NAME.db, where NAME has 1 to {LONGEST_NAME} letters, digits, - and _"
))]
pub struct NoBackupName;

impl BackupName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether somebody brought it, and the daemon did not make it.
    #[must_use]
    pub fn is_uploaded(&self) -> bool {
        self.0.starts_with(UPLOADED)
    }

    /// Whether it is the copy of one in the backup folder, encrypted.
    #[must_use]
    pub fn is_in_folder(&self) -> bool {
        self.0.ends_with(".age")
    }
}

impl FromStr for BackupName {
    type Err = NoBackupName;

    fn from_str(text: &str) -> Result<Self, NoBackupName> {
        let bare = text.strip_suffix(".db").unwrap_or_default();
        let copied = text.strip_suffix(".db.age").unwrap_or(bare);
        let made = copied.strip_prefix("venue-").unwrap_or_default();
        let uploaded = bare.strip_prefix(UPLOADED).unwrap_or_default();
        let is_made = (1..=18).contains(&made.len()) && made.bytes().all(|b| b.is_ascii_digit());
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_uploaded =
            (1..=LONGEST_NAME).contains(&uploaded.len()) && uploaded.bytes().all(plain);
        ensure!(is_made || is_uploaded, NoBackupNameSnafu);
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const UPLOADED: &str = "uploaded-";

const LONGEST_NAME: usize = 64;

/// The media type of the file of a backup, which is no text.
pub(crate) const BINARY: &str = "application/octet-stream";

/// A file that is fetched, as it is read.
pub struct BackupDownload {
    /// How large it is.
    pub bytes: u64,
    /// What is in it; one that ends early is told to whoever fetches it by a connection that breaks.
    pub content: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
}

impl fmt::Debug for BackupDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupDownload").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// A file that is brought, as it arrives.
pub struct BackupUpload {
    /// How large it says that it is.
    pub announced: Option<u64>,
    /// What is in it. The file is whole only if this ends without an error.
    pub content: Pin<Box<dyn Stream<Item = Result<Bytes, UploadError>> + Send>>,
}

impl fmt::Debug for BackupUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupUpload").field("announced", &self.announced).finish_non_exhaustive()
    }
}

/// Why a file did not arrive whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
pub enum UploadError {
    /// It is larger than any backup may be.
    #[snafu(display("the file has more than {limit} bytes"))]
    TooLarge {
        /// So many it may have.
        limit: usize,
    },
    /// The client hung up.
    #[snafu(display("the file ended early"))]
    Cut,
    /// Nothing came for so long.
    #[snafu(display("nothing of the file arrived for {} s", limit.as_secs()))]
    Stalled {
        /// So long.
        limit: Duration,
    },
}

/// Why a file is not fetched or kept. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub enum BackupFileError {
    /// There is no such backup.
    #[snafu(display("there is no backup {name}"))]
    Unknown {
        /// What was asked for.
        name: BackupName,
    },
    /// The name is one of those that the daemon gives.
    #[snafu(display("{name} is a name that the daemon gives: upload it as uploaded-NAME.db"))]
    NotUploaded {
        /// What was given.
        name: BackupName,
    },
    /// There is one of this name already.
    #[snafu(display(
        "there is already a backup {name}, which stays as it is: upload this file under another name"
    ))]
    Taken {
        /// The name.
        name: BackupName,
    },
    /// It did not arrive whole.
    #[snafu(display("{why}"))]
    Arrival {
        /// Why.
        why: UploadError,
    },
    /// It is something else.
    #[snafu(display(
        "this file is no database of venued: give one that `venuectl backup download` has written"
    ))]
    NoDatabase,
    /// It is no backup that can be used.
    #[snafu(display("this is no sound backup of a database: {why}"))]
    Unsound {
        /// Why.
        why: StoreError,
    },
    /// It is encrypted.
    #[snafu(display(
        "this file is encrypted: open it first with `age --decrypt -o FILE.db FILE.db.age`, and upload what comes out"
    ))]
    Encrypted,
    /// It is to be restored while the database works.
    #[snafu(display(
        "the database is in use: a backup is restored here only in direct-only mode. To go back to one all the same, stop \
         venued and run `venued restore`"
    ))]
    InUse,
    /// It cannot be fetched from the backup folder, or not be decrypted.
    #[snafu(display("{reason}"))]
    Fetch {
        /// Why.
        reason: String,
    },
    /// It cannot be put in the place of the database.
    #[snafu(display("the backup cannot be restored: {error}"))]
    Restore {
        /// Why.
        error: StoreError,
    },
    /// The disk does not let it.
    #[snafu(display("{error}"))]
    Store {
        /// Why.
        error: StoreError,
    },
}

/// A backup that is in the place of the database now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredBackup {
    /// Where the database of before is; `None` if there was none.
    pub set_aside: Option<String>,
}

/// Who keeps the files of the backups.
pub trait BackupFiles: fmt::Debug + Send + Sync {
    /// Opens a backup to be fetched.
    ///
    /// # Cancel safety
    /// Safe: it only reads.
    fn download(&self, name: BackupName) -> BoxFuture<'_, Result<BackupDownload, BackupFileError>>;

    /// Keeps what arrives as the backup of this name, if it is a sound one and there is none of this name.
    ///
    /// # Cancel safety
    /// Nothing is kept of a dropped future, or all.
    fn upload(
        &self,
        name: BackupName,
        file: BackupUpload,
    ) -> BoxFuture<'_, Result<BackupEntry, BackupFileError>>;

    /// Puts a backup in the place of the database, which is out of use: in direct-only mode alone.
    ///
    /// # Cancel safety
    /// A restore that was begun is ended.
    fn restore(&self, name: BackupName) -> BoxFuture<'_, Result<RestoredBackup, BackupFileError>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_backup_and_leads_nowhere_else() {
        let copy = "venue-001790000000250.db.age";
        assert!(copy.parse::<BackupName>().unwrap().is_in_folder());
        for good in ["venue-001790000000250.db", "uploaded-a.db", "uploaded-old_one-2.db", copy] {
            assert_eq!(good.parse::<BackupName>().unwrap().as_str(), good);
        }
        let long = format!("uploaded-{}.db", "x".repeat(65));
        let bad = [
            "",
            ".db",
            "venue-.db",
            "venue-1",
            "venue-x.db",
            "uploaded-.db",
            "uploaded-../venue.db",
            "uploaded-a/b.db",
            "uploaded-a.db.age",
            "venue-1.age",
            "venue-../1.db.age",
            "uploaded-a.b.db",
            "uploaded-a\0.db",
            "../venue.db",
            "venue.db",
            "/etc/passwd",
            &long,
        ];
        for bad in bad {
            assert_eq!(bad.parse::<BackupName>(), Err(NoBackupName), "{bad:?}");
        }
    }
}
