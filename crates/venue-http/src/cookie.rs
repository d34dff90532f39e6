//! The cookie of a session: who may send it, and how it is set.
//!
//! A browser adds it by itself to what any page asks of us, so it is taken only where the browser shows that our own
//! page asks: `SameSite=Strict` keeps other sites out, and where something is done `Sec-Fetch-Site` or `Origin` has to
//! say so as well (docs/semantics.md, rule 5.19).

use http::{
    HeaderMap, Method,
    header::{COOKIE, ORIGIN},
};
use venue_auth::{Presented, SESSION_LIFE};

/// Its name.
pub(crate) const NAME: &str = "venue_session";

/// The session that a request comes with; `None` without one, and where there are several: then somebody else set one.
pub(crate) fn session(headers: &HeaderMap) -> Option<Presented> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';'));
    let mut found = pairs.filter_map(|pair| pair.trim().split_once('='));
    let mut own = found.by_ref().filter(|(name, _)| *name == NAME);
    let only = own.next().filter(|_| own.next().is_none())?;
    Presented::session(only.1)
}

/// Whether the browser shows that our own page asks. What is refused otherwise was looked at before
/// ([`origin_check`](crate::origin_check)); here the sign has to be there.
pub(crate) fn is_from_own_page(method: &Method, headers: &HeaderMap) -> bool {
    let fetch_site = headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes);
    if method == Method::GET || method == Method::HEAD {
        // Over plain HTTP browsers send none. What is read is of no use to another site: it sees no answer.
        return fetch_site.is_none_or(|site| site == b"same-origin" || site == b"none");
    }
    fetch_site == Some(b"same-origin") || headers.contains_key(ORIGIN)
}

/// The header that gives a browser a session.
pub(crate) fn set(text: &str, is_https: bool) -> String {
    let life = SESSION_LIFE.as_secs();
    let secure = if is_https { "; Secure" } else { "" };
    format!("{NAME}={text}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict{secure}")
}

/// The header that takes it away.
pub(crate) fn gone(is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn one_session_is_read_and_two_are_none() {
        let text = format!("ses_{}", "A".repeat(43));
        let one = format!("theme=dark; venue_session={text}; other=1");
        assert!(session(&headers(&[("cookie", &one)])).is_some());
        let token = format!("venue_session=ven_{}", "A".repeat(43));
        let twice = format!("{one}; venue_session={text}");
        for value in ["", "venue_session=", "xvenue_session=1", &token, &twice] {
            assert!(session(&headers(&[("cookie", value)])).is_none(), "{value}");
        }
        assert!(session(&headers(&[("cookie", &one), ("cookie", &one)])).is_none());
    }

    #[test]
    fn what_does_something_has_to_show_that_our_own_page_asks() {
        let table = [
            (&Method::GET, &[][..], true),
            (&Method::GET, &[("sec-fetch-site", "same-origin")], true),
            (&Method::GET, &[("sec-fetch-site", "none")], true),
            (&Method::GET, &[("sec-fetch-site", "cross-site")], false),
            (&Method::GET, &[("sec-fetch-site", "same-site")], false),
            (&Method::POST, &[], false),
            (&Method::POST, &[("sec-fetch-site", "none")], false),
            (&Method::POST, &[("sec-fetch-site", "same-origin")], true),
            (&Method::POST, &[("origin", "http://venue:8080")], true),
        ];
        for (method, sent, taken) in table {
            assert_eq!(is_from_own_page(method, &headers(sent)), taken, "{method} {sent:?}");
        }
    }

    #[test]
    fn no_script_reads_it_and_over_https_it_stays_there() {
        let plain = set("ses_x", false);
        for part in ["venue_session=ses_x; Path=/; Max-Age=2592000;", "HttpOnly", "SameSite=Strict"]
        {
            assert!(plain.contains(part), "{plain}");
        }
        assert!(!plain.contains("Secure") && set("ses_x", true).ends_with("; Secure"));
        assert!(gone(false).contains("Max-Age=0"));
    }
}
