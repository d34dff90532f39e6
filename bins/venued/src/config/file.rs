//! The shape of the configuration file. Unknown keys are errors, with line and column.

use std::{collections::BTreeMap, net::SocketAddr, num::NonZeroU32, path::PathBuf};

use serde::Deserialize;
use venue_auth::LimitConfig;
use venue_domain::{ChannelNumber, Hostname, PortIndex};
use venue_infrared::KeyName;
use venue_registry::{
    DiscretePower, Label, MappedAction, Timing, Typing, VolumeAt, read_blaster_port,
    read_device_name,
};

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    pub(super) http: Http,
    pub(super) discovery: Discovery,
    pub(super) infrared: Infrared,
    pub(super) retention: RetentionDays,
    pub(super) system_task: Vec<Task>,
    pub(super) alerts: Alerts,
    pub(super) webhook: Vec<Webhook>,
    pub(super) limits: Limits,
    pub(super) log: Log,
    pub(super) store: Store,
    pub(super) backup: Backup,
    pub(super) direct: Direct,
    pub(super) queue: Queue,
    pub(super) pool: Pool,
    pub(super) timing: Timing,
    pub(super) device: Vec<Device>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Http {
    pub(super) listen: SocketAddr,
    pub(super) allow_insecure_lan: bool,
    pub(super) require_tokens: bool,
    pub(super) unix_socket: Option<PathBuf>,
    pub(super) admin_group: Option<u32>,
    pub(super) allowed_hosts: Vec<String>,
    pub(super) trusted_proxies: Vec<String>,
    pub(super) tls: Option<Tls>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    #[serde(default = "everywhere")]
    pub(super) listen: SocketAddr,
    pub(super) certificate_file: Option<PathBuf>,
    pub(super) certificate_credential: Option<String>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) key_credential: Option<String>,
}

/// Where HTTPS is served unless it is said otherwise.
fn everywhere() -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0], 8443))
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            allow_insecure_lan: false,
            require_tokens: false,
            unix_socket: None,
            admin_group: None,
            allowed_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            tls: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Discovery {
    pub(super) enabled: bool,
    pub(super) port: u16,
}

/// The port of mDNS (RFC 6762).
const MDNS_PORT: u16 = 5353;

impl Default for Discovery {
    fn default() -> Self {
        Self { enabled: false, port: MDNS_PORT }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Infrared {
    pub(super) library: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RetentionDays {
    pub(super) detail_days: u16,
    pub(super) aggregate_days: u16,
}

impl Default for RetentionDays {
    fn default() -> Self {
        Self { detail_days: 7, aggregate_days: 90 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Task {
    pub(super) task: String,
    pub(super) every_s: Option<u32>,
    pub(super) cron: Option<String>,
    pub(super) zone: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Alerts {
    pub(super) device_offline_after_s: u32,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { device_offline_after_s: 60 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret_file: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) events: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) commands_per_minute: NonZeroU32,
    pub(super) bulk_per_minute: NonZeroU32,
    pub(super) all_per_minute: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        let LimitConfig { commands, bulk, global, .. } = LimitConfig::default();
        Self { commands_per_minute: commands, bulk_per_minute: bulk, all_per_minute: global }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Store {
    pub(super) enabled: bool,
    pub(super) path: PathBuf,
    pub(super) runtime_directory: Option<PathBuf>,
    pub(super) backup_interval_hours: u16,
    pub(super) backups_kept: u8,
}

impl Default for Store {
    fn default() -> Self {
        let path = PathBuf::from("/var/lib/venued/venue.db");
        Self {
            enabled: true,
            path,
            runtime_directory: None,
            backup_interval_hours: 6,
            backups_kept: 4,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Backup {
    pub(super) folder: Option<PathBuf>,
    pub(super) passphrase_file: Option<PathBuf>,
    pub(super) passphrase_credential: Option<String>,
    pub(super) keep_days: u16,
    pub(super) keep_weeks: u16,
    pub(super) keep_months: u16,
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            folder: None,
            passphrase_file: None,
            passphrase_credential: None,
            keep_days: 7,
            keep_weeks: 4,
            keep_months: 12,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Log {
    pub(super) format: LogFormat,
    pub(super) filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Auto, filter: "info".to_owned() }
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// To the journal when it is connected to standard error, otherwise as text.
    Auto,
    /// As lines for people, on standard error.
    Text,
    /// As one JSON object a line, on standard error.
    Json,
    /// To the journal, with fields.
    Journald,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Direct {
    pub(super) immediate_timeout_ms: u64,
    pub(super) interactive_timeout_ms: u64,
}

impl Default for Direct {
    fn default() -> Self {
        Self { immediate_timeout_ms: 5_000, interactive_timeout_ms: 3_000 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Queue {
    pub(super) system_delay_s: u64,
}

impl Default for Queue {
    fn default() -> Self {
        Self { system_delay_s: 30 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Pool {
    pub(super) connection_pool_size: usize,
    pub(super) connect_timeout_ms: u64,
    pub(super) keepalive_interval_ms: u64,
    pub(super) keepalive_dead_after_ms: u64,
    pub(super) tcp_user_timeout_ms: u64,
    pub(super) reconnect_cap_ms: u64,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            connection_pool_size: 50,
            connect_timeout_ms: 10_000,
            keepalive_interval_ms: 10_000,
            keepalive_dead_after_ms: 20_000,
            tcp_user_timeout_ms: 10_000,
            reconnect_cap_ms: 60_000,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Device {
    #[serde(deserialize_with = "read_device_name")]
    pub(super) hostname: Hostname,
    pub(super) address: String,
    pub(super) name: Option<String>,
    pub(super) mac: Option<String>,
    pub(super) noise_psk: Option<String>,
    pub(super) noise_psk_file: Option<PathBuf>,
    pub(super) noise_psk_credential: Option<String>,
    #[serde(default)]
    pub(super) port: Vec<Port>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Port {
    #[serde(deserialize_with = "read_blaster_port")]
    pub(super) index: PortIndex,
    pub(super) name: Option<String>,
    pub(super) appliance: Option<String>,
    pub(super) zone: Option<Label>,
    #[serde(default)]
    pub(super) tags: Vec<Label>,
    pub(super) default_channel: Option<ChannelNumber>,
    pub(super) platform: Option<String>,
    #[serde(default)]
    pub(super) timing: Timing,
    pub(super) codeset: Option<Label>,
    pub(super) emitter: Option<String>,
    pub(super) typing: Option<Typing>,
    #[serde(default)]
    pub(super) mapping: BTreeMap<KeyName, MappedAction>,
    #[serde(default)]
    pub(super) discrete_power: DiscretePower,
    pub(super) source: Option<Label>,
    #[serde(default)]
    pub(super) volume: VolumeAt,
}
