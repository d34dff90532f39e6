//! Backups, as the file has them.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};

use snafu::{OptionExt, ResultExt, ensure};

use crate::{BackupFolderPlan, BackupPlan, Keep, Passphrase};

use super::{
    ConfigError,
    error::{
        BackupCredentialSnafu, BackupFolderSnafu, BackupPassphraseSnafu, PassphraseOpenSnafu,
        PassphraseSnafu, ZeroSnafu,
    },
    file,
    tls::credential_path,
};

/// How often the database is copied, which copies are kept, and where they go.
pub(super) fn plan(file: &file::File, directory: &Path) -> Result<BackupPlan, ConfigError> {
    let (store, backup) = (&file.store, &file.backup);
    let copies = store.backup_interval_hours > 0;
    ensure!(store.backups_kept > 0 || !copies, ZeroSnafu { key: "store.backups_kept" });
    let keep = Keep {
        days: backup.keep_days.into(),
        weeks: backup.keep_weeks.into(),
        months: backup.keep_months.into(),
    };
    Ok(BackupPlan {
        interval: Duration::from_secs(u64::from(store.backup_interval_hours) * 60 * 60),
        kept: store.backups_kept.into(),
        keep,
        folder: folder(backup, directory)?.map(Arc::new),
        ..BackupPlan::default()
    })
}

/// Where backups are copied to; `None` for nowhere.
fn folder(
    backup: &file::Backup,
    directory: &Path,
) -> Result<Option<BackupFolderPlan>, ConfigError> {
    let passphrase = (&backup.passphrase_file, &backup.passphrase_credential);
    let Some(folder) = &backup.folder else {
        ensure!(passphrase == (&None, &None), BackupFolderSnafu);
        return Ok(None);
    };
    let path = match passphrase {
        (Some(file), None) => directory.join(file),
        (None, Some(name)) => credential_path(name).context(BackupCredentialSnafu { name })?,
        (None, None) | (Some(_), Some(_)) => return BackupPassphraseSnafu.fail(),
    };
    let passphrase = Passphrase::read(&path).context(PassphraseSnafu)?;
    // A credential is a file of systemd's, for the service alone.
    let is_open = fs::metadata(&path).is_ok_and(|found| found.permissions().mode() & 0o007 != 0);
    ensure!(!is_open || backup.passphrase_file.is_none(), PassphraseOpenSnafu { path });
    Ok(Some(BackupFolderPlan { folder: directory.join(folder), passphrase }))
}
