//! `venuectl explain`: what a field of an item means, as the daemon describes it.

use serde_json::{Value, json};
use snafu::{ResultExt, ensure};

use crate::{
    client::Client,
    error::{Failure, NoFieldSnafu, RequestBodySnafu},
    format::or_none,
    output::Report,
    schema::{Description, Field, ITEMS},
    table,
};

pub(super) async fn run(client: &Client, path: Option<&str>) -> Result<Report, Failure> {
    let document = client.get::<Value>("/api/v1/openapi.json").await?.value;
    let description = Description::new(document);
    let Some(path) = path else { return items(&description) };
    let found = description.explain(path);
    let known = ITEMS.map(|(item, _)| item).join(", ");
    ensure!(!found.is_empty(), NoFieldSnafu { path, known });
    let table = found.iter().map(shown).collect::<Vec<_>>().join("\n");
    let items: Vec<Value> = found.iter().map(Field::document).collect();
    report(table, &json!({"items": items}))
}

fn items(description: &Description) -> Result<Report, Failure> {
    let all = ITEMS.map(|(item, schema)| [item.to_owned(), description.summary(schema)]);
    let document = all.each_ref().map(|[item, meaning]| json!({"name": item, "meaning": meaning}));
    let table = table::rows(["ITEM", "MEANING"], all);
    report(table, &json!({"items": document}))
}

fn report(table: String, document: &Value) -> Result<Report, Failure> {
    let document = serde_json::to_vec(document).context(RequestBodySnafu)?.into();
    Ok(Report { document, table, warning: None })
}

fn shown(field: &Field) -> String {
    let facts = table::facts([
        ("field", field.path.clone()),
        ("type", field.kind.clone()),
        ("allowed", or_none(Some(&field.allowed))),
        ("required", if field.is_required { "yes" } else { "no" }.to_owned()),
        ("meaning", field.meaning.clone()),
    ]);
    if field.fields.is_empty() {
        return facts;
    }
    let row = |field: &Field| {
        let name = field.path.rsplit('.').next().unwrap_or_default().to_owned();
        let required = if field.is_required { "yes" } else { "-" };
        let allowed = or_none(Some(&field.allowed));
        [name, field.kind.clone(), required.to_owned(), allowed, field.meaning.clone()]
    };
    let header = ["FIELD", "TYPE", "REQUIRED", "ALLOWED", "MEANING"];
    format!("{facts}\n{}", table::rows(header, field.fields.iter().map(row)))
}
