//! The unix socket of this machine's administrators.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

/// The socket; its file goes when it is dropped.
#[derive(Debug)]
pub(crate) struct LocalSocket {
    path: PathBuf,
}

impl LocalSocket {
    /// Listens at `path`. A file that an earlier run left is replaced; one that somebody listens at, or
    /// that is no socket, is an error.
    ///
    /// The kernel lets only root and the daemon's own user connect (mode 0660). With `everyone` it lets
    /// any local user do so (mode 0666), and HTTP refuses those who are not admins: the members of
    /// an admin group are not in the group of the daemon, which may not give its socket to theirs.
    pub(crate) async fn bind(path: &Path, everyone: bool) -> io::Result<(UnixListener, Self)> {
        if let Ok(found) = fs::symlink_metadata(path) {
            if !found.file_type().is_socket() {
                return Err(io::Error::other("something that is no socket is in its place"));
            }
            if UnixStream::connect(path).await.is_ok() {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            fs::remove_file(path)?;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let listener = UnixListener::bind(path)?;
        let mode = if everyone { 0o666 } else { 0o660 };
        fs::set_permissions(path, Permissions::from_mode(mode))?;
        Ok((listener, Self { path: path.to_owned() }))
    }
}

impl Drop for LocalSocket {
    fn drop(&mut self) {
        // The next run replaces what cannot be removed.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_an_earlier_run_left_is_replaced_and_what_is_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run").join("venued.sock");
        let (listener, socket) = LocalSocket::bind(&path, false).await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        let used = LocalSocket::bind(&path, false).await.unwrap_err();
        assert_eq!(used.kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        std::mem::forget(socket);
        let (_listener, again) = LocalSocket::bind(&path, true).await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o666);
        drop(again);
        assert!(!path.exists());
        fs::write(&path, "x").unwrap();
        assert!(LocalSocket::bind(&path, false).await.is_err());
        assert!(path.exists(), "a file of somebody else stays");
    }
}
