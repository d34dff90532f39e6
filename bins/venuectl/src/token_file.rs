//! The file that shows who one is: with a token, or with the session that `venuectl login` began.

use std::{iter, path::Path};

use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use snafu::{OptionExt, ResultExt};

use crate::error::{Failure, FileSnafu, TokenSnafu};

/// What a request shows.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// A token: the whole value of its header.
    Token(HeaderValue),
    /// A session: the whole cookie.
    Session(HeaderValue),
}

impl Credential {
    /// What is in the file at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or holds no token.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).context(FileSnafu { path })?;
        let text = text.trim();
        let is_session = text.starts_with(SESSION);
        let value =
            if is_session { format!("{COOKIE_NAME}={text}") } else { format!("Bearer {text}") };
        let mut value = HeaderValue::try_from(value).ok().context(TokenSnafu { path })?;
        value.set_sensitive(true);
        Ok(if is_session { Self::Session(value) } else { Self::Token(value) })
    }

    /// The headers of a request.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let (own, more) = match self {
            Self::Token(value) => ((AUTHORIZATION, value.clone()), None),
            // A browser says so of the daemon's own page. No other page can have this program ask.
            Self::Session(value) => {
                let site = HeaderName::from_static("sec-fetch-site");
                ((COOKIE, value.clone()), Some((site, HeaderValue::from_static("same-origin"))))
            }
        };
        iter::once(own).chain(more)
    }

    /// Whether it is a session.
    pub(crate) const fn is_session(&self) -> bool {
        matches!(self, Self::Session(_))
    }
}

/// How the text of a session begins.
pub(crate) const SESSION: &str = "ses_";

/// The cookie that has it.
pub(crate) const COOKIE_NAME: &str = "venue_session";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_and_a_session_are_shown_in_headers_of_their_own_and_never_in_a_log() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        for (text, expected) in [
            ("ven_abc\n", vec![("authorization", "Bearer ven_abc")]),
            (
                "ses_abc\n",
                vec![("cookie", "venue_session=ses_abc"), ("sec-fetch-site", "same-origin")],
            ),
        ] {
            std::fs::write(&file, text).unwrap();
            let credential = Credential::read(&file).unwrap();
            let headers: Vec<_> = credential.headers().collect();
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
                .collect();
            assert_eq!(headers, expected);
            assert!(!format!("{credential:?}").contains("abc"), "{credential:?}");
        }
    }
}
