//! Backups that leave the machine, as the file has them.

use std::path::Path;

use snafu::{OptionExt, ResultExt};

use crate::{Keep, OffsitePlan, Passphrase};

use super::{
    ConfigError,
    error::{BackupCredentialSnafu, BackupPassphraseSnafu, PassphraseSnafu},
    file,
    tls::credential_path,
};

/// Where backups are copied to; `None` for nowhere.
pub(super) fn offsite(
    backup: &file::Backup,
    directory: &Path,
) -> Result<Option<OffsitePlan>, ConfigError> {
    let Some(folder) = &backup.folder else { return Ok(None) };
    let path = match (&backup.passphrase_file, &backup.passphrase_credential) {
        (Some(file), None) => directory.join(file),
        (None, Some(name)) => credential_path(name).context(BackupCredentialSnafu { name })?,
        (None, None) | (Some(_), Some(_)) => return BackupPassphraseSnafu.fail(),
    };
    let passphrase = Passphrase::read(&path).context(PassphraseSnafu)?;
    let (days, weeks, months) = (backup.keep_days, backup.keep_weeks, backup.keep_months);
    let keep = Keep { days: days.into(), weeks: weeks.into(), months: months.into() };
    Ok(Some(OffsitePlan { folder: directory.join(folder), passphrase, keep }))
}
