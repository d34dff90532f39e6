//! `venuectl device`: what is known of devices, and how to find one.

use venue_api::{
    Action, Capabilities, CommandAnswer, CommandPage, DeviceList, DeviceStatus, DiagnosticBody,
    Entity, Firmware, Found, Health, Port,
};
use venue_domain::{Hostname, SignalCode};
use venue_registry::Kind;

use super::{answer, command, config, device_path, discover, system, venue};
use crate::{
    cli::DeviceCommand,
    client::{Answer, Client},
    clock::Clock,
    error::Failure,
    exit::Exit,
    format::{age, evidence, harmless, or_none, plain, state},
    intent::Intent,
    output::{Report, Warning},
    table::{
        self,
        Column::{Always, Wide},
    },
};

pub(super) async fn run(client: &Client, command: &DeviceCommand) -> Result<Report, Failure> {
    match command {
        DeviceCommand::List => list(client).await,
        DeviceCommand::Get(arg) => get(client, &arg.device).await,
        DeviceCommand::Identify { board, code } => identify(client, board, *code).await,
        DeviceCommand::Ping(arg) => ping(client, &arg.device).await,
        DeviceCommand::Capabilities(arg) => capabilities(client, &arg.device).await,
        DeviceCommand::Commands { device, limit } => commands(client, &device.device, *limit).await,
        DeviceCommand::Logs(arg) => system::logs(client, &arg.device).await,
        DeviceCommand::Firmware => system::firmware(client).await,
        DeviceCommand::Discover => discover::run(client).await,
        DeviceCommand::Adopt(args) => discover::adopt(client, args).await,
        DeviceCommand::Remove(arg) => {
            config::remove(client, Kind::Device, arg.device.as_str()).await
        }
        DeviceCommand::Accept { device, mac } => config::accept(client, &device.device, *mac).await,
        DeviceCommand::Key { device, key } => config::change_key(client, &device.device, key).await,
    }
}

async fn list(client: &Client) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<DeviceList>("/api/v1/devices").await?;
    let clock = venue::shown_clock(client).await;
    let row = |device: DeviceStatus| {
        let (state, evidence) = (state(&device, clock), evidence(&device));
        let tvs = device.ports.len().to_string();
        let address = or_none(address(&device));
        let firmware = device.firmware.as_ref();
        let mac = or_none(firmware.and_then(|firmware| firmware.mac.as_deref()));
        let version = or_none(firmware.map(|firmware| firmware.esphome_version.as_str()));
        let name = or_none(device.name.as_deref());
        let waiting = device.lane.waiting.to_string();
        [device.hostname, name, tvs, address, mac, version, waiting, evidence, state]
    };
    // The state comes last: with its cause it may be long, and only its own line then is.
    let header = [
        Always("HOSTNAME"),
        Always("NAME"),
        Always("TVS"),
        Wide("ADDRESS"),
        Wide("MAC"),
        Wide("ESPHOME"),
        Wide("WAITING"),
        Always("EVIDENCE"),
        Always("STATE"),
    ];
    let table = table::columns(header, value.items.into_iter().map(row), client.view().is_wide());
    Ok(Report { document, table, warning: None })
}

async fn get(client: &Client, device: &Hostname) -> Result<Report, Failure> {
    let answer = client.get::<DeviceStatus>(&device_path(device, "")).await?;
    let clock = venue::shown_clock(client).await;
    Ok(Report { document: answer.document, table: one_device(&answer.value, clock), warning: None })
}

fn one_device(device: &DeviceStatus, clock: &Clock) -> String {
    let next_try = device.next_try_ms.map(|ms| format!("in {}", age(ms)));
    let lane = &device.lane;
    let in_flight = lane.in_flight.as_deref().map(|id| format!(", {id} in flight"));
    let facts = table::facts([
        ("hostname", device.hostname.clone()),
        ("name", or_none(device.name.as_deref())),
        ("state", state(device, clock)),
        ("next try", or_none(next_try.as_deref())),
        ("evidence", evidence(device)),
        ("address", or_none(address(device))),
        ("firmware", or_none(device.firmware.as_ref().map(firmware).as_deref())),
        ("lane", format!("{} waiting{}", lane.waiting, in_flight.unwrap_or_default())),
    ]);
    if device.ports.is_empty() {
        return facts;
    }
    let row = |port: &Port| {
        let Port { port, name, zone, default_channel } = port;
        let texts = [name, zone, default_channel].map(|text| or_none(text.as_deref()));
        let [name, zone, default_channel] = texts;
        [format!("{}/{port}", device.hostname), name, zone, default_channel]
    };
    let header = ["TV", "NAME", "ZONE", "DEFAULT CHANNEL"];
    format!("{facts}\n{}", table::rows(header, device.ports.iter().map(row)))
}

/// Where its session goes, or should: what is wrong may be just that.
fn address(device: &DeviceStatus) -> Option<&str> {
    device.address.as_deref().or(device.registered_address.as_deref())
}

/// Such as `smartvenue.blaster 2 on esp01_1m, ESPHome 2026.10.2, API 1.14`.
fn firmware(firmware: &Firmware) -> String {
    let Firmware { esphome_version, api_version, model, .. } = firmware;
    let Firmware { project_name, project_version, compilation_time, .. } = firmware;
    let project = format!("{project_name} {project_version}");
    let model = or_none(Some(model));
    let compiled = match compilation_time.as_str() {
        "" => String::new(),
        time => format!(", compiled {time}"),
    };
    format!(
        "{} on {model}, ESPHome {esphome_version}, API {api_version}{compiled}",
        or_none(Some(project.trim()))
    )
}

async fn identify(client: &Client, board: &Hostname, code: SignalCode) -> Result<Report, Failure> {
    let body = DiagnosticBody { digit: Some(code.value().into()) };
    let path = device_path(board, "/diagnostic");
    Ok(answer::report(client.post::<_, CommandAnswer>(&path, &body, Intent::Acts).await?))
}

async fn ping(client: &Client, device: &Hostname) -> Result<Report, Failure> {
    let answer = client.get::<Health>(&device_path(device, "/health")).await?;
    let Answer { document, value: health } = answer;
    let round_trip = health.round_trip_ms.map(age);
    let row = [
        health.hostname.clone(),
        health.found.to_string(),
        or_none(round_trip.as_deref()),
        health.presence.to_string(),
        or_none(health.cause.as_deref().map(plain).as_deref()),
    ];
    let header = ["HOSTNAME", "FOUND", "ROUND TRIP", "STATE", "CAUSE"];
    let table = table::rows(header, [row]);
    Ok(Report { document, table, warning: no_life(&health) })
}

fn no_life(health: &Health) -> Option<Warning> {
    let Health { hostname, presence, .. } = health;
    let message = match health.found {
        Found::Answered => return None,
        Found::Silent => format!("{hostname} has a session and did not answer in time"),
        Found::NoSession => match health.cause.as_deref().map(plain) {
            Some(cause) => format!("{hostname} is {presence}: {cause}"),
            None => format!("{hostname} is {presence}: it has no session"),
        },
    };
    Some(Warning { exit: Exit::Failed, message: harmless(&message) })
}

async fn commands(client: &Client, device: &Hostname, limit: u32) -> Result<Report, Failure> {
    let path = device_path(device, &format!("/commands?limit={limit}"));
    let Answer { document, value } = client.get::<CommandPage>(&path).await?;
    let clock = venue::shown_clock(client).await;
    Ok(Report {
        document,
        table: command::list(&value.items, clock, client.view().is_wide()),
        warning: None,
    })
}

async fn capabilities(client: &Client, device: &Hostname) -> Result<Report, Failure> {
    let answer = client.get::<Capabilities>(&device_path(device, "/capabilities")).await?;
    let Answer { document, value } = answer;
    let facts = table::facts([
        ("hostname", value.hostname),
        ("firmware", firmware(&value.firmware)),
        ("mac", or_none(value.firmware.mac.as_deref())),
        ("friendly name", or_none(Some(&value.firmware.friendly_name))),
    ]);
    let omitted = match value.omitted {
        0 => String::new(),
        omitted => format!(
            "\n{omitted} more actions and entities are not shown: the device lists too many\n"
        ),
    };
    let actions = table::rows(["ACTION", "REPLIES"], value.actions.iter().map(action));
    let entity = |entity: Entity| [entity.kind, entity.name, or_none(Some(&entity.object_id))];
    let header = ["ENTITY", "NAME", "OBJECT ID"];
    let entities = table::rows(header, value.entities.into_iter().map(entity));
    let table = format!("{facts}\n{actions}\n{entities}{omitted}");
    Ok(Report { document, table, warning: None })
}

/// Such as `tv_channel(port: int, channel: int)`.
fn action(action: &Action) -> [String; 2] {
    let arguments = action.arguments.iter();
    let arguments = arguments.map(|argument| format!("{}: {}", argument.name, argument.r#type));
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    let replies = if action.replies { "yes" } else { "no" };
    [format!("{}({arguments})", action.name), replies.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::device;
    use venue_api::Presence;

    #[test]
    fn a_device_without_ports_and_firmware_has_no_gaps() {
        let table = "hostname  ir-1\n\
                     name      Main bar\n\
                     state     misconfigured: wrong key\n\
                     next try  -\n\
                     evidence  never heard\n\
                     address   10.0.0.1:6053\n\
                     firmware  -\n\
                     lane      0 waiting\n";
        let mut device = device(Presence::Misconfigured, Some("wrong_key"));
        device.registered_address = Some("10.0.0.1:6053".into());
        assert_eq!(one_device(&device, &Clock::default()), table);
        device.address = Some("10.0.0.2:6053".into());
        assert!(
            one_device(&device, &Clock::default()).contains("address   10.0.0.2:6053\n"),
            "where it goes now"
        );
    }

    #[test]
    fn a_firmware_that_says_little_reads_well() {
        let bare = Firmware {
            esphome_version: "2026.10.2".into(),
            api_version: "1.14".into(),
            model: String::new(),
            project_name: String::new(),
            project_version: String::new(),
            compilation_time: String::new(),
            mac: None,
            friendly_name: String::new(),
        };
        assert_eq!(firmware(&bare), "- on -, ESPHome 2026.10.2, API 1.14");
    }
}
