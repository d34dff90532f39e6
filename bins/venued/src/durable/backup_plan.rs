//! How the database is copied, and where to.

use std::{path::PathBuf, sync::Arc, time::Duration};

use venue_registry::TimeZoneName;

use crate::sealed::Passphrase;

use super::thinning::Keep;

/// Where backups are copied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFolderPlan {
    /// The folder.
    pub folder: PathBuf,
    /// What they are encrypted with.
    pub passphrase: Passphrase,
}

/// How often copies are made, and which are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupPlan {
    /// From one to the next; zero for none.
    pub interval: Duration,
    /// So many of the newest.
    pub kept: usize,
    /// And those of earlier days, weeks and months.
    pub keep: Keep,
    /// Where they are copied to, encrypted; `None` for nowhere.
    pub folder: Option<Arc<BackupFolderPlan>>,
    /// By whose calendar days begin, where the venue names no time zone.
    pub machine_zone: TimeZoneName,
}

impl Default for BackupPlan {
    fn default() -> Self {
        let interval = Duration::from_secs(6 * 60 * 60);
        let machine_zone = TimeZoneName::default();
        Self { interval, kept: 4, keep: Keep::default(), folder: None, machine_zone }
    }
}
