//! `venuectl diff` and `apply`: the whole configuration as one document.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use serde_json::Value;
use snafu::ResultExt;
use venue_api::{ApplyBody, ConfigChange, ConfigChanges};

use crate::{
    cli::{ApplyOptions, DocumentFile},
    client::{Answer, Client},
    error::{Failure, FileSnafu, InputError, UnconfirmedSnafu, YamlSnafu},
    exit::Exit,
    intent::Intent,
    output::{Report, Warning},
    table,
};

pub(super) async fn diff(client: &Client, file: &DocumentFile) -> Result<Report, Failure> {
    let body = body(file)?;
    let answer = client.post("/api/v1/config/diff", &body, Intent::Reads).await?;
    let mut report = changes(answer);
    if report.table != NONE {
        let message = "the configuration differs from the document".to_owned();
        report.warning = Some(Warning { exit: Exit::Failed, message });
    }
    Ok(report)
}

pub(super) async fn apply(client: &Client, options: &ApplyOptions) -> Result<Report, Failure> {
    let body = body(&options.document)?;
    if options.dry_run {
        return Ok(changes(client.post("/api/v1/config/diff", &body, Intent::Reads).await?));
    }
    if body.prune && !options.yes {
        let what = "--prune removes items that the document does not name";
        return Ok(UnconfirmedSnafu { what }.fail()?);
    }
    Ok(changes(client.post("/api/v1/config/apply", &body, Intent::Manages).await?))
}

/// What would change or has changed.
pub(super) fn changes(answer: Answer<ConfigChanges>) -> Report {
    let Answer { document, value } = answer;
    let sign = |change: &str| match change {
        "added" => "+",
        "removed" => "-",
        _ => "~",
    };
    let rows = value
        .changes
        .iter()
        .map(|change| [sign(&change.change).to_owned(), change.item.clone(), from_to(change)]);
    let rows: Vec<_> = rows.collect();
    let table = if rows.is_empty() {
        NONE.to_owned()
    } else {
        let end = if value.applied { "applied" } else { "nothing was changed" };
        format!(
            "{}{end}, revision {}\n",
            table::rows(["", "ITEM", "FROM -> TO"], rows),
            value.revision
        )
    };
    Report { document, table, warning: None }
}

/// Such as `name: "Bar" -> "Main bar"; ports[2].zone: "bar" -> none`.
fn from_to(change: &ConfigChange) -> String {
    let text = |value: &Value| if value.is_null() { "none".to_owned() } else { value.to_string() };
    let values = change.values.iter();
    let values = values.map(|v| format!("{}: {} -> {}", v.field, text(&v.old), text(&v.new)));
    values.collect::<Vec<_>>().join("; ")
}

fn body(file: &DocumentFile) -> Result<ApplyBody, Failure> {
    Ok(ApplyBody { document: read(&file.file)?, prune: file.prune, revision: None })
}

/// Reads YAML, which JSON is as well.
fn read(path: &Path) -> Result<Value, InputError> {
    let text = text(path)?;
    serde_saphyr::from_str(&text)
        .map_err(|error| YamlSnafu { path, reason: first_line(&error.to_string()) }.build())
}

/// What is wrong, without the excerpt of the file that follows.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// The text of a file, or of standard input for `-`.
pub(super) fn text(path: &Path) -> Result<String, InputError> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        let read = io::stdin().read_to_string(&mut text);
        return read.map(|_| text).context(FileSnafu { path });
    }
    fs::read_to_string(path).context(FileSnafu { path })
}

const NONE: &str = "no difference\n";
