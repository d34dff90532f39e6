//! Copies of the store as they are shown.

use serde::{Deserialize, Serialize};

use crate::{BackupPlace, UtcTime};

/// One backup of the database; `POST /api/v1/backups` answers with the one that it made.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// The name of its file.
    pub name: String,
    /// As of when its data is: when it was made; of one that was uploaded, when it was written last, as far as it tells,
    /// and else when it was uploaded.
    pub made_at: UtcTime,
    /// When it was uploaded; absent for one that the daemon made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploaded_at: Option<UtcTime>,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// Where it is: `made` and `uploaded` are in the folder `backups` beside the database, `folder` in the backup folder,
    /// encrypted; `absent` was there when the folder was seen last, which is away now, or does not answer.
    pub place: BackupPlace,
}

/// `POST /api/v1/backups/{name}/restore`: what is in the place of the database now.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupRestored {
    /// The backup.
    pub name: String,
    /// Where the database of before is; null if there was none.
    pub set_aside: Option<String>,
}

/// `GET /api/v1/backups`: the newest first.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupList {
    /// The backups.
    pub items: Vec<Backup>,
}
