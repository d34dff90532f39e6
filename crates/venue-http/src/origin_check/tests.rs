//! Hosts and origins, allowed and not.

use http::Request;

use super::*;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const LAN: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 7));

fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn verdict(policy: &HostPolicy, host: &str) -> Result<(), ApiError> {
    check(&head("GET", "/livez", &[("host", host)]), policy)
}

#[test]
fn a_loopback_listener_answers_to_loopback_names_only() {
    let policy = HostPolicy::of_listener(LOOPBACK, &["Venue.example".into()]);
    let good = [
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "localhost.:80",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.9.9.9:8080",
        "[::1]",
        "[::1]:8080",
        "venue.example:8080",
    ];
    for host in good {
        assert_eq!(verdict(&policy, host), Ok(()), "{host}");
    }
    let bad = [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.7:8080",
        "[::2]",
        "0.0.0.0",
        "evil.example:8080",
        "xlocalhost",
        "localhost..",
    ];
    for host in bad {
        let name = Authority::try_from(host).unwrap().host().to_owned();
        assert_eq!(verdict(&policy, host), Err(ApiError::HostNotAllowed { host: name }), "{host}");
    }
}

#[test]
fn a_listener_for_the_network_answers_to_addresses_and_listed_names() {
    let unlisted = HostPolicy::of_listener(LAN, &[]);
    let listed = HostPolicy::of_listener(LAN, &["venue.example".into()]);
    assert_eq!(verdict(&listed, "venue.example"), Ok(()));
    for policy in [&unlisted, &listed] {
        for host in ["192.168.1.7:8080", "[fe80::1]", "localhost:8080"] {
            assert_eq!(verdict(policy, host), Ok(()), "{host}");
        }
        let evil = verdict(policy, "evil.example");
        assert_eq!(evil, Err(ApiError::HostNotAllowed { host: "evil.example".into() }));
    }
}

#[test]
fn a_request_has_exactly_one_sane_host() {
    let policy = HostPolicy::of_listener(LAN, &[]);
    let two = [("host", "localhost"), ("host", "localhost")];
    assert_eq!(check(&head("GET", "/", &two), &policy), Err(ApiError::HostHeader));
    assert_eq!(check(&head("GET", "/", &[]), &policy), Err(ApiError::HostHeader));
    for host in ["", "a b", "user@localhost", "local/host", "localhost:80:80"] {
        assert_eq!(verdict(&policy, host), Err(ApiError::HostHeader), "{host:?}");
    }
    let mut old = head("GET", "/", &[]);
    old.version = Version::HTTP_10;
    assert_eq!(check(&old, &policy), Ok(()));
}

#[test]
fn an_absolute_uri_is_held_to_the_same_rule_as_the_header() {
    let policy = HostPolicy::of_listener(LOOPBACK, &[]);
    let host = [("host", "localhost")];
    assert_eq!(check(&head("GET", "http://localhost:8080/livez", &host), &policy), Ok(()));
    let evil = check(&head("GET", "http://evil.example/livez", &host), &policy);
    assert_eq!(evil, Err(ApiError::HostNotAllowed { host: "evil.example".into() }));
}

#[test]
fn a_page_of_another_site_may_read_nothing_secret_and_act_on_nothing() {
    let policy = HostPolicy::of_listener(LOOPBACK, &[]);
    let table = [
        (&[][..], Ok(())),
        (&[("origin", "http://localhost:8080")][..], Ok(())),
        (&[("origin", "http://LOCALHOST:8080"), ("sec-fetch-site", "same-origin")][..], Ok(())),
        (&[("sec-fetch-site", "none")][..], Ok(())),
        (&[("origin", "http://evil.example")][..], Err(ApiError::CrossSite)),
        (&[("origin", "http://localhost:9090")][..], Err(ApiError::CrossSite)),
        (&[("origin", "null")][..], Err(ApiError::CrossSite)),
        (&[("origin", "")][..], Err(ApiError::CrossSite)),
        (&[("sec-fetch-site", "cross-site")][..], Err(ApiError::CrossSite)),
        (&[("sec-fetch-site", "same-site")][..], Err(ApiError::CrossSite)),
    ];
    for (headers, expected) in table {
        let mut all = vec![("host", "localhost:8080")];
        all.extend_from_slice(headers);
        assert_eq!(check(&head("POST", "/ir-1/diagnostic", &all), &policy), expected, "{all:?}");
    }
}

#[test]
fn a_transfer_encoding_is_refused_whatever_it_is() {
    for value in ["chunked", "identity", "gzip, chunked"] {
        let headers = [("host", "localhost"), ("transfer-encoding", value)];
        let policy = HostPolicy::of_listener(LAN, &[]);
        let verdict = check(&head("POST", "/ir-1/command", &headers), &policy);
        assert_eq!(verdict, Err(ApiError::TransferEncoding));
    }
}
