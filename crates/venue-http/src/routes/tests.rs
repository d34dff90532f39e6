//! Every path with every method.

use super::*;
use crate::{
    handler,
    surface::{Surface, surface},
    test_types::TestTypes,
};

fn routes() -> Routes<TestTypes> {
    Routes::new(handler::endpoints())
}

/// The template that a method and a path lead to, with what the path says; nothing where that is not found.
fn found(routes: &Routes<TestTypes>, method: &Method, path: &str) -> (&'static str, Vec<String>) {
    match routes.find(method, path) {
        Routed::Endpoint(place, values) => (
            routes.at(place).unwrap().spec.path,
            values.pairs().map(|(_, value)| value.into_owned()).collect(),
        ),
        Routed::NotFound => ("", Vec::new()),
        Routed::MethodNotAllowed { allow } => ("405", vec![allow]),
    }
}

fn is_found(routes: &Routes<TestTypes>, method: &Method, path: &str) -> bool {
    !matches!(routes.find(method, path), Routed::NotFound)
}

#[test]
fn every_method_at_every_path_is_an_endpoint_or_told_what_is_allowed() {
    let every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
        .map(|name| Method::from_bytes(name.as_bytes()).unwrap());
    let routes = routes();
    let specs: Vec<&Spec> = routes.specs().collect();
    assert!(specs.len() > 80, "{}", specs.len());
    for spec in &specs {
        let here: Vec<&Method> =
            specs.iter().filter(|one| one.path == spec.path).map(|one| &one.method).collect();
        let allowed = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let allowed = allowed.into_iter().filter(|one| here.iter().any(|method| method == one));
        let allow: Vec<&str> =
            allowed.map(|one| if one == "GET" { "GET, HEAD" } else { one }).collect();
        let values: Vec<String> = spec.path_names().map(|name| format!("{name}-7")).collect();
        let named = spec.path_names().fold(spec.path.replace("{*", "{"), |path, name| {
            path.replace(&format!("{{{name}}}"), &format!("{name}-7"))
        });
        for path in [named.clone(), format!("{named}/")] {
            for method in &every {
                let wanted = if method == Method::HEAD { &Method::GET } else { method };
                let expected = if here.contains(&wanted) {
                    (spec.path, values.clone())
                } else {
                    ("405", vec![allow.join(", ")])
                };
                assert_eq!(found(&routes, method, &path), expected, "{method} {path}");
            }
        }
    }
}

#[test]
fn what_is_no_endpoint_is_not_found() {
    let routes = routes();
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
        "*",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST] {
            assert!(!is_found(&routes, &method, path), "{path}");
        }
    }
}

#[test]
fn static_words_are_no_hostnames() {
    let routes = routes();
    for word in ["queue", "bulk", "system", "devices", "api", "livez", "zones", "Queue"] {
        for leaf in ["status", "diagnostic", "capabilities"] {
            let path = format!("/{word}/{leaf}");
            assert!(!is_found(&routes, &Method::GET, &path), "{path}");
            assert_ne!(surface(&path), Surface::Document, "{path}");
        }
    }
    assert!(!is_found(&routes, &Method::GET, "/Queue/health"));
    // Of two that fit, the one that says more is meant.
    let found = |path| found(&routes, &Method::GET, path);
    assert_eq!(found("/queue/health"), ("/queue/health", Vec::new()));
    assert_eq!(found("/bulk/command/status").1, ["command"]);
    assert_eq!(found("/api/v1/config/diff").1, ["POST"]);
    assert_eq!(found("/api/v1/config/devices/key").0, "/api/v1/config/{kind}/{id}");
    assert_eq!(found("/assets/a/b.js"), ("/assets/{*name}", vec!["a/b.js".to_owned()]));
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
    assert_eq!(surface("/"), Surface::V1);
}

#[test]
fn a_name_in_a_path_is_what_its_percent_signs_mean() {
    let routes = routes();
    let run = "sched_x_2026-03-01T10:00";
    for written in ["sched_x_2026-03-01T10:00", "sched_x_2026-03-01T10%3A00"] {
        for (method, before, behind) in [
            (Method::GET, "/bulk/", "/status"),
            (Method::GET, "/api/v1/batches/", ""),
            (Method::POST, "/api/v1/batches/", "/undo"),
            (Method::POST, "/api/v1/batches/", "/retry"),
            (Method::POST, "/api/v1/batches/", "/cancel"),
        ] {
            let path = format!("{before}{written}{behind}");
            assert_eq!(found(&routes, &method, &path).1, [run], "{method} {path}");
        }
    }
    let found = |path| found(&routes, &Method::GET, path);
    assert_eq!(found("/ir%2D1/health"), ("/{hostname}/health", vec!["ir-1".to_owned()]));
    // An escaped slash is part of a name, and no name is hidden behind an escape.
    let batch = "/api/v1/batches/{id}";
    assert_eq!(found("/api/v1/batches/a%2Fb"), (batch, vec!["a/b".to_owned()]));
    assert_eq!(found("/api/v1/batches/a%252Fb"), (batch, vec!["a%2Fb".to_owned()]));
    assert_eq!(found("/q%75eue/health").0, "/queue/health");
    assert_eq!(surface("/q%75eue/health"), Surface::DocumentQueue);
    assert_eq!(found("/d%65vices/status").0, "");
}
