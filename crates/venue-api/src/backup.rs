//! Copies of the store as they are shown.

use serde::{Deserialize, Serialize};

use crate::{BackupPlace, UtcTime};

/// One backup of the database; `POST /api/v1/backups` answers with the one that it made.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// The name of its file.
    pub name: String,
    /// When it was made.
    pub made_at: UtcTime,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// Where it is: `made` and `uploaded` are in the folder `backups` beside the database.
    pub place: BackupPlace,
}

/// `GET /api/v1/backups`: the newest first.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupList {
    /// The backups.
    pub items: Vec<Backup>,
}
