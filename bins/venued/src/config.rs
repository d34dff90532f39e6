//! The configuration file: read, checked, and turned into what the parts need.
//!
//! What the file says is `file`; what the daemon runs with is [`Config`]. Every check happens in
//! the one conversion between them, so a `Config` that exists is usable.

mod backup;
mod error;
mod file;
mod tasks;
mod tls;

use std::{
    collections::{BTreeMap, HashSet},
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use esphome_pool::{
    Backoff, DeviceConfig, PoolConfig,
    codec::{Encryption, Keepalive, Psk},
};
use hyper::Uri;
use snafu::{OptionExt, ResultExt, ensure};
use tokio_rustls::TlsConnector;
use venue_auth::LimitConfig;
use venue_domain::{Hostname, TimingProfile};
use venue_http::{EventKind, TrustedProxies};
use venue_registry::{Address, Base, Device as Record, MacAddress, Port, TimeZoneName, Timing};
use venue_routing::Timeouts;
use venue_tls::Roots;

use crate::{BackupPlan, TaskPlan, Webhook, logos::Logos};

use error::{
    AddressSnafu, AllowedHostSnafu, BoardPortSnafu, CredentialSnafu, DuplicateDeviceSnafu,
    DuplicatePortSnafu, KeepaliveSnafu, KeySnafu, MacSnafu, PatienceSnafu, PortFieldSnafu,
    ReadKeySnafu, ReadSnafu, SystemDelaySnafu, TimingSnafu, TrustedProxySnafu, TwoKeysSnafu,
    WebhookCaSnafu, WebhookSnafu, ZeroSnafu,
};

pub use error::ConfigError;
pub use file::LogFormat;
pub use tls::Tls;

/// What the daemon runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that says all this; `None` where there is none.
    pub file: Option<PathBuf>,
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// Whether it may be served to a network: whoever reaches it commands the TVs.
    pub allow_insecure_lan: bool,
    /// Whether a token is needed also where there is none yet.
    pub require_tokens: bool,
    /// Whether a new venue can be set up with a code.
    pub offers_setup: bool,
    /// The unix socket of the administrators of this machine; `None` for none.
    pub unix_socket: Option<PathBuf>,
    /// The group whose members administer, by its number.
    pub admin_group: Option<u32>,
    /// Where it is served encrypted; `None` for nowhere.
    pub tls: Option<Tls>,
    /// The UDP port where announcements are listened to; `None` for not at all.
    pub discovery: Option<u16>,
    /// The folder of infrared code files; `None` for none.
    pub infrared_library: Option<PathBuf>,
    /// What the venue does for itself.
    pub tasks: TaskPlan,
    /// How long a device may be away before somebody is told.
    pub device_offline_after: Duration,
    /// Who is told of events over HTTP.
    pub webhooks: Vec<Webhook>,
    /// How often who may do what.
    pub limits: LimitConfig,
    /// How it is served.
    pub http: venue_http::Config,
    /// How logs are written.
    pub log_format: LogFormat,
    /// Which logs are written, as a `tracing` filter.
    pub log_filter: String,
    /// Where commands are stored; `None` for direct-only mode by choice.
    pub store: Option<StoreFiles>,
    /// The times of the routing policy.
    pub timeouts: Timeouts,
    /// The sessions.
    pub pool: PoolConfig,
    /// The venue's timing profile.
    pub timing: TimingProfile,
    /// The devices of the file, ordered by hostname.
    pub devices: Vec<Device>,
}

/// Where commands are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFiles {
    /// The database.
    pub path: PathBuf,
    /// A folder on another disk, where the mark of an outage is written as well: the one that
    /// systemd makes for the service (`RuntimeDirectory=`).
    pub runtime: Option<PathBuf>,
    /// How often the database is copied, and which copies are kept.
    pub backups: BackupPlan,
}

/// One device of the file: what is registered of it, and how it is reached.
#[derive(Clone, Debug)]
pub struct Device {
    /// What is registered of it.
    pub record: Arc<Record>,
    /// How its session is opened.
    pub session: DeviceConfig,
}

impl Config {
    /// Reads and checks the file at `path`. Relative key files are looked up beside it.
    ///
    /// # Errors
    /// [`ConfigError`] names the key, or line and column, and what would be right.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).context(ReadSnafu { path })?;
        let config = Self::parse(&text, &path.display().to_string(), folder_of(path))?;
        Ok(Self { file: Some(path.to_owned()), ..config })
    }

    /// Checks a configuration text; `origin` names it in errors.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, origin: &str, directory: &Path) -> Result<Self, ConfigError> {
        let file: file::File =
            toml::from_str(text).map_err(|error| ConfigError::parse(origin, text, &error))?;
        let http = &file.http;
        venue_auth::access(http.listen, http.require_tokens, http.allow_insecure_lan)?;
        let mut devices = Vec::with_capacity(file.device.len());
        for device in &file.device {
            devices.push(self::device(device, directory)?);
        }
        devices.sort_by(|a, b| a.record.hostname.cmp(&b.record.hostname));
        if let Some(pair) =
            devices.windows(2).find(|pair| pair[0].record.hostname == pair[1].record.hostname)
        {
            let hostname = pair[0].record.hostname.clone();
            return DuplicateDeviceSnafu { hostname }.fail();
        }
        let timeouts = timeouts(&file.direct, &file.queue)?;
        let tls = tls::tls(http, directory)?;
        Ok(Self {
            file: None,
            listen: http.listen,
            allow_insecure_lan: http.allow_insecure_lan,
            require_tokens: http.require_tokens,
            offers_setup: true,
            unix_socket: unix_socket(http, directory),
            admin_group: http.admin_group,
            discovery: discovery(&file.discovery)?,
            infrared_library: file.infrared.library.as_ref().map(|folder| directory.join(folder)),
            tasks: tasks::plan(&file)?,
            device_offline_after: Duration::from_secs(file.alerts.device_offline_after_s.into()),
            webhooks: webhooks(&file.webhook, directory)?,
            limits: limits(&file.limits),
            http: self::http(http, tls.as_ref(), timeouts)?,
            tls,
            log_format: file.log.format,
            log_filter: file.log.filter.clone(),
            // Relative to the file that names it, as key files are.
            store: file.store.enabled.then(|| store(&file, directory)).transpose()?,
            timeouts,
            pool: pool(&file.pool)?,
            timing: timing(&file.timing, "timing")?.over(TimingProfile::default()),
            devices,
        })
    }

    /// How the devices of the file are reached.
    #[must_use]
    pub fn sessions(&self) -> BTreeMap<Hostname, DeviceConfig> {
        let session = |device: &Device| (device.record.hostname.clone(), device.session.clone());
        self.devices.iter().map(session).collect()
    }

    /// Where the logos of the channels are: beside the database, if there is one.
    pub(crate) fn logos(&self) -> Logos {
        Logos::beside(self.store.as_ref().map(|files| files.path.as_path()))
    }

    /// What the file fixes of the registry.
    #[must_use]
    pub fn base(&self) -> Base {
        let keyed = self.devices.iter().filter(|device| match device.session.encryption {
            Encryption::Plaintext => false,
            Encryption::Noise(_) => true,
        });
        Base {
            devices: self.devices.iter().map(|device| Arc::clone(&device.record)).collect(),
            with_key: keyed.map(|device| device.record.hostname.clone()).collect(),
            timing: self.timing,
            time_zone: machine_time_zone(),
        }
    }
}

/// The zone that the machine is set to; UTC where it names none.
fn machine_time_zone() -> TimeZoneName {
    let zone = jiff::tz::TimeZone::system();
    zone.iana_name().and_then(|name| name.parse().ok()).unwrap_or_default()
}

/// The folder of a file, by a name that can be opened: for `venued.toml` that is `.`, and not nothing.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

/// Where it is said, or else where systemd made a folder for the service. An empty path is none.
fn unix_socket(http: &file::Http, directory: &Path) -> Option<PathBuf> {
    match &http.unix_socket {
        Some(path) if path.as_os_str().is_empty() => None,
        Some(path) => Some(directory.join(path)),
        None => system_runtime().map(|folder| folder.join("venued.sock")),
    }
}

/// The UDP port where announcements are listened to; `None` for not at all.
fn discovery(discovery: &file::Discovery) -> Result<Option<u16>, ConfigError> {
    ensure!(discovery.port > 0, ZeroSnafu { key: "discovery.port" });
    Ok(discovery.enabled.then_some(discovery.port))
}

fn webhooks(all: &[file::Webhook], directory: &Path) -> Result<Vec<Webhook>, ConfigError> {
    let one = |hook: &file::Webhook| {
        let detail = "url is http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH";
        let wrong = || WebhookSnafu { detail }.build();
        let url: Uri = hook.url.parse().map_err(|_| wrong())?;
        let is_secure = url.scheme_str() == Some("https");
        ensure!(is_secure || url.scheme_str() == Some("http"), WebhookSnafu { detail });
        ensure!(url.host().is_some(), WebhookSnafu { detail });
        let tls = webhook_tls(hook, is_secure, directory)?;
        let secret = hook.secret_file.as_ref().map(|file| {
            let path = directory.join(file);
            let text = fs::read_to_string(&path).context(ReadSnafu { path })?;
            Ok::<_, ConfigError>(text.trim().as_bytes().to_vec())
        });
        let alerts = [EventKind::AlertRaised, EventKind::AlertCleared];
        let events = match &hook.events {
            None => alerts.to_vec(),
            Some(names) => names
                .iter()
                .map(|name| {
                    let detail = "events are names such as alert.raised and device.state";
                    name.parse().map_err(|_| WebhookSnafu { detail }.build())
                })
                .collect::<Result<_, ConfigError>>()?,
        };
        Ok(Webhook { url, secret: secret.transpose()?, events, tls })
    };
    all.iter().map(one).collect()
}

/// Whom a webhook trusts: whom it says, or else whom this machine trusts; nothing for plain HTTP.
fn webhook_tls(
    hook: &file::Webhook,
    is_secure: bool,
    directory: &Path,
) -> Result<Option<TlsConnector>, ConfigError> {
    if !is_secure {
        let detail = "ca_file is for https:// alone";
        ensure!(hook.ca_file.is_none(), WebhookSnafu { detail });
        return Ok(None);
    }
    let text = hook.ca_file.as_ref().map(|file| {
        let path = directory.join(file);
        fs::read(&path).context(ReadSnafu { path })
    });
    let text = text.transpose()?;
    let roots = text.as_deref().map_or(Roots::System, Roots::Only);
    let config = venue_tls::client(roots).context(WebhookCaSnafu)?;
    Ok(Some(TlsConnector::from(config)))
}

fn limits(limits: &file::Limits) -> LimitConfig {
    LimitConfig {
        commands: limits.commands_per_minute,
        bulk: limits.bulk_per_minute,
        global: limits.all_per_minute,
        ..LimitConfig::default()
    }
}

fn store(file: &file::File, directory: &Path) -> Result<StoreFiles, ConfigError> {
    let store = &file.store;
    let backups =
        BackupPlan { machine_zone: machine_time_zone(), ..backup::plan(file, directory)? };
    let runtime = store.runtime_directory.as_ref().map(|folder| directory.join(folder));
    let runtime = runtime.or_else(system_runtime);
    Ok(StoreFiles { path: directory.join(&store.path), runtime, backups })
}

/// What systemd made for the service, the first of several.
fn system_runtime() -> Option<PathBuf> {
    let folders = env::var_os("RUNTIME_DIRECTORY")?;
    env::split_paths(&folders).next().filter(|folder| folder.is_absolute())
}

fn http(
    http: &file::Http,
    tls: Option<&Tls>,
    timeouts: Timeouts,
) -> Result<venue_http::Config, ConfigError> {
    if let Some(text) = http.allowed_hosts.iter().find(|name| !is_name(name)) {
        return AllowedHostSnafu { text }.fail();
    }
    let proxies = http.trusted_proxies.iter().map(String::as_str);
    let trusted_proxies = TrustedProxies::parse(proxies).context(TrustedProxySnafu)?;
    let defaults = venue_http::Config::default();
    Ok(venue_http::Config {
        trusted_proxies,
        // What the certificate is for nobody else can be called.
        allowed_hosts: tls
            .map_or(&[][..], |tls| tls.pair.names())
            .iter()
            .chain(&http.allowed_hosts)
            .cloned()
            .collect(),
        // No request is given up while its command may still go.
        request_timeout: defaults.body_read_timeout
            + timeouts.immediate.max(timeouts.interactive)
            + REQUEST_RESERVE,
        ..defaults
    })
}

fn timeouts(direct: &file::Direct, queue: &file::Queue) -> Result<Timeouts, ConfigError> {
    let patience = |key, ms| {
        let range = SHORTEST_PATIENCE_MS..=LONGEST_PATIENCE_MS;
        ensure!(range.contains(&ms), PatienceSnafu { key, ms });
        Ok::<_, ConfigError>(Duration::from_millis(ms))
    };
    let delay_s = queue.system_delay_s;
    ensure!(delay_s <= LONGEST_DELAY_S, SystemDelaySnafu { delay_s });
    Ok(Timeouts {
        immediate: patience("direct.immediate_timeout_ms", direct.immediate_timeout_ms)?,
        interactive: patience("direct.interactive_timeout_ms", direct.interactive_timeout_ms)?,
        system_delay: Duration::from_secs(delay_s),
    })
}

fn pool(pool: &file::Pool) -> Result<PoolConfig, ConfigError> {
    let (interval_ms, dead_after_ms) = (pool.keepalive_interval_ms, pool.keepalive_dead_after_ms);
    ensure!(dead_after_ms > interval_ms, KeepaliveSnafu { interval_ms, dead_after_ms });
    ensure!(pool.connection_pool_size > 0, ZeroSnafu { key: "pool.connection_pool_size" });
    Ok(PoolConfig {
        client_info: "venued".to_owned(),
        connect_timeout: duration("pool.connect_timeout_ms", pool.connect_timeout_ms)?,
        keepalive: Keepalive {
            interval: duration("pool.keepalive_interval_ms", interval_ms)?,
            dead_after: Duration::from_millis(dead_after_ms),
        },
        tcp_user_timeout: duration("pool.tcp_user_timeout_ms", pool.tcp_user_timeout_ms)?,
        parallel_connects: pool.connection_pool_size,
        backoff: Backoff {
            longest: duration("pool.reconnect_cap_ms", pool.reconnect_cap_ms)?,
            ..PoolConfig::default().backoff
        },
        ..PoolConfig::default()
    })
}

fn device(device: &file::Device, directory: &Path) -> Result<Device, ConfigError> {
    let hostname = device.hostname.clone();
    let mut ports = Vec::with_capacity(device.port.len());
    let mut seen = HashSet::new();
    for port in &device.port {
        let index = port.index;
        ensure!(!index.is_board(), BoardPortSnafu { hostname: hostname.clone() });
        let new = seen.insert(index);
        ensure!(new, DuplicatePortSnafu { hostname: hostname.clone(), port: index });
        let port = Port {
            name: port.name.clone(),
            appliance: port.appliance.clone(),
            zone: port.zone.clone(),
            tags: port.tags.clone(),
            timing: timing(&port.timing, &format!("device {hostname}, port {index}: timing"))?,
            default_channel: port.default_channel.clone(),
            platform: port.platform.clone(),
            codeset: port.codeset.clone(),
            emitter: port.emitter.clone(),
            typing: port.typing,
            mapping: port.mapping.clone(),
            discrete_power: port.discrete_power,
            source: port.source.clone(),
            volume: port.volume,
            ..Port::new(index)
        };
        let of_source = port.source_problem().map(|(field, detail)| (field.into(), detail.into()));
        if let Some((field, detail)) = port.driving_problems().into_iter().chain(of_source).next() {
            return PortFieldSnafu { hostname, port: index, field, detail }.fail();
        }
        ports.push(port);
    }
    ports.sort_by_key(|port| port.index);
    let (address, mac) = (address(device)?, mac(device)?);
    let session = DeviceConfig {
        name: Some(hostname.to_string()),
        address: address.to_string(),
        mac: mac.and_then(|mac| mac.to_string().parse().ok()),
        encryption: encryption(device, directory)?,
    };
    let record = Record {
        hostname,
        address,
        mac,
        name: device.name.clone(),
        location: None,
        notes: None,
        ports,
    };
    Ok(Device { record: Arc::new(record), session })
}

fn timing(timing: &Timing, place: &str) -> Result<Timing, ConfigError> {
    match timing.too_long() {
        None => Ok(*timing),
        Some(time) => TimingSnafu { key: format!("{place}.{time}") }.fail(),
    }
}

fn mac(device: &file::Device) -> Result<Option<MacAddress>, ConfigError> {
    let Some(text) = &device.mac else { return Ok(None) };
    match text.parse() {
        Ok(mac) => Ok(Some(mac)),
        Err(_) => MacSnafu { hostname: device.hostname.clone(), text }.fail(),
    }
}

fn read_key(device: &file::Device, path: PathBuf) -> Result<String, ConfigError> {
    let hostname = device.hostname.clone();
    fs::read_to_string(&path).context(ReadKeySnafu { hostname, path })
}

/// Where systemd has put the credential of this name (`LoadCredential=`).
fn credential(hostname: &Hostname, name: &str) -> Result<PathBuf, ConfigError> {
    tls::credential_path(name).context(CredentialSnafu { hostname: hostname.clone(), name })
}

fn encryption(device: &file::Device, directory: &Path) -> Result<Encryption, ConfigError> {
    let hostname = || device.hostname.clone();
    let file::Device { noise_psk, noise_psk_file, noise_psk_credential, .. } = device;
    let text = match (noise_psk, noise_psk_file, noise_psk_credential) {
        (None, None, None) => return Ok(Encryption::Plaintext),
        (Some(text), None, None) => text.clone(),
        (None, Some(file), None) => read_key(device, directory.join(file))?,
        (None, None, Some(name)) => read_key(device, credential(&device.hostname, name)?)?,
        _ => return TwoKeysSnafu { hostname: hostname() }.fail(),
    };
    let psk = Psk::from_base64(text.trim()).context(KeySnafu { hostname: hostname() })?;
    Ok(Encryption::Noise(psk))
}

fn address(device: &file::Device) -> Result<Address, ConfigError> {
    let text = device.address.as_str();
    let wrong = || AddressSnafu { hostname: device.hostname.clone(), text }.build();
    text.parse().map_err(|_| wrong())
}

/// Whether this is a name, or an IPv4 address, without anything around it.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.chars().all(plain)
}

fn duration(key: &'static str, ms: u64) -> Result<Duration, ConfigError> {
    ensure!(ms > 0, ZeroSnafu { key });
    Ok(Duration::from_millis(ms))
}

/// A command that has less cannot be answered for honestly: its evidence would come too late.
const SHORTEST_PATIENCE_MS: u64 = 200;

/// Nobody waits longer for a TV.
const LONGEST_PATIENCE_MS: u64 = 60_000;

/// An hour.
const LONGEST_DELAY_S: u64 = 3_600;

/// Between the end of a try and that of its request.
const REQUEST_RESERVE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
