//! What is remembered of a request: all that did something, and all that were not allowed to.

use http::Method;
use venue_auth::Principal;
use venue_domain::AuditRecord;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    auth::Origin,
    reply::{Reply, RequestContext},
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

/// A summary as it is remembered.
pub(crate) fn shortened(summary: &str) -> String {
    let mut shortened = String::with_capacity(summary.len().min(MAX_SUMMARY));
    shortened.extend(summary.chars().filter(|c| !c.is_control()).take(MAX_SUMMARY));
    shortened
}

/// So many characters are remembered.
const MAX_SUMMARY: usize = 200;
