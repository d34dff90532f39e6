//! `venuectl events` and `alerts`: what happens, and what somebody should look at.

use std::{
    io::{self, Write},
    time::Duration,
};

use hyper::body::Bytes;
use tokio::time::sleep;
use venue_api::AlertList;

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
    let rows = value.items.into_iter().map(|alert| {
        [alert.severity, clock.seconds(alert.since), alert.id, alert.summary, alert.advice]
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

#[cfg(test)]
mod tests {
    use super::*;

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
