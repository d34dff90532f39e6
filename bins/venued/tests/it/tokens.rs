//! What a token opens, and for how long: the first one, streams, addresses of the internet.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use venue_api::UtcTime;
use venue_domain::WallTime;

use crate::{
    support::{Daemon, Response, send, soon, until},
    watching::Stream,
};

async fn with(daemon: &Daemon, token: &str, method: &str, path: &str, body: Value) -> Response {
    let header = format!("Authorization: Bearer {token}\r\n");
    send(daemon.address, method, path, &header, &body).await
}

async fn made(daemon: &Daemon, admin: &str, name: &str, role: &str) -> Value {
    let body = json!({"name": name, "role": role});
    let made = match admin {
        "" => daemon.post("/api/v1/tokens", &body).await,
        admin => with(daemon, admin, "POST", "/api/v1/tokens", body).await,
    };
    assert_eq!(made.status, 201, "{made:?}");
    made.json
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_token_is_an_admins_or_the_request_is_told_what_to_do() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let tablet = json!({"name": "tablet", "role": "operator"});
    let refused = daemon.post("/api/v1/tokens", &tablet).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("role")));
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("first token must be an admin's"), "{detail}");
    assert_eq!(daemon.get("/api/v1/devices").await.status, 200, "and nobody is locked out");
    let admin = made(&daemon, "", "chief", "admin").await;
    let secret = admin["secret"].as_str().unwrap();
    made(&daemon, secret, "tablet", "operator").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_token_of_an_admin_is_not_taken_back_unless_local_admins_need_none() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let brief = json!({"name": "chief", "role": "admin", "expires_at": "2999-01-01T00:00:00Z"});
    let refused = daemon.post("/api/v1/tokens", &brief).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("expires_at")));
    let chief = made(&daemon, "", "chief", "admin").await;
    let secret = chief["secret"].as_str().unwrap();
    made(&daemon, secret, "tablet", "operator").await;
    with(&daemon, secret, "POST", "/api/v1/tokens", brief).await;
    let path = |token: &Value| format!("/api/v1/tokens/{}", token["id"].as_str().unwrap());
    let refused = with(&daemon, secret, "DELETE", &path(&chief), json!({})).await;
    assert_eq!((refused.status, &refused.json["code"]), (409, &json!("last_admin")), "{refused:?}");
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("venuectl token create NAME --role admin"), "{detail}");
    let heir = made(&daemon, secret, "heir", "admin").await;
    assert_eq!(with(&daemon, secret, "DELETE", &path(&chief), json!({})).await.status, 200);
    let secret = heir["secret"].as_str().unwrap();
    assert_eq!(with(&daemon, secret, "DELETE", &path(&heir), json!({})).await.status, 409);
    // Where root needs no token, none has to stay.
    let folder = tempfile::tempdir().unwrap();
    let text = "[http]\nlisten = \"127.0.0.1:0\"\nunix_socket = \"venued.sock\"\n\
                [log]\nformat = \"json\"\n[store]\npath = \"venue.db\"\n";
    std::fs::write(folder.path().join("venued.toml"), text).unwrap();
    let daemon = Daemon::configured(folder).await;
    daemon.log.wait_for("the queue is recovered").await;
    let chief = made(&daemon, "", "chief", "admin").await;
    let secret = chief["secret"].as_str().unwrap();
    assert_eq!(with(&daemon, secret, "DELETE", &path(&chief), json!({})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_events_ends_with_the_token_that_opened_it() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    // Opened without a token, while none was needed.
    let mut open = Stream::open(daemon.address, "", None).await;
    let admin = made(&daemon, "", "chief", "admin").await;
    let secret = admin["secret"].as_str().unwrap();
    soon("the end of the stream without a token", open.ended()).await;
    let wall = made(&daemon, secret, "wall", "viewer").await;
    let mut revoked = Stream::open_as(daemon.address, wall["secret"].as_str().unwrap()).await;
    let mut kept = Stream::open_as(daemon.address, secret).await;
    let path = format!("/api/v1/tokens/{}", wall["id"].as_str().unwrap());
    assert_eq!(with(&daemon, secret, "DELETE", &path, json!({})).await.status, 200);
    soon("the end of the stream of the revoked token", revoked.ended()).await;
    // The other one goes on: it tells what happens now.
    let zone = json!({"id": "bar", "name": "Bar"});
    with(&daemon, secret, "POST", "/api/v1/config/zones", zone).await;
    kept.next("config.changed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_events_ends_when_its_token_expires() {
    let daemon = Daemon::durable(tempfile::tempdir().unwrap(), "").await;
    let admin = made(&daemon, "", "chief", "admin").await;
    let secret = admin["secret"].as_str().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let soon_over =
        UtcTime(WallTime::from_unix_ms((now + Duration::from_secs(2)).as_millis() as i64));
    let body = json!({"name": "guest", "role": "viewer", "expires_at": soon_over});
    let guest = with(&daemon, secret, "POST", "/api/v1/tokens", body).await.json;
    let guest = guest["secret"].as_str().unwrap();
    let mut stream = Stream::open_as(daemon.address, guest).await;
    soon("the end of the stream of the expired token", stream.ended()).await;
    let late = until("it is not let in either", async || {
        let asked = with(&daemon, guest, "GET", "/api/v1/devices", json!({})).await;
        (asked.status == 401).then_some(asked)
    });
    late.await;
}
