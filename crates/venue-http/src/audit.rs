//! What is remembered of a request: all that did something, and all that were not allowed to.

use http::Method;
use venue_api::{BulkBody, CommandBody};
use venue_auth::Principal;
use venue_domain::AuditRecord;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    auth::Origin,
    body,
    reply::{Reply, RequestContext},
    route::Endpoint,
};

/// A record that is being filled in while its request is served.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) acts: bool,
    pub(crate) who: Principal,
    pub(crate) summary: Option<String>,
    method: String,
    path: String,
    origin: Origin,
    request_id: String,
}

impl Entry {
    pub(crate) fn new(context: &RequestContext, method: &Method) -> Self {
        Self {
            acts: false,
            who: Principal::Anonymous,
            summary: None,
            method: method.as_str().chars().take(16).collect(),
            path: context.instance.clone(),
            origin: context.user_ip,
            request_id: context.request_id.clone(),
        }
    }

    /// Hands it over, if it is to be remembered.
    pub(crate) fn note<S: AppTypes>(self, app: &App<S>, reply: &Reply, error: Option<&ApiError>) {
        let denied = error.is_some_and(|error| {
            matches!(
                error,
                ApiError::Unauthenticated { .. }
                    | ApiError::Denied { .. }
                    | ApiError::NotLocalAdmin { .. }
            )
        });
        if !self.acts && !denied {
            return;
        }
        app.auth.audit.note(AuditRecord {
            at: app.now(),
            actor: self.who.name(),
            role: self.who.role().map(|role| role.name().to_owned()),
            user_ip: self.origin.address(),
            method: self.method,
            path: self.path,
            summary: self.summary,
            status: reply.status().as_u16(),
            code: error.map(|error| error.code().to_owned()),
            location: reply.location().map(str::to_owned),
            request_id: self.request_id,
        });
    }
}

/// What is asked for, in a few words. Only of bodies that have no secret in them.
pub(crate) fn summary(endpoint: &Endpoint, bytes: &[u8]) -> Option<String> {
    let words = if matches!(endpoint, Endpoint::Command { .. }) {
        let body: CommandBody = body::parse(bytes).ok()?;
        let port = body.port().map(|port| format!(" for port {port}")).unwrap_or_default();
        let parameter = parameter(body.channel, body.digit, body.input);
        format!("{}{parameter}{port}", body.command)
    } else if matches!(endpoint, Endpoint::BatchCreate) {
        let body: BulkBody = body::parse(bytes).ok()?;
        let parameter = parameter(body.channel, body.digit, body.input);
        let mut to = body.selectors;
        if !body.targets.is_empty() {
            to.push(format!("{} targets", body.targets.len()));
        }
        let dry = if body.dry_run { " (dry run)" } else { "" };
        format!("{}{parameter} for {}{dry}", body.command, to.join(", "))
    } else {
        return None;
    };
    Some(words.chars().filter(|c| !c.is_control()).take(LONGEST).collect())
}

fn parameter(channel: Option<String>, digit: Option<i64>, input: Option<String>) -> String {
    let digit = digit.map(|digit| digit.to_string());
    channel.or(digit).or(input).map(|given| format!(" {given}")).unwrap_or_default()
}

/// So many characters are remembered.
const LONGEST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_and_where_to_and_nothing_of_a_key() {
        let command = Endpoint::Command { hostname: "ir-1".into() };
        let body = br#"{"command":"channel","channel":"060","port":2}"#;
        assert_eq!(summary(&command, body).as_deref(), Some("channel 060 for port 2"));
        let body =
            br#"{"command":"power_on","selectors":["zone=bar"],"targets":[{"hostname":"a"}]}"#;
        let bulk = summary(&Endpoint::BatchCreate, body);
        assert_eq!(bulk.as_deref(), Some("power_on for zone=bar, 1 targets"));
        assert_eq!(summary(&command, b"{"), None);
        let key = Endpoint::DeviceKeySet { hostname: "ir-1".into() };
        assert_eq!(summary(&key, br#"{"noise_psk":"secret"}"#), None);
    }
}
