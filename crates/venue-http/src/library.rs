//! The folder of infrared code files that the configuration names, as HTTP sees it.

use std::{fmt, future::ready};

use snafu::Snafu;
use venue_domain::BoxFuture;
use venue_infrared::{ApplianceKind, CodeSet, import::Format};

/// The folder of infrared code files that the configuration names, as HTTP sees it.
pub trait LibraryControl: fmt::Debug + Send + Sync {
    /// The files that match; `None` if no folder is named.
    ///
    /// # Cancel safety
    /// Safe: it only reads.
    fn find(
        &self,
        wanted: LibraryWanted,
    ) -> BoxFuture<'_, Option<Result<FoundFiles, LibraryError>>>;

    /// One file, with its text; only files that [`LibraryControl::find`] can list are read.
    ///
    /// # Cancel safety
    /// Safe: it only reads.
    fn read(&self, file: String) -> BoxFuture<'_, Result<(LibraryFile, String), LibraryError>>;

    /// The code sets in the files that match, as far as they can be read; `None` if no folder is named.
    ///
    /// # Cancel safety
    /// Safe: it only reads.
    fn sets(&self, _: LibraryWanted) -> BoxFuture<'_, Option<Result<LibrarySets, LibraryError>>> {
        Box::pin(ready(None))
    }
}

/// Code sets of the library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibrarySets {
    /// The path of each file, and the set in it, ordered by path.
    pub sets: Vec<(String, CodeSet)>,
    /// How many files that match were not read, because only so many were wanted.
    pub left_out: u64,
}

/// Which files of the library are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibraryWanted {
    /// A part of the make; the case does not count.
    pub make: String,
    /// A part of the model or of the path.
    pub model: String,
    /// The kind of appliance.
    pub kind: Option<ApplianceKind>,
    /// Those behind this path.
    pub after: Option<String>,
    /// So many at most.
    pub limit: usize,
}

/// Files of the library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundFiles {
    /// They, ordered by path.
    pub files: Vec<LibraryFile>,
    /// Whether there are more.
    pub has_more: bool,
    /// How many files the folder has, whether they match or not.
    pub count: u64,
    /// Whether the folder has more files than are listed.
    pub is_cut: bool,
}

/// One file of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryFile {
    /// From the folder on.
    pub path: String,
    /// The make, if the path or the file says it.
    pub make: Option<String>,
    /// The model, if the path or the file says it.
    pub model: Option<String>,
    /// The kind of appliance, if the path says it.
    pub kind: Option<ApplianceKind>,
    /// The format.
    pub format: Format,
}

/// Why the library cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub enum LibraryError {
    /// The configuration names no folder.
    #[snafu(display(
        "no library folder is configured: name one as infrared.library in the configuration of the daemon"
    ))]
    NoFolder,
    /// The folder or the file cannot be read.
    #[snafu(display("{path} cannot be read: {reason}"))]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        reason: String,
    },
    /// The library has no such file.
    #[snafu(display(
        "the library has no file {path:?}: GET /api/v1/infrared/library lists its files"
    ))]
    NoSuchFile {
        /// The path that was given.
        path: String,
    },
}
