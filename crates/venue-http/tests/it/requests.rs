//! How requests are read: routes, methods, heads, bodies.

use crate::{
    client::{Client, exchange, get, post, post_bytes},
    fake::Server,
};

const POWER: &str = r#"{"command":"power_on","port":2}"#;

#[tokio::test]
async fn every_endpoint_is_there_with_and_without_a_trailing_slash() {
    let server = Server::start().await;
    let fixed = ["/livez", "/readyz", "/api/v1/status", "/api/v1/devices", "/api/v1/devices/ir-1"];
    let leaves = ["health", "status", "capabilities"];
    let of_device = leaves
        .iter()
        .flat_map(|leaf| [format!("/ir-1/{leaf}"), format!("/api/v1/devices/ir-1/{leaf}")]);
    for path in fixed.map(str::to_owned).into_iter().chain(of_device) {
        assert_eq!(get(server.address, &path).await.status, 200, "{path}");
        assert_eq!(get(server.address, &format!("{path}/")).await.status, 200, "{path}/");
        let answer = post(server.address, &path, "{}").await;
        assert_eq!(answer.problem(), (405, "method_not_allowed".to_owned()), "{path}");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{path}");
    }
    for base in ["/ir-1", "/api/v1/devices/ir-1"] {
        for (leaf, body) in [("command", POWER), ("diagnostic", "{}")] {
            let path = format!("{base}/{leaf}");
            assert_eq!(post(server.address, &path, body).await.status, 200, "{path}");
            assert_eq!(post(server.address, &format!("{path}/"), body).await.status, 200);
            let answer = get(server.address, &path).await;
            assert_eq!(answer.problem(), (405, "method_not_allowed".to_owned()), "{path}");
            assert_eq!(answer.header("allow"), Some("POST"), "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_never_asks_a_device() {
    let server = Server::start().await;
    for path in
        ["/assets/nothing.js", "/queue/status", "/zones/health", "/bulk/x", "/nothing", "/ir-1/x"]
    {
        let answer = get(server.address, path).await;
        assert_eq!(answer.problem(), (404, "not_found".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn the_page_may_run_what_is_its_own_and_is_sent_once() {
    let server = Server::start().await;
    let page = get(server.address, "/").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self' 'sha256-"), "{policy}");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let mut client = Client::connect(server.address).await;
    let etag = page.header("etag").unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nhost: localhost\r\nif-none-match: {etag}\r\naccept-encoding: gzip\r\n"
    );
    client.send(format!("{head}\r\n")).await;
    let again = client.read_head().await;
    assert_eq!((again.status, again.header("content-encoding")), (304, None));
    let mut client = Client::connect(server.address).await;
    let head = "GET /assets/app.js HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\n";
    client.send(format!("{head}\r\n")).await;
    let script = client.read().await;
    assert_eq!((script.status, script.header("content-encoding")), (200, Some("gzip")));
    assert_eq!(script.header("vary"), Some("accept-encoding"));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start().await;
    for path in ["/livez", "/readyz", "/api/v1/devices", "/ir-1/status", "/ir-9/status"] {
        let full = get(server.address, path).await;
        let mut client = Client::connect(server.address).await;
        let head = format!("HEAD {path} HTTP/1.1\r\nhost: localhost\r\nx-request-id: r\r\n");
        client.send(head + "connection: close\r\n\r\n").await;
        let head = client.read_head().await;
        assert_eq!(head.status, full.status, "{path}");
        assert!(head.header("content-length").is_some(), "{path}");
        assert!(client.is_closed().await, "{path}: no body");
    }
}

#[tokio::test]
async fn every_answer_carries_its_headers_and_a_request_id() {
    let server = Server::start().await;
    for path in ["/livez", "/nothing"] {
        let asked =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nx-request-id: job-7\r\n\r\n");
        let answer = exchange(server.address, asked).await;
        assert_eq!(answer.header("x-request-id"), Some("job-7"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let evil = "GET /nothing HTTP/1.1\r\nhost: localhost\r\nx-request-id: <script>\r\n\r\n";
    let answer = exchange(server.address, evil).await;
    let id = answer.header("x-request-id").unwrap().to_owned();
    assert_eq!(id.len(), 36, "{id}");
    assert_eq!(answer.json()["request_id"], id);
    let other = get(server.address, "/nothing").await;
    assert_ne!(other.header("x-request-id"), Some(id.as_str()));
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_421_and_nothing_is_sent() {
    let server = Server::start().await;
    for host in ["evil.example", "evil.example:8080", "192.168.0.9", "localhost.evil.example"] {
        let asked = post_bytes("/ir-1/command", POWER).replace("localhost", host);
        let answer = exchange(server.address, asked).await;
        assert_eq!(answer.problem(), (421, "host_not_allowed".to_owned()), "{host}");
    }
    let two = "GET /livez HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n";
    assert_eq!(exchange(server.address, two).await.problem().0, 400);
    assert_eq!(exchange(server.address, "GET /livez HTTP/1.1\r\n\r\n").await.problem().0, 400);
    let absolute = "GET http://evil.example/livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
    assert_eq!(exchange(server.address, absolute).await.problem().0, 421);
    assert!(server.script.names().is_empty());
}

#[tokio::test]
async fn a_page_of_another_site_cannot_blink_a_led() {
    let server = Server::start().await;
    for header in ["origin: http://evil.example", "origin: null", "sec-fetch-site: cross-site"] {
        let asked =
            format!("POST /ir-1/diagnostic HTTP/1.1\r\nhost: localhost\r\n{header}\r\n\r\n");
        let answer = exchange(server.address, asked).await;
        assert_eq!(answer.problem(), (403, "cross_site".to_owned()), "{header}");
    }
    assert!(server.script.names().is_empty());
}

#[tokio::test]
async fn only_json_is_read_as_a_body() {
    let server = Server::start().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let asked = post_bytes("/ir-1/command", POWER).replace("application/json", kind);
        let answer = exchange(server.address, asked).await;
        assert_eq!(answer.problem(), (415, "unsupported_content_type".to_owned()), "{kind}");
    }
    let none = post_bytes("/ir-1/command", POWER).replace("content-type", "x-type");
    assert_eq!(exchange(server.address, none).await.problem().0, 415);
    let charset = post_bytes("/ir-1/command", POWER)
        .replace("application/json", "application/json; charset=utf-8");
    assert_eq!(exchange(server.address, charset).await.status, 200);
}

#[tokio::test]
async fn json_that_is_none_names_line_and_column() {
    let server = Server::start().await;
    for (body, place) in [
        ("{\"command\":\n}", "line 2 column 1"),
        ("", "line 1 column 0"),
        ("{\"command\":\"power\"", "line 1 column 18"),
        ("\u{0}", "line 1 column 1"),
    ] {
        let answer = post(server.address, "/ir-1/command", body).await;
        assert_eq!(answer.problem(), (400, "invalid_json".to_owned()), "{body:?}");
        let error = &answer.json()["errors"][0];
        assert!(error["field"] == "body" && error["line"].is_u64(), "{body:?}: {error}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(place), "{body:?}: {detail}");
    }
    let answer =
        post(server.address, "/ir-1/command", "{\"command\":\"power\",\n\"port\":\"2\"}").await;
    let error = &answer.json()["errors"][0];
    assert_eq!((&error["field"], &error["line"]), (&"port".into(), &2.into()), "{error}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let server = Server::start().await;
    let mut client = Client::connect(server.address).await;
    let first = post_bytes("/ir-1/command", r#"{"command":"number","port":1,"digit":4}"#);
    let second = post_bytes("/ir-1/command", r#"{"command":"nonsense","port":1}"#);
    let third = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
    client.send(format!("{first}{second}{third}")).await;
    assert_eq!(client.read().await.json()["command"], "number");
    assert_eq!(client.read().await.problem(), (422, "unknown_command".to_owned()));
    assert_eq!(client.read().await.json()["status"], "live");
}

#[tokio::test]
async fn what_would_not_be_heeded_is_refused_before_anything_is_done() {
    let server = Server::start().await;
    let asked = [
        ("/ir-1/command?dry_run=1", POWER, "dry_run"),
        ("/api/v1/queue/pause", r#"{"x":1}"#, "x"),
        ("/api/v1/batches/b/undo", r#"{"dry_run":true}"#, "dry_run"),
        ("/api/v1/schedules/opening/run?dry_run=1", "{}", "dry_run"),
        ("/system/refresh-capabilities", r#"{"q":1}"#, "q"),
    ];
    for (path, body, field) in asked {
        let refused = post(server.address, path, body).await;
        let (status, code) = refused.problem();
        assert!((400..500).contains(&status) && status != 404, "{path}: {code}");
        assert!(refused.json().to_string().contains(field), "{path}: {:?}", refused.json());
    }
    let broken = post(server.address, "/api/v1/queue/pause", "garbage{{").await;
    assert!((400..500).contains(&broken.status), "{}", broken.status);
    // There is nothing to pause here: what is refused is not the empty body.
    for body in ["", "{}", " "] {
        let answer = post(server.address, "/api/v1/queue/pause", body).await;
        assert_eq!(answer.status, 503, "{body:?}");
    }
}
