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
    check(&head("GET", "/livez", &[("host", host)]), None, policy)
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
    assert_eq!(check(&head("GET", "/", &two), None, &policy), Err(ApiError::HostHeader));
    assert_eq!(check(&head("GET", "/", &[]), None, &policy), Err(ApiError::HostHeader));
    for host in ["", "a b", "user@localhost", "local/host", "localhost:80:80"] {
        assert_eq!(verdict(&policy, host), Err(ApiError::HostHeader), "{host:?}");
    }
    let mut old = head("GET", "/", &[]);
    old.version = Version::HTTP_10;
    assert_eq!(check(&old, None, &policy), Ok(()));
}

#[test]
fn an_absolute_uri_is_held_to_the_same_rule_as_the_header() {
    let policy = HostPolicy::of_listener(LOOPBACK, &[]);
    let host = [("host", "localhost")];
    assert_eq!(check(&head("GET", "http://localhost:8080/livez", &host), None, &policy), Ok(()));
    let evil = check(&head("GET", "http://evil.example/livez", &host), None, &policy);
    assert_eq!(evil, Err(ApiError::HostNotAllowed { host: "evil.example".into() }));
}

#[test]
fn a_page_of_another_site_may_read_nothing_secret_and_act_on_nothing() {
    let policy = HostPolicy::of_listener(LOOPBACK, &[]);
    let other = |origin: &str| {
        Err(ApiError::OtherOrigin { origin: origin.to_owned(), host: "localhost:8080".to_owned() })
    };
    let table = [
        (&[][..], Ok(())),
        (&[("origin", "http://localhost:8080")][..], Ok(())),
        (&[("origin", "http://LOCALHOST:8080"), ("sec-fetch-site", "same-origin")][..], Ok(())),
        (&[("sec-fetch-site", "none")][..], Ok(())),
        (&[("origin", "http://evil.example")][..], other("evil.example")),
        (&[("origin", "http://localhost:9090")][..], other("localhost:9090")),
        (&[("origin", "null")][..], Err(ApiError::CrossSite)),
        (&[("origin", "")][..], Err(ApiError::CrossSite)),
        (&[("sec-fetch-site", "cross-site")][..], Err(ApiError::CrossSite)),
        (&[("sec-fetch-site", "same-site")][..], Err(ApiError::CrossSite)),
    ];
    for (headers, expected) in table {
        let mut all = vec![("host", "localhost:8080")];
        all.extend_from_slice(headers);
        assert_eq!(
            check(&head("POST", "/ir-1/diagnostic", &all), None, &policy),
            expected,
            "{all:?}"
        );
    }
}

#[test]
fn behind_a_proxy_a_page_of_ours_is_known_although_the_proxy_writes_its_own_host() {
    let policy = HostPolicy::of_listener(LOOPBACK, &["tv.example".into()]);
    let verdict = |origin: &str, site: &str| {
        let mut all = vec![("host", "127.0.0.1:8080"), ("origin", origin)];
        all.extend((!site.is_empty()).then_some(("sec-fetch-site", site)));
        check(&head("POST", "/ir-1/diagnostic", &all), None, &policy)
    };
    for ours in
        ["https://tv.example", "https://tv.example:8443", "http://192.168.1.7", "https://[fd00::1]"]
    {
        assert_eq!(verdict(ours, "same-origin"), Ok(()), "{ours}");
        // Without the browser's word it may be any page of that machine or network.
        assert!(matches!(verdict(ours, ""), Err(ApiError::OtherOrigin { .. })), "{ours}");
        assert_eq!(verdict(ours, "same-site"), Err(ApiError::CrossSite));
    }
    // Its own name resolves to the proxy, so that to the browser it is of the same origin.
    let rebound = verdict("http://evil.example", "same-origin").unwrap_err();
    let told = rebound.to_string();
    assert!(told.contains("evil.example") && told.contains("127.0.0.1:8080"), "{told}");
    assert!(told.contains("X-Forwarded-Host") && told.contains("http.trusted_proxies"), "{told}");
}

#[test]
fn the_host_that_a_trusted_proxy_tells_takes_the_place_of_its_own() {
    let policy = HostPolicy::of_listener(LOOPBACK, &["tv.example".into()]);
    let told = |host: &str| Some(Ok(Authority::try_from(host).unwrap()));
    let all = [("host", "upstream"), ("origin", "https://tv.example")];
    let post = head("POST", "/ir-1/diagnostic", &all);
    assert_eq!(check(&post, told("tv.example"), &policy), Ok(()));
    let evil = check(&post, told("evil.example"), &policy);
    assert_eq!(evil, Err(ApiError::HostNotAllowed { host: "evil.example".into() }));
    assert_eq!(check(&post, Some(Err(())), &policy), Err(ApiError::HostHeader));
}

#[test]
fn of_transfer_encodings_chunked_alone_is_taken() {
    let policy = HostPolicy::of_listener(LAN, &[]);
    let verdict = |values: &[&str]| {
        let mut headers = vec![("host", "localhost")];
        headers.extend(values.iter().map(|value| ("transfer-encoding", *value)));
        check(&head("POST", "/ir-1/command", &headers), None, &policy)
    };
    assert_eq!(verdict(&["chunked"]), Ok(()));
    assert_eq!(verdict(&["Chunked"]), Ok(()));
    for wrong in
        [&["identity"][..], &["gzip, chunked"], &["gzip", "chunked"], &["chunked", "chunked"]]
    {
        assert_eq!(verdict(wrong), Err(ApiError::TransferEncoding), "{wrong:?}");
    }
}
