//! A service without a store, or whose store is down.

use venue_domain::Status;

use crate::{
    client::{get, post},
    fake::Server,
    stored::Stored,
};

const BULK: &str = r#"{"targets":[{"hostname":"ir-1","port":2}],"command":"power_on"}"#;

const READS: [&str; 10] = [
    "/bulk/batch_1/status",
    "/queue/health",
    "/queue/metrics",
    "/ir-1/port-status",
    "/api/v1/devices/ir-1/port-status",
    "/api/v1/batches/batch_1",
    "/api/v1/commands/7",
    "/api/v1/commands/7/why",
    "/api/v1/queue",
    "/api/v1/queue/commands",
];

const ACTS: [(&str, &str); 9] = [
    ("/bulk/command", BULK),
    ("/bulk-command", BULK),
    ("/api/v1/batches", BULK),
    ("/system/refresh-capabilities", ""),
    ("/api/v1/batches/batch_1/cancel", ""),
    ("/api/v1/batches/batch_1/retry", ""),
    ("/api/v1/batches/batch_1/undo", ""),
    ("/api/v1/queue/pause", ""),
    ("/api/v1/queue/resume", ""),
];

#[tokio::test]
async fn everything_about_the_queue_is_503_without_a_store() {
    let server = Server::start().await;
    let unavailable = (503, "store_unavailable".to_owned());
    for path in READS.into_iter().chain(["/api/v1/history"]) {
        let answer = get(server.address, path).await;
        assert_eq!(answer.problem(), unavailable, "{path}");
        assert!(answer.header("retry-after").is_some(), "{path}");
    }
    let cancel = "/api/v1/commands/0199f0c2-5a5e-7000-8000-000000000000/cancel";
    for (path, body) in ACTS.into_iter().chain([(cancel, "")]) {
        let answer = post(server.address, path, body).await;
        assert_eq!(answer.problem(), unavailable, "{path}");
        assert!(answer.header("retry-after").is_some(), "{path}");
    }
}

#[tokio::test]
async fn the_documents_paths_say_queued_in_their_errors_and_ours_do_not() {
    let server = Server::start().await;
    let json = post(server.address, "/bulk/command", BULK).await.json();
    assert_eq!((&json["success"], &json["method"]), (&false.into(), &"queued".into()), "{json}");
    assert_eq!(json["message"], json["detail"]);
    let json = post(server.address, "/api/v1/batches", BULK).await.json();
    assert!(json.get("success").is_none(), "{json}");
}

#[tokio::test]
async fn while_the_store_is_down_bulk_is_refused_and_a_direct_command_is_sent() {
    let stored = Stored::delivering().await;
    stored.availability.mark_down();
    for path in ["/bulk/command", "/bulk-command", "/api/v1/batches"] {
        let answer = stored.post(path, BULK).await;
        assert_eq!(answer.problem(), (503, "store_unavailable".to_owned()), "{path}");
        assert_eq!(answer.header("retry-after"), Some("30"));
    }
    let direct = stored.post("/ir-1/command", r#"{"command":"power_on","port":2}"#).await.json();
    assert_eq!(direct["status"], Status::Completed.name());
    assert_eq!(direct["durable"], false);
    assert_eq!(direct["mode"], "direct_only");
}
