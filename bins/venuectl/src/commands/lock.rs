//! `venuectl lock`: zones and TVs that only managers may command.

use hyper::body::Bytes;
use jiff::Timestamp;
use snafu::OptionExt;
use venue_api::{Lock, LockBody, LockList, LockRemoved, LockSet};
use venue_registry::{Label, LockTarget, Selector};

use super::venue::{self, VenueClock};
use crate::{
    cli::{LockCommand, NewLock},
    client::{Answer, Client},
    clock::Clock,
    error::{Failure, LateSnafu},
    format::or_none,
    output::Report,
    table,
};

pub(super) async fn run(client: &Client, command: &LockCommand) -> Result<Report, Failure> {
    match command {
        LockCommand::List => {
            let answer = client.get::<LockList>("/api/v1/locks").await?;
            let clock = venue::shown_clock(client).await;
            let rows = answer.value.items.iter().map(|lock| row(lock, clock));
            let table = table::rows(["LOCKED", "TVS", "BY", "UNTIL", "REASON"], rows);
            Ok(Report { document: answer.document, table, warning: None })
        }
        LockCommand::Add(new) => add(client, new).await,
        LockCommand::Remove(arg) => remove(client, targets(client, &arg.selector).await?).await,
    }
}

/// Removes the locks of `targets`. Of several, those without a lock of their own are told and left out: that is no reason
/// to leave the others locked.
async fn remove(client: &Client, targets: Vec<LockTarget>) -> Result<Report, Failure> {
    let mut unlocked: Vec<LockTarget> = Vec::new();
    let mut wanted = targets;
    if wanted.len() > 1 {
        let holds = client.get::<LockList>("/api/v1/locks").await?.value.items;
        let is_locked =
            |target: &LockTarget| holds.iter().any(|lock| lock.id == target.to_string());
        let (locked, none): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_locked);
        // Of none at all the daemon says it.
        (wanted, unlocked) = if locked.is_empty() { (none, locked) } else { (locked, none) };
    }
    let mut removed = Vec::new();
    for target in wanted {
        let is_one_of_several = !removed.is_empty() || !unlocked.is_empty();
        match client.remove::<LockRemoved>(&path(&target), None).await {
            Ok(answer) => removed.push(answer),
            // It ended, or somebody removed it, since the list was read.
            Err(Failure::Problem { problem, .. }) if problem.status == 404 && is_one_of_several => {
                unlocked.push(target);
            }
            Err(failure) => return Err(failure),
        }
    }
    let gone = removed.iter().map(|answer| [answer.value.id.clone(), "unlocked".to_owned()]);
    let none =
        unlocked.iter().map(|target| [target.to_string(), "has no lock of its own".to_owned()]);
    let table = table::rows(["LOCK", "RESULT"], gone.chain(none));
    Ok(Report { document: all(removed), table, warning: None })
}

async fn add(client: &Client, new: &NewLock) -> Result<Report, Failure> {
    let VenueClock { zone, now } = venue::clock(client).await?;
    let now = Timestamp::from_millisecond(now.0.unix_ms()).unwrap_or(Timestamp::MAX);
    let until = new.until.as_ref().map(|until| until.instant(now, &zone).context(LateSnafu));
    let until = until.transpose()?;
    let NewLock { reason, cancel_waiting, replace, .. } = new;
    let (reason, cancel_waiting, replace) = (reason.clone(), *cancel_waiting, *replace);
    let body = LockBody { until, reason, cancel_waiting, replace };
    let mut set = Vec::new();
    for target in targets(client, &new.locked.selector).await? {
        set.push(client.put::<_, LockSet>(&path(&target), &body).await?);
    }
    let clock = venue::shown_clock(client).await;
    let rows = set.iter().map(|answer| {
        let LockSet { lock, waiting, cancelled, .. } = &answer.value;
        let waiting = waiting.map_or_else(|| "not known".to_owned(), |count| count.to_string());
        let [locked, tvs, _, until, _] = row(lock, clock);
        [locked, tvs, until, waiting, cancelled.to_string()]
    });
    let table = table::rows(["LOCKED", "TVS", "UNTIL", "STILL WAIT", "CANCELLED"], rows);
    Ok(Report { document: all(set), table, warning: None })
}

/// One answer as it came, several as a list.
fn all<T>(mut answers: Vec<Answer<T>>) -> Bytes {
    if answers.len() == 1 {
        return answers.remove(0).document;
    }
    let documents: Vec<&[u8]> = answers.iter().map(|answer| &*answer.document).collect();
    [&b"{\"items\":["[..], &documents.join(&b","[..]), b"]}"].concat().into()
}

/// What a selector locks: a zone as such, with every TV that moves there; otherwise the TVs that it means now.
async fn targets(client: &Client, selector: &Selector) -> Result<Vec<LockTarget>, Failure> {
    let text = selector.to_string();
    if let Some(Ok(zone)) = text.strip_prefix("zone=").map(str::parse::<Label>) {
        return Ok(vec![LockTarget::Zone(zone)]);
    }
    let ports = client.ports(&[text]).await?.value.items;
    let ids = ports.iter().map(|port| format!("port:{}:{}", port.hostname, port.port));
    Ok(ids.filter_map(|id| id.parse().ok()).collect())
}

fn path(target: &LockTarget) -> String {
    format!("/api/v1/locks/{target}")
}

fn row(lock: &Lock, clock: &Clock) -> [String; 5] {
    [
        lock.id.clone(),
        lock.tvs.to_string(),
        or_none(lock.by.as_deref()),
        lock.until.map_or_else(|| "it is removed".to_owned(), |until| clock.seconds(until)),
        or_none(lock.reason.as_deref()),
    ]
}
