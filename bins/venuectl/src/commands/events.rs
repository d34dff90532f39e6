//! `venuectl events` and `alerts`: what happens, and what somebody should look at.

use std::{
    io::{self, Write},
    time::Duration,
};

use hyper::body::Bytes;
use tokio::time::sleep;
use venue_api::{Alert, AlertList};

use super::venue;
use crate::{
    cli::EventsArgs,
    client::{Answer, Client},
    error::Failure,
    exit::Exit,
    output::{Report, Warning},
    table::{
        self,
        Column::{Always, Wide},
    },
};

/// How long after a stream ended it is requested again.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// What was read of a stream.
#[derive(Debug, Default)]
struct Reader {
    last_id: Option<String>,
    kind: String,
    count: u64,
    limit: Option<u64>,
    closed: bool,
}

impl Reader {
    /// Takes one line; prints an event when it is whole. `false` once the limit is reached.
    fn take(&mut self, line: &str, out: &mut impl Write) -> bool {
        if let Some(id) = line.strip_prefix("id: ") {
            self.last_id = Some(id.to_owned());
        } else if let Some(kind) = line.strip_prefix("event: ") {
            kind.clone_into(&mut self.kind);
        } else if let Some(data) = line.strip_prefix("data: ") {
            let id = self.last_id.as_deref().unwrap_or_default();
            let kind = &self.kind;
            // Whoever reads has seen enough, as `head` does.
            let written = writeln!(out, "{{\"id\":\"{id}\",\"type\":\"{kind}\",\"data\":{data}}}");
            self.closed = written.and_then(|()| out.flush()).is_err();
            self.count += 1;
        }
        !self.closed && self.limit.is_none_or(|limit| self.count < limit)
    }
}

pub(super) async fn run(client: &Client, args: &EventsArgs) -> Result<Report, Failure> {
    let path = match &args.types {
        Some(types) => format!("/api/v1/events?type={types}"),
        None => "/api/v1/events".to_owned(),
    };
    let mut reader = Reader { limit: args.count, ..Reader::default() };
    let mut begun = false;
    loop {
        let last_id = reader.last_id.clone();
        let mut more = true;
        let mut take = |line: &str| {
            begun = true;
            more = reader.take(line, &mut io::stdout().lock());
            more
        };
        match client.lines(&path, last_id.as_deref(), &mut take).await {
            Ok(()) if !more => {
                let (document, table) = (Bytes::new(), String::new());
                return Ok(Report { document, table, warning: None });
            }
            // The daemon starts anew, or the network was away: it goes on where it was.
            Ok(()) => {}
            Err(failure) if begun && failure.may_pass() => {}
            Err(failure) => return Err(failure),
        }
        sleep(RECONNECT_AFTER).await;
    }
}

pub(super) async fn alerts(client: &Client) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<AlertList>("/api/v1/alerts").await?;
    let clock = venue::shown_clock(client).await;
    let count = value.items.len();
    let named = if client.view().is_wide() { usize::MAX } else { NAMED };
    let rows = value.items.into_iter().map(|alert| {
        let what = what_is_wrong(&alert, named);
        [alert.severity, clock.seconds(alert.since), alert.id, what, alert.advice]
    });
    let table = match count {
        0 => "no alerts\n".to_owned(),
        _ => table::columns(
            [Always("SEVERITY"), Always("SINCE"), Wide("ID"), Always("WHAT"), Always("WHAT TO DO")],
            rows,
            client.view().is_wide(),
        ),
    };
    let message = format!("{count} {}", if count == 1 { "alert" } else { "alerts" });
    let warning = (count > 0).then_some(Warning { exit: Exit::Failed, message });
    Ok(Report { document, table, warning })
}

/// So many boards of an alert are named where there is little room.
pub(super) const NAMED: usize = 3;

/// The summary of an alert, with the boards that it is about: the first `named` of them, and how many more.
pub(super) fn what_is_wrong(alert: &Alert, named: usize) -> String {
    let Alert { summary, boards, count, .. } = alert;
    if boards.is_empty() {
        return summary.clone();
    }
    let names: Vec<&str> = boards.iter().take(named).map(String::as_str).collect();
    let all = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(boards.len());
    let more = match all.saturating_sub(names.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{summary}: {}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_of_an_alert_are_named_and_the_others_are_counted() {
        let alert = |boards: &[&str], count| Alert {
            id: "devices_offline:10.0.3.0/24".to_owned(),
            kind: "devices_offline".to_owned(),
            about: Some("10.0.3.0/24".to_owned()),
            severity: "warning".to_owned(),
            since: serde_json::from_str("\"2027-03-01T10:00:00Z\"").unwrap(),
            summary: "they cannot be reached".to_owned(),
            advice: String::new(),
            count: Some(count),
            boards: boards.iter().map(|&board| board.to_owned()).collect(),
        };
        assert_eq!(what_is_wrong(&alert(&[], 7), 3), "they cannot be reached");
        assert_eq!(what_is_wrong(&alert(&["a", "b"], 2), 3), "they cannot be reached: a, b");
        let many = alert(&["a", "b", "c", "d"], 900);
        assert_eq!(what_is_wrong(&many, 3), "they cannot be reached: a, b, c and 897 more");
        assert_eq!(
            what_is_wrong(&many, usize::MAX),
            "they cannot be reached: a, b, c, d and 896 more"
        );
    }

    #[test]
    fn an_event_is_one_line_and_the_place_is_remembered() {
        let (mut reader, mut out) = (Reader { limit: Some(2), ..Reader::default() }, Vec::new());
        for line in ["retry: 1000", "", "id: 1-7", "event: device.state"] {
            assert!(reader.take(line, &mut out), "{line}");
        }
        assert!(reader.take("data: {\"a\":1}", &mut out));
        let text = String::from_utf8(out.clone()).unwrap();
        assert_eq!(text, "{\"id\":\"1-7\",\"type\":\"device.state\",\"data\":{\"a\":1}}\n");
        assert_eq!(reader.last_id.as_deref(), Some("1-7"));
        assert!(!reader.take("data: {}", &mut out), "enough");
    }
}
