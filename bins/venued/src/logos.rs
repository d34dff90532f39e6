//! The folder with the logos of the channels, beside the database: a file for each channel.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;
use venue_domain::BoxFuture;
use venue_http::{LogoControl, LogoError, MAX_LOGO_BYTES};
use venue_registry::Label;

/// More channels than this have no logo: 32 MiB at most.
const MOST: usize = 500;

const ENDING: &str = ".logo";

/// The folder. It is made when the first logo is kept.
#[derive(Clone, Debug)]
pub(crate) struct Logos(Option<PathBuf>);

impl Logos {
    /// In `logos` beside the database, which may be absent: then there is no place for any.
    pub(crate) fn beside(database: Option<&Path>) -> Self {
        Self(database.map(|path| path.with_file_name("logos")))
    }

    /// Does `work` with the folder where it may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T, LogoError> + Send + 'static,
    ) -> Result<T, LogoError> {
        let Some(folder) = self.0.clone() else {
            let reason = "without a database the daemon has no place for them".to_owned();
            return Err(LogoError::Unusable { reason });
        };
        let done = spawn_blocking(move || work(&folder)).await;
        done.map_err(|error| LogoError::Unusable { reason: error.to_string() })?
    }
}

impl LogoControl for Logos {
    fn channels(&self) -> BoxFuture<'_, Result<Vec<Label>, LogoError>> {
        Box::pin(async move {
            if self.0.is_none() {
                return Ok(Vec::new());
            }
            self.blocking(|folder| found(folder).map_err(|error| unusable(&error))).await
        })
    }

    fn read(&self, channel: Label) -> BoxFuture<'_, Result<Option<Bytes>, LogoError>> {
        Box::pin(self.blocking(move |folder| {
            read(&path_of(folder, &channel)).map_err(|error| unusable(&error))
        }))
    }

    fn write(&self, channel: Label, image: Bytes) -> BoxFuture<'_, Result<(), LogoError>> {
        Box::pin(self.blocking(move |folder| write(folder, &channel, &image)))
    }

    fn remove(&self, channel: Label) -> BoxFuture<'_, Result<bool, LogoError>> {
        Box::pin(
            self.blocking(move |folder| remove(folder, &channel).map_err(|error| unusable(&error))),
        )
    }
}

fn unusable(error: &io::Error) -> LogoError {
    LogoError::Unusable { reason: error.to_string() }
}

/// A label has neither a dot nor a slash: it names a file of this folder and no other.
fn path_of(folder: &Path, channel: &Label) -> PathBuf {
    folder.join(format!("{channel}{ENDING}"))
}

/// The channels that have one. Files of others in the folder do not count.
fn found(folder: &Path) -> io::Result<Vec<Label>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut channels = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let channel = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        channels.extend(channel.and_then(|channel| channel.parse::<Label>().ok()));
    }
    channels.sort();
    Ok(channels)
}

/// What is longer than a logo can be is cut, and is none then.
fn read(path: &Path) -> io::Result<Option<Bytes>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_LOGO_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(Bytes::from(bytes)))
}

/// Whole or not at all, also over a loss of power.
fn write(folder: &Path, channel: &Label, image: &[u8]) -> Result<(), LogoError> {
    let path = path_of(folder, channel);
    if !path.exists() && found(folder).map_err(|error| unusable(&error))?.len() >= MOST {
        return Err(LogoError::Full { most: MOST });
    }
    let kept = || {
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(image)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        File::open(folder)?.sync_all()
    };
    kept().map_err(|error| unusable(&error))
}

fn remove(folder: &Path, channel: &Label) -> io::Result<bool> {
    match fs::remove_file(path_of(folder, channel)) {
        Ok(()) => File::open(folder)?.sync_all().map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Label {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_logo_is_kept_replaced_and_removed_and_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("venue.db");
        let logos = Logos::beside(Some(&database));
        assert_eq!(logos.channels().await, Ok(Vec::new()), "nothing is made by looking");
        assert!(!folder.path().join("logos").exists());
        for image in [&b"one"[..], b"another"] {
            logos.write(label("news"), Bytes::from_static(image)).await.unwrap();
            let again = Logos::beside(Some(&database));
            assert_eq!(again.read(label("news")).await.unwrap().unwrap(), image);
        }
        logos.write(label("a"), Bytes::from_static(b"x")).await.unwrap();
        fs::write(folder.path().join("logos/README.txt"), "of others").unwrap();
        assert_eq!(logos.channels().await.unwrap(), [label("a"), label("news")]);
        assert_eq!(logos.remove(label("news")).await, Ok(true));
        assert_eq!(logos.remove(label("news")).await, Ok(false));
        assert_eq!(logos.read(label("news")).await, Ok(None));
    }

    #[tokio::test]
    async fn there_are_only_so_many_and_one_that_is_there_can_still_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let logos = Logos::beside(Some(&folder.path().join("venue.db")));
        for number in 0..MOST {
            let path = path_of(&folder.path().join("logos"), &label(&format!("c{number}")));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let more = logos.write(label("more"), Bytes::from_static(b"x")).await;
        assert_eq!(more, Err(LogoError::Full { most: MOST }));
        assert_eq!(logos.write(label("c7"), Bytes::from_static(b"y")).await, Ok(()));
    }

    #[tokio::test]
    async fn without_a_database_there_is_no_place_and_no_logo() {
        let logos = Logos::beside(None);
        assert_eq!(logos.channels().await, Ok(Vec::new()));
        let told = logos.write(label("a"), Bytes::new()).await.unwrap_err().to_string();
        assert!(told.contains("without a database"), "{told}");
    }
}
