//! Whose a file is: what an administrator makes beside a database is for the daemon, which is another user.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};

use venue_domain::StoreError;

/// Gives `file` to whom the file at `place` belongs, with its permissions; if there is none there, to the
/// owner of its folder.
pub(crate) fn like(file: &Path, place: &Path) -> Result<(), StoreError> {
    let give = || match fs::metadata(place) {
        Ok(old) => {
            give_to(file, &old)?;
            // Nobody else may read it, whatever was so before.
            fs::set_permissions(file, Permissions::from_mode(old.mode() & 0o660 | 0o600))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => to_the_folder(file, place),
        Err(error) => Err(error),
    };
    give().map_err(|error| {
        let rule = format!("it cannot be given to the owner of the database ({error}): use root");
        StoreError::Invalid { rule }
    })
}

/// Gives `file` to the owner of the folder that `place` is in.
pub(crate) fn to_the_folder(file: &Path, place: &Path) -> io::Result<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    give_to(file, &fs::metadata(folder.unwrap_or_else(|| Path::new(".")))?)
}

fn give_to(file: &Path, like: &fs::Metadata) -> io::Result<()> {
    let own = fs::metadata(file)?;
    if (own.uid(), own.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    // A group that cannot be given is no reason to refuse: the owner alone has to read it.
    chown(file, Some(like.uid()), Some(like.gid()))
        .or_else(|error| if own.uid() == like.uid() { Ok(()) } else { Err(error) })
}
