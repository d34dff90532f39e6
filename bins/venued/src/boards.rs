//! Which very board each device is: the MAC address that answered first, until an admin accepts another.
//!
//! Kept in a file of its own beside the database, as `known_hosts` is for ssh: it must hold without the
//! store, and be none of the configuration that people write. A MAC address that is registered wins.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use esphome_pool::codec::MacAddress;
use tempfile::NamedTempFile;
use tokio::{sync::Notify, task::spawn_blocking};
use venue_domain::Hostname;

/// The boards that are known. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct KnownBoards(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None` where nothing is stored: then they are known for as long as the process lives.
    path: Option<PathBuf>,
    boards: Mutex<BTreeMap<String, MacAddress>>,
    changed: Notify,
}

impl KnownBoards {
    /// Reads what is known beside the database at `store`. What cannot be read is told and left where it
    /// is under another name: then each board is taken for the right one again when it answers first.
    pub(crate) fn read(store: Option<&Path>) -> Self {
        let path = store.map(path_of);
        let boards = path.as_deref().map(read).unwrap_or_default();
        Self(Arc::new(Inner { path, boards: Mutex::new(boards), changed: Notify::new() }))
    }

    /// The board that a device is, if it has answered before.
    pub(crate) fn of(&self, device: &Hostname) -> Option<MacAddress> {
        self.lock().get(device.as_str()).copied()
    }

    /// A device has a session: the board is the one that is known, or registered, or the first. It is
    /// remembered; a registered one also for the time when it is registered no longer.
    pub(crate) fn note(&self, device: &Hostname, mac: MacAddress) {
        let mut boards = self.lock();
        if boards.get(device.as_str()) != Some(&mac) {
            boards.insert(device.to_string(), mac);
            drop(boards);
            tracing::info!(%device, %mac, "the board is remembered: another one is not commanded");
            self.0.changed.notify_one();
        }
    }

    /// An admin says that a device is another board now.
    pub(crate) fn accept(&self, device: &Hostname, mac: MacAddress) {
        self.lock().insert(device.to_string(), mac);
        self.0.changed.notify_one();
    }

    /// A device is no longer registered: whoever has its name next is another one.
    pub(crate) fn forget(&self, device: &Hostname) {
        if self.lock().remove(device.as_str()).is_some() {
            self.0.changed.notify_one();
        }
    }

    /// Keeps the file up to date for good.
    pub(crate) async fn keep(self) {
        let Some(path) = self.0.path.clone() else { return };
        loop {
            self.0.changed.notified().await;
            // Several that came together are written together.
            let (boards, path) = (self.lock().clone(), path.clone());
            match spawn_blocking(move || write(&path, &boards)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(
                    %error,
                    alert = "known_boards_not_written",
                    "after a restart the boards that answer first are taken for the right ones"
                ),
                Err(_) => return,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, MacAddress>> {
        // A std lock: held for a look-up, never across an await.
        self.0.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn path_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".boards.json");
    name.into()
}

fn read(path: &Path) -> BTreeMap<String, MacAddress> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return BTreeMap::new(),
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "the known boards cannot be read");
            return BTreeMap::new();
        }
    };
    match serde_json::from_slice::<BTreeMap<String, String>>(&bytes) {
        Ok(texts) => {
            let board = |(name, mac): (String, String)| Some((name, mac.parse().ok()?));
            texts.into_iter().filter_map(board).collect()
        }
        Err(error) => {
            let aside = path.with_extension("json.unreadable");
            let kept = fs::rename(path, &aside).is_ok();
            tracing::error!(path = %path.display(), %error, kept, "the known boards cannot be read");
            BTreeMap::new()
        }
    }
}

/// Replaces the file: whatever happens, there is the old one or the new one.
fn write(path: &Path, boards: &BTreeMap<String, MacAddress>) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the file has no folder"))?;
    let texts: BTreeMap<&str, String> =
        boards.iter().map(|(name, mac)| (name.as_str(), mac.to_string())).collect();
    let mut bytes = serde_json::to_vec_pretty(&texts)?;
    bytes.push(b'\n');
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(text: &str) -> MacAddress {
        text.parse().unwrap()
    }

    #[test]
    fn the_board_that_has_a_session_stays_until_another_is_accepted_or_the_device_goes() {
        let boards = KnownBoards::read(None);
        let device: Hostname = "ir-1".parse().unwrap();
        let (first, second) = (mac("025e4d000001"), mac("025e4d000002"));
        assert_eq!(boards.of(&device), None);
        boards.note(&device, first);
        assert_eq!(boards.of(&device), Some(first));
        boards.accept(&device, second);
        assert_eq!(boards.of(&device), Some(second));
        // It was registered with this one, and answers.
        boards.note(&device, first);
        assert_eq!(boards.of(&device), Some(first));
        boards.forget(&device);
        assert_eq!(boards.of(&device), None);
    }

    #[test]
    fn what_was_written_is_read_and_what_is_broken_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_of(&folder.path().join("venue.db"));
        assert_eq!(read(&path), BTreeMap::new());
        let boards = BTreeMap::from([("ir-1".to_owned(), mac("025e4d000001"))]);
        write(&path, &boards).unwrap();
        assert_eq!(read(&path), boards);
        fs::write(&path, "{").unwrap();
        assert_eq!(read(&path), BTreeMap::new());
        assert!(!path.exists() && path.with_extension("json.unreadable").exists());
    }
}
