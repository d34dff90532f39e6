//! `venuectl token`, `audit` and `whoami`: who may ask, and who did what.

use serde_json::json;
use snafu::ResultExt;
use venue_api::{AuditPage, NewToken as Made, Token, TokenBody, TokenList, UtcTime, WhoAmI};

use super::venue;
use crate::{
    cli::{AuditArgs, NewToken, TokenCommand},
    client::{Answer, Client},
    clock::Clock,
    contexts::SecretFile,
    error::{Failure, RequestBodySnafu},
    format::or_none,
    output::Report,
    table::{
        self,
        Column::{Always, Wide},
    },
};

pub(super) async fn run(client: &Client, command: &TokenCommand) -> Result<Report, Failure> {
    match command {
        TokenCommand::Create(new) => create(client, new).await,
        TokenCommand::List => {
            let Answer { document, value } = client.get::<TokenList>("/api/v1/tokens").await?;
            let clock = venue::shown_clock(client).await;
            let header = ["ID", "NAME", "ROLE", "ZONES", "MADE", "LAST USED", "VALID"];
            let table = table::rows(header, value.items.into_iter().map(|token| row(token, clock)));
            Ok(Report { document, table, warning: None })
        }
        TokenCommand::Revoke { id } => {
            let path = format!("/api/v1/tokens/{id}");
            let Answer { document, value } = client.remove::<Token>(&path, None).await?;
            let table = format!("{} ({}) is revoked\n", value.id, value.name);
            Ok(Report { document, table, warning: None })
        }
    }
}

async fn create(client: &Client, new: &NewToken) -> Result<Report, Failure> {
    let body = TokenBody {
        name: new.name.clone(),
        role: new.rights.role.clone(),
        zones: new.rights.zones(),
        expires_at: new.expires,
    };
    // Made first: a token that cannot be written down would be lost.
    let file = new.to.as_deref().map(SecretFile::new).transpose()?;
    let made = client.create::<_, Made>("/api/v1/tokens", &body).await;
    if let Some(file) = file {
        return written(file, made);
    }
    let Answer { document, value } = made?;
    // Alone on its line, so that it can be put into a file.
    Ok(Report { document, table: format!("{}\n", value.secret), warning: None })
}

/// The token in its file, and nowhere else.
fn written(file: SecretFile, made: Result<Answer<Made>, Failure>) -> Result<Report, Failure> {
    let Answer { value, .. } = match made {
        Ok(answer) => answer,
        Err(failure) => {
            file.discard();
            return Err(failure);
        }
    };
    let path = file.finish(&format!("{}\n", value.secret))?;
    let document = json!({"id": value.token.id, "name": value.token.name, "file": path});
    let document = serde_json::to_vec(&document).context(RequestBodySnafu)?.into();
    let table = format!("{} ({}) is in {}\n", value.token.id, value.token.name, path.display());
    Ok(Report { document, table, warning: None })
}

fn row(token: Token, clock: &Clock) -> [String; 7] {
    let valid = match (token.revoked_at, token.expires_at) {
        (Some(at), _) => format!("revoked {}", clock.seconds(at)),
        (None, Some(until)) => format!("until {}", clock.seconds(until)),
        (None, None) => "yes".to_owned(),
    };
    let zones = token.zones.map_or_else(|| "all".to_owned(), |zones| zones.join(" "));
    let made = clock.seconds(token.created_at);
    [token.id, token.name, token.role, zones, made, clock.time(token.last_used), valid]
}

pub(super) async fn audit(client: &Client, args: &AuditArgs) -> Result<Report, Failure> {
    let at = |name: &str, time: &UtcTime| format!("{name}={time}");
    let parts = [
        args.actor.as_ref().map(|actor| format!("actor={actor}")),
        args.since.as_ref().map(|time| at("since", time)),
        args.until.as_ref().map(|time| at("until", time)),
        args.page.limit.map(|limit| format!("limit={limit}")),
        args.page.cursor.as_ref().map(|cursor| format!("cursor={cursor}")),
    ];
    let query = parts.into_iter().flatten().collect::<Vec<_>>().join("&");
    let answer = client.get::<AuditPage>(&format!("/api/v1/audit?{query}")).await?;
    let Answer { document, value } = answer;
    let clock = venue::shown_clock(client).await;
    let header = [
        Always("WHEN"),
        Always("WHO"),
        Wide("ROLE"),
        Always("FROM"),
        Always("WHAT"),
        Always("RESULT"),
        Wide("REQUEST"),
    ];
    let rows = value.items.into_iter().map(|entry| {
        let what = entry.summary.map_or_else(String::new, |summary| format!(": {summary}"));
        let came = match (entry.code, entry.location) {
            (Some(code), _) => format!("{} {code}", entry.status),
            (None, Some(location)) => format!("{} {location}", entry.status),
            (None, None) => entry.status.to_string(),
        };
        [
            clock.seconds(entry.at),
            or_none(entry.actor.as_deref()),
            or_none(entry.role.as_deref()),
            entry.user_ip.unwrap_or_else(|| "local".to_owned()),
            format!("{} {}{what}", entry.method, entry.path),
            came,
            entry.request_id,
        ]
    });
    let list = table::columns(header, rows, client.view().is_wide());
    let more = super::command::more(value.next_cursor.as_deref());
    Ok(Report { document, table: format!("{list}{more}"), warning: None })
}

pub(super) async fn who_am_i(client: &Client) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<WhoAmI>("/api/v1/whoami").await?;
    let zones = value.zones.map_or_else(|| "all".to_owned(), |zones| zones.join(" "));
    let facts = table::facts([
        ("name", or_none(value.name.as_deref())),
        ("role", or_none(value.role.as_deref())),
        ("zones", zones),
    ]);
    Ok(Report { document, table: facts, warning: None })
}
