//! `venuectl config`, `port` and the part of `device` that registers: items of the configuration.

use serde_json::{Map, Value, json};
use snafu::{ResultExt, ensure};
use venue_api::{
    AssumedStateBody, BoardAccepted, BoardBody, ConfigItem, ConfigList, ConfigRevision, DrivenBy,
    KeyBody, KeyChanged, PortStatus, PortView,
};
use venue_domain::{Hostname, PortId};
use venue_registry::{Kind, MacAddress, Selector, VolumeAt};

use super::{document, meant, venue};
use crate::{
    cli::{ConfigCommand, KeySource, PortCommand, PortSettings},
    client::{Answer, Client},
    error::{Failure, FixedDeviceSnafu, RequestBodySnafu},
    format::{maintenance, or_none},
    output::Report,
    table::{
        self,
        Column::{Always, Wide},
    },
};

pub(super) async fn run(client: &Client, command: &ConfigCommand) -> Result<Report, Failure> {
    match command {
        ConfigCommand::List(arg) => list(client, arg.kind).await,
        ConfigCommand::Get(item) => shown(client.get(&path(item.kind.kind, &item.id)).await?),
        ConfigCommand::Add { item, fields } => {
            let mut value = object(&fields.fields);
            value.insert(item.kind.kind.id_field().to_owned(), json!(item.id));
            let path = format!("/api/v1/config/{}", item.kind.kind);
            shown(client.create(&path, &value).await?)
        }
        ConfigCommand::Set { item, fields } => {
            set_fields(client, item.kind.kind, &item.id, &object(&fields.fields)).await
        }
        ConfigCommand::Remove(item) => remove(client, item.kind.kind, &item.id).await,
    }
}

pub(super) async fn port(client: &Client, command: &PortCommand) -> Result<Report, Failure> {
    match command {
        PortCommand::List { selectors, more } => {
            list_ports(client, &[&selectors[..], &more.selectors].concat()).await
        }
        PortCommand::Set(settings) => {
            let place = meant::place(client, &settings.port).await?;
            let change = |ports: &mut Vec<Value>| {
                with_port(ports, &place, |port| set(port, settings));
            };
            edit_ports(client, &place, change).await
        }
        PortCommand::Correct { port, power, muted, channel } => {
            let assumed_state = AssumedStateBody {
                power: power.clone(),
                muted: *muted,
                channel: channel.as_ref().map(ToString::to_string),
            };
            correct(client, &meant::place(client, port).await?, &assumed_state).await
        }
        PortCommand::Clear { port } => {
            let place = meant::place(client, port).await?;
            let index = json!(place.port.number());
            edit_ports(client, &place, |ports| ports.retain(|port| port["index"] != index)).await
        }
    }
}

/// Puts what somebody saw in the place of what was assumed.
async fn correct(
    client: &Client,
    port: &PortId,
    assumed_state: &AssumedStateBody,
) -> Result<Report, Failure> {
    let path = format!("/api/v1/ports/{}/{}/assumed-state", port.device, port.port.number());
    let Answer { document, value } = client.put::<_, PortStatus>(&path, assumed_state).await?;
    let table = table::facts([
        ("power", or_none(value.last_power_state.as_deref())),
        ("channel", or_none(value.last_channel.as_deref())),
        ("muted", value.muted.map_or_else(|| "-".to_owned(), |muted| muted.to_string())),
    ]);
    Ok(Report { document, table, warning: None })
}

pub(super) async fn change_key(
    client: &Client,
    device: &Hostname,
    source: &KeySource,
) -> Result<Report, Failure> {
    set_key(client, device, key(source)?).await
}

pub(super) async fn accept(
    client: &Client,
    device: &Hostname,
    mac: MacAddress,
) -> Result<Report, Failure> {
    let path = format!("/api/v1/config/devices/{device}/board");
    let body = BoardBody { mac: mac.to_string() };
    let Answer { document, value } = client.put::<_, BoardAccepted>(&path, &body).await?;
    let withdrawn = cancelled_text(value.withdrawn);
    let table = format!("{} is now the board {}{withdrawn}\n", value.hostname, value.mac);
    Ok(Report { document, table, warning: None })
}

/// Changes fields of an item.
pub(super) async fn set_fields(
    client: &Client,
    kind: Kind,
    id: &str,
    fields: &Map<String, Value>,
) -> Result<Report, Failure> {
    let path = path(kind, id);
    let found = client.get::<ConfigItem>(&path).await?.value;
    shown(client.patch(&path, found.revision, fields).await?)
}

pub(super) async fn remove(client: &Client, kind: Kind, id: &str) -> Result<Report, Failure> {
    let path = path(kind, id);
    let found = client.get::<ConfigItem>(&path).await?.value;
    let Answer { document, value } = client.remove::<ConfigRevision>(&path, found.revision).await?;
    let withdrawn = cancelled_text(value.withdrawn);
    let table = format!("{id} was removed, revision {}{withdrawn}\n", value.revision);
    Ok(Report { document, table, warning: None })
}

fn cancelled_text(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => ", 1 waiting command was cancelled".to_owned(),
        more => format!(", {more} waiting commands were cancelled"),
    }
}

pub(super) async fn set_key(
    client: &Client,
    device: &Hostname,
    key: Option<String>,
) -> Result<Report, Failure> {
    let path = format!("/api/v1/config/devices/{device}/key");
    let answer = match key {
        Some(noise_psk) => client.put::<_, KeyChanged>(&path, &KeyBody { noise_psk }).await?,
        None => client.remove::<KeyChanged>(&path, None).await?,
    };
    let message =
        if answer.value.has_key { "has a key" } else { "has no key: its session is not encrypted" };
    let table = format!("{device} {message}\n");
    Ok(Report { document: answer.document, table, warning: None })
}

/// The key, which is not on the command line, where everybody on the machine could read it.
pub(super) fn key(source: &KeySource) -> Result<Option<String>, Failure> {
    let path = match (&source.key_file, source.key_stdin) {
        (Some(file), _) => file.as_path(),
        (None, true) => std::path::Path::new("-"),
        (None, false) => return Ok(None),
    };
    Ok(Some(document::text(path)?.trim().to_owned()))
}

async fn list(client: &Client, kind: Kind) -> Result<Report, Failure> {
    let mut all: Vec<ConfigItem> = Vec::new();
    let mut cursor = String::new();
    let revision = loop {
        let path = format!("/api/v1/config/{kind}?limit=1000{cursor}");
        let page = client.get::<ConfigList>(&path).await?.value;
        all.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break page.revision,
        }
    };
    let row = |item: &ConfigItem| {
        let revision =
            item.revision.map_or_else(|| "file".to_owned(), |revision| revision.to_string());
        [item.id.clone(), revision, summary(kind, &item.item)]
    };
    let table = table::rows(["ID", "REVISION", "FIELDS"], all.iter().map(row));
    // All pages as one document.
    let whole = ConfigList { items: all, next_cursor: None, revision };
    let document = serde_json::to_vec(&whole).context(RequestBodySnafu)?.into();
    Ok(Report { document, table, warning: None })
}

/// The fields of an item in one line. The keys of a code set are only counted: `codes show` has them.
fn summary(kind: Kind, item: &Value) -> String {
    if kind == Kind::CodeSet {
        let texts = |field: &str| item[field].as_str().unwrap_or("-").to_owned();
        let models = item["models"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let models: Vec<&str> = models.collect();
        let models = if models.is_empty() { "-".to_owned() } else { models.join(", ") };
        let keys = item["keys"].as_object().map_or(0, Map::len);
        return format!(
            "make={}  models={models}  kind={}  keys={keys}",
            texts("make"),
            texts("kind")
        );
    }
    let fields = item.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, _)| *name != kind.id_field()).map(|(name, value)| {
        let text = value.as_str().map(str::to_owned);
        let many = value.as_array().map(|all| format!("{} items", all.len()));
        let value = text.or(many).unwrap_or_else(|| value.to_string());
        format!("{name}={value}")
    });
    fields.collect::<Vec<_>>().join("  ")
}

/// Lists ports; which ones the selectors mean is for the daemon to say.
async fn list_ports(client: &Client, selectors: &[Selector]) -> Result<Report, Failure> {
    let selectors: Vec<String> = selectors.iter().map(ToString::to_string).collect();
    let Answer { document, value } = client.ports(&selectors).await?;
    let clock = venue::shown_clock(client).await;
    let row = |port: &PortView| {
        let maintained = port.maintenance.as_ref().map(|one| maintenance(one, clock));
        [
            format!("{}/{}", port.hostname, port.port),
            or_none(port.name.as_deref()),
            or_none(port.zone.as_deref()),
            port.tags.join(" "),
            or_none(port.profile.as_deref()),
            or_none(port.default_channel.as_deref()),
            or_none(port.platform.as_deref()),
            or_none(port.appliance.as_deref()),
            assumed(port),
            or_none(port.locked.as_ref().map(|_| "yes")),
            or_none(maintained.as_deref()),
            shows(port),
            driven_by(port),
        ]
    };
    let header = [
        Always("TV"),
        Always("NAME"),
        Always("ZONE"),
        Always("TAGS"),
        Always("PROFILE"),
        Always("DEFAULT"),
        Always("PLATFORM"),
        Wide("APPLIANCE"),
        Wide("ASSUMED"),
        Wide("LOCKED"),
        Wide("MAINTENANCE"),
        Always("SOURCE"),
        Always("DRIVEN BY"),
    ];
    let table = table::columns(header, value.items.iter().map(row), client.view().is_wide());
    Ok(Report { document, table, warning: None })
}

/// The assumed state of a TV, such as `on, channel 060, muted`.
fn assumed(port: &PortView) -> String {
    let Some(state) = &port.assumed else { return or_none(None) };
    let channel = state.last_channel.as_ref().map(|channel| format!("channel {channel}"));
    let muted = state.muted.filter(|muted| *muted).map(|_| "muted".to_owned());
    let parts = [state.last_power_state.clone(), channel, state.last_input.clone(), muted];
    or_none(Some(&parts.into_iter().flatten().collect::<Vec<_>>().join(", ")))
}

/// What a TV shows, or which source's port it is.
fn shows(port: &PortView) -> String {
    match (&port.source, &port.port_of_source) {
        (Some(source), _) if source.volume == VolumeAt::Source.name() => {
            format!("{} with sound", source.id)
        }
        (Some(source), _) => source.id.clone(),
        (None, Some(source)) => format!("is the box of {source}"),
        (None, None) => "-".to_owned(),
    }
}

/// What drives a TV.
fn driven_by(port: &PortView) -> String {
    match (port.driven_by, &port.codeset) {
        (DrivenBy::Codeset, Some(set)) => format!("code set {set}"),
        (DrivenBy::Codeset, None) => "a code set".to_owned(),
        (DrivenBy::Mapping, _) => "a mapping".to_owned(),
        (DrivenBy::Actions, _) => "actions of the board".to_owned(),
    }
}

/// Refuses a device whose ports cannot be changed here.
pub(super) async fn editable_device(client: &Client, device: &Hostname) -> Result<(), Failure> {
    let found = client.get::<ConfigItem>(&path(Kind::Device, device.as_str())).await?.value;
    let device = device.clone();
    ensure!(!found.fixed, FixedDeviceSnafu { device });
    Ok(())
}

/// Changes the ports of one device, as it was read.
pub(super) async fn edit_ports(
    client: &Client,
    port: &PortId,
    edit: impl FnOnce(&mut Vec<Value>),
) -> Result<Report, Failure> {
    let path = path(Kind::Device, port.device.as_str());
    let found = client.get::<ConfigItem>(&path).await?.value;
    let mut ports = found.item["ports"].as_array().cloned().unwrap_or_default();
    edit(&mut ports);
    shown(client.patch(&path, found.revision, &json!({"ports": ports})).await?)
}

/// The port among those of its device; it is added if nothing was there.
pub(super) fn with_port(
    ports: &mut Vec<Value>,
    port: &PortId,
    change: impl FnOnce(&mut Map<String, Value>),
) {
    let index = json!(port.port.number());
    let place = ports.iter().position(|port| port["index"] == index);
    let place = place.unwrap_or_else(|| {
        ports.push(json!({"index": index}));
        ports.len() - 1
    });
    if let Some(Value::Object(port)) = ports.get_mut(place) {
        change(port);
    }
}

fn set(port: &mut Map<String, Value>, settings: &PortSettings) {
    let texts = [
        ("name", settings.name.clone()),
        ("appliance", settings.appliance.clone()),
        ("zone", settings.zone.as_ref().map(ToString::to_string)),
        ("profile", settings.profile.as_ref().map(ToString::to_string)),
        ("default_channel", settings.default_channel.as_ref().map(ToString::to_string)),
        ("codeset", settings.codeset.as_ref().map(ToString::to_string)),
        ("emitter", settings.emitter.clone()),
        ("platform", settings.platform.clone()),
        ("source", settings.source.clone().filter(|source| !source.is_empty())),
        ("volume", settings.volume.map(|volume| volume.name().to_owned())),
    ];
    if settings.source.as_deref() == Some("") {
        // What has no source has the sound itself.
        port.remove("source");
        port.remove("volume");
    }
    for (field, value) in texts {
        if let Some(value) = value {
            port.insert(field.to_owned(), json!(value));
        }
    }
    if !settings.tags.is_empty() {
        port.insert("tags".to_owned(), json!(settings.tags));
    }
}

fn object(fields: &[(String, Value)]) -> Map<String, Value> {
    fields.iter().cloned().collect()
}

fn path(kind: Kind, id: &str) -> String {
    format!("/api/v1/config/{kind}/{id}")
}

pub(super) fn shown(answer: Answer<ConfigItem>) -> Result<Report, Failure> {
    let Answer { document, value } = answer;
    let revision = value
        .revision
        .map_or_else(|| "from the configuration file".to_owned(), |revision| revision.to_string());
    let item = serde_json::to_string_pretty(&value.item).unwrap_or_default();
    let table = format!("{}, revision {revision}\n{item}\n", value.id);
    Ok(Report { document, table, warning: None })
}
