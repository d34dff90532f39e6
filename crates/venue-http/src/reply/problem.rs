//! Problem answers (RFC 9457), and the design document's own form of them.

use std::time::Duration;

use http::StatusCode;
use venue_api::{CommandFailure, DocumentFailure, FieldError, Method, PortLock, Problem};

use super::{Reply, RequestContext};
use crate::{api_error::ApiError, surface::Surface};

pub(super) const PROBLEM: &str = "application/problem+json";

/// More than any text of ours; only quoted input is ever longer.
const MAX_DETAIL_BYTES: usize = 1024;

/// Everything that a problem answer says.
#[derive(Clone, Debug)]
pub(crate) struct ProblemBuilder {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) locked: Option<PortLock>,
    pub(crate) command: Option<CommandFailure>,
    pub(crate) retry_after: Option<Duration>,
}

impl ProblemBuilder {
    pub(crate) fn into_reply(self, context: &RequestContext) -> Reply {
        let detail = shortened(self.detail);
        // What was accepted has a command, whatever became of it; of 500 and 504 nobody knows.
        let refused =
            self.status.is_client_error() || self.status == StatusCode::SERVICE_UNAVAILABLE;
        let is_without_effect = refused && self.command.is_none();
        let method = match context.surface {
            Surface::Document => Some(Method::Direct),
            Surface::DocumentQueue => Some(Method::Queued),
            Surface::V1 => None,
        };
        let document = method.map(|method| DocumentFailure {
            success: false,
            method,
            message: detail.clone(),
            queue_id: None,
        });
        let problem = Problem {
            r#type: Problem::type_of(self.code),
            title: title(self.code),
            status: self.status.as_u16(),
            detail,
            instance: context.instance.clone(),
            code: self.code.to_owned(),
            request_id: context.request_id.clone(),
            errors: self.errors,
            locked: self.locked,
            command: self.command,
            document,
        };
        Reply {
            content_type: PROBLEM,
            retry_after: self.retry_after,
            shape: None,
            is_without_effect,
            ..Reply::json(self.status, &problem)
        }
    }
}

/// A fault as a problem answer.
pub(crate) fn problem(error: &ApiError, context: &RequestContext) -> Reply {
    let problem = ProblemBuilder {
        status: error.status(),
        code: error.code(),
        detail: error.to_string(),
        errors: field_errors(error),
        locked: None,
        command: None,
        retry_after: error.retry_after(),
    };
    let standing =
        if let ApiError::TooMany { exceeded } = error { Some(exceeded.standing) } else { None };
    let allow =
        if let ApiError::MethodNotAllowed { allow } = error { Some(allow.clone()) } else { None };
    Reply {
        allow,
        standing,
        ends_connection: error.ends_connection(),
        ..problem.into_reply(context)
    }
}

fn field_errors(error: &ApiError) -> Vec<FieldError> {
    let Some((field, detail)) = error.field() else { return Vec::new() };
    let place = if let ApiError::InvalidBody { place, .. } = error {
        *place
    } else if let ApiError::InvalidJson { line, column, .. } = error {
        Some((*line, *column))
    } else {
        None
    };
    vec![FieldError {
        field: shortened(field.to_owned()),
        detail: shortened(detail),
        code: error.field_code().map(str::to_owned),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
    }]
}

/// `device_offline` as `Device offline`.
fn title(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Cuts what may quote a whole body back.
pub(crate) fn shortened(mut text: String) -> String {
    if text.len() > MAX_DETAIL_BYTES {
        text.truncate(text.floor_char_boundary(MAX_DETAIL_BYTES));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_its_code_in_words() {
        assert_eq!(title("device_offline"), "Device offline");
        assert_eq!(title(""), "");
    }

    #[test]
    fn a_quoted_body_is_cut_at_a_character() {
        let long = "é".repeat(2_000);
        let cut = shortened(long);
        assert!(cut.len() <= MAX_DETAIL_BYTES + '…'.len_utf8() && cut.ends_with("é…"));
        assert_eq!(shortened("short".into()), "short");
    }
}
