//! Which endpoint a method and a path mean. Pure.

use http::Method;
use venue_domain::{Hostname, HostnameError};

/// What a method and a path mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Routed {
    Endpoint(Endpoint),
    NotFound,
    MethodNotAllowed { allow: &'static str },
}

/// An endpoint with what its path says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Livez,
    Readyz,
    ServiceStatus,
    DeviceList,
    Health { hostname: String },
    Status { hostname: String },
    Capabilities { hostname: String },
    Diagnostic { hostname: String },
    Command { hostname: String },
}

/// Whose shapes an endpoint answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// The design document's: errors and answers carry `success`.
    Document,
    /// Ours, `/api/v1`.
    V1,
}

/// Whose shapes `path` is answered in, also where it leads nowhere.
pub(crate) fn surface(path: &str) -> Surface {
    match segments(path).as_slice() {
        [host, _] if !is_reserved(host) => Surface::Document,
        _ => Surface::V1,
    }
}

/// Which endpoint `method` and `path` mean.
///
/// One trailing slash is tolerated. Words of static paths are no hostnames, so that
/// `/queue/health` never asks a device.
pub(crate) fn route(method: &Method, path: &str) -> Routed {
    let (endpoint, methods) = match segments(path).as_slice() {
        ["livez"] => (Endpoint::Livez, Methods::Read),
        ["readyz"] => (Endpoint::Readyz, Methods::Read),
        ["api", "v1", "status"] => (Endpoint::ServiceStatus, Methods::Read),
        ["api", "v1", "devices"] => (Endpoint::DeviceList, Methods::Read),
        ["api", "v1", "devices", host] if !host.is_empty() => {
            (Endpoint::Status { hostname: (*host).to_owned() }, Methods::Read)
        }
        ["api", "v1", "devices", host, leaf] => match of_device(host, leaf) {
            Some(found) => found,
            None => return Routed::NotFound,
        },
        [host, leaf] if !is_reserved(host) => match of_device(host, leaf) {
            Some(found) => found,
            None => return Routed::NotFound,
        },
        _ => return Routed::NotFound,
    };
    if methods.include(method) {
        Routed::Endpoint(endpoint)
    } else {
        Routed::MethodNotAllowed { allow: methods.allow() }
    }
}

fn of_device(host: &str, leaf: &str) -> Option<(Endpoint, Methods)> {
    if host.is_empty() {
        return None;
    }
    let hostname = host.to_owned();
    let found = match leaf {
        "health" => (Endpoint::Health { hostname }, Methods::Read),
        "status" => (Endpoint::Status { hostname }, Methods::Read),
        "capabilities" => (Endpoint::Capabilities { hostname }, Methods::Read),
        "diagnostic" => (Endpoint::Diagnostic { hostname }, Methods::Act),
        "command" => (Endpoint::Command { hostname }, Methods::Act),
        _ => return None,
    };
    Some(found)
}

fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').collect()
}

fn is_reserved(host: &str) -> bool {
    matches!(host.parse::<Hostname>(), Err(HostnameError::Reserved { .. }))
}

/// What an endpoint takes.
#[derive(Clone, Copy, Debug)]
enum Methods {
    Read,
    Act,
}

impl Methods {
    fn include(self, method: &Method) -> bool {
        match self {
            Self::Read => method == Method::GET || method == Method::HEAD,
            Self::Act => method == Method::POST,
        }
    }

    const fn allow(self) -> &'static str {
        match self {
            Self::Read => "GET, HEAD",
            Self::Act => "POST",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints() -> Vec<(&'static str, Endpoint, Methods)> {
        let hostname = || "ir-1".to_owned();
        vec![
            ("/livez", Endpoint::Livez, Methods::Read),
            ("/readyz", Endpoint::Readyz, Methods::Read),
            ("/api/v1/status", Endpoint::ServiceStatus, Methods::Read),
            ("/api/v1/devices", Endpoint::DeviceList, Methods::Read),
            ("/api/v1/devices/ir-1", Endpoint::Status { hostname: hostname() }, Methods::Read),
            ("/{d}/health", Endpoint::Health { hostname: hostname() }, Methods::Read),
            ("/{d}/status", Endpoint::Status { hostname: hostname() }, Methods::Read),
            ("/{d}/capabilities", Endpoint::Capabilities { hostname: hostname() }, Methods::Read),
            ("/{d}/diagnostic", Endpoint::Diagnostic { hostname: hostname() }, Methods::Act),
            ("/{d}/command", Endpoint::Command { hostname: hostname() }, Methods::Act),
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
        let every =
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
                .map(|name| Method::from_bytes(name.as_bytes()).unwrap());
        for (template, endpoint, methods) in endpoints() {
            for path in paths(template) {
                for method in &every {
                    let expected = if methods.include(method) {
                        Routed::Endpoint(endpoint.clone())
                    } else {
                        Routed::MethodNotAllowed { allow: methods.allow() }
                    };
                    assert_eq!(route(method, &path), expected, "{method} {path}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_endpoint_is_not_found() {
        let paths = [
            "",
            "/",
            "//",
            "/livez//",
            "//livez",
            "/ir-1",
            "/ir-1/",
            "/ir-1/reboot",
            "//health",
            "/ir-1/health/x",
            "/api/v1",
            "/api/v1/devices//health",
            "/api/v1/devices/ir-1/x",
            "/api/v1/devices/ir-1/health/x",
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
            for leaf in ["health", "status", "command"] {
                let path = format!("/{word}/{leaf}");
                assert_eq!(route(&Method::GET, &path), Routed::NotFound, "{path}");
                assert_eq!(surface(&path), Surface::V1, "{path}");
            }
        }
    }

    #[test]
    fn only_the_documents_paths_answer_in_its_shapes() {
        assert_eq!(surface("/ir-1/command"), Surface::Document);
        assert_eq!(surface("/ir-1/health/"), Surface::Document);
        assert_eq!(surface("/api/v1/devices/ir-1/command"), Surface::V1);
        assert_eq!(surface("/livez"), Surface::V1);
    }
}
