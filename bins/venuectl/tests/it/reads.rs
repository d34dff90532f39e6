//! Commands that ask: what they print, in both formats.

use serde_json::{Value, json};
use venue_api::{Capabilities, DeviceList, DeviceStatus, Health, ServiceStatus};
use venue_domain::ProbeOutcome;

use crate::{
    ctl::{Run, ctl},
    venue::Venue,
};

#[test]
fn status_counts_devices_and_is_degraded_unless_all_are_online() {
    let venue = Venue::open();
    let run = ctl(&venue.url, "status");
    let table = format!(
        "server   {}\n\
         version  {version}\n\
         mode     direct only\n\
         started  2026-09-21T14:13:20Z (0 ms ago)\n\
         devices  4: 1 online, 1 connecting, 1 offline, 1 misconfigured\n",
        venue.url,
        version = env!("CARGO_PKG_VERSION"),
    );
    assert_eq!((run.code, run.stdout), (Some(1), table));
    let degraded = "degraded: 3 of 4 devices not online; see `venuectl device list`";
    assert_eq!(run.stderr, format!("venuectl: {degraded}\n"));

    let run = ctl(&venue.url, "status -o json");
    assert_eq!(run.code, Some(1));
    let status: ServiceStatus = serde_json::from_value(run.json()).unwrap();
    assert_eq!((status.devices.total, status.devices.online), (4, 1));
}

#[test]
fn doctor_tells_as_json_all_that_it_tells_as_a_table() {
    let venue = Venue::open();
    let table = ctl(&venue.url, "doctor");
    let run = ctl(&venue.url, "doctor -o json");
    assert_eq!((table.code, run.code), (Some(1), Some(1)), "{run:?}");
    assert_eq!(table.stderr, run.stderr);
    let found = run.json();
    assert_eq!(
        (&found["healthy"], &found["status"]["mode"]),
        (&json!(false), &json!("direct_only"))
    );
    let findings = found["findings"].as_array().unwrap();
    assert_eq!(findings.len() + 1, table.stdout.lines().count(), "{table:?}");
    for finding in findings {
        let what = finding["what"].as_str().unwrap();
        assert!(table.stdout.contains(what), "{what}: {table:?}");
        assert_eq!(finding["ok"] == json!(true), finding.get("remedy").is_none(), "{finding}");
    }
    let refused = |finding: &&Value| finding["what"] == "ir-3 answers, but is refused: wrong_key";
    assert_eq!(findings.iter().filter(refused).count(), 1, "{found}");
}

#[test]
fn device_list_tells_state_cause_and_evidence_and_obeys_no_name() {
    let venue = Venue::open();
    let run = ctl(&venue.url, "device list").good();
    let since = "2026-09-21T14:11:50Z (90 s)";
    let table = format!(
        "HOSTNAME  NAME          TVS  EVIDENCE       STATE\n\
         ir-1      Main�[2J bar  2    heard 1 s ago  online\n\
         ir-2      -             0    never heard    offline since {since}: connection refused\n\
         ir-3      -             0    never heard    misconfigured: wrong key\n\
         ir-4      -             0    never heard    connecting\n",
    );
    assert_eq!(run.stdout, table);

    let list: DeviceList =
        serde_json::from_value(ctl(&venue.url, "device list -o json").good().json()).unwrap();
    let names: Vec<_> = list.items.iter().map(|device| device.hostname.as_str()).collect();
    assert_eq!(names, ["ir-1", "ir-2", "ir-3", "ir-4"]);
    assert_eq!(list.items[0].name.as_deref(), Some("Main\u{1b}[2J bar"), "data is not changed");
}

#[test]
fn device_get_shows_what_is_known_of_a_device_and_its_tvs() {
    let venue = Venue::open();
    let run = ctl(&venue.url, "device get IR-1").good();
    let table = "\
hostname  ir-1
name      Main�[2J bar
state     online
next try  -
evidence  heard 1 s ago
address   10.0.0.7:6053
firmware  smartvenue.blaster 2 on esp01_1m, ESPHome 2026.10.2, API 1.14, compiled 2026-10-20 09:15:00 +0200
lane      0 waiting

TV      NAME  ZONE  DEFAULT CHANNEL
ir-1/2  TV 7  bar   060
ir-1/3  -     -     -
";
    assert_eq!(run.stdout, table);

    let run = ctl(&venue.url, "device get ir-2").good();
    assert!(run.stdout.contains("next try  in 16 s\n"), "{run:?}");

    let run = ctl(&venue.url, "device get ir-1 -o json").good();
    let device: DeviceStatus = serde_json::from_value(run.json()).unwrap();
    assert_eq!((device.hostname.as_str(), device.ports.len()), ("ir-1", 2));
}

#[test]
fn device_ping_ends_well_only_with_a_sign_of_life() {
    let venue = Venue::open();
    let run = ctl(&venue.url, "device ping ir-1").good();
    let table = "HOSTNAME  FOUND     ROUND TRIP  STATE   CAUSE\n\
                 ir-1      answered  4 ms        online  -\n";
    assert_eq!(run.stdout, table);
    let run = ctl(&venue.url, "device ping ir-1 -o json").good();
    assert!(serde_json::from_value::<Health>(run.json()).unwrap().healthy);

    for (device, words) in [
        ("ir-2", "ir-2 is offline: connection refused"),
        ("ir-3", "ir-3 is misconfigured: wrong key"),
        ("ir-4", "ir-4 is connecting: it has no session"),
    ] {
        let run = ctl(&venue.url, &format!("device ping {device}"));
        assert_eq!((run.code, run.stderr), (Some(1), format!("venuectl: {words}\n")));
        assert!(run.stdout.contains("no session"), "{}", run.stdout);
    }

    let silent = venue.probing(ProbeOutcome::Silent);
    let run = ctl(&silent.url, "device ping ir-1 -o json");
    assert_eq!((run.code, &run.json()["found"]), (Some(1), &json!("silent")));
    assert_eq!(run.stderr, "venuectl: ir-1 has a session and did not answer in time\n");
}

#[test]
fn device_capabilities_shows_actions_and_entities() {
    let venue = Venue::open();
    let run = ctl(&venue.url, "device capabilities ir-1").good();
    let table = "\
hostname       ir-1
firmware       smartvenue.blaster 2 on esp01_1m, ESPHome 2026.10.2, API 1.14, compiled 2026-10-20 09:15:00 +0200
mac            a1:b2:c3:d4:e5:f6
friendly name  Bar

ACTION                                  REPLIES
tv_channel(port: int, channel: string)  yes

ENTITY       NAME          OBJECT ID
text_sensor  capabilities  ir_capabilities_payload
";
    assert_eq!(run.stdout, table);

    let run = ctl(&venue.url, "device capabilities ir-1 -o json").good();
    let capabilities: Capabilities = serde_json::from_value(run.json()).unwrap();
    assert_eq!(capabilities.actions[0].name, "tv_channel");

    let Run { code, stdout, stderr } = ctl(&venue.url, "device capabilities ir-2");
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert_eq!(stderr, "venuectl: ir-2 has had no session yet: its capabilities are unknown\n");
}

#[test]
fn an_unknown_device_is_not_found_and_json_has_the_problem_on_stdout() {
    let venue = Venue::open();
    for words in ["get", "ping", "capabilities", "identify"] {
        let run = ctl(&venue.url, &format!("device {words} ir-9"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{words}");
        assert_eq!(run.stderr, "venuectl: device ir-9 not found\n", "{words}");

        let run = ctl(&venue.url, &format!("device {words} ir-9 --output json"));
        assert_eq!((run.code, &run.json()["code"]), (Some(3), &json!("unknown_device")));
        assert_eq!(run.stderr, "venuectl: device ir-9 not found\n", "{words}");
    }
}
