//! Signing in: the one answer of which a header counts.

use http_body_util::Full;
use hyper::{
    Method,
    header::{CONTENT_TYPE, SET_COOKIE},
    http::response::Parts,
};
use snafu::{OptionExt, ResultExt};
use venue_api::{Session, SignInBody};

use super::{Answer, Client};
use crate::{
    error::{Failure, NoSessionSnafu, RequestBodySnafu, RequestSnafu},
    intent::Intent,
    token_file::{COOKIE_NAME, SESSION},
};

impl Client {
    /// Begins a session; answers with its text as well, which is a secret.
    ///
    /// # Errors
    /// [`Failure`], also where the daemon answers with a problem.
    ///
    /// # Cancel safety
    /// It may have been begun, and nobody has its text.
    pub(crate) async fn sign_in(
        &self,
        who: &SignInBody,
    ) -> Result<(Answer<Session>, String), Failure> {
        let body = serde_json::to_vec(who).context(RequestBodySnafu)?;
        let request = self.request(Method::POST, "/api/v1/session");
        let request = request.header(CONTENT_TYPE, "application/json").body(Full::from(body));
        let request = request.context(RequestSnafu)?;
        let (head, document) = self.exchange(request, Intent::Manages).await?;
        let text = session(&head);
        let answer = self.read(&head, document, Intent::Manages)?;
        Ok((answer, text.context(NoSessionSnafu { server: self.server.clone() })?))
    }
}

/// What the cookie of the answer has.
fn session(head: &Parts) -> Option<String> {
    let cookies = head.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.filter_map(|cookie| cookie.split(';').next()?.split_once('='));
    let (_, text) = pairs.find(|(name, _)| *name == COOKIE_NAME)?;
    text.starts_with(SESSION).then(|| text.to_owned())
}
