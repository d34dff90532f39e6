//! Every route with what it takes and gives: what the description of the API is made of. That it says
//! what the router does is tested.

use std::{
    collections::HashMap,
    mem::{Discriminant, discriminant},
    sync::LazyLock,
};

use http::Method;
use venue_auth::Need;

use crate::route::{Endpoint, Routed, route};

/// What an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// JSON of this schema.
    Json(&'static str),
    /// Text of this kind.
    Text(&'static str),
    /// No body.
    Nothing,
}

/// One route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) query: &'static [&'static str],
    pub(crate) body: Option<&'static str>,
    pub(crate) body_optional: bool,
    pub(crate) if_match: bool,
    pub(crate) answers: &'static [(u16, Answer)],
}

impl Route {
    const fn of(
        method: &'static str,
        path: &'static str,
        summary: &'static str,
        answers: &'static [(u16, Answer)],
    ) -> Self {
        let (query, body, body_optional, if_match): (&[&str], _, _, _) = (&[], None, false, false);
        Self { method, path, summary, query, body, body_optional, if_match, answers }
    }

    const fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    const fn body(self, schema: &'static str) -> Self {
        Self { body: Some(schema), ..self }
    }

    const fn optional_body(self, schema: &'static str) -> Self {
        Self { body: Some(schema), body_optional: true, ..self }
    }

    const fn if_match(self) -> Self {
        Self { if_match: true, ..self }
    }

    /// The names in its path.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Its name: `post_api_v1_batches_by_id_cancel`.
    pub(crate) fn id(&self) -> String {
        let path = self.path.replace('{', "by_").replace(['}', '.', '-'], "").replace('/', "_");
        format!("{}{path}", self.method.to_lowercase())
    }

    /// Where it leads, with something for each name.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        let path = self.path.replace("{hostname}", "ir-1");
        let path: Vec<&str> =
            path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let method: Method = self.method.parse().ok()?;
        match route(&method, &path.join("/")) {
            Routed::Endpoint(endpoint) => Some(endpoint),
            Routed::NotFound | Routed::MethodNotAllowed { .. } => None,
        }
    }

    /// Who may use it.
    pub(crate) fn need(&self) -> Need {
        // A route that leads nowhere would need everything; a test says that there is none.
        self.endpoint().map_or(Need::Secrets, |endpoint| endpoint.need())
    }
}

/// The parameters that `endpoint` looks at.
pub(crate) fn query_of(endpoint: &Endpoint) -> &'static [&'static str] {
    static KNOWN: LazyLock<HashMap<Discriminant<Endpoint>, &'static [&'static str]>> =
        LazyLock::new(|| {
            let of = |route: &Route| Some((discriminant(&route.endpoint()?), route.query));
            ROUTES.iter().filter_map(of).collect()
        });
    KNOWN.get(&discriminant(endpoint)).copied().unwrap_or_default()
}

use Answer::{Json, Nothing, Text};

const COMMAND: &[(u16, Answer)] = &[(200, Json("DocumentAnswer")), (202, Json("DocumentAnswer"))];
const COMMAND_V1: &[(u16, Answer)] = &[(200, Json("CommandAnswer")), (202, Json("CommandAnswer"))];
const BULK: &[(u16, Answer)] = &[(200, Json("BatchPlan")), (202, Json("DocumentBulk"))];
const REDONE: &[(u16, Answer)] = &[(200, Json("BatchRedone")), (202, Json("BatchRedone"))];
const ITEM: &[(u16, Answer)] = &[(200, Json("ConfigItem"))];
const SCHEDULE: &[(u16, Answer)] = &[(200, Json("Schedule"))];
const PAGE: &[&str] = &["limit", "cursor"];
const LIST: &[&str] = &["limit", "cursor", "hostname"];
const FIGURES: &str = "application/openmetrics-text";

/// Every route.
pub(crate) const ROUTES: &[Route] = &[
    Route::of("GET", "/", "The page for the staff", &[(200, Text("text/html")), (304, Nothing)]),
    Route::of(
        "GET",
        "/assets/{name}",
        "A file of the page",
        &[(200, Text("text/javascript")), (304, Nothing)],
    ),
    Route::of("GET", "/livez", "Whether the service lives", &[(200, Json("Live"))]),
    Route::of(
        "GET",
        "/readyz",
        "Whether it takes work",
        &[(200, Json("Ready")), (503, Json("Ready"))],
    ),
    Route::of("GET", "/metrics", "All figures, for Prometheus", &[(200, Text(FIGURES))]),
    Route::of("POST", "/{hostname}/diagnostic", "Blink the LED of a board", COMMAND)
        .optional_body("DiagnosticBody"),
    Route::of("POST", "/{hostname}/command", "One command for one TV", COMMAND).body("CommandBody"),
    Route::of(
        "GET",
        "/{hostname}/health",
        "Ask a device for a sign of life",
        &[(200, Json("Health"))],
    ),
    Route::of(
        "GET",
        "/{hostname}/status",
        "What is known of a device",
        &[(200, Json("DeviceStatus"))],
    ),
    Route::of(
        "GET",
        "/{hostname}/capabilities",
        "What a device can do",
        &[(200, Json("Capabilities"))],
    ),
    Route::of(
        "GET",
        "/{hostname}/port-status",
        "What is believed of its TVs",
        &[(200, Json("PortStatuses"))],
    ),
    Route::of("POST", "/bulk/command", "One command for many TVs", BULK).body("BulkBody"),
    Route::of("POST", "/bulk-command", "The same", BULK).body("BulkBody"),
    Route::of(
        "GET",
        "/bulk/{id}/status",
        "A batch with all commands",
        &[(200, Json("BulkStatus"))],
    ),
    Route::of(
        "POST",
        "/system/refresh-capabilities",
        "Ask all devices what they can do",
        &[(202, Json("RefreshQueued"))],
    ),
    Route::of(
        "GET",
        "/queue/health",
        "Whether the queue is healthy",
        &[(200, Json("QueueHealth"))],
    ),
    Route::of("GET", "/queue/metrics", "Figures of the queue", &[(200, Json("QueueMetrics"))]),
    Route::of("POST", "/schedule", "Make a schedule", &[(201, Json("Schedule"))])
        .body("ScheduleItem"),
    Route::of("GET", "/api/v1/openapi.json", "This description", &[(200, Json("object"))]),
    Route::of(
        "GET",
        "/api/v1/status",
        "The service and its devices",
        &[(200, Json("ServiceStatus"))],
    ),
    Route::of(
        "GET",
        "/api/v1/whoami",
        "As whom the service sees the caller",
        &[(200, Json("WhoAmI"))],
    ),
    Route::of(
        "GET",
        "/api/v1/events",
        "What happens, as it happens",
        &[(200, Text("text/event-stream"))],
    )
    .query(&["type", "last_event_id"]),
    Route::of("GET", "/api/v1/alerts", "What somebody should look at", &[(200, Json("AlertList"))]),
    Route::of("GET", "/api/v1/devices", "All devices", &[(200, Json("DeviceList"))]),
    Route::of(
        "GET",
        "/api/v1/devices/{hostname}",
        "What is known of a device",
        &[(200, Json("DeviceStatus"))],
    ),
    Route::of(
        "GET",
        "/api/v1/devices/{hostname}/health",
        "Ask it for a sign of life",
        &[(200, Json("Health"))],
    ),
    Route::of(
        "GET",
        "/api/v1/devices/{hostname}/status",
        "What is known of it",
        &[(200, Json("DeviceStatus"))],
    ),
    Route::of(
        "GET",
        "/api/v1/devices/{hostname}/capabilities",
        "What it can do",
        &[(200, Json("Capabilities"))],
    ),
    Route::of(
        "GET",
        "/api/v1/devices/{hostname}/port-status",
        "What is believed of its TVs",
        &[(200, Json("PortStatuses"))],
    ),
    Route::of(
        "GET",
        "/api/v1/devices/{hostname}/log",
        "What it said, as collected last",
        &[(200, Json("DeviceLog"))],
    )
    .query(&["limit"]),
    Route::of("POST", "/api/v1/devices/{hostname}/diagnostic", "Blink its LED", COMMAND_V1)
        .optional_body("DiagnosticBody"),
    Route::of("POST", "/api/v1/devices/{hostname}/command", "One command for one TV", COMMAND_V1)
        .body("CommandBody"),
    Route::of(
        "POST",
        "/api/v1/batches",
        "One command for many TVs",
        &[(200, Json("BatchPlan")), (202, Json("BatchAccepted"))],
    )
    .body("BulkBody"),
    Route::of(
        "GET",
        "/api/v1/batches",
        "The batches, the newest first",
        &[(200, Json("BatchPage"))],
    )
    .query(PAGE),
    Route::of("GET", "/api/v1/ports", "Ports as a wall shows them", &[(200, Json("PortList"))])
        .query(&["selector"]),
    Route::of(
        "PUT",
        "/api/v1/ports/{hostname}/{port}/belief",
        "Say what a TV really shows",
        &[(200, Json("PortStatus"))],
    )
    .body("BeliefBody"),
    Route::of("GET", "/api/v1/batches/{id}", "How far a batch is", &[(200, Json("BatchStatus"))])
        .query(PAGE),
    Route::of(
        "POST",
        "/api/v1/batches/{id}/cancel",
        "Withdraw what waits",
        &[(200, Json("BatchCancelled"))],
    ),
    Route::of("POST", "/api/v1/batches/{id}/retry", "Try anew what failed", REDONE),
    Route::of("POST", "/api/v1/batches/{id}/undo", "Restore what was before", REDONE),
    Route::of("GET", "/api/v1/commands/{id}", "One command", &[(200, Json("CommandAccount"))]),
    Route::of("GET", "/api/v1/commands/{id}/why", "Why it is where it is", &[(200, Json("Why"))]),
    Route::of(
        "POST",
        "/api/v1/commands/{id}/cancel",
        "Withdraw it",
        &[(200, Json("CommandCancelled"))],
    ),
    Route::of("GET", "/api/v1/queue", "The queue", &[(200, Json("QueueStats"))]),
    Route::of("GET", "/api/v1/queue/commands", "What waits", &[(200, Json("CommandPage"))])
        .query(LIST),
    Route::of(
        "POST",
        "/api/v1/queue/pause",
        "Begin nothing more of the queue",
        &[(200, Json("QueueStats"))],
    ),
    Route::of("POST", "/api/v1/queue/resume", "Go on", &[(200, Json("QueueStats"))]),
    Route::of("GET", "/api/v1/history", "What ended", &[(200, Json("CommandPage"))]).query(LIST),
    Route::of("GET", "/api/v1/statistics", "What ended, day by day", &[(200, Json("Statistics"))])
        .query(&["days", "from", "to", "hostname", "group", "limit"]),
    Route::of(
        "GET",
        "/api/v1/firmware",
        "What runs where, as it was checked last",
        &[(200, Json("FirmwareInventory"))],
    ),
    Route::of(
        "GET",
        "/api/v1/discovered",
        "Boards that announce themselves on the network",
        &[(200, Json("Discovered"))],
    ),
    Route::of(
        "GET",
        "/api/v1/system/tasks",
        "What the venue does for itself",
        &[(200, Json("SystemTaskList"))],
    ),
    Route::of(
        "GET",
        "/api/v1/system/tasks/{task}",
        "What a task found last",
        &[(200, Json("SystemTaskStatus"))],
    ),
    Route::of(
        "POST",
        "/api/v1/system/tasks/{task}/run",
        "Run a task",
        &[(202, Json("SystemTaskStatus"))],
    ),
    Route::of("GET", "/api/v1/backups", "Copies of the store", &[(200, Json("BackupList"))]),
    Route::of("POST", "/api/v1/backups", "Make a copy", &[(201, Json("Backup"))]),
    Route::of(
        "GET",
        "/api/v1/config",
        "What the venue is made of",
        &[(200, Json("ConfigDocument"))],
    ),
    Route::of(
        "POST",
        "/api/v1/config/diff",
        "What a document would change",
        &[(200, Json("ConfigChanges"))],
    )
    .body("ApplyBody"),
    Route::of(
        "POST",
        "/api/v1/config/apply",
        "Make it as a document says",
        &[(200, Json("ConfigChanges"))],
    )
    .body("ApplyBody"),
    Route::of("GET", "/api/v1/config/{kind}", "All items of a kind", &[(200, Json("ConfigList"))])
        .query(PAGE),
    Route::of("POST", "/api/v1/config/{kind}", "Make an item", &[(201, Json("ConfigItem"))])
        .body("AnyItem"),
    Route::of("GET", "/api/v1/config/{kind}/{id}", "One item", ITEM),
    Route::of("PUT", "/api/v1/config/{kind}/{id}", "The whole item anew", ITEM)
        .body("AnyItem")
        .if_match(),
    Route::of("PATCH", "/api/v1/config/{kind}/{id}", "Some of its fields", ITEM)
        .body("object")
        .if_match(),
    Route::of(
        "DELETE",
        "/api/v1/config/{kind}/{id}",
        "Remove it",
        &[(200, Json("ConfigRevision"))],
    )
    .if_match(),
    Route::of(
        "PUT",
        "/api/v1/config/devices/{hostname}/key",
        "Give it a Noise key",
        &[(200, Json("KeyChanged"))],
    )
    .body("KeyBody"),
    Route::of(
        "DELETE",
        "/api/v1/config/devices/{hostname}/key",
        "Take its key away",
        &[(200, Json("KeyChanged"))],
    ),
    Route::of(
        "PUT",
        "/api/v1/config/devices/{hostname}/board",
        "Accept the board that answers in place of the one before",
        &[(200, Json("BoardAccepted"))],
    )
    .body("BoardBody"),
    Route::of("GET", "/api/v1/schedules", "All schedules", &[(200, Json("ScheduleList"))]),
    Route::of("POST", "/api/v1/schedules", "Make a schedule", &[(201, Json("Schedule"))])
        .body("ScheduleItem"),
    Route::of("GET", "/api/v1/schedules/{id}", "One schedule", SCHEDULE),
    Route::of("PUT", "/api/v1/schedules/{id}", "The whole schedule anew", SCHEDULE)
        .body("ScheduleItem")
        .if_match(),
    Route::of("PATCH", "/api/v1/schedules/{id}", "Some of its fields", SCHEDULE)
        .body("object")
        .if_match(),
    Route::of("DELETE", "/api/v1/schedules/{id}", "Remove it", &[(200, Json("ScheduleRemoved"))])
        .if_match(),
    Route::of(
        "GET",
        "/api/v1/schedules/{id}/next",
        "When it fires next",
        &[(200, Json("NextRuns"))],
    )
    .query(&["n"]),
    Route::of(
        "GET",
        "/api/v1/schedules/{id}/runs",
        "What became of its runs",
        &[(200, Json("ScheduleRuns"))],
    )
    .query(&["limit"]),
    Route::of("POST", "/api/v1/schedules/{id}/skip", "Leave out its next run", SCHEDULE),
    Route::of(
        "POST",
        "/api/v1/schedules/{id}/run",
        "Do at once what it does",
        &[(202, Json("BatchAccepted"))],
    ),
    Route::of("POST", "/api/v1/schedules/{id}/pause", "Fire nothing of it", SCHEDULE),
    Route::of("POST", "/api/v1/schedules/{id}/resume", "Fire it again", SCHEDULE),
    Route::of("GET", "/api/v1/tokens", "All tokens, not their texts", &[(200, Json("TokenList"))]),
    Route::of("POST", "/api/v1/tokens", "Make a token", &[(201, Json("NewToken"))])
        .body("TokenBody"),
    Route::of("DELETE", "/api/v1/tokens/{id}", "Take a token back", &[(200, Json("Token"))]),
    Route::of("GET", "/api/v1/audit", "Who did what", &[(200, Json("AuditPage"))])
        .query(&["actor", "since", "until", "limit", "cursor"]),
];

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, mem::discriminant};

    use super::*;

    #[test]
    fn every_route_leads_somewhere_and_every_endpoint_is_led_to() {
        let mut reached = HashSet::new();
        for route in ROUTES {
            let endpoint = route.endpoint();
            let endpoint = endpoint.unwrap_or_else(|| panic!("{} {}", route.method, route.path));
            reached.insert(discriminant(&endpoint));
        }
        assert_eq!(reached.len(), Endpoint::COUNT, "an endpoint is missing in the table");
    }
}
