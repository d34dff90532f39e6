//! `venuectl doctor`: what stands between an administrator and a working venue, each with a remedy.

use serde::Serialize;
use snafu::ResultExt;
use venue_api::{
    AlertList, ConfigWarning, ConfigWarnings, DeviceList, Maintenance, MaintenanceList, Mode,
    Presence, QueueHealth, ServiceStatus, WhoAmI,
};

use super::events::{NAMED, what_is_wrong};
use crate::{
    client::Client,
    error::{Failure, RequestBodySnafu},
    exit::Exit,
    output::{Report, Warning},
    table,
};

/// What one check found.
#[derive(Debug, Serialize)]
struct Finding {
    ok: bool,
    /// Worth knowing, although nothing is wrong.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    note: bool,
    what: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    remedy: String,
}

/// All that was found, as a document.
#[derive(Debug, Serialize)]
struct Examined<'a> {
    /// Whether nothing needs attention.
    healthy: bool,
    findings: &'a [Finding],
    status: ServiceStatus,
}

impl Finding {
    fn ok(what: String) -> Self {
        Self { ok: true, note: false, what, remedy: String::new() }
    }

    fn note(what: String) -> Self {
        Self { ok: true, note: true, what, remedy: String::new() }
    }

    fn bad(what: String, remedy: &str) -> Self {
        Self { ok: false, note: false, what, remedy: remedy.to_owned() }
    }
}

pub(super) async fn run(client: &Client) -> Result<Report, Failure> {
    // Without an answer there is nothing to examine, and the failure says what to do.
    let status = client.get::<ServiceStatus>("/api/v1/status").await?;
    let mut findings = vec![Finding::ok(format!(
        "the daemon answers at {}: version {}",
        client.server(),
        status.value.version
    ))];
    findings.push(match status.value.mode {
        Mode::Normal => Finding::ok("the store is in use".to_owned()),
        Mode::DirectOnly => Finding::bad(
            "the store cannot be used: direct commands only".to_owned(),
            "see the daemon's log for the cause: disk full, permissions, another process",
        ),
    });
    findings.push(who(client).await?);
    findings.extend(devices(client).await?);
    findings.extend(maintained(client).await?);
    findings.extend(warnings(client).await?);
    findings.push(queue(client).await);
    let alerts = client.get::<AlertList>("/api/v1/alerts").await?.value;
    let alerts = alerts.items.into_iter();
    findings.extend(alerts.map(|alert| Finding::bad(what_is_wrong(&alert, NAMED), &alert.advice)));
    report(status.value, findings)
}

async fn who(client: &Client) -> Result<Finding, Failure> {
    let who = client.get::<WhoAmI>("/api/v1/whoami").await?.value;
    Ok(match (who.name, who.role) {
        (Some(name), role) => Finding::ok(format!("you are {name}, {}", role.unwrap_or_default())),
        (None, _) => Finding::bad(
            "everybody who reaches the daemon may do everything".to_owned(),
            "`venuectl token create NAME --role admin`; from then on a token is needed",
        ),
    })
}

async fn devices(client: &Client) -> Result<Vec<Finding>, Failure> {
    let devices = client.get::<DeviceList>("/api/v1/devices").await?.value.items;
    if devices.is_empty() {
        let what = "no device is registered".to_owned();
        return Ok(vec![Finding::bad(
            what,
            "`venuectl device discover` lists boards, `venuectl device adopt HOST` registers one",
        )]);
    }
    let online = devices.iter().filter(|device| device.online).count();
    let mut findings = Vec::new();
    let summary = match devices.len() {
        1 => format!("{online} of 1 device is online"),
        all => format!("{online} of {all} devices are online"),
    };
    // That a board does not answer on which somebody works is no fault.
    let mut missing = devices.iter().filter(|device| !device.online);
    if missing.any(|device| device.maintenance.is_none()) {
        findings.push(Finding::bad(summary, "`venuectl device list` says which, and why"));
    } else {
        findings.push(Finding::ok(summary));
    }
    for device in devices.iter().filter(|device| device.presence == Presence::Misconfigured) {
        let cause = device.cause.clone().unwrap_or_default();
        let what = format!("{} answers, but is refused: {cause}", device.hostname);
        findings.push(Finding::bad(what, "compare its name, MAC address and key"));
    }
    let bare = devices.iter().filter(|device| device.ports.is_empty());
    findings.extend(bare.map(|device| {
        let what = format!("no TV is registered on {}", device.hostname);
        Finding::bad(what, "`venuectl port set HOST/PORT --name NAME --zone ZONE`")
    }));
    Ok(findings)
}

/// Where somebody works: no alert comes from there.
async fn maintained(client: &Client) -> Result<Vec<Finding>, Failure> {
    let items = client.get::<MaintenanceList>("/api/v1/maintenance").await?.value.items;
    let told = |Maintenance { id, reason, .. }: Maintenance| {
        let why = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        Finding::note(format!(
            "{id} is under maintenance{why}: that it does not answer is no alert"
        ))
    };
    Ok(items.into_iter().map(told).collect())
}

/// What the configuration may do that nobody wants. Some of it cannot be helped, so that it is no fault.
async fn warnings(client: &Client) -> Result<Vec<Finding>, Failure> {
    let warnings = client.get::<ConfigWarnings>("/api/v1/config/warnings").await?.value.items;
    let told =
        |one: ConfigWarning| Finding::note(format!("{}, {}: {}", one.item, one.field, one.detail));
    Ok(warnings.into_iter().map(told).collect())
}

async fn queue(client: &Client) -> Finding {
    match client.get::<QueueHealth>("/queue/health").await {
        Ok(health) if health.value.healthy => {
            Finding::ok(format!("the queue is healthy: {} due", health.value.pending_count))
        }
        Ok(health) => Finding::bad(
            format!(
                "the queue is not healthy: {} due, {} stuck",
                health.value.pending_count, health.value.stuck_commands
            ),
            "`venuectl queue list` shows the commands, `venuectl why` explains one",
        ),
        Err(failure) => Finding::bad(
            format!("the queue cannot be checked: {failure}"),
            "see the other findings",
        ),
    }
}

fn report(status: ServiceStatus, findings: Vec<Finding>) -> Result<Report, Failure> {
    let bad = findings.iter().filter(|finding| !finding.ok).count();
    let examined = Examined { healthy: bad == 0, findings: &findings, status };
    let document = serde_json::to_vec(&examined).context(RequestBodySnafu)?.into();
    let rows = findings.into_iter().map(|finding| {
        let mark = match (finding.ok, finding.note) {
            (false, _) => "!!",
            (true, true) => "note",
            (true, false) => "ok",
        };
        [mark.to_owned(), finding.what, finding.remedy]
    });
    let table = table::rows(["", "WHAT", "WHAT TO DO"], rows);
    let message =
        format!("{bad} {} attention", if bad == 1 { "thing needs" } else { "things need" });
    let warning = (bad > 0).then_some(Warning { exit: Exit::Failed, message });
    Ok(Report { document, table, warning })
}
