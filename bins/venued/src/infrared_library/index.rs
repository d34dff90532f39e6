//! The index over a folder of infrared code files: make, model and kind of each, by its path.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::IgnoredAny};
use snafu::{ResultExt, Snafu};
use venue_infrared::{
    ApplianceKind,
    import::{Format, MAX_TEXT_BYTES, PathHints},
};

/// The most files that are indexed: five times the largest public database.
pub(super) const MAX_FILES: usize = 50_000;

/// The most folders that are looked into.
const MAX_FOLDERS: usize = 20_000;

/// How deep folders are nested at most.
const MAX_DEPTH: usize = 12;

/// The longest path that is kept, in bytes.
const MAX_PATH_BYTES: usize = 512;

/// Why a folder cannot be indexed.
#[derive(Debug, Snafu)]
pub(super) enum IndexError {
    /// It cannot be listed.
    #[snafu(display("the folder {} cannot be read", path.display()))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The files of a folder, ordered by path.
#[derive(Debug, Default)]
pub(super) struct Index {
    files: Vec<IndexedFile>,
    /// The makes; files name theirs by its place.
    makes: Vec<Box<str>>,
    /// Whether files were left out because there are too many.
    pub(super) is_cut: bool,
}

/// One file.
#[derive(Debug)]
struct IndexedFile {
    /// From the folder on, with `/`.
    path: Box<str>,
    make: Option<u32>,
    model: Option<Box<str>>,
    kind: Option<ApplianceKind>,
    format: Format,
}

/// What is searched for; nothing matches everything. The case does not count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'w> {
    /// A part of the make.
    pub(super) make: &'w str,
    /// A part of the model or of the path.
    pub(super) model: &'w str,
    pub(super) kind: Option<ApplianceKind>,
}

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: String,
    pub(super) make: Option<String>,
    pub(super) model: Option<String>,
    pub(super) kind: Option<ApplianceKind>,
    pub(super) format: Format,
}

impl Index {
    /// Reads the names of all files below `folder`. Links are not followed, so nothing outside of it is
    /// listed; files that cannot be read are left out.
    ///
    /// # Errors
    /// [`IndexError`] if the folder itself cannot be listed.
    pub(super) fn build(folder: &Path) -> Result<Self, IndexError> {
        let mut index = Self::default();
        let mut makes = BTreeMap::new();
        let mut folders = vec![(folder.to_path_buf(), String::new(), 0)];
        let mut seen_folders = 0;
        while let Some((path, prefix, depth)) = folders.pop() {
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(source) if depth == 0 => return Err(source).context(FolderSnafu { path }),
                Err(_) => continue,
            };
            for entry in entries.flatten() {
                let Ok(kind) = entry.file_type() else { continue };
                let name = entry.file_name();
                let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
                    continue;
                };
                let inner =
                    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
                let may_open = depth < MAX_DEPTH && seen_folders < MAX_FOLDERS;
                let is_too_much = inner.len() > MAX_PATH_BYTES
                    || kind.is_dir() && !may_open
                    || kind.is_file() && index.files.len() >= MAX_FILES;
                if is_too_much {
                    index.is_cut = true;
                } else if kind.is_dir() {
                    seen_folders += 1;
                    folders.push((entry.path(), inner, depth + 1));
                } else if kind.is_file()
                    && let Some(format) = format_of(name)
                {
                    index.add(&mut makes, &entry.path(), &inner, format);
                }
            }
        }
        index.files.sort_by(|one, other| one.path.cmp(&other.path));
        index.files.shrink_to_fit();
        Ok(index)
    }

    fn add(&mut self, makes: &mut BTreeMap<String, u32>, file: &Path, path: &str, format: Format) {
        let mut hints = PathHints::of(format, path);
        if format == Format::SmartIr {
            // Its files are numbers: make and models stand inside.
            let Some(inside) = inside(file) else { return };
            hints = inside;
        }
        let PathHints { make, model, kind } = hints;
        let make = make.map(|make| {
            let next = u32::try_from(self.makes.len()).unwrap_or(u32::MAX);
            *makes.entry(make).or_insert_with_key(|make| {
                self.makes.push(make.as_str().into());
                next
            })
        });
        let model = model.map(String::into_boxed_str);
        self.files.push(IndexedFile { path: path.into(), make, model, kind, format });
    }

    /// How many files there are.
    pub(super) const fn len(&self) -> usize {
        self.files.len()
    }

    /// The first `limit` files behind `after` that match, and whether there are more.
    pub(super) fn find(
        &self,
        wanted: Wanted<'_>,
        after: Option<&str>,
        limit: usize,
    ) -> (Vec<Found>, bool) {
        let (make, model) = (wanted.make.trim().to_lowercase(), wanted.model.trim().to_lowercase());
        let has_make: Vec<bool> =
            self.makes.iter().map(|name| name.to_lowercase().contains(&make)).collect();
        let matches = |file: &&IndexedFile| {
            let of_make = file.make.and_then(|make| has_make.get(make as usize));
            let has =
                |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains(&model));
            (make.is_empty() || of_make.is_some_and(|fits| *fits))
                && wanted.kind.is_none_or(|kind| file.kind == Some(kind))
                && (model.is_empty() || has(file.model.as_deref()) || has(Some(&file.path)))
        };
        let behind = |file: &&IndexedFile| after.is_none_or(|after| &*file.path > after);
        let mut all = self.files.iter().filter(behind).filter(matches);
        let found = all.by_ref().take(limit).map(|file| self.found(file)).collect();
        (found, all.next().is_some())
    }

    /// The file of exactly this path.
    pub(super) fn file(&self, path: &str) -> Option<Found> {
        let place = self.files.binary_search_by(|file| (*file.path).cmp(path)).ok()?;
        self.files.get(place).map(|file| self.found(file))
    }

    fn found(&self, file: &IndexedFile) -> Found {
        let make = file.make.and_then(|make| self.makes.get(make as usize));
        Found {
            path: file.path.to_string(),
            make: make.map(ToString::to_string),
            model: file.model.as_ref().map(ToString::to_string),
            kind: file.kind,
            format: file.format,
        }
    }

    /// How much memory it takes, in bytes, without what the allocator adds.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let texts = self
            .files
            .iter()
            .map(|file| file.path.len() + file.model.as_ref().map_or(0, |model| model.len()));
        let makes: usize = self.makes.iter().map(|make| make.len() + size_of::<Box<str>>()).sum();
        self.files.capacity() * size_of::<IndexedFile>() + texts.sum::<usize>() + makes
    }
}

/// The format that files of this name have; `None` for others.
fn format_of(name: &str) -> Option<Format> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "ir" => Some(Format::Flipper),
        "csv" => Some(Format::Irdb),
        "json" => Some(Format::SmartIr),
        "conf" | "lircd" => Some(Format::Lirc),
        _ => None,
    }
}

/// Make and first model of a file of SmartIR; `None` if it is none for media players.
fn inside(file: &Path) -> Option<PathHints> {
    #[derive(Deserialize)]
    struct Head {
        manufacturer: String,
        #[serde(rename = "supportedModels", default)]
        models: Vec<String>,
        commands: BTreeMap<String, IgnoredAny>,
    }
    let text = BufReader::new(File::open(file).ok()?.take(MAX_TEXT_BYTES as u64));
    let Head { manufacturer, models, commands } = serde_json::from_reader(text).ok()?;
    // Air conditioners have modes in the place of keys.
    let keys = ["volumeUp", "mute", "sources", "on"];
    keys.iter().any(|key| commands.contains_key(*key)).then(|| PathHints {
        make: Some(manufacturer),
        model: models.into_iter().next(),
        kind: None,
    })
}

#[cfg(test)]
mod tests;
