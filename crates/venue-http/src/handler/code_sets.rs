//! The code sets that there are: those of the venue, those that come with the daemon, and the files of the
//! library folder.

use std::borrow::Cow;

use venue_api::SetFrom;
use venue_infrared::{
    ApplianceKind, CodeSet,
    import::{Format, Import, ImportSource},
    starter_set, starter_sets,
};
use venue_registry::Registry;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    library::{LibraryError, LibraryFile, LibraryWanted},
};

/// A code set that an appliance may obey.
pub(super) struct Candidate<'r> {
    pub(super) set: Cow<'r, CodeSet>,
    pub(super) from: SetFrom,
    /// Its path, if it is a file of the library.
    pub(super) file: Option<String>,
}

/// The most files that are read at once: the largest folder of one make in the public databases has fewer.
const MAX_FILES: usize = 400;

/// The sets of a make and a kind, those of the venue first; and how many files were left out.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn candidates<'r, S: AppTypes>(
    app: &App<S>,
    registry: &'r Registry,
    make: Option<&str>,
    kind: Option<ApplianceKind>,
) -> Result<(Vec<Candidate<'r>>, u64), ApiError> {
    let is_wanted = |set: &CodeSet| {
        make.is_none_or(|make| set.make.eq_ignore_ascii_case(make.trim()))
            && kind.is_none_or(|kind| set.kind == kind)
    };
    let known = known(registry).filter(|(set, _)| is_wanted(set));
    let known = known.map(|(set, from)| Candidate { set: Cow::Borrowed(set), from, file: None });
    let mut all: Vec<Candidate<'r>> = known.collect();
    let make = make.unwrap_or_default().trim().to_owned();
    let wanted = LibraryWanted { make, limit: MAX_FILES, ..LibraryWanted::default() };
    let Some(read) = app.library.sets(wanted).await else { return Ok((all, 0)) };
    let read = read.map_err(|error| unusable("library", &error))?;
    let files = read.sets.into_iter().filter(|(_, set)| is_wanted(set)).map(|(path, set)| {
        Candidate { set: Cow::Owned(set), from: SetFrom::File, file: Some(path) }
    });
    all.extend(files);
    Ok((all, read.left_out))
}

/// The sets of the venue, and those that come with the daemon but for those that the venue has by their names.
pub(super) fn known(registry: &Registry) -> impl Iterator<Item = (&CodeSet, SetFrom)> {
    let own = registry.codesets().map(|listed| (&listed.value, SetFrom::Venue));
    let has = |set: &CodeSet| registry.codeset(set.id.as_str()).is_some();
    let built_in = starter_sets().iter().filter(move |set| !has(set));
    own.chain(built_in.map(|set| (set, SetFrom::BuiltIn)))
}

/// The set of the venue that is called so, or else one that comes with the daemon.
pub(super) fn named<'r>(registry: &'r Registry, id: &str) -> Result<&'r CodeSet, ApiError> {
    let own = registry.codeset(id);
    own.or_else(|| starter_set(id)).ok_or_else(|| {
        let detail = format!(
            "there is no code set {id:?} in the venue, nor one that comes with the daemon: \
             GET /api/v1/infrared/library lists those"
        );
        wrong("codeset", detail)
    })
}

/// What a file of the library holds, read as `format` if one is named.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn of_file<S: AppTypes>(
    app: &App<S>,
    path: &str,
    format: Option<&str>,
    remote: Option<&str>,
) -> Result<(LibraryFile, Import), ApiError> {
    let format = self::format(format)?;
    let read = app.library.read(path.to_owned()).await;
    let (mut file, text) = read.map_err(|error| unusable("file", &error))?;
    file.format = format.unwrap_or(file.format);
    let mut source = ImportSource::new(file.format, &text).at_path(&file.path);
    if let Some(remote) = remote {
        source = source.of_remote(remote);
    }
    let import = source.read().map_err(|error| wrong("file", error.to_string()))?;
    Ok((file, import))
}

/// A format by its name.
pub(super) fn format(word: Option<&str>) -> Result<Option<Format>, ApiError> {
    let named = word.map(str::parse::<Format>).transpose();
    named.map_err(|error| wrong("format", error.to_string()))
}

/// A kind of appliance by its name.
pub(super) fn kind(word: &str) -> Result<ApplianceKind, ApiError> {
    let found = ApplianceKind::ALL.into_iter().find(|kind| kind.name() == word);
    found.ok_or_else(|| wrong("kind", format!("give tv, box, projector or audio, not {word:?}")))
}

pub(super) fn unusable(field: &str, error: &LibraryError) -> ApiError {
    wrong(field, error.to_string())
}

pub(super) fn wrong(field: &str, detail: String) -> ApiError {
    ApiError::InvalidItem { field: field.to_owned(), detail }
}
