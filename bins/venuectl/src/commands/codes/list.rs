//! `venuectl codes list`, `show` and `export`.

use serde::Serialize;
use serde_json::Value;
use snafu::ResultExt;
use venue_api::{ConfigItem, ConfigList, ImportBody, Imported, LibraryItem, LibraryList};
use venue_registry::CodeSet;

use crate::{
    cli::{ListCodesArgs, SetArg},
    client::{Answer, Client},
    error::{Failure, RequestBodySnafu},
    format::{harmless, or_none},
    intent::Intent,
    output::Report,
    query::encoded,
    table,
};

/// All code sets, as a document.
#[derive(Debug, Serialize)]
struct AllSets {
    /// Those of the venue.
    codesets: Vec<ConfigItem>,
    /// Those to adopt.
    library: LibraryList,
}

pub(super) async fn list(client: &Client, args: &ListCodesArgs) -> Result<Report, Failure> {
    let codesets = if args.cursor.is_some() { Vec::new() } else { own_sets(client, args).await? };
    let words = [
        ("make", args.make.clone()),
        ("model", args.model.clone()),
        ("kind", args.kind.clone()),
        ("cursor", args.cursor.clone()),
    ];
    let mut path = format!("/api/v1/infrared/library?limit={}", args.limit);
    for (name, value) in words.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        path.push_str(&format!("&{name}={}", encoded(&value)));
    }
    let library = client.get::<LibraryList>(&path).await?.value;
    let own = codesets.iter().filter_map(|item| set_of(&item.item)).map(|set| own_row(&set));
    let rows = own.chain(library.items.iter().map(library_row));
    let header = ["SET", "FROM", "MAKE", "MODELS", "KIND", "KEYS"];
    let mut table = table::rows(header, rows);
    if let Some(cursor) = &library.next_cursor {
        table.push_str(&format!("\nmore with --cursor '{}'\n", harmless(cursor)));
    }
    let all = AllSets { codesets, library };
    let document = serde_json::to_vec(&all).context(RequestBodySnafu)?.into();
    Ok(Report { document, table, warning: None })
}

/// The sets of the venue that are wanted.
async fn own_sets(client: &Client, args: &ListCodesArgs) -> Result<Vec<ConfigItem>, Failure> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/config/codesets?limit=1000{cursor}");
        let page = client.get::<ConfigList>(&path).await?.value;
        all.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={}", encoded(&next)),
            None => break,
        }
    }
    let has = |text: &str, part: &Option<String>| {
        let part = part.as_deref().unwrap_or_default().trim().to_lowercase();
        text.to_lowercase().contains(&part)
    };
    let is_wanted = |set: &CodeSet| {
        has(&set.make, &args.make)
            && (has(set.id.as_str(), &args.model)
                || set.models.iter().any(|one| has(one, &args.model)))
            && args.kind.as_ref().is_none_or(|kind| set.kind.name() == kind)
    };
    all.retain(|item| set_of(&item.item).is_some_and(|set| is_wanted(&set)));
    Ok(all)
}

fn set_of(item: &Value) -> Option<CodeSet> {
    serde_json::from_value(item.clone()).ok()
}

fn own_row(set: &CodeSet) -> [String; 6] {
    let models = or_none((!set.models.is_empty()).then(|| set.models.join(", ")).as_deref());
    [
        set.id.to_string(),
        "venue".to_owned(),
        set.make.clone(),
        models,
        set.kind.to_string(),
        set.keys.len().to_string(),
    ]
}

fn library_row(item: &LibraryItem) -> [String; 6] {
    let models = or_none((!item.models.is_empty()).then(|| item.models.join(", ")).as_deref());
    let name = item.starter.as_ref().or(item.file.as_ref());
    [
        or_none(name.map(String::as_str)),
        if item.starter.is_some() { "built in" } else { "library" }.to_owned(),
        or_none(item.make.as_deref()),
        models,
        or_none(item.kind.as_deref()),
        "-".to_owned(),
    ]
}

pub(super) async fn show(client: &Client, arg: &SetArg) -> Result<Report, Failure> {
    let (set, value) = found(client, arg).await?;
    let document = serde_json::to_vec(&value).context(RequestBodySnafu)?.into();
    Ok(Report { document, table: shown(&set), warning: None })
}

pub(super) async fn export(client: &Client, arg: &SetArg) -> Result<Report, Failure> {
    let (_, value) = found(client, arg).await?;
    let document = serde_json::to_vec(&value).context(RequestBodySnafu)?.into();
    let table = serde_json::to_string_pretty(&value).context(RequestBodySnafu)? + "\n";
    Ok(Report { document, table, warning: None })
}

/// A set of the venue, or else one to adopt, as it would be saved.
async fn found(client: &Client, arg: &SetArg) -> Result<(CodeSet, Value), Failure> {
    let starter = match &arg.set {
        Some(id) => {
            let path = format!("/api/v1/config/codesets/{}", encoded(id));
            match client.get::<ConfigItem>(&path).await {
                Ok(own) => return read(own.value.item),
                Err(Failure::Problem { problem, .. }) if problem.status == 404 => Some(id.clone()),
                Err(failure) => return Err(failure),
            }
        }
        None => None,
    };
    let body = ImportBody { starter, file: arg.file.clone(), ..ImportBody::default() };
    let Answer { value, .. } =
        client.post::<_, Imported>("/api/v1/infrared/import", &body, Intent::Reads).await?;
    read(value.set)
}

fn read(value: Value) -> Result<(CodeSet, Value), Failure> {
    let set = serde_json::from_value(value.clone()).context(RequestBodySnafu)?;
    Ok((set, value))
}

/// The set and its keys, each with what repeating it would do.
pub(super) fn shown(set: &CodeSet) -> String {
    let source = set.source.as_ref();
    let verified = set.verified.as_ref().map(|by| format!("by {}, {}", by.by, by.when));
    let facts = table::facts([
        ("set", set.id.to_string()),
        ("make", set.make.clone()),
        ("models", or_none((!set.models.is_empty()).then(|| set.models.join(", ")).as_deref())),
        ("kind", set.kind.to_string()),
        ("source", or_none(source.and_then(|source| source.file.as_deref()))),
        ("licence", or_none(source.and_then(|source| source.licence.as_deref()))),
        ("seen to work", verified.unwrap_or_else(|| "nobody has said so".to_owned())),
    ]);
    let keys = set.keys.iter().map(|(key, code)| {
        let nature = serde_json::to_value(set.nature_of(key.as_str())).unwrap_or_default();
        let nature = nature.as_str().unwrap_or_default().to_owned();
        let sends = set.sends_of(key.as_str()).map(|sends| sends.to_string());
        [key.to_string(), shortened(&code.to_string()), nature, or_none(sends.as_deref())]
    });
    let keys = table::rows(["KEY", "CODE", "NATURE", "SENDS"], keys);
    let notes = set.notes.iter().map(|note| format!("\nnote: {}\n", harmless(note)));
    format!("{facts}\n{keys}{}", notes.collect::<String>())
}

/// Recorded timings are hundreds of numbers; `-o json` has them all.
fn shortened(code: &str) -> String {
    const LONGEST: usize = 60;
    let cut: String = code.chars().take(LONGEST).collect();
    if cut.len() < code.len() { format!("{cut}...") } else { cut }
}
