//! The configuration file: read, checked, and turned into what the parts need.
//!
//! What the file says is `file`; what the daemon runs with is [`Config`]. Every check happens in
//! the one conversion between them, so a `Config` that exists is usable.

mod error;
mod file;

use std::{
    collections::HashSet,
    env, fs,
    net::{Ipv6Addr, SocketAddr},
    num::NonZeroU16,
    path::{Path, PathBuf},
    time::Duration,
};

use esphome_pool::{
    Backoff, DeviceConfig, PoolConfig,
    codec::{Encryption, Keepalive, MacAddress, Psk},
};
use snafu::{OptionExt, ResultExt, ensure};
use venue_domain::{DeviceEntry, Hostname, PortEntry, TimingProfile};
use venue_lane::PortTimings;
use venue_routing::Timeouts;

use crate::BackupPlan;

use error::{
    AddressSnafu, AllowedHostSnafu, BoardPortSnafu, CredentialSnafu, DuplicateDeviceSnafu,
    DuplicatePortSnafu, KeepaliveSnafu, KeySnafu, MacSnafu, PatienceSnafu, PublicAddressSnafu,
    ReadKeySnafu, ReadSnafu, TwoKeysSnafu, ZeroSnafu,
};

pub use error::ConfigError;
pub use file::LogFormat;

/// What the daemon runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// Whether it may be served to a network: whoever reaches it commands the TVs.
    pub allow_insecure_lan: bool,
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
    /// The devices, ordered by hostname.
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
    /// How often the database is copied.
    pub backups: BackupPlan,
}

/// One device: how to reach it and what hangs on it.
#[derive(Clone, Debug)]
pub struct Device {
    /// What is registered of it.
    pub entry: DeviceEntry,
    /// How its session is opened.
    pub session: DeviceConfig,
    /// How its ports are paced.
    pub timings: PortTimings,
}

impl Config {
    /// Reads and checks the file at `path`. Relative key files are looked up beside it.
    ///
    /// # Errors
    /// [`ConfigError`] names the key, or line and column, and what would be right.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).context(ReadSnafu { path })?;
        let directory = path.parent().unwrap_or_else(|| Path::new("."));
        Self::parse(&text, &path.display().to_string(), directory)
    }

    /// Checks a configuration text; `origin` names it in errors.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, origin: &str, directory: &Path) -> Result<Self, ConfigError> {
        let file: file::File =
            toml::from_str(text).map_err(|error| ConfigError::parse(origin, text, &error))?;
        let http = &file.http;
        let reachable = !http.listen.ip().is_loopback() && !http.allow_insecure_lan;
        ensure!(!reachable, PublicAddressSnafu { listen: http.listen });
        let mut devices = Vec::with_capacity(file.device.len());
        for device in &file.device {
            devices.push(self::device(device, &file.timing, directory)?);
        }
        devices.sort_by(|a, b| a.entry.hostname.cmp(&b.entry.hostname));
        if let Some(pair) =
            devices.windows(2).find(|pair| pair[0].entry.hostname == pair[1].entry.hostname)
        {
            let hostname = pair[0].entry.hostname.clone();
            return DuplicateDeviceSnafu { hostname }.fail();
        }
        let timeouts = timeouts(&file.direct)?;
        Ok(Self {
            listen: http.listen,
            allow_insecure_lan: http.allow_insecure_lan,
            http: self::http(http, timeouts)?,
            log_format: file.log.format,
            log_filter: file.log.filter.clone(),
            // Relative to the file that names it, as key files are.
            store: file.store.enabled.then(|| store(&file.store, directory)),
            timeouts,
            pool: pool(&file.pool)?,
            devices,
        })
    }

    /// The shortest times that any port has: who knows neither port nor board waits no longer than
    /// these, and leaves the rest to whoever knows.
    #[must_use]
    pub fn least_timing(&self) -> TimingProfile {
        let ports = self.devices.iter().flat_map(|device| {
            device.entry.ports.iter().map(|port| *device.timings.of(port.index))
        });
        ports.reduce(TimingProfile::least).unwrap_or_default()
    }
}

fn store(store: &file::Store, directory: &Path) -> StoreFiles {
    let runtime = store.runtime_directory.as_ref().map(|folder| directory.join(folder));
    let backups = BackupPlan {
        interval: Duration::from_secs(u64::from(store.backup_interval_hours) * 60 * 60),
        kept: store.backups_kept.into(),
    };
    let runtime = runtime.or_else(system_runtime);
    StoreFiles { path: directory.join(&store.path), runtime, backups }
}

/// What systemd made for the service, the first of several.
fn system_runtime() -> Option<PathBuf> {
    let folders = env::var_os("RUNTIME_DIRECTORY")?;
    env::split_paths(&folders).next().filter(|folder| folder.is_absolute())
}

fn http(http: &file::Http, timeouts: Timeouts) -> Result<venue_http::Config, ConfigError> {
    if let Some(text) = http.allowed_hosts.iter().find(|name| !is_name(name)) {
        return AllowedHostSnafu { text }.fail();
    }
    let defaults = venue_http::Config::default();
    Ok(venue_http::Config {
        allowed_hosts: http.allowed_hosts.clone(),
        // No request is given up while its command may still go.
        request_timeout: defaults.body_read_timeout
            + timeouts.immediate.max(timeouts.interactive)
            + REQUEST_RESERVE,
        ..defaults
    })
}

fn timeouts(direct: &file::Direct) -> Result<Timeouts, ConfigError> {
    let patience = |key, ms| {
        let range = SHORTEST_PATIENCE_MS..=LONGEST_PATIENCE_MS;
        ensure!(range.contains(&ms), PatienceSnafu { key, ms });
        Ok(Duration::from_millis(ms))
    };
    Ok(Timeouts {
        immediate: patience("direct.immediate_timeout_ms", direct.immediate_timeout_ms)?,
        interactive: patience("direct.interactive_timeout_ms", direct.interactive_timeout_ms)?,
        ..Timeouts::default()
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
            cap: duration("pool.reconnect_cap_ms", pool.reconnect_cap_ms)?,
            ..Backoff::default()
        },
        ..PoolConfig::default()
    })
}

fn device(
    device: &file::Device,
    timing: &file::Timing,
    directory: &Path,
) -> Result<Device, ConfigError> {
    let hostname = device.hostname.clone();
    let mut ports = Vec::with_capacity(device.port.len());
    let venue_profile = timing.over(TimingProfile::default());
    let mut timings = PortTimings::all(venue_profile);
    let mut seen = HashSet::new();
    for port in &device.port {
        let index = port.index;
        ensure!(!index.is_board(), BoardPortSnafu { hostname: hostname.clone() });
        let new = seen.insert(index);
        ensure!(new, DuplicatePortSnafu { hostname: hostname.clone(), port: index });
        timings = timings.with(index, port.timing.over(venue_profile));
        ports.push(PortEntry {
            index,
            name: port.name.clone(),
            zone: port.zone.clone(),
            default_channel: port.default_channel.clone(),
        });
    }
    ports.sort_by_key(|port| port.index);
    let session = DeviceConfig {
        name: hostname.to_string(),
        address: address(device)?,
        mac: mac(device)?,
        encryption: encryption(device, directory)?,
    };
    let entry = DeviceEntry { hostname, name: device.name.clone(), ports };
    Ok(Device { entry, session, timings })
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
    let folder = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let plain = Path::new(name).file_name().is_some_and(|last| last == name);
    let path = folder.filter(|_| plain).map(|folder| folder.join(name));
    path.context(CredentialSnafu { hostname: hostname.clone(), name })
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

fn address(device: &file::Device) -> Result<String, ConfigError> {
    let text = device.address.as_str();
    let wrong = || AddressSnafu { hostname: device.hostname.clone(), text };
    with_default_port(text).with_context(wrong)
}

/// Adds the standard port of the native API, 6053, where none is given; `None` if that is no
/// address of a device.
fn with_default_port(address: &str) -> Option<String> {
    if address.parse::<Ipv6Addr>().is_ok() {
        return Some(format!("[{address}]:6053"));
    }
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !address.ends_with(']') => (host, port),
        Some(_) | None => (address, "6053"),
    };
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match v6 {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => is_name(host),
    };
    let port: NonZeroU16 = port.parse().ok()?;
    is_host.then(|| format!("{host}:{port}"))
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

/// Between the end of a try and that of its request.
const REQUEST_RESERVE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
