//! Every path with every method.

use super::*;

fn endpoints() -> Vec<(&'static str, Endpoint, Verb)> {
    use Verb::{Post, Read};
    let hostname = || "ir-1".to_owned();
    let id = || "x-7".to_owned();
    vec![
        ("/assets/a/b.js", Endpoint::Asset { name: "a/b.js".to_owned() }, Read),
        ("/livez", Endpoint::Livez, Read),
        ("/readyz", Endpoint::Readyz, Read),
        ("/api/v1/status", Endpoint::ServiceStatus, Read),
        ("/api/v1/devices", Endpoint::DeviceList, Read),
        ("/api/v1/devices/ir-1", Endpoint::Status { hostname: hostname() }, Read),
        ("/{d}/health", Endpoint::Health { hostname: hostname() }, Read),
        ("/{d}/status", Endpoint::Status { hostname: hostname() }, Read),
        ("/{d}/capabilities", Endpoint::Capabilities { hostname: hostname() }, Read),
        ("/{d}/port-status", Endpoint::PortStatus { hostname: hostname() }, Read),
        ("/{d}/diagnostic", Endpoint::Diagnostic { hostname: hostname() }, Post),
        ("/{d}/command", Endpoint::Command { hostname: hostname() }, Post),
        ("/bulk/command", Endpoint::BatchCreate, Post),
        ("/bulk-command", Endpoint::BatchCreate, Post),
        ("/bulk/x-7/status", Endpoint::BulkStatus { id: id() }, Read),
        ("/system/refresh-capabilities", Endpoint::RefreshCapabilities, Post),
        ("/queue/health", Endpoint::QueueHealth, Read),
        ("/queue/metrics", Endpoint::QueueMetrics, Read),
        ("/api/v1/batches", Endpoint::BatchList, Read),
        ("/api/v1/batches", Endpoint::BatchCreate, Post),
        ("/api/v1/ports", Endpoint::PortList, Read),
        ("/api/v1/batches/x-7", Endpoint::Batch { id: id() }, Read),
        ("/api/v1/batches/x-7/cancel", Endpoint::BatchCancel { id: id() }, Post),
        ("/api/v1/batches/x-7/retry", Endpoint::BatchRetry { id: id() }, Post),
        ("/api/v1/batches/x-7/undo", Endpoint::BatchUndo { id: id() }, Post),
        ("/api/v1/commands/x-7", Endpoint::StoredCommand { id: id() }, Read),
        ("/api/v1/commands/x-7/why", Endpoint::CommandWhy { id: id() }, Read),
        ("/api/v1/commands/x-7/cancel", Endpoint::CommandCancel { id: id() }, Post),
        ("/api/v1/queue", Endpoint::QueueStats, Read),
        ("/api/v1/queue/commands", Endpoint::QueueCommands, Read),
        ("/api/v1/queue/pause", Endpoint::QueuePause, Post),
        ("/api/v1/queue/resume", Endpoint::QueueResume, Post),
        ("/api/v1/history", Endpoint::History, Read),
        ("/api/v1/backups", Endpoint::BackupList, Read),
        ("/api/v1/backups", Endpoint::BackupCreate, Post),
    ]
}

/// Every path with which an endpoint can be asked for.
fn paths(template: &str) -> Vec<String> {
    let bases = match template.strip_prefix("/{d}") {
        Some(leaf) => vec![format!("/ir-1{leaf}"), format!("/api/v1/devices/ir-1{leaf}")],
        None => vec![template.to_owned()],
    };
    bases.into_iter().flat_map(|path| [path.clone(), format!("{path}/")]).collect()
}

#[test]
fn every_method_at_every_path_is_an_endpoint_or_told_what_is_allowed() {
    let every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
        .map(|name| Method::from_bytes(name.as_bytes()).unwrap());
    let all = endpoints();
    for (template, ..) in &all {
        let here: Vec<_> = all.iter().filter(|(other, ..)| other == template).collect();
        let allow: Vec<_> = here.iter().map(|(_, _, verb)| verb.methods()).collect();
        for path in paths(template) {
            for method in &every {
                let context = Verb::of(method);
                let meant = here.iter().find(|(_, _, verb)| context == Some(*verb));
                let expected = match meant {
                    Some((_, endpoint, _)) => Routed::Endpoint(endpoint.clone()),
                    None => Routed::MethodNotAllowed { allow: allow.join(", ") },
                };
                assert_eq!(route(method, &path), expected, "{method} {path}");
            }
        }
    }
}

#[test]
fn what_is_no_endpoint_is_not_found() {
    let paths = [
        "/assets",
        "/assets/",
        "/livez//",
        "//livez",
        "/ir-1",
        "/ir-1/",
        "/ir-1/reboot",
        "//health",
        "/ir-1/health/x",
        "/bulk",
        "/bulk//status",
        "/bulk/x-7",
        "/bulk/status",
        "/bulk-command/status",
        "/queue",
        "/system",
        "/api/v1",
        "/api/v1/devices//health",
        "/api/v1/devices/ir-1/x",
        "/api/v1/devices/ir-1/health/x",
        "/api/v1/batches//cancel",
        "/api/v1/batches/x-7/x",
        "/api/v1/commands",
        "/api/v1/commands/x-7/retry",
        "/api/v1/queue/x",
        "/api/v2/status",
        "/LIVEZ",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST] {
            assert_eq!(route(&method, path), Routed::NotFound, "{path}");
        }
    }
}

#[test]
fn static_words_are_no_hostnames() {
    for word in ["queue", "bulk", "system", "devices", "api", "livez", "zones", "Queue"] {
        for leaf in ["status", "diagnostic", "capabilities"] {
            let path = format!("/{word}/{leaf}");
            assert_eq!(route(&Method::GET, &path), Routed::NotFound, "{path}");
            assert_ne!(surface(&path), Surface::Document, "{path}");
        }
    }
    assert_eq!(route(&Method::GET, "/Queue/health"), Routed::NotFound);
}

#[test]
fn only_the_documents_paths_answer_in_its_shapes() {
    assert_eq!(surface("/ir-1/command"), Surface::Document);
    assert_eq!(surface("/ir-1/health/"), Surface::Document);
    for path in ["/bulk/command", "/bulk-command/", "/bulk/x/status", "/queue/health"] {
        assert_eq!(surface(path), Surface::DocumentQueue, "{path}");
    }
    assert_eq!(surface("/api/v1/devices/ir-1/command"), Surface::V1);
    assert_eq!(surface("/api/v1/batches"), Surface::V1);
    assert_eq!(surface("/livez"), Surface::V1);
}

#[test]
fn a_name_in_a_path_is_what_its_percent_signs_mean() {
    let run = || "sched_x_2026-03-01T10:00".to_owned();
    for written in ["sched_x_2026-03-01T10:00", "sched_x_2026-03-01T10%3A00"] {
        let (get, post) = (Method::GET, Method::POST);
        let table = [
            (&get, format!("/bulk/{written}/status"), Endpoint::BulkStatus { id: run() }),
            (&get, format!("/api/v1/batches/{written}"), Endpoint::Batch { id: run() }),
            (&post, format!("/api/v1/batches/{written}/undo"), Endpoint::BatchUndo { id: run() }),
            (&post, format!("/api/v1/batches/{written}/retry"), Endpoint::BatchRetry { id: run() }),
            (
                &post,
                format!("/api/v1/batches/{written}/cancel"),
                Endpoint::BatchCancel { id: run() },
            ),
        ];
        for (method, path, endpoint) in table {
            assert_eq!(route(method, &path), Routed::Endpoint(endpoint), "{method} {path}");
        }
    }
    let health = Endpoint::Health { hostname: "ir-1".to_owned() };
    assert_eq!(route(&Method::GET, "/ir%2D1/health"), Routed::Endpoint(health));
    // An escaped slash is part of a name, and no name is hidden behind an escape.
    let id = "a/b".to_owned();
    assert_eq!(
        route(&Method::GET, "/api/v1/batches/a%2Fb"),
        Routed::Endpoint(Endpoint::Batch { id })
    );
    assert_eq!(route(&Method::GET, "/q%75eue/health"), Routed::Endpoint(Endpoint::QueueHealth));
    assert_eq!(surface("/q%75eue/health"), Surface::DocumentQueue);
    assert_eq!(route(&Method::GET, "/d%65vices/status"), Routed::NotFound);
}
