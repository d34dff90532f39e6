//! `venuectl system`, `stats` and `device logs`: what the venue does for itself, and remembers.

use venue_api::{DeviceLog, FirmwareInventory, Statistics, SystemTaskList, SystemTaskStatus};
use venue_domain::Hostname;

use super::{device_path, ensure_known, venue};
use crate::{
    cli::{StatsArgs, SystemCommand},
    client::{Answer, Client},
    clock::Clock,
    error::Failure,
    exit::Exit,
    format::or_none,
    output::{Report, Warning},
    table,
};

pub(super) async fn run(client: &Client, command: &SystemCommand) -> Result<Report, Failure> {
    match command {
        SystemCommand::Tasks => {
            let path = "/api/v1/system/tasks";
            let Answer { document, value } = client.get::<SystemTaskList>(path).await?;
            let clock = venue::shown_clock(client).await;
            let header = ["TASK", "RUNS", "LAST RUN", "NEXT RUN", "STATE"];
            let table = table::rows(header, value.items.iter().map(|task| row(task, clock)));
            Ok(Report { document, table, warning: None })
        }
        SystemCommand::Get(arg) => {
            let path = format!("/api/v1/system/tasks/{}", arg.task);
            let answer = client.get(&path).await?;
            Ok(shown(answer, venue::shown_clock(client).await))
        }
        SystemCommand::Run(arg) => {
            let path = format!("/api/v1/system/tasks/{}/run", arg.task);
            let Answer { document, value } = client.post_empty::<SystemTaskStatus>(&path).await?;
            let table = format!(
                "{0} was started; its commands for devices are queued, and sent a little later: \
                 `venuectl system get {0}` shows the result\n",
                value.task
            );
            Ok(Report { document, table, warning: None })
        }
    }
}

fn row(task: &SystemTaskStatus, clock: &Clock) -> [String; 5] {
    let every = match (task.every_s, &task.cron, &task.zone) {
        (Some(every), _, _) => format!("every {every} s"),
        (None, Some(cron), Some(zone)) => format!("{cron} ({zone})"),
        (None, _, _) => "on request".to_owned(),
    };
    let state = match (task.running, task.failed, task.last_run) {
        (true, _, _) => "running",
        (false, _, _) if task.waiting => "waiting",
        (false, true, _) => "failed",
        (false, false, None) => "not run yet",
        (false, false, Some(_)) => "done",
    };
    [
        task.task.clone(),
        every,
        clock.time(task.last_run),
        clock.time(task.next_run),
        state.to_owned(),
    ]
}

fn shown(answer: Answer<SystemTaskStatus>, clock: &Clock) -> Report {
    let Answer { document, value } = answer;
    let result = serde_json::to_string_pretty(&value.result).unwrap_or_default();
    let table = format!("{}\n{result}\n", row(&value, clock).join("  "));
    let message = format!("{} failed", value.task);
    let warning = value.failed.then_some(Warning { exit: Exit::Failed, message });
    Report { document, table, warning }
}

pub(super) async fn logs(client: &Client, device: &Hostname) -> Result<Report, Failure> {
    let path = device_path(device, "/log");
    let Answer { document, value } = client.get::<DeviceLog>(&path).await?;
    let clock = venue::shown_clock(client).await;
    let rows = value.lines.into_iter().map(|line| [clock.seconds(line.at), line.line]);
    Ok(Report { document, table: table::rows(["WHEN", "LINE"], rows), warning: None })
}

pub(super) async fn firmware(client: &Client) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<FirmwareInventory>("/api/v1/firmware").await?;
    if value.checked_at.is_none() {
        let table = "not checked yet: `venuectl system run firmware_check`\n".to_owned();
        return Ok(Report { document, table, warning: None });
    }
    let rows = value.devices.into_iter().map(|device| {
        let project = [device.project_name, device.project_version].map(Option::unwrap_or_default);
        let update = match (device.known, device.update) {
            (false, _) => "unknown: no session yet".to_owned(),
            (true, Some(update)) if update.available => format!("{} is available", update.latest),
            (true, Some(_)) => "up to date".to_owned(),
            (true, None) => "not reported by the board".to_owned(),
        };
        let project = project.join(" ");
        [
            device.hostname,
            or_none(device.esphome_version.as_deref()),
            or_none(Some(project.trim()).filter(|project| !project.is_empty())),
            or_none(device.model.as_deref()),
            or_none(device.compilation_time.as_deref()),
            update,
        ]
    });
    let table =
        table::rows(["HOSTNAME", "ESPHOME", "PROJECT", "MODEL", "COMPILED", "UPDATE"], rows);
    Ok(Report { document, table, warning: None })
}

pub(super) async fn stats(client: &Client, args: &StatsArgs) -> Result<Report, Failure> {
    let mut path = format!("/api/v1/statistics?group={}", args.group);
    if args.from.is_none() && args.to.is_none() {
        path.push_str(&format!("&days={}", args.days));
    }
    let device = args.device.as_ref().map(Hostname::as_str);
    let named = [("from", args.from.as_deref()), ("to", args.to.as_deref()), ("hostname", device)];
    for (name, value) in named {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={value}"));
        }
    }
    let Answer { document, value } = client.get::<Statistics>(&path).await?;
    if let (true, Some(device)) = (value.items.is_empty(), &args.device) {
        ensure_known(client, device).await?;
    }
    let all = || "all".to_owned();
    let rows = value.items.into_iter().map(|one| {
        let mean =
            one.avg_execution_time_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"));
        [
            one.date.unwrap_or_else(all),
            one.hostname.unwrap_or_else(all),
            one.command.unwrap_or_else(all),
            one.command_class.unwrap_or_else(all),
            one.completed.to_string(),
            one.failed.to_string(),
            one.expired.to_string(),
            one.unknown.to_string(),
            one.superseded.to_string(),
            one.cancelled.to_string(),
            mean,
        ]
    });
    let header = [
        "DAY",
        "DEVICE",
        "COMMAND",
        "CLASS",
        "DELIVERED",
        "FAILED",
        "EXPIRED",
        "UNKNOWN",
        "SUPERSEDED",
        "CANCELLED",
        "MEAN",
    ];
    let mut table = table::rows(header, rows);
    if value.more {
        table.push_str("not all are shown: ask for fewer days, one --device or another --group\n");
    }
    Ok(Report { document, table, warning: None })
}
