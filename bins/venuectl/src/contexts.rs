//! Contexts: the venues that somebody administers, each under a name, in a file of theirs.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use snafu::{OptionExt, ResultExt};

use crate::error::{
    ContextsSnafu, FileSnafu, InputError, NoContextSnafu, NoHomeSnafu, WriteContextsSnafu,
    WriteSnafu,
};

/// All contexts, and which one is used where nothing else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contexts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    #[serde(default)]
    pub(crate) contexts: BTreeMap<String, Context>,
}

/// One venue: where its daemon is, and how one shows who one is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    /// As `--server` takes it.
    pub(crate) server: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
}

impl Contexts {
    /// What the file of this user says; nothing where there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or is wrong.
    pub(crate) fn load() -> Result<Self, InputError> {
        path().map_or_else(|| Ok(Self::default()), |path| Self::load_from(&path))
    }

    fn load_from(path: &Path) -> Result<Self, InputError> {
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error| ContextsSnafu { path, reason: error.message() }.build()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).context(FileSnafu { path }),
        }
    }

    /// Writes the file of this user, which nobody else reads.
    ///
    /// # Errors
    /// The user has no home, or the file cannot be written.
    pub(crate) fn save(&self) -> Result<PathBuf, InputError> {
        let path = path().context(NoHomeSnafu)?;
        self.save_to(&path)?;
        Ok(path)
    }

    fn save_to(&self, path: &Path) -> Result<(), InputError> {
        let text = toml::to_string(self).context(WriteContextsSnafu)?;
        if let Some(folder) = path.parent() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.context(WriteSnafu { path: folder })?;
        }
        // Whole or not at all: the others would be lost with it.
        let new = path.with_extension("toml.new");
        // One that was left behind.
        let _gone: io::Result<()> = fs::remove_file(&new);
        SecretFile::new(&new)?.finish(&text)?;
        fs::rename(&new, path).context(WriteSnafu { path })
    }

    /// The context that is called so.
    ///
    /// # Errors
    /// None is.
    pub(crate) fn named(&self, name: &str) -> Result<&Context, InputError> {
        let known = || match self.contexts.is_empty() {
            true => "there is none yet".to_owned(),
            false => format!(
                "there are {}",
                self.contexts.keys().cloned().collect::<Vec<_>>().join(", ")
            ),
        };
        self.contexts.get(name).with_context(|| NoContextSnafu { name, known: known() })
    }
}

/// A new file that only its owner reads.
#[derive(Debug)]
pub(crate) struct SecretFile {
    path: PathBuf,
    file: File,
}

impl SecretFile {
    /// Makes it, empty.
    ///
    /// # Errors
    /// It is there already, or cannot be made.
    pub(crate) fn new(path: &Path) -> Result<Self, InputError> {
        let made = OpenOptions::new().write(true).mode(0o600).create_new(true).open(path);
        Ok(Self { path: path.to_owned(), file: made.context(WriteSnafu { path })? })
    }

    /// Writes what it is for, and returns where it is.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn finish(mut self, text: &str) -> Result<PathBuf, InputError> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        written.context(WriteSnafu { path: &self.path })?;
        Ok(self.path)
    }

    /// Takes it away: there is nothing to write.
    pub(crate) fn discard(self) {
        // An empty file that stays is harmless.
        let _gone: io::Result<()> = fs::remove_file(&self.path);
    }
}

/// The folder of the contexts and of what belongs to them; it is made where there is none.
///
/// # Errors
/// The user has no home, or it cannot be made.
pub(crate) fn folder() -> Result<PathBuf, InputError> {
    let path = path().context(NoHomeSnafu)?;
    let folder = path.parent().unwrap_or(&path);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.context(WriteSnafu { path: folder })?;
    Ok(folder.to_owned())
}

/// `$XDG_CONFIG_HOME/venuectl/config.toml`, or below `~/.config`.
fn path() -> Option<PathBuf> {
    // A relative one is to be ignored, says the specification.
    let set =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(folder.join("venuectl").join("config.toml"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn contexts_are_kept_in_a_file_that_only_their_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a").join("config.toml");
        assert_eq!(Contexts::load_from(&path).unwrap(), Contexts::default());
        let (server, ca) = ("https://oak.lan:8443".to_owned(), None);
        let oak = Context { server, token_file: Some("/home/a/oak.token".into()), ca };
        let contexts =
            Contexts { current: Some("oak".into()), contexts: [("oak".to_owned(), oak)].into() };
        for _ in 0..2 {
            contexts.save_to(&path).unwrap();
            assert_eq!(Contexts::load_from(&path).unwrap(), contexts);
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left over"
        );
    }

    #[test]
    fn a_wrong_file_is_named_with_what_is_wrong_and_an_unknown_name_with_those_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "currnet = \"oak\"\n").unwrap();
        let told = Contexts::load_from(&path).unwrap_err().to_string();
        assert!(told.contains("config.toml") && told.contains("currnet"), "{told}");
        fs::write(&path, "[contexts.oak]\nserver = \"http://oak:1\"\n").unwrap();
        let contexts = Contexts::load_from(&path).unwrap();
        assert_eq!(contexts.named("oak").unwrap().server, "http://oak:1");
        let told = contexts.named("elm").unwrap_err().to_string();
        assert!(told.contains("elm") && told.contains("there are oak"), "{told}");
    }

    #[test]
    fn a_secret_is_written_into_no_file_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chief.token");
        SecretFile::new(&path).unwrap().finish("ven_1\n").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let told = SecretFile::new(&path).unwrap_err().to_string();
        assert!(told.contains("chief.token"), "{told}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "ven_1\n");
    }
}
