//! `venuectl system`, `stats` and `device logs`: what the venue does for itself, and remembers.

use venue_api::{DeviceLog, Statistics, SystemTaskList, SystemTaskStatus};
use venue_domain::Hostname;

use super::device_path;
use crate::{
    cli::{StatsArgs, SystemCommand},
    client::{Answer, Client},
    error::Failure,
    exit::Exit,
    output::{Report, Shortfall},
    table,
    words::{seconds, time},
};

pub(super) async fn run(client: &Client, command: &SystemCommand) -> Result<Report, Failure> {
    match command {
        SystemCommand::Tasks => {
            let path = "/api/v1/system/tasks";
            let Answer { document, value } = client.get::<SystemTaskList>(path).await?;
            let header = ["TASK", "EVERY", "LAST RUN", "NEXT RUN", "STATE"];
            let table = table::rows(header, value.items.iter().map(row));
            Ok(Report { document, table, shortfall: None })
        }
        SystemCommand::Get(arg) => {
            let path = format!("/api/v1/system/tasks/{}", arg.task);
            Ok(shown(client.get(&path).await?))
        }
        SystemCommand::Run(arg) => {
            let path = format!("/api/v1/system/tasks/{}/run", arg.task);
            let Answer { document, value } = client.order::<SystemTaskStatus>(&path).await?;
            let table = format!(
                "{0} runs in its turn; `venuectl system get {0}` shows what it found\n",
                value.task
            );
            Ok(Report { document, table, shortfall: None })
        }
    }
}

fn row(task: &SystemTaskStatus) -> [String; 5] {
    let every = task.every_s.map_or_else(|| "when asked".to_owned(), |every| format!("{every} s"));
    let state = match (task.running, task.failed, task.last_run) {
        (true, _, _) => "runs",
        (false, _, _) if task.waiting => "waits for its turn",
        (false, true, _) => "failed",
        (false, false, None) => "not run yet",
        (false, false, Some(_)) => "done",
    };
    [task.task.clone(), every, time(task.last_run), time(task.next_run), state.to_owned()]
}

fn shown(answer: Answer<SystemTaskStatus>) -> Report {
    let Answer { document, value } = answer;
    let result = serde_json::to_string_pretty(&value.result).unwrap_or_default();
    let table = format!("{}\n{result}\n", row(&value).join("  "));
    let words = format!("{} failed", value.task);
    let shortfall = value.failed.then_some(Shortfall { exit: Exit::Failed, words });
    Report { document, table, shortfall }
}

pub(super) async fn logs(client: &Client, device: &Hostname) -> Result<Report, Failure> {
    let path = device_path(device, "/log");
    let Answer { document, value } = client.get::<DeviceLog>(&path).await?;
    let rows = value.lines.into_iter().map(|line| [seconds(line.at).to_string(), line.line]);
    Ok(Report { document, table: table::rows(["WHEN", "LINE"], rows), shortfall: None })
}

pub(super) async fn stats(client: &Client, args: &StatsArgs) -> Result<Report, Failure> {
    let path = format!("/api/v1/statistics?days={}", args.days);
    let Answer { document, value } = client.get::<Statistics>(&path).await?;
    let rows = value.items.into_iter().map(|one| {
        let mean =
            one.avg_execution_time_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"));
        [
            one.date,
            one.hostname,
            one.command,
            one.completed.to_string(),
            one.not_completed.to_string(),
            one.replaced.to_string(),
            mean,
        ]
    });
    let header = ["DAY", "DEVICE", "COMMAND", "DELIVERED", "NOT", "REPLACED", "MEAN"];
    Ok(Report { document, table: table::rows(header, rows), shortfall: None })
}
