//! Configuration texts, good and bad.

use venue_domain::{Configuration, SystemTask};
use venue_registry::Registry;
use venue_schedule::Recurrence;
use venue_tls::authority::{Authority, Subject};

use super::*;
use crate::TaskTrigger;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, "venued.toml", Path::new("."))
}

fn error(text: &str) -> String {
    snafu::Report::from_error(parse(text).unwrap_err()).to_string()
}

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn an_empty_file_is_a_venue_without_devices_on_loopback() {
    let config = parse("").unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert!(config.devices.is_empty());
    assert_eq!(config.timeouts, Timeouts::default());
}

#[test]
fn an_unknown_key_is_told_with_line_and_column() {
    let text = error("[http]\nlisten = \"127.0.0.1:1\"\nlissten = 3\n");
    assert!(text.contains("line 3, column 1"), "{text}");
    assert!(text.contains("lissten") && text.contains("listen"), "{text}");
}

#[test]
fn a_wrong_value_is_told_with_line_and_what_would_be_right() {
    let text = error("[[device]]\nhostname = \"queue\"\naddress = \"10.0.0.1\"\n");
    assert!(text.contains("line 2") && text.contains("reserved"), "{text}");
    let port = "[[device]]\nhostname = \"ir-1\"\naddress = \"a\"\n[[device.port]]\nindex = 6\n";
    let text = error(port);
    assert!(text.contains("line 5") && text.contains("1 to 5"), "{text}");
}

#[test]
fn a_public_address_is_refused_unless_it_is_asked_for() {
    assert!(error("[http]\nlisten = \"0.0.0.0:80\"").contains("allow_insecure_lan"));
    let asked = parse("[http]\nlisten = \"0.0.0.0:80\"\nallow_insecure_lan = true").unwrap();
    assert_eq!(asked.listen.port(), 80);
}

#[test]
fn an_address_of_the_internet_needs_tokens_whatever_else_is_allowed() {
    let public = "[http]\nlisten = \"198.51.100.7:80\"\n";
    let refused = error(&format!("{public}allow_insecure_lan = true"));
    assert!(refused.contains("http.require_tokens"), "{refused}");
    assert!(parse(&format!("{public}require_tokens = true")).is_ok());
}

#[test]
fn devices_and_ports_are_known_once() {
    let twice = "[[device]]\nhostname='ir-1'\naddress='a'\n".repeat(2);
    assert!(error(&twice).contains("ir-1 is configured twice"));
    let ports = "[[device]]\nhostname='ir-1'\naddress='a'\nport=[{index=2},{index=2}]";
    assert!(error(ports).contains("port 2 is configured twice"));
    let board = "[[device]]\nhostname='ir-1'\naddress='a'\nport=[{index=0}]";
    assert!(error(board).contains("the board itself"));
}

#[test]
fn a_port_of_the_file_says_how_it_is_driven() {
    let text = "[[device]]\nhostname='ir-1'\naddress='a'\n\
        [[device.port]]\nindex=1\ncodeset='acme-tv'\nemitter='TV 1'\ntyping='frames'\n\
        [[device.port]]\nindex=2\n[device.port.mapping]\nmute={button='Mute'}\n\
        [[device.port]]\nindex=3\ndiscrete_power='no'";
    let config = parse(text).unwrap();
    let [set, mapped, board] = config.devices[0].record.ports.as_slice() else { panic!() };
    assert_eq!(set.codeset.as_ref().map(ToString::to_string).as_deref(), Some("acme-tv"));
    assert_eq!(set.emitter.as_deref(), Some("TV 1"));
    assert_eq!(mapped.mapping["mute"].button.as_deref(), Some("Mute"));
    assert_eq!(board.discrete_power, venue_registry::DiscretePower::No);
    let port = |fields: &str| {
        error(&format!("[[device]]\nhostname='ir-1'\naddress='a'\nport=[{{index=2,{fields}}}]"))
    };
    let alone = port("emitter='TV 1'");
    assert!(alone.contains("device ir-1, port 2: emitter: only a port with a codeset"), "{alone}");
    let both = port("codeset='acme-tv',mapping={mute={button='Mute'}}");
    assert!(both.contains("port 2: mapping: a port has a codeset or a mapping"), "{both}");
    let unknown = port("mapping={mute={action='ir',arguments={code='{key}'}}}");
    assert!(
        unknown.contains("port 2: mapping.mute.arguments: {key} stands for nothing"),
        "{unknown}"
    );
}

#[test]
fn a_port_of_the_file_says_what_its_screen_shows() {
    let port = |fields: &str| {
        format!("[[device]]\nhostname='ir-1'\naddress='a'\nport=[{{index=2,{fields}}}]")
    };
    let config = parse(&port("source='dtv-1',volume='source'")).unwrap();
    let screen = &config.devices[0].record.ports[0];
    assert_eq!(screen.source.as_ref().map(ToString::to_string).as_deref(), Some("dtv-1"));
    assert_eq!(screen.volume, venue_registry::VolumeAt::Source);
    let alone = error(&port("volume='source'"));
    assert!(alone.contains("device ir-1, port 2: volume: only a port with a source"), "{alone}");
    let wrong = error(&port("source='dtv-1',volume='box'"));
    assert!(wrong.contains("line 4, column 38: box is none of tv, source"), "{wrong}");
}

#[test]
fn a_key_comes_from_the_file_or_from_a_file_beside_it_and_is_never_shown() {
    let inline = format!("[[device]]\nhostname='ir-1'\naddress='a'\nnoise_psk='{KEY}'");
    let config = parse(&inline).unwrap();
    assert!(matches!(config.devices[0].session.encryption, Encryption::Noise(_)));
    assert!(!format!("{config:?}").contains("AAECAwQ"));

    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("key"), format!("{KEY}\n")).unwrap();
    let beside = "[[device]]\nhostname='ir-1'\naddress='a'\nnoise_psk_file='key'";
    let config = Config::parse(beside, "venued.toml", directory.path()).unwrap();
    assert!(matches!(config.devices[0].session.encryption, Encryption::Noise(_)));

    let both = format!("{inline}\nnoise_psk_file='key'");
    assert!(error(&both).contains("give one of"));
    let wrong = "[[device]]\nhostname='ir-1'\naddress='a'\nnoise_psk='c2VjcmV0'";
    let text = error(wrong);
    assert!(text.contains("ir-1") && !text.contains("c2VjcmV0"), "{text}");
}

#[test]
fn a_key_in_a_line_that_cannot_be_read_is_not_quoted() {
    let device = "[[device]]\nhostname='ir-1'\naddress='a'\n";
    let broken = [
        format!("noise_pks = \"{KEY}\""),
        format!("noise_psk = {KEY}"),
        format!("noise_psk = \"{KEY}"),
        format!("noise_psk = [\"{KEY}\"]"),
        format!("noise_psk = \"{KEY}\" \"\""),
    ];
    for line in broken {
        let text = format!("{device}{line}\n");
        let error = parse(&text).unwrap_err();
        let (shown, debug) = (snafu::Report::from_error(&error).to_string(), format!("{error:?}"));
        assert!(!shown.contains(&KEY[..8]) && !debug.contains(&KEY[..8]), "{shown}{debug}");
        assert!(shown.contains("line 4, column "), "{shown}");
    }
}

#[test]
fn what_is_no_address_is_told_before_anything_starts() {
    let bad = [
        "",
        ":6053",
        "a b",
        "10.0.0.7:0",
        "10.0.0.7:65536",
        "10.0.0.7:",
        "http://ir-1.local",
        "ir-1/2",
        "[fe80::1",
        "[ir-1]:6053",
        "fe80::1:x",
    ];
    for address in bad {
        let text = error(&format!("[[device]]\nhostname='ir-1'\naddress='{address}'"));
        assert!(text.contains("ir-1") && text.contains("host:port"), "{address}: {text}");
    }
}

#[test]
fn a_name_of_the_service_is_a_name_and_nothing_else() {
    let hosts = |list: &str| format!("[http]\nallowed_hosts = [{list}]");
    let config = parse(&hosts("'venue.example', 'tv'")).unwrap();
    assert_eq!(config.http.allowed_hosts, ["venue.example", "tv"]);
    for bad in ["''", "'http://venue.example'", "'venue.example:8080'", "'tv', '*'"] {
        assert!(error(&hosts(bad)).contains("http.allowed_hosts"), "{bad}");
    }
}

#[test]
fn a_trusted_proxy_is_an_address_or_a_network() {
    let proxies = |list: &str| format!("[http]\ntrusted_proxies = [{list}]");
    assert!(parse(&proxies("'127.0.0.1', 'fd00::/8', '10.0.0.0/8'")).is_ok());
    let wrong = error(&proxies("'proxy.example'"));
    assert!(wrong.contains("http.trusted_proxies") && wrong.contains("10.0.0.0/8"), "{wrong}");
}

#[test]
fn https_wants_tokens_on_the_network_and_a_pair_that_can_be_read() {
    let tls = |more: &str| format!("[http]\nrequire_tokens = true\n[http.tls]\n{more}");
    let files = "certificate_file = 'no.pem'\nkey_file = 'no.key'\n";
    let open = error(&tls(files).replace("true", "false"));
    assert!(open.contains("http.tls.listen") && open.contains("http.require_tokens"), "{open}");
    assert!(error(&tls("key_file = 'no.key'")).contains("certificate_file"));
    let both = tls(&format!("{files}key_credential = 'key'"));
    assert!(error(&both).contains("one of key_file and key_credential"));
    let missing = error(&tls(files));
    assert!(missing.contains("http.tls") && missing.contains("no.pem"), "{missing}");
    let credential = error(&tls("certificate_credential = 'a'\nkey_credential = '../b'"));
    assert!(credential.contains("LoadCredential="), "{credential}");
}

#[test]
fn backups_leave_the_machine_encrypted_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let read = |text: &str| Config::parse(text, "venued.toml", place.path());
    let told = |more: &str| {
        let failed = read(&format!("[backup]\nfolder = 'share'\n{more}")).unwrap_err();
        snafu::Report::from_error(failed).to_string()
    };
    assert!(told("").contains("backup.passphrase_file"));
    assert!(told("passphrase_file = 'a'\npassphrase_credential = 'b'").contains("one of"));
    assert!(told("passphrase_file = 'none'").contains("none"));
    assert!(told("passphrase_credential = '../none'").contains("LoadCredential="));
    fs::write(place.path().join("words"), "short").unwrap();
    assert!(told("passphrase_file = 'words'").contains("at least 12 characters"));
    fs::write(place.path().join("words"), "five words make it long").unwrap();
    let allow = |mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(place.path().join("words"), mode).unwrap();
    };
    allow(0o644);
    let open = told("passphrase_file = 'words'");
    assert!(open.contains("every user of this machine can read") && open.contains("chmod 600"));
    allow(0o600);
    let alone = read("[backup]\npassphrase_file = 'words'").unwrap_err().to_string();
    assert!(alone.contains("backup.folder is missing"), "{alone}");
    let text = "[backup]\nfolder = 'share'\npassphrase_file = 'words'\nkeep_days = 3";
    let plan = read(text).unwrap().store.unwrap().backups;
    assert_eq!(plan.folder.unwrap().folder, place.path().join("share"));
    assert_eq!(plan.keep, crate::Keep { days: 3, weeks: 4, months: 12 });
}

#[test]
fn no_request_is_given_up_while_its_command_may_still_go() {
    let config = parse("[direct]\ninteractive_timeout_ms = 60000").unwrap();
    let body_and_try = config.http.body_read_timeout + config.timeouts.interactive;
    assert!(config.http.request_timeout > body_and_try);
    assert_eq!(parse("").unwrap().http, venue_http::Config::default());
}

#[test]
fn the_queue_waits_no_longer_than_the_quickest_port_needs() {
    let least = |text: &str| {
        let (registry, _) = Registry::read(&Configuration::default(), &parse(text).unwrap().base());
        registry.least_timing()
    };
    assert_eq!(least(""), TimingProfile::default());
    let text = "[timing]\nframe_ms = 70\n[[device]]\nhostname='ir-1'\naddress='a'\n\
                port=[{index=1},{index=2,timing={frame_ms=5,digit_gap_ms=900}}]";
    let least = least(text);
    assert_eq!(least.frame, Duration::from_millis(5));
    assert_eq!(least.digit_gap, TimingProfile::default().digit_gap);
}

#[test]
fn timing_of_a_port_goes_over_that_of_the_venue() {
    let text = "[timing]\nwarm_up_ms = 5000\nframe_ms = 70\n[[device]]\nhostname='ir-1'\n\
                address='a'\nport=[{index=1},{index=2,timing={warm_up_ms=12000}}]";
    let (registry, _) = Registry::read(&Configuration::default(), &parse(text).unwrap().base());
    let timings: Vec<_> = registry.ports().map(|(_, port)| registry.timing(port)).collect();
    let warm_up = |place: usize| timings[place].warm_up.as_secs();
    assert_eq!((warm_up(0), warm_up(1)), (5, 12));
    assert_eq!(registry.venue_timing().warm_up, Duration::from_secs(5));
    assert_eq!(timings[1].frame, Duration::from_millis(70));
    let long = error(&text.replace("12000", "60001"));
    assert!(long.contains("ir-1, port 2: timing.warm_up_ms"), "{long}");
}

#[test]
fn durations_that_make_no_sense_are_refused_by_name() {
    for ms in ["0", "199", "60001", "9223372036854775807"] {
        for key in ["direct.interactive_timeout_ms", "direct.immediate_timeout_ms"] {
            assert!(error(&format!("{key} = {ms}")).contains(&format!("{key} = {ms}")));
        }
    }
    let late = error("[queue]\nsystem_delay_s = 3601");
    assert!(late.contains("queue.system_delay_s = 3601 makes no sense: give 0 to 3600"), "{late}");
    assert!(error("[pool]\nkeepalive_interval_ms = 30000").contains("keepalive_dead_after_ms"));
    assert!(error("[pool]\nconnection_pool_size = 0").contains("connection_pool_size"));
    assert!(error("[store]\nbackups_kept = 0").contains("store.backups_kept"));
}

const EXAMPLE: &str = include_str!("../../../../docs/venued.example.toml");

#[test]
fn the_example_has_every_default_as_it_is_and_no_device_that_nobody_has() {
    let (example, default) = (parse(EXAMPLE).unwrap(), parse("").unwrap());
    assert_eq!(format!("{example:#?}"), format!("{default:#?}"));
}

#[test]
fn what_the_example_comments_out_may_be_written_so() {
    let is_key = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        line.contains(" = ") && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    // A key in a file or a credential needs one, and there is one key alone.
    let needs_a_file = ["noise_psk", "secret_file", "ca_file", "tls ", "folder", "passphrase"];
    let lines = EXAMPLE.lines().map(|line| match line.strip_prefix("# ") {
        Some(bare) if needs_a_file.iter().any(|key| bare.starts_with(key)) => "",
        Some(bare) if bare.starts_with("[[") || is_key(bare) => bare,
        Some(_) | None => line,
    });
    let config = parse(&lines.collect::<Vec<_>>().join("\n")).unwrap();
    assert_eq!((config.devices.len(), config.devices[0].record.ports.len()), (1, 3));
    assert_eq!(config.webhooks.len(), 1);
    assert!(config.tasks.triggers.contains_key(&SystemTask::HealthSweep));
    assert_eq!(config.admin_group, Some(1000));
}

#[test]
fn what_is_installed_is_fit_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::make("Venue", 1_790_000_000).unwrap();
    let names = vec!["venue.lan".to_owned()];
    let pair = authority.issue(&Subject { names, addresses: Vec::new() }, 1_790_000_000).unwrap();
    fs::write(folder.path().join("server.pem"), pair.certificate).unwrap();
    fs::write(folder.path().join("server.key"), pair.key).unwrap();
    let text = include_str!("../../packaging/venued.toml");
    let text = text.replace("/var/lib/venued/tls/", &format!("{}/", folder.path().display()));
    let installed = parse(&text).unwrap();
    assert!(installed.devices.is_empty() && installed.webhooks.is_empty());
    // Plain HTTP never leaves the machine, and nobody gets in over the network without a token.
    assert!(installed.listen.ip().is_loopback() && installed.require_tokens);
    assert!(installed.tls.as_ref().unwrap().listen.ip().is_unspecified());
    assert_eq!(installed.http.allowed_hosts, ["venue.lan"]);
    let mut default = parse("").unwrap();
    default.discovery = installed.discovery;
    default.require_tokens = true;
    default.tls = installed.tls.clone();
    default.http.allowed_hosts = installed.http.allowed_hosts.clone();
    assert_eq!(format!("{installed:#?}"), format!("{default:#?}"), "it differs in nothing else");
}

#[test]
fn the_history_is_kept_for_7_days_and_the_aggregates_for_90_unless_it_is_said() {
    let day = Duration::from_secs(24 * 60 * 60);
    let kept = |text: &str| {
        let tasks = parse(text).unwrap().tasks;
        (tasks.detail, tasks.aggregates)
    };
    assert_eq!(kept(""), (7 * day, 90 * day));
    assert_eq!(kept("[retention]\ndetail_days = 2\naggregate_days = 30\n"), (2 * day, 30 * day));
}

#[test]
fn a_system_task_runs_every_so_often_or_by_a_pattern() {
    let task = |rest: &str| format!("[[system_task]]\ntask = \"log_collection\"\n{rest}\n");
    let cron = task("cron = \"0 4 * * *\"\nzone = \"Europe/Berlin\"");
    let triggers = parse(&cron).unwrap().tasks.triggers;
    let nightly = Recurrence::parse("0 4 * * *", "Europe/Berlin").unwrap();
    assert_eq!(triggers.get(&SystemTask::LogCollection), Some(&TaskTrigger::Cron(nightly)));
    let often = parse(&task("every_s = 60")).unwrap().tasks.triggers;
    let minute = TaskTrigger::Every(Duration::from_secs(60));
    assert_eq!(often.get(&SystemTask::LogCollection), Some(&minute));
    let off = "[[system_task]]\ntask = \"retention\"\nevery_s = 0\n";
    assert!(!parse(off).unwrap().tasks.triggers.contains_key(&SystemTask::Retention));
    for (rest, said) in [
        ("", "either every_s"),
        ("every_s = 60\ncron = \"0 4 * * *\"", "either every_s"),
        ("cron = \"0 4 * * *\"", "zone"),
        ("cron = \"0 25 * * *\"\nzone = \"UTC\"", "0 25 * * *"),
        ("cron = \"0 4 * * *\"\nzone = \"Mars\"", "Mars"),
    ] {
        let text = error(&task(rest));
        assert!(text.contains("log_collection") && text.contains(said), "{rest}: {text}");
    }
}

#[test]
fn a_file_named_without_its_folder_is_in_the_current_one() {
    assert_eq!(folder_of(Path::new("venued.toml")), Path::new("."));
    assert_eq!(folder_of(Path::new("/etc/venued/venued.toml")), Path::new("/etc/venued"));
}
