//! `venuectl source`: what screens show where that is not the tuner of the TV.

use serde_json::{Map, Value, json};
use venue_api::{ConfigItem, ScreenRef, SentTo, SharedTarget, SourceList, SourceView};
use venue_domain::PortId;
use venue_registry::Kind;

use super::{config, meant};
use crate::{
    cli::{SourceCommand, SourceSettings},
    client::{Answer, Client},
    error::Failure,
    exit::Exit,
    format::or_none,
    output::Report,
    table::{
        self,
        Column::{Always, Wide},
    },
};

pub(super) async fn run(client: &Client, command: &SourceCommand) -> Result<Report, Failure> {
    match command {
        SourceCommand::List => list(client).await,
        SourceCommand::Set(settings) => set(client, settings).await,
        SourceCommand::Remove(arg) => config::remove(client, Kind::Source, &arg.id).await,
    }
}

async fn list(client: &Client) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<SourceList>("/api/v1/sources").await?;
    let row = |source: &SourceView| {
        let screens: Vec<String> = source.screens.iter().map(at).collect();
        [
            source.id.clone(),
            or_none(source.name.as_deref()),
            format!("{}/{}", source.hostname, source.port),
            or_none(source.platform.as_deref()),
            or_none(source.via.as_deref()),
            or_none(source.channel.as_deref()),
            or_none(source.presence.map(|presence| presence.to_string()).as_deref()),
            source.order.to_string(),
            or_none(Some(&screens.join(", "))),
        ]
    };
    let header = [
        Always("ID"),
        Always("NAME"),
        Always("PORT"),
        Always("PLATFORM"),
        Always("VIA"),
        Always("CHANNEL"),
        Wide("STATE"),
        Wide("ORDER"),
        Always("SCREENS"),
    ];
    let table = table::columns(header, value.items.iter().map(row), client.view().is_wide());
    Ok(Report { document, table, warning: None })
}

/// A screen as it is typed.
pub(super) fn at(screen: &ScreenRef) -> String {
    format!("{}/{}", screen.hostname, screen.port)
}

/// A target, and the source that receives its command in its place.
pub(super) fn sent(target: String, sent_to: Option<&SentTo>) -> String {
    match sent_to {
        Some(SentTo { source, .. }) => format!("{target} > {source}"),
        None => target,
    }
}

/// The screens that a command changes beside its target, as a line below a table; nothing if there are none.
pub(super) fn also_changes<'s>(screens: impl IntoIterator<Item = &'s ScreenRef>) -> String {
    let named = |screen: &ScreenRef| match &screen.name {
        Some(name) => format!("{} ({name})", at(screen)),
        None => at(screen),
    };
    let mut all: Vec<String> = screens.into_iter().map(named).collect();
    all.sort();
    all.dedup();
    match all.is_empty() {
        true => String::new(),
        false => format!("also changes {}: the same source\n", all.join(", ")),
    }
}

/// What needs no command of its own, as the row of a target: where, and with which target it shares one.
pub(super) fn shared(one: &SharedTarget) -> (String, String) {
    let target = format!("{}/{}", one.hostname, one.port);
    let what = match &one.channel {
        Some(channel) => format!("{} {channel}", one.command),
        None => one.command.clone(),
    };
    (
        sent(target, Some(&one.sent_to)),
        format!("{what} is sent once, with {}", at(&one.shared_with)),
    )
}

/// Changes the source if there is one, otherwise adds it.
async fn set(client: &Client, settings: &SourceSettings) -> Result<Report, Failure> {
    let id = settings.id.to_string();
    let port = match &settings.port {
        Some(tv) => Some(meant::place(client, tv).await?),
        None => None,
    };
    let fields = fields(settings, port.as_ref());
    let known = client.get::<ConfigItem>(&format!("/api/v1/config/{}/{id}", Kind::Source)).await;
    match known {
        Ok(_) => config::set_fields(client, Kind::Source, &id, &fields).await,
        Err(failure) if failure.exit() == Exit::NotFound => {
            let mut value = fields;
            value.insert("id".to_owned(), json!(id));
            let path = format!("/api/v1/config/{}", Kind::Source);
            config::shown(client.create(&path, &value).await?)
        }
        Err(failure) => Err(failure),
    }
}

fn fields(settings: &SourceSettings, port: Option<&PortId>) -> Map<String, Value> {
    let given = [
        ("port", port.map(|port| json!({"hostname": port.device, "port": port.port.number()}))),
        ("name", settings.name.as_ref().map(|name| json!(name))),
        ("via", settings.via.as_ref().map(|via| json!(via))),
        ("order", settings.order.map(|order| json!(order))),
    ];
    let given = given.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?)));
    given.collect()
}
