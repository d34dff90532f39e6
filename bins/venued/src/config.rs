//! The configuration file: read, checked, and turned into what the parts need.
//!
//! What the file says is `file`; what the daemon runs with is [`Config`]. Every check happens in
//! the one conversion between them, so a `Config` that exists is usable.

mod error;
mod file;

use std::{collections::HashSet, fs, net::SocketAddr, path::Path, time::Duration};

use esphome_pool::{
    Backoff, DeviceConfig, PoolConfig,
    codec::{Encryption, Keepalive, MacAddress, Psk},
};
use snafu::{ResultExt, ensure};
use venue_domain::{DeviceEntry, PortEntry, TimingProfile};
use venue_lane::PortTimings;
use venue_routing::Timeouts;

use error::{
    BoardPortSnafu, DuplicateDeviceSnafu, DuplicatePortSnafu, KeepaliveSnafu, KeySnafu, MacSnafu,
    PublicAddressSnafu, ReadKeySnafu, ReadSnafu, TwoKeysSnafu, ZeroSnafu,
};

pub use error::ConfigError;
pub use file::LogFormat;

/// What the daemon runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// How logs are written.
    pub log_format: LogFormat,
    /// Which logs are written, as a `tracing` filter.
    pub log_filter: String,
    /// The times of the routing policy.
    pub timeouts: Timeouts,
    /// The sessions.
    pub pool: PoolConfig,
    /// The devices, ordered by hostname.
    pub devices: Vec<Device>,
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
        Ok(Self {
            listen: http.listen,
            log_format: file.log.format,
            log_filter: file.log.filter.clone(),
            timeouts: timeouts(&file.direct)?,
            pool: pool(&file.pool)?,
            devices,
        })
    }
}

fn timeouts(direct: &file::Direct) -> Result<Timeouts, ConfigError> {
    Ok(Timeouts {
        immediate: duration("direct.immediate_timeout_ms", direct.immediate_timeout_ms)?,
        interactive: duration("direct.interactive_timeout_ms", direct.interactive_timeout_ms)?,
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
        address: with_default_port(&device.address),
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

fn encryption(device: &file::Device, directory: &Path) -> Result<Encryption, ConfigError> {
    let hostname = || device.hostname.clone();
    let text = match (&device.noise_psk, &device.noise_psk_file) {
        (None, None) => return Ok(Encryption::Plaintext),
        (Some(_), Some(_)) => return TwoKeysSnafu { hostname: hostname() }.fail(),
        (Some(text), None) => text.clone(),
        (None, Some(path)) => {
            let path = directory.join(path);
            fs::read_to_string(&path).context(ReadKeySnafu { hostname: hostname(), path })?
        }
    };
    let psk = Psk::from_base64(text.trim()).context(KeySnafu { hostname: hostname() })?;
    Ok(Encryption::Noise(psk))
}

/// Adds the standard port of the native API, 6053, where none is given.
fn with_default_port(address: &str) -> String {
    let has_port = match address.rsplit_once(':') {
        // An IPv6 address in brackets, or a name or IPv4 address, with a port behind.
        Some((host, port)) => {
            port.parse::<u16>().is_ok() && (host.ends_with(']') || !host.contains(':'))
        }
        None => false,
    };
    match address {
        _ if has_port => address.to_owned(),
        bare if bare.contains(':') && !bare.starts_with('[') => format!("[{bare}]:6053"),
        host => format!("{host}:6053"),
    }
}

fn duration(key: &'static str, ms: u64) -> Result<Duration, ConfigError> {
    ensure!(ms > 0, ZeroSnafu { key });
    Ok(Duration::from_millis(ms))
}

#[cfg(test)]
mod tests;
