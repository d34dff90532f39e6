//! Endpoints about infrared codes: files to import, and the library to choose from.

use http::StatusCode;
use venue_api::{
    ConfigChange, ImportBody, ImportFinding, Imported, LibraryItem, LibraryList, UtcTime,
};
use venue_auth::Need;
use venue_infrared::{
    CodeSet, KeyName, SetId, SetSource,
    import::{Finding, Format, Import, ImportSource},
    starter_set, starter_sets,
};
use venue_registry::{Document, Edit, Expected, Kind, Registry};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    body,
    endpoint::{Body, Endpoint, Inspect, Request, SizeLimit, get, post},
    handler::{
        code_sets::{self, unusable, wrong},
        config, document,
    },
    library::{LibraryFile, LibraryWanted},
    query::LibraryQuery,
    reply::Reply,
    venue::Edited,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/infrared/library", Need::Read, "Infrared code sets to choose from")
            .details(
                "The sets that come with the daemon, and the files of the folder `infrared.library` of its \
                 configuration.",
            )
            .query::<LibraryQuery>()
            .answers::<LibraryList>(StatusCode::OK)
            .to(library),
        post("/api/v1/infrared/import", Need::Configure, "Make a code set from a file")
            .details(
                "Without `apply` nothing is saved: the answer says what the set would be, what is dropped and why, \
                 and what a person should know.",
            )
            .body::<ImportBody>()
            .answers::<Imported>(StatusCode::OK)
            .to(import),
    ]
}

impl Body for ImportBody {
    const SIZE_LIMIT: SizeLimit = SizeLimit::Document;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        serde_json::from_slice::<Self>(bytes).ok().map(|body| Box::new(body) as _)
    }
}

impl Inspect for ImportBody {
    fn summary(&self) -> String {
        let from = self.starter.as_deref().or(self.file.as_deref()).unwrap_or("a text");
        let dry = if self.apply { "" } else { " (dry run)" };
        format!("import {from}{dry}")
    }

    fn is_dry_run(&self) -> bool {
        !self.apply
    }

    fn ports(&self, _hostname: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

/// `GET /api/v1/infrared/library`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn library<S: AppTypes>(request: Request<S, (), LibraryQuery>) -> Result<Reply, ApiError> {
    let (app, query) = (&*request.app, request.query()?);
    let kind = query.kind.as_deref().map(code_sets::kind).transpose()?;
    let wanted = LibraryWanted {
        make: query.make.clone().unwrap_or_default(),
        model: query.model.clone().unwrap_or_default(),
        kind,
        after: query.after.clone(),
        limit: query.limit.get() as usize,
    };
    // They stand on the first page.
    let starters = starter_sets().iter().filter(|_| wanted.after.is_none());
    let mut items: Vec<LibraryItem> =
        starters.filter(|set| is_wanted(set, &wanted)).map(starter_item).collect();
    let Some(found) = app.library.find(wanted).await else {
        return Ok(Reply::ok(&LibraryList {
            items,
            next_cursor: None,
            files: None,
            is_cut: false,
        }));
    };
    let page = found.map_err(|error| unusable("library", &error))?;
    let next_cursor = page.files.last().filter(|_| page.has_more).map(|last| last.path.clone());
    items.extend(page.files.into_iter().map(file_item));
    let files = Some(page.count);
    Ok(Reply::ok(&LibraryList { items, next_cursor, files, is_cut: page.is_cut }))
}

fn is_wanted(set: &CodeSet, wanted: &LibraryWanted) -> bool {
    let has = |text: &str, part: &str| text.to_lowercase().contains(&part.trim().to_lowercase());
    let model = wanted.model.as_str();
    has(&set.make, &wanted.make)
        && (has(set.id.as_str(), model) || set.models.iter().any(|name| has(name, model)))
        && wanted.kind.is_none_or(|kind| kind == set.kind)
}

fn starter_item(set: &CodeSet) -> LibraryItem {
    LibraryItem {
        starter: Some(set.id.to_string()),
        file: None,
        make: Some(set.make.clone()),
        models: set.models.clone(),
        kind: Some(set.kind.to_string()),
        format: "built_in".to_owned(),
    }
}

fn file_item(file: LibraryFile) -> LibraryItem {
    LibraryItem {
        starter: None,
        file: Some(file.path),
        make: file.make,
        models: file.model.into_iter().collect(),
        kind: file.kind.map(|kind| kind.to_string()),
        format: file.format.to_string(),
    }
}

/// `POST /api/v1/infrared/import`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn import<S: AppTypes>(request: Request<S, (), (), ImportBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let body = request.body()?;
    let (set, findings) = made(app, &body).await?;
    if let Some(problem) = set.problems().into_iter().next() {
        return Err(wrong(&problem.field, problem.detail));
    }
    let registry = app.venue.registry();
    // What was read can be written.
    let value = serde_json::to_value(&set).unwrap_or_default();
    let changes = changes(&registry, &set)?;
    let id = set.id.to_string();
    let Findings { dropped, mut warnings } = findings;
    warnings.extend(set.warnings().into_iter().map(|warning| ImportFinding {
        line: None,
        what: warning.field,
        why: warning.detail,
    }));
    let answer = |revision, applied| Imported {
        set: value.clone(),
        dropped,
        warnings,
        changes,
        applied,
        revision,
    };
    if !body.apply {
        return Ok(Reply::ok(&answer(registry.revision(), false)));
    }
    let kind = Kind::CodeSet;
    let edit = match body.revision {
        Some(revision) => Edit::Replace {
            kind,
            id: id.clone(),
            value: value.clone(),
            expected: Expected::Revision(revision),
        },
        None => Edit::Create { kind, value: value.clone() },
    };
    Ok(match config::edited(app, edit, "imported", &id, context).await {
        Ok(Edited { registry, .. }) => Reply::ok(&answer(registry.revision(), true)),
        Err(refused) => refused,
    })
}

/// What the registry would say of the set, as of a document with nothing else in it.
fn changes(registry: &Registry, set: &CodeSet) -> Result<Vec<ConfigChange>, ApiError> {
    let document = Document { codesets: vec![set.clone()], ..Document::default() };
    let changes = document.diff(registry, false);
    let changes = changes.map_err(|error| wrong("id", error.to_string()))?;
    Ok(changes.into_iter().map(document::shown).collect())
}

/// What was found beside the keys.
#[derive(Default)]
struct Findings {
    dropped: Vec<ImportFinding>,
    warnings: Vec<ImportFinding>,
}

/// The set that a body asks for.
async fn made<S: AppTypes>(
    app: &App<S>,
    body: &ImportBody,
) -> Result<(CodeSet, Findings), ApiError> {
    let given = [&body.text, &body.file, &body.starter].into_iter().flatten().count();
    if given != 1 {
        return Err(wrong("text", "give exactly one of text, file and starter".to_owned()));
    }
    if let Some(id) = &body.starter {
        let known =
            || starter_sets().iter().map(|set| set.id.as_str()).collect::<Vec<_>>().join(", ");
        let set = starter_set(id);
        let set = set.ok_or_else(|| {
            wrong("starter", format!("there is no such set: there are {}", known()))
        })?;
        return Ok((with_words(set.clone(), body)?, Findings::default()));
    }
    let (import, path, format) = match &body.file {
        Some(file) => {
            let (file, import) =
                code_sets::of_file(app, file, body.format.as_deref(), body.remote.as_deref())
                    .await?;
            (import, Some(file.path), file.format)
        }
        None => of_text(body)?,
    };
    let today = UtcTime(app.wall().shown(app.now())).to_string().chars().take(10).collect();
    let licence = body.licence.clone();
    let origin = SetSource { format: format.to_string(), file: path, licence, when: Some(today) };
    set_of(import, origin, body)
}

/// What a text holds, the path that it is said to have, and its format.
fn of_text(body: &ImportBody) -> Result<(Import, Option<String>, Format), ApiError> {
    let (text, path) = (body.text.clone().unwrap_or_default(), body.path.clone());
    let format = code_sets::format(body.format.as_deref())?.or_else(|| Format::guess(&text));
    let format = format.ok_or_else(|| {
        wrong("format", "the text is of no format that is known: name it".to_owned())
    })?;
    let mut source = ImportSource::new(format, &text);
    if let Some(path) = &path {
        source = source.at_path(path);
    }
    if let Some(remote) = &body.remote {
        source = source.of_remote(remote);
    }
    let import = source.read().map_err(|error| wrong("text", error.to_string()))?;
    Ok((import, path, format))
}

fn set_of(
    mut import: Import,
    origin: SetSource,
    body: &ImportBody,
) -> Result<(CodeSet, Findings), ApiError> {
    let finding = |Finding { line, what, why }: Finding| ImportFinding {
        line: line.and_then(|line| u64::try_from(line).ok()),
        what,
        why,
    };
    let make = body.make.clone().or_else(|| import.make.take()).ok_or_else(|| {
        wrong("make", "the file does not say the make of the appliance: name it".to_owned())
    })?;
    let words = format!("{make} {}", import.models.first().map_or("", String::as_str));
    let id = SetId::from_words(&words)
        .ok_or_else(|| wrong("id", "no id can be made from the make: name it".to_owned()))?;
    let findings = Findings {
        dropped: import.dropped.drain(..).map(finding).collect(),
        warnings: import.warnings.drain(..).map(finding).collect(),
    };
    Ok((with_words(import.into_set(id, make, origin), body)?, findings))
}

/// The set as the body calls it and its keys.
fn with_words(mut set: CodeSet, body: &ImportBody) -> Result<CodeSet, ApiError> {
    if let Some(id) = &body.id {
        set.id = id
            .parse()
            .map_err(|error: venue_infrared::SetIdError| wrong("id", error.to_string()))?;
    }
    if let Some(make) = &body.make {
        set.make.clone_from(make);
    }
    if let Some(models) = &body.models {
        set.models.clone_from(models);
    }
    if let Some(word) = &body.kind {
        set.kind = code_sets::kind(word)?;
    }
    for (old, new) in &body.rename {
        rename(&mut set, old, new)?;
    }
    Ok(set)
}

fn rename(set: &mut CodeSet, old: &str, new: &str) -> Result<(), ApiError> {
    let field = format!("rename.{old}");
    let code = set.keys.remove(old);
    let code = code.ok_or_else(|| wrong(&field, "the file has no such key".to_owned()))?;
    let own = set.overrides.remove(old);
    if new.is_empty() {
        return Ok(());
    }
    let name: KeyName = new
        .parse()
        .map_err(|error: venue_infrared::KeyNameError| wrong(&field, error.to_string()))?;
    if set.keys.contains_key(&name) {
        return Err(wrong(&field, format!("there is a key {name} already")));
    }
    if let Some(own) = own {
        set.overrides.insert(name.clone(), own);
    }
    set.keys.insert(name, code);
    Ok(())
}
