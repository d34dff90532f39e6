//! What a batch would send: nothing is queued.

use venue_api::{BatchPlan, BulkBody, PlannedTarget};

use super::source;
use crate::{
    client::{Answer, Client},
    error::Failure,
    exit::Exit,
    intent::Intent,
    output::{Report, Warning},
    table,
};

/// The targets, a row each.
pub(super) fn table<'p>(planned: impl IntoIterator<Item = &'p PlannedTarget>) -> String {
    table::rows(HEADER, planned.into_iter().map(row))
}

const HEADER: [&str; 4] = ["TARGET", "LANE", "SENT AFTER", "CALL"];

pub(super) async fn run(client: &Client, body: &BulkBody) -> Result<Report, Failure> {
    let answer = client.post::<_, BatchPlan>("/api/v1/batches", body, Intent::Reads).await?;
    let Answer { document, value } = answer;
    let planned = value.planned.iter().map(row);
    let rejected = value.rejected.iter().map(|one| {
        let port = one.port.map(|port| format!("/{port}")).unwrap_or_default();
        let target = format!("{}{port}", one.hostname);
        [target, "-".into(), "-".into(), format!("rejected: {}", one.detail)]
    });
    let unmatched = value.unmatched.iter().map(|one| {
        [one.selector.clone(), "-".into(), "-".into(), format!("matches nothing: {}", one.detail)]
    });
    let shared = value.shared.iter().map(|one| {
        let (target, why) = source::shared(one);
        [target, "-".into(), "-".into(), why]
    });
    let rows = table::rows(HEADER, planned.chain(shared).chain(rejected).chain(unmatched));
    let also = source::also_changes(value.planned.iter().flat_map(|one| &one.also_changes));
    let lost = value.rejected.len() + value.unmatched.len();
    let warning = (lost > 0).then(|| Warning {
        exit: if value.planned.is_empty() { nothing_planned(&value) } else { Exit::Partial },
        message: match lost {
            1 => "1 target would be rejected".to_owned(),
            lost => format!("{lost} targets would be rejected"),
        },
    });
    let total = format!(
        "{also}dry run: nothing is queued; {} TVs, done {} after it is accepted\n",
        value.planned.len() + value.shared.len(),
        ms(value.estimated_ms)
    );
    Ok(Report { document, table: format!("{rows}{total}"), warning })
}

fn nothing_planned(plan: &BatchPlan) -> Exit {
    let rejected = plan.rejected.iter().map(|one| Some(one.code.as_str()));
    Exit::of_wrong(rejected.chain(plan.unmatched.iter().map(|one| Some(one.code.as_str()))))
}

fn row(one: &PlannedTarget) -> [String; 4] {
    let lane = one.sent_to.as_ref().map_or(&one.hostname, |sent_to| &sent_to.hostname);
    let lane = match (one.online, one.waiting) {
        (false, _) => format!("{lane}: offline"),
        (true, 0) => lane.clone(),
        (true, waiting) => format!("{lane}: {waiting} before it"),
    };
    let arguments: Vec<String> =
        one.arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let call = match (&one.action, &one.refused) {
        (_, Some(refused)) => format!("refused: {refused}"),
        (Some(action), None) => format!("{action}({})", arguments.join(", ")),
        (None, None) => "not known until the device is online".to_owned(),
    };
    let target = source::sent(format!("{}/{}", one.hostname, one.port), one.sent_to.as_ref());
    [target, lane, ms(one.starts_in_ms), call]
}

fn ms(ms: u64) -> String {
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}
