//! The table of routes and roles: who is let through where.

use std::sync::Arc;

use http::Method;
use venue_auth::{Principal, Rights, Role, TokenHolder};

use super::*;
use crate::{
    auth::Auth,
    handler,
    routes::{Routed, Routes},
    test_types::TestTypes,
};

/// Every route, and the least role that may use it.
const ROUTES: [(&str, &str, &str); 98] = [
    ("GET", "/", "anybody"),
    ("GET", "/assets/vendor/preact.mjs", "anybody"),
    ("GET", "/livez", "anybody"),
    ("GET", "/readyz", "anybody"),
    ("GET", "/api/v1/system/tasks", "viewer"),
    ("GET", "/api/v1/system/tasks/retention", "viewer"),
    ("POST", "/api/v1/system/tasks/retention/run", "admin"),
    ("GET", "/api/v1/devices/ir-1/log", "viewer"),
    ("GET", "/api/v1/statistics", "viewer"),
    ("GET", "/api/v1/firmware", "viewer"),
    ("GET", "/api/v1/discovered", "viewer"),
    ("GET", "/api/v1/infrared/library", "viewer"),
    ("POST", "/api/v1/infrared/import", "admin"),
    ("GET", "/api/v1/openapi.json", "viewer"),
    ("GET", "/metrics", "viewer"),
    ("GET", "/api/v1/events", "viewer"),
    ("GET", "/api/v1/alerts", "viewer"),
    ("GET", "/api/v1/status", "viewer"),
    ("GET", "/api/v1/whoami", "viewer"),
    ("GET", "/api/v1/devices", "viewer"),
    ("GET", "/api/v1/devices/ir-1", "viewer"),
    ("GET", "/api/v1/devices/ir-1/health", "viewer"),
    ("GET", "/ir-1/health", "viewer"),
    ("GET", "/ir-1/status", "viewer"),
    ("GET", "/ir-1/capabilities", "viewer"),
    ("GET", "/ir-1/port-status", "viewer"),
    ("POST", "/ir-1/diagnostic", "operator"),
    ("POST", "/ir-1/command", "operator"),
    ("POST", "/api/v1/devices/ir-1/command", "operator"),
    ("POST", "/bulk/command", "operator"),
    ("POST", "/bulk-command", "operator"),
    ("GET", "/bulk/b/status", "viewer"),
    ("POST", "/api/v1/batches", "operator"),
    ("GET", "/api/v1/batches", "viewer"),
    ("GET", "/api/v1/ports", "viewer"),
    ("GET", "/api/v1/sources", "viewer"),
    ("PUT", "/api/v1/ports/ir-1/2/assumed-state", "operator"),
    ("POST", "/api/v1/ports/ir-1/2/try", "operator"),
    ("GET", "/api/v1/batches/b", "viewer"),
    ("POST", "/api/v1/batches/b/cancel", "operator"),
    ("POST", "/api/v1/batches/b/retry", "operator"),
    ("POST", "/api/v1/batches/b/undo", "operator"),
    ("GET", "/api/v1/commands/7", "viewer"),
    ("GET", "/api/v1/commands/7/why", "viewer"),
    ("POST", "/api/v1/commands/7/cancel", "operator"),
    ("POST", "/system/refresh-capabilities", "admin"),
    ("GET", "/queue/health", "viewer"),
    ("GET", "/queue/metrics", "viewer"),
    ("GET", "/api/v1/queue", "viewer"),
    ("GET", "/api/v1/queue/commands", "viewer"),
    ("POST", "/api/v1/queue/pause", "operator"),
    ("POST", "/api/v1/queue/resume", "operator"),
    ("GET", "/api/v1/history", "viewer"),
    ("GET", "/api/v1/backups", "admin"),
    ("POST", "/api/v1/backups", "admin"),
    ("GET", "/api/v1/backups/venue-1.db", "admin"),
    ("PUT", "/api/v1/backups/uploaded-a.db", "admin"),
    ("GET", "/api/v1/config", "viewer"),
    ("POST", "/api/v1/config/diff", "admin"),
    ("POST", "/api/v1/config/apply", "admin"),
    ("GET", "/api/v1/config/warnings", "viewer"),
    ("GET", "/api/v1/config/zones", "viewer"),
    ("POST", "/api/v1/config/zones", "admin"),
    ("GET", "/api/v1/config/zones/bar", "viewer"),
    ("PUT", "/api/v1/config/zones/bar", "admin"),
    ("PATCH", "/api/v1/config/zones/bar", "admin"),
    ("DELETE", "/api/v1/config/zones/bar", "admin"),
    ("PUT", "/api/v1/config/devices/ir-1/key", "admin"),
    ("DELETE", "/api/v1/config/devices/ir-1/key", "admin"),
    ("POST", "/api/v1/config/presets", "manager"),
    ("PUT", "/api/v1/config/presets/p", "manager"),
    ("DELETE", "/api/v1/config/channels/c", "manager"),
    ("GET", "/api/v1/presets", "viewer"),
    ("GET", "/api/v1/presets/p", "viewer"),
    ("POST", "/api/v1/presets/p/run", "operator"),
    ("POST", "/api/v1/presets/capture", "manager"),
    ("GET", "/api/v1/schedules", "viewer"),
    ("POST", "/api/v1/schedules", "operator"),
    ("POST", "/schedule", "operator"),
    ("GET", "/api/v1/schedules/s", "viewer"),
    ("PUT", "/api/v1/schedules/s", "operator"),
    ("PATCH", "/api/v1/schedules/s", "operator"),
    ("DELETE", "/api/v1/schedules/s", "operator"),
    ("GET", "/api/v1/agenda", "viewer"),
    ("GET", "/api/v1/schedules/s/preview", "viewer"),
    ("GET", "/api/v1/schedules/s/next", "viewer"),
    ("GET", "/api/v1/schedules/s/runs", "viewer"),
    ("POST", "/api/v1/schedules/s/skip", "operator"),
    ("POST", "/api/v1/schedules/s/run", "operator"),
    ("POST", "/api/v1/schedules/s/pause", "operator"),
    ("POST", "/api/v1/schedules/s/resume", "operator"),
    ("GET", "/api/v1/tokens", "admin"),
    ("POST", "/api/v1/tokens", "admin"),
    ("DELETE", "/api/v1/tokens/t", "admin"),
    ("GET", "/api/v1/audit", "admin"),
    ("HEAD", "/api/v1/audit", "admin"),
    ("HEAD", "/livez", "anybody"),
    ("HEAD", "/queue/health", "viewer"),
];

/// What is declared at a path, and what the path says.
fn endpoint(method: &str, path: &str) -> (Spec, PathValues) {
    let method: Method = method.parse().unwrap();
    let routes = Routes::<TestTypes>::new(handler::endpoints());
    let Routed::Endpoint(place, values) = routes.find(&method, path) else {
        panic!("{method} {path}")
    };
    (routes.at(place).unwrap().spec.clone(), values)
}

fn counted_as(method: &str, path: &str, body: &str, registry: &Registry) -> Option<Counted> {
    let (spec, _) = endpoint(method, path);
    let inspected = (spec.inspect)(body.as_bytes());
    counted(&spec, inspected.as_deref(), registry)
}

fn token(rights: Rights) -> Principal {
    let (id, name) = ("tok_00000000000000aa".parse().unwrap(), "tablet".parse().unwrap());
    Principal::Token(Arc::new(TokenHolder { id, name, rights, session: None }))
}

#[test]
fn each_route_lets_through_its_least_role_and_all_above_it() {
    let ranks = ["anybody", "viewer", "operator", "manager", "admin"];
    let rank = |name: &str| ranks.iter().position(|rank| *rank == name).unwrap();
    for (method, path, least) in ROUTES {
        let (spec, values) = endpoint(method, path);
        let callers = [
            (Principal::Anonymous, 0),
            (token(Rights::everywhere(Role::Viewer)), 1),
            (token(Rights::everywhere(Role::Operator)), 2),
            (token(Rights::everywhere(Role::Manager)), 3),
            (token(Rights::everywhere(Role::Admin)), 4),
            (Principal::LocalAdmin { uid: 0, gid: 0 }, 4),
            (Principal::Open, 4),
        ];
        for (who, own) in callers {
            let let_through = Auth::may(&who, need(&spec, &values));
            assert_eq!(let_through.is_ok(), own >= rank(least), "{who:?} {method} {path}");
            match let_through {
                Ok(()) => {}
                Err(error) if own == 0 => assert_eq!(error.status(), 401),
                Err(error) => assert_eq!(error.status(), 403),
            }
        }
    }
}

#[test]
fn a_token_of_some_zones_commands_there_and_nowhere_else() {
    use venue_domain::{Configuration, ItemChange, ItemKind};
    let mut configuration = Configuration::default();
    let put = |kind, id: &str, body: &str| ItemChange::Put {
        kind,
        id: id.to_owned(),
        body: body.to_owned(),
    };
    let device = r#"{"hostname":"ir-1","address":"10.0.0.1","ports":[
        {"index":1,"zone":"bar"},{"index":2,"zone":"patio"},{"index":3}]}"#;
    let changes = [
        put(ItemKind::Zone, "bar", r#"{"id":"bar"}"#),
        put(ItemKind::Zone, "patio", r#"{"id":"patio"}"#),
        put(ItemKind::Device, "ir-1", device),
    ];
    configuration.apply(&changes, 1);
    let (registry, problems) = Registry::read(&configuration, &venue_registry::Base::default());
    assert_eq!(problems, []);
    let who = token(Rights::in_zones(Role::Operator, ["bar"]).unwrap());
    let may = |method: &str, path: &str, body: &str| {
        let (spec, values) = endpoint(method, path);
        let inspected = (spec.inspect)(body.as_bytes());
        let scope = scope(&spec, &values, inspected.as_deref(), &registry);
        Auth::may(&who, spec.need).is_ok() && Auth::may_there(&who, spec.need, &scope).is_ok()
    };
    let press = |port: u8| format!(r#"{{"command":"mute","port":{port}}}"#);
    assert!(may("POST", "/ir-1/command", &press(1)));
    for port in [0, 2, 3, 4] {
        assert!(!may("POST", "/ir-1/command", &press(port)), "{port}");
    }
    assert!(!may("POST", "/ir-9/command", &press(1)), "not even whether it exists");
    assert!(!may("POST", "/ir-1/command", "{"));
    assert!(!may("POST", "/ir-1/diagnostic", ""), "the board has ports elsewhere");
    let code = r#"{"code":"nec1:4,2"}"#;
    assert!(may("POST", "/api/v1/ports/ir-1/1/try", code));
    assert!(!may("POST", "/api/v1/ports/ir-1/2/try", code));
    let elsewhere = r#"{"code":"nec1:4,2","emitter":"IR Port 2"}"#;
    assert!(!may("POST", "/api/v1/ports/ir-1/1/try", elsewhere), "it may be of another zone");
    let bulk = |selector: &str| format!(r#"{{"command":"mute","selectors":["{selector}"]}}"#);
    assert!(may("POST", "/api/v1/batches", &bulk("zone=bar")));
    for selector in ["all", "ir-1", "ir-1/2", "zone=patio"] {
        assert!(!may("POST", "/api/v1/batches", &bulk(selector)), "{selector}");
    }
    assert!(!may("POST", "/api/v1/batches/b/cancel", ""), "it may be of another zone");
    assert!(may("GET", "/api/v1/devices", ""));
}

#[test]
fn only_what_reaches_tvs_counts() {
    let registry = Registry::default();
    let counted = |method, path| counted_as(method, path, "", &registry);
    assert_eq!(counted("POST", "/ir-1/command"), Some(Counted::Command));
    assert_eq!(counted("POST", "/api/v1/ports/ir-1/2/try"), Some(Counted::Command));
    assert_eq!(counted("POST", "/bulk/command"), Some(Counted::Bulk));
    assert_eq!(counted("POST", "/api/v1/schedules/s/run"), Some(Counted::Bulk));
    assert_eq!(counted("GET", "/ir-1/health"), None);
    assert_eq!(counted("POST", "/api/v1/batches/b/cancel"), None, "a stop is never refused");
}

#[test]
fn a_step_of_a_selection_counts_by_its_tvs_and_nothing_else_does() {
    let registry = Registry::default();
    let counted = |body: &str| counted_as("POST", "/api/v1/batches", body, &registry).unwrap();
    let step = |command: &str, ports: &[u8]| {
        let targets = ports.iter().map(|port| format!(r#"{{"hostname":"ir-1","port":{port}}}"#));
        let targets = targets.collect::<Vec<_>>().join(",");
        counted(&format!(r#"{{"command":"{command}","targets":[{targets}]}}"#))
    };
    let louder = step("volume_up", &[1, 2]);
    assert!(matches!(louder, Counted::Step { .. }));
    assert_eq!(step("volume_down", &[2, 1, 1]), louder, "the same TVs, whatever their order");
    assert_ne!(step("volume_up", &[1]), louder);
    assert!(matches!(step("ok", &[1, 2]), Counted::Step { .. }));
    for command in ["power_on", "mute", "nonsense"] {
        assert_eq!(step(command, &[1, 2]), Counted::Bulk, "{command}");
    }
    let dry = r#"{"command":"volume_up","targets":[{"hostname":"ir-1","port":1}],"dry_run":true}"#;
    assert_eq!(counted(dry), Counted::Bulk);
}

#[test]
fn a_preset_that_is_not_there_is_told_so_to_those_who_have_one_zone_too() {
    let (spec, values) = endpoint("POST", "/api/v1/presets/p/run");
    let inspected = (spec.inspect)(b"").unwrap();
    let told = scope_there(&spec, &values, Some(&*inspected), &Registry::default());
    assert!(matches!(told, Err(ApiError::NoSuchItem { .. })), "{told:?}");
}
